//! Maintenance: announced in advance, shortened, cancelled; customers are notified each time.

use events::command::{AnnounceMaintenance, CancelMaintenance, ShortenMaintenance};
use outcome::Failure;
use serde_json::Value;
use sla::exclusion::{Maintenance, WindowError};
use sla::{Scope, Span, WindowId};
use table::outbox::{Fanout, News};
use table::{ObjectRecord, Versioned};

use crate::Desk;
use crate::answers::{Attempt, saved, unknown};

impl Desk<'_> {
    /// Announces scheduled maintenance; customers are notified now, and reminded before it begins.
    pub async fn announce_maintenance(&self, command: AnnounceMaintenance) -> Result<Value, Failure> {
        let AnnounceMaintenance { window_id, starts_at, ends_at, scope, reason, .. } = command;
        let planned = Maintenance {
            window_id,
            starts_at,
            ends_at,
            scope,
            reason: reason.into_string(),
            announced_at: self.now,
            shortened_at: None,
            cancelled_at: None,
        };
        self.settle("announce maintenance", || async {
            let id = &planned.window_id;
            if let Some(found) = self.table.maintenance(id).await? {
                return self.answer_again(&found.value, "window_id", id);
            }
            let terms = self.terms_today().await?;
            let announced = planned.clone().announce(&terms).map_err(refused)?;
            if let Scope::Services { services } = &announced.scope {
                self.require_services(services).await?;
            }
            let remind_at = starts_at.plus_s(-terms.maintenance.reminder_h * 3600);
            let (news, reminder) = (News::Announced(announced.clone()), News::Reminder(announced.clone()));
            let fanouts = [
                Fanout::new(format!("maintenance:{id}:announced"), news, self.now, self.now),
                Fanout::new(format!("maintenance:{id}:reminder"), reminder, remind_at, remind_at),
            ];
            let (made, answer) = self.make(announced)?;
            let span = Span::new(starts_at, ends_at);
            Ok(saved(self.table.save_maintenance(&made, span, &fanouts).await?, answer))
        })
        .await
    }

    /// Ends a maintenance window earlier.
    pub async fn shorten_maintenance(&self, command: ShortenMaintenance) -> Result<Value, Failure> {
        let ShortenMaintenance { window_id, ends_at, .. } = command;
        self.settle("shorten maintenance", || async {
            let found = self.known_maintenance(&window_id).await?;
            let shortened = found.value.object.shorten(ends_at, self.now);
            self.save_maintenance(found, shortened, &format!("shortened:{ends_at}")).await
        })
        .await
    }

    /// Cancels a maintenance window before it begins.
    pub async fn cancel_maintenance(&self, command: CancelMaintenance) -> Result<Value, Failure> {
        let CancelMaintenance { window_id, .. } = command;
        self.settle("cancel maintenance", || async {
            let found = self.known_maintenance(&window_id).await?;
            let cancelled = found.value.object.cancel(self.now);
            self.save_maintenance(found, cancelled, "cancelled").await
        })
        .await
    }

    async fn known_maintenance(
        &self,
        id: &WindowId,
    ) -> Result<Versioned<ObjectRecord<Maintenance>>, Failure> {
        let found = self.table.maintenance(id).await?;
        found.ok_or_else(|| unknown("window_id", id, "announce it first, with announce_maintenance"))
    }

    async fn save_maintenance(
        &self,
        found: Versioned<ObjectRecord<Maintenance>>,
        changed: Result<Maintenance, WindowError>,
        change: &str,
    ) -> Attempt {
        if let Some(answer) = found.value.answer_to(&self.by) {
            return Ok(Some(answer.clone()));
        }
        let changed = changed.map_err(refused)?;
        let before = Span::new(found.value.object.starts_at, found.value.object.ends_at);
        let cause = format!("maintenance:{}:{change}", changed.window_id);
        let fanout = Fanout::new(cause, News::Changed(changed.clone()), self.now, self.now);
        let (made, answer) = self.change(found, changed)?;
        Ok(saved(self.table.save_maintenance(&made, before, &[fanout]).await?, answer))
    }
}

/// Classifies the refusal of a window or exclusion.
pub fn refused(error: WindowError) -> Failure {
    let message = error.to_string();
    match error {
        WindowError::SamePerson(_) => Failure::Forbidden(message),
        WindowError::NotCovered(_) => Failure::NotFound(message),
        WindowError::Over(_)
        | WindowError::Cancelled(_)
        | WindowError::Begun(_)
        | WindowError::State(..)
        | WindowError::Disputed(..)
        | WindowError::NothingToDispute(_)
        | WindowError::DisputeOver(..) => Failure::Conflict(message),
        WindowError::Empty(..)
        | WindowError::TooLong(..)
        | WindowError::Services(_)
        | WindowError::NotAll
        | WindowError::Notice(..)
        | WindowError::NotShorter(..)
        | WindowError::Clause(..)
        | WindowError::Future(..)
        | WindowError::TooLate(..) => Failure::BadRequest(message),
    }
}
