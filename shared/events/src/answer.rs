//! Answers of the functions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::{Month, Statement, TermsId};

/// The result of recording checks or ticket events: accepted + duplicates + quarantined = received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordAnswer {
    /// Number of new inputs, now recorded.
    pub accepted: usize,
    /// Number of inputs that changed nothing.
    pub duplicates: usize,
    /// The refused inputs, now in quarantine.
    pub quarantined: Vec<QuarantinedRecord>,
}

/// A check or ticket event in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Refused")]
pub struct QuarantinedRecord {
    /// Its index in the batch, from 0.
    pub index: usize,
    /// The mistake and the remedy.
    pub error: String,
}

/// The answer of `publish-terms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedAnswer {
    /// The document.
    pub terms_id: TermsId,
    /// The published revision.
    pub revision: u32,
    /// The first month judged by it.
    pub effective_from: Month,
    /// The oddities in it, kept as written.
    pub warnings: Vec<String>,
}

/// The answer of `close-month` for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementsAnswer {
    /// The statement; none for a service-month without a slot.
    pub statements: Vec<Statement>,
}

/// The answer of `close-month` for many services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedAnswer {
    /// Number of closed service-months.
    pub closed: usize,
    /// Number of breached ones among them.
    pub breached: usize,
    /// Number of those that a person must decide.
    pub indeterminate: usize,
}

/// The answer of `export-month`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportAnswer {
    /// The folder of the files; absent if nothing was new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The files written.
    pub files: Vec<ExportedFile>,
    /// The month's last export revision.
    pub revision: u32,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedFile {
    /// Key in the bucket.
    pub key: String,
    /// Number of rows, without the header.
    pub rows: usize,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
}
