//! Maintenance and exclusions by id, and by scope and UTC month the windows that do not count.

use crate::service::calendar::utc_months;
use std::collections::{BTreeMap, BTreeSet};

use events::NoticeRecord;
use events::change::Subject;
use sla::exclusion::{Exclusion, Maintenance, Window};
use sla::void::{VoidSpan, touching};
use sla::{
    ExclusionId, Instant, Month, OwnSilences, Scope, Service, ServiceId, Span, Statement, TermsBook,
    WindowId, WindowKind, Zone,
};

use crate::customer::people::ObjectRecord;
use crate::index::add_number;
use crate::keys::Key;
use crate::outbox::Fanout;
use crate::service::calendar::{CalendarKind, list};
use crate::service::queue::Queue;
use crate::store::Versioned;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Table, keys, outbox};

/// UTC months of announced maintenance of which a new service's customer is notified: the current one and a
/// year. Later maintenance is announced by its reminder.
const AHEAD_MONTHS: usize = 13;
/// The most windows of which the customer of a new or corrected service is notified, of the 100 items of a
/// transaction. A correction has the most others: the service, its list and its standing are 3, its summaries
/// 12, its mark for reading 1, its end 3, another name in the index 18; an accepted request is one more, a
/// noted change three. They are 41.
const AHEAD_MAX: usize = 59;

/// The windows that touch a service in some months, and its approved voids, as read.
#[derive(Debug, Clone, Default)]
pub struct ScopeWindows {
    windows: BTreeMap<String, ScopeWindow>,
    voids: Vec<VoidSpan>,
}

/// A window as it applies to a service.
#[derive(Debug, Clone)]
struct ScopeWindow {
    window: Window,
    /// True if it counts for the service; a window over a region or all services needs timely notice.
    counts: bool,
}

impl ScopeWindows {
    /// Returns the windows that count and overlap a span, in id order.
    pub fn in_span(&self, span: Span) -> Vec<Window> {
        self.of_month(span, None)
    }

    /// Returns the windows that count for a month, in id order. A window listed in the month's stored
    /// statement is never dropped because of the service's registration date.
    pub fn of_month(&self, span: Span, stated: Option<&Statement>) -> Vec<Window> {
        let listed = |own: &Window| {
            let mut excluded = stated.into_iter().flat_map(|statement| &statement.excluded);
            excluded.any(|listed| (listed.kind, &listed.id) == (own.kind, &own.id))
        };
        let overlapping = self.windows.values().filter(|own| own.window.span().overlaps(span));
        overlapping.filter(|own| own.counts || listed(&own.window)).map(|own| own.window.clone()).collect()
    }

    /// Returns the ids of unfinished maintenance that covers the service in a span, whether or not it counts.
    pub(crate) fn maintenance_ahead(&self, span: Span, now: Instant) -> impl Iterator<Item = WindowId> + '_ {
        let windows = self.windows.values().map(|own| &own.window);
        let ahead = windows.filter(move |own| own.kind == WindowKind::Maintenance && own.ends_at > now);
        let ahead = ahead.filter(move |own| own.span().overlaps(span));
        ahead.filter_map(|window| window.id.parse().ok())
    }

    /// Returns the service's voids that can affect a span, in id order.
    pub fn voids(&self, service: &Service, silences: &OwnSilences, span: Span) -> Vec<VoidSpan> {
        touching(&self.voids, service, silences, span)
    }

    pub(crate) fn add(
        &mut self,
        item: &Item,
        service: &Service,
        terms: &TermsBook,
    ) -> Result<(), TableError> {
        let is_named = keys::is_windows_of_service(&item.key);
        for window in item.body::<Vec<Window>>()? {
            let counts = is_named || service.has_notice_of(window.starts_at, terms);
            let name = format!("{}#{}", window.kind.as_str(), window.id);
            self.windows.insert(name, ScopeWindow { window, counts });
        }
        Ok(())
    }
}

pub(crate) fn window_keys(service: &Service, span: Span) -> Vec<Key> {
    let of_month = |month| {
        [
            keys::windows_of_all(month),
            keys::windows_of_region(&service.region, month),
            keys::windows_of_service(&service.service_id, month),
        ]
    };
    utc_months(span).into_iter().flat_map(of_month).collect()
}

fn scope_keys(scope: &Scope, span: Span) -> Vec<Key> {
    let months = utc_months(span);
    match scope {
        Scope::Services { services } => of_services(services, &months),
        Scope::Region { region } => {
            months.iter().map(|&month| keys::windows_of_region(region, month)).collect()
        }
        Scope::All { .. } => months.into_iter().map(keys::windows_of_all).collect(),
    }
}

fn of_services(services: &BTreeSet<ServiceId>, months: &[Month]) -> Vec<Key> {
    services.iter().flat_map(|id| months.iter().map(|&month| keys::windows_of_service(id, month))).collect()
}

/// Drafts an exclusion, which waits for a second person, and once decided, for staff if it is disputed.
fn exclusion_draft(exclusion: &Versioned<ObjectRecord<Exclusion>>) -> Result<Draft, TableError> {
    let object = &exclusion.value.object;
    let draft = Draft::with_body(&keys::exclusion(&object.exclusion_id), &exclusion.value)?;
    Ok(match (object.state(), object.dispute_until.filter(|_| !object.disputes.is_empty())) {
        ("raised", _) => draft.due(Queue::Exclusions.partition(), Some(object.raised_at)),
        (_, until) => draft.due(Queue::Disputes.partition(), until),
    })
}

