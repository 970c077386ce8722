//! Alertmanager 0.25 (captured) and later, format 4: a group of alerts, of which each is read alone. RFC
//! 3339; a firing alert ends at the zero time. `startsAt` comes after the rule's `for`: register it as
//! `lead_s`. `resolved` also comes when Prometheus dies: only heartbeats tell that apart.

use events::InputError;
use events::source::SourceKind;
use serde_json::Value;
use sla::{Status, sha256_hex};

use events::Source;

use crate::facts::Facts;
use crate::message::{Item, Reading, unknown_word};
use crate::time::Writing;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    alert(facts, source, Status::Down).map(Item::from)
}

/// Reads an alert whose firing means a status.
pub(super) fn alert(facts: Facts, source: &Source, failing: Status) -> Result<Reading, InputError> {
    let writing = Writing::text(source.zone);
    let labels = facts.value("labels").map(Value::to_string).unwrap_or_default();
    let key = facts.text("fingerprint").unwrap_or_else(|| sha256_hex(labels.as_bytes())[..16].to_owned());
    let starts_at = facts.instant("startsAt", writing)?;
    match facts.need("status")?.as_str() {
        "firing" => {
            let starts_at = facts.need_instant("startsAt", writing)?;
            let alive_at = Some(facts.received_at());
            Ok(Reading { alive_at, ..Reading::of(key, facts) }.failed(Some(starts_at), failing))
        }
        "resolved" => {
            let ends_at = facts.need_instant("endsAt", writing)?;
            Ok(Reading::of(key, facts).failed(starts_at, failing).cleared(ends_at))
        }
        other => Err(unknown_word("status", other, "firing, resolved")),
    }
}

/// Returns the loss of a message that was cut short, with the field that tells it: nobody else tells of the
/// missing alerts.
pub(crate) fn truncated(kind: SourceKind, body: &Value) -> Option<(&'static str, &Value, InputError)> {
    const FIELD: &str = "truncatedAlerts";
    let is_theirs = matches!(kind, SourceKind::Alertmanager | SourceKind::Grafana);
    let field = body.get(FIELD).filter(|_| is_theirs)?;
    let count = field.as_u64().filter(|count| *count > 0)?;
    let error = InputError::new(format_args!(
        "{FIELD}: {count} alerts were cut off by the sender: remove `max_alerts`, and group by every label"
    ));
    Some((FIELD, field, error))
}
