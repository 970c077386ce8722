//! Recording checks: load, join, decide, save. A steady check writes its chunk alone; any other writes
//! chunks, standing and notices in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use events::InputError;
use sla::{Check, Instant, Month, OwnSilences, ProbeId, Service, ServiceId, Span};

use crate::keys::Key;
use crate::service::looking::present;
use crate::service::merging::CHECKS;
use crate::store::{Committed, Item, TableError, Transaction};
use crate::{Attempts, Table, keys};

use crate::service::merging::{Batch, MergedChunks, Place, ReceivedCheck};

/// Chunks that one transaction changes. With their measurements these are 40 items of 100, beside the
/// standing and its entry among the troubles, 24 notices with a held chunk each (48), a late mark, and 9
/// summaries: 100.
const CHUNKS_MAX: usize = 20;
/// Items of a transaction of steady checks, of 100.
const STEADY_ITEMS_MAX: usize = 96;

/// The outcome of recording a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It changed the timeline.
    Accepted,
    /// It changed nothing.
    Duplicate,
    /// Refused, with the reason: it belongs into the quarantine.
    Refused(String),
    /// Recorded without effect, with the reason: its ticket has put it into the quarantine.
    Ineffective(String),
}

impl From<bool> for Outcome {
    fn from(changed: bool) -> Self {
        if changed { Self::Accepted } else { Self::Duplicate }
    }
}

/// The outcome of recording a batch of checks.
#[derive(Debug)]
pub struct Recording {
    /// The outcome of each check, in order; `None` if its service could not be written.
    pub outcomes: Vec<Option<Outcome>>,
    /// The error of the first service that could not be written. A repetition completes what was written.
    pub failed: Option<TableError>,
}

impl Recording {
    /// Returns the outcomes of all checks.
    ///
    /// # Errors
    /// Returns the [`TableError`] of the first service that could not be written.
    pub fn whole(self) -> Result<Vec<Outcome>, TableError> {
        self.failed.map_or(Ok(()), Err)?;
        Ok(self.outcomes.into_iter().flatten().collect())
    }
}

