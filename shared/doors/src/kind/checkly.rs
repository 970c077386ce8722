//! Checkly (documented), by the body that it suggests. `started_at` is that of the run, `response_time` is
//! milliseconds as text. The signature covers the body alone. A failure that is tried again can arrive after
//! its recovery, which changes nothing: times are those of the runs.

use events::check::LATENCY_MS_MAX;
use events::{InputError, Source};
use sla::Status;

use crate::facts::Facts;
use crate::message::{Item, Metrics, Reading, unknown_word};
use crate::time::Writing;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let Some(key) = facts.text("check_id") else { return Ok(Item::Test) };
    let kind = facts.need("alert_type")?;
    if kind == "ALERT_SSL" {
        return Item::nothing("certificate");
    }
    let at = facts.need_instant("started_at", Writing::text(source.zone))?;
    let metrics = Metrics::latency(facts.measured("response_time", 0, LATENCY_MS_MAX));
    let is_measured = kind.ends_with("_REMAIN");
    let reading = Reading { is_measured, ..Reading::of(key, facts) };
    match kind.as_str() {
        "ALERT_FAILURE" | "ALERT_FAILURE_REMAIN" | "ALERT_DEGRADED_FAILURE" => {
            Ok(reading.failed(Some(at), Status::Down).into())
        }
        "ALERT_DEGRADED" | "ALERT_DEGRADED_REMAIN" | "ALERT_FAILURE_DEGRADED" => {
            Ok(Reading { metrics, ..reading }.failed(Some(at), Status::Degraded).into())
        }
        "ALERT_RECOVERY" | "ALERT_DEGRADED_RECOVERY" => Ok(Reading { metrics, ..reading }.cleared(at).into()),
        other => Err(unknown_word(
            "alert_type",
            other,
            "ALERT_FAILURE, ALERT_DEGRADED, ALERT_RECOVERY and the like",
        )),
    }
}
