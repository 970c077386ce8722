//! Runs a staff command for any caller of the function; the command itself names the person who gives it.

use events::Command;
use events::change::Hand;
use outcome::{Clock, Failure};
use serde_json::Value;
use table::Table;

/// Handles one event: a command. The trail notes the id of the invocation's request, if there is one.
///
/// # Errors
/// Returns a refusal that says what to do, or a fault that may be retried.
pub async fn handle(
    table: &Table,
    clock: &Clock,
    event: &[u8],
    request_id: Option<String>,
) -> Result<Value, Failure> {
    let command = Command::read(&events::parse(event)?)?;
    commands::run(table, clock.now(), command, &Hand::direct(request_id)).await
}
