//! Claims: filed by customers, listed, and billed after the last invoiced month.

use events::command::{FileClaim, ListClaims, MarkInvoiced};
use events::text::Note;
use outcome::Failure;
use serde_json::{Value, json};
use sla::claim::{ClaimError, Filing};
use sla::{Month, Zone};
use table::{FilingOutcome, WantedClaims};

use crate::Desk;
use crate::answers::shown;
use crate::services::unknown_service;

/// Claims on one page.
const PAGE_MAX: usize = 100;

impl Desk<'_> {
    /// Files a claim; a repetition returns the first one.
    pub async fn file_claim(&self, command: FileClaim) -> Result<Value, Failure> {
        let FileClaim { service_id, month, customer_id, kind, note, .. } = command;
        let note = note.map(Note::into_string);
        let (filed_at, ticket, passed_on) = (self.now, None, None);
        let filing = Filing { service_id, month, customer_id, kind, note, filed_at, ticket, passed_on };
        match self.table.file_claim(&filing, Some(&self.by), self.now).await? {
            FilingOutcome::Claim(claim) => shown(&claim),
            FilingOutcome::Again(answer) => Ok(answer),
            FilingOutcome::Refused(error) => Err(refused(error)),
            FilingOutcome::NoService => Err(unknown_service(&filing.service_id)),
        }
    }

    /// Lists a page of claims; `next` is present if there are more.
    pub async fn list_claims(&self, command: ListClaims) -> Result<Value, Failure> {
        let ListClaims { customer_id, state, after } = command;
        let claims = self.table.claims(&WantedClaims { customer_id, state, after }, PAGE_MAX + 1).await?;
        match claims.get(..PAGE_MAX).filter(|_| claims.len() > PAGE_MAX) {
            Some(page) => Ok(json!({ "claims": page, "next": page.last().map(|claim| &claim.claim_id) })),
            None => Ok(json!({ "claims": claims })),
        }
    }

    /// Records that a month's bills are out. Bills may be written ahead, but no further than the next month.
    pub async fn mark_invoiced(&self, command: MarkInvoiced) -> Result<Value, Failure> {
        let MarkInvoiced { month, .. } = command;
        let latest = Month::of(self.now, Zone::UTC).next();
        if month > latest {
            return Err(Failure::BadRequest(format!(
                "month: {month} lies further ahead than {latest}: every later credit would wait for it; give \
                 the month whose bills are out"
            )));
        }
        self.table.mark_invoiced(month).await?;
        Ok(json!({ "invoiced": month }))
    }
}

/// Classifies the refusal of a claim.
pub fn refused(error: ClaimError) -> Failure {
    let message = error.to_string();
    match error {
        ClaimError::NotTheirs(..) => Failure::NotFound(message),
        ClaimError::OwnClaim(_) => Failure::Forbidden(message),
        ClaimError::NotInReview(..) | ClaimError::NeedsStatement(_) => Failure::Conflict(message),
        ClaimError::NotBegun(..)
        | ClaimError::NotTheStatements(..)
        | ClaimError::NoAmount(_)
        | ClaimError::AmountOfNothing
        | ClaimError::TooMuch(..) => Failure::BadRequest(message),
    }
}
