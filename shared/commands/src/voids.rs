//! Voids: one person declares a broken probe's reports false, and another decides.

use events::command::{DecideVoid, VoidChecks};
use outcome::Failure;
use serde_json::Value;
use sla::VoidId;
use sla::exclusion::Step;
use sla::void::{Void, VoidError};
use table::{ObjectRecord, ProbeReports, Versioned};

use crate::Desk;
use crate::answers::{saved, unknown};
use crate::services::unknown_service;

impl Desk<'_> {
    /// Raises a void; until it is approved, the reports count.
    pub async fn void_checks(&self, command: VoidChecks) -> Result<Value, Failure> {
        let void = Void {
            void_id: command.void_id,
            service_id: command.service_id,
            probe: command.probe,
            starts_at: command.starts_at,
            ends_at: command.ends_at,
            evidence: command.evidence.into_string(),
            raised_by: command.raised_by,
            raised_at: self.now,
            ruling: None,
            decision: None,
        };
        self.settle("raise a void", || async {
            let id = &void.void_id;
            if let Some(found) = self.table.void(id).await? {
                return self.answer_again(&found.value, "void_id", id);
            }
            let reports = self.known_reports(&void).await?;
            let raised =
                void.clone().raise(&reports.service, &reports.standing.probes_ever()).map_err(refused)?;
            let (made, answer) = self.make(raised)?;
            Ok(saved(self.table.raise_void(&made).await?, answer))
        })
        .await
    }

    /// Approves or rejects a void; the person who raised it may not.
    pub async fn decide_void(&self, command: DecideVoid) -> Result<Value, Failure> {
        let DecideVoid { void_id, decision, decided_by, note } = command;
        let step = Step { by: decided_by, note: note.into_string(), at: self.now };
        self.settle("decide a void", || async {
            let found = self.known_void(&void_id).await?;
            if let Some(answer) = found.value.answer_to(&self.by) {
                return Ok(Some(answer.clone()));
            }
            let decided = found.value.object.decide(decision, step.clone()).map_err(refused)?;
            let reports = self.known_reports(&decided).await?;
            let voids = decided.beside(&reports.voids.value).map_err(refused)?;
            let silence = reports.standing.silences.of(&decided.probe);
            let beyond_closed = reports.standing.announcements.beyond_closed();
            let closed_until = beyond_closed.start(reports.service.time_zone);
            let next_check = reports.next_check;
            let reach = decided.reach(&reports.service, silence, next_check, closed_until, self.now);
            let reach = reach.map_err(refused)?;
            let (made, answer) = self.change(found, decided)?;
            Ok(saved(self.table.decide_void(&made, &reports, &voids, reach, self.now).await?, answer))
        })
        .await
    }

    async fn known_void(&self, id: &VoidId) -> Result<Versioned<ObjectRecord<Void>>, Failure> {
        let found = self.table.void(id).await?;
        found.ok_or_else(|| unknown("void_id", id, "raise it first, with void_checks"))
    }

    async fn known_reports(&self, void: &Void) -> Result<ProbeReports, Failure> {
        let found = self.table.probe_reports(void).await?;
        found.ok_or_else(|| unknown_service(&void.service_id))
    }
}

/// Classifies the refusal of a void.
fn refused(error: VoidError) -> Failure {
    let message = error.to_string();
    match error {
        VoidError::SamePerson(_) => Failure::Forbidden(message),
        VoidError::Probe { .. } => Failure::NotFound(message),
        VoidError::State(_) | VoidError::Many | VoidError::Reach(..) => Failure::Conflict(message),
        VoidError::Empty(..)
        | VoidError::TooLong(..)
        | VoidError::Future(..)
        | VoidError::BeforeActivation(..) => Failure::BadRequest(message),
    }
}
