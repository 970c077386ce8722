//! What a ledger entry must say: one with an amount of its own what its statement, computed again, says; one
//! that takes another back what that one says (rules, 5 and 10).

use std::collections::BTreeMap;

use sla::{Inputs, Money, Statement};

use super::ledger::Entry;
use super::problem::{Problems, Row};
use super::tables::neutralised;

/// What credits are based on, by service and revision of the statement.
pub type Bases = BTreeMap<(String, i64), Basis>;

/// The columns in which an entry that takes another back repeats it.
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

/// What a statement and its inputs say of the credits of their service-month, as the cells of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// What every credit says, by column.
    cells: [(&'static str, String); 10],
    /// What an uptime credit says as well.
    share_pct: String,
    amount: String,
    /// Whether a metric missed its limit, without which there is no performance credit.
    misses_limit: bool,
}

impl Basis {
    /// Takes what is needed of a statement and of the inputs that it was computed from.
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

    /// Looks whether an entry that takes no other back says what its statement says.
    pub fn look_at(&self, row: Row<'_>, entry: &Entry, problems: &mut Problems) {
        let mut expected: Vec<(&str, &str)> =
            self.cells.iter().map(|(column, cell)| (*column, cell.as_str())).collect();
        if entry.kind == "uptime" {
            expected.extend([("share_pct", self.share_pct.as_str()), ("amount", self.amount.as_str())]);
        } else {
            // A performance credit is no share of downtime, and its amount is what a person set.
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

/// Looks whether an entry repeats the one that it takes back, and follows from no older statement.
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
