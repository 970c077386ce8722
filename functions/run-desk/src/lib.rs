//! Runs a command of staff for whoever may invoke the function: who decides is said in the command itself.

use events::Command;
use outcome::{Clock, Failure};
use serde_json::Value;
use table::Table;

/// Answers one event: a command.
///
/// # Errors
/// A command that cannot be read, a refusal that says what to do, or a fault that may be retried.
pub async fn handle(table: &Table, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let command = Command::read(&events::parse(event)?)?;
    commands::run(table, clock.now(), command).await
}
