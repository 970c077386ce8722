//! The ledger of a month as its revisions build it up: what each entry refers to, and what stands in the end
//! (rules, 5: entries are never edited, only reversed; one unreversed credit a kind, together at most the fee).

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Problems, Row};

/// Statements and entries of the revisions looked at so far.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The statements' digests, by service and revision.
    pub statements: BTreeMap<(String, i64), String>,
    /// Whether an earlier revision was not there to look at: what is not found may be in it.
    pub has_gaps: bool,
    entries: BTreeMap<String, Entry>,
    /// Which entry was taken back by which.
    taken_back: BTreeMap<String, String>,
}

/// An entry as its row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub credit_id: String,
    /// What it is for.
    pub kind: String,
    /// Whose month it is about.
    pub service_id: String,
    /// The currency of fee and amount.
    pub currency: String,
    /// The fee in minor units.
    pub monthly_fee_minor: i64,
    /// The amount in minor units.
    pub amount_minor: i64,
    /// What it does.
    pub state: String,
    /// The revision of the statement that it follows from.
    pub statement_revision: i64,
    /// That statement's digest.
    pub statement_digest: String,
    /// The entry that it takes back, or nothing.
    pub reverses: String,
}

/// States of entries that have an amount of their own; the others take one back.
const APPROVED: &str = "approved";
const REVERSAL: &str = "reversal";
const LAPSED: &str = "lapsed";

impl Ledger {
    /// Takes in the entries of a revision, each with its row, and looks at what they refer to.
    pub fn look_at(&mut self, entries: &[(Row<'_>, Entry)], problems: &mut Problems) {
        for (row, entry) in entries {
            if self.entries.insert(entry.credit_id.clone(), entry.clone()).is_some() {
                problems.row_says(*row, "credit_id: is exported twice");
            }
        }
        for (row, entry) in entries {
            self.look_at_statement(*row, entry, problems);
            self.look_at_sign(*row, entry, problems);
            if !entry.reverses.is_empty() {
                self.look_at_reversed(*row, entry, problems);
            }
        }
        let touched: BTreeSet<&str> = entries.iter().map(|(_, entry)| entry.service_id.as_str()).collect();
        for service_id in touched {
            self.look_at_standing(service_id, entries, problems);
        }
    }

    fn look_at_statement(&self, row: Row<'_>, entry: &Entry, problems: &mut Problems) {
        let key = (entry.service_id.clone(), entry.statement_revision);
        match self.statements.get(&key) {
            Some(digest) if *digest == entry.statement_digest => {}
            Some(digest) => problems.row_differs(row, "statement_digest", digest, &entry.statement_digest),
            None if self.has_gaps => {}
            None => problems.row_says(
                row,
                format_args!(
                    "statement_revision: no statement {} of {} in this or an earlier revision",
                    key.1, key.0
                ),
            ),
        }
    }

    /// Looks whether an entry's state, its sign and its reference go together.
    fn look_at_sign(&self, row: Row<'_>, entry: &Entry, problems: &mut Problems) {
        let takes_back = !entry.reverses.is_empty();
        let goes_together = match entry.state.as_str() {
            APPROVED => entry.amount_minor >= 0 && !takes_back,
            REVERSAL => entry.amount_minor <= 0 && takes_back,
            LAPSED => {
                if takes_back {
                    entry.amount_minor <= 0
                } else {
                    entry.amount_minor >= 0
                }
            }
            _ => return problems.row_differs(row, "state", "approved, reversal or lapsed", &entry.state),
        };
        if !goes_together {
            let sign = if entry.amount_minor < 0 { "below 0" } else { "not below 0" };
            let reverses = if takes_back { "with" } else { "without" };
            let state = &entry.state;
            problems.row_says(
                row,
                format_args!("state: {state} does not go with an amount {sign} {reverses} `reverses`"),
            );
        }
    }

    fn look_at_reversed(&mut self, row: Row<'_>, entry: &Entry, problems: &mut Problems) {
        let Some(reversed) = self.entries.get(&entry.reverses) else {
            if !self.has_gaps {
                problems.row_says(
                    row,
                    format_args!("reverses: no entry {} in this or an earlier revision", entry.reverses),
                );
            }
            return;
        };
        let state = if entry.state == LAPSED { LAPSED } else { APPROVED };
        for (what, expected, found) in [
            ("state of the entry that it reverses", state, reversed.state.as_str()),
            ("service_id", &reversed.service_id, &entry.service_id),
            ("kind", &reversed.kind, &entry.kind),
            ("currency", &reversed.currency, &entry.currency),
        ] {
            if expected != found {
                problems.row_differs(row, what, expected, found);
            }
        }
        if reversed.amount_minor.checked_neg() != Some(entry.amount_minor) {
            let expected = format!("{} minor units", -i128::from(reversed.amount_minor));
            problems.row_differs(row, "amount", expected, format!("{} minor units", entry.amount_minor));
        }
        if let Some(other) = self.taken_back.insert(entry.reverses.clone(), entry.credit_id.clone())
            && other != entry.credit_id
        {
            problems
                .row_says(row, format_args!("reverses: {} is reversed by {other} already", entry.reverses));
        }
    }

    /// Looks at what stands of a service-month: one approved entry of a kind, together at most the fee.
    fn look_at_standing(&self, service_id: &str, entries: &[(Row<'_>, Entry)], problems: &mut Problems) {
        let Some((row, last)) = entries.iter().rfind(|(_, entry)| entry.service_id == service_id) else {
            return;
        };
        let standing = self.entries.values().filter(|entry| {
            entry.service_id == service_id
                && entry.state == APPROVED
                && !self.taken_back.contains_key(&entry.credit_id)
        });
        let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut sum_minor = 0;
        for entry in standing {
            by_kind.entry(&entry.kind).or_default().push(&entry.credit_id);
            sum_minor += i128::from(entry.amount_minor);
        }
        for (kind, ids) in by_kind.iter().filter(|(_, ids)| ids.len() > 1) {
            let ids = ids.join(", ");
            problems.row_says(
                *row,
                format_args!("{service_id} has more than one unreversed {kind} credit: {ids}"),
            );
        }
        if sum_minor > i128::from(last.monthly_fee_minor) {
            problems.row_says(
                *row,
                format_args!(
                    "the unreversed credits of {service_id} come to {sum_minor} minor units, more than its fee of {}",
                    last.monthly_fee_minor
                ),
            );
        }
    }
}
