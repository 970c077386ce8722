//! Answers of the functions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::{Month, Statement, TermsId};

/// What became of a batch of checks or ticket events: accepted + duplicates + quarantined = received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordAnswer {
    /// Those that are new and were taken in.
    pub accepted: usize,
    /// Those that changed nothing.
    pub duplicates: usize,
    /// Those that were put aside.
    pub quarantined: Vec<Refused>,
}

/// A check or ticket event that was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// What is wrong, and what would be right.
    pub error: String,
}

/// What `publish-terms` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedAnswer {
    /// The document.
    pub terms_id: TermsId,
    /// The revision that is published.
    pub revision: u32,
    /// The first month that is judged by it.
    pub effective_from: Month,
    /// What is odd about it, and kept as written.
    pub warnings: Vec<String>,
}

/// What `close-month` answers for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementsAnswer {
    /// The statement, or none for a service-month without a slot.
    pub statements: Vec<Statement>,
}

/// What `close-month` answers for many services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedAnswer {
    /// Service-months that are closed.
    pub closed: usize,
    /// Those of them that are breached.
    pub breached: usize,
    /// Those of them that a person must decide.
    pub indeterminate: usize,
}

/// What `export-month` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportAnswer {
    /// Where the files are; absent if nothing was new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The files that were written.
    pub files: Vec<ExportedFile>,
    /// The month's last export revision.
    pub revision: u32,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedFile {
    /// Its key in the bucket.
    pub key: String,
    /// Its rows without the header.
    pub rows: usize,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
}
