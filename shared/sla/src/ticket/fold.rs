//! A ticket as the fold over the set of its events: `opened` first, then by (`occurred_at`, `event_id`), so that the
//! order of arrival does not matter (rules, 8).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clock::Stop;
use super::{Channel, Clock, ClockKind, Level, LevelReason, TicketEvent, TicketHappening};
use crate::text::{shown_description, shown_title};
use crate::{CustomerId, EventId, Instant, ServiceId, Span, Terms, TicketId};

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// How a ticket began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The event that opened it.
    pub event_id: EventId,
    /// When the problem was reported.
    pub opened_at: Instant,
    /// Who reported it.
    pub customer_id: CustomerId,
    /// The service concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// The level that was given.
    pub level: Level,
    /// How it was reported.
    pub channel: Channel,
    /// What it is about, in a line as it is shown; its event keeps it whole.
    pub title: String,
    /// What it is about, and what was tried, as it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The earlier ticket that it takes up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links_to: Option<TicketId>,
}

/// What an event did to its ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "effect", content = "because", rename_all = "snake_case")]
pub enum Effect {
    /// It counts.
    Effective,
    /// It is recorded and changes nothing, and why.
    WithoutEffect(String),
    /// It is refused, and what to do instead.
    Refused(String),
}

/// A time in which the customer was asked for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wait {
    /// From when.
    pub since: Instant,
    /// Until when; absent while the customer has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// A ticket: what its events come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The ticket.
    pub ticket_id: TicketId,
    /// How it began.
    pub opening: Opening,
    /// Its level now.
    pub level: Level,
    /// From the report to its acknowledgement.
    pub acknowledge: Clock,
    /// From the report to its resolution.
    pub resolve: Clock,
    /// When the customer was asked for something, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
    /// How often it was reopened.
    pub reopened_count: u32,
    /// When it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Instant>,
    /// When the last of its events happened.
    pub last_event_at: Instant,
}

/// A ticket with what each of its events did to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The ticket.
    pub ticket: Ticket,
    /// What each event did.
    pub effects: BTreeMap<EventId, Effect>,
}

impl Folded {
    /// Says whether an event counts.
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
    /// Folds a ticket's events under the terms of its opening; `None` while it has not been opened.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a TicketEvent>, terms: &Terms) -> Option<Folded> {
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
        Some(Folded { ticket, effects })
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

    /// Returns one of the clocks.
    pub const fn clock(&self, kind: ClockKind) -> &Clock {
        match kind {
            ClockKind::Acknowledge => &self.acknowledge,
            ClockKind::Resolve => &self.resolve,
        }
    }

    /// Returns the seconds of the resolve clock in which the customer was not waited for.
    pub fn resolve_net_s(&self, as_of: Instant) -> i64 {
        let counted = self.resolve.counted(as_of);
        let waited = |wait: &Wait| {
            Span::new(wait.since, wait.until.unwrap_or(counted.end)).intersect(counted).length_s()
        };
        self.resolve.elapsed_s(as_of) - self.waits.iter().map(waited).sum::<i64>()
    }

    /// Returns when the problem was solved, since the opening or the last reopening.
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

    /// Judges by another level: a limit that was missed by then stays missed.
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

    /// Ends the open waiting; says whether there was one.
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
