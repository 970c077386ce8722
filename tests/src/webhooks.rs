//! Webhooks as their senders and the queue carry them: what real programs sent, and a small alert of
//! Alertmanager.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use nines::system::System;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{Event, WorldError};

/// The secret of every source here.
pub const SECRET: &str = "a-secret-of-some-length";

/// Enters [`SECRET`] for a source.
///
/// # Errors
/// Returns an error if the store fails.
pub async fn enter(system: &System, source_id: &str) -> Result<(), WorldError> {
    let entered = system.secrets().enter(&format!("sources/{source_id}"), SECRET).await;
    entered.map_err(|error| WorldError::Table(format!("{source_id}: {error}")))
}

/// Sends a body to a source as its sender does, with a secret as bearer; returns the status of the answer.
///
/// # Errors
/// Returns an error if the request cannot be written.
pub async fn send(
    system: &System,
    source_id: &str,
    secret: &str,
    body: &Value,
) -> Result<StatusCode, WorldError> {
    let request = Request::post(format!("/hooks/{source_id}"))
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .map_err(|error| WorldError::Table(format!("{source_id}: {error}")))?;
    match system.hooks().oneshot(request).await {
        Ok(answer) => Ok(answer.status()),
        Err(never) => match never {},
    }
}

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
    message(source_id, &json!(received_at), (json!({}), String::new()), &json!(body(alerts).to_string()))
}

/// Returns the body of a webhook with some alerts.
pub fn body(alerts: &[Value]) -> Value {
    json!({ "version": "4", "alerts": alerts, "truncatedAlerts": 0 })
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
