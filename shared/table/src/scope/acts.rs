//! What a customer may do: open and answer tickets, claim, dispute. The customer is the scope's, whoever asks.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use sla::claim::Filing as CoreFiling;
use sla::exclusion::Dispute;
use sla::ledger::CreditKind;
use sla::ticket::{Channel, Level, TicketEvent, TicketHappening};
use sla::{EventId, ExclusionId, Instant, Month, ServiceId, TicketId};

use super::CustomerScope;
use crate::store::TableError;
use crate::{ChangedTicket, Disputed, Filed, Outcome, ReceivedEvent, Remembered};

/// What a customer reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The service concerned.
    pub service_id: Option<ServiceId>,
    /// How urgent it is.
    pub level: Level,
    /// How it is reported.
    pub channel: Channel,
    /// What it is about, in a line.
    pub title: String,
    /// What it is about, and what was tried.
    pub description: Option<String>,
    /// The earlier ticket that it takes up again.
    pub links_to: Option<TicketId>,
}

/// What a customer may say about a ticket of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// What support asked for is answered.
    Resumed,
    /// The problem is back.
    Reopened,
    /// The ticket can be put away.
    Closed,
    /// It was none.
    Cancelled,
}

/// A claim as a customer files it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// The service.
    pub service_id: ServiceId,
    /// The month that is claimed.
    pub month: Month,
    /// What for.
    pub kind: CreditKind,
    /// What the customer says.
    pub note: Option<String>,
}

/// What recording an event of a ticket came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is recorded, now or before; what has changed still needs its schedules.
    Done(Vec<ChangedTicket>),
    /// It was refused, and nothing is written.
    Refused(String),
    /// The customer has no such ticket.
    NotFound,
}

impl Reply {
    /// Returns the kind of event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resumed => "resumed",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    const fn happening(self) -> TicketHappening {
        match self {
            Self::Resumed => TicketHappening::Resumed,
            Self::Reopened => TicketHappening::Reopened,
            Self::Closed => TicketHappening::Closed,
            Self::Cancelled => TicketHappening::Cancelled,
        }
    }
}

impl CustomerScope {
    /// Remembers a request under the key that came with it, or finds it: whoever sends it again gets the same answer.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn remember(&self, key: &str, content: &str, now: Instant) -> Result<Remembered, TableError> {
        self.table.remember(self.customer_id(), key, content, now).await
    }

    /// Finds a request by the key that came with it, if it was ever made.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn remembered(&self, key: &str, content: &str) -> Result<Option<Remembered>, TableError> {
        self.table.remembered(self.customer_id(), key, content).await
    }

    /// Opens a ticket of the customer.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn open_ticket(
        &self,
        (ticket_id, event_id): (TicketId, EventId),
        report: Report,
        occurred_at: Instant,
        now: Instant,
    ) -> Result<Recorded, TableError> {
        let Report { service_id, level, channel, title, description, links_to } = report;
        if let Some(linked) = &links_to
            && self.ticket_alone(linked).await?.is_none()
        {
            let error =
                format!("links_to: `{linked}` is no ticket of yours: give one that is, or leave it out");
            return Ok(Recorded::Refused(error));
        }
        if let Some(service_id) = &service_id
            && self.service(service_id).await?.is_none()
        {
            // The same words, whether there is no such service or it is another customer's.
            let error = format!(
                "service_id: `{service_id}` is no service of yours: give one that is, or leave it out"
            );
            return Ok(Recorded::Refused(error));
        }
        let customer_id = self.customer_id().clone();
        let happening =
            TicketHappening::Opened { customer_id, service_id, level, channel, title, description, links_to };
        self.record(TicketEvent { event_id, ticket_id, occurred_at, happening }, now).await
    }

    /// Records what the customer says about a ticket of theirs.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn reply_to_ticket(
        &self,
        (ticket_id, event_id): (TicketId, EventId),
        reply: Reply,
        occurred_at: Instant,
        now: Instant,
    ) -> Result<Recorded, TableError> {
        if self.ticket_alone(&ticket_id).await?.is_none() {
            return Ok(Recorded::NotFound);
        }
        self.record(TicketEvent { event_id, ticket_id, occurred_at, happening: reply.happening() }, now).await
    }

    /// Records an event, unless it is refused: a person is told at once, and nothing is put aside.
    async fn record(&self, event: TicketEvent, now: Instant) -> Result<Recorded, TableError> {
        let raw = serde_json::to_value(&event).map_err(|e| TableError::new("write a ticket event", e))?;
        let received = [ReceivedEvent { event, raw }];
        if let Some(error) = self.table.ticket_refusal(&received, now).await? {
            return Ok(Recorded::Refused(error));
        }
        let (outcomes, changed) = self.table.record_tickets(&received, now).await?;
        let refused = outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Quarantined(error) => Some(error),
            Outcome::Accepted | Outcome::Duplicate => None,
        });
        Ok(refused.map_or(Recorded::Done(changed), Recorded::Refused))
    }

    /// Files a claim that the customer made at an instant; who repeats it is answered the same.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn file_claim(
        &self,
        filing: Filing,
        filed_at: Instant,
        now: Instant,
    ) -> Result<Filed, TableError> {
        let Filing { service_id, month, kind, note } = filing;
        // Another customer's service is looked at no further than none.
        if self.service(&service_id).await?.is_none() {
            return Ok(Filed::NoService);
        }
        let customer_id = self.customer_id().clone();
        // Whose act it is belongs to its name: else another customer's same words would find its answer.
        let by = json!({
            "customer_id": customer_id, "service_id": service_id, "month": month, "kind": kind, "note": note,
        });
        let (ticket, passed_on) = (None, None);
        let filing = CoreFiling { service_id, month, customer_id, kind, note, filed_at, ticket, passed_on };
        self.table.file_claim(&filing, Some(&by), now).await
    }

    /// Notes what the customer said at an instant against an exclusion that covers a service of theirs.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn dispute(
        &self,
        id: &ExclusionId,
        statement: String,
        at: Instant,
        now: Instant,
    ) -> Result<Disputed, TableError> {
        let dispute = Dispute { customer_id: self.customer_id().clone(), statement, at };
        self.table.dispute_exclusion(id, &dispute, now).await
    }
}
