//! The actions of a customer, always the scope's: opening and answering tickets, claiming, disputing.

use events::Change;
use events::change::{Hand, Object, Person, Subject};
use events::text::Note;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sla::claim::Filing;
use sla::exclusion::Dispute;
use sla::ledger::CreditKind;
use sla::text::report;
use sla::ticket::{Channel, Level, Notes, TicketEvent, TicketHappening};
use sla::{CustomerId, EventId, ExclusionId, Instant, Month, ServiceId, TicketId};

use super::CustomerScope;
use crate::store::TableError;
use crate::{
    ChangedTicket, DisputeOutcome, EarlierAcceptance, FilingOutcome, KeptEvent, Outcome, ReceivedEvent,
    Request, Table, keys,
};

/// A ticket as it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewTicket {
    /// The service concerned, one of the customer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// The urgency: 1 (critical), 2 (degraded service) or 3 (general issue).
    pub level: Level,
    /// The channel by which the customer reports it.
    #[serde(default = "portal_channel")]
    pub channel: Channel,
    /// A one-line summary; shown as `(no subject)` if it has no visible character.
    #[serde(default)]
    pub title: String,
    /// The problem in detail; stored whole up to 200 KB with `title` and `steps_tried`, and shown shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The steps already tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_tried: Option<String>,
    /// The earlier ticket that it takes up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links_to: Option<TicketId>,
}

/// A customer's reply to a ticket of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The customer has answered support's question.
    Resumed,
    /// The problem is back.
    Reopened,
    /// The ticket can be put away.
    Closed,
    /// It was none.
    Cancelled,
}

/// A claim as it is filed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewClaim {
    /// The service.
    pub service_id: ServiceId,
    /// The claimed month.
    pub month: Month,
    /// The kind of credit claimed.
    pub kind: CreditKind,
    /// The customer's remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// The outcome of recording a ticket event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingOutcome {
    /// The event is recorded, now or before; the changed tickets still need their schedules.
    Done(Vec<ChangedTicket>),
    /// The event was refused, with the reason, and nothing is written.
    Refused(String),
    /// A different event is recorded under this id.
    Another,
    /// The customer has no such ticket.
    NotFound,
}

fn portal_channel() -> Channel {
    Channel::Portal
}

impl NewTicket {
    /// Returns the opening of the ticket, its texts made plain; the steps tried stand below the description.
    fn opened_by(self, customer_id: CustomerId) -> TicketHappening {
        let Self { service_id, level, channel, title, description, steps_tried, links_to } = self;
        let tried = steps_tried.map(|tried| format!("Steps tried:\n{tried}"));
        let parts: Vec<String> = description.into_iter().chain(tried).collect();
        let description = (!parts.is_empty()).then(|| parts.join("\n\n"));
        let (title, description) = report(&title, description.as_deref());
        TicketHappening::Opened { customer_id, service_id, level, channel, title, description, links_to }
    }
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
    pub async fn accepted(&self, request: &Request) -> Result<Option<EarlierAcceptance>, TableError> {
        self.table.accepted(request).await
    }

    /// Returns a scope whose first write also records the request as accepted.
    #[must_use]
    pub fn accepting(&self, request: &Request) -> Self {
        Self { table: self.table.accepting(request), ..self.clone() }
    }

    /// Records a request as accepted if its action had nothing to write.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or another process accepted the request meanwhile.
    pub async fn accept(&self, request: &Request) -> Result<(), TableError> {
        self.table.accept(request, None).await
    }

