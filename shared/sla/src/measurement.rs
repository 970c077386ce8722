//! Measurements beside the statuses: latency, throughput and packet loss as integers, joined to the worse.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::{CodecError, read_number, runs, write_number};
use crate::named;
use crate::timeline::{CHUNK_SLOTS, EncodedChunk};
use crate::{Instant, ProbeId, Resolution, Span};

/// First byte of every encoded chunk of measurements.
const FORMAT: u8 = 1;

named! {
    /// A performance metric (agreement, "Performance Metrics"); chunks and statements hold metrics in this
    /// order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum Metric {
        /// Network latency; shown in milliseconds, stored in microseconds.
        LatencyMs = "latency_ms",
        /// Data throughput; shown in megabits per second, stored in kilobits per second.
        ThroughputMbps = "throughput_mbps",
        /// Packet loss; shown in percent, stored in parts per million.
        PacketLossPct = "packet_loss_pct",
    }
}

/// The promise about a metric's monthly mean, in the unit in which measurements are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The mean is below this bound; a mean equal to it is a miss.
    Below(u32),
    /// The mean is at least this bound; a mean equal to it is met.
    AtLeast(u32),
}

impl Metric {
    /// All metrics, in their order.
    pub const ALL: [Self; 3] = [Self::LatencyMs, Self::ThroughputMbps, Self::PacketLossPct];

    /// Returns the number of stored units in one shown unit.
    pub const fn stored_per_shown(self) -> u32 {
        match self {
            Self::LatencyMs | Self::ThroughputMbps => 1_000,
            Self::PacketLossPct => 10_000,
        }
    }
}

/// The measurements of one check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measurement {
    /// Round-trip latency in microseconds.
    pub latency_us: Option<u32>,
    /// Throughput in kilobits per second.
    pub throughput_kbps: Option<u32>,
    /// Packet loss in parts per million.
    pub loss_ppm: Option<u32>,
}

impl Measurement {
    /// True if nothing was measured.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Returns the value of one metric.
    const fn of(&self, metric: Metric) -> Option<u32> {
        match metric {
            Metric::LatencyMs => self.latency_us,
            Metric::ThroughputMbps => self.throughput_kbps,
            Metric::PacketLossPct => self.loss_ppm,
        }
    }

    /// Returns the place of one metric's value.
    const fn of_mut(&mut self, metric: Metric) -> &mut Option<u32> {
        match metric {
            Metric::LatencyMs => &mut self.latency_us,
            Metric::ThroughputMbps => &mut self.throughput_kbps,
            Metric::PacketLossPct => &mut self.loss_ppm,
        }
    }

    /// Joins two measurements of one slot: the higher latency, the higher loss, the lower throughput.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            latency_us: self.latency_us.max(other.latency_us),
            throughput_kbps: match (self.throughput_kbps, other.throughput_kbps) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
            loss_ppm: self.loss_ppm.max(other.loss_ppm),
        }
    }
}

/// The stored measurements of one probe around a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeMeasurements {
    /// The probe.
    pub probe: ProbeId,
    /// Chunks as [`MeasurementChunk::encode`] wrote them, ascending, without overlap.
    pub chunks: Vec<EncodedChunk>,
}

/// The measurements of one probe in one chunk of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementChunk {
    start: Instant,
    resolution: Resolution,
    slots: Vec<Measurement>,
}

impl MeasurementChunk {
    /// Builds the empty chunk that contains an instant.
    pub fn empty(instant: Instant, resolution: Resolution) -> Self {
        Self {
            start: resolution.chunk(instant),
            resolution,
            slots: vec![Measurement::default(); CHUNK_SLOTS],
        }
    }

    /// Joins a measurement into every slot of the chunk that starts in `span`. True if any slot changed.
    pub fn join(&mut self, span: Span, measurement: Measurement) -> bool {
        let own = Span::new(self.start, self.start.plus_s(self.resolution.chunk_s()));
        let slots = self.resolution.slots_in(span.intersect(own));
        let index =
            |i: Instant| ((i.epoch_s() - self.start.epoch_s()) / self.resolution.seconds()).max(0) as usize;
        let (first, end) = (index(slots.start), index(slots.end));
        let mut changed = false;
        for slot in self.slots.iter_mut().take(end).skip(first) {
            let joined = slot.join(measurement);
            changed |= joined != *slot;
            *slot = joined;
        }
        changed
    }

