//! The timeline: per probe and chunk, 1,440 slots that join to the worse status (rules, 2).
//! Joining is a slot-wise maximum: commutative, associative and idempotent, so order and repetition cannot
//! matter.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codec::{read_number, runs, write_number};
use crate::quorum::CarryRule;
use crate::silence::{OwnSilence, stated};
use crate::{Instant, ProbeId, Span, Status};

pub use crate::codec::CodecError;

/// Slots in a chunk: a day of minutes, four hours of ten seconds.
pub const CHUNK_SLOTS: usize = 1440;
/// The chunk length in slots, for arithmetic in seconds.
const CHUNK_SLOTS_S: i64 = CHUNK_SLOTS as i64;
/// First byte of every encoded chunk.
const FORMAT: u8 = 1;
/// Slot codes: 0 for an empty slot, 1 to 4 for [`Status`].
const CODES: u64 = 5;
/// The code of a slot without a check.
const EMPTY: u8 = 0;

/// The slot length in seconds: a divisor of 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(with = "u32", extend("enum" = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]))]
pub struct Resolution(u32);

/// A slot length that does not divide 60.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a resolution: write a divisor of 60 (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 seconds)"
)]
pub struct ResolutionError(u32);

impl TryFrom<u32> for Resolution {
    type Error = ResolutionError;
    fn try_from(seconds: u32) -> Result<Self, ResolutionError> {
        if seconds > 0 && 60 % seconds == 0 { Ok(Self(seconds)) } else { Err(ResolutionError(seconds)) }
    }
}

impl From<Resolution> for u32 {
    fn from(resolution: Resolution) -> Self {
        resolution.0
    }
}

impl Resolution {
    /// Returns the slot length in seconds.
    pub const fn seconds(self) -> i64 {
        self.0 as i64
    }

    /// Returns the length of a chunk in seconds.
    pub const fn chunk_s(self) -> i64 {
        self.seconds() * CHUNK_SLOTS_S
    }

    /// Returns the start of the slot that contains an instant.
    pub fn slot(self, instant: Instant) -> Instant {
        floor(instant, self.seconds())
    }

    /// Returns the first slot start at or after an instant.
    pub fn slot_from(self, instant: Instant) -> Instant {
        self.slot(instant.plus_s(self.seconds() - 1))
    }

    /// Returns the slots that start in a span, as a span on slot starts.
    pub fn slots_in(self, span: Span) -> Span {
        Span::new(self.slot_from(span.start), self.slot_from(span.end))
    }

    /// Returns the start of the chunk that contains an instant.
    pub fn chunk(self, instant: Instant) -> Instant {
        floor(instant, self.chunk_s())
    }
}

fn floor(instant: Instant, step_s: i64) -> Instant {
    Instant::from_epoch_s(instant.epoch_s().div_euclid(step_s) * step_s)
}

/// The slots of one probe in one chunk of time.
#[derive(Clone, PartialEq, Eq)]
pub struct Chunk {
    start: Instant,
    resolution: Resolution,
    slots: Vec<u8>,
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("start", &self.start)
            .field("runs", &runs(&self.slots).collect::<Vec<_>>())
            .finish()
    }
}

impl Chunk {
    /// Builds the empty chunk that contains an instant.
    pub fn empty(instant: Instant, resolution: Resolution) -> Self {
        Self { start: resolution.chunk(instant), resolution, slots: vec![EMPTY; CHUNK_SLOTS] }
    }

    /// Decodes the output of [`Chunk::encode`].
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn decode(start: Instant, resolution: Resolution, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut chunk = Self::empty(start, resolution);
        for run in EncodedRuns::new(bytes)? {
            let run = run?;
            chunk.slots[run.first..run.first + run.length].fill(run.status as u8);
        }
        Ok(chunk)
    }

