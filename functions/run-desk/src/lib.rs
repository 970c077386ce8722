//! Runs a staff command for any caller of the function; the command itself names the person who gives it.

pub use commands::People;

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
    (event, request_id): (&[u8], Option<String>),
    people: People,
) -> Result<Value, Failure> {
    let command = Command::read(&events::parse(event)?)?;
    commands::invoke(table, clock.now(), command, (people, &Hand::direct(request_id))).await
}
