//! Status checks on the wire.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sla::measurement::Measurement;
use sla::{Check, Instant, ProbeId, ServiceId, Status};

/// Highest latency: an hour.
pub const LATENCY_MS_MAX: f64 = 3_600_000.0;
/// Highest throughput: 4 Tbit/s.
pub const THROUGHPUT_MBPS_MAX: f64 = 4_000_000.0;
/// Highest packet loss: all packets.
pub const LOSS_PCT_MAX: f64 = 100.0;

/// A status check (contract, "A check").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "a check: an object with service_id, checked_at and status")]
pub struct CheckEvent {
    /// The service that was checked.
    pub service_id: ServiceId,
    /// The vantage point.
    #[serde(default = "default_probe")]
    pub probe: ProbeId,
    /// Instant of the check; at most 5 minutes ahead of the receipt.
    pub checked_at: Instant,
    /// If given, the check covers all slots up to that of this instant, at most 31 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// The reported status.
    pub status: Status,
    /// Round-trip latency in milliseconds.
    #[serde(default, deserialize_with = "latency", skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// Throughput in megabits per second.
    #[serde(default, deserialize_with = "throughput", skip_serializing_if = "Option::is_none")]
    pub throughput_mbps: Option<f64>,
    /// Packet loss in percent.
    #[serde(default, deserialize_with = "loss", skip_serializing_if = "Option::is_none")]
    pub packet_loss_pct: Option<f64>,
}

/// A batch of checks: the direct event of `record-checks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChecksEvent {
    /// The checks; a bad one is quarantined and never stops its neighbours.
    pub checks: Vec<CheckEvent>,
}

impl From<CheckEvent> for Check {
    fn from(event: CheckEvent) -> Self {
        Self {
            service_id: event.service_id,
            probe: event.probe,
            checked_at: event.checked_at,
            until: event.until,
            status: event.status,
            measurement: Measurement {
                latency_us: cut_off(event.latency_ms, THOUSANDTHS),
                throughput_kbps: cut_off(event.throughput_mbps, THOUSANDTHS),
                loss_ppm: cut_off(event.packet_loss_pct, TEN_THOUSANDTHS),
            },
        }
    }
}

/// Number of decimals that the stored unit keeps of milliseconds and of megabits per second.
const THOUSANDTHS: usize = 3;
/// Number of decimals that parts per million keep of a percentage.
const TEN_THOUSANDTHS: usize = 4;

/// Cuts a measured number off at its stored unit. The bounds above keep it in range.
///
/// Limits are strict: rounding 99.9996 Mbps to 100 would keep a promise that was missed. The decimal text is
/// cut, as the shortest text that reads as this number is the one that its sender wrote, up to 15 digits.
fn cut_off(value: Option<f64>, decimals: usize) -> Option<u32> {
    // A float is displayed without an exponent, and -0 within bounds.
    let text = value?.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let kept = fraction.chars().chain(std::iter::repeat('0')).take(decimals);
    whole.chars().chain(kept).collect::<String>().parse().ok()
}

/// Returns the probe of a check that names none.
pub(crate) fn default_probe() -> ProbeId {
    ProbeId::default_probe()
}

fn latency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    measured(deserializer, LATENCY_MS_MAX)
}

fn throughput<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    measured(deserializer, THROUGHPUT_MBPS_MAX)
}

fn loss<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    measured(deserializer, LOSS_PCT_MAX)
}

fn measured<'de, D: Deserializer<'de>>(deserializer: D, max: f64) -> Result<Option<f64>, D::Error> {
    struct Measured(f64);
    impl<'de> Visitor<'de> for Measured {
        type Value = Option<f64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a number from 0 to {}", self.0)
        }
        fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
            if (0.0..=self.0).contains(&value) {
                Ok(Some(value))
            } else {
                Err(E::invalid_value(Unexpected::Float(value), &self))
            }
        }
        fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
            self.visit_f64(value as f64)
        }
        fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
            self.visit_f64(value as f64)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Measured(max))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Reads a check with one number as its latency and its throughput, or as its loss.
    fn measured(number: &str) -> [Option<u32>; 3] {
        let read = |fields: &str| -> Check {
            let check = format!(
                r#"{{"service_id": "s", "checked_at": "2026-06-01T00:00:00Z", "status": "up", {fields}}}"#
            );
            let check: serde_json::Value = serde_json::from_str(&check).unwrap();
            serde_json::from_value::<CheckEvent>(check).unwrap().into()
        };
        let both = read(&format!(r#""latency_ms": {number}, "throughput_mbps": {number}"#)).measurement;
        let loss = read(&format!(r#""packet_loss_pct": {number}"#)).measurement;
        [both.latency_us, both.throughput_kbps, loss.loss_ppm]
    }

    #[test]
    fn a_measurement_is_cut_off_at_its_stored_unit() {
        #[track_caller]
        fn check(number: &str, thousandths: u32, ppm: u32) {
            let expect = [Some(thousandths), Some(thousandths), Some(ppm)];
            assert_eq!(measured(number), expect, "{number}");
        }
        check("99.9996", 99_999, 999_996);
        check("99.999999999999", 99_999, 999_999);
        check("99.99999999999999", 99_999, 999_999);
        check("49.9996", 49_999, 499_996);
        check("50", 50_000, 500_000);
        check("0.09996", 99, 999);
        check("0.1", 100, 1_000);
        check("4e-05", 0, 0);
        check("1e-7", 0, 0);
        check("1.5E1", 15_000, 150_000);
        check("-0.0", 0, 0);
        // In binary these lie below their text: multiplying and cutting off would lose a unit.
        check("0.29", 290, 2_900);
        check("64.1", 64_100, 641_000);
        check("8.2", 8_200, 82_000);
        let most = json!({ "latency_ms": LATENCY_MS_MAX, "throughput_mbps": THROUGHPUT_MBPS_MAX });
        let of = |name: &str| cut_off(most[name].as_f64(), THOUSANDTHS);
        assert_eq!(["latency_ms", "throughput_mbps"].map(of), [Some(3_600_000_000), Some(4_000_000_000)]);
    }

    proptest! {
        #[test]
        fn what_is_stored_is_the_text_up_to_its_decimals(whole in 0_u32..100, decimals in "[0-9]{1,13}") {
            let padded = format!("{decimals:0<4}");
            let expect = |kept: usize| format!("{whole}{}", &padded[..kept]).parse::<u32>().ok();
            let stored = measured(&format!("{whole}.{decimals}"));
            prop_assert_eq!(stored, [expect(THOUSANDTHS), expect(THOUSANDTHS), expect(TEN_THOUSANDTHS)]);
        }
    }
}
