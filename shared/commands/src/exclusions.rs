//! Exclusions: raised by one person, decided by another, withdrawn, disputed by customers, who are told each
//! time.

use events::command::{DecideExclusion, DisputeExclusion, RaiseExclusion, WithdrawExclusion};
use outcome::Failure;
use serde::Serialize;
use serde_json::Value;
use sla::exclusion::{Dispute, Exclusion, Step, WindowError};
use sla::{ExclusionId, Month, Terms, Zone};
use table::outbox::{Fanout, News};
use table::{Disputed, Made, Versioned};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};
use crate::maintenance::refused;

/// A customer's statement as it was noted: the answer, however often and late it is repeated.
#[derive(Serialize)]
struct Noted<'a> {
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
                return self.answer_again(&found.thing, "exclusion_id", id);
            }
            let raised = exclusion.clone().raise(&self.terms_today().await?).map_err(refused)?;
            self.require_services(&raised.services).await?;
            let fanout = self.news_of(&raised, News::Raised(raised.clone()));
            let (made, answer) = self.make(raised)?;
            Ok(saved(self.table.save_exclusion(&made, &fanout).await?, answer))
        })
        .await
    }

    /// Approves or rejects an exclusion; whoever raised it may not.
    pub async fn decide_exclusion(&self, command: DecideExclusion) -> Result<Value, Failure> {
        let DecideExclusion { exclusion_id, decision, decided_by, note } = command;
        let step = Step { by: decided_by, note: note.into_string(), at: self.now };
        self.settle("decide an exclusion", || async {
            let found = self.known_exclusion(&exclusion_id).await?;
            let decided = found.thing.thing.decide(decision, step.clone());
            self.save_exclusion(found, decided).await
        })
        .await
    }

    /// Withdraws an exclusion: its seconds count again.
    pub async fn withdraw_exclusion(&self, command: WithdrawExclusion) -> Result<Value, Failure> {
        let WithdrawExclusion { exclusion_id, by, note } = command;
        let step = Step { by, note: note.into_string(), at: self.now };
        self.settle("withdraw an exclusion", || async {
            let found = self.known_exclusion(&exclusion_id).await?;
            let withdrawn = found.thing.thing.withdraw(step.clone());
            self.save_exclusion(found, withdrawn).await
        })
        .await
    }

    /// Notes what a customer says against an exclusion that covers a service of theirs; no second changes.
    pub async fn dispute_exclusion(&self, command: DisputeExclusion) -> Result<Value, Failure> {
        let DisputeExclusion { exclusion_id, customer_id, statement } = command;
        let dispute = Dispute { customer_id, statement: statement.into_string(), at: self.now };
        match self.table.dispute_exclusion(&exclusion_id, &dispute, self.now).await? {
            Disputed::Noted(dispute) => shown(&Noted { exclusion_id: &exclusion_id, dispute: &dispute }),
            Disputed::Refused(error) => Err(refused(error)),
        }
    }

    /// Reads the terms under which something is announced or raised today: those of the present month, UTC.
    pub async fn terms_today(&self) -> Result<Terms, Failure> {
        Ok(self.table.terms().await?.in_force(Month::of(self.now, Zone::UTC)).clone())
    }

    async fn known_exclusion(&self, id: &ExclusionId) -> Result<Versioned<Made<Exclusion>>, Failure> {
        let found = self.table.exclusion(id).await?;
        found.ok_or_else(|| unknown("exclusion_id", id, "raise it first, with raise_exclusion"))
    }

    async fn save_exclusion(
        &self,
        found: Versioned<Made<Exclusion>>,
        changed: Result<Exclusion, WindowError>,
    ) -> Attempt {
        if let Some(answer) = found.thing.answer_to(&self.by) {
            return Ok(Some(answer.clone()));
        }
        let changed = changed.map_err(refused)?;
        // What customers said is between each of them and us: it stays in the exclusion alone.
        let told = changed.without_disputes();
        let fanout = self.news_of(&told, News::Decided(told.clone()));
        let answer = shown(&told)?;
        let thing = found.thing.changed(changed, self.by.clone(), answer.clone());
        let made = Versioned { thing, version: found.version };
        Ok(saved(self.table.save_exclusion(&made, &fanout).await?, answer))
    }

    /// Names the news by the state that the exclusion has come to; each is reached once.
    fn news_of(&self, exclusion: &Exclusion, news: News) -> Fanout {
        let cause = format!("exclusion:{}:{}", exclusion.exclusion_id, exclusion.state());
        Fanout::new(cause, news, self.now, self.now)
    }
}
