//! Joining checks into chunks: the checks of one service, and its chunks with them joined in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sla::measurement::MeasurementChunk;
use sla::quorum::CarryRule;
use sla::timeline::{EncodedChunk, ProbeTimeline};
use sla::{Check, Chunk, Instant, Month, OwnSilence, OwnSilences, ProbeId, Service, Span, Status};

use crate::keys;
use crate::keys::Key;
use crate::store::{Draft, Item, TableError, Transaction};

/// Hexadecimal digits that name a batch among those of its service that are being written in parts.
const DIGEST_CHARACTERS: usize = 16;

/// Cause of a late mark for checks; the causes of decisions contain a colon.
pub(crate) const CHECKS: &str = "checks";

/// A check, as received.
#[derive(Debug, Clone)]
pub struct ReceivedCheck {
    /// The check.
    pub check: Check,
    /// Its JSON, kept if it is quarantined.
    pub raw: Value,
    /// The silence that its sender has registered for its probes.
    pub silence: Option<OwnSilence>,
}

/// A probe's chunk, by probe and start.
pub(crate) type Place = (ProbeId, Instant);

/// The admitted checks of one service.
pub(crate) struct Batch<'a> {
    pub(crate) service: &'a Service,
    checks: Vec<(usize, &'a Check)>,
    received: &'a [ReceivedCheck],
    /// The chunks that the checks touch.
    pub(crate) places: BTreeSet<Place>,
    /// The chunks among them with measurements.
    measured: BTreeSet<Place>,
    /// The silences that the checks state for their probes.
    stated: OwnSilences,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(service: &'a Service, indices: Vec<usize>, received: &'a [ReceivedCheck]) -> Self {
        let checks: Vec<(usize, &Check)> =
            indices.into_iter().map(|index| (index, &received[index].check)).collect();
        let (mut places, mut measured) = (BTreeSet::new(), BTreeSet::new());
        for (_, check) in &checks {
            let own =
                chunks(service, check.slots(service.resolution_s)).map(|start| (check.probe.clone(), start));
            let own: Vec<Place> = own.collect();
            if !check.measurement.is_empty() {
                measured.extend(own.iter().cloned());
            }
            places.extend(own);
        }
        let stated = checks.iter().filter_map(|(index, check)| {
            let silence = received[*index].silence?;
            Some((check.probe.clone(), silence))
        });
        let stated = stated.collect();
        Self { service, checks, received, places, measured, stated }
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.keys_at(&self.places)
    }

    /// Returns the keys of some of the batch's chunks.
    pub(crate) fn keys_at(&self, places: &BTreeSet<Place>) -> Vec<Key> {
        let id = &self.service.service_id;
        let timelines = places.iter().map(|(probe, start)| keys::timeline(id, probe, *start));
        let measured = self.measured.intersection(places);
        timelines.chain(measured.map(|(probe, start)| keys::measured(id, probe, *start))).collect()
    }

    /// True if any check touches a past month: its statement may be closed, or be closing right now.
    pub(crate) fn is_late(&self, over: Instant) -> bool {
        self.checks.iter().any(|(_, check)| self.is_slot_late(check.slots(self.service.resolution_s), over))
    }

    fn is_slot_late(&self, span: Span, over: Instant) -> bool {
        span.start < Month::of(over, self.service.time_zone).start(self.service.time_zone)
    }

    /// Returns, by probe, the span of the late checks that changed something.
    pub(crate) fn late(&self, merged: &MergedChunks, over: Instant) -> BTreeMap<ProbeId, Span> {
        let changed: BTreeSet<usize> =
            merged.changed.iter().filter(|(_, changed)| *changed).map(|(index, _)| *index).collect();
        let mut late: BTreeMap<ProbeId, Span> = BTreeMap::new();
        for (_, check) in self.checks.iter().filter(|(index, _)| changed.contains(index)) {
            let span = check.slots(self.service.resolution_s);
            if self.is_slot_late(span, over) {
                let known = late.entry(check.probe.clone()).or_insert(span);
                *known = Span::new(known.start.min(span.start), known.end.max(span.end));
            }
        }
        late
    }

    /// Returns the digest that names the batch.
    pub(crate) fn digest(&self) -> Result<String, TableError> {
        let checks: Vec<&Value> = self.checks.iter().map(|(index, _)| &self.received[*index].raw).collect();
        let digest = sla::digest_hex(&checks).map_err(|error| TableError::new("record checks", error))?;
        Ok(digest[..DIGEST_CHARACTERS].to_owned())
    }
}

fn chunks(service: &Service, span: Span) -> impl Iterator<Item = Instant> {
    let resolution = service.resolution_s;
    let first = resolution.chunk(span.start);
    let count = (span.end.epoch_s() - first.epoch_s() + resolution.chunk_s() - 1) / resolution.chunk_s();
    (0..count).map(move |nth| first.plus_s(nth * resolution.chunk_s()))
}

/// Chunks with new checks joined in.
#[derive(Default)]
pub(crate) struct MergedChunks {
    pub(crate) chunks: BTreeMap<Place, (Vec<u8>, Option<u64>)>,
    pub(crate) measured: BTreeMap<Place, (Vec<u8>, Option<u64>)>,
    /// Each check's index, and true if it changed something.
    pub(crate) changed: Vec<(usize, bool)>,
    /// True if the batch only confirmed slots that were already up.
    pub(crate) steady: bool,
    /// The silences that the checks state: those of probes that reported before are fixed.
    pub(crate) stated: OwnSilences,
    /// The silences that stand with the chunks that were read.
    pub(crate) read: OwnSilences,
}

