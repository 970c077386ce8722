//! The folders of an export, `exports/month=2026-06/revision=1`, found from a folder at any of these levels.

use std::fs;
use std::path::{Path, PathBuf};

use sla::Month;

use crate::error::VerifyError;

/// The folder that holds the months.
const EXPORTS: &str = "exports";

/// The folders to verify.
#[derive(Debug, Default)]
pub struct Folders {
    /// The months, ascending.
    pub months: Vec<MonthFolder>,
    /// The revision requested, if not all.
    pub only: Option<u32>,
    /// Files and folders that are neither months nor revisions.
    pub strangers: Vec<String>,
}

/// A month with its revisions, ascending.
#[derive(Debug)]
pub struct MonthFolder {
    /// The month.
    pub month: Month,
    /// Its revisions.
    pub revisions: Vec<RevisionFolder>,
}

/// The folder of a revision.
#[derive(Debug)]
pub struct RevisionFolder {
    /// The month in its name.
    pub month: Month,
    /// The revision in its name.
    pub revision: u32,
    /// The path.
    pub path: PathBuf,
}

impl RevisionFolder {
    /// Returns the name of one of its files, for reports.
    pub fn name(&self, file: &str) -> String {
        format!("month={}/revision={}/{file}", self.month, self.revision)
    }

    /// Returns the prefix of its files' keys.
    pub fn prefix(&self) -> String {
        format!("{EXPORTS}/{}", self.name(""))
    }
}

impl Folders {
    /// Finds the export that a folder is, holds or belongs to.
    pub fn find(dir: &Path) -> Result<Self, VerifyError> {
        let Ok(dir) = fs::canonicalize(dir) else { return Err(VerifyError::NoExport(dir.to_path_buf())) };
        if !dir.is_dir() {
            return Err(VerifyError::NoExport(dir));
        }
        let mut found = Folders::default();
        if let Some(revision) = revision_of(&dir) {
            found.only = Some(revision);
            if let Some((parent, month)) = dir.parent().and_then(|parent| Some((parent, month_of(parent)?))) {
                found.add_month(parent, month)?;
                // Only the requested revision is verified, not its neighbours.
                found.strangers.clear();
            }
        } else if let Some(month) = month_of(&dir) {
            found.add_month(&dir, month)?;
        } else if has_month(&dir)? {
            found.add_exports(&dir)?;
        } else if dir.join(EXPORTS).is_dir() {
            found.add_exports(&dir.join(EXPORTS))?;
        }
        if found.months.iter().all(|month| month.revisions.is_empty()) {
            return Err(VerifyError::NoExport(dir));
        }
        Ok(found)
    }

    fn add_exports(&mut self, exports: &Path) -> Result<(), VerifyError> {
        for path in entries(exports)? {
            match month_of(&path) {
                Some(month) => self.add_month(&path, month)?,
                None => self.strangers.push(name_of(&path)),
            }
        }
        Ok(())
    }

    fn add_month(&mut self, folder: &Path, month: Month) -> Result<(), VerifyError> {
        let mut revisions = Vec::new();
        for path in entries(folder)? {
            match revision_of(&path) {
                Some(revision) => revisions.push(RevisionFolder { month, revision, path }),
                None => self.strangers.push(format!("month={month}/{}", name_of(&path))),
            }
        }
        revisions.sort_by_key(|folder| folder.revision);
        self.months.push(MonthFolder { month, revisions });
        self.months.sort_by_key(|folder| folder.month);
        Ok(())
    }
}

/// Lists a folder, by name.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, VerifyError> {
    let fault = |e| VerifyError::io("read the folder", folder, e);
    let entries = fs::read_dir(folder).map_err(fault)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(fault)?;
    paths.sort();
    Ok(paths)
}

/// Returns the last component of a path.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn has_month(dir: &Path) -> Result<bool, VerifyError> {
    Ok(entries(dir)?.iter().any(|path| month_of(path).is_some()))
}

fn month_of(path: &Path) -> Option<Month> {
    let month = name_of(path).strip_prefix("month=")?.parse().ok()?;
    path.is_dir().then_some(month)
}

fn revision_of(path: &Path) -> Option<u32> {
    let name = name_of(path);
    let revision: u32 = name.strip_prefix("revision=")?.parse().ok()?;
    let is_plain = revision > 0 && name == format!("revision={revision}");
    (is_plain && path.is_dir()).then_some(revision)
}
