//! Credits: a share of the monthly fee for a share of downtime, rounded once, half up (rules, 5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::availability::{PPM, Seconds, Verdict, narrow, percent_of_ppm, wide};
use crate::edition::Edition;
use crate::terms::{CreditStep, CreditTerms};

/// The credit of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// The credited share of the fee, in percent with four decimals; null if no second was agreed.
    pub share_pct: Option<String>,
    /// The amount that a breach earns for certain; 0 unless breached.
    pub amount: Money,
    /// The amount that the month would earn if every unknown second had been down; 0 if its commitment was
    /// certainly kept.
    pub amount_max: Money,
    /// The amount that each step mode would give for the counted downtime.
    pub alternatives: Alternatives,
}

/// The amounts of the three step modes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternatives {
    /// In proportion to downtime.
    pub pro_rata: Money,
    /// For each percent begun.
    pub started: Money,
    /// For each full percent.
    pub whole: Money,
}

/// A share of the fee as a fraction `numerator / denominator`, capped.
#[derive(Debug, Clone, Copy)]
struct Share {
    numerator: i128,
    denominator: i128,
}

impl Share {
    /// Returns the share earned by `down_s` seconds of downtime out of `agreed_s`.
    fn of(terms: &CreditTerms, step: CreditStep, down_s: i64, agreed_s: i64) -> Self {
        let (down, agreed, rate) = (wide(down_s), wide(agreed_s.max(1)), wide(terms.rate_pct));
        let share = match step {
            CreditStep::ProRata => Self { numerator: rate * down, denominator: agreed },
            CreditStep::Started => {
                Self { numerator: rate * ((100 * down + agreed - 1) / agreed), denominator: 100 }
            }
            CreditStep::Whole => Self { numerator: rate * (100 * down / agreed), denominator: 100 },
        };
        let cap = Self { numerator: wide(terms.cap_pct), denominator: 100 };
        let below = share.numerator * cap.denominator <= cap.numerator * share.denominator;
        if below { share } else { cap }
    }

    /// Returns the share of a fee, rounded half up, once.
    fn of_fee(self, fee: Money) -> Money {
        let minor = (2 * i128::from(fee.minor) * self.numerator + self.denominator) / (2 * self.denominator);
        Money { minor: u64::try_from(minor).unwrap_or(fee.minor), currency: fee.currency }
    }

    fn percent(self) -> String {
        percent_of_ppm(narrow(self.numerator * wide(PPM) / self.denominator))
    }
}

impl Credit {
    /// Returns the cap: the largest credit of a service-month.
    pub fn most(terms: &CreditTerms, fee: Money) -> Money {
        Share { numerator: wide(terms.cap_pct), denominator: 100 }.of_fee(fee)
    }

    /// Computes the credit of a service-month under the present edition of the rules.
    pub fn compute(terms: &CreditTerms, fee: Money, seconds: Seconds, verdict: Verdict) -> Self {
        let nothing = Money { minor: 0, currency: fee.currency };
        let agreed_s = seconds.agreed();
        let amount = |step, down_s| Share::of(terms, step, down_s, agreed_s).of_fee(fee);
        let breached = verdict == Verdict::Breached;
        let share = Share::of(terms, terms.step, if breached { seconds.down } else { 0 }, agreed_s);
        Self {
            share_pct: (agreed_s > 0).then(|| share.percent()),
            amount: if breached { share.of_fee(fee) } else { nothing },
            amount_max: match verdict {
                Verdict::Breached | Verdict::Indeterminate => {
                    amount(terms.step, seconds.down + seconds.unknown)
                }
                Verdict::Met | Verdict::NotApplicable => nothing,
            },
            alternatives: Alternatives {
                pro_rata: amount(CreditStep::ProRata, seconds.down),
                started: amount(CreditStep::Started, seconds.down),
                whole: amount(CreditStep::Whole, seconds.down),
            },
        }
    }
}

