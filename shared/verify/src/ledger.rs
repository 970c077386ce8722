//! The ledger of a month as its revisions build it up: the references of each entry, and the credits that
//! stand (rules, 5: entries are never edited, only reversed; one unreversed credit a kind, together at most
//! the fee).

use std::collections::{BTreeMap, BTreeSet};

use super::basis::{self, Bases};
use super::entry::Entry;
use super::problem::{Problems, Row};

/// Statements and entries of the revisions verified so far.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The statements' digests, by service and revision.
    pub statements: BTreeMap<(String, i64), String>,
    /// The bases of credits, from the statements that could be recomputed.
    pub bases: Bases,
    /// True if a revision or one of its tables was missing: a reference that is not found may lead there.
    pub has_gaps: bool,
    entries: BTreeMap<String, Entry>,
    /// Reversing entries, by the entry that they reverse.
    taken_back: BTreeMap<String, String>,
}

/// The states of entries with an amount of their own; the others reverse one.
const APPROVED: &str = "approved";
const REVERSAL: &str = "reversal";
pub const LAPSED: &str = "lapsed";

impl Ledger {
    /// Adds the entries of a revision, each with its row, and checks their references.
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
            Some(digest) if *digest == entry.statement_digest => {
                // A statement that cannot be recomputed has been reported with its inputs.
                if entry.reverses.is_empty()
                    && let Some(basis) = self.bases.get(&key)
                {
                    basis.look_at(row, entry, problems);
                }
            }
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

