//! A ticket as the fold over the set of its events: `opened` first, then by (`occurred_at`, `event_id`). The
//! order of arrival does not matter (rules, 8).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Stop;
use super::{Channel, Clock, ClockKind, Level, LevelReason, TicketEvent, TicketHappening, TicketState};
use crate::text::{shown_description, shown_title};
use crate::{CustomerId, EventId, Instant, ServiceId, Span, Terms, TicketId};

/// Seconds in a day.
const DAY_S: i64 = 86_400;

/// The opening of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The opening event.
    pub event_id: EventId,
    /// Instant of the report.
    pub opened_at: Instant,
    /// The customer who reported it.
    pub customer_id: CustomerId,
    /// The service concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// The level given at the opening.
    pub level: Level,
    /// The channel of the report.
    pub channel: Channel,
    /// The title as shown, in one line; the event keeps it whole.
    pub title: String,
    /// The description as shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The earlier ticket that this one continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links_to: Option<TicketId>,
}

/// The effect of an event on its ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "effect", content = "because", rename_all = "snake_case")]
pub enum Effect {
    /// The event counts.
    Effective,
    /// The event is recorded without effect; the text says why.
    WithoutEffect(String),
    /// The event is refused; the text says what to do instead.
    Refused(String),
}

/// A period of waiting for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wait {
    /// Start of the wait.
    pub since: Instant,
    /// End of the wait; absent while the customer has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// A ticket, folded from its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The ticket's id.
    pub ticket_id: TicketId,
    /// The opening.
    pub opening: Opening,
    /// The present level.
    pub level: Level,
    /// The clock from the report to its acknowledgement.
    pub acknowledge: Clock,
    /// The clock from the report to its resolution.
    pub resolve: Clock,
    /// The periods of waiting for the customer, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// Number of reopenings.
    pub reopened_count: u32,
    /// Instant of cancellation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Instant>,
    /// Instant of the latest event.
    pub last_event_at: Instant,
}

/// A ticket with the effect of each of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The effect of each event.
    pub effects: BTreeMap<EventId, Effect>,
}

impl FoldedTicket {
    /// True if an event counts.
    pub fn is_effective(&self, event_id: &EventId) -> bool {
        self.effects.get(event_id) == Some(&Effect::Effective)
    }
}

impl Opening {
    /// Returns the earliest opening among a ticket's events.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a TicketEvent>) -> Option<Self> {
        let first =
            events.into_iter().filter(|event| event.is_opening()).min_by_key(|event| event.place())?;
        let TicketHappening::Opened { customer_id, service_id, level, channel, title, description, links_to } =
            first.happening.clone()
        else {
            return None;
        };
        Some(Self {
            event_id: first.event_id.clone(),
            opened_at: first.occurred_at,
            customer_id,
            service_id,
            level,
            channel,
            title: shown_title(&title),
            description: description.as_deref().and_then(shown_description),
            links_to,
        })
    }
}

