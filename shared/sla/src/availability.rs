//! The partition of a period, availability with its bounds, and the verdict (rules, 4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::named;
use crate::quorum::Stretch;
use crate::{Span, Status};

/// Parts per million in a whole.
pub const PPM: i64 = 1_000_000;

/// Every second of a period, exactly once: `up + down + unknown + excluded = period`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seconds {
    /// The whole period.
    pub period: i64,
    /// Up or degraded, and not excluded.
    pub up: i64,
    /// Down, and not excluded.
    pub down: i64,
    /// Unknown, and not excluded.
    pub unknown: i64,
    /// Maintenance and approved exclusions.
    pub excluded: i64,
}

named! {
    /// The verdict on a commitment (agreement, "Service Availability").
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Verdict {
        /// The commitment was kept, even if every unknown second was down.
        Met = "met",
        /// The commitment was broken, even if every unknown second was up.
        Breached = "breached",
        /// Missing data decides, so a person must.
        Indeterminate = "indeterminate",
        /// Nothing was agreed: every second is excluded.
        NotApplicable = "not_applicable",
    }
}

impl Seconds {
    /// Adds up the stretches of a period. `excluded`, an ascending union on slot starts, takes precedence.
    pub fn partition(combined: &[Stretch], excluded: &[Span]) -> Self {
        let mut seconds = Self::default();
        let mut windows = excluded;
        for Stretch { span, status } in combined {
            let mut excluded_s = 0;
            while let Some((window, rest)) = windows.split_first() {
                excluded_s += span.intersect(*window).length_s();
                if window.end > span.end {
                    break;
                }
                windows = rest;
            }
            let counted_s = span.length_s() - excluded_s;
            seconds.period += span.length_s();
            seconds.excluded += excluded_s;
            match status {
                Status::Unknown => seconds.unknown += counted_s,
                Status::Up | Status::Degraded => seconds.up += counted_s,
                Status::Down => seconds.down += counted_s,
            }
        }
        seconds
    }

    /// Adds the seconds of another period, which must not overlap this one.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            period: self.period + other.period,
            up: self.up + other.up,
            down: self.down + other.down,
            unknown: self.unknown + other.unknown,
            excluded: self.excluded + other.excluded,
        }
    }

    /// Returns the agreed seconds: up + down + unknown.
    pub const fn agreed(self) -> i64 {
        self.up + self.down + self.unknown
    }

    /// Writes up / (up + down) in percent; `None` if there is neither.
    pub fn availability_pct(self) -> Option<String> {
        percent(self.up, self.up + self.down)
    }

    /// Writes (up + unknown) / agreed in percent: the availability if all unknown time was up.
    pub fn best_pct(self) -> Option<String> {
        percent(self.up + self.unknown, self.agreed())
    }

    /// Writes up / agreed in percent: the availability if all unknown time was down.
    pub fn worst_pct(self) -> Option<String> {
        percent(self.up, self.agreed())
    }

    /// Judges the seconds against a commitment in parts per million.
    pub fn verdict(self, commitment_ppm: i64) -> Verdict {
        let agreed = self.agreed();
        let keeps = |available_s: i64| wide(available_s) * wide(PPM) >= wide(commitment_ppm) * wide(agreed);
        if agreed == 0 {
            Verdict::NotApplicable
        } else if keeps(self.up) {
            Verdict::Met
        } else if keeps(self.up + self.unknown) {
            Verdict::Indeterminate
        } else {
            Verdict::Breached
        }
    }
}

/// Writes `part / whole` in percent with four decimals, truncated; `None` if the whole is 0.
///
/// Truncation keeps the promise that one second of downtime never shows as 100 %.
pub fn percent(part: i64, whole: i64) -> Option<String> {
    (whole > 0).then(|| percent_of_ppm(narrow(wide(part) * wide(PPM) / wide(whole))))
}

/// Writes parts per million as percent with four decimals.
pub fn percent_of_ppm(ppm: i64) -> String {
    format!("{}.{:04}", ppm / 10_000, ppm % 10_000)
}

pub(crate) fn wide(number: i64) -> i128 {
    i128::from(number)
}

pub(crate) fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: i64 = 999_000;

    fn seconds(up: i64, down: i64, unknown: i64) -> Seconds {
        Seconds { period: up + down + unknown, up, down, unknown, excluded: 0 }
    }

    #[test]
    fn the_commitment_itself_is_met_and_a_second_less_is_not() {
        assert_eq!(seconds(999_000, 1_000, 0).verdict(STANDARD), Verdict::Met);
        assert_eq!(seconds(998_999, 1_001, 0).verdict(STANDARD), Verdict::Breached);
        assert_eq!(seconds(998_999, 1_000, 1).verdict(STANDARD), Verdict::Indeterminate);
        assert_eq!(seconds(0, 0, 5).verdict(STANDARD), Verdict::Indeterminate);
        assert_eq!(seconds(0, 0, 0).verdict(STANDARD), Verdict::NotApplicable);
    }

    #[test]
    fn percentages_are_truncated() {
        assert_eq!(percent(2_591_999, 2_592_000).unwrap(), "99.9999");
        assert_eq!(percent(1, 1).unwrap(), "100.0000");
        assert_eq!(percent(0, 3).unwrap(), "0.0000");
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent_of_ppm(STANDARD), "99.9000");
    }
}
