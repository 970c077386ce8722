//! Zabbix 6.0.14 (captured), by the media type in the guide: its macros by name, all texts. A recovery has
//! both ends. Date and time are in the server's zone, which the parameter `ZONE` or the source names; newer
//! versions add Unix seconds. Macros that do not apply arrive as they are written.

use events::source::TimeUnit;
use events::{InputError, Source};
use serde_json::{Map, Value};
use sla::{Instant, Status, Zone};

use crate::facts::Facts;
use crate::message::{Item, Reading, unknown_word};
use crate::time::{UNIX_S, Writing};

pub(super) fn item(mut facts: Facts, source: &Source) -> Result<Item, InputError> {
    if facts.text("EVENT.ID").is_none() {
        return Ok(Item::Test);
    }
    if facts.text("EVENT.UPDATE.STATUS").as_deref() == Some("1") {
        return Item::nothing("update of a problem");
    }
    let key = facts.need("TRIGGER.ID")?;
    let writing = Writing { unit: TimeUnit::Text, zone: zone(&facts, source)? };
    let failed_at = instant(&facts, "EVENT", writing)?;
    let value = facts.need("EVENT.VALUE")?;
    let cleared_at = if value == "0" { Some(instant(&facts, "EVENT.RECOVERY", writing)?) } else { None };
    add_tags(&mut facts);
    let reading = Reading::of(key, facts).failed(Some(failed_at), Status::Down);
    match (value.as_str(), cleared_at) {
        ("1", _) => Ok(reading.into()),
        ("0", Some(cleared_at)) => Ok(reading.cleared(cleared_at).into()),
        (other, _) => Err(unknown_word("EVENT.VALUE", other, "1 (problem), 0 (recovery)")),
    }
}

fn zone(facts: &Facts, source: &Source) -> Result<Option<Zone>, InputError> {
    let Some(name) = facts.text("ZONE") else { return Ok(source.zone) };
    name.parse().map(Some).map_err(|error| InputError::new(format_args!("ZONE: {error}")))
}

/// Reads the instant of an event: its Unix seconds if this version has them, else its date and time.
fn instant(facts: &Facts, event: &str, writing: Writing) -> Result<Instant, InputError> {
    if let Some(at) = facts.instant(&format!("{event}.TIMESTAMP"), UNIX_S)? {
        return Ok(at);
    }
    let (date, time) = (facts.need(&format!("{event}.DATE"))?, facts.need(&format!("{event}.TIME"))?);
    let wrong =
        |error: &dyn std::fmt::Display| InputError::new(format_args!("{event}.DATE, {event}.TIME: {error}"));
    let at = writing.read(&format!("{date} {time}")).map_err(|error| wrong(&error))?;
    at.ok_or_else(|| wrong(&"no instant: send both"))
}

/// Adds the event's tags by name, for conditions. A tag with several values keeps the first.
fn add_tags(facts: &mut Facts) {
    let Some(Value::String(text)) = facts.value("EVENT.TAGSJSON") else { return };
    let Ok(Value::Array(tags)) = events::parse(text.as_bytes()) else { return };
    let named = |tag: &Value| Some((tag.get("tag")?.as_str()?.to_owned(), tag.get("value")?.clone()));
    let tags: Map<String, Value> = tags.iter().rev().filter_map(named).collect();
    facts.add("tags", tags.into());
}
