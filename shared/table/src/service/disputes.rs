//! What customers say against exclusions: noted once for each customer, and told to them and to operations.

use events::notice::Subject;
use events::{Happening, NoticeRecord};
use sla::exclusion::{Dispute, Exclusion, WindowError};
use sla::{ExclusionId, Instant, Month, Service};

use crate::store::{Committed, TableError};
use crate::{Attempts, Table, Versioned};

/// What disputing an exclusion came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disputed {
    /// The statement as it was noted: the same, however often and late it is repeated.
    Noted(Dispute),
    /// It was refused. Nobody learns whether there is an exclusion that does not concern them.
    Refused(WindowError),
}

impl Table {
    /// Notes what a customer says against an exclusion that covers a service of theirs; no second changes.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn dispute_exclusion(
        &self,
        id: &ExclusionId,
        dispute: &Dispute,
        now: Instant,
    ) -> Result<Disputed, TableError> {
        let hidden = || Ok(Disputed::Refused(WindowError::NotCovered(id.clone())));
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let found = self.exclusion(id).await?;
            let named = found.as_ref().map(|found| found.thing.thing.services.iter().cloned().collect());
            // Services are looked up even if nothing names any: the calls do not tell none from another customer's.
            let services =
                self.services(&named.unwrap_or_else(|| Vec::from_iter(id.as_str().parse()))).await?;
            let Some(found) = found else { return hidden() };
            let disputed = match found.thing.thing.dispute(dispute.clone(), &services) {
                Ok(disputed) => disputed,
                Err(error) => return Ok(Disputed::Refused(error)),
            };
            let Some(noted) = disputed.disputed_by(&dispute.customer_id).cloned() else { return hidden() };
            if disputed == found.thing.thing {
                return Ok(Disputed::Noted(noted));
            }
            let notices = notices_of(&disputed, &noted, &services);
            let made = Versioned { thing: found.thing.with(disputed), version: found.version };
            if self.save_dispute(&made, &notices, now).await? == Committed::Done {
                return Ok(Disputed::Noted(noted));
            }
        }
        Err(TableError::faster("dispute an exclusion"))
    }
}

/// Tells the customer and operations of a dispute, for each service of theirs that the exclusion covers.
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