    /// Builds the change of an act of the customer, with the fields of it that the trail keeps.
    pub(super) fn change(
        &self,
        (act, now): (&str, Instant),
        object: Object,
        details: Value,
    ) -> Result<Change, TableError> {
        let (by, hand) = (Person::of_subject(self.access.subject()), Hand::at(self.via, self.access.who()));
        let mut kept = Map::from_iter([("customer_id".to_owned(), json!(self.customer_id()))]);
        kept.extend(
            details.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())),
        );
        kept.retain(|_, value| !value.is_null());
        Change::new((now, by, &hand), (act, object), &details, kept)
            .map_err(|error| TableError::new("write a change", error))
    }

    /// Returns the table whose first transaction notes a change.
    pub(super) fn noting(&self, change: Change) -> Table {
        self.table.noting_of(self.customer_id(), change, &Hand::at(self.via, self.access.who()))
    }

    /// Opens a ticket of the customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn open_ticket(
        &self,
        (ticket_id, event_id): (TicketId, EventId),
        ticket: NewTicket,
        now: Instant,
    ) -> Result<RecordingOutcome, TableError> {
        let (service, linked) = (ticket.service_id.clone(), ticket.links_to.clone());
        let details = json!({
            "service_id": service, "level": ticket.level, "channel": ticket.channel, "links_to": linked,
        });
        let happening = ticket.opened_by(self.customer_id().clone());
        let notes = Notes::default();
        let opening = TicketEvent { event_id, ticket_id, occurred_at: now, happening, notes };
        if let Some(known) = self.recorded_before(&opening).await? {
            return Ok(known);
        }
        if let Some(linked) = &linked
            && self.ticket_alone(linked).await?.is_none()
        {
            let error =
                format!("links_to: `{linked}` is no ticket of yours: give one that is, or leave it out");
            return Ok(RecordingOutcome::Refused(error));
        }
        if let Some(service_id) = &service
            && self.service(service_id).await?.is_none()
        {
            // The message is the same for a service that does not exist and for another customer's.
            let error = format!(
                "service_id: `{service_id}` is no service of yours: give one that is, or leave it out"
            );
            return Ok(RecordingOutcome::Refused(error));
        }
        self.record(opening, ("open_ticket", details), now).await
    }

    /// Records the customer's reply to one of their tickets.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn reply_to_ticket(
        &self,
        (ticket_id, event_id): (TicketId, EventId),
        (reply, note): (Reply, Option<Note>),
        now: Instant,
    ) -> Result<RecordingOutcome, TableError> {
        if self.ticket_alone(&ticket_id).await?.is_none() {
            return Ok(RecordingOutcome::NotFound);
        }
        let notes = Notes::new(note.map(Note::into_string), None);
        let happening = reply.happening();
        let event = TicketEvent { event_id, ticket_id, occurred_at: now, happening, notes };
        match self.recorded_before(&event).await? {
            Some(known) => Ok(known),
            None => {
                let details = json!({ "event_id": event.event_id, "kind": reply.as_str() });
                self.record(event, ("reply_to_ticket", details), now).await
            }
        }
    }

    /// Finds an event by its id, however long ago it was recorded: it answers once its request is forgotten.
    async fn recorded_before(&self, event: &TicketEvent) -> Result<Option<RecordingOutcome>, TableError> {
        let key = keys::ticket_event(&event.ticket_id, &event.event_id);
        let Some(found) = self.table.store.get_one(&key).await? else { return Ok(None) };
        let before = found.body::<KeptEvent>()?.event;
        let same = before == TicketEvent { occurred_at: before.occurred_at, ..event.clone() };
        Ok(Some(if same { RecordingOutcome::Done(Vec::new()) } else { RecordingOutcome::Another }))
    }

    /// Records an event, or returns the refusal: a person is told at once, and nothing is quarantined.
    async fn record(
        &self,
        event: TicketEvent,
        (act, details): (&str, Value),
        now: Instant,
    ) -> Result<RecordingOutcome, TableError> {
        if let Some(error) = self.table.admit_event(&event, now).await? {
            return Ok(RecordingOutcome::Refused(error));
        }
        let raw = serde_json::to_value(&event).map_err(|e| TableError::new("write a ticket event", e))?;
        let received = [ReceivedEvent { event, raw }];
        if let Some(error) = self.table.ticket_refusal(&received, now).await? {
            return Ok(RecordingOutcome::Refused(error));
        }
        let object = Object::of(Subject::Ticket, &[received[0].event.ticket_id.as_str()]);
        let table = self.noting(self.change((act, now), object, details)?);
        let (outcomes, changed) = table.record_tickets(&received, now).await?;
        let refused = outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Refused(error) | Outcome::Ineffective(error) => Some(error),
            Outcome::Accepted | Outcome::Duplicate => None,
        });
        Ok(refused.map_or(RecordingOutcome::Done(changed), RecordingOutcome::Refused))
    }

    /// Files a claim of the customer; a repetition gets the same answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn file_claim(&self, claim: NewClaim, now: Instant) -> Result<FilingOutcome, TableError> {
        let NewClaim { service_id, month, kind, note } = claim;
        // Another customer's service is examined no further than one that does not exist.
        if self.service(&service_id).await?.is_none() {
            return Ok(FilingOutcome::NoService);
        }
        let customer_id = self.customer_id().clone();
        // The customer is part of the identity: another customer's same words must not find the answer.
        let by = json!({
            "customer_id": customer_id, "service_id": service_id, "month": month, "kind": kind, "note": note,
        });
        let (note, ticket, passed_on) = (note.map(Note::into_string), None, None);
        let service_of = service_id.clone();
        let filing = Filing { service_id, month, customer_id, kind, note, filed_at: now, ticket, passed_on };
        // The claim's id is found when it is filed: until then the month stands for it.
        let object = Object::of(Subject::Claim, &[service_of.as_str(), &month.to_string()]);
        let details = json!({ "service_id": service_of, "month": month, "kind": kind });
        let table = self.noting(self.change(("file_claim", now), object, details)?);
        table.file_claim(&filing, Some(&by), now).await
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
    ) -> Result<DisputeOutcome, TableError> {
        let dispute = Dispute { customer_id: self.customer_id().clone(), statement, at: now };
        let object = Object::of(Subject::Exclusion, &[id.as_str()]);
        let table = self.noting(self.change(("dispute_exclusion", now), object, json!({}))?);
        table.dispute_exclusion(id, &dispute, now).await
    }
}
