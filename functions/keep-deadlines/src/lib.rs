//! Keeps the deadlines of tickets: warnings, escalation, misses.

use serde_json::Value;
use shell::{Clock, Failure, Schedules};
use table::Table;

/// Answers one event: a deadline that fires, or the sweep.
///
/// # Errors
/// `BadRequest` for a payload that is no JSON or no known envelope; a fault if the table fails.
pub async fn handle(_table: &Table, _schedules: &Schedules, _clock: &Clock, _event: &[u8]) -> Result<Value, Failure> {
    Err(Failure::unexpected("not built yet"))
}
