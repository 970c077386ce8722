//! What can go wrong around the functions on a laptop: files, ports, the embedded engines, a scenario.
//! A function's own refusals are `outcome::Failure`.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// The source of a fault in an embedded engine.
pub type Source = Box<dyn Error + Send + Sync>;

/// The most broken invariants that are written out.
const INVARIANTS_SHOWN_MAX: usize = 20;

/// A fault of the program `nines` itself.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file or folder could not be used.
    #[error("could not {operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A path is not UTF-8.
    #[error("the path {} is not valid UTF-8; choose another with --state or --out", .0.display())]
    Path(PathBuf),
    /// The embedded database failed.
    #[error("could not {operation}")]
    Database {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        #[source]
        source: Source,
    },
    /// The folder that stands for S3 failed.
    #[error("could not {operation} in the bucket")]
    Bucket {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        #[source]
        source: Source,
    },
    /// The laptop's own issuer cannot sign.
    #[error("could not make or use the key of the local issuer")]
    Issuer {
        /// Why.
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
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another program works on the state folder.
    #[error("another nines works on {}; end it, or choose another folder with --state", .0.display())]
    InUse(PathBuf),
    /// The state cannot be kept there.
    #[error("{} cannot keep the state: {reason}; name a new or empty folder with --state", path.display())]
    NotForState {
        /// What was named.
        path: PathBuf,
        /// Why it cannot.
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
        /// Why, a line each.
        reason: String,
    },
    /// A line of a scenario is wrong.
    #[error("{0}")]
    Scenario(String),
    /// A folder holds no export.
    #[error(
        "{} is no export: give a folder that holds exports/, that folder, or one of its month=… or revision=… folders",
        .0.display()
    )]
    NoExport(PathBuf),
    /// An export is not what its manifests say; what differs has been told.
    #[error("the export in {} differs in {problems} place(s), told above", dir.display())]
    Differs {
        /// The folder.
        dir: PathBuf,
        /// In how many places.
        problems: usize,
    },
    /// An invariant does not hold after a run.
    #[error("{}", broken(.0))]
    Invariants(Vec<String>),
}

impl LocalError {
    /// A fault of a file or folder.
    pub fn io(operation: &'static str, path: &Path, source: io::Error) -> Self {
        LocalError::Io { operation, path: path.to_path_buf(), source }
    }

    /// A fault of the embedded database.
    pub fn database(operation: &'static str, source: impl Into<Source>) -> Self {
        LocalError::Database { operation, source: source.into() }
    }

    /// A fault of the bucket.
    pub fn bucket(operation: &'static str, source: impl Into<Source>) -> Self {
        LocalError::Bucket { operation, source: source.into() }
    }

    /// The whole chain, once, for a person.
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
