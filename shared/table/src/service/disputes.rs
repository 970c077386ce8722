//! Disputes of exclusions: recorded once for each customer, and announced to them and to operations.

use events::notice::Subject;
use events::{Happening, NoticeRecord};
use sla::exclusion::{Dispute, Exclusion, WindowError};
use sla::{ExclusionId, Instant, Month, Service};

use crate::store::TableError;
use crate::store::attempts::until_written;
use crate::{Table, Versioned};

/// The outcome of disputing an exclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisputeOutcome {
    /// The dispute as first recorded; repetitions return the same one.
    Noted(Dispute),
    /// The dispute was refused, without revealing exclusions that do not concern the customer.
    Refused(WindowError),
}

impl Table {
    /// Records a customer's dispute of an exclusion that covers one of their services; a repetition is
    /// ignored.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn dispute_exclusion(
        &self,
        id: &ExclusionId,
        dispute: &Dispute,
        now: Instant,
    ) -> Result<DisputeOutcome, TableError> {
        let hidden = || DisputeOutcome::Refused(WindowError::NotCovered(id.clone()));
        until_written("dispute an exclusion", || async {
            let found = self.exclusion(id).await?;
            let named = found.as_ref().map(|found| found.value.object.services.iter().cloned().collect());
            // Services are looked up in any case, so that the calls do not tell a missing exclusion from
            // another customer's.
            let services =
                self.services(&named.unwrap_or_else(|| Vec::from_iter(id.as_str().parse()))).await?;
            let Some(found) = found else { return Ok(Some(hidden())) };
            let disputed = match found.value.object.dispute(dispute.clone(), &services) {
                Ok(disputed) => disputed,
                Err(error) => return Ok(Some(DisputeOutcome::Refused(error))),
            };
            let Some(noted) = disputed.disputed_by(&dispute.customer_id).cloned() else {
                return Ok(Some(hidden()));
            };
            if disputed == found.value.object {
                return Ok(Some(DisputeOutcome::Noted(noted)));
            }
            let notices = notices_of(&disputed, &noted, &services);
            let made = Versioned { value: found.value.with(disputed), version: found.version };
            Ok::<_, TableError>(
                self.save_dispute(&made, &notices, now).await?.then(DisputeOutcome::Noted(noted)),
            )
        })
        .await
    }
}

/// Builds the notices of a dispute, one for each of the customer's services that the exclusion covers.
fn notices_of(exclusion: &Exclusion, dispute: &Dispute, services: &[Service]) -> Vec<NoticeRecord> {
    let own = services.iter().filter(|service| service.customer_id == dispute.customer_id);
    let notice = |service: &Service| {
        let month = Month::of(exclusion.starts_at, service.time_zone);
        let happening = Happening::ExclusionDisputed {
            service: Subject::of(service, month),
            exclusion: exclusion.as_of_service(&service.service_id),
            dispute: dispute.clone(),
        };
        NoticeRecord::about(service, Some(month), dispute.at, happening, &exclusion.exclusion_id)
    };
    own.filter(|service| exclusion.covers(service)).map(notice).collect()
}
