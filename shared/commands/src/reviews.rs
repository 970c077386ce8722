//! Reviews of statements that depend on missing data and of claims that need a person, and restatements by
//! order. Each is carried out once, under the service's standing; after a conflict it is decided again on the
//! new data.

use events::Posting;
use events::command::{RestateMonth, ReviewClaim, ReviewStatement};
use outcome::Failure;
use serde_json::Value;
use sla::cause::{Cause, Order};
use sla::claim::{ClaimError, ClaimReview, OutagesEnd};
use sla::exclusion::Ruling;
use sla::review::{Review, ReviewError, ReviewRequest};
use sla::settlement::left_of_fee;
use sla::{Inputs, Month, ServiceId, Statement};
use table::{Act, CompanionItems, ServiceMonth};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};
use crate::claims;
use crate::services::unknown_service;

/// A closed month, as read for a person's decision.
struct ClosedMonth {
    known: ServiceMonth,
    /// Its newest statement.
    statement: Statement,
    /// The inputs of that statement.
    stored: Inputs,
}

impl Desk<'_> {
    /// Reviews a closed month: writes a revision with the person's verdict, and settles claims and credits.
    pub async fn review_statement(&self, command: ReviewStatement) -> Result<Value, Failure> {
        let ReviewStatement { service_id, month, verdict, down_s, by, reason } = command;
        let asked = ReviewRequest { verdict, down_s, by, reason: reason.into_string() };
        self.settle("review a statement", || async {
            if let Some(answer) = self.answered(&service_id).await? {
                return Ok(Some(answer));
            }
            let closed = self.closed_month(&service_id, month).await?;
            let ClosedMonth { known, statement, stored } = &closed;
            let commitment_ppm = stored.terms.promise(statement.plan).commitment_ppm;
            let found = Review::of(statement, asked.clone(), commitment_ppm).map_err(refused)?;
            let outage_after = self.table.outage_after(known, &[stored], self.now).await?;
            self.restate(&closed, outage_after, Cause::Review(&found)).await
        })
        .await
    }

    /// Restates a closed month from all present data; if nothing differs, the statement stands.
    pub async fn restate_month(&self, command: RestateMonth) -> Result<Value, Failure> {
        let RestateMonth { service_id, month, reason, by } = command;
        let order = Order { by, reason: reason.into_string() };
        self.settle("restate a month", || async {
            if let Some(answer) = self.answered(&service_id).await? {
                return Ok(Some(answer));
            }
            let closed = self.closed_month(&service_id, month).await?;
            let ClosedMonth { known, stored, .. } = &closed;
            let present = &self.table.gather(known, stored.as_of, self.now).await?;
            let outage_after = self.table.outage_after(known, &[stored, present], self.now).await?;
            self.restate(&closed, outage_after, Cause::Order { present, order: &order }).await
        })
        .await
    }

    /// Decides a claim in review: for a missed metric, or passed on late.
    pub async fn review_claim(&self, command: ReviewClaim) -> Result<Value, Failure> {
        let ReviewClaim { claim_id, decision, amount, by, reason } = command;
        let reason = reason.into_string();
        let unknown = || unknown("claim_id", &claim_id, "look it up with list_claims");
        let found = self.table.claim(&claim_id).await?.ok_or_else(unknown)?;
        self.settle("review a claim", || async {
            if let Some(answer) = self.answered(&found.service_id).await? {
                return Ok(Some(answer));
            }
            let closed = self.closed_month(&found.service_id, found.month).await?;
            let ClosedMonth { known, statement, stored } = &closed;
            let claim = known.claims.iter().find(|claim| claim.claim_id == claim_id).ok_or_else(unknown)?;
            if self.table.filed_by(claim, &by).await? {
                return Err(Failure::Forbidden(format!(
                    "by: `{by}` filed the claim `{claim_id}`: another person must review it"
                )));
            }
            let left = left_of_fee(stored, &known.entries);
            // The statement gives the worth of a claim that was passed on late.
            let worth = claim.amount.filter(|_| claim.awaits_review() && decision == Ruling::Approve);
            let granted = match (decision, amount.or(worth)) {
                (Ruling::Approve, None) => Err(ClaimError::NoAmount(left.currency)),
                (Ruling::Reject, Some(_)) => Err(ClaimError::AmountOfNothing),
                (_, amount) => Ok(amount),
            };
            let review = ClaimReview {
                amount: granted.map_err(claims::refused)?,
                by: by.clone(),
                reason: reason.clone(),
                at: self.now,
                statement_revision: statement.revision,
            };
            let changed = &[claim.reviewed(review, left).map_err(claims::refused)?];
            let outage_after = self.table.outage_after(known, &[stored], self.now).await?;
            let posting = self.posting(&closed, outage_after, Cause::Claim { changed, window: None })?;
            let answer = shown(&posting.claim(&claim_id))?;
            self.post(&closed, &posting, answer).await
        })
        .await
    }

    /// Writes the outcome of a decision about a closed month; records only the command if nothing changed.
    async fn restate(&self, closed: &ClosedMonth, outage_after: OutagesEnd, cause: Cause<'_>) -> Attempt {
        let posting = self.posting(closed, outage_after, cause)?;
        let made = posting.statement.as_ref().map(|(statement, _)| statement);
        let answer = shown(made.unwrap_or(&closed.statement))?;
        self.post(closed, &posting, answer).await
    }

    fn posting(
        &self,
        closed: &ClosedMonth,
        outage_after: OutagesEnd,
        cause: Cause<'_>,
    ) -> Result<Posting, Failure> {
        let known = closed.known.known(Some(&closed.stored), outage_after, self.now);
        Posting::of(&known, cause).map_err(Failure::unexpected)
    }

    async fn post(&self, closed: &ClosedMonth, posting: &Posting, answer: Value) -> Attempt {
        let act = Some(Act { by: self.by.clone(), answer: answer.clone() });
        let beside = CompanionItems { act, ..CompanionItems::default() };
        Ok(saved(self.table.post(&closed.known, posting, &beside, self.now).await?, answer))
    }

    /// Returns the answer to the command if it was carried out before.
    async fn answered(&self, id: &ServiceId) -> Result<Option<Value>, Failure> {
        Ok(self.table.act(id, &self.by).await?.map(|act| act.answer))
    }

    async fn closed_month(&self, id: &ServiceId, month: Month) -> Result<ClosedMonth, Failure> {
        let known = self.table.service_month(id, month).await?.ok_or_else(|| unknown_service(id))?;
        if let Some(until) = known.standing.in_parts_until(self.now) {
            return Err(Failure::Conflict(format!(
                "service_id: checks of `{id}` are being recorded, and may change {month}: try again after {until}"
            )));
        }
        let Some(newest) = &known.newest else {
            return Err(Failure::Conflict(format!(
                "month: {month} of `{id}` is not closed yet: it can be decided once it has a statement, some hours \
                 after its end"
            )));
        };
        let (statement, stored) = (newest.statement.clone(), self.table.inputs(newest).await?);
        Ok(ClosedMonth { known, statement, stored })
    }
}

fn refused(error: ReviewError) -> Failure {
    let message = error.to_string();
    match error {
        ReviewError::OwnCase(_) => Failure::Forbidden(message),
        ReviewError::Reviewed(..) | ReviewError::Certain(..) => Failure::Conflict(message),
        ReviewError::OutOfBounds(..) | ReviewError::Contradiction(..) => Failure::BadRequest(message),
    }
}
