//! Recording checks: load, join, decide, save.
//! A steady check writes its chunk alone. Anything else is settled: chunks, standing and notices in one transaction.

mod merging;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sla::{Check, Instant, Service, ServiceId};

use crate::keys::Key;
use crate::looking::present;
use crate::quarantine::{Quarantined, Source};
use crate::store::{Committed, TableError, Transaction};
use crate::{ATTEMPTS_MAX, Table, keys};

pub(crate) use merging::Merged;
use merging::{Batch, Place};

/// Chunks that one transaction changes: with their measurements 40 items of 100, beside the standing, as many notices as
/// a transaction takes with a chunk each that is held, at most 20 marks of late changes, and the summaries.
const CHUNKS_MAX: usize = 20;
/// Items of a transaction of steady checks, of 100.
const STEADY_ITEMS_MAX: usize = 96;
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
        for _ in 0..ATTEMPTS_MAX {
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
