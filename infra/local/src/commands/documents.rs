//! Documents of terms on disk, TOML for people and JSON for publication: read, linted and compared.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sla::Terms;
use sla::terms::publication::listed;
use sla::terms::{Finding, difference, lint};

use crate::error::LocalError;

/// The longest document in bytes: one megabyte, some hundred times the built-in one.
const DOCUMENT_BYTES_MAX: u64 = 1_000_000;

/// The result of linting a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintReport {
    /// The findings, for a person.
    pub told: String,
    /// True if the document by itself can be published.
    pub publishable: bool,
}

/// Lints a document.
///
/// # Errors
/// Returns an error if the file cannot be read, or is neither TOML nor JSON.
pub fn lint_file(path: &Path) -> Result<LintReport, LocalError> {
    let (heading, mut findings) = match events::terms::read(&document(path)?) {
        Ok(terms) => (describe(&terms), lint(&terms)),
        Err(findings) => ("It cannot be read as terms.".to_owned(), findings),
    };
    // Errors first.
    findings.sort_by_key(|finding| !finding.is_error());
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let verdict = match errors {
        0 => "It can be published: that it follows the latest revision, and in time, is looked at then.",
        _ => "It cannot be published.",
    };
    let mut lines = vec![heading];
    lines.extend(findings.iter().map(|finding| {
        let severity = if finding.is_error() { "error" } else { "warning" };
        format!("{severity}: {finding}")
    }));
    lines.push(format!("errors: {errors}, warnings: {}. {verdict}", findings.len() - errors));
    Ok(LintReport { told: lines.join("\n"), publishable: errors == 0 })
}

/// Lists the differences between two documents.
///
/// # Errors
/// Returns an error if a file cannot be read, or holds no terms.
pub fn compare_files(old: &Path, new: &Path) -> Result<String, LocalError> {
    let lines = difference(&read(old)?, &read(new)?);
    Ok(if lines.is_empty() { "Nothing differs.".to_owned() } else { lines.join("\n") })
}

/// Reads terms that can be published.
///
/// # Errors
/// Returns an error if the file cannot be read, holds no terms, or its terms have errors.
pub fn read_publishable(path: &Path) -> Result<Terms, LocalError> {
    let terms = read(path)?;
    let errors: Vec<Finding> = lint(&terms).into_iter().filter(Finding::is_error).collect();
    if errors.is_empty() { Ok(terms) } else { Err(refused(path, listed(&errors))) }
}

/// Converts a document that can be published to JSON.
///
/// # Errors
/// As [`read_publishable`].
pub fn json_of_file(path: &Path) -> Result<String, LocalError> {
    let json = serde_json::to_string_pretty(&read_publishable(path)?);
    json.map_err(|error| refused(path, error.to_string()))
}

fn read(path: &Path) -> Result<Terms, LocalError> {
    events::terms::read(&document(path)?).map_err(|findings| refused(path, listed(&findings)))
}

fn describe(terms: &Terms) -> String {
    format!("Revision {} of {}, for months from {} on.", terms.revision, terms.terms_id, terms.effective_from)
}

fn document(path: &Path) -> Result<Value, LocalError> {
    let fault = |error: std::io::Error| refused(path, error.to_string());
    let length = fs::metadata(path).map_err(fault)?.len();
    if length > DOCUMENT_BYTES_MAX {
        return Err(refused(
            path,
            format!("it has {length} bytes, but terms have at most {DOCUMENT_BYTES_MAX}"),
        ));
    }
    let text = fs::read_to_string(path).map_err(fault)?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => toml::from_str(&text).map_err(|error| refused(path, error.to_string())),
        Some("json") => events::parse(text.as_bytes()).map_err(|error| refused(path, error.to_string())),
        _ => Err(refused(path, "its name ends neither in .toml nor in .json".to_owned())),
    }
}

fn refused(path: &Path, reason: String) -> LocalError {
    LocalError::Document { path: path.to_path_buf(), reason: reason.trim_end().to_owned() }
}
