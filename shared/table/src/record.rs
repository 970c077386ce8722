//! Recording checks: load, join, decide, save; and the sweep that looks where no check arrives.
//! A steady check writes its chunk alone. Anything else is settled: chunks, standing and notices in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sla::assessment::{Assessment, Fact, Knowledge, Silence, assess};
use sla::measurement::MeasurementChunk;
use sla::summary::Summary;
use sla::timeline::{EncodedChunk, ProbeTimeline};
use sla::{Check, Chunk, Instant, Month, ProbeId, Service, ServiceId, Span, Status};

use crate::keys::Key;
use crate::quarantine::{Quarantined, Source};
use crate::standing::Standing;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::timelines::encoded;
use crate::{ATTEMPTS_MAX, Attempts, Made, NOTICES_PER_TRANSACTION_MAX, Table, Versioned, keys, outbox};

/// Chunks that one transaction changes: with their measurements 40 items of 100, beside the standing, as many notices as
/// a transaction takes with a chunk each that is held, at most 20 marks of late changes, and the summaries.
const CHUNKS_MAX: usize = 20;
/// Items of a transaction of steady checks, of 100.
const STEADY_ITEMS_MAX: usize = 96;
/// Reminders that one transaction removes beside what it says.
const POKES_AT_ONCE: usize = 40;
/// Transactions that say what there is to say about one service: 24,000 notices.
const STEPS_MAX: usize = 1000;

/// A check as it was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// The check.
    pub check: Check,
    /// Its JSON, to be kept if it is put aside.
    pub raw: Value,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It changed the timeline.
    Accepted,
    /// It changed nothing.
    Duplicate,
    /// It was put aside, with the reason.
    Quarantined(String),
}

impl From<bool> for Outcome {
    fn from(changed: bool) -> Self {
        if changed { Self::Accepted } else { Self::Duplicate }
    }
}

/// A probe's chunk, by its start.
type Place = (ProbeId, Instant);

impl Table {
    /// Records checks; returns what became of each, in order.
    ///
    /// # Errors
    /// What DynamoDB answers; everything recorded by then stays, and a repetition goes on.
    pub async fn record(&self, received: &[Received], now: Instant) -> Result<Vec<Outcome>, TableError> {
        let ids: BTreeSet<ServiceId> = received.iter().map(|r| r.check.service_id.clone()).collect();
        let settings = self.settings(&ids.into_iter().collect::<Vec<_>>()).await?;
        let settings: HashMap<&ServiceId, &Service> = settings.iter().map(|s| (&s.service_id, s)).collect();
        let mut outcomes: Vec<Outcome> = vec![Outcome::Duplicate; received.len()];
        let mut batches: BTreeMap<ServiceId, Vec<usize>> = BTreeMap::new();
        for (index, Received { check, raw }) in received.iter().enumerate() {
            match admit(check, settings.get(&check.service_id).copied(), now) {
                Ok(()) => batches.entry(check.service_id.clone()).or_default().push(index),
                Err(error) => {
                    self.quarantine(&Quarantined::new(Source::Check, raw, error.clone(), now)?).await?;
                    outcomes[index] = Outcome::Quarantined(error);
                }
            }
        }
        let batches: Vec<Batch<'_>> = batches
            .into_iter()
            .filter_map(|(id, indices)| {
                settings.get(&id).map(|service| Batch::new(service, indices, received))
            })
            .collect();
        for (index, changed) in self.record_batches(&batches, now).await? {
            outcomes[index] = changed.into();
        }
        Ok(outcomes)
    }

