//! The files of an export revision: statements, credits and tickets, each sorted, as CSV and Parquet, and the
//! manifest. Pure: the same frozen rows always give the same bytes.

use std::collections::BTreeMap;

use events::answer::{ExportAnswer, ExportedFile};
use events::export::Manifest;
use events::notice::ExportTotal;
use sla::ledger::Entry;
use sla::statement::TermsReference;
use sla::ticket::TicketRow;
use sla::{Currency, Instant, Month, ServiceId, Statement, canonical_json, sha256_hex};
use table::{ExportRow, RowKind};

use crate::csv_file::{self, csv_file};
use crate::parquet_file::{self, ParquetFileError, parquet_file};
use events::columns::{CREDIT, Column, STATEMENT, TICKET};

/// The largest sum that every JSON reader keeps exactly: 2^53 − 1 minor units.
const TOTAL_MINOR_MAX: u64 = sla::money::MINOR_MAX;

/// An error of writing rows as files.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// This version cannot read a stored row.
    #[error("cannot read the export row {key}")]
    Row {
        /// The row's key.
        key: String,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
    /// The CSV writer failed.
    #[error("cannot write CSV")]
    Csv(#[from] csv::Error),
    /// The Parquet writer failed.
    #[error("cannot write {table}.parquet")]
    Parquet {
        /// The table.
        table: &'static str,
        /// The reason.
        #[source]
        source: ParquetFileError,
    },
    /// The manifest cannot be written as JSON.
    #[error("cannot write the manifest")]
    Json(#[from] serde_json::Error),
    /// A total exceeds the integers that JSON numbers hold exactly.
    #[error("the {currency} {state} entries add up to {minor} minor units, more than a manifest can hold")]
    Total {
        /// The currency.
        currency: &'static str,
        /// The state of the entries.
        state: &'static str,
        /// Their sum.
        minor: i128,
    },
}

/// The identity of a revision, and its predecessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The month.
    pub month: Month,
    /// The revision, from 1.
    pub revision: u32,
    /// `as_of` of the tickets' rows.
    pub as_of: Instant,
    /// SHA-256 of the previous revision's manifest.
    pub previous_manifest_sha256: Option<&'a str>,
}

/// An object of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its key.
    pub key: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The tables of a revision with their part of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The objects, in the order of writing.
    pub files: Vec<File>,
    /// Service and revision of each statement, in order: their inputs are written after the tables.
    pub statements: Vec<(ServiceId, u32)>,
    /// The manifest without inputs and digest.
    manifest: Manifest,
}

/// A complete revision; only the manifest is still to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The manifest.
    pub manifest: Manifest,
    /// SHA-256 of its bytes.
    pub manifest_sha256: String,
    /// Its object, the last to be written.
    pub file: File,
}

/// The contents of a revision, sorted as in its files.
#[derive(Debug, Default)]
struct Facts {
    /// By service, then revision.
    statements: Vec<Statement>,
    /// By id.
    credits: Vec<Entry>,
    /// By opening, then id.
    tickets: Vec<TicketRow>,
}

