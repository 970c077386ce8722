//! Exclusions: raised by one person, decided by another, withdrawn, and disputed by customers, who are
//! notified each time.

use events::command::{DecideExclusion, DisputeExclusion, RaiseExclusion, WithdrawExclusion};
use outcome::Failure;
use serde::Serialize;
use serde_json::Value;
use sla::exclusion::{Dispute, Exclusion, Step, WindowError};
use sla::{ExclusionId, Month, Terms, Zone};
use table::outbox::{Fanout, News};
use table::{DisputeOutcome, ObjectRecord, Versioned};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};
use crate::maintenance::refused;

/// The answer to a dispute: the statement as first recorded, for every repetition.
#[derive(Serialize)]
struct DisputeAnswer<'a> {
    exclusion_id: &'a ExclusionId,
    #[serde(flatten)]
    dispute: &'a Dispute,
}

impl Desk<'_> {
    /// Raises an exclusion; until it is approved, the time counts as downtime.
    pub async fn raise_exclusion(&self, command: RaiseExclusion) -> Result<Value, Failure> {
        let exclusion = Exclusion {
            exclusion_id: command.exclusion_id,
            services: command.services,
            clause: command.clause,
            starts_at: command.starts_at,
            ends_at: command.ends_at,
            evidence: command.evidence.into_string(),
            raised_by: command.raised_by,
            raised_at: self.now,
            ruling: None,
            decision: None,
            withdrawal: None,
            dispute_until: None,
            disputes: Vec::new(),
        };
        self.settle("raise an exclusion", || async {
            let id = &exclusion.exclusion_id;
            if let Some(found) = self.table.exclusion(id).await? {
                return self.answer_again(&found.value, "exclusion_id", id);
            }
            let raised = exclusion.clone().raise(&self.terms_today().await?).map_err(refused)?;
            self.require_services(&raised.services).await?;
            let fanout = self.news_of(&raised, News::Raised(raised.clone()));
            let (made, answer) = self.make(raised)?;
            Ok(saved(self.table.save_exclusion(&made, &fanout).await?, answer))
        })
        .await
    }

    /// Approves or rejects an exclusion; the person who raised it may not.
    pub async fn decide_exclusion(&self, command: DecideExclusion) -> Result<Value, Failure> {
        let DecideExclusion { exclusion_id, decision, decided_by, note } = command;
        let step = Step { by: decided_by, note: note.into_string(), at: self.now };
        self.settle("decide an exclusion", || async {
            let found = self.known_exclusion(&exclusion_id).await?;
            let decided = found.value.object.decide(decision, step.clone());
            self.save_exclusion(found, decided).await
        })
        .await
    }

    /// Withdraws an exclusion: its time counts as downtime again.
    pub async fn withdraw_exclusion(&self, command: WithdrawExclusion) -> Result<Value, Failure> {
        let WithdrawExclusion { exclusion_id, by, note } = command;
        let step = Step { by, note: note.into_string(), at: self.now };
        self.settle("withdraw an exclusion", || async {
            let found = self.known_exclusion(&exclusion_id).await?;
            let withdrawn = found.value.object.withdraw(step.clone());
            self.save_exclusion(found, withdrawn).await
        })
        .await
    }

    /// Records a customer's dispute of an exclusion that covers one of their services; a repetition is
    /// ignored.
    pub async fn dispute_exclusion(&self, command: DisputeExclusion) -> Result<Value, Failure> {
        let DisputeExclusion { exclusion_id, customer_id, statement, .. } = command;
        let dispute = Dispute { customer_id, statement: statement.into_string(), at: self.now };
        match self.table.dispute_exclusion(&exclusion_id, &dispute, self.now).await? {
            DisputeOutcome::Noted(dispute) => {
                shown(&DisputeAnswer { exclusion_id: &exclusion_id, dispute: &dispute })
            }
            DisputeOutcome::Refused(error) => Err(refused(error)),
        }
    }

    /// Reads the terms of the current month (UTC), under which announcements and exclusions are made today.
    pub async fn terms_today(&self) -> Result<Terms, Failure> {
        Ok(self.table.terms().await?.in_force(Month::of(self.now, Zone::UTC)).clone())
    }

    async fn known_exclusion(&self, id: &ExclusionId) -> Result<Versioned<ObjectRecord<Exclusion>>, Failure> {
        let found = self.table.exclusion(id).await?;
        found.ok_or_else(|| unknown("exclusion_id", id, "raise it first, with raise_exclusion"))
    }

    async fn save_exclusion(
        &self,
        found: Versioned<ObjectRecord<Exclusion>>,
        changed: Result<Exclusion, WindowError>,
    ) -> Attempt {
        if let Some(answer) = found.value.answer_to(&self.by) {
            return Ok(Some(answer.clone()));
        }
        let changed = changed.map_err(refused)?;
        // A dispute is confidential between its customer and staff: it stays in the exclusion alone.
        let told = changed.without_disputes();
        let fanout = self.news_of(&told, News::Decided(told.clone()));
        let answer = shown(&told)?;
        let value = found.value.changed(changed, self.by.clone(), answer.clone());
        let made = Versioned { value, version: found.version };
        Ok(saved(self.table.save_exclusion(&made, &fanout).await?, answer))
    }

    /// Builds the fan-out of the state that an exclusion has reached; each state is reached once.
    fn news_of(&self, exclusion: &Exclusion, news: News) -> Fanout {
        let cause = format!("exclusion:{}:{}", exclusion.exclusion_id, exclusion.state());
        Fanout::new(cause, news, self.now, self.now)
    }
}
