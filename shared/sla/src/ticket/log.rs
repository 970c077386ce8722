//! Recording events of a ticket: which are new, what they do, what has to be said, and what they correct.
//! A verdict that was recorded and that an event dated before it changes is corrected, and counted (rules, 8).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::deadline::Decision;
use super::fold::Folded;
use super::{ClockKind, Fact, Opening, Said, Ticket, TicketEvent, TicketHappening, Verdict};
use crate::{EventId, Instant, Terms};

/// The events of a ticket, by id.
pub type TicketLog = BTreeMap<EventId, TicketEvent>;

/// A verdict as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Met or missed.
    pub verdict: Verdict,
    /// When it was decided: what an event dated before may correct.
    pub at: Instant,
}

/// What is remembered of a ticket beside its events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRecord {
    /// What has been said about its clocks.
    pub said: Said,
    /// The verdict on its acknowledgement, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge: Option<Recorded>,
    /// The verdict on its resolution, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<Recorded>,
    /// Events that arrived late and corrected a verdict.
    pub backdated_count: u32,
    /// How often an earlier opening came late: what it changes is said anew.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier_openings: u32,
    /// The clocks whose verdicts were corrected, once for each time: what is said of them then is said anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<ClockKind>,
}

const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A verdict that an event changed which arrived late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The clock.
    pub clock: ClockKind,
    /// What was recorded.
    pub before: Recorded,
    /// What holds; none for a ticket that was cancelled in time.
    pub after: Option<Verdict>,
}

/// What became of an event that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// It is new, and kept.
    Kept,
    /// It is known.
    Known,
    /// Another event has its id: the first is kept.
    Another(TicketEvent),
}

/// Something that happened to a ticket, to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It was opened.
    Opened,
    /// Its level was changed by an event.
    LevelChanged(TicketEvent),
    /// It was resolved.
    Resolved(Instant),
    /// Something about its clocks.
    Clock(Fact),
    /// A recorded verdict was wrong.
    Corrected(Correction),
}

/// What recording events comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The ticket as it was before; none if it had not been opened.
    pub earlier: Option<Folded>,
    /// The ticket; none while it has not been opened.
    pub folded: Option<Folded>,
    /// What is remembered of it from now on.
    pub record: TicketRecord,
    /// What has to be told.
    pub news: Vec<News>,
}

/// Takes events into a ticket's log; returns what became of each, in order.
pub fn receive(log: &mut TicketLog, received: &[TicketEvent]) -> Vec<Reception> {
    let take = |event: &TicketEvent| match log.get(&event.event_id) {
        None => {
            log.insert(event.event_id.clone(), event.clone());
            Reception::Kept
        }
        Some(known) if known == event => Reception::Known,
        Some(known) => Reception::Another(known.clone()),
    };
    received.iter().map(take).collect()
}

impl TicketRecord {
    /// Decides what follows from the events of `fresh` beside those known `before`, all of which are in `log`.
    pub fn follow(&self, before: &TicketLog, log: &TicketLog, terms: &Terms, now: Instant) -> Recording {
        let Some(folded) = Ticket::fold(log.values(), terms) else {
            return Recording { earlier: None, folded: None, record: self.clone(), news: Vec::new() };
        };
        let ticket = &folded.ticket;
        let earlier = Ticket::fold(before.values(), terms);
        let opening = |folded: &Folded| folded.ticket.opening.clone();
        let opened_before = earlier.as_ref().map(opening);
        // A customer who turns out to be another one has been told nothing yet.
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
            record.said = Said::default();
        }
        for Correction { clock, before, .. } in &corrections {
            record.corrected.push(*clock);
            if before.verdict == Verdict::Missed {
                record.said = record.said.taken_back(*clock, ticket.clock(*clock), terms, now);
            }
        }
        let is_corrected = |event: &&&TicketEvent| corrections.iter().any(|c| corrects(event, c.before));
        let count = late.iter().filter(is_corrected).count();
        record.backdated_count += u32::try_from(count).unwrap_or(u32::MAX);
        let Decision { facts, said } = ticket.decide(terms, &record.said, now);
        record.said = said;
        record.note(ticket, now);
        news.extend(facts.into_iter().map(News::Clock));
        news.extend(corrections.into_iter().map(News::Corrected));
        Recording { earlier, folded: Some(folded), record, news }
    }

    /// Decides what is due by now on a ticket of which nothing new is known.
    pub fn due(&self, ticket: &Ticket, terms: &Terms, now: Instant) -> (Vec<Fact>, TicketRecord) {
        let Decision { facts, said } = ticket.decide(terms, &self.said, now);
        let mut record = TicketRecord { said, ..self.clone() };
        record.note(ticket, now);
        (facts, record)
    }

    /// Returns the recorded verdict on a clock.
    pub const fn recorded(&self, clock: ClockKind) -> Option<Recorded> {
        match clock {
            ClockKind::Acknowledge => self.acknowledge,
            ClockKind::Resolve => self.resolve,
        }
    }

    /// Records the verdicts as of now.
    fn note(&mut self, ticket: &Ticket, now: Instant) {
        self.acknowledge = recorded(ticket, ClockKind::Acknowledge, now);
        self.resolve = recorded(ticket, ClockKind::Resolve, now);
    }

    /// Returns how often the verdict on a clock has been corrected: notices of another episode are other notices.
    pub fn episode(&self, clock: ClockKind) -> usize {
        self.corrected.iter().filter(|corrected| **corrected == clock).count()
    }

    /// Lists the new events that count and are dated before a recorded verdict.
    fn late<'a>(&self, before: &TicketLog, log: &'a TicketLog, folded: &Folded) -> Vec<&'a TicketEvent> {
        let recorded: Vec<Recorded> =
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

/// Says whether an event is dated so that it can change a recorded verdict. Of the events of a miss's own second, some
/// come before it in the order of the fold; a miss that is gone has been changed by one of them.
fn corrects(event: &TicketEvent, recorded: Recorded) -> bool {
    match recorded.verdict {
        Verdict::Missed => event.occurred_at <= recorded.at,
        Verdict::Met | Verdict::Running => event.occurred_at < recorded.at,
    }
}

/// Returns the verdict on a clock as it is recorded: nothing while it runs within its limit.
fn recorded(ticket: &Ticket, kind: ClockKind, now: Instant) -> Option<Recorded> {
    let clock = ticket.clock(kind);
    match clock.verdict(now)? {
        Verdict::Running => None,
        Verdict::Met => clock.done_at().map(|at| Recorded { verdict: Verdict::Met, at }),
        Verdict::Missed => clock.miss(now).map(|miss| Recorded { verdict: Verdict::Missed, at: miss.at }),
    }
}

/// Lists what is new about a ticket but its clocks.
fn changes(earlier: Option<&Folded>, folded: &Folded, log: &TicketLog) -> Vec<News> {
    let mut news = Vec::new();
    if earlier.is_none_or(|earlier| earlier.ticket.opening != folded.ticket.opening) {
        news.push(News::Opened);
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
            news.push(News::Resolved(at));
        }
        _ => {}
    }
    news
}
