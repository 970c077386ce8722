//! Icinga 2.13.6 (captured), Nagios and Naemon, by the guide's command. `last_state_change`, Unix seconds, is
//! the first soft failure: the best start of all; a recovery does not repeat it. Latency is `time` of the
//! performance data. Acknowledgements, downtimes and flapping are no status.

use events::check::LATENCY_MS_MAX;
use events::{InputError, Source};
use sla::Status;

use crate::facts::{Facts, measured};
use crate::message::{Item, Metrics, Reading, unknown_word};
use crate::time::UNIX_S;

pub(super) fn item(facts: Facts, _source: &Source) -> Result<Item, InputError> {
    let kind = facts.need("type")?;
    if !matches!(kind.as_str(), "PROBLEM" | "RECOVERY") {
        return if kind == "CUSTOM" { Ok(Item::Test) } else { Item::nothing(kind) };
    }
    let host = facts.need("host")?;
    // No name has `!`; a colon can stand in an id, and joins names that have none.
    let joined = |service: String| {
        let colon = if host.contains(':') || service.contains(':') { "!" } else { ":" };
        format!("{host}{colon}{service}")
    };
    let key = facts.text("service").map_or_else(|| host.clone(), joined);
    let at = facts.need_instant("last_state_change", UNIX_S)?;
    let state = facts.need("state")?;
    let metrics = Metrics::latency(facts.text("perfdata").as_deref().and_then(latency));
    let reading = Reading { metrics, ..Reading::of(key, facts) };
    let failing = match state.as_str() {
        "OK" | "UP" => return Ok(reading.cleared(at).into()),
        "WARNING" => Status::Degraded,
        "CRITICAL" | "DOWN" => Status::Down,
        "UNKNOWN" | "UNREACHABLE" => Status::Unknown,
        other => return Err(unknown_word("state", other, "OK, WARNING, CRITICAL, UNKNOWN, UP, DOWN")),
    };
    // The latency of a failure is that of its error page.
    Ok(Reading { metrics: Metrics::NONE, ..reading }.failed(Some(at), failing).into())
}

/// Reads the measured time, such as `time=0.001009s;;;0.000000;10.000000 size=147B`.
fn latency(perfdata: &str) -> Option<f64> {
    let time = perfdata.split(' ').find_map(|measured| measured.strip_prefix("time="))?;
    let time = time.split(';').next()?;
    match time.strip_suffix("ms") {
        Some(ms) => measured(ms, 0, LATENCY_MS_MAX),
        None => measured(time.strip_suffix('s')?, 3, LATENCY_MS_MAX),
    }
}