impl Edition {
    /// Returns the credit as this edition gives it. The first edition promised an indeterminate month nothing
    /// beyond the certain amount.
    pub(crate) fn credit(self, credit: Credit, verdict: Verdict) -> Credit {
        match (self, verdict) {
            (Self::First, Verdict::Indeterminate) => Credit { amount_max: credit.amount, ..credit },
            _ => credit,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Terms;

    fn euro(minor: u64) -> Money {
        Money { minor, currency: "EUR".parse().unwrap() }
    }

    fn credit(fee: u64, down: i64, unknown: i64) -> Credit {
        let seconds =
            Seconds { period: 2_592_000, up: 2_592_000 - down - unknown, down, unknown, excluded: 0 };
        Credit::compute(&Terms::built_in().credits, euro(fee), seconds, seconds.verdict(999_000))
    }

    #[track_caller]
    fn check(credit: &Credit, amounts: [u64; 5], share: &str) {
        let Alternatives { pro_rata, started, whole } = credit.alternatives;
        let got = [credit.amount, credit.amount_max, pro_rata, started, whole].map(|m| m.minor);
        assert_eq!((got, credit.share_pct.as_deref()), (amounts, Some(share)));
    }

    #[test]
    fn ten_percent_of_the_fee_for_every_percent_of_downtime() {
        check(&credit(49_900, 68_580, 0), [13_203, 13_203, 13_203, 14_970, 9_980], "26.4583");
        check(&credit(129_900, 185_880, 228_900), [93_155, 129_900, 93_155, 103_920, 90_930], "71.7129");
    }

    #[test]
    fn the_full_waiver_is_reached_at_ten_percent_downtime() {
        check(&credit(10_000, 259_200, 0), [10_000, 10_000, 10_000, 10_000, 10_000], "100.0000");
        check(&credit(10_000, 2_592_000, 0), [10_000, 10_000, 10_000, 10_000, 10_000], "100.0000");
    }

    #[test]
    fn a_kept_commitment_earns_nothing_but_shows_the_alternatives() {
        check(&credit(1_000_000, 2_592, 0), [0, 0, 10_000, 100_000, 0], "0.0000");
    }

    #[test]
    fn unknown_time_that_decides_could_earn_what_a_review_may_find() {
        // 30 minutes down keep the commitment, 30 unknown ones more would break it: 10 × 3,600 / 2,592,000 of
        // the fee.
        let undecided = credit(49_900, 1_800, 1_800);
        check(&undecided, [0, 693, 347, 4_990, 0], "0.0000");
        let first = Edition::First.credit(undecided.clone(), Verdict::Indeterminate);
        check(&first, [0, 0, 347, 4_990, 0], "0.0000");
        assert_eq!(Edition::Second.credit(undecided.clone(), Verdict::Indeterminate), undecided);
        check(&credit(49_900, 0, 60), [0, 0, 0, 0, 0], "0.0000");
    }

    #[test]
    fn half_a_minor_unit_is_rounded_up_once() {
        // 10 × 2,592 × 50 / 2,592,000 = 0.5
        assert_eq!(
            Share::of(&Terms::built_in().credits, CreditStep::ProRata, 2_592, 2_592_000).of_fee(euro(50)),
            euro(1)
        );
        assert_eq!(
            Share::of(&Terms::built_in().credits, CreditStep::ProRata, 2_591, 2_592_000).of_fee(euro(50)),
            euro(0)
        );
    }

    proptest! {
        #[test]
        fn no_credit_exceeds_the_fee_nor_falls_when_downtime_grows(
            fee in 0_u64..=crate::money::MINOR_MAX, down in 0_i64..2_592_000, more in 0_i64..2_592_000,
        ) {
            let (low, high) = (credit(fee, down, 0), credit(fee, (down + more).min(2_592_000), 0));
            prop_assert!(low.amount.minor <= high.amount.minor && high.amount.minor <= fee);
            prop_assert!(high.alternatives.whole.minor <= high.alternatives.pro_rata.minor);
            prop_assert!(high.alternatives.pro_rata.minor <= high.alternatives.started.minor);
        }
    }
}