impl Table {
    /// Reads the windows that may touch a service in a span, and all its approved voids.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn windows(
        &self,
        service: &Service,
        span: Span,
        terms: &TermsBook,
    ) -> Result<ScopeWindows, TableError> {
        let voids = keys::voids(&service.service_id);
        let mut wanted = window_keys(service, span);
        wanted.push(voids.clone());
        let mut found = self.store.get(&wanted).await?;
        let voids = found.remove(&voids).as_ref().map(Item::body).transpose()?.unwrap_or_default();
        let mut windows = ScopeWindows { voids, ..ScopeWindows::default() };
        for item in found.values() {
            windows.add(item, service, terms)?;
        }
        Ok(windows)
    }

    /// Reads coming maintenance over a new service's region or all services: the next `AHEAD_MAX` windows.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn maintenance_ahead(
        &self,
        service: &Service,
        now: Instant,
    ) -> Result<Vec<Maintenance>, TableError> {
        let months = std::iter::successors(Some(Month::of(now, Zone::UTC)), |month| Some(month.next()));
        let of_month = |month| [keys::windows_of_all(month), keys::windows_of_region(&service.region, month)];
        let wanted: Vec<Key> = months.take(AHEAD_MONTHS).flat_map(of_month).collect();
        let mut ids = BTreeSet::new();
        for item in self.store.get(&wanted).await?.values() {
            for window in item.body::<Vec<Window>>()? {
                let is_ahead = window.ends_at > now && service.provided().overlaps(window.span());
                ids.extend(window.id.parse::<WindowId>().ok().filter(|_| is_ahead));
            }
        }
        let mut ahead: Vec<Maintenance> =
            self.made(&ids.iter().map(keys::maintenance).collect::<Vec<_>>()).await?;
        ahead.retain(|window| window.cancelled_at.is_none());
        ahead.sort_by(|a, b| (a.starts_at, &a.window_id).cmp(&(b.starts_at, &b.window_id)));
        ahead.truncate(AHEAD_MAX);
        Ok(ahead)
    }

    /// Reads a maintenance window.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn maintenance(
        &self,
        id: &WindowId,
    ) -> Result<Option<Versioned<ObjectRecord<Maintenance>>>, TableError> {
        self.store.get_one(&keys::maintenance(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Reads an exclusion.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn exclusion(
        &self,
        id: &ExclusionId,
    ) -> Result<Option<Versioned<ObjectRecord<Exclusion>>>, TableError> {
        self.store.get_one(&keys::exclusion(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Writes a changed maintenance window under the version that was read, its windows and its notices.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_maintenance(
        &self,
        maintenance: &Versioned<ObjectRecord<Maintenance>>,
        announced: Span,
        fanouts: &[Fanout],
    ) -> Result<Committed, TableError> {
        let object = &maintenance.value.object;
        let mut transaction = Transaction::default();
        let draft = Draft::with_body(&keys::maintenance(&object.window_id), &maintenance.value)?;
        transaction.put_versioned(draft, maintenance.version);
        let id = object.window_id.as_str();
        if maintenance.version.is_none() {
            list(&mut transaction, CalendarKind::Maintenance, announced, id);
            add_number(&mut transaction, Subject::Maintenance, id);
        }
        self.index(
            &mut transaction,
            &scope_keys(&object.scope, announced),
            "maintenance",
            id,
            object.window(),
        )
        .await?;
        for fanout in fanouts {
            transaction.put_versioned(fanout.draft()?, None);
        }
        self.store.commit(transaction).await
    }

    /// Writes a changed exclusion under the version that was read, with its windows by scope and its notices.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_exclusion(
        &self,
        exclusion: &Versioned<ObjectRecord<Exclusion>>,
        fanout: &Fanout,
    ) -> Result<Committed, TableError> {
        let object = &exclusion.value.object;
        let mut transaction = Transaction::default();
        let span = Span::new(object.starts_at, object.ends_at);
        transaction.put_versioned(exclusion_draft(exclusion)?, exclusion.version);
        if exclusion.version.is_none() {
            list(&mut transaction, CalendarKind::Exclusions, span, object.exclusion_id.as_str());
            add_number(&mut transaction, Subject::Exclusion, object.exclusion_id.as_str());
            for service in &object.services {
                let listed = keys::exclusion_of_service(service, object.starts_at, &object.exclusion_id);
                transaction.put(Draft::new(&listed));
            }
        }
        let buckets = of_services(&object.services, &utc_months(span));
        let kind = WindowKind::from(object.clause).as_str();
        self.index(&mut transaction, &buckets, kind, object.exclusion_id.as_str(), object.window()).await?;
        transaction.put_versioned(fanout.draft()?, None);
        self.store.commit(transaction).await
    }

    /// Writes a disputed exclusion under the version that was read, and its notices, but no windows.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_dispute(
        &self,
        exclusion: &Versioned<ObjectRecord<Exclusion>>,
        notices: &[NoticeRecord],
        now: Instant,
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        transaction.put_versioned(exclusion_draft(exclusion)?, exclusion.version);
        for notice in notices {
            outbox::add(&mut transaction, notice, now)?;
        }
        self.store.commit(transaction).await
    }

    /// Updates the windows of scopes and months after one was created, changed or withdrawn.
    async fn index(
        &self,
        transaction: &mut Transaction,
        buckets: &[Key],
        kind: &str,
        id: &str,
        window: Option<Window>,
    ) -> Result<(), TableError> {
        let found = self.store.get(buckets).await?;
        for key in buckets {
            let item = found.get(key);
            let before: Vec<Window> = item.map(Item::body).transpose()?.unwrap_or_default();
            let same = |other: &Window| other.kind.as_str() == kind && other.id == id;
            let mut after: Vec<Window> = before.iter().filter(|other| !same(other)).cloned().collect();
            after.extend(window.clone());
            if after != before {
                transaction.put_versioned(Draft::with_body(key, &after)?, item.and_then(Item::version));
            }
        }
        Ok(())
    }
}
