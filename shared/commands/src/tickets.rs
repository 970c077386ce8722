//! Tickets as staff and customers follow them: both clocks as of now, the deadlines, and every event.

use events::command::{
    AcknowledgeTicket, AskCustomer, ChangeLevel, ListTickets, OpenTicket, ReopenTicket, ResolveTicket,
    ResumeTicket, ShowTicket, TakeTicket,
};
use events::text::{Note, Report};
use outcome::Failure;
use serde::Serialize;
use serde_json::{Value, json};
use sla::id::StaffId;
use sla::text::report_beside;
use sla::ticket::fold::Wait;
use sla::ticket::{
    Channel, Clock, ClockKind, Deadline, Effect, Level, Notes, Threshold, Ticket, TicketEvent,
    TicketHappening, TicketState, Verdict,
};
use sla::{CustomerId, EventId, Instant, Month, ServiceId, TicketId, Zone};
use table::{KeptEvent, Present, StaffAct, StaffOutcome, StoredTicket, TakeOutcome, Taken, WantedTickets};

use crate::Desk;
use crate::answers::{shown, unknown};

/// Tickets on one page.
const PAGE_MAX: usize = 100;

/// A ticket, as listed.
#[derive(Serialize)]
struct ListedTicket<'a> {
    ticket_id: &'a TicketId,
    customer_id: &'a CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_id: Option<&'a ServiceId>,
    level: Level,
    channel: Channel,
    title: &'a str,
    opened_at: Instant,
    acknowledge: ShownClock,
    resolve: ShownClock,
    /// The end of the commitment that is due next; absent once the ticket is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Instant>,
    is_waiting: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<&'a Taken>,
}

/// A ticket, as shown.
#[derive(Serialize)]
struct ShownTicket<'a> {
    ticket_id: &'a TicketId,
    /// Absent until the ticket is opened; events before that wait.
    #[serde(flatten)]
    open: Option<ShownOpen<'a>>,
    /// The person who has taken it.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<&'a Taken>,
    /// Events that arrived late and corrected a verdict.
    backdated_count: u32,
    /// The events, in their effective order.
    events: Vec<ShownEvent<'a>>,
}

/// The fields of an open ticket.
#[derive(Serialize)]
struct ShownOpen<'a> {
    customer_id: &'a CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_id: Option<&'a ServiceId>,
    level: Level,
    channel: Channel,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links_to: Option<&'a TicketId>,
    opened_at: Instant,
    month: Month,
    time_zone: Zone,
    terms_revision: u32,
    as_of: Instant,
    acknowledge: ShownClock,
    resolve: ShownClock,
    resolve_net_s: i64,
    waits: &'a [Wait],
    reopened_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Instant>,
    /// The deadlines if no event changes them, in time order.
    deadlines: Vec<ShownDeadline>,
}

#[derive(Serialize)]
struct ShownClock {
    started_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_s: Option<i64>,
    limit_s: i64,
    limit_at: Instant,
    elapsed_s: i64,
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed_at: Option<Instant>,
}

#[derive(Serialize)]
struct ShownDeadline {
    clock: ClockKind,
    threshold: Threshold,
    due_at: Instant,
}

#[derive(Serialize)]
struct ShownEvent<'a> {
    #[serde(flatten)]
    kept: &'a KeptEvent,
    /// The event's effect; absent while it waits for the opening.
    #[serde(flatten)]
    effect: Option<&'a Effect>,
}

/// An event that staff give to a ticket as a command.
struct GivenEvent {
    ticket_id: TicketId,
    event_id: Option<EventId>,
    notes: (Option<Note>, Option<Note>),
    by: Option<StaffId>,
}

