//! The actions of a customer, always the scope's: opening and answering tickets, claiming, disputing.

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
use crate::{Accepted, ChangedTicket, Disputed, Filed, KeptEvent, Outcome, ReceivedEvent, Request, keys};

/// A customer's report of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The service concerned, if any.
    pub service_id: Option<ServiceId>,
    /// The urgency.
    pub level: Level,
    /// The channel of the report.
    pub channel: Channel,
    /// The subject, in one line.
    pub title: String,
    /// A description of the problem and of attempts at a solution.
    pub description: Option<String>,
    /// The earlier ticket that this one continues.
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

/// A customer's claim, as filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// The service.
    pub service_id: ServiceId,
    /// The claimed month.
    pub month: Month,
    /// The kind of credit claimed.
    pub kind: CreditKind,
    /// The customer's note.
    pub note: Option<String>,
}

/// The outcome of recording a ticket event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// The event is recorded, now or before; the changed tickets still need their schedules.
    Done(Vec<ChangedTicket>),
    /// The event was refused, with the reason, and nothing is written.
    Refused(String),
    /// A different event is recorded under this id.
    Another,
    /// The customer has no such ticket.
    NotFound,
}

impl Reply {
    /// Returns the wire name of the event kind.
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
    /// Builds the request that came with an idempotency key.
    pub fn request(&self, key: &str, content: &str, now: Instant) -> Request {
        Request::of_customer(self.customer_id(), key, content, now)
    }

    /// Finds a request accepted within the last 30 days by its idempotency key.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn accepted(&self, request: &Request) -> Result<Option<Accepted>, TableError> {
        self.table.accepted(request).await
    }

    /// Returns a scope whose first write also records the request as accepted.
    #[must_use]
    pub fn accepting(&self, request: &Request) -> Self {
        Self { table: self.table.accepting(request), access: self.access.clone() }
    }

    /// Records a request as accepted if its action had nothing to write.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or another process accepted the request meanwhile.
    pub async fn accept(&self, request: &Request) -> Result<(), TableError> {
        self.table.accept(request, None).await
    }

    /// Opens a ticket of the customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn open_ticket(
        &self,
        (ticket_id, event_id): (TicketId, EventId),
        report: Report,
        now: Instant,
    ) -> Result<Recorded, TableError> {
        let Report { service_id, level, channel, title, description, links_to } = report;
        let customer_id = self.customer_id().clone();
        let (service, linked) = (service_id.clone(), links_to.clone());
        let happening =
            TicketHappening::Opened { customer_id, service_id, level, channel, title, description, links_to };
        let opening = TicketEvent { event_id, ticket_id, occurred_at: now, happening };
        if let Some(known) = self.recorded_before(&opening).await? {
            return Ok(known);
        }
        if let Some(linked) = &linked
            && self.ticket_alone(linked).await?.is_none()
        {
            let error =
                format!("links_to: `{linked}` is no ticket of yours: give one that is, or leave it out");
            return Ok(Recorded::Refused(error));
        }
        if let Some(service_id) = &service
            && self.service(service_id).await?.is_none()
        {
            // The message is the same for a service that does not exist and for another customer's.
            let error = format!(
                "service_id: `{service_id}` is no service of yours: give one that is, or leave it out"
            );
            return Ok(Recorded::Refused(error));
        }
        self.record(opening, now).await
    }

    /// Records the customer's reply to one of their tickets.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn reply_to_ticket(
        &self,
        (ticket_id, event_id): (TicketId, EventId),
        reply: Reply,
        now: Instant,
    ) -> Result<Recorded, TableError> {
        if self.ticket_alone(&ticket_id).await?.is_none() {
            return Ok(Recorded::NotFound);
        }
        let event = TicketEvent { event_id, ticket_id, occurred_at: now, happening: reply.happening() };
        match self.recorded_before(&event).await? {
            Some(known) => Ok(known),
            None => self.record(event, now).await,
        }
    }

    /// Finds an event by its id, however long ago it was recorded: it answers once its request is forgotten.
    async fn recorded_before(&self, event: &TicketEvent) -> Result<Option<Recorded>, TableError> {
        let key = keys::ticket_event(&event.ticket_id, &event.event_id);
        let Some(found) = self.table.store.get_one(&key).await? else { return Ok(None) };
        let before = found.body::<KeptEvent>()?.event;
        let same = before == TicketEvent { occurred_at: before.occurred_at, ..event.clone() };
        Ok(Some(if same { Recorded::Done(Vec::new()) } else { Recorded::Another }))
    }

    /// Records an event, or returns the refusal: a person is told at once, and nothing is quarantined.
    async fn record(&self, event: TicketEvent, now: Instant) -> Result<Recorded, TableError> {
        if let Some(error) = self.table.admit_event(&event, now).await? {
            return Ok(Recorded::Refused(error));
        }
        let raw = serde_json::to_value(&event).map_err(|e| TableError::new("write a ticket event", e))?;
        let received = [ReceivedEvent { event, raw }];
        if let Some(error) = self.table.ticket_refusal(&received, now).await? {
            return Ok(Recorded::Refused(error));
        }
        let (outcomes, changed) = self.table.record_tickets(&received, now).await?;
        let refused = outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Refused(error) | Outcome::Ineffective(error) => Some(error),
            Outcome::Accepted | Outcome::Duplicate => None,
        });
        Ok(refused.map_or(Recorded::Done(changed), Recorded::Refused))
    }

    /// Files a claim of the customer; a repetition gets the same answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn file_claim(&self, filing: Filing, now: Instant) -> Result<Filed, TableError> {
        let Filing { service_id, month, kind, note } = filing;
        // Another customer's service is examined no further than one that does not exist.
        if self.service(&service_id).await?.is_none() {
            return Ok(Filed::NoService);
        }
        let customer_id = self.customer_id().clone();
        // The customer is part of the identity: another customer's same words must not find the answer.
        let by = json!({
            "customer_id": customer_id, "service_id": service_id, "month": month, "kind": kind, "note": note,
        });
        let (ticket, passed_on) = (None, None);
        let filing =
            CoreFiling { service_id, month, customer_id, kind, note, filed_at: now, ticket, passed_on };
        self.table.file_claim(&filing, Some(&by), now).await
    }

    /// Records the customer's dispute of an exclusion that covers one of their services.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn dispute(
        &self,
        id: &ExclusionId,
        statement: String,
        now: Instant,
    ) -> Result<Disputed, TableError> {
        let dispute = Dispute { customer_id: self.customer_id().clone(), statement, at: now };
        self.table.dispute_exclusion(id, &dispute, now).await
    }
}