    /// Encodes the format's byte, then `(length − 1) × 5 + code` for each run, without trailing empty slots.
    /// Equal chunks give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        let filled = self.slots.iter().rposition(|&code| code != EMPTY).map_or(0, |last| last + 1);
        for (_, length, code) in runs(&self.slots[..filled]) {
            write_number(&mut bytes, (length as u64 - 1) * CODES + u64::from(code));
        }
        bytes
    }

    /// Returns the chunk's first instant.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// Returns the chunk's span.
    pub fn span(&self) -> Span {
        Span::new(self.start, self.start.plus_s(self.resolution.chunk_s()))
    }

    /// Joins a status into every slot of the chunk that starts in `span`. True if any slot changed.
    pub fn join(&mut self, span: Span, status: Status) -> bool {
        let slots = self.resolution.slots_in(span.intersect(self.span()));
        if slots.is_empty() {
            return false;
        }
        let (first, end) = (self.index(slots.start), self.index(slots.end));
        let mut changed = false;
        for slot in &mut self.slots[first..end] {
            changed |= *slot < status as u8;
            *slot = (*slot).max(status as u8);
        }
        changed
    }

    /// True if a check in a slot of `span` reported down.
    pub fn has_down(&self, span: Span) -> bool {
        let slots = self.resolution.slots_in(span.intersect(self.span()));
        !slots.is_empty()
            && self.slots[self.index(slots.start)..self.index(slots.end)].contains(&(Status::Down as u8))
    }

    /// Returns the latest report at or before an instant's slot.
    pub fn reported_at(&self, instant: Instant) -> Option<SlotReport> {
        if instant < self.start {
            return None;
        }
        let slot = self.index(instant.min(self.span().end.plus_s(-1)));
        let index = self.slots[..=slot].iter().rposition(|&code| code != EMPTY)?;
        Status::from_code(self.slots[index]).map(|status| SlotReport { slot: self.slot_start(index), status })
    }

    fn index(&self, instant: Instant) -> usize {
        let offset = (instant.epoch_s() - self.start.epoch_s()) / self.resolution.seconds();
        usize::try_from(offset).unwrap_or(0)
    }

    fn slot_start(&self, index: usize) -> Instant {
        self.start.plus_s(index as i64 * self.resolution.seconds())
    }
}

/// The report of a slot's checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotReport {
    /// The slot's start.
    pub slot: Instant,
    /// The joined status of its checks.
    pub status: Status,
}

/// A chunk as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedChunk {
    /// The chunk's first instant.
    pub start: Instant,
    /// The output of [`Chunk::encode`]; hex in JSON.
    #[serde(with = "hex::serde")]
    pub slots: Vec<u8>,
}

impl EncodedChunk {
    /// Returns the last slot with a check.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn last_reported(&self, resolution: Resolution) -> Result<Option<SlotReport>, CodecError> {
        let mut last = None;
        for run in EncodedRuns::new(&self.slots)? {
            let run = run?;
            let index = (run.first + run.length - 1) as i64;
            last = Some(SlotReport {
                slot: self.start.plus_s(index * resolution.seconds()),
                status: run.status,
            });
        }
        Ok(last)
    }
}

/// One probe's chunks around a period, in chronological order, and its last report before them.
///
/// Construction keeps the order: in whatever order chunks come in, the latest check is the one with the
/// latest slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AnyOrder")]
pub struct ProbeTimeline {
    /// The probe.
    pub probe: ProbeId,
    /// Its own silence; absent if its service's holds.
    #[serde(rename = "max_silence_s", skip_serializing_if = "Option::is_none")]
    pub silence: Option<OwnSilence>,
    carried_in: Option<SlotReport>,
    chunks: Vec<EncodedChunk>,
}

/// A timeline as read: stored chunks are in order, and others are sorted.
#[derive(Deserialize)]
struct AnyOrder {
    probe: ProbeId,
    #[serde(default, rename = "max_silence_s", deserialize_with = "stated")]
    silence: Option<OwnSilence>,
    carried_in: Option<SlotReport>,
    chunks: Vec<EncodedChunk>,
}

impl From<AnyOrder> for ProbeTimeline {
    fn from(AnyOrder { probe, silence, carried_in, chunks }: AnyOrder) -> Self {
        Self::new(probe, carried_in, chunks).with_silence(silence)
    }
}

