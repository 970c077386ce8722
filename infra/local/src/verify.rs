//! `nines verify`: whether an export is what its manifests say, adds up, and follows from its own inputs.
//! Architecture invariant: it reads with readers of its own, and shares with what wrote the export only the
//! arithmetic of a statement and the digests.

mod basis;
mod columns;
mod credits;
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

use crate::error::LocalError;

use folders::{Folders, MonthFolder};
use ledger::Ledger;
use problem::Problems;
use revision::{Before, Proven};

pub use problem::Problem;

/// What looking at an export came to.
#[derive(Debug, Default)]
pub struct Report {
    /// What differs.
    pub problems: Vec<Problem>,
    /// What could not be checked, as it lies outside of the folder.
    pub notes: Vec<String>,
    /// The revisions that were looked at, in order.
    proven: Vec<Proven>,
}

/// Looks at every revision of an export: a folder that holds `exports/`, that folder, or one of its months or
/// revisions.
///
/// # Errors
/// A folder that is no export, or a file that cannot be read at all.
pub fn verify(dir: &Path) -> Result<Report, LocalError> {
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

/// Looks at the revisions of a month in order, as the later ones refer to the earlier; tells of one, or of all.
fn look_at_month(month: &MonthFolder, only: Option<u32>, report: &mut Report) -> Result<(), LocalError> {
    let mut ledger = Ledger::default();
    let mut before = Before::default();
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
