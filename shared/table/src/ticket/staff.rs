//! Ticket events of staff: given as commands, recorded like all others. A refusal is told at once, and nothing
//! is quarantined.

use serde_json::{Value, json};
use sla::id::StaffId;
use sla::ticket::{Effect, Notes, Ticket, TicketEvent, TicketHappening};
use sla::{EventId, Instant, TicketId};

use super::{ChangedTicket, KeptEvent, Present, ReceivedEvent, StoredTicket, Taken};
use crate::service::record::Outcome;
use crate::store::attempts::until_written;
use crate::store::{Committed, TableError, Transaction};
use crate::{Table, keys};

/// Id of the event by which staff open a ticket.
const OPENED: &str = "desk-opened";
/// Hex digits of the digest that stands for the content of an event without an id.
const DIGEST_DIGITS: usize = 24;

/// An act of a member of staff on a ticket.
#[derive(Debug, Clone)]
pub struct StaffAct {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The id of the event, by which a repetition is known; one that follows from the content if none.
    pub event_id: Option<EventId>,
    /// The content.
    pub happening: TicketHappening,
    /// The notes.
    pub notes: Notes,
    /// The person.
    pub by: StaffId,
}

/// The outcome of an act.
#[derive(Debug, Clone)]
pub enum StaffOutcome {
    /// The event is recorded, now or before.
    Done(Box<TicketEvent>, Vec<ChangedTicket>),
    /// The ticket does not take the event, for this reason; nothing is written.
    Refused(String),
    /// A different event is recorded under its id.
    Another(EventId),
    /// There is no such ticket.
    NotFound,
}

/// The outcome of taking a ticket.
#[derive(Debug, Clone)]
pub enum TakeOutcome {
    /// The person has taken it, now or before.
    Taken(Taken, Box<ChangedTicket>),
    /// It is finished.
    Finished,
    /// There is no such ticket.
    NotFound,
}

impl StaffAct {
    /// True if an event has the content of this act.
    fn is_in(&self, event: &TicketEvent) -> bool {
        event.happening == self.happening && event.notes == self.notes
    }

    /// Returns the end of the ids of events with this content. They begin with their number in the ticket, so
    /// that acts of one second are in order.
    fn suffix(&self) -> Result<String, TableError> {
        let digest = sla::digest_hex(&json!([self.happening, self.notes]))
            .map_err(|error| TableError::new("write a ticket event", error))?;
        Ok(format!("-{}", digest.get(..DIGEST_DIGITS).unwrap_or(&digest)))
    }

    fn event(&self, event_id: EventId, now: Instant) -> TicketEvent {
        TicketEvent {
            event_id,
            ticket_id: self.ticket_id.clone(),
            occurred_at: now,
            happening: self.happening.clone(),
            notes: self.notes.clone(),
        }
    }
}

fn id(text: &str) -> Result<EventId, TableError> {
    text.parse().map_err(|error| TableError::new("name a ticket event", error))
}

