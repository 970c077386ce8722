//! Gatus (read in its source, August 2026), by the custom provider in the guide: state and key in the query
//! string or in headers, as its bodies break on quotes. It sends no time: start and end are the receipt, less
//! `lead_s` (failure threshold - 1 intervals) and `tail_s` (success threshold - 1 intervals).

use events::{InputError, Source};
use sla::Status;

use crate::facts::Facts;
use crate::message::{Item, Reading, unknown_word};

pub(super) fn item(facts: Facts, _source: &Source) -> Result<Item, InputError> {
    let told = |name: &str| {
        let paths = [format!("query.{name}"), format!("header.x-gatus-{name}"), name.to_owned()];
        paths.iter().find_map(|path| facts.text(path))
    };
    let missing = |name: &str| {
        InputError::new(format_args!("{name}: missing: send it in the query string, or as x-gatus-{name}"))
    };
    let Some(key) = told("key") else { return Ok(Item::Test) };
    let state = told("state").ok_or_else(|| missing("state"))?;
    let at = facts.received_at();
    let reading = Reading::of(key, facts);
    match state.as_str() {
        "TRIGGERED" => Ok(reading.failed(Some(at), Status::Down).into()),
        "RESOLVED" => Ok(reading.cleared(at).into()),
        other => Err(unknown_word("state", other, "TRIGGERED, RESOLVED, without words of your own")),
    }
}
