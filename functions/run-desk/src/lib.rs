//! placeholder

use serde_json::Value;
use shell::{Clock, Failure};
use table::Table;

/// Answers one event.
///
/// # Errors
/// A refusal that says what to do, or a fault that may be retried.
pub async fn handle(_table: &Table, _clock: &Clock, _event: &[u8]) -> Result<Value, Failure> {
    Err(Failure::BadRequest("not built yet".to_owned()))
}
