//! Recording a ticket's events: finds the new ones, their effects, the announcements due and the corrected
//! verdicts. A recorded verdict that an earlier-dated event changes is corrected, and the event is counted
//! (rules, 8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::deadline::Decision;
use super::fold::FoldedTicket;
use super::{AnnouncedMarks, ClockKind, Fact, Opening, Ticket, TicketEvent, TicketHappening, Verdict};
use crate::{EventId, Instant, Terms};

/// The events of a ticket, by id.
pub type TicketLog = BTreeMap<EventId, TicketEvent>;

/// A recorded verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedVerdict {
    /// Met or missed.
    pub verdict: Verdict,
    /// Instant of the verdict. Only an event dated before it may correct it.
    pub at: Instant,
}

/// The record of a ticket beside its events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRecord {
    /// The marks of its clocks that were announced.
    #[serde(rename = "said")]
    pub announced: AnnouncedMarks,
    /// The verdict on the acknowledgement, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge: Option<RecordedVerdict>,
    /// The verdict on the resolution, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<RecordedVerdict>,
    /// Number of events that arrived late and corrected a verdict.
    pub backdated_count: u32,
    /// Number of times that an earlier opening arrived late. Announcements that follow from it are made anew.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier_openings: u32,
    /// The clocks of corrected verdicts, once for each correction. Later announcements about them are made
    /// anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<ClockKind>,
}

const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A correction of a recorded verdict by an event that arrived late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The clock.
    pub clock: ClockKind,
    /// The recorded verdict.
    pub before: RecordedVerdict,
    /// The present verdict; none for a ticket that was cancelled in time.
    pub after: Option<Verdict>,
}

/// The result of receiving an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// The event is new, and kept.
    Kept,
    /// The event is known already.
    Known,
    /// Another event has its id; that one is kept.
    Another(Box<TicketEvent>),
}

/// A change in a ticket that someone must be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The ticket was opened, with this note.
    Opened(Option<String>),
    /// An event changed the level.
    LevelChanged(TicketEvent),
    /// An event resolved the ticket.
    Resolved(TicketEvent),
    /// A clock reached a threshold, or escalates.
    Clock(Fact),
    /// A recorded verdict was corrected.
    Corrected(Correction),
}

/// The result of recording events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The ticket before; none if it had not been opened.
    pub earlier: Option<FoldedTicket>,
    /// The ticket; none while it has not been opened.
    pub folded: Option<FoldedTicket>,
    /// The record from now on.
    pub record: TicketRecord,
    /// The changes to announce.
    pub news: Vec<News>,
}

/// Adds events to a ticket's log, and returns the result for each, in order.
pub fn receive(log: &mut TicketLog, received: &[TicketEvent]) -> Vec<Reception> {
    let take = |event: &TicketEvent| match log.get(&event.event_id) {
        None => {
            log.insert(event.event_id.clone(), event.clone());
            Reception::Kept
        }
        Some(known) if known == event => Reception::Known,
        Some(known) => Reception::Another(Box::new(known.clone())),
    };
    received.iter().map(take).collect()
}

impl TicketRecord {
    /// Decides the consequences of the events in `log` that are not in `before`, which `log` contains.
    pub fn follow(&self, before: &TicketLog, log: &TicketLog, terms: &Terms, now: Instant) -> Recording {
        let Some(folded) = Ticket::fold(log.values(), terms) else {
            return Recording { earlier: None, folded: None, record: self.clone(), news: Vec::new() };
        };
        let ticket = &folded.ticket;
        let earlier = Ticket::fold(before.values(), terms);
        let opening = |folded: &FoldedTicket| folded.ticket.opening.clone();
        let opened_before = earlier.as_ref().map(opening);
        // If the ticket turns out to be another customer's, that customer has been told nothing yet.
        let is_theirs = |before: &Opening| before.customer_id == ticket.opening.customer_id;
        let told_of = earlier.as_ref().filter(|_| opened_before.as_ref().is_some_and(is_theirs));
        let mut news = changes(told_of, &folded, log);
        let late = self.late(before, log, &folded);
        let corrections = self.corrections(ticket, &late, now);
        let mut record = self.clone();
        if opened_before.is_some_and(|before| before != ticket.opening) {
            record.earlier_openings += 1;
        }
        if told_of.is_none() {
            record.announced = AnnouncedMarks::default();
        }
        for Correction { clock, before, .. } in &corrections {
            record.corrected.push(*clock);
            if before.verdict == Verdict::Missed {
                record.announced = record.announced.taken_back(*clock, ticket.clock(*clock), terms, now);
            }
        }
        let is_corrected = |event: &&&TicketEvent| corrections.iter().any(|c| corrects(event, c.before));
        let count = late.iter().filter(is_corrected).count();
        record.backdated_count += u32::try_from(count).unwrap_or(u32::MAX);
        let Decision { facts, announced } = ticket.decide(terms, &record.announced, now);
        record.announced = announced;
        record.note(ticket, now);
        news.extend(facts.into_iter().map(News::Clock));
        news.extend(corrections.into_iter().map(News::Corrected));
        Recording { earlier, folded: Some(folded), record, news }
    }