    /// Checks that an entry's state, sign and reference agree.
    fn look_at_sign(&self, row: Row<'_>, entry: &Entry, problems: &mut Problems) {
        let takes_back = !entry.reverses.is_empty();
        let goes_together = match entry.state.as_str() {
            APPROVED => entry.amount_minor > 0 && !takes_back,
            REVERSAL => entry.amount_minor < 0 && takes_back,
            LAPSED => {
                if takes_back {
                    entry.amount_minor < 0
                } else {
                    entry.amount_minor > 0
                }
            }
            _ => return problems.row_differs(row, "state", "approved, reversal or lapsed", &entry.state),
        };
        if !goes_together {
            let sign = match entry.amount_minor.signum() {
                -1 => "below 0",
                0 => "of 0",
                _ => "above 0",
            };
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
        if state != reversed.state {
            problems.row_differs(row, "state of the entry that it reverses", state, &reversed.state);
        }
        basis::look_at_repeated(row, entry, reversed, problems);
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

    /// Checks the standing credits of a service-month: one approved entry of a kind, together at most the
    /// fee.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry of the service `api`: id, kind, amount, state, reversed entry.
    type ExpectedEntry = (&'static str, &'static str, i64, &'static str, &'static str);

    fn entry((credit_id, kind, amount_minor, state, reverses): ExpectedEntry) -> Entry {
        Entry {
            credit_id: credit_id.to_owned(),
            kind: kind.to_owned(),
            service_id: "api".to_owned(),
            monthly_fee_minor: 1000,
            amount_minor,
            state: state.to_owned(),
            statement_revision: 1,
            statement_digest: "d".to_owned(),
            reverses: reverses.to_owned(),
            cells: [("kind", kind.to_owned())].into(),
        }
    }

    fn ledger() -> Ledger {
        Ledger { statements: [(("api".to_owned(), 1), "d".to_owned())].into(), ..Ledger::default() }
    }

    /// Adds a month's revisions; returns the problems reported.
    fn told_of(mut ledger: Ledger, revisions: &[Vec<Entry>]) -> String {
        let mut problems = Problems::default();
        for entries in revisions {
            let rows = entries.iter().enumerate().map(|(nth, entry)| {
                let row = Row { file: "credits.csv", number: nth + 1, id: &entry.credit_id };
                (row, entry.clone())
            });
            ledger.look_at(&rows.collect::<Vec<_>>(), &mut problems);
        }
        problems.into_list().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn check(revisions: &[&[ExpectedEntry]], expect: &str) {
        let revisions: Vec<Vec<Entry>> =
            revisions.iter().map(|entries| entries.iter().copied().map(entry).collect()).collect();
        assert_eq!(told_of(ledger(), &revisions), expect);
    }

    const PAID: ExpectedEntry = ("c1", "uptime", 600, "approved", "");

    #[test]
    fn a_ledger_that_adds_up_is_silent() {
        check(&[&[PAID, ("c2", "performance", 400, "approved", "")]], "");
        check(
            &[&[PAID], &[("c2", "uptime", -600, "reversal", "c1"), ("c3", "uptime", 1000, "approved", "")]],
            "",
        );
        check(
            &[&[("c1", "uptime", 600, "lapsed", "")], &[("c2", "uptime", -600, "lapsed", "c1"), PAID2]],
            "",
        );
    }

    const PAID2: ExpectedEntry = ("c3", "uptime", 600, "approved", "");

    #[test]
    fn an_entry_is_reversed_once_and_exactly() {
        check(
            &[&[PAID], &[("c2", "uptime", -599, "reversal", "c1")]],
            "credits.csv, row 1 (c2): amount: expected -600 minor units, found -599 minor units",
        );
        check(
            &[&[PAID, ("c2", "uptime", -600, "reversal", "c1"), ("c3", "uptime", -600, "reversal", "c1")]],
            "credits.csv, row 3 (c3): reverses: c1 is reversed by c2 already",
        );
        check(
            &[&[("c2", "uptime", -600, "reversal", "c1")]],
            "credits.csv, row 1 (c2): reverses: no entry c1 in this or an earlier revision",
        );
        check(
            &[&[PAID], &[("c2", "uptime", -600, "lapsed", "c1")]],
            "credits.csv, row 1 (c2): state of the entry that it reverses: expected lapsed, found approved",
        );
        check(
            &[&[PAID], &[("c2", "performance", -600, "reversal", "c1")]],
            "credits.csv, row 1 (c2): kind as in the reversed entry: expected uptime, found performance",
        );
    }

    #[test]
    fn state_sign_and_reference_go_together() {
        check(
            &[&[("c1", "uptime", -1, "approved", "")]],
            "credits.csv, row 1 (c1): state: approved does not go with an amount below 0 without `reverses`",
        );
        check(
            &[&[("c1", "uptime", -1, "reversal", "")]],
            "credits.csv, row 1 (c1): state: reversal does not go with an amount below 0 without `reverses`",
        );
        check(
            &[&[("c1", "uptime", -1, "lapsed", "")]],
            "credits.csv, row 1 (c1): state: lapsed does not go with an amount below 0 without `reverses`",
        );
        check(
            &[&[("c1", "performance", 0, "approved", "")]],
            "credits.csv, row 1 (c1): state: approved does not go with an amount of 0 without `reverses`",
        );
        check(
            &[&[("c1", "uptime", 1, "paid", "")]],
            "credits.csv, row 1 (c1): state: expected approved, reversal or lapsed, found paid",
        );
    }

    #[test]
    fn one_credit_of_a_kind_stands_and_all_within_the_fee() {
        check(
            &[&[PAID], &[("c2", "uptime", 300, "approved", "")]],
            "credits.csv, row 1 (c2): api has more than one unreversed uptime credit: c1, c2",
        );
        check(
            &[&[PAID], &[("c2", "performance", 401, "approved", "")]],
            "credits.csv, row 1 (c2): the unreversed credits of api come to 1001 minor units, more than its fee of 1000",
        );
        check(&[&[PAID], &[PAID]], "credits.csv, row 1 (c1): credit_id: is exported twice");
    }

    #[test]
    fn an_entry_follows_from_a_statement_of_this_or_an_earlier_revision() {
        let later = Entry { statement_revision: 2, ..entry(PAID) };
        assert_eq!(
            told_of(ledger(), &[vec![later.clone()]]),
            "credits.csv, row 1 (c1): statement_revision: no statement 2 of api in this or an earlier revision"
        );
        let other = Entry { statement_digest: "e".to_owned(), ..entry(PAID) };
        assert_eq!(
            told_of(ledger(), &[vec![other]]),
            "credits.csv, row 1 (c1): statement_digest: expected d, found e"
        );
        // Content of a missing revision is unknown, not wrong.
        let gap = Ledger { has_gaps: true, ..Ledger::default() };
        assert_eq!(told_of(gap, &[vec![later, entry(("c2", "uptime", -1, "reversal", "c0"))]]), "");
    }
}
