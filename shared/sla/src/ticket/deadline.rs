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
    /// How many seconds the clock has counted then.
    #[serde(skip)]
    elapsed_s: i64,
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

impl Deadline {
    fn new(kind: ClockKind, clock: &Clock, threshold: Threshold, elapsed_s: i64) -> Self {
        let limit_s = clock.promise.limit_s;
        Self {
            mark: Mark { clock: kind, started_at: clock.started_at, limit_s, threshold },
            due_at: clock.instant_of(elapsed_s).max(clock.applies_from),
            elapsed_s,
        }
    }

    /// Returns the limit that a clock missed before an event changed it: a breach is said, however late it is known.
    fn kept(kind: ClockKind, clock: &Clock) -> Option<Self> {
        let Miss { at, started_at, limit_s } = clock.missed?;
        let mark = Mark { clock: kind, started_at, limit_s, threshold: Threshold::Limit };
        Some(Self { mark, due_at: at, elapsed_s: limit_s + 1 })
    }

    /// Says whether the clock got as far as the threshold: a warning is due while it runs, a miss is a fact.
    fn is_reached(&self, clock: &Clock, now: Instant) -> bool {
        let counted_s = clock.elapsed_s(now);
        match self.mark.threshold {
            Threshold::Percent(_) => clock.is_running() && self.due_at <= now,
            Threshold::Target | Threshold::Limit if clock.is_running() => self.due_at <= now,
            Threshold::Target | Threshold::Limit => self.elapsed_s <= counted_s,
        }
    }
}

/// Lists the thresholds of a clock, ascending: a percentage when it is reached, a miss one second after its bound.
fn deadlines_of(kind: ClockKind, clock: &Clock, warnings_pct: &[u8]) -> Vec<Deadline> {
    let limit_s = clock.promise.limit_s;
    let warnings = warnings_pct.iter().map(|&percent| {
        // Rounded up: a warning never comes before its share of the limit has passed.
        let elapsed_s = (limit_s * i64::from(percent) + 99) / 100;
        (Threshold::Percent(percent), elapsed_s)
    });
    let target = clock.promise.target_s.map(|target_s| (Threshold::Target, target_s + 1));
    let all = warnings.chain(target).chain([(Threshold::Limit, limit_s + 1)]);
    let mut deadlines: Vec<Deadline> =
        all.map(|(threshold, elapsed_s)| Deadline::new(kind, clock, threshold, elapsed_s)).collect();
    deadlines.sort_by_key(|deadline| (deadline.elapsed_s, deadline.mark.threshold));
    deadlines
}

impl Ticket {
    /// Lists what will be due on the running clocks and has not been said, in order of time: a schedule each.
    pub fn deadlines(&self, terms: &Terms, said: &Said, now: Instant) -> Vec<Deadline> {
        let mut deadlines = Vec::new();
        for kind in ClockKind::ALL {
            let clock = self.clock(kind);
            if clock.is_running() {
                let own = deadlines_of(kind, clock, &terms.tickets.warnings_pct);
                deadlines.extend(own.into_iter().filter(|d| d.due_at > now && !said.0.contains(&d.mark)));
            }
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
            if let Some(miss) = Deadline::kept(kind, clock).filter(|miss| !decision.said.contains(&miss.mark))
            {
                decision.said.0.insert(miss.mark);
                decision.facts.push(Fact::Reached(miss));
            }
            let deadlines = deadlines_of(kind, clock, &terms.tickets.warnings_pct);
            let is_said = |deadline: &&Deadline| decision.said.contains(&deadline.mark);
            let said_to_s = deadlines.iter().filter(is_said).map(|deadline| deadline.elapsed_s).max();
            let reached: Vec<Deadline> =
                deadlines.into_iter().filter(|deadline| deadline.is_reached(clock, now)).collect();
            decision.said.0.extend(reached.iter().map(|deadline| deadline.mark));
            // What lies below the highest that was said, or is said now, is moot.
            let highest = reached.last().filter(|highest| Some(highest.elapsed_s) > said_to_s).copied();
            let Some(highest) = highest else { continue };
            decision.facts.push(Fact::Reached(highest));
            if kind == ClockKind::Acknowledge && clock.is_running() {
                let chain = &terms.levels.promise(self.level).escalation;
                let steps = chain.iter().filter(|step| step.threshold == highest.mark.threshold);
                decision.facts.extend(steps.map(|step| Fact::Escalated(highest, step.clone())));
            }
        }
        decision.facts.sort_by_key(Fact::at);
        decision
    }
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
    /// Says whether a threshold has been said, or was moot.
    pub fn contains(&self, mark: &Mark) -> bool {
        self.0.contains(mark)
    }
}
