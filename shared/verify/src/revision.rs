//! Verifies one revision of a month: manifest, chain, files, tables, statements, ledger and sums, in this
//! order.

use std::collections::BTreeMap;

use events::export::Manifest;
use sla::Month;

use crate::error::VerifyError;

use super::columns::{CREDITS, STATEMENTS, Sheet, TICKETS};
use super::credits::{self, Totals};
use super::folders::RevisionFolder;
use super::ledger::Ledger;
use super::manifest::{self, Files, MANIFEST, ReadManifest};
use super::problem::Problems;
use super::statements;
use super::tables::{Rows, read_csv, read_parquet};

/// The previous revision.
#[derive(Debug, Default)]
pub struct PreviousRevision {
    /// Its number; 0 if there is none.
    revision: u32,
    /// The SHA-256 of its manifest, if it has one.
    manifest_sha256: Option<String>,
}

/// The result of verifying a revision, except its problems.
#[derive(Debug)]
pub struct Outcome {
    manifest_sha256: Option<String>,
    /// A note on a check that was left out.
    pub note: Option<String>,
    /// The revision's content; none if its manifest cannot be read.
    pub proven: Option<VerifiedRevision>,
}

/// The verified content of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRevision {
    /// The month.
    pub month: Month,
    /// The revision.
    pub revision: u32,
    /// Numbers of statements, ledger entries and tickets.
    pub rows: [usize; 3],
    /// Number of files, including the manifest.
    pub files: usize,
    /// The payable sum, approved less reversed, in minor units by currency.
    pub payable: BTreeMap<String, i128>,
    /// The SHA-256 of the manifest's bytes.
    pub manifest_sha256: String,
}

impl Outcome {
    /// Returns the view of this revision that the next one needs.
    pub fn as_before(&self, revision: u32) -> PreviousRevision {
        PreviousRevision { revision, manifest_sha256: self.manifest_sha256.clone() }
    }
}

/// The tables of a revision, as far as they can be read.
struct Tables {
    statements: Option<Rows>,
    credits: Option<Rows>,
    tickets: Option<Rows>,
}

/// Verifies a revision, once those before it are verified.
pub fn look_at(
    folder: &RevisionFolder,
    before: &PreviousRevision,
    ledger: &mut Ledger,
    problems: &mut Problems,
) -> Result<Outcome, VerifyError> {
    let is_next = before.revision + 1 == folder.revision;
    ledger.has_gaps |= !is_next;
    let read = manifest::read(folder, problems)?;
    let Some(ReadManifest { manifest: Some(manifest), sha256 }) = read else {
        ledger.has_gaps = true;
        let manifest_sha256 = read.map(|read| read.sha256);
        return Ok(Outcome { manifest_sha256, note: None, proven: None });
    };
    manifest::look_at_place(folder, &manifest, problems);
    look_at_chain(folder, &manifest, before, problems);
    let files = manifest::look_at_files(folder, &manifest, problems)?;
    let tables = read_tables(folder, &manifest, &files, problems)?;
    ledger.has_gaps |= tables.statements.is_none() || tables.credits.is_none();
    let (month, file) = (folder.month.to_string(), folder.name(MANIFEST));
    if let Some(rows) = &tables.statements {
        credits::take_statements(rows, &month, ledger, problems);
        credits::look_at_statements(rows, &manifest, &file, problems);
        let is_there =
            |key: &str| files.there.iter().any(|name| *key == format!("{}{name}", folder.prefix()));
        let parts: Vec<_> = manifest.inputs.iter().filter(|part| is_there(&part.key)).collect();
        ledger.bases.extend(statements::look_at(folder, &parts, rows, problems)?);
    }
    let mut totals = Totals::new();
    if let Some(rows) = &tables.credits {
        totals = credits::look_at(rows, folder.month, ledger, problems);
        credits::look_at_totals(&totals, &manifest, &file, problems);
    }
    let count = |rows: &Option<Rows>| rows.as_ref().map_or(0, Rows::count);
    let proven = VerifiedRevision {
        month: folder.month,
        revision: folder.revision,
        rows: [count(&tables.statements), count(&tables.credits), count(&tables.tickets)],
        files: files.there.len() + 1,
        payable: payable(&totals),
        manifest_sha256: sha256.clone(),
    };
    let note = (!is_next).then(|| {
        let (this, last) = (folder.revision, folder.revision - 1);
        format!(
            "month={month}/revision={this}: revision {last} is not here, so neither its manifest's digest nor what \
             this revision refers to in earlier ones could be checked"
        )
    });
    Ok(Outcome { manifest_sha256: Some(sha256), note, proven: Some(proven) })
}

/// Checks that the manifest names the digest of the previous one.
fn look_at_chain(
    folder: &RevisionFolder,
    manifest: &Manifest,
    before: &PreviousRevision,
    problems: &mut Problems,
) {
    let (file, what) = (folder.name(MANIFEST), "previous_manifest_sha256");
    let found = manifest.previous_manifest_sha256.as_deref();
    if folder.revision == 1 {
        if let Some(found) = found {
            problems.differs(&file, what, "null, as nothing is before revision 1", found);
        }
        return;
    }
    match (found, &before.manifest_sha256) {
        (None, _) => problems.differs(&file, what, "the SHA-256 of the manifest before", "null"),
        (Some(found), Some(expected)) if before.revision + 1 == folder.revision && found != expected => {
            problems.differs(&file, what, expected, found);
        }
        // The missing revision before this one has been reported.
        _ => {}
    }
}

/// Reads the existing tables from CSV, and compares them with the manifest and with their Parquet.
fn read_tables(
    folder: &RevisionFolder,
    manifest: &Manifest,
    files: &Files,
    problems: &mut Problems,
) -> Result<Tables, VerifyError> {
    Ok(Tables {
        statements: read_table(folder, STATEMENTS, manifest, files, problems)?,
        credits: read_table(folder, CREDITS, manifest, files, problems)?,
        tickets: read_table(folder, TICKETS, manifest, files, problems)?,
    })
}

fn read_table(
    folder: &RevisionFolder,
    sheet: Sheet,
    manifest: &Manifest,
    files: &Files,
    problems: &mut Problems,
) -> Result<Option<Rows>, VerifyError> {
    let names = [format!("{}.csv", sheet.name), format!("{}.parquet", sheet.name)];
    let csv = if files.there.contains(&names[0]) { read_csv(folder, sheet, problems)? } else { None };
    // Only Parquet with the right digest is decoded: its decoder is made for sound files.
    let parquet = if files.sound.contains(&names[1]) { read_parquet(folder, sheet, problems)? } else { None };
    for (name, rows) in names.iter().zip([&csv, &parquet]) {
        let listed = manifest.files.iter().find(|file| file.key == format!("{}{name}", folder.prefix()));
        if let (Some(rows), Some(listed)) = (rows, listed)
            && rows.count() != listed.rows
        {
            problems.differs(&rows.file, "rows as in the manifest", listed.rows, rows.count());
        }
    }
    if let Some(rows) = &csv {
        rows.look_at_form(problems);
    }
    if let (Some(rows), Some(twin)) = (&csv, &parquet) {
        rows.look_at_twin(twin, problems);
    }
    Ok(csv)
}

/// Adds up the payable amounts: approved entries and reversals (contract, "A finance export").
fn payable(totals: &Totals) -> BTreeMap<String, i128> {
    let mut payable = BTreeMap::new();
    for ((currency, state), (_, minor)) in totals {
        if ["approved", "reversal"].contains(&state.as_str()) {
            *payable.entry(currency.clone()).or_default() += minor;
        }
    }
    payable
}
