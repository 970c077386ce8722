//! The downtime that a commitment allows within a month's agreed time (rules, 4).

use crate::availability::{PPM, Seconds, narrow, wide};
use crate::credit::Credit;
use crate::exclusion::{Window, exclude, excluded_s};
use crate::terms::CreditTerms;
use crate::{Instant, Money, Month, Service, Span, Terms};

/// A commitment and the agreed time to which it applies; by default nothing is agreed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The commitment, in parts per million.
    pub commitment_ppm: i64,
    /// Agreed seconds.
    pub agreed_s: i64,
}

impl Allowance {
    /// Returns the allowance of a whole month, including the time to come, given the exclusions known so far;
    /// `None` if the service is not provided in it.
    pub fn of(service: &Service, month: Month, windows: &[Window], terms: &Terms) -> Option<Self> {
        let period = service.period(month, Instant::from_epoch_s(i64::MAX))?;
        let (_, union) = exclude(windows, service.resolution_s, period);
        Some(Self::within(period, &union, terms.promise(service.in_month(month).0).commitment_ppm))
    }

    /// Returns the allowance of a period, of which a union of spans does not count.
    pub(crate) fn within(period: Span, union: &[Span], commitment_ppm: i64) -> Self {
        Self { commitment_ppm, agreed_s: period.length_s() - excluded_s(period, union) }
    }

    /// Returns the most seconds of downtime that keep the commitment: the largest d with
    /// (agreed − d) × 10⁶ ≥ ppm × agreed.
    pub fn allowed_s(self) -> i64 {
        narrow(wide(self.agreed_s) * wide(PPM - self.commitment_ppm) / wide(PPM))
    }

    /// Returns the fewest seconds of downtime that break the commitment.
    pub fn breaking_s(self) -> i64 {
        self.allowed_s() + 1
    }

    /// Returns the fewest seconds of downtime that use up `percent` of the allowed downtime, rounded up.
    pub fn budget_s(self, percent: i64) -> i64 {
        let scaled = wide(self.agreed_s) * wide(PPM - self.commitment_ppm) * wide(percent);
        narrow((scaled + wide(PPM * 100 - 1)) / wide(PPM * 100))
    }

    /// Returns the agreed seconds, up unless they are among the `down_s` known to be down.
    pub(crate) fn seconds(self, down_s: i64) -> Seconds {
        let period = self.agreed_s;
        Seconds { period, up: period - down_s, down: down_s, ..Seconds::default() }
    }

    /// Returns the credit of a month with this fee and `down_s` seconds of downtime if no more is added.
    pub fn credit_so_far(self, terms: &CreditTerms, fee: Money, down_s: i64) -> Money {
        let seconds = self.seconds(down_s);
        Credit::compute(terms, fee, seconds, seconds.verdict(self.commitment_ppm)).amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::availability::Verdict;

    #[test]
    fn the_breaking_second_breaks() {
        for agreed_s in [1, 60, 999, 1000, 86_400, 2_592_000, 2_678_400] {
            for commitment_ppm in [999_000, 999_500, 999_900, 1_000_000] {
                let allowance = Allowance { commitment_ppm, agreed_s };
                let verdict = |down| {
                    let seconds =
                        Seconds { period: agreed_s, up: agreed_s - down, down, ..Seconds::default() };
                    seconds.verdict(commitment_ppm)
                };
                assert_eq!(verdict(allowance.breaking_s()), Verdict::Breached, "{allowance:?}");
                assert_ne!(verdict(allowance.allowed_s()), Verdict::Breached, "{allowance:?}");
            }
        }
    }

    #[test]
    fn budgets_are_shares_of_the_allowed_downtime() {
        let allowance = Allowance { commitment_ppm: 999_000, agreed_s: 2_592_000 };
        // A 30-day month allows Standard 2,592 s.
        assert_eq!([50, 75, 90, 100].map(|percent| allowance.budget_s(percent)), [1296, 1944, 2333, 2592]);
    }
}
