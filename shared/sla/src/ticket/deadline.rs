//! What is due on a ticket's clocks, derived from the ticket alone: warnings, missed targets and limits, escalation.
//! Each is said once per (clock, its start, its limit, threshold); of several that are reached at once, the highest.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Clock, ClockKind, Miss, Threshold, Ticket};
use crate::terms::EscalationStep;
use crate::{Instant, Terms};

/// A threshold of a clock as it stands: another start or limit makes another deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// The clock.
    pub clock: ClockKind,
    /// From when the clock counts.
    pub started_at: Instant,
    /// Its limit in seconds.
    pub limit_s: i64,
    /// The threshold.
    pub threshold: Threshold,
}

/// A threshold with the instant at which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// What is due.
    #[serde(flatten)]
    pub mark: Mark,
    /// When.
    pub due_at: Instant,
}

/// A deadline on its clock's dial.
#[derive(Debug, Clone, Copy)]
struct Tick {
    /// How many seconds the clock has counted then.
    elapsed_s: i64,
    deadline: Deadline,
}

/// What has been said about a ticket's clocks, or was moot when it became known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Said(BTreeSet<Mark>);

/// Something about a clock that has to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A threshold was reached.
    Reached(Deadline),
    /// Somebody else takes over.
    Escalated(Deadline, EscalationStep),
}

/// What has to be said about a ticket by an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to say, in order of time.
    pub facts: Vec<Fact>,
    /// What has been said once that is done.
    pub said: Said,
}

impl Tick {
    fn new(kind: ClockKind, clock: &Clock, threshold: Threshold, elapsed_s: i64) -> Self {
        let limit_s = clock.promise.limit_s;
        let mark = Mark { clock: kind, started_at: clock.started_at, limit_s, threshold };
        let due_at = clock.instant_of(elapsed_s).max(clock.applies_from);
        Self { elapsed_s, deadline: Deadline { mark, due_at } }
    }

    /// Says whether the clock gets as far as the threshold, as far as is known.
    fn comes(&self, clock: &Clock) -> bool {
        let Some(stop) = clock.stop else { return true };
        match self.deadline.mark.threshold {
            Threshold::Percent(_) => self.deadline.due_at < stop.at(),
            Threshold::Target | Threshold::Limit => self.elapsed_s <= clock.elapsed_s(stop.at()),
        }
    }

    /// Says whether the threshold is reached by now: a warning is due while the clock runs, a miss is a fact.
    fn is_reached(&self, clock: &Clock, now: Instant) -> bool {
        let Deadline { mark, due_at } = self.deadline;
        let is_moot = matches!(mark.threshold, Threshold::Percent(_)) && !clock.runs_at(now);
        due_at <= now && self.comes(clock) && !is_moot
    }
}

/// Lists the thresholds of a clock, ascending: a percentage when it is reached, a miss one second after its bound.
fn ticks(kind: ClockKind, clock: &Clock, warnings_pct: &[u8]) -> Vec<Tick> {
    let limit_s = clock.promise.limit_s;
    let warnings = warnings_pct.iter().map(|&percent| {
        // Rounded up: a warning never comes before its share of the limit has passed.
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

/// Returns the limit that a clock missed before an event changed it: a breach is said, however late it is known.
fn kept_miss(kind: ClockKind, clock: &Clock) -> Option<Deadline> {
    let Miss { at, started_at, limit_s } = clock.missed?;
    let mark = Mark { clock: kind, started_at, limit_s, threshold: Threshold::Limit };
    Some(Deadline { mark, due_at: at })
}

impl Ticket {
    /// Lists what will be due on the running clocks and has not been said, in order of time: a schedule each.
    pub fn deadlines(&self, terms: &Terms, said: &Said, now: Instant) -> Vec<Deadline> {
        let mut deadlines = Vec::new();
        for kind in ClockKind::ALL {
            let clock = self.clock(kind);
            let own = ticks(kind, clock, &terms.tickets.warnings_pct);
            let coming = own.into_iter().filter(|tick| tick.comes(clock)).map(|tick| tick.deadline);
            deadlines.extend(coming.filter(|d| d.due_at > now && !said.contains(&d.mark)));
        }
        deadlines.sort_by_key(|deadline| (deadline.due_at, deadline.mark));
        deadlines
    }

    /// Decides what has to be said by now, and what is moot.
    ///
    /// A clock that has stopped is warned of no more, but a bound that it missed is said, however late it is known.
    pub fn decide(&self, terms: &Terms, said: &Said, now: Instant) -> Decision {
        let mut decision = Decision { facts: Vec::new(), said: said.clone() };
        for kind in ClockKind::ALL {
            let clock = self.clock(kind);
            if let Some(miss) = kept_miss(kind, clock).filter(|miss| !decision.said.contains(&miss.mark)) {
                decision.said.0.insert(miss.mark);
                decision.facts.push(Fact::Reached(miss));
            }
            let ticks = ticks(kind, clock, &terms.tickets.warnings_pct);
            let is_said = |tick: &&Tick| decision.said.contains(&tick.deadline.mark);
            let said_to_s = ticks.iter().filter(is_said).map(|tick| tick.elapsed_s).max();
            let reached: Vec<Tick> = ticks.into_iter().filter(|tick| tick.is_reached(clock, now)).collect();
            // What lies below the highest that was said, or is said now, is moot.
            let new: Vec<Tick> =
                reached.iter().filter(|tick| Some(tick.elapsed_s) > said_to_s).copied().collect();
            decision.said.0.extend(reached.iter().map(|tick| tick.deadline.mark));
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

/// Takes the highest step of the chain that was reached, whatever else was.
fn escalation(chain: &[EscalationStep], reached: &[Tick]) -> Vec<Fact> {
    let is_step = |tick: &&Tick| chain.iter().any(|step| step.threshold == tick.deadline.mark.threshold);
    let Some(highest) = reached.iter().rfind(is_step) else { return Vec::new() };
    let steps = chain.iter().filter(|step| step.threshold == highest.deadline.mark.threshold);
    steps.map(|step| Fact::Escalated(highest.deadline, step.clone())).collect()
}

impl Fact {
    /// Returns when it came to be.
    pub const fn at(&self) -> Instant {
        match self {
            Self::Reached(deadline) | Self::Escalated(deadline, _) => deadline.due_at,
        }
    }
}

impl Said {
    /// Forgets what was said of a clock but what it has reached by now: a miss that was taken back may come true yet.
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

    /// Says whether a threshold has been said, or was moot.
    pub fn contains(&self, mark: &Mark) -> bool {
        self.0.contains(mark)
    }
}