impl ProbeTimeline {
    /// Builds a timeline from chunks in any order and a check before them. Of chunks with the same start, the
    /// last one wins.
    pub fn new(probe: ProbeId, carried_in: Option<SlotReport>, chunks: Vec<EncodedChunk>) -> Self {
        let mut timeline =
            Self { probe, silence: None, carried_in, chunks: Vec::with_capacity(chunks.len()) };
        for chunk in chunks {
            timeline.insert(chunk);
        }
        timeline
    }

    /// Sets the probe's own silence; without one its service's holds.
    #[must_use]
    pub fn with_silence(self, silence: Option<OwnSilence>) -> Self {
        Self { silence, ..self }
    }

    /// Inserts a chunk in order, replacing one with the same start.
    pub fn insert(&mut self, chunk: EncodedChunk) {
        match self.chunks.binary_search_by_key(&chunk.start, |own| own.start) {
            Ok(at) => self.chunks[at] = chunk,
            Err(at) => self.chunks.insert(at, chunk),
        }
    }

    /// Returns the chunks in ascending order.
    pub fn chunks(&self) -> &[EncodedChunk] {
        &self.chunks
    }

    /// Reduces the timeline to a span: the chunks that touch it, and the latest check before them.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn within(self, span: Span, resolution: Resolution) -> Result<Self, CodecError> {
        let first = resolution.chunk(span.start);
        let (rest, before) = self.chunks.into_iter().partition(|chunk| chunk.start >= first);
        let before = Self { chunks: before, ..self };
        let carried_in = before.last_reported(resolution)?;
        let chunks = Vec::into_iter(rest).filter(|chunk| chunk.start < span.end).collect();
        Ok(Self { carried_in, chunks, ..before })
    }

    /// True if the probe is known to have been up, degraded or down in any slot of a span, by a reported or a
    /// carried check.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn is_known_in(&self, span: Span, carrying: CarryRule) -> Result<bool, CodecError> {
        let filled = carrying.fill(&self.reported(carrying.resolution)?, span);
        Ok(filled.iter().any(|stretch| stretch.status != Status::Unknown))
    }

    /// Returns the runs of equal reports, ascending, as spans on slot starts, including the carried-in
    /// report.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn reported(&self, resolution: Resolution) -> Result<Vec<(Span, Status)>, CodecError> {
        let slot_s = resolution.seconds();
        let mut carried = self.carried_in.map(|r| (Span::new(r.slot, r.slot.plus_s(slot_s)), r.status));
        let mut reported: Vec<(Span, Status)> = Vec::with_capacity(self.chunks.len() * 2 + 1);
        for chunk in &self.chunks {
            // The chunk that contains the carried-in slot already includes that report.
            let end = chunk.start.plus_s(resolution.chunk_s());
            if let Some(before) = carried.take_if(|(span, _)| span.start < end)
                && before.0.start < chunk.start
            {
                reported.push(before);
            }
            for run in EncodedRuns::new(&chunk.slots)? {
                let run = run?;
                let start = chunk.start.plus_s(run.first as i64 * slot_s);
                reported.push((Span::new(start, start.plus_s(run.length as i64 * slot_s)), run.status));
            }
        }
        reported.extend(carried);
        Ok(reported)
    }

    /// Returns the first slot with a check at or after an instant.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn reported_from(
        &self,
        instant: Instant,
        resolution: Resolution,
    ) -> Result<Option<Instant>, CodecError> {
        let first = resolution.slot_from(instant);
        let found = self.reported(resolution)?.into_iter().find(|(span, _)| span.end > first);
        Ok(found.map(|(span, _)| span.start.max(first)))
    }

    /// Returns the latest report, carried in or not.
    ///
    /// # Errors
    /// Returns a [`CodecError`] if the bytes are not in this format.
    pub fn last_reported(&self, resolution: Resolution) -> Result<Option<SlotReport>, CodecError> {
        for chunk in self.chunks.iter().rev() {
            if let Some(last) = chunk.last_reported(resolution)? {
                return Ok(self.carried_in.filter(|carried| carried.slot > last.slot).or(Some(last)));
            }
        }
        Ok(self.carried_in)
    }
}

