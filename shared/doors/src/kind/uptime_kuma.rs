//! Uptime Kuma 2.5.3 and 2.0.0-dev.0 (captured): JSON, a form with `data`, or a query string. `time` is UTC
//! without saying so; `ping` is milliseconds. A failure is dated by its last try, and a recovery that
//! maintenance ate is never told: the next failure shows it.

use events::check::LATENCY_MS_MAX;
use events::{InputError, Source};
use serde_json::{Map, Value};
use sla::Status;

use crate::facts::Facts;
use crate::message::{Item, Metrics, Reading, unknown_word};
use crate::time::UTC;

/// Longest time that retries may take off a start: a day.
const RETRIES_S_MAX: i64 = 86_400;

pub(super) fn item(mut facts: Facts, _source: &Source) -> Result<Item, InputError> {
    // A query string holds the parts as JSON texts.
    for part in ["heartbeat", "monitor"] {
        if let Some(Value::String(text)) = facts.value(part) {
            let value = events::parse(text.as_bytes())?;
            facts.add(part, value);
        }
    }
    if !facts.value("heartbeat").is_some_and(Value::is_object) {
        let says = facts.need("msg")?;
        // Certificates and domains come without a heartbeat too.
        return if says.ends_with("Testing") {
            Ok(Item::Test)
        } else {
            Item::nothing("message without a heartbeat")
        };
    }
    let key = facts.text("monitor.id").map_or_else(|| facts.need("heartbeat.monitorID"), Ok)?;
    let at = facts.need_instant("heartbeat.time", UTC)?;
    let failed_at = facts.instant("heartbeat.lastDownTime", UTC)?;
    let number = |path: &str| facts.value(path).and_then(Value::as_i64).unwrap_or_default().max(0);
    let tries_s = number("monitor.maxretries").saturating_mul(number("monitor.retryInterval"));
    let first_try = |at: sla::Instant| at.plus_s(-tries_s.min(RETRIES_S_MAX));
    let metrics = Metrics::latency(facts.measured("heartbeat.ping", 0, LATENCY_MS_MAX));
    let is_repeat = facts.value("heartbeat.important").and_then(Value::as_bool) == Some(false);
    let status = facts.need("heartbeat.status")?;
    add_tags(&mut facts);
    let reading =
        Reading { metrics, is_measured: is_repeat, follows_recovery: !is_repeat, ..Reading::of(key, facts) };
    match status.as_str() {
        "0" if is_repeat => Ok(reading.failed(Some(at), Status::Down).into()),
        "0" => Ok(reading.failed(Some(first_try(at)), Status::Down).into()),
        "1" => Ok(reading.failed(failed_at.map(first_try), Status::Down).cleared(at).into()),
        "2" | "3" => Item::nothing("pending or maintenance"),
        other => Err(unknown_word("heartbeat.status", other, "0 (down), 1 (up)")),
    }
}

/// Adds the monitor's tags by name, for conditions.
fn add_tags(facts: &mut Facts) {
    let Some(Value::Array(tags)) = facts.value("monitor.tags") else { return };
    let named = |tag: &Value| Some((tag.get("name")?.as_str()?.to_owned(), tag.get("value")?.clone()));
    let tags: Map<String, Value> = tags.iter().filter_map(named).collect();
    facts.add("tags", tags.into());
}
