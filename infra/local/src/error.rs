//! Faults of the local program around the functions: files, ports, the embedded engines, a scenario.
//! A refusal by a function is a `outcome::Failure`.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// The cause of a fault in an embedded engine.
pub type Source = Box<dyn Error + Send + Sync>;

/// The most broken invariants listed.
const INVARIANTS_SHOWN_MAX: usize = 20;

/// A fault of the program `nines` itself.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file or folder could not be used.
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
    /// A path is not UTF-8.
    #[error("the path {} is not valid UTF-8; choose another with --state or --out", .0.display())]
    Path(PathBuf),
    /// The embedded database failed.
    #[error("could not {operation}")]
    Database {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The folder that stands for S3 failed.
    #[error("could not {operation} in the bucket")]
    Bucket {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The local issuer cannot sign.
    #[error("could not make or use the key of the local issuer")]
    Issuer {
        /// The cause.
        #[source]
        source: Source,
    },
    /// A port is taken.
    #[error("port {port} is in use; choose another with {flag} PORT")]
    Port {
        /// The port.
        port: u16,
        /// The command line's flag for it.
        flag: &'static str,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// Another process uses the state folder.
    #[error("another nines works on {}; end it, or choose another folder with --state", .0.display())]
    InUse(PathBuf),
    /// The state cannot be kept in this path.
    #[error("{} cannot keep the state: {reason}; name a new or empty folder with --state", path.display())]
    NotForState {
        /// The path.
        path: PathBuf,
        /// The reason.
        reason: &'static str,
    },
    /// A folder holds no state.
    #[error("{} holds no state; start nines there once, or name another folder with --state", .0.display())]
    NoState(PathBuf),
    /// A file holds no terms, or terms with errors.
    #[error("{} cannot be taken as terms:\n{reason}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// The reasons, a line each.
        reason: String,
    },
    /// A line of a scenario is wrong.
    #[error("{0}")]
    Scenario(String),
    /// An export could not be verified.
    #[error(transparent)]
    Verify(#[from] verify::VerifyError),
    /// An export contradicts its manifests; the differences have been printed.
    #[error("the export in {} differs in {problems} place(s), told above", dir.display())]
    Differs {
        /// The folder.
        dir: PathBuf,
        /// The number of differences.
        problems: usize,
    },
    /// An invariant does not hold after a run.
    #[error("{}", broken(.0))]
    Invariants(Vec<String>),
}

impl LocalError {
    /// Builds a fault of a file or folder.
    pub fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        LocalError::Io { operation, path: path.to_path_buf(), source }
    }

    /// Builds a fault of the embedded database.
    pub fn database(operation: &'static str, source: impl Into<Source>) -> Self {
        LocalError::Database { operation, source: source.into() }
    }

    /// Builds a fault of the bucket.
    pub fn bucket(operation: &'static str, source: impl Into<Source>) -> Self {
        LocalError::Bucket { operation, source: source.into() }
    }

    /// Formats the error with its whole chain of causes, a line each.
    pub fn explain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str("\n  because: ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

fn broken(invariants: &[String]) -> String {
    let shown: Vec<&str> = invariants.iter().take(INVARIANTS_SHOWN_MAX).map(String::as_str).collect();
    let rest = invariants.len() - shown.len();
    let more = if rest == 0 { String::new() } else { format!("\n… and {rest} more") };
    format!("the run has {} problem(s):\n{}{more}", invariants.len(), shown.join("\n"))
}