struct EncodedRun {
    first: usize,
    length: usize,
    status: Status,
}

/// An iterator over the filled runs of an encoded chunk.
struct EncodedRuns<'a> {
    rest: &'a [u8],
    next: usize,
}

impl<'a> EncodedRuns<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, CodecError> {
        match bytes.split_first() {
            Some((&FORMAT, rest)) => Ok(Self { rest, next: 0 }),
            Some((&other, _)) => Err(CodecError::Format(other)),
            None => Err(CodecError::Number),
        }
    }

    fn run(&mut self) -> Result<Option<EncodedRun>, CodecError> {
        while !self.rest.is_empty() {
            let number = read_number(&mut self.rest)?;
            let length = usize::try_from(number / CODES).map_err(|_| CodecError::Run)?.saturating_add(1);
            let first = self.next;
            self.next = first.saturating_add(length);
            if self.next > CHUNK_SLOTS {
                return Err(CodecError::Run);
            }
            if let Some(status) = Status::from_code((number % CODES) as u8) {
                return Ok(Some(EncodedRun { first, length, status }));
            }
        }
        Ok(None)
    }
}

impl Iterator for EncodedRuns<'_> {
    type Item = Result<EncodedRun, CodecError>;

    fn next(&mut self) -> Option<Self::Item> {
        let run = self.run().transpose();
        if matches!(run, Some(Err(_))) {
            self.rest = &[];
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minute() -> Resolution {
        Resolution::try_from(60).unwrap()
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn status() -> impl Strategy<Value = Status> {
        (1_u8..=4).prop_map(|code| Status::from_code(code).unwrap())
    }

    fn joins() -> impl Strategy<Value = Vec<(i64, i64, Status)>> {
        prop::collection::vec((-100_i64..1600, 0_i64..300, status()), 0..60)
    }

    fn joined(joins: &[(i64, i64, Status)]) -> Chunk {
        let mut chunk = Chunk::empty(at("2026-06-01T00:00:00Z"), minute());
        for &(first, length, status) in joins {
            let start = chunk.start().plus_s(first * 60);
            chunk.join(Span::new(start, start.plus_s(length * 60)), status);
        }
        chunk
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_of_joins_gives_the_same_bytes(joins in joins(), seed in any::<u64>()) {
            let mut shuffled = [joins.clone(), joins.clone()].concat();
            let length = shuffled.len().max(1);
            for i in 0..shuffled.len() {
                shuffled.swap(i, (seed as usize).wrapping_mul(i + 7) % length);
            }
            prop_assert_eq!(joined(&joins).encode(), joined(&shuffled).encode());
        }

        #[test]
        fn what_is_encoded_decodes_to_itself(joins in joins()) {
            let chunk = joined(&joins);
            let again = Chunk::decode(chunk.start(), minute(), &chunk.encode()).unwrap();
            prop_assert_eq!(again, chunk);
        }

        #[test]
        fn no_bytes_make_decoding_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Chunk::decode(at("2026-06-01T00:00:00Z"), minute(), &bytes);
        }
    }

    #[test]
    fn an_ordinary_day_is_a_few_bytes() {
        let day = Span::new(at("2026-06-01T00:00:00Z"), at("2026-06-02T00:00:00Z"));
        let mut chunk = Chunk::empty(day.start, minute());
        assert!(chunk.join(day, Status::Up));
        assert_eq!(chunk.encode().len(), 3);
        assert!(!chunk.join(day, Status::Up), "a repeated check changes nothing");
        assert!(chunk.join(Span::new(at("2026-06-01T10:00:00Z"), at("2026-06-01T10:00:01Z")), Status::Down));
        assert_eq!(chunk.encode().len(), 6);
    }

    #[test]
    fn the_latest_check_at_or_before_a_slot_is_found() {
        let chunk = joined(&[(10, 1, Status::Down), (20, 1, Status::Up)]);
        let reported =
            |minute: i64| chunk.reported_at(chunk.start().plus_s(minute * 60 + 59)).map(|r| r.status);
        assert_eq!(
            [9, 10, 19, 20, 1439].map(reported),
            [None, Some(Status::Down), Some(Status::Down), Some(Status::Up), Some(Status::Up)]
        );
        assert_eq!(reported(2000), Some(Status::Up), "a later chunk's slot sees the last check");
        let first = joined(&[(0, 1, Status::Down)]);
        assert_eq!(first.reported_at(first.start().plus_s(-1)), None, "an earlier chunk's slot sees none");
    }

    #[test]
    fn the_first_check_from_a_slot_on_is_found() {
        let chunk = joined(&[(10, 3, Status::Down), (20, 1, Status::Unknown)]);
        let (start, chunks) =
            (chunk.start(), vec![EncodedChunk { start: chunk.start(), slots: chunk.encode() }]);
        let timeline = ProbeTimeline::new(ProbeId::default_probe(), None, chunks);
        let from = |second: i64| {
            let found = timeline.reported_from(start.plus_s(second), minute()).unwrap();
            found.map(|found| (found.epoch_s() - start.epoch_s()) / 60)
        };
        let seconds = [0, 600, 601, 720, 721, 1200, 1201];
        assert_eq!(seconds.map(from), [Some(10), Some(10), Some(11), Some(12), Some(20), Some(20), None]);
    }

    proptest! {
        #[test]
        fn chunks_that_come_in_any_order_are_read_in_order_of_time(
            days in prop::collection::vec((0_i64..9, 0_i64..1440, status()), 1..9),
            carried in 0_i64..9 * 1440,
        ) {
            let (start, day_s) = (at("2026-06-01T00:00:00Z"), minute().chunk_s());
            let mut checks = std::collections::BTreeMap::new();
            let mut chunks = Vec::new();
            for (day, slot, status) in days {
                let mut chunk = Chunk::empty(start.plus_s(day * day_s), minute());
                let first = chunk.start().plus_s(slot * 60);
                chunk.join(Span::new(first, first.plus_s(60)), status);
                checks.retain(|slot: &Instant, _| !chunk.span().contains(*slot));
                checks.insert(first, status);
                chunks.push(EncodedChunk { start: chunk.start(), slots: chunk.encode() });
            }
            let carried = SlotReport { slot: start.plus_s(carried * 60), status: Status::Degraded };
            if !chunks.iter().any(|chunk| minute().chunk(carried.slot) == chunk.start) {
                checks.insert(carried.slot, carried.status);
            }
            let timeline = ProbeTimeline::new(ProbeId::default_probe(), Some(carried), chunks);
            let reported: Vec<_> = timeline.reported(minute()).unwrap();
            let reported: Vec<_> = reported.into_iter().map(|(span, status)| (span.start, status)).collect();
            prop_assert_eq!(&reported, &checks.clone().into_iter().collect::<Vec<_>>());
            let last = timeline.last_reported(minute()).unwrap().map(|last| (last.slot, last.status));
            let chunk_of_carried = timeline.chunks().iter().any(|c| c.start == minute().chunk(carried.slot));
            if !chunk_of_carried {
                prop_assert_eq!(last, checks.into_iter().next_back());
            }
        }
    }

    #[test]
    fn a_resolution_divides_a_minute() {
        for seconds in [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] {
            assert!(Resolution::try_from(seconds).is_ok());
        }
        insta::assert_snapshot!(Resolution::try_from(7).unwrap_err(), @"`7` is not a resolution: write a divisor of 60 (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 seconds)");
        assert!(Resolution::try_from(0).is_err() && Resolution::try_from(120).is_err());
    }

    #[test]
    fn second_slots_before_the_epoch_of_a_chunk_stay_out() {
        let second = Resolution::try_from(1).unwrap();
        let mut chunk = Chunk::empty(at("2026-06-01T00:00:30Z"), second);
        assert_eq!(chunk.span().length_s(), 1440);
        assert!(!chunk.join(Span::new(chunk.span().end, chunk.span().end.plus_s(9)), Status::Down));
    }
}
