//! A finance export: the event that asks for one, and the manifest that proves it (contract, "A finance export").

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::statement::TermsReference;
use sla::{Instant, Month, canonical_json_without, sha256_hex};

use crate::InputError;
use crate::answer::ExportedFile;
use crate::notice::ExportTotal;

/// What `export-month` is sent: one month, or the daily run over all that is due.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct ExportEvent {
    /// The month to export.
    #[serde(default)]
    month: Option<Month>,
    /// Exports every month that has something new.
    #[serde(default)]
    sweep: bool,
}

/// What is to be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One month.
    Month(Month),
    /// Every month that has something new.
    EveryDueMonth,
}

impl ExportEvent {
    /// Says what is to be exported.
    ///
    /// # Errors
    /// An event that asks for nothing, or for both.
    pub fn wanted(self) -> Result<Wanted, InputError> {
        match (self.month, self.sweep) {
            (Some(month), false) => Ok(Wanted::Month(month)),
            (None, true) => Ok(Wanted::EveryDueMonth),
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

/// The last file of an export revision: what the others hold. Its bytes are canonical JSON (RFC 8785) and nothing
/// else, not even a newline, so that its SHA-256 follows from what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The month.
    pub month: Month,
    /// The revision, from 1.
    pub revision: u32,
    /// The instant of which the rows of tickets speak: a clock that runs has counted up to it, and no event
    /// dated later counts. For revision 1 the month's close: 24 h after its end in UTC, or when the last of
    /// its services closed, if that was later.
    pub as_of: Instant,
    /// The SHA-256 of the manifest of the month's revision before this one; null for the first.
    pub previous_manifest_sha256: Option<String>,
    /// The tables: `statements`, `credits` and `tickets` as CSV, then the same as Parquet.
    pub files: Vec<ExportedFile>,
    /// What the statements follow from: a line of canonical JSON for each, in their order, cut into parts.
    pub inputs: Vec<ExportedFile>,
    /// The ledger entries by currency and state, in minor units; only `approved` and `reversal` are payable.
    pub totals: Vec<ExportTotal>,
    /// The statements by verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// The terms that judged the statements.
    pub terms: Vec<TermsReference>,
    /// SHA-256 over the canonical JSON (RFC 8785) of everything else: a manifest proves itself even while no
    /// later one names it.
    pub digest: String,
}

impl Manifest {
    /// Computes the digest: SHA-256 over the canonical JSON of everything but the digest.
    ///
    /// # Errors
    /// None in practice: manifests are plain JSON.
    pub fn computed_digest(&self) -> Result<String, serde_json::Error> {
        canonical_json_without(self, "digest").map(|json| sha256_hex(json.as_bytes()))
    }
}
