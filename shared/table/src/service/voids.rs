//! Voids by id, and in one item the spans that a service's approved voids remove from its timelines.

use events::change::Subject;
use sla::void::{Void, VoidSpan};
use sla::{Instant, Service, Span, VoidId};

use crate::customer::people::ObjectRecord;
use crate::index::add_number;
use crate::service::calendar::{CalendarKind, list};
use crate::service::looking::present;
use crate::service::queue::Queue;
use crate::service::standing::Standing;
use crate::store::Versioned;
use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Table, keys};

/// The context of the reports that a void concerns.
#[derive(Debug, Clone)]
pub struct ProbeReports {
    /// The service.
    pub service: Service,
    /// Its standing.
    pub standing: Standing,
    /// Its approved voids.
    pub voids: Versioned<Vec<VoidSpan>>,
    /// The probe's first check after the void.
    pub next_check: Option<Instant>,
}

impl Table {
    /// Reads a void.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn void(&self, id: &VoidId) -> Result<Option<Versioned<ObjectRecord<Void>>>, TableError> {
        self.store.get_one(&keys::void(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Reads the context of a void's reports; `None` for an unknown service.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn probe_reports(&self, void: &Void) -> Result<Option<ProbeReports>, TableError> {
        let id = &void.service_id;
        let wanted = [keys::service(id), keys::standing(id), keys::voids(id)];
        let found = self.store.get(&wanted).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let (service, standing) = present(id, &found)?;
        let voids = match found.get(&keys::voids(id)) {
            Some(item) => Versioned::of(item)?,
            None => Versioned { value: Vec::new(), version: None },
        };
        let next_check = self.next_report(&service, &void.probe, void.ends_at).await?;
        Ok(Some(ProbeReports { service, standing, voids, next_check }))
    }

    /// Writes a newly raised void.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn raise_void(&self, void: &Versioned<ObjectRecord<Void>>) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        add_void(&mut transaction, void)?;
        self.store.commit(transaction).await
    }

    /// Writes a decided void under the version that was read, and the service's voids. If these change a
    /// status, the service is assessed again, and its closed months are restated.
    ///
    /// A void is never lost to a concurrent close. It changes slots from down, so it writes `STANDING` under
    /// the version that it read, as a close does. Both read `STANDING` first, so one of the two comes second
    /// and starts over. A close that comes second reads the void among its inputs. A void that comes second
    /// finds the month among the closed ones, and marks it. A month that is over but not closed is marked as
    /// well; the daily run drops such a mark under `STANDING`, and the close that follows reads the void.
    /// This depends on no clock: neither on `close_after_h`, nor on how long after `now` the void is written.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn decide_void(
        &self,
        void: &Versioned<ObjectRecord<Void>>,
        reports: &ProbeReports,
        voids: &[VoidSpan],
        reach: Span,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let ProbeReports { service, standing, voids: before, .. } = reports;
        let mut transaction = Transaction::default();
        add_void(&mut transaction, void)?;
        if voids != before.value {
            let id = &service.service_id;
            transaction.put_versioned(Draft::with_body(&keys::voids(id), &voids)?, before.version);
            let mut looked_at = standing.clone();
            looked_at.due_at = Some(now);
            looked_at.save(id, &mut transaction)?;
            let over = now.max(standing.announcements.beyond_closed().start(service.time_zone));
            let cause = format!("void:{}", void.value.object.void_id);
            self.mark_late(&mut transaction, service, reach, &cause, over)?;
        }
        self.store.commit(transaction).await
    }
}

/// Adds a void, which waits for a second person until it is decided.
fn add_void(transaction: &mut Transaction, void: &Versioned<ObjectRecord<Void>>) -> Result<(), TableError> {
    let object = &void.value.object;
    let draft = Draft::with_body(&keys::void(&object.void_id), &void.value)?;
    let waits_since = object.decision.is_none().then_some(object.raised_at);
    transaction.put_versioned(draft.due(Queue::Voids.partition(), waits_since), void.version);
    if void.version.is_none() {
        let span = Span::new(object.starts_at, object.ends_at);
        list(transaction, CalendarKind::Voids, span, object.void_id.as_str());
        add_number(transaction, Subject::Void, object.void_id.as_str());
    }
    Ok(())
}