    /// Decides the announcements due by `now` on a ticket without new events.
    pub fn due(&self, ticket: &Ticket, terms: &Terms, now: Instant) -> (Vec<Fact>, TicketRecord) {
        let Decision { facts, announced } = ticket.decide(terms, &self.announced, now);
        let mut record = TicketRecord { announced, ..self.clone() };
        record.note(ticket, now);
        (facts, record)
    }

    /// Returns the recorded verdict on a clock.
    pub const fn recorded(&self, clock: ClockKind) -> Option<RecordedVerdict> {
        match clock {
            ClockKind::Acknowledge => self.acknowledge,
            ClockKind::Resolve => self.resolve,
        }
    }

    /// Records the verdicts as of `now`.
    fn note(&mut self, ticket: &Ticket, now: Instant) {
        self.acknowledge = recorded(ticket, ClockKind::Acknowledge, now);
        self.resolve = recorded(ticket, ClockKind::Resolve, now);
    }

    /// Returns the number of corrections to a clock's verdict. Each starts a new episode, with its own
    /// notices.
    pub fn episode(&self, clock: ClockKind) -> usize {
        self.corrected.iter().filter(|corrected| **corrected == clock).count()
    }

    /// Lists the new events that count and are dated before a recorded verdict.
    fn late<'a>(
        &self,
        before: &TicketLog,
        log: &'a TicketLog,
        folded: &FoldedTicket,
    ) -> Vec<&'a TicketEvent> {
        let recorded: Vec<RecordedVerdict> =
            ClockKind::ALL.into_iter().filter_map(|kind| self.recorded(kind)).collect();
        let fresh = log.values().filter(|event| !before.contains_key(&event.event_id));
        fresh
            .filter(|event| recorded.iter().any(|recorded| corrects(event, *recorded)))
            .filter(|event| event.moves_clocks() && folded.is_effective(&event.event_id))
            .collect()
    }

    /// Lists the recorded verdicts that late events have changed.
    fn corrections(&self, ticket: &Ticket, late: &[&TicketEvent], now: Instant) -> Vec<Correction> {
        let correction = |kind: ClockKind| {
            let before = self.recorded(kind)?;
            let after = ticket.clock(kind).verdict(now);
            let by_late = late.iter().any(|event| corrects(event, before));
            (by_late && after != Some(before.verdict)).then_some(Correction { clock: kind, before, after })
        };
        ClockKind::ALL.into_iter().filter_map(correction).collect()
    }
}

/// True if the date of an event lets it change a recorded verdict. Events in the very second of a miss may
/// come before it in the order of the fold; if the miss is gone, one of them removed it.
fn corrects(event: &TicketEvent, recorded: RecordedVerdict) -> bool {
    match recorded.verdict {
        Verdict::Missed => event.occurred_at <= recorded.at,
        Verdict::Met | Verdict::Running => event.occurred_at < recorded.at,
    }
}

/// Returns the verdict on a clock for the record: none while it runs within its limit.
fn recorded(ticket: &Ticket, kind: ClockKind, now: Instant) -> Option<RecordedVerdict> {
    let clock = ticket.clock(kind);
    match clock.verdict(now)? {
        Verdict::Running => None,
        Verdict::Met => clock.done_at().map(|at| RecordedVerdict { verdict: Verdict::Met, at }),
        Verdict::Missed => {
            clock.miss(now).map(|miss| RecordedVerdict { verdict: Verdict::Missed, at: miss.at })
        }
    }
}

/// Lists the changes in a ticket other than those of its clocks.
fn changes(earlier: Option<&FoldedTicket>, folded: &FoldedTicket, log: &TicketLog) -> Vec<News> {
    let mut news = Vec::new();
    if earlier.is_none_or(|earlier| earlier.ticket.opening != folded.ticket.opening) {
        let opening = log.get(&folded.ticket.opening.event_id);
        news.push(News::Opened(opening.and_then(|event| event.notes.note.clone())));
    }
    let is_change = |event: &&TicketEvent| matches!(event.happening, TicketHappening::LevelChanged { .. });
    let is_new = |event: &&TicketEvent| {
        let counted = earlier.is_some_and(|earlier| earlier.is_effective(&event.event_id));
        folded.is_effective(&event.event_id) && !counted
    };
    let changed = log.values().filter(is_change).filter(is_new);
    news.extend(changed.cloned().map(News::LevelChanged));
    let resolved_before = earlier.and_then(|earlier| earlier.ticket.resolved_at());
    match folded.ticket.resolved_at() {
        Some(at) if resolved_before != Some(at) && folded.ticket.cancelled_at.is_none() => {
            news.extend(resolving(folded, log, at).cloned().map(News::Resolved));
        }
        _ => {}
    }
    news
}

/// Finds the event that resolved a ticket at an instant.
fn resolving<'a>(folded: &FoldedTicket, log: &'a TicketLog, at: Instant) -> Option<&'a TicketEvent> {
    let resolves = |event: &&TicketEvent| {
        event.occurred_at == at
            && matches!(event.happening, TicketHappening::Resolved | TicketHappening::Closed)
            && folded.is_effective(&event.event_id)
    };
    log.values().filter(resolves).max_by_key(|event| event.place())
}
