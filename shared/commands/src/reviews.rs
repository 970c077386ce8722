//! Reviews of statements that depend on missing data and of claims that need a person, and restatements by
//! order. Each is carried out once, under the service's standing; after a conflict it is decided again on the
//! new data.

use events::command::{RestateMonth, ReviewClaim, ReviewStatement};
use outcome::Failure;
use serde_json::Value;
use sla::claim::{ClaimError, ClaimReview};
use sla::closing::{Closing, restate_by_order, review};
use sla::exclusion::Ruling;
use sla::review::{Asked, Review, ReviewError};
use sla::settlement::left_of_fee;
use sla::{Month, ServiceId};
use table::telling::{self, Order, Settled};
use table::{Act, ServiceMonth, Stating, StoredStatement};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};
use crate::claims;
use crate::services::unknown_service;

/// A closed month, as read for a person's decision.
struct Closed {
    known: ServiceMonth,
    newest: StoredStatement,
}

impl Desk<'_> {
    /// Reviews a closed month: writes a revision with the person's verdict, and settles claims and credits.
    pub async fn review_statement(&self, command: ReviewStatement) -> Result<Value, Failure> {
        let ReviewStatement { service_id, month, verdict, down_s, by, reason } = command;
        let asked = Asked { verdict, down_s, by, reason: reason.into_string() };
        let order = Order { by: asked.by.clone(), reason: asked.reason.clone() };
        self.settle("review a statement", || async {
            if let Some(answer) = self.answered(&service_id).await? {
                return Ok(Some(answer));
            }
            let closed = self.closed_month(&service_id, month).await?;
            let Closed { known, newest } = &closed;
            let inputs = self.table.inputs(newest).await?;
            let commitment_ppm = inputs.terms.promise(newest.statement.plan).commitment_ppm;
            let found = Review::of(&newest.statement, asked.clone(), commitment_ppm).map_err(refused)?;
            let outage_after = self.table.outage_after(known, &[&inputs], self.now).await?;
            let (said, books) = (&known.standing.said, known.books(outage_after));
            let closing = review(&inputs, found, said, books, self.now).map_err(Failure::unexpected)?;
            self.state(closed, closing, order.clone()).await
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
            let Closed { known, newest } = &closed;
            let stored = self.table.inputs(newest).await?;
            let present = self.table.gather(known, month, stored.as_of, self.now).await?;
            let outage_after = self.table.outage_after(known, &[&stored, &present], self.now).await?;
            let (said, books) = (&known.standing.said, known.books(outage_after));
            let closing = restate_by_order(&stored, &present, said, books, self.now);
            self.state(closed, closing.map_err(Failure::unexpected)?, order.clone()).await
        })
        .await
    }

    /// Decides a claim in review: for a missed metric, or passed on late.
    pub async fn review_claim(&self, command: ReviewClaim) -> Result<Value, Failure> {
        let ReviewClaim { claim_id, decision, amount, by, reason } = command;
        let reason = reason.into_string();
        let found = self.table.claim(&claim_id).await?;
        let found = found.ok_or_else(|| unknown("claim_id", &claim_id, "look it up with list_claims"))?;
        self.settle("review a claim", || async {
            if let Some(answer) = self.answered(&found.service_id).await? {
                return Ok(Some(answer));
            }
            let Closed { mut known, newest } = self.closed_month(&found.service_id, found.month).await?;
            let before = known.claims.clone();
            let claim = known.claims.iter_mut().find(|claim| claim.claim_id == claim_id);
            let claim = claim.ok_or_else(|| unknown("claim_id", &claim_id, "look it up with list_claims"))?;
            let left = left_of_fee(&self.table.inputs(&newest).await?, &known.entries);
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
                statement_revision: newest.statement.revision,
            };
            *claim = claim.reviewed(review, left).map_err(claims::refused)?;
            let settlement = self.table.settlement(&known, &newest, self.now).await?;
            let decided = settlement.claims.iter().find(|claim| claim.claim_id == claim_id);
            let answer = shown(&decided)?;
            let came = Settled {
                before: &before,
                claims: &settlement.claims,
                entries: &settlement.entries,
                closing: &settlement.closing,
            };
            let notices = telling::settled(&known.service, found.month, came, self.now);
            let mut stating = Stating { notices, act: Some(self.act(&answer)), ..Stating::default() };
            stating.settle(&settlement);
            known.standing.said.tell(found.month, settlement.told);
            Ok(saved(self.table.state(&known, &stating, self.now).await?, answer))
        })
        .await
    }

    /// Writes the outcome of a decision about a closed month; records only the command if nothing changed.
    async fn state(&self, closed: Closed, closing: Option<Closing>, order: Order) -> Attempt {
        let Closed { mut known, newest } = closed;
        let mut stating = Stating::default();
        let answer = match closing {
            None => shown(&newest.statement)?,
            Some(closing) => {
                let (previous, before) = (&newest.statement, &known.claims);
                stating.notices = telling::restated(&closing, previous, Some(order), before, self.now);
                stating.settle(&closing.settlement);
                known.standing.said = closing.said;
                let answer = shown(&closing.statement)?;
                stating.statement = Some((closing.statement, closing.inputs));
                answer
            }
        };
        stating.act = Some(self.act(&answer));
        Ok(saved(self.table.state(&known, &stating, self.now).await?, answer))
    }

    fn act(&self, answer: &Value) -> Act {
        Act { by: self.by.clone(), answer: answer.clone() }
    }

    /// Returns the answer to the command if it was carried out before.
    async fn answered(&self, id: &ServiceId) -> Result<Option<Value>, Failure> {
        Ok(self.table.act(id, &self.by).await?.map(|act| act.answer))
    }

    async fn closed_month(&self, id: &ServiceId, month: Month) -> Result<Closed, Failure> {
        let known = self.table.service_month(id, month).await?.ok_or_else(|| unknown_service(id))?;
        if let Some(until) = known.standing.in_parts_until(self.now) {
            return Err(Failure::Conflict(format!(
                "service_id: checks of `{id}` are being recorded, and may change {month}: try again after {until}"
            )));
        }
        match known.newest.clone() {
            Some(newest) => Ok(Closed { known, newest }),
            None => Err(Failure::Conflict(format!(
                "month: {month} of `{id}` is not closed yet: it can be decided once it has a statement, some hours \
                 after its end"
            ))),
        }
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
