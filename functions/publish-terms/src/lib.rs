//! Publishes a revision of the terms; every customer is notified now and again when it takes effect.

pub use commands::People;

use events::change::Hand;
use events::{input, terms};
use outcome::{Clock, Failure};
use serde_json::Value;
use table::Table;

/// Handles one event: a terms document, beside whose fields `by` may name the person.
///
/// # Errors
/// Returns a refusal that names every error in the document, or a fault if the table fails.
pub async fn handle(
    table: &Table,
    clock: &Clock,
    (event, request_id): (&[u8], Option<String>),
    people: People,
) -> Result<Value, Failure> {
    if people == People::Two {
        let message = "this installation asks for two people: publish the revision at the desk";
        return Err(Failure::Forbidden(message.to_owned()));
    }
    let mut event = input::parse(event)?;
    let by = terms::take_publisher(&mut event)?;
    let document = terms::read(&event);
    let terms = document.map_err(|findings| Failure::BadRequest(commands::listed(&findings)))?;
    commands::publish_terms(table, clock.now(), &terms, (by.as_ref(), &Hand::direct(request_id))).await
}