    /// Returns why the first check that would be put aside would be, and writes nothing.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn refusal(&self, received: &[Received], now: Instant) -> Result<Option<String>, TableError> {
        let ids: BTreeSet<ServiceId> = received.iter().map(|r| r.check.service_id.clone()).collect();
        let settings = self.settings(&ids.into_iter().collect::<Vec<_>>()).await?;
        let service = |id: &ServiceId| settings.iter().find(|service| service.service_id == *id);
        Ok(received.iter().find_map(|r| admit(&r.check, service(&r.check.service_id), now).err()))
    }

    /// Writes what is steady together and settles the rest; returns whether each check changed something.
    async fn record_batches(
        &self,
        batches: &[Batch<'_>],
        now: Instant,
    ) -> Result<Vec<(usize, bool)>, TableError> {
        let small: Vec<&Batch<'_>> =
            batches.iter().filter(|batch| batch.places.len() <= CHUNKS_MAX).collect();
        let wanted: Vec<Key> = small.iter().flat_map(|batch| batch.keys()).collect();
        let found = self.store.get(&wanted).await?;
        let mut changed = Vec::new();
        let mut settled: Vec<&Batch<'_>> =
            batches.iter().filter(|batch| batch.places.len() > CHUNKS_MAX).collect();
        let mut steady: Vec<(&Batch<'_>, Merged)> = Vec::new();
        for batch in small {
            let merged = Merged::of(batch, &batch.places, &found, now)?;
            if merged.steady && !batch.late(now) { steady.push((batch, merged)) } else { settled.push(batch) }
        }
        while !steady.is_empty() {
            let mut transaction = Transaction::default();
            let mut together = Vec::new();
            while let Some((batch, merged)) =
                steady.pop_if(|(_, m)| transaction.len() + m.len() <= STEADY_ITEMS_MAX)
            {
                merged.save(batch.service, &mut transaction);
                together.push((batch, merged));
            }
            let committed = self.store.commit(transaction).await?;
            for (batch, merged) in together {
                match committed {
                    Committed::Done => changed.extend(merged.changed),
                    Committed::Conflict => settled.push(batch),
                }
            }
        }
        for batch in settled {
            changed.extend(self.settle(batch, now).await?);
        }
        Ok(changed)
    }

    /// Joins a service's checks and says what follows, some chunks at a time.
    async fn settle(&self, batch: &Batch<'_>, now: Instant) -> Result<BTreeMap<usize, bool>, TableError> {
        let mut changed: BTreeMap<usize, bool> =
            batch.checks.iter().map(|(index, _)| (*index, false)).collect();
        let places: Vec<Place> = batch.places.iter().cloned().collect();
        for group in places.chunks(CHUNKS_MAX) {
            let group: BTreeSet<Place> = group.iter().cloned().collect();
            for (index, own) in self.settle_group(batch, &group, now).await? {
                *changed.entry(index).or_default() |= own;
            }
        }
        Ok(changed)
    }

    async fn settle_group(
        &self,
        batch: &Batch<'_>,
        places: &BTreeSet<Place>,
        now: Instant,
    ) -> Result<Vec<(usize, bool)>, TableError> {
        let id = &batch.service.service_id;
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let mut wanted = vec![keys::service(id), keys::standing(id)];
            wanted.extend(batch.keys_at(places));
            let found = self.store.get(&wanted).await?;
            let merged = Merged::of(batch, places, &found, now)?;
            if merged.len() == 0 {
                return Ok(merged.changed);
            }
            let (service, standing) = present(id, &found)?;
            let mut transaction = Transaction::default();
            merged.save(&service, &mut transaction);
            if batch.late(now) {
                for span in batch.spans() {
                    self.mark_late(&mut transaction, &service, span, "checks", now)?;
                }
            }
            let more = self.say(&service, standing, &merged, now, &mut transaction).await?;
            let Some(more) = more else { continue };
            if self.store.commit(transaction).await? == Committed::Done {
                if more {
                    self.say_everything(id, &[], now).await?;
                }
                return Ok(merged.changed);
            }
        }
        Err(TableError::faster("record checks"))
    }

    /// Looks at every service of which something may have to be said although no check arrived; returns how many.
    ///
    /// # Errors
    /// What DynamoDB answers for the first service that failed; the others have been looked at.
    pub async fn sweep(&self, now: Instant) -> Result<usize, TableError> {
        let watched = self.watched(now).await?;
        let mut failed = None;
        for (id, pokes) in &watched {
            if let Err(error) = self.say_everything(id, pokes, now).await {
                tracing::warn!(service_id = %id, error = &error as &dyn std::error::Error, "cannot look at a service");
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(watched.len()), Err)
    }

    /// Says everything that is to be said about a service by now.
    ///
    /// # Errors
    /// What DynamoDB answers, or a service that does not exist.
    pub async fn say_everything(
        &self,
        id: &ServiceId,
        pokes: &[Key],
        now: Instant,
    ) -> Result<(), TableError> {
        self.settle_due_months(id, now).await?;
        if pokes.iter().any(keys::is_end) {
            self.settle_after_end(id, now).await?;
        }
        let mut pokes = pokes.chunks(POKES_AT_ONCE);
        let mut poked = pokes.next();
        let mut attempts = 0;
        for _ in 0..STEPS_MAX {
            let found = self.store.get(&[keys::service(id), keys::standing(id)]).await?;
            let (service, standing) = present(id, &found)?;
            let mut transaction = Transaction::default();
            for poke in poked.into_iter().flatten() {
                transaction.delete(poke.clone());
            }
            let more = self.say(&service, standing, &Merged::default(), now, &mut transaction).await?;
            match more {
                Some(more) if self.store.commit(transaction).await? == Committed::Done => {
                    poked = pokes.next();
                    if !more && poked.is_none() {
                        return Ok(());
                    }
                }
                _ if attempts < ATTEMPTS_MAX => attempts += 1,
                _ => break,
            }
        }
        Err(TableError::unexpected(
            "look at a service",
            "other writers were faster, or there is too much to say",
        ))
    }

    /// Adds to a transaction what is to be said about a service, and its standing; returns whether more is left, or
    /// nothing if another writer was faster.
    async fn say(
        &self,
        service: &Service,
        mut standing: Standing,
        merged: &Merged,
        now: Instant,
        transaction: &mut Transaction,
    ) -> Result<Option<bool>, TableError> {
        standing.probes.extend(merged.chunks.keys().map(|(probe, _)| probe.clone()));
        standing.measured.extend(merged.measured.keys().map(|(probe, _)| probe.clone()));
        let Looked { assessment, summaries } = self.look(service, &standing, merged, now).await?;
        for fact in &assessment.facts {
            outbox::add(transaction, &crate::said::notice(service, fact), now)?;
        }
        if !self.hold_silent_chunks(service, &assessment, merged, transaction).await? {
            return Ok(None);
        }
        let more = assessment.facts.len() >= NOTICES_PER_TRANSACTION_MAX;
        standing.said = assessment.said;
        standing.due_at = assessment.due_at;
        standing.save(&service.service_id, transaction)?;
        for summary in &summaries {
            crate::summaries::add(transaction, &service.customer_id, summary)?;
        }
        Ok(Some(more))
    }

    /// Writes the last chunk of each probe of which a silence is said, as it is: a steady check that is under way was
    /// judged before the silence was said, so it must start over and end it. Returns false if the probe has spoken
    /// meanwhile.
    async fn hold_silent_chunks(
        &self,
        service: &Service,
        assessment: &Assessment,
        merged: &Merged,
        transaction: &mut Transaction,
    ) -> Result<bool, TableError> {
        for fact in &assessment.facts {
            let Fact::Silent(Silence { probe: Some(probe), since }) = fact else { continue };
            if merged.chunks.keys().any(|(own, _)| own == probe) {
                continue;
            }
            let (pk, prefix) = keys::timelines(&service.service_id, probe);
            let to = format!("{prefix}{}", keys::LAST);
            let newest = self.store.query_some(&pk, &prefix, &to, false, 1).await?;
            let Some(item) = newest.first() else { continue };
            let last = encoded(item)?.last_reported(service.resolution_s);
            let last = last.map_err(|error| TableError::new("read a timeline", error))?;
            if last.and_then(|last| service.carrying().silent_from(last.slot)) != Some(*since) {
                return Ok(false);
            }
            transaction.put_versioned(Draft::with_slots(&item.key, item.slots()), item.version());
        }
        Ok(true)
    }

    /// Compares what is known about a service's open months with what was said.
    pub(crate) async fn assess(
        &self,
        service: &Service,
        standing: &Standing,
        merged: &Merged,
        now: Instant,
    ) -> Result<Assessment, TableError> {
        Ok(self.look(service, standing, merged, now).await?.assessment)
    }

    /// Looks at a service's open months: at what is to be said, and at what its customer sees of them.
    async fn look(
        &self,
        service: &Service,
        standing: &Standing,
        merged: &Merged,
        now: Instant,
    ) -> Result<Looked, TableError> {
        let open_start = standing.said.open_from.start(service.time_zone);
        let ahead = now.plus_s(sla::check::FUTURE_S_MAX + service.resolution_s.seconds());
        let open = Span::new(open_start, ahead.max(open_start));
        let months =
            Span::new(open_start, Month::of(open.end, service.time_zone).bounds(service.time_zone).end);
        let mut probes = self.timelines(service, &standing.probes, open).await?;
        merged.overlay(&mut probes);
        let known = self.windows(service, months).await?;
        let (windows, voids) = (known.in_span(months), known.voids(service, months));
        let terms = self.terms_now(now).await?;
        let (probes, windows, voids) = (&probes[..], &windows[..], &voids[..]);
        let knowledge = Knowledge { service, terms: &terms, probes, windows, voids, now };
        let fault = |error| TableError::new("read a timeline", error);
        let assessment = assess(&knowledge, &standing.said, NOTICES_PER_TRANSACTION_MAX).map_err(fault)?;
        let open_from = assessment.said.open_from;
        let summaries = Summary::of_open_months(service, probes, windows, voids, open_from, now);
        Ok(Looked { assessment, summaries: summaries.map_err(fault)? })
    }
}

/// What is seen of a service's open months.
struct Looked {
    assessment: Assessment,
    summaries: Vec<Summary>,
}

/// Says whether a check enters the timeline of its service, and if not, why.
fn admit(check: &Check, service: Option<&Service>, now: Instant) -> Result<(), String> {
    match service {
        None => {
            Err(format!("service_id: `{}` is not registered: register it, then replay", check.service_id))
        }
        Some(service) => check.admit(service, now).map_err(|error| error.to_string()),
    }
}

/// Reads a service and its standing from what was found.
pub(crate) fn present(id: &ServiceId, found: &HashMap<Key, Item>) -> Result<(Service, Standing), TableError> {
    let missing = || TableError::unexpected("read a service", format!("{id} has no settings or standing"));
    let service = found.get(&keys::service(id)).ok_or_else(missing)?;
    let standing = found.get(&keys::standing(id)).ok_or_else(missing)?;
    Ok((Versioned::<Made<Service>>::of(service)?.thing.thing, Standing::of(standing)?))
}

/// The admitted checks of one service.
struct Batch<'a> {
    service: &'a Service,
    checks: Vec<(usize, &'a Check)>,
    /// The chunks that they touch.
    places: BTreeSet<Place>,
    /// Those of them with measurements.
    measured: BTreeSet<Place>,
}

impl<'a> Batch<'a> {
    fn new(service: &'a Service, indices: Vec<usize>, received: &'a [Received]) -> Self {
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
        Self { service, checks, places, measured }
    }

    fn keys(&self) -> Vec<Key> {
        self.keys_at(&self.places)
    }

    /// Returns the keys of some of the batch's places.
    fn keys_at(&self, places: &BTreeSet<Place>) -> Vec<Key> {
        let id = &self.service.service_id;
        let timelines = places.iter().map(|(probe, start)| keys::timeline(id, probe, *start));
        let measured = self.measured.intersection(places);
        timelines.chain(measured.map(|(probe, start)| keys::measured(id, probe, *start))).collect()
    }

    fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        self.checks.iter().map(|(_, check)| check.slots(self.service.resolution_s))
    }

    /// Says whether any check touches a month that is over: its statement may be closed, or be closing right now.
    fn late(&self, now: Instant) -> bool {
        let zone = self.service.time_zone;
        self.spans().any(|span| Month::of(span.start, zone).bounds(zone).end <= now)
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
pub(crate) struct Merged {
    chunks: BTreeMap<Place, (Vec<u8>, Option<u64>)>,
    measured: BTreeMap<Place, (Vec<u8>, Option<u64>)>,
    /// Whether each check changed something.
    changed: Vec<(usize, bool)>,
    /// Whether nothing changed but slots that were up, and are, in chunks that had been begun.
    steady: bool,
}

impl Merged {
    fn of(
        batch: &Batch<'_>,
        places: &BTreeSet<Place>,
        found: &HashMap<Key, Item>,
        now: Instant,
    ) -> Result<Self, TableError> {
        let service = batch.service;
        let fault = |error| TableError::new("read a timeline", error);
        let mut merged = Self { steady: true, ..Self::default() };
        let mut chunks: BTreeMap<&Place, (Chunk, bool)> = BTreeMap::new();
        let mut measured: BTreeMap<&Place, (MeasurementChunk, bool)> = BTreeMap::new();
        for place in places {
            let (probe, start) = place;
            let chunk = match found.get(&keys::timeline(&service.service_id, probe, *start)) {
                Some(item) => Chunk::decode(*start, service.resolution_s, &item.slots()).map_err(fault)?,
                None => Chunk::empty(*start, service.resolution_s),
            };
            chunks.insert(place, (chunk, false));
            if batch.measured.contains(place) {
                let chunk = match found.get(&keys::measured(&service.service_id, probe, *start)) {
                    Some(item) => MeasurementChunk::decode(*start, service.resolution_s, &item.slots())
                        .map_err(fault)?,
                    None => {
                        // The standing must come to know that this probe measures.
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
                merged.steady &= !chunk.span().overlaps(span) || steady(service, chunk, check, span, now);
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

    fn len(&self) -> usize {
        self.chunks.len() + self.measured.len()
    }

    fn save(&self, service: &Service, transaction: &mut Transaction) {
        let id = &service.service_id;
        for ((probe, start), (slots, version)) in &self.chunks {
            transaction.put_versioned(
                Draft::with_slots(&keys::timeline(id, probe, *start), slots.clone()),
                *version,
            );
        }
        for ((probe, start), (slots, version)) in &self.measured {
            transaction.put_versioned(
                Draft::with_slots(&keys::measured(id, probe, *start), slots.clone()),
                *version,
            );
        }
    }

    /// Shows the merged chunks in timelines that were read without them.
    fn overlay(&self, probes: &mut [ProbeTimeline]) {
        for timeline in probes {
            let own = self.chunks.iter().filter(|((probe, _), _)| *probe == timeline.probe);
            for ((_, start), (slots, _)) in own {
                let merged = EncodedChunk { start: *start, slots: slots.clone() };
                match timeline.chunks.binary_search_by_key(start, |chunk| chunk.start) {
                    Ok(at) => timeline.chunks[at] = merged,
                    Err(at) => timeline.chunks.insert(at, merged),
                }
            }
        }
    }
}

/// Says whether a check leaves every down slot of its probe as it is, and ends no silence.
///
/// It does if the check before it in the chunk still speaks for its slot and both are up or degraded, no down slot lies
/// in the span that it speaks for, and the check before it speaks even for now: else a silence may have been said that
/// this check ends, however late it comes.
fn steady(service: &Service, chunk: &Chunk, check: &Check, span: Span, now: Instant) -> bool {
    let available = |status: Status| matches!(status, Status::Up | Status::Degraded);
    let Some(before) = chunk.reported_at(span.start) else { return false };
    let silent_from = service.carrying().silent_from(before.slot);
    let spoken = silent_from.is_none_or(|silent| silent > span.start.max(now));
    spoken && available(before.status) && available(check.status) && !chunk.has_down(span)
}
