//! Faults of a verification: a folder that is no export, a file that cannot be read.

use std::io;
use std::path::{Path, PathBuf};

/// A fault that ends a verification. Differences found are [`crate::Problem`]s instead.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file or folder could not be read.
    #[error("could not {operation} {}", path.display())]
    Io {
        /// The operation that failed.
        operation: &'static str,
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A folder holds no export.
    #[error(
        "{} is no export: give a folder that holds exports/, that folder, or one of its month=… or revision=… folders",
        .0.display()
    )]
    NoExport(PathBuf),
}

impl VerifyError {
    /// Builds a fault of a file or folder.
    pub fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { operation, path: path.to_path_buf(), source }
    }
}