impl MergedChunks {
    pub(crate) fn of(
        batch: &Batch<'_>,
        places: &BTreeSet<Place>,
        found: &HashMap<Key, Item>,
        now: Instant,
    ) -> Result<Self, TableError> {
        let service = batch.service;
        let fault = |error| TableError::new("read a timeline", error);
        let mut merged = Self { steady: true, stated: batch.stated.clone(), ..Self::default() };
        let mut chunks: BTreeMap<&Place, (Chunk, bool)> = BTreeMap::new();
        let mut measured: BTreeMap<&Place, (MeasurementChunk, bool)> = BTreeMap::new();
        for place in places {
            let (probe, start) = place;
            let chunk = match found.get(&keys::timeline(&service.service_id, probe, *start)) {
                Some(item) => {
                    if let Some(silence) = item.silence()? {
                        merged.read.state(probe, silence);
                    }
                    Chunk::decode(*start, service.resolution_s, &item.slots()).map_err(fault)?
                }
                None => Chunk::empty(*start, service.resolution_s),
            };
            chunks.insert(place, (chunk, false));
            if batch.measured.contains(place) {
                let chunk = match found.get(&keys::measured(&service.service_id, probe, *start)) {
                    Some(item) => MeasurementChunk::decode(*start, service.resolution_s, &item.slots())
                        .map_err(fault)?,
                    None => {
                        // The standing must record that this probe measures.
                        merged.steady = false;
                        MeasurementChunk::empty(*start, service.resolution_s)
                    }
                };
                measured.insert(place, (chunk, false));
            }
        }
        for (index, check) in &batch.checks {
            let span = check.slots(service.resolution_s);
            let mut changed = false;
            for (place, (chunk, touched)) in chunks.iter_mut().filter(|((probe, _), _)| *probe == check.probe)
            {
                let own = service.carrying(merged.read.of(&check.probe));
                merged.steady &= !chunk.span().overlaps(span) || steady(own, chunk, check, span, now);
                let own = chunk.join(span, check.status);
                *touched |= own;
                changed |= own;
                if let Some((chunk, touched)) =
                    measured.get_mut(place).filter(|_| !check.measurement.is_empty())
                {
                    let own = chunk.join(span, check.measurement);
                    *touched |= own;
                    changed |= own;
                }
            }
            merged.changed.push((*index, changed));
        }
        let id = &service.service_id;
        let version = |key: Key| found.get(&key).and_then(Item::version);
        for (place, (chunk, _)) in chunks.into_iter().filter(|(_, (_, touched))| *touched) {
            let read = version(keys::timeline(id, &place.0, place.1));
            merged.chunks.insert(place.clone(), (chunk.encode(), read));
        }
        for (place, (chunk, _)) in measured.into_iter().filter(|(_, (_, touched))| *touched) {
            let read = version(keys::measured(id, &place.0, place.1));
            merged.measured.insert(place.clone(), (chunk.encode(), read));
        }
        Ok(merged)
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.len() + self.measured.len()
    }

    /// Adds the chunks to a transaction, each with the silence of its probe.
    pub(crate) fn save(&self, service: &Service, silences: &OwnSilences, transaction: &mut Transaction) {
        let id = &service.service_id;
        for ((probe, start), (slots, version)) in &self.chunks {
            let draft = Draft::with_slots(&keys::timeline(id, probe, *start), slots.clone());
            transaction.put_versioned(draft.silence(silences.of(probe)), *version);
        }
        for ((probe, start), (slots, version)) in &self.measured {
            transaction.put_versioned(
                Draft::with_slots(&keys::measured(id, probe, *start), slots.clone()),
                *version,
            );
        }
    }

    /// True if a probe's chunk is merged, so that it need not be read.
    pub(crate) fn holds(&self, probe: &ProbeId, start: Instant) -> bool {
        self.chunks.contains_key(&(probe.clone(), start))
    }

    /// Inserts the merged chunks into timelines that were read without them.
    pub(crate) fn overlay(&self, probes: &mut [ProbeTimeline]) {
        for ((probe, start), (slots, _)) in &self.chunks {
            if let Some(timeline) = probes.iter_mut().find(|timeline| timeline.probe == *probe) {
                timeline.insert(EncodedChunk { start: *start, slots: slots.clone() });
            }
        }
    }
}

/// True if a check leaves every down slot of its probe as it is, and ends no silence.
///
/// This holds if the check before it in the chunk still covers its slot and both are up or degraded, no down
/// slot lies in the span that it covers, and the check before it covers even the present. Otherwise a silence
/// may have been announced that this check ends, however late it comes.
fn steady(carrying: CarryRule, chunk: &Chunk, check: &Check, span: Span, now: Instant) -> bool {
    let available = |status: Status| matches!(status, Status::Up | Status::Degraded);
    let Some(before) = chunk.reported_at(span.start) else { return false };
    let silent_from = carrying.silent_from(before.slot);
    let spoken = silent_from.is_none_or(|silent| silent > span.start.max(now));
    spoken && available(before.status) && available(check.status) && !chunk.has_down(span)
}
