//! The ledger entries of a revision, and its manifest's totals of them and of the statements.

use std::collections::BTreeMap;

use events::export::Manifest;
use sla::Month;

use super::columns::CREDITS;
use super::entry::Entry;
use super::ledger::{LAPSED, Ledger};
use super::problem::{Problems, Row};
use super::tables::Rows;

/// The kinds of credits.
const KINDS: [&str; 2] = ["uptime", "performance"];

/// The number of entries and their sum in minor units, by currency and state.
pub type Totals = BTreeMap<(String, String), (usize, i128)>;

/// Checks every entry of a revision, and the ledger with these entries added; returns their totals.
pub fn look_at(rows: &Rows, month: Month, ledger: &mut Ledger, problems: &mut Problems) -> Totals {
    let mut totals = Totals::new();
    let mut entries = Vec::new();
    for nth in 0..rows.count() {
        let row = rows.row(nth);
        if rows.cell(nth, "month") != month.to_string() {
            problems.row_differs(row, "month", month, rows.cell(nth, "month"));
        }
        look_at_billing_month(rows, nth, month, problems);
        if !KINDS.contains(&rows.cell(nth, "kind")) {
            problems.row_differs(row, "kind", KINDS.join(" or "), rows.cell(nth, "kind"));
        }
        let Some(entry) = entry(rows, nth) else {
            // A malformed amount has been reported when the cells were checked.
            ledger.has_gaps = true;
            continue;
        };
        let total = totals.entry((entry.cell("currency").to_owned(), entry.state.clone())).or_default();
        *total = (total.0 + 1, total.1 + i128::from(entry.amount_minor));
        entries.push((row, entry));
    }
    ledger.look_at(&entries, problems);
    totals
}

/// Checks that an entry is on a later month's bill or on none, and a lapsed one on none.
fn look_at_billing_month(rows: &Rows, nth: usize, month: Month, problems: &mut Problems) {
    let billed = rows.cell(nth, "billing_month");
    if billed.is_empty() {
        return;
    }
    let expected = if rows.cell(nth, "state") == LAPSED {
        "nothing, as it lapsed".to_owned()
    } else if billed.parse::<Month>().is_ok_and(|billed| billed > month) {
        return;
    } else {
        format!("nothing or a month after {month}")
    };
    problems.row_differs(rows.row(nth), "billing_month", expected, billed);
}

fn entry(rows: &Rows, nth: usize) -> Option<Entry> {
    let text = |column| rows.cell(nth, column).to_owned();
    Some(Entry {
        credit_id: text("credit_id"),
        kind: text("kind"),
        service_id: text("service_id"),
        monthly_fee_minor: rows.minor(nth, "monthly_fee")?,
        amount_minor: rows.minor(nth, "amount")?,
        state: text("state"),
        statement_revision: rows.number(nth, "statement_revision")?,
        statement_digest: text("statement_digest"),
        reverses: text("reverses"),
        cells: CREDITS.columns.iter().map(|(column, _)| (*column, text(column))).collect(),
    })
}

/// Checks the manifest's totals against the entries.
pub fn look_at_totals(totals: &Totals, manifest: &Manifest, file: &str, problems: &mut Problems) {
    let said = manifest.totals.iter().map(|total| {
        let group = (total.currency.to_string(), total.state.clone());
        (group, (total.entries, i128::from(total.minor)))
    });
    let said: Vec<_> = said.collect();
    let shown = |(entries, minor): &(usize, i128)| {
        let entries = if *entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
        format!("{entries}, {minor} minor units")
    };
    look_at_list("totals", totals, &said, shown, file, problems);
}

/// Checks the manifest's counts of verdicts and its list of terms against the statements.
pub fn look_at_statements(rows: &Rows, manifest: &Manifest, file: &str, problems: &mut Problems) {
    let mut verdicts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut terms: BTreeMap<(String, i64), String> = BTreeMap::new();
    for nth in 0..rows.count() {
        *verdicts.entry((rows.cell(nth, "verdict").to_owned(), String::new())).or_default() += 1;
        let revision = rows.number(nth, "terms_revision").unwrap_or_default();
        let digest = rows.cell(nth, "terms_digest").to_owned();
        terms.insert((rows.cell(nth, "terms_id").to_owned(), revision), digest);
    }
    let said: Vec<_> =
        manifest.verdicts.iter().map(|(verdict, count)| ((verdict.clone(), String::new()), *count)).collect();
    look_at_list("verdicts", &verdicts, &said, ToString::to_string, file, problems);
    let named = terms.into_iter().map(|((id, revision), digest)| ((id, revision.to_string()), digest));
    let said: Vec<_> = manifest
        .terms
        .iter()
        .map(|terms| ((terms.id.to_string(), terms.revision.to_string()), terms.digest.clone()))
        .collect();
    look_at_list("terms", &named.collect(), &said, Clone::clone, file, problems);
}

/// Compares a manifest's list with the one computed from the rows.
fn look_at_list<T: PartialEq>(
    what: &str,
    expected: &BTreeMap<(String, String), T>,
    found: &[((String, String), T)],
    shown: impl Fn(&T) -> String,
    file: &str,
    problems: &mut Problems,
) {
    let mut seen = BTreeMap::new();
    for ((one, other), value) in found {
        let name = format!("{what}, {one} {other}");
        if seen.insert((one, other), value).is_some() {
            problems.says(file, format_args!("{name}: is listed twice"));
        }
        let expected = expected.get(&(one.clone(), other.clone()));
        if expected != Some(value) {
            problems.differs(file, name.trim_end(), expected.map(&shown).unwrap_or_default(), shown(value));
        }
    }
    for ((one, other), value) in expected {
        if !seen.contains_key(&(one, other)) {
            problems.differs(file, format!("{what}, {one} {other}").trim_end(), shown(value), "");
        }
    }
}

/// Adds the statements of a revision to the ledger, whose entries refer to them.
pub fn take_statements(rows: &Rows, month: &str, ledger: &mut Ledger, problems: &mut Problems) {
    for nth in 0..rows.count() {
        let row: Row<'_> = rows.row(nth);
        if rows.cell(nth, "month") != month {
            problems.row_differs(row, "month", month, rows.cell(nth, "month"));
        }
        let revision = rows.number(nth, "revision").unwrap_or_default();
        let key = (rows.cell(nth, "service_id").to_owned(), revision);
        if ledger.statements.insert(key, rows.cell(nth, "digest").to_owned()).is_some() {
            problems.row_says(row, format_args!("revision: statement {revision} is exported twice"));
        }
    }
}
