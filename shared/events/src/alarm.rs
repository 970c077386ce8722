//! State changes of CloudWatch alarms on the wire, and the checks that follow from them. An alarm is
//! identified by its ARN: names are unique only per account and region.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sla::measurement::Measurement;
use sla::text::is_direction_mark;
use sla::{Check, Instant, ProbeId, Resolution, ServiceId, Status};

use crate::input::{InputError, read};

/// The `detail-type` of CloudWatch's state changes on the event bus.
pub const ALARM_DETAIL_TYPE: &str = "CloudWatch Alarm State Change";
/// Longest ARN of an alarm, in bytes: 255 × 4 of its name, and room for the part before it.
const ARN_BYTES_MAX: usize = 1600;
/// Longest name of an alarm that CloudWatch allows, in characters.
const NAME_CHARS_MAX: usize = 255;
/// Number of digits in an account id.
const ACCOUNT_DIGITS: usize = 12;

/// The ARN of a CloudWatch alarm: `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AlarmArn(String);

/// A text that is not an [`AlarmArn`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not the ARN of a CloudWatch alarm: write arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME as \
     CloudWatch shows it, with a name of 1 to {NAME_CHARS_MAX} characters without control or direction \
     characters",
    sla::shown(.0)
)]
pub struct AlarmArnError(String);

impl AlarmArn {
    /// Returns the ARN as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AlarmArn {
    type Err = AlarmArnError;

    fn from_str(text: &str) -> Result<Self, AlarmArnError> {
        if text.len() <= ARN_BYTES_MAX && is_alarm(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AlarmArnError(text.to_owned()))
        }
    }
}

fn is_alarm(text: &str) -> bool {
    let mut parts = text.splitn(7, ':');
    let mut part = || parts.next().unwrap_or_default();
    let [arn, partition, service, region, account, kind, name] = [(); 7].map(|()| part());
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let printable = |c: char| !(c.is_control() || is_direction_mark(c));
    (arn, service, kind) == ("arn", "cloudwatch", "alarm")
        && (partition == "aws" || partition.starts_with("aws-"))
        && word(partition)
        && word(region)
        && account.len() == ACCOUNT_DIGITS
        && account.bytes().all(|b| b.is_ascii_digit())
        && !name.is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && name.chars().all(printable)
}

impl fmt::Display for AlarmArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AlarmArn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for AlarmArn {
    fn schema_name() -> Cow<'static, str> {
        "AlarmArn".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (account, name) = (format!("[0-9]{{{ACCOUNT_DIGITS}}}"), format!(".{{1,{NAME_CHARS_MAX}}}"));
        let pattern = format!("^arn:aws(-[a-z0-9-]+)?:cloudwatch:[a-z0-9-]+:{account}:alarm:{name}$");
        json_schema!({ "type": "string", "pattern": pattern, "maxLength": ARN_BYTES_MAX })
    }
}

/// A state change of a CloudWatch alarm, as CloudWatch puts it on the event bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "a change of a CloudWatch alarm's state: an object with source, resources and detail")]
pub struct AlarmEvent {
    /// The kind of event.
    #[serde(rename = "detail-type")]
    pub detail_type: AlarmDetailType,
    /// The source; only CloudWatch itself can put events on the bus under this name.
    pub source: AlarmSource,
    /// The alarm, alone.
    #[serde(deserialize_with = "one_alarm")]
    pub resources: [AlarmArn; 1],
    /// The change.
    pub detail: AlarmDetail,
}

/// The kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AlarmDetailType {
    /// A state change of an alarm.
    #[serde(rename = "CloudWatch Alarm State Change")]
    StateChange,
}

/// The sources that are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AlarmSource {
    /// CloudWatch.
    #[serde(rename = "aws.cloudwatch")]
    CloudWatch,
}

/// The change of an alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", expecting = "an object with state, and perhaps previousState")]
pub struct AlarmDetail {
    /// The new state.
    pub state: AlarmState,
    /// The previous state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_state: Option<AlarmState>,
}

/// A state and the instant of its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "an object with value and timestamp")]
pub struct AlarmState {
    /// The state.
    pub value: AlarmValue,
    /// Instant since which it holds; CloudWatch writes the offset without a colon:
    /// `2026-06-01T10:00:00.123+0000`.
    #[serde(deserialize_with = "timestamp")]
    #[schemars(with = "String")]
    pub timestamp: Instant,
}

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmValue {
    /// The service is up.
    Ok,
    /// The service is down.
    Alarm,
    /// The alarm cannot tell: unknown.
    InsufficientData,
}

impl AlarmValue {
    const fn status(self) -> Status {
        match self {
            Self::Ok => Status::Up,
            Self::Alarm => Status::Down,
            Self::InsufficientData => Status::Unknown,
        }
    }
}

