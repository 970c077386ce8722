//! The overview: many services at once, in a number of calls that does not grow with their number.

use std::collections::{BTreeMap, HashMap};

use sla::day::Day;
use sla::exclusion::Maintenance;
use sla::service::Customer;
use sla::summary::{OpenMonthFacts, Present, RecentPast, Summary, lately};
use sla::timeline::EncodedChunk;
use sla::void::VoidSpan;
use sla::{Allowance, Instant, Month, ProbeId, Service, ServiceId, Span, TermsBook, WindowId};

use super::CustomerScope;
use crate::keys::Key;
use crate::service::timelines::encoded;
use crate::service::windows::{ScopeWindows, window_keys};
use crate::store::{Item, TableError};
use crate::{ObjectRecord, Versioned, keys};

/// Services on one page. Their items are read a hundred at a time: the settings in 1 call, days and windows
/// (about 5 for each, 375) in 4, beside 4 for the list, the summaries, the terms and the maintenance: 9.
const PAGE_MAX: usize = 75;
/// Days shown for each service.
const DAYS: usize = 90;
/// Days ahead for which maintenance is listed, beyond the end of the month if need be.
pub const DAYS_AHEAD: i64 = 14;
/// A day in seconds.
const DAY_S: i64 = 86_400;
/// Seconds by which the earliest time zone is ahead of UTC.
const AHEAD_S: i64 = 14 * 3600;

/// The order of a customer's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceOrder {
    /// By id: a place in it needs nothing to be there.
    Id,
    /// By name, for people.
    Name,
}

/// A page of the customer's services.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The customer; `None` if it is not registered.
    pub customer: Option<Customer>,
    /// The services, in the order that was asked for.
    pub services: Vec<SeenService>,
    /// Present maintenance and that of the current months and the next 14 days, each with the shown services that it covers.
    pub maintenance: Vec<(Maintenance, Vec<ServiceId>)>,
    /// The service after which the next page begins, if there is one.
    pub next: Option<ServiceId>,
}

/// A service on the overview page.
#[derive(Debug, Clone)]
pub struct SeenService {
    /// The service.
    pub service: Service,
    /// The current month in the service's time zone.
    pub month: Month,
    /// The state of the month so far.
    pub present: Present,
    /// The downtime that the month allows; `None` if the service is not provided in it.
    pub allowance: Option<Allowance>,
    /// Seconds of downtime at which the customer is first warned in this month.
    pub warned_at_s: Option<i64>,
    /// The latest days, up to 90, ending with today; days without the service are missing.
    pub days: Vec<Day>,
    /// Present maintenance and that of the current month and the next 14 days.
    pub coming: Vec<WindowId>,
}

impl CustomerScope {
    /// Reads a page of services with their present state, their month and their last 90 days, in an order.
    ///
    /// Calls: the list, the settings, the summaries, then chunks and windows together.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn overview(
        &self,
        after: Option<&ServiceId>,
        order: ServiceOrder,
        now: Instant,
    ) -> Result<Overview, TableError> {
        let (table, customer, limit) = (&self.table, self.customer_id(), PAGE_MAX + 1);
        let mut ids = match order {
            ServiceOrder::Name => table.services_of_customer_by_name(customer, after, limit).await?,
            ServiceOrder::Id => table.services_of_customer(customer, after, limit).await?,
        };
        let more = ids.len() > PAGE_MAX;
        ids.truncate(PAGE_MAX);
        let mut wanted: Vec<Key> = ids.iter().map(keys::service).collect();
        wanted.push(keys::customer(self.customer_id()));
        let found = self.table.store.get(&wanted).await?;
        let customer = found.get(&keys::customer(self.customer_id()));
        let customer = customer
            .map(|item| Ok(Versioned::<ObjectRecord<Customer>>::of(item)?.value.object))
            .transpose()?;
        let read = |item| Ok(Versioned::<ObjectRecord<Service>>::of(item)?.value.object);
        let services: Vec<Service> = ids
            .iter()
            .filter_map(|id| found.get(&keys::service(id)))
            .map(read)
            .collect::<Result<_, TableError>>()?;
        let whole = after.is_none() && !more;
        let summaries = self.summaries_of(&services, whole, now).await?;
        let services = self.seen(services, summaries, now).await?;
        let maintenance = self.coming(&services).await?;
        Ok(Overview { customer, services, maintenance, next: ids.pop().filter(|_| more) })
    }

    /// Reads the summaries of the shown days: at once if the page has all services, otherwise by service, at
    /// most 375 in 4 calls.
    async fn summaries_of(
        &self,
        services: &[Service],
        whole: bool,
        now: Instant,
    ) -> Result<HashMap<ServiceId, Vec<Summary>>, TableError> {
        let first = Month::of(now.plus_s(-(DAYS as i64 + 1) * DAY_S), sla::Zone::UTC);
        let last = Month::of(now.plus_s(AHEAD_S), sla::Zone::UTC);
        let mut read = Vec::new();
        if whole {
            read = self.table.summaries(self.customer_id(), first, last).await?;
        } else {
            let months = std::iter::successors(Some(first), |month| Some(month.next()));
            let months = months.take_while(|month| *month <= last);
            let of_month = |month| {
                services.iter().map(move |own| keys::summary(self.customer_id(), month, &own.service_id))
            };
            let wanted: Vec<Key> = months.flat_map(of_month).collect();
            for item in self.table.store.get(&wanted).await?.values() {
                read.push(item.body::<Summary>()?);
            }
            read.sort_by_key(|summary| summary.month);
        }
        let mut by_service: HashMap<ServiceId, Vec<Summary>> = HashMap::new();
        for summary in read {
            by_service.entry(summary.service_id.clone()).or_default().push(summary);
        }
        Ok(by_service)
    }

    /// Reads the coming maintenance: one more call, if there is any.
    async fn coming(
        &self,
        services: &[SeenService],
    ) -> Result<Vec<(Maintenance, Vec<ServiceId>)>, TableError> {
        let mut covered: BTreeMap<&WindowId, Vec<ServiceId>> = BTreeMap::new();
        for seen in services {
            for id in &seen.coming {
                covered.entry(id).or_default().push(seen.service.service_id.clone());
            }
        }
        let wanted: Vec<Key> = covered.keys().map(|id| keys::maintenance(id)).collect();
        let found = self.table.store.get(&wanted).await?;
        let mut coming = Vec::new();
        for (id, services) in covered {
            if let Some(item) = found.get(&keys::maintenance(id)) {
                coming.push((Versioned::<ObjectRecord<Maintenance>>::of(item)?.value.object, services));
            }
        }
        coming.sort_by(|(a, _), (b, _)| (a.starts_at, &a.window_id).cmp(&(b.starts_at, &b.window_id)));
        Ok(coming)
    }

    async fn seen(
        &self,
        services: Vec<Service>,
        mut summaries: HashMap<ServiceId, Vec<Summary>>,
        now: Instant,
    ) -> Result<Vec<SeenService>, TableError> {
        let terms = self.table.terms_now(now).await?;
        let mut wanted: Vec<Key> = Vec::new();
        for service in &services {
            let newest = summaries.get(&service.service_id).and_then(|own| own.last());
            wanted.extend(window_keys(service, with_days_ahead(unsummed(service, newest, now), now)));
            wanted.push(keys::voids(&service.service_id));
            wanted.extend(newest.into_iter().flat_map(|newest| chunk_keys(service, newest, now)));
        }
        wanted.sort();
        wanted.dedup();
        let found = self.table.store.get(&wanted).await?;
        let mut seen = Vec::with_capacity(services.len());
        for service in services {
            let own = summaries.remove(&service.service_id).unwrap_or_default();
            seen.push(see(service, &own, &terms, &found, now)?);
        }
        Ok(seen)
    }
}

