//! Reviews of statements: where missing data decides a month or part of its credit, a person does
//! (rules, 4 and 5). A review belongs to one revision: a restated month that is still open needs a new one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::availability::{Seconds, Verdict};
use crate::credit::Credit;
use crate::id::StaffId;
use crate::performance::MetricVerdict;
use crate::terms::CreditTerms;
use crate::{Money, Statement};

/// The finding of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// The commitment was kept.
    Met,
    /// The commitment was broken.
    Breached,
}

/// A person's decision on a statement with unknown time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// The finding on the commitment.
    pub verdict: Finding,
    /// The seconds that count as downtime: the known ones, and the unknown ones that were found to be down.
    pub down_s: i64,
    /// The person who decided.
    pub by: StaffId,
    /// The reason.
    pub reason: String,
}

/// A review as requested, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRequest {
    /// The requested finding.
    pub verdict: Finding,
    /// The seconds of downtime. By default, a breach includes all unknown time, and a met month none of it.
    pub down_s: Option<i64>,
    /// The person who decides.
    pub by: StaffId,
    /// The reason.
    pub reason: String,
}

/// A reason for refusing a review.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The customer would decide its own case.
    #[error("by: `{0}` is the customer of the service: a member of staff must decide")]
    OwnCase(StaffId),
    /// The revision has been reviewed.
    #[error("revision {0} was reviewed by `{1}` already: if more has come to light, restate the month first")]
    Reviewed(u32, StaffId),
    /// No unknown time affects the outcome.
    #[error(
        "revision {0} is {1} without doubt: only an indeterminate month, or a breached one with unknown time, is reviewed"
    )]
    Certain(u32, &'static str),
    /// The seconds are outside the possible range.
    #[error(
        "down_s: {0} is not between {1}, the known downtime, and {2}, with all unknown time: give such a number"
    )]
    OutOfBounds(i64, i64, i64),
    /// Verdict and seconds contradict each other.
    #[error(
        "verdict: {0}, but {1} s of downtime out of {2} s against a commitment of {3} % are {4}: change verdict or down_s"
    )]
    Contradiction(&'static str, i64, i64, String, &'static str),
}

impl Finding {
    /// Returns the verdict that the statement takes from the finding.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Met => Verdict::Met,
            Self::Breached => Verdict::Breached,
        }
    }
}

impl Review {
    /// Checks a review of a month's newest statement; the commitment is in parts per million.
    ///
    /// # Errors
    /// Returns a [`ReviewError`] if the customer reviews its own month, nothing is open, or the figures are
    /// impossible.
    pub fn of(statement: &Statement, asked: ReviewRequest, commitment_ppm: i64) -> Result<Self, ReviewError> {
        let ReviewRequest { verdict, down_s, by, reason } = asked;
        let Statement { seconds, revision, .. } = statement;
        if by.is_same_person(statement.customer_id.as_str()) {
            return Err(ReviewError::OwnCase(by));
        }
        if let Some(review) = &statement.review {
            return Err(ReviewError::Reviewed(*revision, review.by.clone()));
        }
        let open = match statement.verdict {
            Verdict::Indeterminate => true,
            Verdict::Breached => seconds.unknown > 0,
            Verdict::Met | Verdict::NotApplicable => false,
        };
        if !open {
            return Err(ReviewError::Certain(*revision, statement.verdict.as_str()));
        }
        let (least, most) = (seconds.down, seconds.down + seconds.unknown);
        let down_s = down_s.unwrap_or(match verdict {
            Finding::Met => least,
            Finding::Breached => most,
        });
        if !(least..=most).contains(&down_s) {
            return Err(ReviewError::OutOfBounds(down_s, least, most));
        }
        let found = seconds.reviewed(down_s).verdict(commitment_ppm);
        if found != verdict.verdict() {
            return Err(ReviewError::Contradiction(
                verdict.verdict().as_str(),
                down_s,
                seconds.agreed(),
                statement.commitment_pct.clone(),
                found.as_str(),
            ));
        }
        Ok(Self { verdict, down_s, by, reason })
    }
}

impl Statement {
    /// Returns the most that a review can find the month to have earned, given its credit terms and fee.
    /// Statements of the first edition of the rules do not contain this amount.
    pub fn credit_at_most(&self, terms: &CreditTerms, fee: Money) -> Money {
        Credit::compute(terms, fee, self.seconds, self.verdict).amount_max
    }

    /// True if a metric missed its limit.
    pub fn misses_a_metric(&self) -> bool {
        self.performance.iter().any(|figures| figures.verdict == MetricVerdict::Missed)
    }

    /// True if missing data decides the month and nobody has reviewed it yet.
    pub fn waits_for_review(&self) -> bool {
        !self.provisional && self.verdict == Verdict::Indeterminate && self.review.is_none()
    }
}

impl Seconds {
    /// Returns the seconds as reviewed: `down_s` down, the other agreed ones up, none unknown.
    #[must_use]
    pub fn reviewed(self, down_s: i64) -> Self {
        Self { up: self.agreed() - down_s, down: down_s, unknown: 0, ..self }
    }
}
