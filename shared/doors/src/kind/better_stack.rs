//! Better Stack (documented): incidents, whose `started_at` is the same in all three messages; pauses of
//! monitors; and every check, by the log integration, whose `response_time` is in seconds. ISO 8601 in UTC.
//! A monitor that was paused stays unknown until its next incident ends, or until a check.

use events::check::LATENCY_MS_MAX;
use events::{InputError, Source};
use sla::Status;

use crate::facts::Facts;
use crate::message::{Item, Metrics, Reading, unknown_word};
use crate::time::Writing;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let writing = Writing::text(source.zone);
    let event = facts.need("event")?;
    match (facts.text("data.type").as_deref(), event.as_str()) {
        (_, "monitor.checked") => checked(facts, writing),
        (Some("monitor"), "paused") => {
            let at = facts.instant("data.attributes.updated_at", writing)?.unwrap_or(facts.received_at());
            let key = facts.need("data.id")?;
            Ok(Reading::of(key, facts).failed(Some(at), Status::Unknown).into())
        }
        (Some("incident"), "started" | "acknowledged") => {
            let at = facts.need_instant("data.attributes.started_at", writing)?;
            Ok(Reading::of(monitor(&facts)?, facts).failed(Some(at), Status::Down).into())
        }
        (Some("incident"), "resolved") => {
            let started_at = facts.instant("data.attributes.started_at", writing)?;
            let resolved_at = facts.need_instant("data.attributes.resolved_at", writing)?;
            Ok(Reading::of(monitor(&facts)?, facts)
                .failed(started_at, Status::Down)
                .cleared(resolved_at)
                .into())
        }
        (Some("monitor"), _) => Item::nothing(event),
        (_, other) => Err(unknown_word("event", other, "started, acknowledged, resolved, monitor.checked")),
    }
}

/// Returns the monitor of an incident: an incident's own id would make a probe of each outage.
fn monitor(facts: &Facts) -> Result<String, InputError> {
    facts.need("data.relationships.monitor.data.id")
}

fn checked(facts: Facts, writing: Writing) -> Result<Item, InputError> {
    let (monitor, at) = (facts.need("monitor_id")?, facts.need_instant("dt", writing)?);
    let key = facts.text("region").map_or_else(|| monitor.clone(), |region| format!("{monitor}.{region}"));
    let metrics = Metrics::latency(facts.measured("response_time", 3, LATENCY_MS_MAX));
    let success = facts.need("success")?;
    let reading = Reading { alive_at: Some(at), is_measured: true, ..Reading::of(key, facts) };
    match success.as_str() {
        "true" => Ok(Reading { metrics, ..reading }.cleared(at).into()),
        "false" => Ok(reading.failed(Some(at), Status::Down).into()),
        other => Err(unknown_word("success", other, "true, false")),
    }
}
