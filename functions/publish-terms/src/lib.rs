//! Publishes a revision of the terms; every customer is notified now and again when it takes effect.

use events::{input, terms};
use outcome::{Clock, Failure};
use serde_json::Value;
use table::Table;

/// Handles one event: a terms document.
///
/// # Errors
/// Returns a refusal that names every error in the document, or a fault if the table fails.
pub async fn handle(table: &Table, clock: &Clock, event: &[u8]) -> Result<Value, Failure> {
    let document = terms::read(&input::parse(event)?);
    let terms = document.map_err(|findings| Failure::BadRequest(commands::listed(&findings)))?;
    commands::publish_terms(table, clock.now(), &terms).await
}
