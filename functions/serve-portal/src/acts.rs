//! The actions of a customer, through a page or the API: open a ticket, reply to it, claim, dispute.
//! Architecture invariant: each action is dated by its acceptance, and carried out once under its key.

use axum::http::StatusCode;
use events::text::{Note, Remark};
use serde_json::{Value, json};
use shell::deadlines::follow_up;
use sla::claim::ClaimError;
use sla::exclusion::{Dispute, WindowError};
use sla::quota::QuotaRequest;
use sla::text::is_blank;
use sla::{EventId, ExclusionId, Instant, TicketId};
use table::{CustomerScope, DisputeOutcome, FilingOutcome, NewClaim, NewTicket, RecordingOutcome, Reply};
use web::{Problem, fault};

use crate::Portal;
use crate::requests::{RequestResult, once};

/// Opens a ticket under the key of its request, or returns the refusal.
pub async fn open_ticket(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    ticket: NewTicket,
) -> Result<RequestResult<TicketId>, Problem> {
    let now = portal.now();
    let asks = Some(QuotaRequest::Ticket(ticket.level));
    once((portal, scope), (key, "open_ticket", asks), &ticket, now, |begun| {
        let ticket = ticket.clone();
        async move {
            let (id, event_id) = begun.ids()?;
            if begun.is_accepted {
                return Ok(Ok(id));
            }
            let ids = (id.clone(), event_id);
            let recorded = begun.scope.open_ticket(ids, ticket, now).await.map_err(fault)?;
            Ok(settled(portal, recorded, &id).await.map(|()| id))
        }
    })
    .await
}

/// Records a customer's reply to a ticket under the key of its request, or returns the refusal.
pub async fn reply_to_ticket(
    portal: &Portal,
    scope: &CustomerScope,
    (key, id): (&str, &TicketId),
    (reply, note): (Reply, Option<Note>),
) -> Result<RequestResult<EventId>, Problem> {
    let now = portal.now();
    let keyed = (key, "reply_to_ticket", Some(QuotaRequest::Reply));
    let note = note.filter(|note| !is_blank(note.as_str()));
    // A reply without a note is the request that it was before there were notes.
    let content = match &note {
        None => json!([id, reply.as_str()]),
        Some(note) => json!([id, reply.as_str(), note]),
    };
    once((portal, scope), keyed, &content, now, |begun| {
        let note = note.clone();
        async move {
            let (_, event_id) = begun.ids()?;
            if begun.is_accepted {
                return Ok(Ok(event_id));
            }
            let ids = (id.clone(), event_id.clone());
            let recorded = begun.scope.reply_to_ticket(ids, (reply, note), now).await.map_err(fault)?;
            Ok(settled(portal, recorded, id).await.map(|()| event_id))
        }
    })
    .await
}

async fn settled(portal: &Portal, recorded: RecordingOutcome, id: &TicketId) -> RequestResult<()> {
    match recorded {
        RecordingOutcome::Done(changed) => {
            follow_up(&portal.table, &portal.schedules, &changed, portal.now()).await;
            Ok(())
        }
        RecordingOutcome::Refused(error) => Err(Problem::unprocessable(error)),
        RecordingOutcome::Another => Err(Problem::new(
            StatusCode::CONFLICT,
            format!(
                "Idempotency-Key: it was used long ago for something else on ticket `{id}`: choose \
                 another key"
            ),
        )),
        RecordingOutcome::NotFound => Err(Problem::not_found("ticket_id", id)),
    }
}

/// Files a claim, or returns the refusal; a repeated claim gets the answer of the first.
pub async fn file_claim(
    scope: &CustomerScope,
    claim: NewClaim,
    now: Instant,
) -> Result<RequestResult<Value>, Problem> {
    let service_id = claim.service_id.clone();
    let filed = scope.file_claim(claim, now).await;
    Ok(match filed.map_err(fault)? {
        FilingOutcome::Claim(claim) => Ok(serde_json::to_value(&claim)
            .map_err(|error| Problem::fault(&outcome::Failure::unexpected(error)))?),
        FilingOutcome::Again(answer) => Ok(answer),
        // Another customer's service must look like one that does not exist.
        FilingOutcome::NoService | FilingOutcome::Refused(ClaimError::NotTheirs(..)) => {
            Err(Problem::not_found("service_id", &service_id))
        }
        FilingOutcome::Refused(error) => Err(Problem::unprocessable(error.to_string())),
    })
}

/// Records a customer's dispute of an exclusion, or returns the refusal.
pub async fn dispute(
    scope: &CustomerScope,
    id: &ExclusionId,
    statement: Remark,
    now: Instant,
) -> Result<RequestResult<Dispute>, Problem> {
    let disputed = scope.dispute(id, statement.into_string(), now).await;
    Ok(match disputed.map_err(fault)? {
        DisputeOutcome::Noted(dispute) => Ok(dispute),
        DisputeOutcome::Refused(WindowError::NotCovered(id)) => Err(Problem::not_found("exclusion_id", id)),
        DisputeOutcome::Refused(error) => Err(Problem::new(StatusCode::CONFLICT, error.to_string())),
    })
}
