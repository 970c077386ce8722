//! Webhooks as the queue carries them: what real programs sent, and a small alert of Alertmanager.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::world::{Event, WorldError};

/// Returns the message of a webhook that a real program sent, by its file in `shared/doors/tests/captured`.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub fn captured(source_id: &str, name: &str) -> Result<Value, WorldError> {
    let fault = |error: &dyn std::fmt::Display| WorldError::Table(format!("{name}: {error}"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/doors/tests/captured");
    let file = fs::read(folder.join(format!("{name}.json"))).map_err(|error| fault(&error))?;
    let file: Value = serde_json::from_slice(&file).map_err(|error| fault(&error))?;
    let part = |name: &str| file.get(name).cloned().unwrap_or_default();
    let headers: BTreeMap<String, Value> = serde_json::from_value(part("headers")).map_err(|e| fault(&e))?;
    let headers = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value));
    let headers: BTreeMap<String, Value> = headers.filter(|(name, _)| name != "authorization").collect();
    let body = match part("body") {
        Value::Null => part("body_text"),
        body => body.to_string().into(),
    };
    let query = part("path").as_str().and_then(|path| Some(path.split_once('?')?.1.to_owned()));
    Ok(message(source_id, &part("received_at"), (json!(headers), query.unwrap_or_default()), &body))
}

fn message(source_id: &str, received_at: &Value, (headers, query): (Value, String), body: &Value) -> Value {
    json!({ "detail-type": "webhook", "detail": {
        "source_id": source_id, "received_at": received_at, "headers": headers, "query": query, "body": body,
    }})
}

/// Returns the message of a webhook with some alerts.
pub fn alerts(source_id: &str, received_at: &str, alerts: &[Value]) -> Value {
    let body = json!({ "version": "4", "alerts": alerts, "truncatedAlerts": 0 }).to_string();
    message(source_id, &json!(received_at), (json!({}), String::new()), &json!(body))
}

/// Returns an alert of a series about the service that its label names: firing, or resolved if it has an end.
pub fn alert(series: &str, service: &str, starts_at: &str, ends_at: Option<&str>) -> Value {
    json!({
        "status": if ends_at.is_some() { "resolved" } else { "firing" }, "fingerprint": series,
        "labels": { "nines_service": service, "alertname": "ServiceDown" }, "startsAt": starts_at,
        "endsAt": ends_at.unwrap_or("0001-01-01T00:00:00Z"),
    })
}

/// Registers a source, with fields of its own.
pub fn register(source_id: &str, kind: &str, fields: &Value) -> Event {
    let mut command = json!({
        "command": "register_source", "source_id": source_id, "kind": kind, "auth": { "scheme": "bearer" },
        "map": [],
    });
    if let (Some(command), Some(fields)) = (command.as_object_mut(), fields.as_object()) {
        command.extend(fields.clone());
    }
    Event::new("run-desk", command)
}
