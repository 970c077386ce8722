//! A failed operation on the table.

use outcome::{Dependency, Failure};

use crate::store::attempts::ATTEMPTS_MAX;

/// A failed operation on the table, with its cause.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation}")]
pub struct TableError {
    operation: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl TableError {
    /// Builds the error of an operation from its cause.
    pub fn new(operation: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { operation, source: source.into() }
    }

    /// Builds the error of an operation that was abandoned after [`ATTEMPTS_MAX`] conflicts.
    pub fn faster(operation: &'static str) -> Self {
        Self::unexpected(operation, format!("other writers were faster {ATTEMPTS_MAX} times"))
    }

    /// Builds the error of an operation that met an unexpected item or answer.
    pub fn unexpected(operation: &'static str, what: impl Into<String>) -> Self {
        Self { operation, source: what.into().into() }
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Self::fault(Dependency::Table, error)
    }
}