impl Tables {
    /// Writes rows as files.
    ///
    /// # Errors
    /// Returns an error if a row does not match its kind, or if a total exceeds 2^53 − 1.
    pub fn of<'a>(
        place: Place<'_>,
        rows: impl IntoIterator<Item = (&'a String, &'a ExportRow)>,
        tickets: impl IntoIterator<Item = &'a TicketRow>,
    ) -> Result<Self, RevisionError> {
        let Facts { statements, credits, tickets } = Facts::of(rows, tickets)?;
        let mut csv_and_parquet =
            WrittenTables { prefix: place.prefix(), csv: Vec::new(), parquet: Vec::new() };
        csv_and_parquet.add("statements", &STATEMENT, &statements)?;
        csv_and_parquet.add("credits", &CREDIT, &credits)?;
        csv_and_parquet.add("tickets", &TICKET, &tickets)?;
        let WrittenTables { csv, parquet, .. } = csv_and_parquet;
        let (listed, files) = csv.into_iter().chain(parquet).unzip();
        let manifest = Manifest {
            month: place.month,
            revision: place.revision,
            as_of: place.as_of,
            previous_manifest_sha256: place.previous_manifest_sha256.map(str::to_owned),
            files: listed,
            inputs: Vec::new(),
            totals: totals(&credits)?,
            verdicts: verdicts(&statements),
            terms: terms(&statements),
            digest: String::new(),
        };
        let statements = statements.into_iter().map(|s| (s.service_id, s.revision)).collect();
        Ok(Self { files, statements, manifest })
    }

    /// Returns the prefix of the files' keys.
    pub fn prefix(&self) -> String {
        prefix(self.manifest.month, self.manifest.revision)
    }

    /// Completes the manifest with the statements' inputs.
    ///
    /// # Errors
    /// Returns an error if the manifest is no JSON, which does not happen in practice.
    pub fn sealed(self, inputs: Vec<ExportedFile>) -> Result<Revision, RevisionError> {
        let mut manifest = Manifest { inputs, ..self.manifest };
        manifest.digest = manifest.computed_digest()?;
        let bytes = canonical_json(&manifest)?.into_bytes();
        let manifest_sha256 = sha256_hex(&bytes);
        let key = format!("{}manifest.json", prefix(manifest.month, manifest.revision));
        Ok(Revision {
            manifest,
            manifest_sha256,
            file: File { key, content_type: "application/json", bytes },
        })
    }
}

/// The tables written so far, each with its line of the manifest.
struct WrittenTables {
    prefix: String,
    csv: Vec<(ExportedFile, File)>,
    parquet: Vec<(ExportedFile, File)>,
}

impl WrittenTables {
    fn add<T>(
        &mut self,
        table: &'static str,
        columns: &[Column<T>],
        facts: &[T],
    ) -> Result<(), RevisionError> {
        let file = |extension: &str, content_type, bytes: Vec<u8>| {
            let key = format!("{}{table}.{extension}", self.prefix);
            let listed = ExportedFile { key: key.clone(), rows: facts.len(), sha256: sha256_hex(&bytes) };
            (listed, File { key, content_type, bytes })
        };
        let parquet =
            parquet_file(columns, facts).map_err(|source| RevisionError::Parquet { table, source })?;
        let csv = file("csv", csv_file::CONTENT_TYPE, csv_file(columns, facts)?);
        let parquet = file("parquet", parquet_file::CONTENT_TYPE, parquet);
        self.csv.push(csv);
        self.parquet.push(parquet);
        Ok(())
    }
}

impl Revision {
    /// Returns the prefix of the files' keys.
    pub fn prefix(&self) -> String {
        prefix(self.manifest.month, self.manifest.revision)
    }

    /// Returns the function's answer, which lists neither the manifest nor the inputs.
    pub fn answer(&self) -> ExportAnswer {
        ExportAnswer {
            prefix: Some(self.prefix()),
            files: self.manifest.files.clone(),
            revision: self.manifest.revision,
        }
    }
}

impl Place<'_> {
    fn prefix(self) -> String {
        prefix(self.month, self.revision)
    }
}

fn prefix(month: Month, revision: u32) -> String {
    format!("exports/month={month}/revision={revision}/")
}

impl Facts {
    fn of<'a>(
        rows: impl IntoIterator<Item = (&'a String, &'a ExportRow)>,
        tickets: impl IntoIterator<Item = &'a TicketRow>,
    ) -> Result<Self, RevisionError> {
        let mut facts = Self { tickets: tickets.into_iter().cloned().collect(), ..Self::default() };
        for (key, row) in rows {
            let fault = |source| RevisionError::Row { key: key.clone(), source };
            let fact = row.fact.clone();
            match row.kind {
                RowKind::Statement => facts.statements.push(serde_json::from_value(fact).map_err(fault)?),
                RowKind::Credit => facts.credits.push(serde_json::from_value(fact).map_err(fault)?),
            }
        }
        let by_service = |s: &Statement| (s.service_id.clone(), s.revision);
        facts.statements.sort_by_cached_key(by_service);
        facts.credits.sort_by(|a, b| a.credit_id.cmp(&b.credit_id));
        facts.tickets.sort_by(|a, b| (a.opened_at, &a.ticket_id).cmp(&(b.opened_at, &b.ticket_id)));
        Ok(facts)
    }
}

