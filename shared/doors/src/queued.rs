//! Webhooks on the queue: a proven request as one message, so that it is answered before it is read. Nothing
//! secret goes with it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::InputError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sla::Instant;
use sla::id::SourceId;

use crate::body::Request;
use crate::kind::SECRET_HEADERS;

/// The `detail-type` of queued webhooks.
pub const WEBHOOK_DETAIL_TYPE: &str = "webhook";

/// A proven webhook, as it waits on the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The source that sent it.
    pub source_id: SourceId,
    /// The request, without its secrets.
    pub request: Request,
}

/// The form of a webhook within its message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a webhook: an object with source_id, received_at and a body")]
struct Detail {
    source_id: SourceId,
    received_at: Instant,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    query: String,
    /// The body, if it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The body in base64, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl Webhook {
    /// Takes the request of a source, and leaves out its secrets: the registered header, those that always
    /// hold one, and the token of the path.
    pub fn new(source_id: SourceId, mut request: Request, secret_header: &str) -> Self {
        request.headers.retain(|name, _| name != secret_header && !SECRET_HEADERS.contains(&name.as_str()));
        request.path_token = None;
        Self { source_id, request }
    }

    /// Writes the message for the queue.
    pub fn message(&self) -> Value {
        let Request { headers, query, body, received_at, .. } = &self.request;
        let text = String::from_utf8(body.clone());
        let (body, body_base64) = match text {
            Ok(text) => (Some(text), None),
            Err(_) => (None, Some(STANDARD.encode(body))),
        };
        let detail = Detail {
            source_id: self.source_id.clone(),
            received_at: *received_at,
            headers: headers.clone(),
            query: query.clone(),
            body,
            body_base64,
        };
        json!({ "detail-type": WEBHOOK_DETAIL_TYPE, "detail": detail })
    }

    /// Reads a message; `None` if it is none of a webhook.
    ///
    /// # Errors
    /// Returns an [`InputError`] if the message lacks a field or has a wrong one.
    pub fn read(message: &Value) -> Result<Option<Self>, InputError> {
        if message.get("detail-type").and_then(Value::as_str) != Some(WEBHOOK_DETAIL_TYPE) {
            return Ok(None);
        }
        let detail: Detail = events::read(message.get("detail").unwrap_or(&Value::Null))?;
        let body = match (detail.body, detail.body_base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(text)) => STANDARD.decode(text).map_err(|error| {
                InputError::new(format_args!("body_base64: no base64 ({error}): send the body's bytes in it"))
            })?,
            _ => return Err(InputError::new("body: send either body, or body_base64")),
        };
        let Detail { source_id, received_at, headers, query, .. } = detail;
        let request = Request { headers, query, path_token: None, body, received_at };
        Ok(Some(Self { source_id, request }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &[u8]) -> Request {
        let header = |name: &str| (name.to_owned(), "value".to_owned());
        Request {
            headers: ["authorization", "x-token", "x-trigger"].map(header).into(),
            query: "key=1".to_owned(),
            path_token: Some("secret".to_owned()),
            body: body.to_vec(),
            received_at: Instant::from_epoch_s(1_800_000_000),
        }
    }

    #[test]
    fn a_message_holds_the_request_byte_for_byte_and_none_of_its_secrets() {
        for body in [&b"{\"alerts\": []}"[..], b"", b"\xff\x00"] {
            let webhook = Webhook::new("am-1".parse().unwrap(), request(body), "x-token");
            assert_eq!(webhook.request.headers.keys().collect::<Vec<_>>(), ["x-trigger"]);
            assert!(!webhook.message().to_string().contains("secret"));
            assert_eq!(Webhook::read(&webhook.message()), Ok(Some(webhook)));
        }
    }

    #[test]
    fn another_message_is_no_webhook_and_a_broken_one_says_why() {
        assert_eq!(Webhook::read(&json!({ "service_id": "api" })), Ok(None));
        let broken = |detail: Value| {
            let message = json!({ "detail-type": WEBHOOK_DETAIL_TYPE, "detail": detail });
            Webhook::read(&message).unwrap_err().to_string()
        };
        let own = json!({ "source_id": "am-1", "received_at": "2026-06-01T00:00:00Z" });
        assert_eq!(broken(own), "body: send either body, or body_base64");
        assert!(broken(json!({})).contains("source_id"));
    }
}
