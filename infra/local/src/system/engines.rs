//! Engines: the state that outlives a process, in memory or in a state folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dynoxide::Database;
use tempfile::TempDir;

use super::TABLE;
use crate::error::LocalError;
use crate::stand_ins::bucket::{self, Folder};
use crate::stand_ins::embedded;
use crate::stand_ins::parameters::Parameters;
use crate::stand_ins::queues::Queues;
use crate::stand_ins::schedules::Schedules;
use crate::stand_ins::topics::Topics;
use crate::stand_ins::wire::{OpenPassage, Tally};

/// The table's file in a state folder.
pub const TABLE_FILE: &str = "table.db";

/// The bucket's root folder in a state folder.
const BUCKET_FOLDER: &str = "bucket";

/// The schedules' file in a state folder.
const SCHEDULES_FILE: &str = "schedules.ndjson";

/// The file of what waits in queues in a state folder.
const QUEUES_FILE: &str = "queues.ndjson";

/// The file of senders' secrets in a state folder.
const SECRETS_FILE: &str = "secrets.json";

/// The file of the stream's read position in a state folder.
const POSITION_FILE: &str = "stream-position";

/// The state that outlives a process: engines with their content. Clones share it.
#[derive(Clone)]
pub struct Engines {
    pub(super) database: Database,
    pub(super) s3: Folder,
    pub(super) topics: Topics,
    pub(super) schedules: Schedules,
    pub(super) queues: Queues,
    pub(super) parameters: Parameters,
    pub(super) secrets_file: Option<PathBuf>,
    bucket_root: PathBuf,
    pub(super) position_file: Option<PathBuf>,
    _scratch: Option<Arc<TempDir>>,
}

impl Engines {
    /// Builds engines that vanish with the last clone: the table in memory, the bucket in a temporary folder.
    pub async fn memory() -> Result<Self, LocalError> {
        let scratch = temporary_folder()?;
        let database = embedded::memory(scratch.path())?;
        let engines = Engines::in_scratch(scratch, database, Topics::memory(), Schedules::memory())?;
        engines.make_table().await?;
        Ok(engines)
    }

    /// Returns an independent copy in memory: table, objects, messages and schedules.
    pub fn fork(&self) -> Result<Self, LocalError> {
        let scratch = temporary_folder()?;
        copy_folder(&self.bucket_root, &scratch.path().join(BUCKET_FOLDER))?;
        let database = embedded::fork(&self.database, scratch.path())?;
        let engines = Engines::in_scratch(scratch, database, self.topics.fork()?, self.schedules.fork())?;
        Ok(Engines { queues: self.queues.fork(), parameters: self.parameters.fork(), ..engines })
    }

    fn in_scratch(
        scratch: TempDir,
        database: Database,
        topics: Topics,
        schedules: Schedules,
    ) -> Result<Self, LocalError> {
        let bucket_root = scratch.path().join(BUCKET_FOLDER);
        Ok(Engines {
            database,
            s3: Folder::open(&bucket_root)?,
            topics,
            schedules,
            queues: Queues::memory(),
            parameters: Parameters::default(),
            secrets_file: None,
            bucket_root,
            position_file: None,
            _scratch: Some(Arc::new(scratch)),
        })
    }

    /// Opens engines over a state folder, making it if needed.
    pub async fn open(state: &Path) -> Result<Self, LocalError> {
        std::fs::create_dir_all(state).map_err(|e| LocalError::io("make the folder", state, e))?;
        let bucket_root = state.join(BUCKET_FOLDER);
        let engines = Engines {
            database: embedded::open(&state.join(TABLE_FILE))?,
            s3: Folder::open(&bucket_root)?,
            topics: Topics::open(state)?,
            schedules: Schedules::open(&state.join(SCHEDULES_FILE))?,
            queues: Queues::open(&state.join(QUEUES_FILE))?,
            parameters: Parameters::default(),
            secrets_file: Some(state.join(SECRETS_FILE)),
            bucket_root,
            position_file: Some(state.join(POSITION_FILE)),
            _scratch: None,
        };
        engines.make_table().await?;
        Ok(engines)
    }

    /// Checks, before anything is made, that a folder can become a state folder.
    ///
    /// # Errors
    /// Refuses a file, a folder with other content, and a folder that cannot be read or written to.
    pub fn look(state: &Path) -> Result<(), LocalError> {
        let refuse = |reason| Err(LocalError::NotForState { path: state.to_path_buf(), reason });
        let fault = |source| LocalError::io("look at", state, source);
        let found = match std::fs::metadata(state) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            found => found.map_err(fault)?,
        };
        if !found.is_dir() {
            return refuse("it is no folder");
        }
        if found.permissions().readonly() {
            return refuse("it cannot be written to");
        }
        if !Self::are_in(state) && std::fs::read_dir(state).map_err(fault)?.next().is_some() {
            return refuse("it holds other things");
        }
        Ok(())
    }

    /// True if a state folder holds a table.
    pub fn are_in(state: &Path) -> bool {
        state.join(TABLE_FILE).is_file()
    }

    /// Returns the embedded database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the folder that stands for S3.
    pub fn s3(&self) -> &Folder {
        &self.s3
    }

    /// Returns the folder of the exports' bucket, which holds its objects as files.
    pub fn objects(&self) -> PathBuf {
        self.bucket_root.join(bucket::BUCKET)
    }

    /// Returns the topics.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Returns the schedules.
    pub fn schedules(&self) -> &Schedules {
        &self.schedules
    }

    async fn make_table(&self) -> Result<(), LocalError> {
        let listed = self.database.list_tables(Default::default());
        let tables = listed.map_err(|e| LocalError::database("list the tables", e))?.table_names;
        if tables.iter().any(|name| name == TABLE) {
            return Ok(());
        }
        let client = embedded::client(self.database.clone(), Arc::new(OpenPassage), Tally::default());
        table::schema::create_table(&client, TABLE)
            .await
            .map_err(|e| LocalError::database("make the table", e))
    }
}

fn temporary_folder() -> Result<TempDir, LocalError> {
    TempDir::with_prefix("nines-")
        .map_err(|e| LocalError::io("make a temporary folder in", &std::env::temp_dir(), e))
}

/// Copies a folder, down to the depth of the bucket: bucket, exports, month, revision, file.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), LocalError> {
    std::fs::create_dir_all(to).map_err(|e| LocalError::io("make the folder", to, e))?;
    if !from.exists() {
        return Ok(());
    }
    let read = |e| LocalError::io("read the folder", from, e);
    for entry in std::fs::read_dir(from).map_err(read)? {
        let entry = entry.map_err(read)?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(|e| LocalError::io("copy to", &target, e))?;
        }
    }
    Ok(())
}
