//! Deadlines on a ticket's clocks, derived from the ticket alone: warnings, missed targets and limits,
//! escalation. Each fires once per (clock, its start, its limit, threshold); of several reached at once, only
//! the highest.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Clock, ClockKind, Miss, Threshold, Ticket};
use crate::terms::EscalationStep;
use crate::{Instant, Terms};

/// A threshold of a clock; another start or limit makes another mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// The clock.
    pub clock: ClockKind,
    /// Instant from which the clock counts.
    pub started_at: Instant,
    /// Its limit in seconds.
    pub limit_s: i64,
    /// The threshold.
    pub threshold: Threshold,
}

/// A threshold with the instant at which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The threshold.
    #[serde(flatten)]
    pub mark: Mark,
    /// Instant at which it is due.
    pub due_at: Instant,
}

/// A deadline with its position on the clock.
#[derive(Debug, Clone, Copy)]
struct Tick {
    /// Seconds that the clock has counted at the deadline.
    elapsed_s: i64,
    deadline: Deadline,
}

/// The marks of a ticket that were announced, or were moot when they became known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnnouncedMarks(BTreeSet<Mark>);

/// An announcement about a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A threshold was reached.
    Reached(Deadline),
    /// Another person takes over.
    Escalated(Deadline, EscalationStep),
}

/// The announcements due on a ticket by an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The announcements, in chronological order.
    pub facts: Vec<Fact>,
    /// The marks on record once these are announced.
    pub announced: AnnouncedMarks,
}

impl Tick {
    fn new(kind: ClockKind, clock: &Clock, threshold: Threshold, elapsed_s: i64) -> Self {
        let limit_s = clock.promise.limit_s;
        let mark = Mark { clock: kind, started_at: clock.started_at, limit_s, threshold };
        let due_at = clock.instant_of(elapsed_s).max(clock.applies_from);
        Self { elapsed_s, deadline: Deadline { mark, due_at } }
    }

    /// True if the clock gets as far as the threshold, given the events so far.
    fn comes(&self, clock: &Clock) -> bool {
        let Some(stop) = clock.stop else { return true };
        match self.deadline.mark.threshold {
            Threshold::Percent(_) => self.deadline.due_at < stop.at(),
            Threshold::Target | Threshold::Limit => self.elapsed_s <= clock.elapsed_s(stop.at()),
        }
    }

    /// True if the threshold is reached by `now`. A warning is due only while the clock runs; a miss is a
    /// fact.
    fn is_reached(&self, clock: &Clock, now: Instant) -> bool {
        let Deadline { mark, due_at } = self.deadline;
        let is_moot = matches!(mark.threshold, Threshold::Percent(_)) && !clock.runs_at(now);
        due_at <= now && self.comes(clock) && !is_moot
    }
}

/// Lists the thresholds of a clock, ascending: a percentage when reached, a miss one second after its bound.
fn ticks(kind: ClockKind, clock: &Clock, warnings_pct: &[u8]) -> Vec<Tick> {
    let limit_s = clock.promise.limit_s;
    let warnings = warnings_pct.iter().map(|&percent| {
        // Rounded up, so that no warning comes before its share of the limit has passed.
        let elapsed_s = (limit_s * i64::from(percent) + 99) / 100;
        (Threshold::Percent(percent), elapsed_s)
    });
    let target = clock.promise.target_s.map(|target_s| (Threshold::Target, target_s + 1));
    let all = warnings.chain(target).chain([(Threshold::Limit, limit_s + 1)]);
    let mut ticks: Vec<Tick> =
        all.map(|(threshold, elapsed_s)| Tick::new(kind, clock, threshold, elapsed_s)).collect();
    ticks.sort_by_key(|tick| (tick.elapsed_s, tick.deadline.mark.threshold));
    ticks
}

/// Returns the limit missed before an event changed the clock: a breach is announced, however late it is
/// known.
fn kept_miss(kind: ClockKind, clock: &Clock) -> Option<Deadline> {
    let Miss { at, started_at, limit_s } = clock.missed?;
    let mark = Mark { clock: kind, started_at, limit_s, threshold: Threshold::Limit };
    Some(Deadline { mark, due_at: at })
}