/// An alarm and the service that it watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alarm {
    /// The alarm.
    pub alarm_arn: AlarmArn,
    /// The service that it watches.
    pub service_id: ServiceId,
    /// The probe under which it reports.
    pub probe: ProbeId,
}

impl AlarmEvent {
    /// Reads an event; `None` if it is not an alarm's state change.
    ///
    /// # Errors
    /// Returns an [`InputError`] for the first field of a state change that is missing or wrong.
    pub fn read(event: &Value) -> Option<Result<Self, InputError>> {
        let detail_type = event.get("detail-type").and_then(Value::as_str);
        (detail_type == Some(ALARM_DETAIL_TYPE)).then(|| read(event))
    }

    /// Returns the alarm.
    pub const fn alarm_arn(&self) -> &AlarmArn {
        let [alarm] = &self.resources;
        alarm
    }

    /// Returns the check that the change means for the service that the alarm watches.
    ///
    /// A slot keeps the worst of its checks, and the last reported slot is carried on. An alarm that changes
    /// twice within a slot, or to a lower status, therefore covers the next slot too: otherwise an outage
    /// that began and ended within one slot would be carried for ever. Of three or more changes in a slot the
    /// worse may be carried; a finer `resolution_s` keeps them apart.
    pub fn check(&self, alarm: &Alarm, resolution: Resolution) -> Check {
        let AlarmDetail { state, previous_state } = &self.detail;
        let slot = resolution.slot(state.timestamp);
        let again = |before: &AlarmState| {
            resolution.slot(before.timestamp) == slot || state.value.status() < before.value.status()
        };
        Check {
            service_id: alarm.service_id.clone(),
            probe: alarm.probe.clone(),
            checked_at: state.timestamp,
            until: previous_state.as_ref().is_some_and(again).then(|| slot.plus_s(resolution.seconds())),
            status: state.value.status(),
            measurement: Measurement::default(),
        }
    }
}

fn one_alarm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[AlarmArn; 1], D::Error> {
    let alarms = Vec::<AlarmArn>::deserialize(deserializer)?;
    let count = alarms.len();
    alarms.try_into().map_err(|_| {
        serde::de::Error::custom(format_args!("{count} ARNs: give that of the alarm that changed, alone"))
    })
}

/// Reads an instant whose offset may lack the colon.
fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
    let text = Cow::<'_, str>::deserialize(deserializer)?;
    with_colon(&text).unwrap_or_else(|| text.to_string()).parse().map_err(serde::de::Error::custom)
}

