//! The sample month, bundled with the program and loaded into an empty state folder under a virtual clock. It
//! is loaded beside the folder and moved into place when complete, so that a kill leaves nothing half done.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use outcome::Clock;
use sla::Instant;

use crate::commands::replay::Replay;
use crate::commands::scenario::{self, Line};
use crate::error::LocalError;
use crate::system::{System, TABLE_FILE};

/// The sample's scenario.
const SCENARIO: &str = include_str!("../../sample/scenario-2026-06.ndjson");

/// The instant up to which the sample is played: 2026-07-02T12:00:00Z, when June is closed and exported.
pub const UNTIL: Instant = Instant::from_epoch_s(1_782_993_600);

/// Parses the lines of the sample.
pub fn lines() -> Result<Vec<Line>, LocalError> {
    let mut lines = scenario::parse("the sample", SCENARIO)?;
    lines.sort_by_key(|line| line.at);
    Ok(lines)
}

/// Plays the sample into the folder `state`, which must not exist or be empty; calls `progress` for each
/// line.
pub async fn load(state: &Path, progress: impl Fn(&Line)) -> Result<(), LocalError> {
    let loading = beside(state, "loading");
    if loading.exists() {
        fs::remove_dir_all(&loading).map_err(|e| LocalError::io("clear", &loading, e))?;
    }
    // A folder that cannot be replaced, such as a mount point, is refused now and not after minutes.
    fs::create_dir(&loading).map_err(|e| LocalError::io("make the folder", &loading, e))?;
    if let Err(error) = fs::rename(&loading, state) {
        fs::remove_dir(&loading).map_err(|e| LocalError::io("remove", &loading, e))?;
        return Err(LocalError::io("replace", state, error));
    }
    play(&loading, progress).await?;
    let table = loading.join(TABLE_FILE);
    let file = File::open(&table).map_err(|e| LocalError::io("open", &table, e))?;
    file.sync_all().map_err(|e| LocalError::io("write to disk", &table, e))?;
    fs::rename(&loading, state).map_err(|e| LocalError::io("move the sample to", state, e))
}

/// Returns a path beside a folder, named after it.
pub fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    folder.with_file_name(name)
}

async fn play(folder: &Path, progress: impl Fn(&Line)) -> Result<(), LocalError> {
    let lines = lines()?;
    let start = lines.first().map_or(UNTIL, |line| line.at);
    let system = System::open(folder, Clock::virtual_at(start)).await?;
    let database = system.engines().database().clone();
    database.enable_bulk_loading().map_err(|e| LocalError::database("prepare the loading", e))?;
    let mut replay = Replay::starting(system, start);
    for line in &lines {
        replay.perform(line).await?;
        progress(line);
    }
    replay.pass_time(UNTIL).await;
    database.disable_bulk_loading().map_err(|e| LocalError::database("end the loading", e))?;
    match replay.problems().await? {
        problems if problems.is_empty() => Ok(()),
        problems => Err(LocalError::Invariants(problems)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_in_order_and_ends_before_it_is_done() {
        let lines = lines().unwrap();
        assert_eq!(lines.len(), 2_492);
        assert_eq!(UNTIL.to_string(), "2026-07-02T12:00:00Z");
        assert!(lines.last().unwrap().at < UNTIL);
    }
}
