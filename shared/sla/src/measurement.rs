//! Measurements beside the statuses: latency, throughput and packet loss as integers, joined to the worse.

use crate::codec::{CodecError, read_number, runs, write_number};
use crate::timeline::CHUNK_SLOTS;
use crate::{Instant, Resolution, Span};

/// First byte of every encoded chunk of measurements.
const FORMAT: u8 = 1;

/// What one check measured.
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
    /// Says whether nothing was measured.
    pub fn is_empty(self) -> bool {
        self == Self::default()
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

/// The measurements of one probe in one chunk of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementChunk {
    start: Instant,
    resolution: Resolution,
    slots: Vec<Measurement>,
}

/// Reads and sets one metric of a slot.
type Lane = (fn(&Measurement) -> Option<u32>, fn(&mut Measurement, Option<u32>));
const LANES: [Lane; 3] = [
    (|m| m.latency_us, |m, v| m.latency_us = v),
    (|m| m.throughput_kbps, |m, v| m.throughput_kbps = v),
    (|m| m.loss_ppm, |m, v| m.loss_ppm = v),
];

impl MeasurementChunk {
    /// Makes the empty chunk that holds an instant.
    pub fn empty(instant: Instant, resolution: Resolution) -> Self {
        Self {
            start: resolution.chunk(instant),
            resolution,
            slots: vec![Measurement::default(); CHUNK_SLOTS],
        }
    }

    /// Joins a measurement into every slot of the chunk that starts in `span`; says whether any slot changed.
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

    /// Writes the format's byte, then each metric's runs as `length, value + 1` (0: not measured), ended by a 0.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for (get, _) in LANES {
            let values: Vec<Option<u32>> = self.slots.iter().map(get).collect();
            let filled = values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            for (_, length, value) in runs(&values[..filled]) {
                write_number(&mut bytes, length as u64);
                write_number(&mut bytes, value.map_or(0, |v| u64::from(v) + 1));
            }
            write_number(&mut bytes, 0);
        }
        bytes
    }

    /// Reads what [`MeasurementChunk::encode`] wrote.
    ///
    /// # Errors
    /// Bytes that this format does not have.
    pub fn decode(start: Instant, resolution: Resolution, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut chunk = Self::empty(start, resolution);
        let mut rest = match bytes.split_first() {
            Some((&FORMAT, rest)) => rest,
            Some((&other, _)) => return Err(CodecError::Format(other)),
            None => return Err(CodecError::Number),
        };
        for (_, set) in LANES {
            let mut first = 0_usize;
            loop {
                let length = usize::try_from(read_number(&mut rest)?).map_err(|_| CodecError::Run)?;
                if length == 0 {
                    break;
                }
                let value = read_number(&mut rest)?.checked_sub(1);
                let value = value.map(u32::try_from).transpose().map_err(|_| CodecError::Number)?;
                let end =
                    first.checked_add(length).filter(|&end| end <= CHUNK_SLOTS).ok_or(CodecError::Run)?;
                chunk.slots[first..end].iter_mut().for_each(|slot| set(slot, value));
                first = end;
            }
        }
        Ok(chunk)
    }
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
