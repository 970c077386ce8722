//! What a customer does, by a page or the API: opens a ticket, answers it, claims, disputes.
//! Architecture invariant: each act is dated by the instant at which it is accepted, and done once under its key.

use axum::http::StatusCode;
use events::text::{Note, Remark};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shell::deadlines::follow_up;
use sla::claim::ClaimError;
use sla::exclusion::{Dispute, WindowError};
use sla::ledger::CreditKind;
use sla::text::report;
use sla::ticket::{Channel, Level};
use sla::{EventId, ExclusionId, Instant, Month, ServiceId, TicketId};
use table::{CustomerScope, Disputed, Filed, Filing, Recorded, Reply, Report};
use web::Problem;

use crate::Portal;
use crate::requests::{Settled, fault, once};

/// A ticket as it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewTicket {
    /// The service concerned, one of the customer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_id: Option<ServiceId>,
    /// How urgent it is: 1 (critical), 2 (degraded service) or 3 (general issue).
    level: Level,
    /// How the customer reports it.
    #[serde(default = "portal_channel")]
    channel: Channel,
    /// What it is about, in a line; without a visible character it is shown as `(no subject)`.
    #[serde(default)]
    title: String,
    /// What happened: with `title` and `steps_tried` kept whole up to 200 KB, and shown shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What was tried already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps_tried: Option<String>,
    /// The earlier ticket that it takes up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    links_to: Option<TicketId>,
}

/// A claim as it is filed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewClaim {
    /// The service.
    pub service_id: ServiceId,
    /// The month that is claimed.
    pub month: Month,
    /// What is claimed for.
    pub kind: CreditKind,
    /// What the customer adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

fn portal_channel() -> Channel {
    Channel::Portal
}

impl NewTicket {
    fn report(self) -> Report {
        let Self { service_id, level, channel, title, description, steps_tried, links_to } = self;
        let tried = steps_tried.map(|tried| format!("Steps tried:\n{tried}"));
        let parts: Vec<String> = description.into_iter().chain(tried).collect();
        let description = (!parts.is_empty()).then(|| parts.join("\n\n"));
        let (title, description) = report(&title, description.as_deref());
        Report { service_id, level, channel, title, description, links_to }
    }
}

/// Opens a ticket under the key of its request, or says why not.
pub async fn open_ticket(
    portal: &Portal,
    scope: &CustomerScope,
    key: &str,
    ticket: NewTicket,
) -> Result<Settled<TicketId>, Problem> {
    let now = portal.now();
    once(scope, (key, "open_ticket"), &ticket, now, |begun| {
        let report = ticket.clone().report();
        async move {
            let (id, event_id) = begun.ids()?;
            if begun.is_accepted {
                return Ok(Ok(id));
            }
            let ids = (id.clone(), event_id);
            let recorded = begun.scope.open_ticket(ids, report, now).await.map_err(fault)?;
            Ok(settled(portal, recorded, &id).await.map(|()| id))
        }
    })
    .await
}

/// Records what a customer says about a ticket, under the key of its request, or says why not.
pub async fn reply_to_ticket(
    portal: &Portal,
    scope: &CustomerScope,
    (key, id): (&str, &TicketId),
    reply: Reply,
) -> Result<Settled<EventId>, Problem> {
    let now = portal.now();
    once(scope, (key, "reply_to_ticket"), &(id, reply.as_str()), now, |begun| async move {
        let (_, event_id) = begun.ids()?;
        if begun.is_accepted {
            return Ok(Ok(event_id));
        }
        let ids = (id.clone(), event_id.clone());
        let recorded = begun.scope.reply_to_ticket(ids, reply, now).await.map_err(fault)?;
        Ok(settled(portal, recorded, id).await.map(|()| event_id))
    })
    .await
}

async fn settled(portal: &Portal, recorded: Recorded, id: &TicketId) -> Settled<()> {
    match recorded {
        Recorded::Done(changed) => {
            follow_up(&portal.table, &portal.schedules, &changed, portal.now()).await;
            Ok(())
        }
        Recorded::Refused(error) => Err(Problem::unprocessable(error)),
        Recorded::Another => Err(Problem::new(
            StatusCode::CONFLICT,
            format!(
                "Idempotency-Key: something else was recorded for ticket `{id}` under this key long ago: choose \
                 another key for another request"
            ),
        )),
        Recorded::NotFound => Err(Problem::not_found("ticket_id", id)),
    }
}

/// Files a claim, or says why not; answers it as it was first filed.
pub async fn file_claim(
    scope: &CustomerScope,
    claim: NewClaim,
    now: Instant,
) -> Result<Settled<Value>, Problem> {
    let NewClaim { service_id, month, kind, note } = claim;
    let filing = Filing { service_id: service_id.clone(), month, kind, note: note.map(Note::into_string) };
    let filed = scope.file_claim(filing, now).await;
    Ok(match filed.map_err(fault)? {
        Filed::Claim(claim) => Ok(serde_json::to_value(&claim)
            .map_err(|error| Problem::fault(&outcome::Failure::unexpected(error)))?),
        Filed::Again(answer) => Ok(answer),
        // Another customer's service and none at all are told apart by nobody.
        Filed::NoService | Filed::Refused(ClaimError::NotTheirs(..)) => {
            Err(Problem::not_found("service_id", &service_id))
        }
        Filed::Refused(error) => Err(Problem::unprocessable(error.to_string())),
    })
}

/// Notes what a customer says against an exclusion, or says why not.
pub async fn dispute(
    scope: &CustomerScope,
    id: &ExclusionId,
    statement: Remark,
    now: Instant,
) -> Result<Settled<Dispute>, Problem> {
    let disputed = scope.dispute(id, statement.into_string(), now).await;
    Ok(match disputed.map_err(fault)? {
        Disputed::Noted(dispute) => Ok(dispute),
        Disputed::Refused(WindowError::NotCovered(id)) => Err(Problem::not_found("exclusion_id", id)),
        Disputed::Refused(error) => Err(Problem::new(StatusCode::CONFLICT, error.to_string())),
    })
}
