//! The ledger: credits as entries that are never edited, only reversed (rules, 5 and 10).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ClaimId, CreditId, Currency, CustomerId, Inputs, Money, Month, Plan, ServiceId, Statement};

/// What a credit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditKind {
    /// Availability below the commitment.
    Uptime,
    /// A metric that missed its limit.
    Performance,
}

impl CreditKind {
    /// Returns the kind's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uptime => "uptime",
            Self::Performance => "performance",
        }
    }
}

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// Pays.
    Approved,
    /// Takes an approved entry back.
    Reversal,
    /// Pays nothing: what a breach was worth that nobody claimed in time.
    Lapsed,
}

impl EntryState {
    /// Returns the state's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Reversal => "reversal",
            Self::Lapsed => "lapsed",
        }
    }
}

/// One entry of the ledger; a row of `credits.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The entry's id.
    pub credit_id: CreditId,
    /// What the credit is for.
    pub kind: CreditKind,
    /// The month that was breached.
    pub month: Month,
    /// The month on whose bill it appears; none if it is paid out, as no bill follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_month: Option<Month>,
    /// Whose credit it is.
    pub customer_id: CustomerId,
    /// The service.
    pub service_id: ServiceId,
    /// Its plan in that month.
    pub plan: Plan,
    /// The currency of fee and amount.
    pub currency: Currency,
    /// The fee in minor units.
    pub monthly_fee_minor: u64,
    /// The commitment in percent.
    pub commitment_pct: String,
    /// The availability in percent.
    pub availability_pct: Option<String>,
    /// Seconds of downtime.
    pub down_s: i64,
    /// Agreed seconds.
    pub agreed_s: i64,
    /// The share of the fee in percent.
    pub share_pct: Option<String>,
    /// The amount in minor units; negative in a reversal.
    pub amount_minor: i64,
    /// What the entry does.
    pub state: EntryState,
    /// The claim that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<ClaimId>,
    /// The statement that it follows from.
    pub statement_revision: u32,
    /// That statement's digest.
    pub statement_digest: String,
    /// The terms that it follows from.
    pub terms_revision: u32,
    /// The entry that a reversal takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverses: Option<CreditId>,
}

/// Returns the entries that bring the ledger of a service-month in line with its newest statement.
///
/// `existing` are the entries so far, in order. At most one approved entry is left unreversed, whatever happens:
/// a changed amount is a reversal and a new entry, an unchanged one nothing.
pub fn settle(inputs: &Inputs, statement: &Statement, existing: &[Entry]) -> Vec<Entry> {
    let reversed =
        |entry: &Entry| existing.iter().any(|other| other.reverses.as_ref() == Some(&entry.credit_id));
    let standing = existing.iter().find(|entry| entry.state == EntryState::Approved && !reversed(entry));
    let due_minor = signed(statement.credit.amount);
    if standing.map_or(0, |entry| entry.amount_minor) == due_minor {
        return Vec::new();
    }
    let mut entries = Vec::new();
    let mut nth = existing.len();
    let mut next_id = || {
        nth += 1;
        CreditId::nth(&statement.service_id, statement.month, CreditKind::Uptime.as_str(), nth)
    };
    if let Some(entry) = standing {
        entries.push(Entry {
            credit_id: next_id(),
            amount_minor: -entry.amount_minor,
            state: EntryState::Reversal,
            statement_revision: statement.revision,
            statement_digest: statement.digest.clone(),
            reverses: Some(entry.credit_id.clone()),
            ..entry.clone()
        });
    }
    if due_minor > 0 {
        entries.push(approved(next_id(), inputs, statement, due_minor));
    }
    entries
}

fn approved(credit_id: CreditId, inputs: &Inputs, statement: &Statement, amount_minor: i64) -> Entry {
    let (plan, fee) = inputs.service.in_month(statement.month);
    Entry {
        credit_id,
        kind: CreditKind::Uptime,
        month: statement.month,
        billing_month: Some(statement.month.next()),
        customer_id: statement.customer_id.clone(),
        service_id: statement.service_id.clone(),
        plan,
        currency: fee.currency,
        monthly_fee_minor: fee.minor,
        commitment_pct: statement.commitment_pct.clone(),
        availability_pct: statement.availability_pct.clone(),
        down_s: statement.seconds.down,
        agreed_s: statement.seconds.agreed(),
        share_pct: statement.credit.share_pct.clone(),
        amount_minor,
        state: EntryState::Approved,
        claim_id: None,
        statement_revision: statement.revision,
        statement_digest: statement.digest.clone(),
        terms_revision: statement.terms.revision,
        reverses: None,
    }
}

fn signed(money: Money) -> i64 {
    i64::try_from(money.minor).unwrap_or(i64::MAX)
}