/// Inserts the colon into an offset such as `+0000`; `None` if there is no such offset.
fn with_colon(text: &str) -> Option<String> {
    let (local, offset) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let digits = offset.strip_prefix(['+', '-'])?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let numbers = local.ends_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit());
    numbers.then(|| format!("{local}{}{hours}:{minutes}", &offset[..1]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:api is down";

    fn state(value: &str, at: &str) -> Value {
        json!({"value": value, "timestamp": format!("2026-06-10T{at}+0000"), "reason": "Threshold Crossed"})
    }

    fn changed(before: Value, now: Value) -> Value {
        json!({
            "detail-type": ALARM_DETAIL_TYPE, "source": "aws.cloudwatch", "resources": [ARN],
            "detail": {"alarmName": "api is down", "previousState": before, "state": now},
        })
    }

    fn read(event: &Value) -> Result<AlarmEvent, InputError> {
        AlarmEvent::read(event).unwrap()
    }

    /// Expects the check of a change: its status, first instant, and the extra slot that it covers.
    #[track_caller]
    fn check(before: (&str, &str), now: (&str, &str), expect: (Status, &str, Option<&str>)) {
        let event = read(&changed(state(before.0, before.1), state(now.0, now.1))).unwrap();
        let alarm = Alarm {
            alarm_arn: ARN.parse().unwrap(),
            service_id: "api".parse().unwrap(),
            probe: "watch".parse().unwrap(),
        };
        let check = event.check(&alarm, 60.try_into().unwrap());
        let at = |clock: &str| -> Instant { format!("2026-06-10T{clock}Z").parse().unwrap() };
        assert_eq!((check.service_id.as_str(), check.probe.as_str()), ("api", "watch"));
        assert_eq!((check.status, check.checked_at, check.until), (expect.0, at(expect.1), expect.2.map(at)));
    }

    #[test]
    fn a_state_is_a_status_from_its_second_on() {
        let old = ("OK", "09:00:00.000");
        check(old, ("ALARM", "10:00:59.999"), (Status::Down, "10:00:59", None));
        check(("ALARM", "09:00:00.000"), ("OK", "10:00:00.1"), (Status::Up, "10:00:00", Some("10:01:00")));
        let lost = (Status::Unknown, "10:00:00", Some("10:01:00"));
        check(old, ("INSUFFICIENT_DATA", "10:00:00.0"), lost);
        check(("INSUFFICIENT_DATA", "09:00:00.0"), ("OK", "10:00:00.0"), (Status::Up, "10:00:00", None));
    }

    #[test]
    fn a_second_change_within_a_slot_speaks_for_the_next_one_too() {
        check(("ALARM", "10:00:05.0"), ("OK", "10:00:40.0"), (Status::Up, "10:00:40", Some("10:01:00")));
        check(("OK", "10:00:05.0"), ("ALARM", "10:00:40.0"), (Status::Down, "10:00:40", Some("10:01:00")));
        check(("OK", "09:59:59.0"), ("ALARM", "10:00:00.0"), (Status::Down, "10:00:00", None));
    }

    #[test]
    fn an_instant_may_have_any_offset_and_lack_its_colon() {
        let at = |text: &str| {
            let mut event = changed(Value::Null, state("OK", "00:00:00"));
            event["detail"]["state"]["timestamp"] = text.into();
            read(&event).map_or_else(|e| e.to_string(), |event| event.detail.state.timestamp.to_string())
        };
        assert_eq!(at("2026-06-10T12:00:00.999+0200"), "2026-06-10T10:00:00Z");
        assert_eq!(at("2026-06-10T12:00:00-0130"), "2026-06-10T13:30:00Z");
        assert_eq!(at("2026-06-10T12:00:00.5+02:00"), "2026-06-10T10:00:00Z");
        assert_eq!(at("2026-06-10T12:00:00Z"), "2026-06-10T12:00:00Z");
    }

    #[test]
    fn a_malformed_change_is_refused_by_its_field() {
        let with = |pointer: &str, value: Value| {
            let mut event = changed(state("OK", "09:00:00.0"), state("ALARM", "10:00:00.0"));
            *event.pointer_mut(pointer).unwrap() = value;
            event
        };
        let events = [
            with("/source", json!("my.monitor")),
            with("/source", Value::Null),
            with("/resources", json!([])),
            with("/resources", json!([ARN, ARN])),
            with("/resources", json!(["arn:aws:sns:eu-central-1:000000000000:topic"])),
            with("/resources", json!(ARN)),
            with("/detail", json!(7)),
            with("/detail/state", Value::Null),
            with("/detail/state/value", json!("UNKNOWN")),
            with("/detail/state/timestamp", json!("2026-06-10T10:00:00")),
            with("/detail/state/timestamp", json!("now +0000")),
            with("/detail/state/timestamp", json!("é0000")),
            with("/detail/state/timestamp", Value::Null),
            with("/detail/previousState/value", json!("WORSE")),
            json!({"detail-type": ALARM_DETAIL_TYPE, "time": "2026-06-10T10:00:00Z"}),
        ];
        let messages: Vec<String> = events.iter().map(|event| read(event).unwrap_err().to_string()).collect();
        insta::assert_snapshot!(messages.join("\n"));
        assert_eq!(AlarmEvent::read(&json!({"detail-type": "status check"})), None);
        assert_eq!(AlarmEvent::read(&json!("alarm")), None);
    }

    #[test]
    fn an_alarm_is_named_by_its_arn() {
        let named = |name: &str| format!("arn:aws:cloudwatch:eu-central-1:000000000000:alarm:{name}");
        let good = [
            ARN.to_owned(),
            named("a:b/c#d ü"),
            named(&"ü".repeat(255)),
            "arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:x".to_owned(),
            "arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:x".to_owned(),
        ];
        for good in &good {
            assert_eq!(good.parse::<AlarmArn>().unwrap().as_str(), good);
        }
        let bad = [
            String::new(),
            "api is down".to_owned(),
            named(""),
            named(&"x".repeat(256)),
            named("a\nb"),
            named("a\u{202e}b"),
            "arn:aws:cloudwatch:eu-central-1:000000000000:dashboard:x".to_owned(),
            "arn:aws:cloudwatch:eu-central-1:0000:alarm:x".to_owned(),
            "arn:aws:cloudwatch::000000000000:alarm:x".to_owned(),
            "arn:gcp:cloudwatch:eu-central-1:000000000000:alarm:x".to_owned(),
            "arn:aws:sns:eu-central-1:000000000000:alarm:x".to_owned(),
        ];
        for bad in bad {
            assert!(bad.parse::<AlarmArn>().is_err(), "{bad:?}");
        }
        insta::assert_snapshot!("arn:aws:sns:x".parse::<AlarmArn>().unwrap_err());
    }
}
