//! The ledger: credits as entries that are never edited, only reversed (rules, 5 and 10).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::named;
use crate::{ClaimId, CreditId, Currency, CustomerId, Inputs, Month, Plan, Service, ServiceId, Statement};

named! {
    /// The subject of a credit.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum CreditKind {
        /// Availability below the commitment.
        Uptime = "uptime",
        /// A metric that missed its limit.
        Performance = "performance",
    }
}

named! {
    /// The effect of an entry.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum EntryState {
        /// Pays a credit.
        Approved = "approved",
        /// Reverses an approved entry.
        Reversal = "reversal",
        /// Pays nothing: records the value of a breach that nobody claimed in time.
        Lapsed = "lapsed",
    }
}

/// One entry of the ledger, a row of `credits.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The entry's id.
    pub credit_id: CreditId,
    /// The subject of the credit.
    pub kind: CreditKind,
    /// The month that earned the credit.
    pub month: Month,
    /// The month of the bill that carries the credit; none if it lapsed, or is paid out because no bill
    /// follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_month: Option<Month>,
    /// The customer who is credited.
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
    /// The effect of the entry.
    pub state: EntryState,
    /// The claim that the entry answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<ClaimId>,
    /// The revision of the statement that the entry follows from.
    pub statement_revision: u32,
    /// That statement's digest.
    pub statement_digest: String,
    /// The revision of the terms that the entry follows from.
    pub terms_revision: u32,
    /// The entry that a reversal reverses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverses: Option<CreditId>,
}

/// The credit of one kind due for a service-month: the state that the ledger must reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The subject of the credit.
    pub kind: CreditKind,
    /// Approved, or lapsed.
    pub state: EntryState,
    /// The amount in minor units.
    pub amount_minor: i64,
    /// The claim that the credit answers.
    pub claim_id: Option<ClaimId>,
}

impl Due {
    /// Returns the credit due for a statement's availability.
    pub fn of_uptime(statement: &Statement, state: EntryState, claim_id: Option<ClaimId>) -> Self {
        let amount_minor = i64::try_from(statement.credit.amount.minor).unwrap_or(i64::MAX);
        Self { kind: CreditKind::Uptime, state, amount_minor, claim_id }
    }
}

/// The kinds of entry that the ledger can hold for a service-month, in the order of writing.
const LINES: [(CreditKind, EntryState); 3] = [
    (CreditKind::Uptime, EntryState::Approved),
    (CreditKind::Performance, EntryState::Approved),
    (CreditKind::Uptime, EntryState::Lapsed),
];

impl Entry {
    /// Returns the unreversed entry of a kind and state, if there is one.
    pub fn standing(entries: &[Self], kind: CreditKind, state: EntryState) -> Option<&Self> {
        let taken_back =
            |entry: &Self| entries.iter().any(|other| other.reverses.as_ref() == Some(&entry.credit_id));
        let of_line = |entry: &&Self| entry.kind == kind && entry.state == state && entry.reverses.is_none();
        entries.iter().filter(of_line).find(|entry| !taken_back(entry))
    }
}

/// The facts that decide which bill carries a credit.
#[derive(Debug, Clone, Copy)]
pub struct Billing<'a> {
    /// The service as it is now, as it may have been terminated after the month was closed.
    pub service: &'a Service,
    /// The last month that was invoiced.
    pub invoiced_to: Option<Month>,
}

impl Billing<'_> {
    /// Returns the month whose bill carries a credit entered now: max(month + 1, last invoiced month + 1).
    /// `None` if the service has ended by then: no bill follows, and the credit is paid out (rules, 5).
    pub fn month(self, of: Month) -> Option<Month> {
        let billed = of.next().max(self.invoiced_to.map_or(Month::first(), Month::next));
        self.comes(billed).then_some(billed)
    }

    /// True if an entry waits for a bill that will never come, because the service has ended since.
    fn strands(self, entry: &Entry) -> bool {
        let waits = |billed: &Month| self.invoiced_to.is_none_or(|invoiced| *billed > invoiced);
        entry.billing_month.filter(waits).is_some_and(|billed| !self.comes(billed))
    }

    fn comes(self, billed: Month) -> bool {
        let starts_at = billed.start(self.service.time_zone);
        self.service.terminated_at.is_none_or(|end| end > starts_at)
    }
}

