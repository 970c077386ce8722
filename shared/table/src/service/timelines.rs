//! Timelines: the chunks of a probe's slots and measurements, read over a span.

use sla::measurement::ProbeMeasurements;
use sla::timeline::{EncodedChunk, ProbeTimeline, SlotReport};
use sla::{Instant, OwnSilence, OwnSilences, ProbeId, Service, Span};

use crate::service::merging::MergedChunks;
use crate::store::{Item, TableError};
use crate::{Table, keys};

/// The longest silence, in chunks, that is covered by reading earlier chunks; for a longer one the latest
/// report is looked up.
const LOOKBACK_CHUNKS_MAX: i64 = 3;

/// Reads a stored chunk.
pub(crate) fn encoded(item: &Item) -> Result<EncodedChunk, TableError> {
    let start = keys::chunk_of(&item.key);
    let start =
        start.ok_or_else(|| TableError::unexpected("read a timeline", format!("key {}", item.key.sk)))?;
    Ok(EncodedChunk { start, slots: item.slots() })
}

/// Chunks searched for the next report: the one of the instant, and the next one that exists.
const NEXT_CHUNKS: i32 = 2;

impl Table {
    /// True if a probe of a service has reported anything.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn has_reported(&self, id: &sla::ServiceId, probe: &ProbeId) -> Result<bool, TableError> {
        let (pk, prefix) = keys::timelines(id, probe);
        let to = format!("{prefix}{}", keys::LAST);
        Ok(!self.store.query_some(&pk, &prefix, &to, true, 1).await?.is_empty())
    }

    /// Returns the last slot with a report of a probe.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn last_report(
        &self,
        service: &Service,
        probe: &ProbeId,
    ) -> Result<Option<SlotReport>, TableError> {
        let (pk, prefix) = keys::timelines(&service.service_id, probe);
        let to = format!("{prefix}{}", keys::LAST);
        let items = self.store.query_some(&pk, &prefix, &to, false, 1).await?;
        let Some(item) = items.first() else { return Ok(None) };
        let last = encoded(item)?.last_reported(service.resolution_s);
        last.map_err(|error| TableError::new("read a timeline", error))
    }

    /// Returns the first slot with a report of a probe, from the slot of an instant on.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub(crate) async fn next_report(
        &self,
        service: &Service,
        probe: &ProbeId,
        instant: Instant,
    ) -> Result<Option<Instant>, TableError> {
        let (id, resolution) = (&service.service_id, service.resolution_s);
        let from = keys::timeline(id, probe, resolution.chunk(instant));
        let (pk, prefix) = keys::timelines(id, probe);
        let to = format!("{prefix}{}", keys::LAST);
        let items = self.store.query_some(&pk, &from.sk, &to, true, NEXT_CHUNKS).await?;
        let chunks = items.iter().map(encoded).collect::<Result<_, _>>()?;
        let timeline = ProbeTimeline::new(probe.clone(), None, chunks);
        let next = timeline.reported_from(instant, resolution);
        next.map_err(|error| TableError::new("read a timeline", error))
    }

    /// Reads the timelines of probes over a span, each with its own silence and the latest earlier report that
    /// can matter.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn timelines<'a>(
        &self,
        service: &Service,
        probes: impl IntoIterator<Item = &'a ProbeId>,
        silences: &OwnSilences,
        span: Span,
    ) -> Result<Vec<ProbeTimeline>, TableError> {
        self.timelines_with(service, probes, silences, span, &MergedChunks::default()).await
    }

    /// Reads the same timelines with merged chunks in place of the stored ones.
    pub(crate) async fn timelines_with<'a>(
        &self,
        service: &Service,
        probes: impl IntoIterator<Item = &'a ProbeId>,
        silences: &OwnSilences,
        span: Span,
        merged: &MergedChunks,
    ) -> Result<Vec<ProbeTimeline>, TableError> {
        let mut timelines = Vec::new();
        for probe in probes {
            let own = silences.of(probe);
            timelines.push(self.timeline(service, (probe, own), span, merged).await?.with_silence(own));
        }
        merged.overlay(&mut timelines);
        Ok(timelines)
    }

    /// Reads the measurements of probes in the chunks that a span touches; probes without any are missing.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn measurements<'a>(
        &self,
        service: &Service,
        probes: impl IntoIterator<Item = &'a ProbeId>,
        span: Span,
    ) -> Result<Vec<ProbeMeasurements>, TableError> {
        let resolution = service.resolution_s;
        let mut measurements = Vec::new();
        for probe in probes {
            let key = |instant| keys::measured(&service.service_id, probe, resolution.chunk(instant));
            let (from, to) = (key(span.start), key(span.end.plus_s(-1)));
            let items = self.store.query(&from.pk, &from.sk, &to.sk).await?;
            let chunks = items.iter().map(encoded).collect::<Result<Vec<_>, _>>()?;
            if !chunks.is_empty() {
                measurements.push(ProbeMeasurements { probe: probe.clone(), chunks });
            }
        }
        Ok(measurements)
    }

    async fn timeline(
        &self,
        service: &Service,
        (probe, own): (&ProbeId, Option<OwnSilence>),
        span: Span,
        merged: &MergedChunks,
    ) -> Result<ProbeTimeline, TableError> {
        let resolution = service.resolution_s;
        let silence_s = service.carrying(own).max_silence_s.map(i64::from);
        let silence_s = silence_s.filter(|&s| s <= LOOKBACK_CHUNKS_MAX * resolution.chunk_s());
        let first = resolution.chunk(span.start.plus_s(-silence_s.unwrap_or(0)));
        let key = |chunk: Instant| keys::timeline(&service.service_id, probe, chunk);
        let from = key(first);
        // A merged chunk at the end is not read again; one in the middle comes with its neighbours.
        let mut last = resolution.chunk(span.end);
        while last >= first && merged.holds(probe, last) {
            last = last.plus_s(-resolution.chunk_s());
        }
        let items = match last < first {
            true => Vec::new(),
            false => self.store.query(&from.pk, &from.sk, &key(last).sk).await?,
        };
        let chunks = items.iter().map(encoded).collect::<Result<Vec<_>, _>>()?;
        let carried_in = match silence_s {
            Some(_) => None,
            None => {
                let all = key(Instant::from_epoch_s(0));
                let before = key(first.plus_s(-1)).sk;
                let last = self.store.query_some(&from.pk, &all.sk, &before, false, 1).await?;
                let last =
                    last.first().map(encoded).transpose()?.map(|chunk| chunk.last_reported(resolution));
                last.transpose().map_err(|error| TableError::new("read a timeline", error))?.flatten()
            }
        };
        Ok(ProbeTimeline::new(probe.clone(), carried_in, chunks))
    }
}
