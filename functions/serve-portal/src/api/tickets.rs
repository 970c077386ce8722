//! Tickets: opened, followed, answered. Clocks are given as instants and limits: a response changes only when
//! something happens, and readers count by their own clock.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use events::text::Note;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::ticket::fold::Wait;
use sla::ticket::{Channel, Clock, Effect, Level, Miss, TicketEvent, TicketHappening, Verdict};
use sla::{EventId, Instant, ServiceId, Span, TicketId};
use table::{KeptEvent, NewTicket, Reply};
use web::{JsonBody, Problem, RequestKey, fault, part};

use super::{Answer, ApiParameters, Caller, created, cursor};
use crate::Portal;
use crate::acts::{open_ticket, reply_to_ticket};
use crate::tickets::{FoundTicket, find};

/// Tickets per page.
const PAGE_MAX: usize = 50;
/// The list's name in its cursors.
const LIST: &str = "tickets";

/// A page of tickets.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tickets {
    /// The tickets, the latest opened first; at most 50.
    tickets: Vec<Ticket>,
    /// The `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ticket {
    /// The ticket.
    ticket_id: TicketId,
    /// When it was opened.
    opened_at: Instant,
    /// The service concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_id: Option<ServiceId>,
    /// Its level now: 1 (critical), 2 (degraded service) or 3 (general issue).
    level: Level,
    /// The channel by which it was reported.
    channel: Channel,
    /// A one-line summary.
    title: String,
    /// The problem in detail, with the steps already tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The earlier ticket that it takes up again.
    #[serde(skip_serializing_if = "Option::is_none")]
    links_to: Option<TicketId>,
    /// From the report to its acknowledgement.
    acknowledge: TicketClock,
    /// From the report to its resolution.
    resolve: TicketClock,
    /// When the customer was asked for something, ascending.
    waits: Vec<Wait>,
    /// Number of times it was reopened.
    reopened_count: u32,
    /// When it was cancelled, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Instant>,
}

/// One of a ticket's two clocks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TicketClock {
    /// From when it counts.
    started_at: Instant,
    /// The target, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_s: Option<i64>,
    /// When the target passes, if the clock runs that long.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_at: Option<Instant>,
    /// The limit, in seconds.
    limit_s: i64,
    /// When the limit passes, if the clock runs that long.
    limit_at: Instant,
    /// The verdict on the limit; absent if the ticket was cancelled before the limit passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    /// When what was promised was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<Instant>,
    /// The first limit that was missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<Miss>,
    /// The time between resolution and reopening, ascending: it does not count.
    gaps: Vec<Span>,
}

/// A ticket with everything that happened to it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TicketHistory {
    /// The ticket.
    #[serde(flatten)]
    ticket: Ticket,
    /// The first instant at which it can no longer be reopened, once it is resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    reopen_until: Option<Instant>,
    /// Events that arrived late and corrected a verdict.
    backdated_count: u32,
    /// Its events, in the order in which they count.
    events: Vec<TicketStep>,
}

/// An event of a ticket, as its customer sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SeenEvent {
    /// The event's id within its ticket.
    event_id: EventId,
    /// The ticket.
    ticket_id: TicketId,
    /// When it happened.
    occurred_at: Instant,
    /// The event.
    #[serde(flatten)]
    happening: TicketHappening,
    /// The note of whoever recorded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// An event of a ticket, and what it did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TicketStep {
    /// The event.
    event: SeenEvent,
    /// When it first came.
    received_at: Instant,
    /// Its effect.
    #[serde(flatten)]
    effect: Effect,
}

/// A ticket that is open.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenedTicket {
    /// The ticket: `GET /tickets/{ticket_id}` shows it.
    ticket_id: TicketId,
}

/// A customer's reply to a ticket.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewReply {
    /// `resumed`: what support asked for is answered; `reopened`: the problem is back; `closed`: the ticket
    /// can be put away; `cancelled`: it was none.
    kind: Reply,
    /// The customer's answer, or what is still wrong; of more than 4,000 characters the first ones are
    /// kept.
    #[serde(default)]
    note: Option<Note>,
}

/// A recorded reply to a ticket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordedReply {
    /// The ticket.
    ticket_id: TicketId,
    /// The event, as the ticket's history lists it.
    event_id: EventId,
}

