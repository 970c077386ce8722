//! Effect of a change before it is made: figures of each service-month before and after it, and who is told
//! (rules, 11). Two people decide by it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::availability::Verdict;
use crate::claim::Claim;
use crate::ledger::{CreditKind, Entry, EntryState};
use crate::money::Currency;
use crate::statement::StatementError;
use crate::terms::ReviewTerms;
use crate::{CustomerId, Inputs, Money, Month, RegionId, ServiceId, Statement};

/// Effect of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Service-months that the change touches, by service and month.
    pub months: Vec<MonthEffect>,
    /// Number of service-months beyond the listed ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others: usize,
    /// Kinds of the notices that follow.
    pub notices: BTreeSet<String>,
    /// Customers who are told.
    pub told: Recipients,
    /// Sums over closed months under a revision of the terms, by currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Cost>,
}

/// Customers who are told of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipients {
    /// These customers.
    Customers(BTreeSet<CustomerId>),
    /// Each customer with a service in the region or, without one, each customer.
    Everyone(Option<RegionId>),
}

/// Figures of a service-month before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MonthEffect {
    /// The service.
    pub service_id: ServiceId,
    /// Its customer.
    pub customer_id: CustomerId,
    /// The month.
    pub month: Month,
    /// True while the month is open: its figures are provisional.
    pub is_open: bool,
    /// Figures as they are.
    pub before: Figures,
    /// Figures as the change leaves them.
    pub after: Figures,
}

/// Figures of a service-month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Seconds of downtime that count.
    pub down_s: i64,
    /// Seconds excluded.
    pub excluded_s: i64,
    /// Seconds without a report.
    pub unknown_s: i64,
    /// Availability in percent.
    pub availability_pct: Option<String>,
    /// Verdict on the commitment.
    pub verdict: Verdict,
    /// Amount that the statement gives.
    pub credit: Money,
    /// Amount that it would give if every unknown second had been down.
    pub credit_max: Money,
    /// Amount that the ledger pays: approved entries less reversals.
    pub credited: Money,
}

/// Sum of the credits of closed months as stated, and under a revision of the terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// First of the months.
    pub from: Month,
    /// Last of the months.
    pub to: Month,
    /// Currency of both sums.
    pub currency: Currency,
    /// Number of statements computed anew.
    pub statements: usize,
    /// True if there are more statements than were computed.
    pub is_part: bool,
    /// Sum as stated, in minor units.
    pub stated_minor: u64,
    /// Sum under the revision, in minor units.
    pub supposed_minor: u64,
}

impl Default for Recipients {
    fn default() -> Self {
        Self::Customers(BTreeSet::new())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Figures {
    /// Builds the figures of a statement and the ledger of its month.
    pub fn of(statement: &Statement, entries: &[Entry]) -> Self {
        let Statement { seconds, credit, .. } = statement;
        Self {
            down_s: seconds.down,
            excluded_s: seconds.excluded,
            unknown_s: seconds.unknown,
            availability_pct: statement.availability_pct.clone(),
            verdict: statement.verdict,
            credit: credit.amount,
            credit_max: credit.amount_max,
            credited: Money { minor: credited_minor(entries), ..credit.amount },
        }
    }
}

/// Sums up what the entries pay, in minor units.
fn credited_minor(entries: &[Entry]) -> u64 {
    let paid =
        entries.iter().filter(|entry| entry.state != EntryState::Lapsed).map(|entry| entry.amount_minor);
    u64::try_from(paid.sum::<i64>()).unwrap_or(0)
}

impl MonthEffect {
    /// True if two looks find the same effect. A closed month has fixed figures. An open one accrues uptime,
    /// so only its differences, verdicts and credits are compared.
    fn is_same(&self, other: &Self) -> bool {
        if !self.is_open {
            return self == other;
        }
        let difference = |own: &Self| {
            let Self { before, after, .. } = own;
            [
                after.down_s - before.down_s,
                after.excluded_s - before.excluded_s,
                after.unknown_s - before.unknown_s,
            ]
        };
        let outcome = |own: &Figures| (own.verdict, own.credit, own.credited);
        other.is_open
            && (&self.service_id, &self.customer_id, self.month)
                == (&other.service_id, &other.customer_id, other.month)
            && difference(self) == difference(other)
            && (outcome(&self.before), outcome(&self.after))
                == (outcome(&other.before), outcome(&other.after))
    }
}

impl Effect {
    /// True if another look at the same change finds the same effect; the passing of time alone changes none.
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { months, others, notices, told, costs } = self;
        months.len() == other.months.len()
            && months.iter().zip(&other.months).all(|(own, other)| own.is_same(other))
            && (others, notices, told, costs) == (&other.others, &other.notices, &other.told, &other.costs)
    }
}

/// Returns by how much the reviews of a service-month move its credit, in minor units, all added up: the most
/// that it could be credited, or what it is credited, whichever moves more (rules, 11).
///
/// `stored` are the inputs of the newest statement; claims and entries are those that stand with it.
///
/// # Errors
/// Returns a [`StatementError`] if the stored slots cannot be read.
pub fn moved_by_reviews(
    stored: &Inputs,
    statement: &Statement,
    claims: &[Claim],
    entries: &[Entry],
) -> Result<u64, StatementError> {
    let unreviewed = Inputs { review: None, ..stored.clone() }.statement()?;
    let unreviewed = unreviewed.as_ref().map_or(&statement.credit, |unreviewed| &unreviewed.credit);
    let reviewed = |kind| move |claim: &&Claim| claim.kind == kind && claim.review.is_some();
    let paid = |kind| Entry::standing(entries, kind, EntryState::Approved);
    let paid_minor = |kind| paid(kind).map_or(0, |entry| entry.amount_minor.unsigned_abs());

    let by_person = claims.iter().find(reviewed(CreditKind::Uptime));
    let is_refused = by_person.is_some() && paid(CreditKind::Uptime).is_none();
    let most = if is_refused { 0 } else { statement.credit.amount_max.minor };
    let uptime_before = match by_person {
        // Without the person, a claim that was passed on late is credited nothing.
        Some(_) => 0,
        None => paid(CreditKind::Uptime).map_or(0, |_| unreviewed.amount.minor),
    };
    let credited =
        paid_minor(CreditKind::Uptime).abs_diff(uptime_before) + paid_minor(CreditKind::Performance);
    Ok(unreviewed.amount_max.minor.abs_diff(most).max(credited))
}

impl ReviewTerms {
    /// True if a movement of a month's credit takes two people: more than the share of the fee that one may
    /// move.
    pub fn takes_two(self, moved_minor: u64, fee: Money) -> bool {
        i128::from(moved_minor) * 100 > i128::from(fee.minor) * i128::from(self.single_person_up_to_pct)
    }
}
