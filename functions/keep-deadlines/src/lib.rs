//! Keeps the deadlines of tickets: warnings, escalation, misses.

use serde_json::{Value, json};
use shell::{Clock, Failure, Schedules};
use table::Table;

/// Answers one event: a deadline that fires, or the sweep.
///
/// # Errors
/// `BadRequest` for a payload that is no JSON or no known envelope; a fault if the table fails.
pub async fn handle(
    _table: &Table,
    _schedules: &Schedules,
    _clock: &Clock,
    event: &[u8],
) -> Result<Value, Failure> {
    match serde_json::from_slice::<Value>(event) {
        // No ticket is recorded yet: a sweep finds nothing.
        Ok(event) if event == json!({ "sweep": true }) => Ok(json!({ "fired": 0 })),
        _ => Err(Failure::unexpected("not built yet")),
    }
}