    /// Encodes the format's byte, then each metric's runs as `length, value + 1` (0: not measured), ended by
    /// a 0.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for metric in Metric::ALL {
            let values: Vec<Option<u32>> = self.slots.iter().map(|slot| slot.of(metric)).collect();
            let filled = values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            for (_, length, value) in runs(&values[..filled]) {
                write_number(&mut bytes, length as u64);
                write_number(&mut bytes, value.map_or(0, |v| u64::from(v) + 1));
            }
            write_number(&mut bytes, 0);
        }
        bytes
    }

    /// Decodes the output of [`MeasurementChunk::encode`].
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn decode(start: Instant, resolution: Resolution, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut chunk = Self::empty(start, resolution);
        read_runs(bytes, |metric, slots, value| {
            chunk.slots[slots].iter_mut().for_each(|slot| *slot.of_mut(metric) = value);
        })?;
        Ok(chunk)
    }
}

/// Decodes the output of [`MeasurementChunk::encode`] into runs of slots with equal values, metric by metric.
///
/// # Errors
/// Returns a [`CodecError`] if the bytes are not in this format.
pub(crate) fn read_runs(
    bytes: &[u8],
    mut each: impl FnMut(Metric, Range<usize>, Option<u32>),
) -> Result<(), CodecError> {
    let mut rest = match bytes.split_first() {
        Some((&FORMAT, rest)) => rest,
        Some((&other, _)) => return Err(CodecError::Format(other)),
        None => return Err(CodecError::Number),
    };
    for metric in Metric::ALL {
        let mut first = 0_usize;
        loop {
            let length = usize::try_from(read_number(&mut rest)?).map_err(|_| CodecError::Run)?;
            if length == 0 {
                break;
            }
            let value = read_number(&mut rest)?.checked_sub(1);
            let value = value.map(u32::try_from).transpose().map_err(|_| CodecError::Number)?;
            let end = first.checked_add(length).filter(|&end| end <= CHUNK_SLOTS).ok_or(CodecError::Run)?;
            each(metric, first..end, value);
            first = end;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measurement() -> impl Strategy<Value = Measurement> {
        let metric = || prop::option::of(any::<u32>());
        (metric(), metric(), metric()).prop_map(|(latency_us, throughput_kbps, loss_ppm)| Measurement {
            latency_us,
            throughput_kbps,
            loss_ppm,
        })
    }

    fn joined(joins: &[(i64, i64, Measurement)]) -> MeasurementChunk {
        let mut chunk = MeasurementChunk::empty(Instant::from_epoch_s(1_780_272_000), 60.try_into().unwrap());
        for &(first, length, measurement) in joins {
            let start = chunk.start.plus_s(first * 60);
            chunk.join(Span::new(start, start.plus_s(length * 60)), measurement);
        }
        chunk
    }

    proptest! {
        #[test]
        fn measurements_join_in_any_order_and_survive_coding(
            joins in prop::collection::vec((-9_i64..1500, 0_i64..50, measurement()), 0..30),
        ) {
            let chunk = joined(&joins);
            let reversed: Vec<_> = joins.iter().rev().chain(&joins).copied().collect();
            prop_assert_eq!(&joined(&reversed), &chunk);
            let again = MeasurementChunk::decode(chunk.start, chunk.resolution, &chunk.encode()).unwrap();
            prop_assert_eq!(again, chunk);
        }

        #[test]
        fn no_bytes_make_decoding_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = MeasurementChunk::decode(Instant::from_epoch_s(0), 60.try_into().unwrap(), &bytes);
        }
    }

    #[test]
    fn the_worse_measurement_stands() {
        let a = Measurement { latency_us: Some(1), throughput_kbps: Some(5), loss_ppm: None };
        let b = Measurement { latency_us: Some(9), throughput_kbps: Some(7), loss_ppm: Some(3) };
        assert_eq!(
            a.join(b),
            Measurement { latency_us: Some(9), throughput_kbps: Some(5), loss_ppm: Some(3) }
        );
    }
}
