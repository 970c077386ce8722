//! Half-open spans of time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Instant;

/// The instants from `start` to before `end`; empty if `end` is not after `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The first instant.
    pub start: Instant,
    /// The first instant after the span.
    pub end: Instant,
}

impl Span {
    /// Returns the span `[start, end)`.
    pub const fn new(start: Instant, end: Instant) -> Self {
        Self { start, end }
    }

    /// True if no instant lies in the span.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Returns the length in seconds; 0 if empty.
    pub fn length_s(self) -> i64 {
        (self.end.epoch_s() - self.start.epoch_s()).max(0)
    }

    /// Returns the common part of two spans, which may be empty.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// True if the instant lies in the span.
    pub fn contains(self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// True if two spans share an instant.
    pub fn overlaps(self, other: Self) -> bool {
        !self.intersect(other).is_empty()
    }
}
