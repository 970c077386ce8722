//! Runs a staff command for any caller of the function; the command itself names the person who decides.

use events::Command;
use outcome::{Clock, Failure};
use serde_json::Value;
use table::Table;

/// Handles one event: a command.
///
/// # Errors
/// Returns a refusal that says what to do, or a fault that may be retried.
pub async fn handle(table: &Table, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let command = Command::read(&events::parse(event)?)?;
    commands::run(table, clock.now(), command).await
}
