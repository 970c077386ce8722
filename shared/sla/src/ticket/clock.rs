//! One clock of a ticket: its start, the gaps it skips, its stop and its verdict (rules, 8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::named;
use crate::terms::ClockPromise;
use crate::{Instant, Span};

named! {
    /// The verdict on a clock's commitment.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[schemars(rename = "ClockVerdict")]
    pub enum Verdict {
        /// It was kept.
        Met = "met",
        /// It was broken.
        Missed = "missed",
        /// The clock still runs, and its limit has not passed.
        Running = "running",
    }
}

/// A limit that passed while its clock ran: a fact that no later-dated event removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Miss {
    /// One second after the limit, or the instant at which the limit came to apply, if later.
    pub at: Instant,
    /// Instant from which the clock counted.
    pub started_at: Instant,
    /// The limit.
    pub limit_s: i64,
}

/// The end of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The promised action was done.
    Done(Instant),
    /// The ticket was cancelled.
    Cancelled(Instant),
}

/// One of a ticket's two clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Instant from which the clock counts.
    pub started_at: Instant,
    /// The promise: target and limit.
    pub promise: ClockPromise,
    /// Instant since which this promise has applied.
    pub applies_from: Instant,
    /// The stop; none while the clock runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// True if the ticket was cancelled: then only a miss remains of the verdict.
    #[serde(default)]
    pub void: bool,
    /// The first limit missed before an event changed the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Miss>,
    /// The gaps between resolution and reopening, ascending; they do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Span>,
}

impl Stop {
    /// Returns the instant at which the clock stopped.
    pub const fn at(self) -> Instant {
        match self {
            Self::Done(at) | Self::Cancelled(at) => at,
        }
    }
}

impl Clock {
    /// Starts a clock.
    pub(crate) fn start(at: Instant, promise: ClockPromise) -> Self {
        Self {
            started_at: at,
            promise,
            applies_from: at,
            stop: None,
            void: false,
            missed: None,
            gaps: Vec::new(),
        }
    }

    /// True if no event has stopped the clock.
    pub const fn is_running(&self) -> bool {
        self.stop.is_none()
    }

    /// True if the clock runs at an instant; events may be dated some minutes ahead.
    pub fn runs_at(&self, instant: Instant) -> bool {
        self.stop.is_none_or(|stop| stop.at() > instant)
    }

    /// Returns the instant at which the promised action was done.
    pub const fn done_at(&self) -> Option<Instant> {
        match self.stop {
            Some(Stop::Done(at)) => Some(at),
            _ => None,
        }
    }

    /// Returns the span from the start of the clock to its stop, or to `as_of` if earlier.
    pub(crate) fn counted(&self, as_of: Instant) -> Span {
        let end = self.stop.map_or(as_of, |stop| stop.at().min(as_of));
        Span::new(self.started_at, end.max(self.started_at))
    }

    /// Returns the seconds counted until the clock stopped, or until `as_of` while it runs.
    pub fn elapsed_s(&self, as_of: Instant) -> i64 {
        let counted = self.counted(as_of);
        counted.length_s() - self.gaps.iter().map(|gap| gap.intersect(counted).length_s()).sum::<i64>()
    }

    /// Returns the instant at which the clock has counted this many seconds, if it runs that long.
    pub fn instant_of(&self, elapsed_s: i64) -> Instant {
        let mut instant = self.started_at.plus_s(elapsed_s);
        for gap in self.gaps.iter().filter(|gap| gap.start >= self.started_at) {
            if gap.start < instant {
                instant = instant.plus_s(gap.length_s());
            }
        }
        instant
    }

    /// Returns the limit missed by an instant: an earlier one, or the present one.
    pub fn miss(&self, as_of: Instant) -> Option<Miss> {
        let limit_s = self.promise.limit_s;
        let present = || Miss {
            at: self.instant_of(limit_s + 1).max(self.applies_from),
            started_at: self.started_at,
            limit_s,
        };
        self.missed.or_else(|| (self.elapsed_s(as_of) > limit_s).then(present))
    }

    /// Judges the clock as of an instant; `None` if the ticket was cancelled before a limit was missed.
    pub fn verdict(&self, as_of: Instant) -> Option<Verdict> {
        if self.miss(as_of).is_some() {
            Some(Verdict::Missed)
        } else if self.void {
            None
        } else if self.runs_at(as_of) {
            Some(Verdict::Running)
        } else {
            Some(Verdict::Met)
        }
    }

    /// Records a limit that was missed before an event changes the clock.
    pub(crate) fn keep_miss(&mut self, at: Instant) {
        self.missed = self.miss(at);
    }

    /// Replaces the promise, and judges the time since `started_at` by the new one.
    pub(crate) fn promise_again(&mut self, started_at: Instant, promise: ClockPromise, from: Instant) {
        self.started_at = started_at;
        self.promise = promise;
        self.applies_from = from;
    }

    /// Stops the clock if it runs.
    pub(crate) fn stop(&mut self, stop: Stop) {
        self.stop.get_or_insert(stop);
    }
}