/// Defines the commands that give a ticket an event: for each its content.
macro_rules! given {
    ($($(#[$doc:meta])* $give:ident($command:ident: $fields:ty) = $happening:expr;)+) => {
        impl Desk<'_> {
            $($(#[$doc])*
            pub async fn $give(&self, $command: $fields) -> Result<Value, Failure> {
                let happening = $happening;
                let given = GivenEvent {
                    ticket_id: $command.ticket_id,
                    event_id: $command.event_id,
                    notes: ($command.note, $command.internal_note),
                    by: $command.by,
                };
                self.give_event(given, happening).await
            })+
        }
    };
}
given! {
    /// Acknowledges a ticket.
    acknowledge_ticket(command: AcknowledgeTicket) = TicketHappening::Acknowledged;
    /// Asks the customer of a ticket, and waits.
    ask_customer(command: AskCustomer) = TicketHappening::WaitingOnCustomer;
    /// Ends the wait for the customer.
    resume_ticket(command: ResumeTicket) = TicketHappening::Resumed;
    /// Changes the level of a ticket.
    change_level(command: ChangeLevel) =
        TicketHappening::LevelChanged { level: command.level, reason: command.reason.unwrap_or_default() };
    /// Resolves a ticket.
    resolve_ticket(command: ResolveTicket) = TicketHappening::Resolved;
    /// Reopens a ticket.
    reopen_ticket(command: ReopenTicket) = TicketHappening::Reopened;
}

impl Desk<'_> {
    /// Opens a ticket for a customer.
    pub async fn open_ticket(&self, command: OpenTicket) -> Result<Value, Failure> {
        let OpenTicket { ticket_id, customer_id, service_id, level, channel, links_to, by, .. } = command;
        if channel == Channel::Portal {
            return Err(Failure::BadRequest(
                "channel: `portal` is where customers open tickets themselves: give phone, chat or email"
                    .to_owned(),
            ));
        }
        let notes = notes((command.note, command.internal_note));
        let description = command.description.map(Report::into_string);
        let (title, description) = report_beside(&command.title, description.as_deref(), notes.bytes());
        let happening =
            TicketHappening::Opened { customer_id, service_id, level, channel, title, description, links_to };
        let by = by.unwrap_or_else(StaffId::direct);
        let act = StaffAct { ticket_id, event_id: None, happening, notes, by };
        let outcome = self.table.open_ticket_by_staff(&act, self.now).await?;
        self.recorded(&act.ticket_id, outcome).await
    }

    /// Records an event that staff give to a ticket. One that would change nothing is refused.
    async fn give_event(&self, given: GivenEvent, happening: TicketHappening) -> Result<Value, Failure> {
        let GivenEvent { ticket_id, event_id, notes: given, by } = given;
        let by = by.unwrap_or_else(StaffId::direct);
        let act = StaffAct { ticket_id, event_id, happening, notes: notes(given), by };
        let outcome = self.table.act_on_ticket(&act, self.now).await?;
        self.recorded(&act.ticket_id, outcome).await
    }

    async fn recorded(&self, id: &TicketId, outcome: StaffOutcome) -> Result<Value, Failure> {
        match outcome {
            StaffOutcome::Done(event, changed) => {
                self.table.follow_up(&changed, self.now).await;
                let TicketEvent { event_id, occurred_at, .. } = &*event;
                Ok(json!({ "ticket_id": id, "event_id": event_id, "occurred_at": occurred_at }))
            }
            StaffOutcome::Refused(error) => Err(Failure::Conflict(error)),
            StaffOutcome::Another(event_id) => Err(Failure::Conflict(format!(
                "event_id: `{event_id}` of `{id}` exists with other content: repeat the command as it was, or choose \
                 another id"
            ))),
            StaffOutcome::NotFound => Err(unknown_ticket(id)),
        }
    }

    /// Notes who has taken a ticket.
    pub async fn take_ticket(&self, command: TakeTicket) -> Result<Value, Failure> {
        let TakeTicket { ticket_id, by } = command;
        let by = by.unwrap_or_else(StaffId::direct);
        match self.table.take_ticket(&ticket_id, &by, self.now).await? {
            TakeOutcome::Taken(taken, changed) => {
                self.table.follow_up(&[*changed], self.now).await;
                Ok(json!({ "ticket_id": ticket_id, "taken": taken }))
            }
            TakeOutcome::Finished => Err(Failure::Conflict(format!(
                "ticket_id: `{ticket_id}` is finished: reopen it first, or take another"
            ))),
            TakeOutcome::NotFound => Err(unknown_ticket(&ticket_id)),
        }
    }

    /// Lists a page of tickets; `next` is present if there are more.
    pub async fn list_tickets(&self, command: ListTickets) -> Result<Value, Failure> {
        let ListTickets { state, service_id, customer_id, after } = command;
        let after = after.map(|after| read_place(after.as_str())).transpose()?;
        let state = state.unwrap_or(TicketState::Open);
        let wanted = WantedTickets { state, customer_id, service_id, taken_by: None, after };
        let list = self.table.list_tickets(&wanted, PAGE_MAX).await?;
        let tickets: Vec<ListedTicket<'_>> =
            list.tickets.iter().filter_map(|stored| ListedTicket::of(stored, self.now)).collect();
        match &list.next {
            Some(next) => Ok(json!({ "tickets": tickets, "next": write_place(next) })),
            None => Ok(json!({ "tickets": tickets })),
        }
    }

    /// Shows a ticket as of now.
    pub async fn show_ticket(&self, command: ShowTicket) -> Result<Value, Failure> {
        let id = &command.ticket_id;
        let found = self.table.ticket(id, self.now).await?;
        let (stored, events) = found.ok_or_else(|| unknown_ticket(id))?;
        let StoredTicket { record, present, taken, .. } = &stored;
        let terms = self.table.terms_now(self.now).await?;
        let open = present.as_ref().map(|present| {
            let due = present.ticket.deadlines(terms.in_force(present.month), &record.announced, self.now);
            ShownOpen::of(present, &due, self.now)
        });
        let events = events.iter().map(|(kept, effect)| ShownEvent { kept, effect: effect.as_ref() });
        shown(&ShownTicket {
            ticket_id: id,
            open,
            taken: taken.as_ref(),
            backdated_count: record.backdated_count,
            events: events.collect(),
        })
    }
}

/// Writes a place in a list of tickets.
pub fn write_place((at, id): &(Instant, TicketId)) -> String {
    format!("{at}/{id}")
}

/// Reads a place in a list of tickets.
///
/// # Errors
/// Returns `BadRequest` if the text is none.
pub fn read_place(text: &str) -> Result<(Instant, TicketId), Failure> {
    let place = text.split_once('/').and_then(|(at, id)| at.parse().ok().zip(id.parse().ok()));
    place.ok_or_else(|| {
        Failure::BadRequest(format!(
            "after: `{}` is no place in the list: give `next` of the previous page",
            sla::shown(text)
        ))
    })
}

fn notes((note, internal_note): (Option<Note>, Option<Note>)) -> Notes {
    Notes::new(note.map(Note::into_string), internal_note.map(Note::into_string))
}

fn unknown_ticket(id: &TicketId) -> Failure {
    unknown("ticket_id", id, "open it with open_ticket, or with an event to record-tickets")
}

impl<'a> ListedTicket<'a> {
    fn of(stored: &'a StoredTicket, as_of: Instant) -> Option<Self> {
        let Present { ticket, .. } = stored.present.as_ref()?;
        let Ticket { ticket_id, opening, level, acknowledge, resolve, .. } = ticket;
        Some(Self {
            ticket_id,
            customer_id: &opening.customer_id,
            service_id: opening.service_id.as_ref(),
            level: *level,
            channel: opening.channel,
            title: &opening.title,
            opened_at: opening.opened_at,
            acknowledge: ShownClock::of(acknowledge, as_of),
            resolve: ShownClock::of(resolve, as_of),
            next_at: ticket.is_in(TicketState::Open).then(|| ticket.next_at()),
            is_waiting: ticket.is_in(TicketState::Waiting),
            taken: stored.taken.as_ref(),
        })
    }
}

impl<'a> ShownOpen<'a> {
    fn of(present: &'a Present, due: &[Deadline], as_of: Instant) -> Self {
        let Present { ticket, time_zone, month, terms_revision } = present;
        let opening = &ticket.opening;
        let deadline = |deadline: &Deadline| ShownDeadline {
            clock: deadline.mark.clock,
            threshold: deadline.mark.threshold,
            due_at: deadline.due_at,
        };
        Self {
            customer_id: &opening.customer_id,
            service_id: opening.service_id.as_ref(),
            level: ticket.level,
            channel: opening.channel,
            title: &opening.title,
            description: opening.description.as_deref(),
            links_to: opening.links_to.as_ref(),
            opened_at: opening.opened_at,
            month: *month,
            time_zone: *time_zone,
            terms_revision: *terms_revision,
            as_of,
            acknowledge: ShownClock::of(&ticket.acknowledge, as_of),
            resolve: ShownClock::of(&ticket.resolve, as_of),
            resolve_net_s: ticket.resolve_net_s(as_of),
            waits: &ticket.waits,
            reopened_count: ticket.reopened_count,
            cancelled_at: ticket.cancelled_at,
            deadlines: due.iter().map(deadline).collect(),
        }
    }
}

impl ShownClock {
    fn of(clock: &Clock, as_of: Instant) -> Self {
        Self {
            started_at: clock.started_at,
            target_s: clock.promise.target_s,
            limit_s: clock.promise.limit_s,
            limit_at: clock.instant_of(clock.promise.limit_s),
            elapsed_s: clock.elapsed_s(as_of),
            verdict: clock.verdict(as_of),
            stopped_at: clock.stop.map(|stop| stop.at()),
            missed_at: clock.miss(as_of).map(|miss| miss.at),
        }
    }
}
