//! Finance exports: the event that starts one, and the manifest that proves it
//! (contract, "A finance export").

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::statement::TermsReference;
use sla::{Instant, Month, canonical_json_without, sha256_hex};

use crate::InputError;
use crate::answer::ExportedFile;
use crate::notice::ExportTotal;

/// The event of `export-month`: one month, or the daily run over all that is due.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct ExportEvent {
    /// The month to export.
    #[serde(default)]
    month: Option<Month>,
    /// True to export every month that has something new.
    #[serde(default)]
    sweep: bool,
}

/// The months to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportedMonths {
    /// One month.
    Month(Month),
    /// Every month that has something new.
    EveryDueMonth,
}

impl ExportEvent {
    /// Returns the months to export.
    ///
    /// # Errors
    /// Returns an [`InputError`] if the event asks for nothing, or for both.
    pub fn wanted(self) -> Result<ExportedMonths, InputError> {
        match (self.month, self.sweep) {
            (Some(month), false) => Ok(ExportedMonths::Month(month)),
            (None, true) => Ok(ExportedMonths::EveryDueMonth),
            (None, false) => Err(InputError::new(
                "missing field `month`: write a month such as {\"month\": \"2026-06\"}, \
                 or {\"sweep\": true} for every month that has something new",
            )),
            (Some(month), true) => {
                Err(InputError::new(format_args!("`month` is {month} and `sweep` is true: give one of them")))
            }
        }
    }
}

/// The last file of an export revision, which lists the others. Its bytes are canonical JSON (RFC 8785) and
/// nothing else, not even a newline, so that its SHA-256 follows from its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The month.
    pub month: Month,
    /// The revision, from 1.
    pub revision: u32,
    /// Instant of the ticket rows: running clocks have counted up to it, and later events do not count. For
    /// revision 1 it is the month's close: 24 h after its end in UTC, or the close of its last service if
    /// later.
    pub as_of: Instant,
    /// The SHA-256 of the manifest of the month's revision before this one; null for the first.
    pub previous_manifest_sha256: Option<String>,
    /// The tables: `statements`, `credits` and `tickets` as CSV, then the same as Parquet.
    pub files: Vec<ExportedFile>,
    /// The inputs of the statements: a line of canonical JSON for each, in their order, split into parts.
    pub inputs: Vec<ExportedFile>,
    /// The ledger entries by currency and state, in minor units; only `approved` and `reversal` are payable.
    pub totals: Vec<ExportTotal>,
    /// The statements by verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// The terms under which the statements were judged.
    pub terms: Vec<TermsReference>,
    /// SHA-256 over the canonical JSON (RFC 8785) of everything else: a manifest proves itself even before a
    /// later one names it.
    pub digest: String,
}

impl Manifest {
    /// Computes the digest: SHA-256 over the canonical JSON of everything but the digest.
    ///
    /// # Errors
    /// None in practice, as manifests are plain JSON.
    pub fn computed_digest(&self) -> Result<String, serde_json::Error> {
        canonical_json_without(self, "digest").map(|json| sha256_hex(json.as_bytes()))
    }
}
