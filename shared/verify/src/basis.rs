//! Cells that a ledger entry must have: a credit repeats its recomputed statement, and a reversal repeats the
//! entry that it reverses (rules, 5 and 10).

use std::collections::BTreeMap;

use sla::{Inputs, Money, Statement};

use super::columns::neutralised;
use super::entry::Entry;
use super::problem::{Problems, Row};

/// The bases of credits, by service and revision of the statement.
pub type Bases = BTreeMap<(String, i64), Basis>;

/// The columns in which a reversal repeats the reversed entry.
const REPEATED: [&str; 14] = [
    "kind",
    "month",
    "customer_id",
    "service_id",
    "plan",
    "currency",
    "monthly_fee",
    "commitment_pct",
    "availability_pct",
    "down_s",
    "agreed_s",
    "share_pct",
    "claim_id",
    "terms_revision",
];

/// The basis of a service-month's credits: its statement and inputs as the cells of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// The cells of every credit, by column.
    cells: [(&'static str, String); 10],
    /// The share in a further cell of an uptime credit; the next field is its amount.
    share_pct: String,
    amount: String,
    /// True if a metric missed its limit, without which there is no performance credit.
    misses_limit: bool,
}

impl Basis {
    /// Builds the basis from a statement and the inputs that it was computed from.
    pub fn of(statement: &Statement, inputs: &Inputs) -> Self {
        let (_, fee) = inputs.service.in_month(statement.month);
        let percent = |pct: &Option<String>| pct.clone().unwrap_or_default();
        Self {
            cells: [
                ("customer_id", neutralised(&statement.customer_id.to_string())),
                ("service_id", neutralised(&statement.service_id.to_string())),
                ("plan", statement.plan.as_str().to_owned()),
                ("currency", fee.currency.to_string()),
                ("monthly_fee", major(fee)),
                ("commitment_pct", statement.commitment_pct.clone()),
                ("availability_pct", percent(&statement.availability_pct)),
                ("down_s", statement.counted_down_s().to_string()),
                ("agreed_s", statement.seconds.agreed().to_string()),
                ("terms_revision", statement.terms.revision.to_string()),
            ],
            share_pct: percent(&statement.credit.share_pct),
            amount: major(statement.credit.amount),
            misses_limit: statement.missed().next().is_some(),
        }
    }

    /// Checks that an entry that reverses no other matches its statement.
    pub fn look_at(&self, row: Row<'_>, entry: &Entry, problems: &mut Problems) {
        let mut expected: Vec<(&str, &str)> =
            self.cells.iter().map(|(column, cell)| (*column, cell.as_str())).collect();
        if entry.kind == "uptime" {
            expected.extend([("share_pct", self.share_pct.as_str()), ("amount", self.amount.as_str())]);
        } else {
            // A performance credit is no share of downtime, and a person sets its amount.
            expected.push(("share_pct", ""));
            if !self.misses_limit {
                problems.row_differs(row, "kind", "uptime, as every metric met its limit", &entry.kind);
            }
        }
        for (column, expected) in expected {
            let found = entry.cell(column);
            if expected != found {
                problems.row_differs(row, &format!("{column} as computed"), expected, found);
            }
        }
    }
}

/// Checks that a reversal repeats the reversed entry, and follows from no older statement.
pub fn look_at_repeated(row: Row<'_>, entry: &Entry, reversed: &Entry, problems: &mut Problems) {
    for column in REPEATED {
        let (expected, found) = (reversed.cell(column), entry.cell(column));
        if expected != found {
            problems.row_differs(row, &format!("{column} as in the reversed entry"), expected, found);
        }
    }
    if entry.statement_revision < reversed.statement_revision {
        let expected = format!("{} or later, as in the reversed entry", reversed.statement_revision);
        problems.row_differs(row, "statement_revision", expected, entry.statement_revision);
    }
}

fn major(money: Money) -> String {
    money.currency.major(i64::try_from(money.minor).unwrap_or(i64::MAX))
}
