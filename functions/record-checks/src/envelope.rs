//! Envelopes: direct invocation, EventBridge, CloudEvents 1.0, and SQS batches of all these.

use events::InputError;
use serde_json::Value;
use shell::{QueueRecord, queue_records};

/// Checks that one event may hold.
const CHECKS_MAX: usize = 10_000;
/// The `detail-type` of status checks on the bus.
const DETAIL_TYPE: &str = "status check";

/// An event, unwrapped.
pub enum Envelope {
    /// A message by itself.
    Message(Message),
    /// Messages of a queue.
    Queue(Vec<QueueRecord>),
}

/// What a message asks for.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// Record these checks.
    Checks(Vec<Value>),
    /// Look where no check arrives.
    Sweep,
}

impl Envelope {
    /// Unwraps an event.
    pub fn of(event: &Value) -> Result<Self, InputError> {
        match queue_records(event) {
            Some(records) if records.iter().any(|record| record.message_id.is_empty()) => {
                Err(InputError::new(
                    "Records: a record has no messageId, by which a queue's failures are answered",
                ))
            }
            Some(records) => Ok(Self::Queue(records)),
            None => Message::of(event).map(Self::Message),
        }
    }
}

impl Message {
    /// Unwraps a message that is no batch of a queue.
    pub fn of(event: &Value) -> Result<Self, InputError> {
        let Some(fields) = event.as_object() else {
            return Err(InputError::new("the event is no JSON object: send {\"checks\": [...]}"));
        };
        if let Some(detail_type) = fields.get("detail-type") {
            return match detail_type.as_str() {
                Some(DETAIL_TYPE) => Self::carried("detail", fields.get("detail")),
                _ => Err(InputError::new(format_args!(
                    "detail-type: {detail_type} is not known: send \"{DETAIL_TYPE}\""
                ))),
            };
        }
        if let Some(version) = fields.get("specversion") {
            return match (version.as_str(), fields.contains_key("data_base64")) {
                (Some("1.0"), false) => Self::carried("data", fields.get("data")),
                (Some("1.0"), true) => {
                    Err(InputError::new("data_base64: binary data is not understood: send JSON in data"))
                }
                _ => Err(InputError::new(format_args!("specversion: {version} is not known: send \"1.0\""))),
            };
        }
        match fields.get("sweep") {
            Some(Value::Bool(true)) => Ok(Self::Sweep),
            Some(other) => {
                Err(InputError::new(format_args!("sweep: {other} is not true: send {{\"sweep\": true}}")))
            }
            None => Self::batch(fields.get("checks")),
        }
    }

    /// Reads what an envelope carries: a batch, or one check.
    fn carried(name: &str, carried: Option<&Value>) -> Result<Self, InputError> {
        match carried {
            Some(Value::Object(fields)) if fields.contains_key("checks") => Self::batch(fields.get("checks")),
            Some(check @ Value::Object(_)) => Ok(Self::Checks(vec![check.clone()])),
            _ => Err(InputError::new(format_args!(
                "{name}: missing or no object: send a check or {{\"checks\": [...]}}"
            ))),
        }
    }

    fn batch(checks: Option<&Value>) -> Result<Self, InputError> {
        match checks {
            Some(Value::Array(checks)) if checks.len() <= CHECKS_MAX => Ok(Self::Checks(checks.clone())),
            Some(Value::Array(checks)) => Err(InputError::new(format_args!(
                "checks: {} in one event: send at most {CHECKS_MAX}",
                checks.len()
            ))),
            Some(_) => Err(InputError::new("checks: not a list: send {\"checks\": [...]}")),
            None => Err(InputError::new("checks: missing: send {\"checks\": [...]} or {\"sweep\": true}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recorded(event: &str) -> Envelope {
        Envelope::of(&events::parse(event.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn every_recorded_envelope_is_unwrapped() {
        let direct = recorded(include_str!("../events/direct.json"));
        let Envelope::Message(Message::Checks(expected)) = direct else { panic!("no checks") };
        assert_eq!(expected[0]["service_id"], "api");
        for event in [include_str!("../events/eventbridge.json"), include_str!("../events/cloudevents.json")]
        {
            assert!(
                matches!(recorded(event), Envelope::Message(Message::Checks(checks)) if checks == expected)
            );
        }
        let sweep = recorded(include_str!("../events/sweep.json"));
        assert!(matches!(sweep, Envelope::Message(Message::Sweep)));
        let Envelope::Queue(records) = recorded(include_str!("../events/sqs.json")) else {
            panic!("no queue")
        };
        let body = events::parse(records[0].body.as_bytes()).unwrap();
        assert!(matches!(Message::of(&body), Ok(Message::Checks(checks)) if checks.len() == 1));
        let many = json!({"detail-type": "status check", "detail": {"checks": expected}});
        assert_eq!(Message::of(&many), Ok(Message::Checks(expected)));
    }

    #[test]
    fn an_unknown_envelope_says_what_to_send() {
        let events = [
            json!([]),
            json!({}),
            json!({"checks": 1}),
            json!({"sweep": 1}),
            json!({"detail-type": "other", "detail": {}}),
            json!({"detail-type": "status check", "detail": 7}),
            json!({"specversion": "0.3", "data": {}}),
            json!({"specversion": "1.0", "data_base64": "e30="}),
        ];
        let messages: Vec<String> = events.iter().map(|e| Message::of(e).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"));
    }
}
