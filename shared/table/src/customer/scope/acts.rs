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
use crate::{Accepted, ChangedTicket, Disputed, Filed, KeptEvent, Outcome, ReceivedEvent, Request, keys};

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
    /// Something else is recorded under its id.
    Another,
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
    /// Names a request by the key that came with it.
    pub fn request(&self, key: &str, content: &str, now: Instant) -> Request {
        Request::of_customer(self.customer_id(), key, content, now)
    }

    /// Finds what a request's key was accepted for within the last 30 days.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn accepted(&self, request: &Request) -> Result<Option<Accepted>, TableError> {
        self.table.accepted(request).await
    }

    /// Returns the scope for the act of a request: the first that it writes is written with the request.
    #[must_use]
    pub fn accepting(&self, request: &Request) -> Self {
        Self { table: self.table.accepting(request), access: self.access.clone() }
    }

    /// Completes an accepted request whose act may have had nothing to write.
    ///
    /// # Errors
    /// What DynamoDB answers, or a request that another process accepted meanwhile.
    pub async fn accept(&self, request: &Request) -> Result<(), TableError> {
        self.table.accept(request, None).await
    }

    /// Opens a ticket of the customer.
    ///
    /// # Errors
    /// What DynamoDB answers.
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
            // The same words, whether there is no such service or it is another customer's.
            let error = format!(
                "service_id: `{service_id}` is no service of yours: give one that is, or leave it out"
            );
            return Ok(Recorded::Refused(error));
        }
        self.record(opening, now).await
    }

    /// Records what the customer says about a ticket of theirs.
    ///
    /// # Errors
    /// What DynamoDB answers.
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

    /// Finds an event by its id, whenever it was recorded: once its request is forgotten, it answers in its place.
    async fn recorded_before(&self, event: &TicketEvent) -> Result<Option<Recorded>, TableError> {
        let key = keys::ticket_event(&event.ticket_id, &event.event_id);
        let Some(found) = self.table.store.get_one(&key).await? else { return Ok(None) };
        let before = found.body::<KeptEvent>()?.event;
        let same = before == TicketEvent { occurred_at: before.occurred_at, ..event.clone() };
        Ok(Some(if same { Recorded::Done(Vec::new()) } else { Recorded::Another }))
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

    /// Files a claim of the customer; who repeats it is answered the same.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn file_claim(&self, filing: Filing, now: Instant) -> Result<Filed, TableError> {
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
        let filing =
            CoreFiling { service_id, month, customer_id, kind, note, filed_at: now, ticket, passed_on };
        self.table.file_claim(&filing, Some(&by), now).await
    }

    /// Notes what the customer says against an exclusion that covers a service of theirs.
    ///
    /// # Errors
    /// What DynamoDB answers.
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
