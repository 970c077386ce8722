//! Tickets as staff and customers follow them: both clocks as of now, the deadlines, and every event.

use events::command::ShowTicket;
use outcome::Failure;
use serde::Serialize;
use serde_json::Value;
use sla::ticket::fold::Wait;
use sla::ticket::{Channel, Clock, ClockKind, Deadline, Effect, Level, Threshold, Verdict};
use sla::{CustomerId, Instant, Month, ServiceId, TicketId, Zone};
use table::{KeptEvent, Present, StoredTicket};

use crate::Desk;
use crate::answers::{shown, unknown};

/// A ticket, as shown.
#[derive(Serialize)]
struct ShownTicket<'a> {
    ticket_id: &'a TicketId,
    /// Absent until the ticket is opened; events before that wait.
    #[serde(flatten)]
    open: Option<ShownOpen<'a>>,
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

impl Desk<'_> {
    /// Shows a ticket as of now.
    pub async fn show_ticket(&self, command: ShowTicket) -> Result<Value, Failure> {
        let id = &command.ticket_id;
        let found = self.table.ticket(id, self.now).await?;
        let (stored, events) =
            found.ok_or_else(|| unknown("ticket_id", id, "open it with an event to record-tickets"))?;
        let StoredTicket { record, present, .. } = &stored;
        let terms = self.table.terms_now(self.now).await?;
        let open = present.as_ref().map(|present| {
            let due = present.ticket.deadlines(terms.in_force(present.month), &record.announced, self.now);
            ShownOpen::of(present, &due, self.now)
        });
        let events = events.iter().map(|(kept, effect)| ShownEvent { kept, effect: effect.as_ref() });
        shown(&ShownTicket {
            ticket_id: id,
            open,
            backdated_count: record.backdated_count,
            events: events.collect(),
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