/// The part of a batch that one transaction writes.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    /// All of it.
    Whole,
    /// A part of it: the batch goes on under its digest.
    Some(&'a str),
    /// The last part of it.
    Rest(&'a str),
}

/// Items that were read, by key.
type Items = HashMap<Key, Item>;

impl Table {
    /// Records checks. A service that cannot be written does not stop the others.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails before anything is recorded.
    pub async fn record(&self, received: &[ReceivedCheck], now: Instant) -> Result<Recording, TableError> {
        let ids: BTreeSet<ServiceId> = received.iter().map(|r| r.check.service_id.clone()).collect();
        let settings = self.settings(&ids.into_iter().collect::<Vec<_>>()).await?;
        let settings: HashMap<&ServiceId, &Service> = settings.iter().map(|s| (&s.service_id, s)).collect();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; received.len()];
        let mut batches: BTreeMap<ServiceId, Vec<usize>> = BTreeMap::new();
        for (index, ReceivedCheck { check, .. }) in received.iter().enumerate() {
            batches.entry(check.service_id.clone()).or_default().push(index);
        }
        let batches: Vec<Batch<'_>> = batches
            .into_iter()
            .filter_map(|(id, indices)| {
                settings.get(&id).map(|service| Batch::new(service, indices, received))
            })
            .collect();
        let (changed, failed) = self.record_batches(&batches, now).await?;
        for (index, changed) in changed {
            outcomes[index] = Some(changed.into());
        }
        Ok(Recording { outcomes, failed })
    }

    /// Writes steady checks together and settles the rest; returns by check whether it changed anything, and
    /// the error of the first service that could not be written.
    async fn record_batches(
        &self,
        batches: &[Batch<'_>],
        now: Instant,
    ) -> Result<(Vec<(usize, bool)>, Option<TableError>), TableError> {
        let (small, large): (Vec<&Batch<'_>>, Vec<&Batch<'_>>) =
            batches.iter().partition(|batch| batch.places.len() <= CHUNKS_MAX);
        let mut settled: Vec<(&Batch<'_>, Option<Items>)> = large.into_iter().map(|b| (b, None)).collect();
        let wanted: Vec<Key> = small.iter().flat_map(|batch| batch.keys()).collect();
        let mut found = self.store.get(&wanted).await?;
        let mut changed = Vec::new();
        let mut steady: Vec<(&Batch<'_>, MergedChunks)> = Vec::new();
        for batch in small {
            match MergedChunks::of(batch, &batch.places, &found, now) {
                Ok(merged) if merged.steady && !batch.is_late(now) => steady.push((batch, merged)),
                // An unreadable chunk fails alone.
                Ok(_) | Err(_) => {
                    let own = batch.keys().into_iter().filter_map(|key| found.remove_entry(&key));
                    settled.push((batch, Some(own.collect())));
                }
            }
        }
        while !steady.is_empty() {
            let mut transaction = Transaction::default();
            let mut together = Vec::new();
            while let Some((batch, merged)) =
                steady.pop_if(|(_, m)| transaction.len() + m.len() <= STEADY_ITEMS_MAX)
            {
                merged.save(batch.service, &merged.read, &mut transaction);
                together.push((batch, merged));
            }
            let committed = self.store.commit(transaction).await;
            for (batch, merged) in together {
                match committed {
                    Ok(Committed::Done) => changed.extend(merged.changed),
                    // Alone, each succeeds or fails on its own.
                    Ok(Committed::Conflict) | Err(_) => settled.push((batch, None)),
                }
            }
        }
        let mut failed = None;
        for (batch, read) in settled {
            match self.settle(batch, read, now).await {
                Ok(own) => changed.extend(own),
                Err(error) => {
                    let id = &batch.service.service_id;
                    tracing::warn!(service_id = %id, error = &error as &dyn std::error::Error, "cannot record checks");
                    failed.get_or_insert(error);
                }
            }
        }
        Ok((changed, failed))
    }

    /// Joins a service's checks, and announces the consequences once all of them are joined; `read` are its
    /// chunks, if they have been read.
    async fn settle(
        &self,
        batch: &Batch<'_>,
        read: Option<Items>,
        now: Instant,
    ) -> Result<BTreeMap<usize, bool>, TableError> {
        if batch.places.len() <= CHUNKS_MAX {
            let changed = self.settle_part(batch, &batch.places, Part::Whole, read, now).await?;
            return Ok(changed.into_iter().collect());
        }
        let digest = batch.digest()?;
        let places: Vec<Place> = batch.places.iter().cloned().collect();
        let mut changed: BTreeMap<usize, bool> = BTreeMap::new();
        let mut groups = places.chunks(CHUNKS_MAX).peekable();
        while let Some(group) = groups.next() {
            let part = if groups.peek().is_some() { Part::Some(&digest) } else { Part::Rest(&digest) };
            let places = group.iter().cloned().collect();
            for (index, own) in self.settle_part(batch, &places, part, None, now).await? {
                *changed.entry(index).or_default() |= own;
            }
        }
        Ok(changed)
    }

    async fn settle_part(
        &self,
        batch: &Batch<'_>,
        places: &BTreeSet<Place>,
        part: Part<'_>,
        mut read: Option<Items>,
        now: Instant,
    ) -> Result<Vec<(usize, bool)>, TableError> {
        let id = &batch.service.service_id;
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let mut wanted = vec![keys::service(id), keys::standing(id)];
            // A chunk that was read before its standing is written under its version, so a stale one
            // conflicts.
            let chunks = read.take();
            if chunks.is_none() {
                wanted.extend(batch.keys_at(places));
            }
            let mut found = self.store.get(&wanted).await?;
            found.extend(chunks.unwrap_or_default());
            let (service, mut standing) = present(id, &found).inspect_err(|_| self.forget(id))?;
            if !service.is_measured_like(batch.service) {
                // It was corrected since its settings were read: a repetition reads them anew.
                self.forget(id);
                break;
            }
            let merged = MergedChunks::of(batch, places, &found, now)?;
            let is_rest = matches!(part, Part::Rest(digest) if standing.end_parts(digest));
            if merged.len() == 0 && !is_rest {
                return Ok(merged.changed);
            }
            let mut transaction = Transaction::default();
            standing.hear_all(&merged);
            merged.save(&service, &standing.silences, &mut transaction);
            let over = now.max(standing.announcements.beyond_closed().start(service.time_zone));
            let late = batch.late(&merged, over);
            self.mark_reach(&mut transaction, (&service, &standing.silences), &late, over).await?;
            let said = match part {
                Part::Some(digest) => {
                    standing.begin_parts(digest, now);
                    standing.save(id, &mut transaction)?;
                    Some(false)
                }
                Part::Whole | Part::Rest(_) => {
                    self.say(&service, standing, &merged, 0, now, &mut transaction).await?
                }
            };
            let Some(more) = said else { continue };
            if self.store.commit(transaction).await? == Committed::Done {
                if more {
                    self.say_everything(id, &[], now).await?;
                }
                return Ok(merged.changed);
            }
        }
        Err(TableError::faster("record checks"))
    }

    /// Marks the past months that late checks reach, directly or by carrying.
    async fn mark_reach(
        &self,
        transaction: &mut Transaction,
        (service, silences): (&Service, &OwnSilences),
        late: &BTreeMap<ProbeId, Span>,
        over: Instant,
    ) -> Result<(), TableError> {
        let zone = service.time_zone;
        let open = Month::of(over, zone).start(zone);
        let mut reached: Option<Span> = None;
        for (probe, span) in late {
            let carrying = service.carrying(silences.of(probe));
            let mut reach = carrying.reach(*span, None);
            // The next report matters only if carrying crosses into another past month.
            if span.end < open && reach.end > Month::of(span.end.plus_s(-1), zone).bounds(zone).end {
                reach = carrying.reach(*span, self.next_report(service, probe, span.end).await?);
            }
            let known = reached.unwrap_or(reach);
            reached = Some(Span::new(known.start.min(reach.start), known.end.max(reach.end)));
        }
        reached.map_or(Ok(()), |span| self.mark_late(transaction, service, span, CHECKS, over))
    }
}

/// Admits a check to the timeline of its service, or returns the reason why not.
pub(crate) fn admit(check: &Check, service: Option<&Service>, now: Instant) -> Result<(), InputError> {
    match service {
        None => {
            let id = &check.service_id;
            Err(InputError::new(format_args!(
                "service_id: `{id}` is not registered: register it, then replay"
            )))
        }
        Some(service) => check.admit(service, now).map_err(InputError::new),
    }
}