/// Returns the entries that bring the ledger of a service-month in line with the credits due.
///
/// `existing` are the entries so far, in order. At most one approved entry of a kind remains unreversed. A
/// changed amount takes a reversal and a new entry; an unchanged one takes nothing, unless its bill will
/// never come.
pub fn settle(
    inputs: &Inputs,
    statement: &Statement,
    existing: &[Entry],
    due: &[Due],
    billing: Billing<'_>,
) -> Vec<Entry> {
    let billing_month = billing.month(statement.month);
    let mut nth = existing.len();
    let mut next_id = |kind: CreditKind| {
        nth += 1;
        CreditId::nth(&statement.service_id, statement.month, kind.as_str(), nth)
    };
    let (mut taken_back, mut given) = (Vec::new(), Vec::new());
    for (kind, state) in LINES {
        let standing = Entry::standing(existing, kind, state);
        let due = due.iter().find(|due| due.kind == kind && due.state == state && due.amount_minor > 0);
        // An entry that waits beside the reversal of a billed one is left to the closing of the account.
        let waiting = existing.iter().filter(|entry| entry.kind == kind && billing.strands(entry));
        let waiting_minor: i64 = waiting.map(|entry| entry.amount_minor).sum();
        let is_stranded =
            standing.is_some_and(|entry| billing.strands(entry) && entry.amount_minor == waiting_minor);
        if !is_stranded && standing.map(|entry| entry.amount_minor) == due.map(|due| due.amount_minor) {
            continue;
        }
        taken_back.extend(standing.map(|entry| (entry, kind)));
        given.extend(due);
    }
    let mut entries = Vec::with_capacity(taken_back.len() + given.len());
    // A lapsed credit appears on no bill.
    let billed = |state: EntryState| billing_month.filter(|_| state != EntryState::Lapsed);
    for (entry, kind) in taken_back {
        entries.push(Entry {
            credit_id: next_id(kind),
            // The entry and its reversal stay on the same bill, even if that bill never comes.
            billing_month: if billing.strands(entry) { entry.billing_month } else { billed(entry.state) },
            amount_minor: -entry.amount_minor,
            state: if entry.state == EntryState::Lapsed { entry.state } else { EntryState::Reversal },
            statement_revision: statement.revision,
            statement_digest: statement.digest.clone(),
            reverses: Some(entry.credit_id.clone()),
            ..entry.clone()
        });
    }
    for due in given {
        let entry = entered(next_id(due.kind), inputs, statement, due);
        entries.push(Entry { billing_month: billed(due.state), ..entry });
    }
    entries
}

fn entered(credit_id: CreditId, inputs: &Inputs, statement: &Statement, due: &Due) -> Entry {
    let (plan, fee) = inputs.service.in_month(statement.month);
    let of_uptime = due.kind == CreditKind::Uptime;
    Entry {
        credit_id,
        kind: due.kind,
        month: statement.month,
        billing_month: None,
        customer_id: statement.customer_id.clone(),
        service_id: statement.service_id.clone(),
        plan,
        currency: fee.currency,
        monthly_fee_minor: fee.minor,
        commitment_pct: statement.commitment_pct.clone(),
        availability_pct: statement.availability_pct.clone(),
        down_s: statement.counted_down_s(),
        agreed_s: statement.seconds.agreed(),
        // A performance credit is not a share of downtime.
        share_pct: statement.credit.share_pct.clone().filter(|_| of_uptime),
        amount_minor: due.amount_minor,
        state: due.state,
        claim_id: due.claim_id.clone(),
        statement_revision: statement.revision,
        statement_digest: statement.digest.clone(),
        terms_revision: statement.terms.revision,
        reverses: None,
    }
}