impl Ticket {
    /// Folds a ticket's events under the terms of its opening; `None` if none of them opens it.
    pub fn fold<'a>(
        events: impl IntoIterator<Item = &'a TicketEvent>,
        terms: &Terms,
    ) -> Option<FoldedTicket> {
        let mut events: Vec<&TicketEvent> = events.into_iter().collect();
        events.sort_by_key(|event| event.place());
        let opening = Opening::of(events.iter().copied())?;
        let first = events.iter().position(|event| event.event_id == opening.event_id)?;
        let opened = events.remove(first);
        let mut effects = BTreeMap::from([(opened.event_id.clone(), Effect::Effective)]);
        let mut ticket = Self::open(opened.ticket_id.clone(), opening, terms);
        for event in events {
            effects.insert(event.event_id.clone(), ticket.take(event, terms));
            ticket.last_event_at = ticket.last_event_at.max(event.occurred_at);
        }
        Some(FoldedTicket { ticket, effects })
    }

    fn open(ticket_id: TicketId, opening: Opening, terms: &Terms) -> Self {
        let promise = terms.levels.promise(opening.level);
        Self {
            ticket_id,
            level: opening.level,
            acknowledge: Clock::start(opening.opened_at, promise.acknowledge),
            resolve: Clock::start(opening.opened_at, promise.resolve),
            waits: Vec::new(),
            reopened_count: 0,
            cancelled_at: None,
            last_event_at: opening.opened_at,
            opening,
        }
    }

    /// Returns one of the two clocks.
    pub const fn clock(&self, kind: ClockKind) -> &Clock {
        match kind {
            ClockKind::Acknowledge => &self.acknowledge,
            ClockKind::Resolve => &self.resolve,
        }
    }

    /// Returns the seconds of the resolve clock less those spent waiting for the customer.
    pub fn resolve_net_s(&self, as_of: Instant) -> i64 {
        let counted = self.resolve.counted(as_of);
        let waited = |wait: &Wait| {
            Span::new(wait.since, wait.until.unwrap_or(counted.end)).intersect(counted).length_s()
        };
        self.resolve.elapsed_s(as_of) - self.waits.iter().map(waited).sum::<i64>()
    }

    /// True if the ticket is in a state.
    pub fn is_in(&self, state: TicketState) -> bool {
        match state {
            TicketState::Open => self.resolve.is_running(),
            TicketState::Unacknowledged => self.resolve.is_running() && self.acknowledge.is_running(),
            TicketState::Waiting => self.waits.last().is_some_and(|wait| wait.until.is_none()),
            TicketState::Finished => !self.resolve.is_running(),
        }
    }

    /// Returns the end of the commitment that is due next, if no event changes it; once the ticket is
    /// finished, the instant at which it was.
    pub fn next_at(&self) -> Instant {
        let limit_at = |clock: &Clock| clock.instant_of(clock.promise.limit_s);
        match (self.resolve.stop, self.acknowledge.is_running()) {
            (Some(stop), _) => stop.at(),
            (None, true) => limit_at(&self.acknowledge).min(limit_at(&self.resolve)),
            (None, false) => limit_at(&self.resolve),
        }
    }

    /// Returns the instant of resolution, counted since the opening or the last reopening.
    pub fn resolved_at(&self) -> Option<Instant> {
        self.resolve.done_at()
    }

    fn take(&mut self, event: &TicketEvent, terms: &Terms) -> Effect {
        let at = event.occurred_at;
        if at < self.opening.opened_at {
            return Effect::Refused(format!(
                "occurred_at: {at} lies before the ticket's opening at {}: send it with its right date, as a new \
                 event with an event_id of its own",
                self.opening.opened_at
            ));
        }
        if let Some(cancelled_at) = self.cancelled_at {
            return after_cancellation(&event.happening, cancelled_at);
        }
        match &event.happening {
            TicketHappening::Opened { .. } => without(format!(
                "the ticket is open since {}: the earliest opening counts",
                self.opening.opened_at
            )),
            TicketHappening::Acknowledged => self.acknowledge_at(at),
            TicketHappening::LevelChanged { level, reason } => self.change_level(*level, *reason, at, terms),
            TicketHappening::WaitingOnCustomer => self.wait(at),
            TicketHappening::Resumed => self.resume(at),
            TicketHappening::Resolved | TicketHappening::Closed => self.resolve_at(at),
            TicketHappening::Reopened => self.reopen(at, terms.tickets.reopen_days),
            TicketHappening::Cancelled => self.cancel(at),
            TicketHappening::Claim { .. } => without("a claim moves no clock".to_owned()),
        }
    }

    fn acknowledge_at(&mut self, at: Instant) -> Effect {
        if let Some(stop) = self.acknowledge.stop {
            return without(format!("the ticket is acknowledged since {}", stop.at()));
        }
        self.acknowledge.stop(Stop::Done(at));
        Effect::Effective
    }

    fn resolve_at(&mut self, at: Instant) -> Effect {
        if let Some(stop) = self.resolve.stop {
            return without(format!("the ticket is resolved since {}", stop.at()));
        }
        self.acknowledge.stop(Stop::Done(at));
        self.resolve.stop(Stop::Done(at));
        self.end_wait(at);
        Effect::Effective
    }

    /// Applies another level. A limit missed by then stays missed.
    fn change_level(&mut self, level: Level, reason: LevelReason, at: Instant, terms: &Terms) -> Effect {
        if let Some(stop) = self.resolve.stop {
            return without(format!("the ticket is resolved since {}: its level stays", stop.at()));
        }
        let promise = terms.levels.promise(level);
        self.acknowledge.keep_miss(at);
        self.resolve.keep_miss(at);
        self.level = level;
        match reason {
            LevelReason::Misclassified => {
                let opened_at = self.opening.opened_at;
                self.acknowledge.promise_again(opened_at, promise.acknowledge, at);
                self.resolve.promise_again(opened_at, promise.resolve, at);
            }
            LevelReason::Worsened => {
                if self.acknowledge.is_running() {
                    self.acknowledge.promise_again(at, promise.acknowledge, at);
                }
                self.resolve.promise_again(at, promise.resolve, at);
            }
        }
        Effect::Effective
    }

    fn wait(&mut self, at: Instant) -> Effect {
        if let Some(stop) = self.resolve.stop {
            return without(format!("the ticket is resolved since {}: nothing is waited for", stop.at()));
        }
        if let Some(wait) = self.waits.last().filter(|wait| wait.until.is_none()) {
            return without(format!("the customer is waited for since {}", wait.since));
        }
        self.waits.push(Wait { since: at, until: None });
        Effect::Effective
    }

    fn resume(&mut self, at: Instant) -> Effect {
        if self.end_wait(at) {
            Effect::Effective
        } else {
            without("the customer was not waited for".to_owned())
        }
    }

    /// Ends the current wait. True if there was one.
    fn end_wait(&mut self, at: Instant) -> bool {
        let open = self.waits.last_mut().filter(|wait| wait.until.is_none());
        open.map(|wait| wait.until = Some(at)).is_some()
    }

    fn reopen(&mut self, at: Instant, reopen_days: i64) -> Effect {
        let Some(resolved_at) = self.resolve.done_at() else {
            return without("the ticket is not resolved".to_owned());
        };
        if at > resolved_at.plus_s(reopen_days * DAY_S) {
            return Effect::Refused(format!(
                "occurred_at: {at} is more than {reopen_days} days after the resolution at {resolved_at}: open a \
                 new ticket that links to this one with links_to"
            ));
        }
        self.resolve.keep_miss(at);
        self.resolve.stop = None;
        self.resolve.gaps.push(Span::new(resolved_at, at));
        self.reopened_count += 1;
        Effect::Effective
    }

    fn cancel(&mut self, at: Instant) -> Effect {
        for clock in [&mut self.acknowledge, &mut self.resolve] {
            clock.stop(Stop::Cancelled(at));
            clock.void = true;
        }
        self.end_wait(at);
        self.cancelled_at = Some(at);
        Effect::Effective
    }
}

fn without(reason: String) -> Effect {
    Effect::WithoutEffect(reason)
}

fn after_cancellation(happening: &TicketHappening, cancelled_at: Instant) -> Effect {
    match happening {
        TicketHappening::Reopened => Effect::Refused(format!(
            "kind: the ticket was cancelled at {cancelled_at} and cannot be reopened: open a new ticket that links \
             to this one with links_to"
        )),
        _ => without(format!("the ticket was cancelled at {cancelled_at}")),
    }
}