impl Table {
    /// Records an act of staff on an open or a finished ticket.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn act_on_ticket(&self, act: &StaffAct, now: Instant) -> Result<StaffOutcome, TableError> {
        let Some((StoredTicket { present: Some(present), .. }, events)) =
            self.ticket(&act.ticket_id, now).await?
        else {
            return Ok(StaffOutcome::NotFound);
        };
        let kept: Vec<&TicketEvent> = events.iter().map(|(KeptEvent { event, .. }, _)| event).collect();
        let known = |event: &TicketEvent| StaffOutcome::Done(Box::new(event.clone()), Vec::new());
        let (event_id, repeated) = match &act.event_id {
            Some(event_id) => match kept.iter().find(|event| event.event_id == *event_id) {
                Some(event) if act.is_in(event) => return Ok(known(event)),
                Some(_) => return Ok(StaffOutcome::Another(event_id.clone())),
                None => (event_id.clone(), None),
            },
            None => {
                let suffix = act.suffix()?;
                let is_own = |event: &&&TicketEvent| {
                    let id = event.event_id.as_str();
                    id.starts_with("desk-") && id.ends_with(&suffix)
                };
                (id(&format!("desk-{:04}{suffix}", kept.len()))?, kept.iter().rev().find(is_own).copied())
            }
        };
        if let Some(event) = repeated.filter(|event| kept.last().is_some_and(|last| last == event)) {
            return Ok(known(event));
        }
        let event = act.event(event_id, now);
        match (self.effect_of(&event, &present, &kept, now).await?, repeated) {
            (Effect::Effective, _) => self.record_for_staff(event, &act.by, now).await,
            (Effect::WithoutEffect(_), Some(before)) => Ok(known(before)),
            (Effect::WithoutEffect(why), None) => {
                let id = &act.ticket_id;
                Ok(StaffOutcome::Refused(format!("ticket_id: `{id}` would not change: {why}")))
            }
            (Effect::Refused(why), _) => Ok(StaffOutcome::Refused(why)),
        }
    }

    /// Opens a ticket for a customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn open_ticket_by_staff(
        &self,
        act: &StaffAct,
        now: Instant,
    ) -> Result<StaffOutcome, TableError> {
        let event_id = id(OPENED)?;
        let found = self.store.get_one(&keys::ticket_event(&act.ticket_id, &event_id)).await?;
        if let Some(KeptEvent { event, .. }) = found.map(|item| item.body()).transpose()? {
            return Ok(match act.is_in(&event) {
                true => StaffOutcome::Done(Box::new(event), Vec::new()),
                false => StaffOutcome::Another(event_id),
            });
        }
        if self.stored_ticket(&act.ticket_id).await?.is_some_and(|stored| stored.present.is_some()) {
            return Ok(StaffOutcome::Another(event_id));
        }
        if let TicketHappening::Opened { customer_id, links_to: Some(linked), .. } = &act.happening
            && !self.stored_ticket(linked).await?.is_some_and(|stored| stored.is_of(customer_id))
        {
            let error = format!(
                "links_to: `{linked}` is no ticket of `{customer_id}`: give one that is, or leave it out"
            );
            return Ok(StaffOutcome::Refused(error));
        }
        let event = act.event(event_id, now);
        match self.admit_event(&event, now).await? {
            // There is nothing to replay.
            Some(error) => {
                Ok(StaffOutcome::Refused(error.replace(", then replay", ", then repeat the command")))
            }
            None => self.record_for_staff(event, &act.by, now).await,
        }
    }

    /// Notes that a member of staff has taken an open ticket.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn take_ticket(
        &self,
        id: &TicketId,
        by: &StaffId,
        now: Instant,
    ) -> Result<TakeOutcome, TableError> {
        until_written("take a ticket", || async {
            let Some(mut stored) = self.stored_ticket(id).await? else {
                return Ok(Some(TakeOutcome::NotFound));
            };
            let Some(present) = stored.present.clone() else { return Ok(Some(TakeOutcome::NotFound)) };
            if let Some(taken) = stored.taken.clone().filter(|taken| taken.by.is_same_person(by.as_str())) {
                let unchanged = Box::new(ChangedTicket::of(stored, Vec::new()));
                return Ok(Some(TakeOutcome::Taken(taken, unchanged)));
            }
            if !present.ticket.resolve.is_running() {
                return Ok(Some(TakeOutcome::Finished));
            }
            let taken = Taken { by: by.clone(), at: now };
            stored.taken = Some(taken.clone());
            let wanted = stored.wanted(self.terms_now(now).await?.in_force(present.month), now);
            let mut transaction = Transaction::default();
            stored.save(&wanted, &mut transaction, now)?;
            stored.enlist(None, &mut transaction)?;
            let done = self.store.commit(transaction).await? == Committed::Done;
            Ok::<_, TableError>(done.then(|| {
                TakeOutcome::Taken(taken, Box::new(ChangedTicket::of(stored.written(), Vec::new())))
            }))
        })
        .await
    }

    async fn stored_ticket(&self, id: &TicketId) -> Result<Option<StoredTicket>, TableError> {
        self.store.get_one(&keys::ticket(id)).await?.as_ref().map(StoredTicket::of).transpose()
    }

    /// Returns the effect that an event would have on its ticket.
    async fn effect_of(
        &self,
        event: &TicketEvent,
        present: &Present,
        kept: &[&TicketEvent],
        now: Instant,
    ) -> Result<Effect, TableError> {
        let book = self.terms_now(now).await?;
        let events = kept.iter().copied().chain([event]);
        let folded = Ticket::fold(events, book.in_force(present.month));
        let effect = folded.and_then(|mut folded| folded.effects.remove(&event.event_id));
        Ok(effect.unwrap_or(Effect::Effective))
    }

    async fn record_for_staff(
        &self,
        event: TicketEvent,
        by: &StaffId,
        now: Instant,
    ) -> Result<StaffOutcome, TableError> {
        let mut raw = serde_json::to_value(&event).map_err(|e| TableError::new("write a ticket event", e))?;
        if let Some(fields) = raw.as_object_mut() {
            fields.insert("by".to_owned(), Value::from(by.as_str()));
        }
        let received = [ReceivedEvent { event: event.clone(), raw }];
        if let Some(error) = self.ticket_refusal(&received, now).await? {
            return Ok(StaffOutcome::Refused(error));
        }
        let (outcomes, changed) = self.record_tickets(&received, now).await?;
        let refused = outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Refused(error) | Outcome::Ineffective(error) => Some(error),
            Outcome::Accepted | Outcome::Duplicate => None,
        });
        Ok(refused.map_or(StaffOutcome::Done(Box::new(event), changed), StaffOutcome::Refused))
    }
}