/// Adds up the entries by currency and state, sorted; no sum mixes currencies.
fn totals(entries: &[Entry]) -> Result<Vec<ExportTotal>, RevisionError> {
    let mut sums: BTreeMap<(&'static str, &'static str), (Currency, usize, i128)> = BTreeMap::new();
    for entry in entries {
        let group = (entry.currency.code(), entry.state.as_str());
        let (_, count, minor) = sums.entry(group).or_insert((entry.currency, 0, 0));
        *count += 1;
        *minor += i128::from(entry.amount_minor);
    }
    let total = |((code, state), (currency, entries, sum)): ((&'static str, &'static str), _)| {
        let fault = RevisionError::Total { currency: code, state, minor: sum };
        let minor = i64::try_from(sum).ok().filter(|minor| minor.unsigned_abs() <= TOTAL_MINOR_MAX);
        Ok(ExportTotal { currency, state: state.to_owned(), entries, minor: minor.ok_or(fault)? })
    };
    sums.into_iter().map(total).collect()
}

fn verdicts(statements: &[Statement]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for statement in statements {
        *counts.entry(statement.verdict.as_str().to_owned()).or_default() += 1;
    }
    counts
}

fn terms(statements: &[Statement]) -> Vec<TermsReference> {
    let named = statements.iter().map(|s| ((s.terms.id.clone(), s.terms.revision), s.terms.clone()));
    named.collect::<BTreeMap<_, _>>().into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{closes_at, june, reversed, rows, stated, tickets};

    fn place(number: u32, previous: Option<&str>) -> Place<'_> {
        Place { month: june(), revision: number, as_of: closes_at(), previous_manifest_sha256: previous }
    }

    fn revision(
        number: u32,
        previous: Option<&str>,
        rows: &[(String, ExportRow)],
        tickets: &[TicketRow],
    ) -> (Vec<File>, Revision) {
        let rows = rows.iter().map(|(key, row)| (key, row));
        let mut tables = Tables::of(place(number, previous), rows, tickets).unwrap();
        let part = format!("{}inputs-0001.ndjson", tables.prefix());
        let rows = tables.statements.len();
        let inputs = (rows > 0).then(|| ExportedFile { key: part, rows, sha256: "1f".repeat(32) });
        (std::mem::take(&mut tables.files), tables.sealed(inputs.into_iter().collect()).unwrap())
    }

    fn facts() -> (Vec<Statement>, Vec<Entry>) {
        let (mut statements, mut entries) = (Vec::new(), Vec::new());
        for (id, currency, down) in [
            ("b", "EUR", 68_580),
            ("a-b", "JPY", 68_580),
            ("a", "EUR", 185_880),
            ("A", "KWD", 30_000),
            ("c", "EUR", 0),
        ] {
            let (statement, mut credits) = stated(id, 49_900, currency, down, 0);
            statements.push(statement);
            entries.append(&mut credits);
        }
        (statements, entries)
    }

    #[test]
    fn the_manifest_names_every_file_total_verdict_and_the_manifest_before() {
        let (statements, mut entries) = facts();
        entries.push(reversed(&entries[0]));
        let (files, first) = revision(1, None, &rows(&statements, &entries), &tickets());
        assert_eq!(first.file.key, "exports/month=2026-06/revision=1/manifest.json");
        assert_eq!(sha256_hex(&first.file.bytes), first.manifest_sha256);
        assert_eq!(first.file.bytes, canonical_json(&first.manifest).unwrap().into_bytes());
        assert_eq!(first.manifest.digest, first.manifest.computed_digest().unwrap());
        for (listed, file) in first.manifest.files.iter().zip(&files) {
            assert_eq!((&listed.key, &listed.sha256), (&file.key, &sha256_hex(&file.bytes)));
        }
        // The bytes are pinned: the digests hold for every build, debug or release, on any machine.
        insta::assert_snapshot!(serde_json::to_string_pretty(&first.manifest).unwrap());
        let (_, second) = revision(2, Some(&first.manifest_sha256), &[], &[]);
        assert_eq!(second.manifest.previous_manifest_sha256, Some(first.manifest_sha256));
        insta::assert_snapshot!(String::from_utf8(second.file.bytes).unwrap());
    }

    #[test]
    fn the_order_of_the_rows_changes_no_byte() {
        let (statements, entries) = facts();
        let mut shuffled = rows(&statements, &entries);
        let mut tickets = tickets();
        let sorted = revision(1, None, &shuffled, &tickets);
        shuffled.reverse();
        tickets.reverse();
        assert_eq!(revision(1, None, &shuffled, &tickets), sorted);
    }

    #[test]
    fn rows_sort_by_the_bytes_of_their_ids_and_statements_then_by_revision() {
        let (mut statements, entries) = facts();
        let mut again = statements[0].clone();
        again.revision = 2;
        statements.insert(0, again);
        let all = rows(&statements, &entries);
        let facts = Facts::of(all.iter().map(|(key, row)| (key, row)), &[]).unwrap();
        let order: Vec<String> =
            facts.statements.iter().map(|s| format!("{} {}", s.service_id, s.revision)).collect();
        assert_eq!(order, ["A 1", "a 1", "a-b 1", "b 1", "b 2", "c 1"]);
        assert!(facts.credits.is_sorted_by(|a, b| a.credit_id.as_str() < b.credit_id.as_str()));
    }

    #[test]
    fn tickets_sort_by_their_opening_then_by_the_bytes_of_their_ids() {
        let opened = |id: &str, at: &str| TicketRow {
            ticket_id: id.parse().unwrap(),
            opened_at: at.parse().unwrap(),
            ..tickets().remove(0)
        };
        let (early, late) = ("2026-06-09T12:00:00Z", "2026-06-10T12:00:00Z");
        let tickets = [opened("T-10", late), opened("a", late), opened("T-9", late), opened("z", early)];
        let facts = Facts::of([], &tickets).unwrap();
        let order: Vec<&str> = facts.tickets.iter().map(|ticket| ticket.ticket_id.as_str()).collect();
        assert_eq!(order, ["z", "T-10", "T-9", "a"]);
    }

    #[test]
    fn totals_are_the_sums_of_the_entries_and_currencies_never_meet() {
        let (_, mut entries) = facts();
        entries.push(reversed(&entries[0]));
        let totals = totals(&entries).unwrap();
        let shown: Vec<String> =
            totals.iter().map(|t| format!("{} {} {} {}", t.currency, t.state, t.entries, t.minor)).collect();
        assert_eq!(
            shown,
            ["EUR approved 2 48988", "EUR reversal 1 -13203", "JPY approved 1 13203", "KWD approved 1 5775"]
        );
        for total in &totals {
            let of_group = |e: &&Entry| e.currency == total.currency && e.state.as_str() == total.state;
            let sum: i64 = entries.iter().filter(of_group).map(|e| e.amount_minor).sum();
            assert_eq!(sum, total.minor);
        }
    }

    #[test]
    fn a_total_that_json_would_round_is_a_fault() {
        let (_, mut entries) = facts();
        entries.truncate(1);
        entries[0].amount_minor = 9_007_199_254_740_991;
        assert!(totals(&entries).is_ok());
        entries.push(Entry { amount_minor: 1, ..entries[0].clone() });
        insta::assert_snapshot!(totals(&entries).unwrap_err(), @"the EUR approved entries add up to 9007199254740992 minor units, more than a manifest can hold");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let key = "CREDIT#c1".to_owned();
        let row = ExportRow { kind: RowKind::Credit, fact: serde_json::json!({"credit_id": "c1"}) };
        let error = Tables::of(place(1, None), [(&key, &row)], &[]).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the export row CREDIT#c1");
    }
}