/// Returns the current month, extended back to the end of the newest summary if that is earlier.
fn unsummed(service: &Service, newest: Option<&Summary>, now: Instant) -> Span {
    let month = Month::of(now, service.time_zone).bounds(service.time_zone);
    Span::new(newest.map_or(month.start, |newest| newest.to.min(month.start)), month.end)
}

/// Returns a span extended to the days for which maintenance is listed.
fn with_days_ahead(span: Span, now: Instant) -> Span {
    Span::new(span.start, span.end.max(now.plus_s(DAYS_AHEAD * DAY_S)))
}

fn chunk_keys<'a>(
    service: &'a Service,
    summary: &'a Summary,
    now: Instant,
) -> impl Iterator<Item = Key> + 'a {
    let chunks = summary.chunks_since(service, now);
    summary.probes().flat_map(move |probe| {
        let key = move |start: Instant| keys::timeline(&service.service_id, probe, start);
        chunks.clone().into_iter().map(key)
    })
}

fn see(
    service: Service,
    summaries: &[Summary],
    terms: &TermsBook,
    found: &HashMap<Key, Item>,
    now: Instant,
) -> Result<SeenService, TableError> {
    let month = Month::of(now, service.time_zone);
    let newest = summaries.last();
    let unsummed = unsummed(&service, newest, now);
    let voids: Vec<VoidSpan> =
        found.get(&keys::voids(&service.service_id)).map(Item::body).transpose()?.unwrap_or_default();
    let mut windows = ScopeWindows::default();
    let ahead = with_days_ahead(unsummed, now);
    for item in window_keys(&service, ahead).iter().filter_map(|key| found.get(key)) {
        windows.add(item, &service, terms)?;
    }
    let coming = windows.maintenance_ahead(ahead, now).collect();
    let windows = windows.in_span(unsummed);
    let mut chunks: BTreeMap<ProbeId, Vec<EncodedChunk>> = BTreeMap::new();
    if let Some(newest) = newest {
        let starts = newest.chunks_since(&service, now);
        for probe in newest.probes() {
            let items = starts
                .iter()
                .filter_map(|start| found.get(&keys::timeline(&service.service_id, probe, *start)));
            chunks.insert(probe.clone(), items.map(encoded).collect::<Result<_, _>>()?);
        }
    }
    let latest = OpenMonthFacts { service: &service, chunks: &chunks, windows: &windows, voids: &voids, now };
    let seen = lately(summaries, latest).map_err(|error| TableError::new("read a timeline", error))?;
    let RecentPast { days_before, present } = seen;
    let mut days: Vec<Day> = days_before.into_iter().chain(present.days.iter().copied()).collect();
    days.drain(..days.len().saturating_sub(DAYS));
    let terms = terms.in_force(month);
    let allowance = Allowance::of(&service, month, &windows, terms);
    let first = terms.warnings_pct.iter().min();
    let warned_at_s = allowance.zip(first).map(|(allowance, percent)| allowance.budget_s(*percent).max(1));
    Ok(SeenService { month, present, allowance, warned_at_s, days, coming, service })
}
