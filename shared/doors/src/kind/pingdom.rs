//! Pingdom (documented): `state_changed_timestamp` is Unix seconds; the UTC text beside it has no Z and is
//! not read. A recovery does not repeat the start. Test messages have blank fields. Nothing is signed: only
//! the address is secret.

use events::{InputError, Source};
use sla::Status;

use crate::facts::Facts;
use crate::message::{Item, Reading, unknown_word};
use crate::time::UNIX_S;

pub(super) fn item(facts: Facts, _source: &Source) -> Result<Item, InputError> {
    let (key, state) = (facts.text("check_id"), facts.text("current_state"));
    let (Some(key), Some(state)) = (key, state) else { return Ok(Item::Test) };
    let at = facts.need_instant("state_changed_timestamp", UNIX_S)?;
    let reading = Reading::of(key, facts);
    match state.as_str() {
        "DOWN" | "FAILING" => Ok(reading.failed(Some(at), Status::Down).into()),
        "UP" | "SUCCESS" => Ok(reading.cleared(at).into()),
        other => Err(unknown_word("current_state", other, "UP, DOWN, SUCCESS, FAILING")),
    }
}