impl Ticket {
    /// Lists the coming deadlines of the running clocks, in chronological order; each becomes a schedule.
    pub fn deadlines(&self, terms: &Terms, announced: &AnnouncedMarks, now: Instant) -> Vec<Deadline> {
        let mut deadlines = Vec::new();
        for kind in ClockKind::ALL {
            let clock = self.clock(kind);
            let own = ticks(kind, clock, &terms.tickets.warnings_pct);
            let coming = own.into_iter().filter(|tick| tick.comes(clock)).map(|tick| tick.deadline);
            deadlines.extend(coming.filter(|d| d.due_at > now && !announced.contains(&d.mark)));
        }
        deadlines.sort_by_key(|deadline| (deadline.due_at, deadline.mark));
        deadlines
    }

    /// Decides the announcements due by `now`, and records the moot marks.
    ///
    /// A stopped clock gives no more warnings, but a missed bound is announced, however late it is known.
    pub fn decide(&self, terms: &Terms, announced: &AnnouncedMarks, now: Instant) -> Decision {
        let mut decision = Decision { facts: Vec::new(), announced: announced.clone() };
        for kind in ClockKind::ALL {
            let clock = self.clock(kind);
            if let Some(miss) = kept_miss(kind, clock).filter(|miss| !decision.announced.contains(&miss.mark))
            {
                decision.announced.0.insert(miss.mark);
                decision.facts.push(Fact::Reached(miss));
            }
            let ticks = ticks(kind, clock, &terms.tickets.warnings_pct);
            let is_announced = |tick: &&Tick| decision.announced.contains(&tick.deadline.mark);
            let announced_to_s = ticks.iter().filter(is_announced).map(|tick| tick.elapsed_s).max();
            let reached: Vec<Tick> = ticks.into_iter().filter(|tick| tick.is_reached(clock, now)).collect();
            // Thresholds below the highest one, announced before or now, are moot.
            let new: Vec<Tick> =
                reached.iter().filter(|tick| Some(tick.elapsed_s) > announced_to_s).copied().collect();
            decision.announced.0.extend(reached.iter().map(|tick| tick.deadline.mark));
            decision.facts.extend(new.last().map(|highest| Fact::Reached(highest.deadline)));
            if kind == ClockKind::Acknowledge && clock.runs_at(now) {
                let chain = &terms.levels.promise(self.level).escalation;
                decision.facts.extend(escalation(chain, &new));
            }
        }
        decision.facts.sort_by_key(Fact::at);
        decision
    }
}

/// Returns the steps of the highest threshold reached that the escalation chain names.
fn escalation(chain: &[EscalationStep], reached: &[Tick]) -> Vec<Fact> {
    let is_step = |tick: &&Tick| chain.iter().any(|step| step.threshold == tick.deadline.mark.threshold);
    let Some(highest) = reached.iter().rfind(is_step) else { return Vec::new() };
    let steps = chain.iter().filter(|step| step.threshold == highest.deadline.mark.threshold);
    steps.map(|step| Fact::Escalated(highest.deadline, step.clone())).collect()
}

impl Fact {
    /// Returns the instant of the deadline.
    pub const fn at(&self) -> Instant {
        match self {
            Self::Reached(deadline) | Self::Escalated(deadline, _) => deadline.due_at,
        }
    }
}

impl AnnouncedMarks {
    /// Forgets the marks of a clock that it has not reached by `now`: a miss that was corrected may still
    /// come true.
    #[must_use]
    pub(crate) fn taken_back(mut self, kind: ClockKind, clock: &Clock, terms: &Terms, now: Instant) -> Self {
        let reached: BTreeSet<Mark> = ticks(kind, clock, &terms.tickets.warnings_pct)
            .into_iter()
            .filter(|tick| tick.deadline.due_at <= now && tick.comes(clock))
            .map(|tick| tick.deadline.mark)
            .collect();
        self.0.retain(|mark| mark.clock != kind || reached.contains(mark));
        self
    }

    /// True if a mark was announced or moot.
    pub fn contains(&self, mark: &Mark) -> bool {
        self.0.contains(mark)
    }
}
