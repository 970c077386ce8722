//! `nines verify`: proves that an export matches its manifests, adds up, and follows from its own inputs.
//! Architecture invariant: it has its own readers, and shares with the exporter only the arithmetic of a
//! statement and the digests.

mod basis;
mod columns;
mod credits;
mod entry;
mod error;
mod folders;
mod ledger;
mod manifest;
mod parquet;
mod problem;
mod revision;
mod statements;
mod summary;
mod tables;

use std::path::Path;

use folders::{Folders, MonthFolder};
use ledger::Ledger;
use problem::Problems;
use revision::{PreviousRevision, VerifiedRevision};

pub use error::VerifyError;
pub use problem::Problem;
pub use summary::{COLUMNS_MAX, fit_terminal, new_table};

/// The result of verifying an export.
#[derive(Debug, Default)]
pub struct Report {
    /// The differences found.
    pub problems: Vec<Problem>,
    /// Notes on checks that need files outside the folder, and so were left out.
    pub notes: Vec<String>,
    /// The revisions verified, in order.
    proven: Vec<VerifiedRevision>,
}

/// Verifies every revision of an export: `dir` holds `exports/`, or is that folder or one of its months or
/// revisions.
///
/// # Errors
/// Returns an error if the folder is no export, or a file cannot be read at all.
pub fn verify(dir: &Path) -> Result<Report, VerifyError> {
    let folders = Folders::find(dir)?;
    let mut report = Report::default();
    let mut problems = Problems::default();
    for stranger in &folders.strangers {
        problems.says(stranger, "does not belong to an export: move it elsewhere");
    }
    report.problems = problems.into_list();
    for month in &folders.months {
        look_at_month(month, folders.only, &mut report)?;
    }
    Ok(report)
}

/// Checks the revisions of a month in order, as later ones refer to earlier ones; reports on one, or on all.
fn look_at_month(month: &MonthFolder, only: Option<u32>, report: &mut Report) -> Result<(), VerifyError> {
    let mut ledger = Ledger::default();
    let mut before = PreviousRevision::default();
    for folder in &month.revisions {
        let mut problems = Problems::default();
        let outcome = revision::look_at(folder, &before, &mut ledger, &mut problems)?;
        before = outcome.as_before(folder.revision);
        if only.is_none_or(|only| only == folder.revision) {
            report.problems.extend(problems.into_list());
            report.notes.extend(outcome.note);
            report.proven.extend(outcome.proven);
        }
    }
    Ok(())
}
