//! A status check on the wire.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sla::measurement::Measurement;
use sla::{Check, Instant, ProbeId, ServiceId, Status};

/// The highest latency: an hour.
const LATENCY_MS_MAX: f64 = 3_600_000.0;
/// The highest throughput: 4 Tbit/s.
const THROUGHPUT_MBPS_MAX: f64 = 4_000_000.0;
/// All packets are lost.
const LOSS_PCT_MAX: f64 = 100.0;

/// A status check (contract, "check").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "a check: an object with service_id, checked_at and status")]
pub struct CheckEvent {
    /// The service that was checked.
    pub service_id: ServiceId,
    /// The vantage point.
    #[serde(default = "default_probe")]
    pub probe: ProbeId,
    /// When the check was made; at most 5 minutes ahead of the receipt.
    pub checked_at: Instant,
    /// If given, the check speaks for all slots up to this instant's, at most 31 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// What was seen.
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
                latency_us: thousandths(event.latency_ms, 1_000.0),
                throughput_kbps: thousandths(event.throughput_mbps, 1_000.0),
                loss_ppm: thousandths(event.packet_loss_pct, 10_000.0),
            },
        }
    }
}

/// Scales a measured number to its stored integer, rounding to the nearest; the bounds above keep it in range.
#[expect(
    clippy::float_arithmetic,
    reason = "measurements arrive as JSON numbers and are integers from here on"
)]
fn thousandths(value: Option<f64>, scale: f64) -> Option<u32> {
    value.map(|number| (number * scale).round() as u32)
}

/// Returns the probe of whoever names none.
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