impl TicketClock {
    fn of(clock: &Clock, now: Instant) -> Self {
        let promise = &clock.promise;
        Self {
            started_at: clock.started_at,
            target_s: promise.target_s,
            target_at: promise.target_s.map(|target_s| clock.instant_of(target_s)),
            limit_s: promise.limit_s,
            limit_at: clock.instant_of(promise.limit_s),
            verdict: clock.verdict(now),
            done_at: clock.done_at(),
            missed: clock.miss(now),
            gaps: clock.gaps.clone(),
        }
    }
}

impl Ticket {
    fn of(ticket: sla::ticket::Ticket, now: Instant) -> Self {
        let opening = ticket.opening;
        Self {
            ticket_id: ticket.ticket_id,
            opened_at: opening.opened_at,
            service_id: opening.service_id,
            level: ticket.level,
            channel: opening.channel,
            title: opening.title,
            description: opening.description,
            links_to: opening.links_to,
            acknowledge: TicketClock::of(&ticket.acknowledge, now),
            resolve: TicketClock::of(&ticket.resolve, now),
            waits: ticket.waits,
            reopened_count: ticket.reopened_count,
            cancelled_at: ticket.cancelled_at,
        }
    }
}

impl From<(KeptEvent, Effect)> for TicketStep {
    fn from((KeptEvent { event, received_at, .. }, effect): (KeptEvent, Effect)) -> Self {
        let TicketEvent { event_id, ticket_id, occurred_at, happening, notes } = event;
        let event = SeenEvent { event_id, ticket_id, occurred_at, happening, note: notes.note };
        Self { event, received_at, effect }
    }
}

/// Lists the tickets (`GET /tickets`).
pub async fn list(caller: Caller, ApiParameters(query): ApiParameters, headers: HeaderMap) -> Answer {
    let before = cursor::read(LIST, query.after.as_deref(), |parts| match parts {
        [opened_at, id] => opened_at.parse::<Instant>().ok().zip(id.parse::<TicketId>().ok()),
        _ => None,
    })?;
    let before = before.as_ref().map(|(opened_at, id)| (*opened_at, id));
    let stored = caller.scope.tickets(before, PAGE_MAX + 1).await.map_err(fault)?;
    let more = stored.len() > PAGE_MAX;
    let present = stored.into_iter().take(PAGE_MAX).filter_map(|stored| stored.present);
    let tickets: Vec<Ticket> = present.map(|present| Ticket::of(present.ticket, caller.now)).collect();
    let last = tickets.last().filter(|_| more);
    let next = last.map(|last| cursor::write(LIST, &[&last.opened_at, &last.ticket_id]));
    web::json(&headers, &Tickets { tickets, next })
}

/// Shows a ticket with its events (`GET /tickets/{ticket_id}`).
pub async fn show(caller: Caller, Path(ticket_id): Path<String>, headers: HeaderMap) -> Answer {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let FoundTicket { present, events, backdated_count, reopen_until } =
        find(&caller.scope, &id, caller.now).await?;
    let ticket = Ticket::of(present.ticket, caller.now);
    let events = events.into_iter().map(TicketStep::from).collect();
    web::json(&headers, &TicketHistory { ticket, reopen_until, backdated_count, events })
}

/// Opens a ticket (`POST /tickets`).
pub async fn open(
    State(portal): State<Portal>,
    caller: Caller,
    RequestKey(key): RequestKey,
    JsonBody(ticket): JsonBody<NewTicket>,
) -> Result<Response, Problem> {
    let ticket_id = open_ticket(&portal, &caller.scope, &key, ticket).await??;
    Ok(created(&OpenedTicket { ticket_id }))
}

/// Records a customer's reply to a ticket (`POST /tickets/{ticket_id}/events`).
pub async fn reply(
    State(portal): State<Portal>,
    caller: Caller,
    Path(ticket_id): Path<String>,
    RequestKey(key): RequestKey,
    JsonBody(NewReply { kind, note }): JsonBody<NewReply>,
) -> Answer {
    let ticket_id: TicketId = part("ticket_id", &ticket_id)?;
    let event_id = reply_to_ticket(&portal, &caller.scope, (&key, &ticket_id), (kind, note)).await??;
    Ok(created(&RecordedReply { ticket_id, event_id }))
}
