//! A service's standing: its probes and announced facts, and the lock on everything derived from its checks.
//! Architecture invariant: every writer that changes a slot to or from down, adds a chunk's first
//! measurement, closes or restates a month, or announces something writes `STANDING` under the version that
//! it read. A steady up check does not.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sla::assessment::{Announcements, Troubles};
use sla::{Instant, OwnSilences, ProbeId, Service, ServiceId};

use crate::service::merging::MergedChunks;
use crate::service::watch::{shards, watch_shard};
use crate::store::{Draft, Item, TableError, Transaction};
use crate::{Table, keys};

/// Seconds for which a batch that is being written in parts delays announcements (rules, 2).
const PARTS_S_MAX: i64 = 300;
/// The most services examined in one sweep.
const WATCHED_MAX: i32 = 1000;

/// The state kept about a service beside its timelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The facts announced so far.
    pub announcements: Announcements,
    /// The probes that an assessment reads.
    pub probes: BTreeSet<ProbeId>,
    /// Probes that an assessment no longer reads, each with the instant since which nothing is known from it.
    retired: BTreeMap<ProbeId, Instant>,
    /// The silences of the probes that have their own, each fixed with its first accepted checks.
    pub silences: OwnSilences,
    /// The probes that have ever sent a measurement.
    measured: BTreeSet<ProbeId>,
    /// Batches of checks that are being written in parts, by digest, each with the instant at which it began.
    parts: BTreeMap<String, Instant>,
    /// Instant of the next assessment if no check arrives.
    pub due_at: Option<Instant>,
    /// The troubles in the service's entry of the list, as it was last written.
    listed: Troubles,
    version: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(rename = "said")]
    announcements: Announcements,
    probes: BTreeSet<ProbeId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    retired: BTreeMap<ProbeId, Instant>,
    #[serde(default, skip_serializing_if = "OwnSilences::is_empty")]
    silences: OwnSilences,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    measured: BTreeSet<ProbeId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<String, Instant>,
    due_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Troubles::is_empty")]
    listed: Troubles,
}

impl Standing {
    /// Returns the standing of a new service, due when its first checks would be missed.
    pub fn nothing(service: &Service) -> Self {
        let due_at = service.carrying(None).silent_from(service.resolution_s.slot(service.activated_at));
        Self {
            announcements: Announcements::nothing(service),
            probes: BTreeSet::new(),
            retired: BTreeMap::new(),
            silences: OwnSilences::default(),
            measured: BTreeSet::new(),
            parts: BTreeMap::new(),
            due_at,
            listed: Troubles::default(),
            version: None,
        }
    }

    pub(crate) fn of(item: &Item) -> Result<Self, TableError> {
        let Body { announcements, probes, retired, silences, measured, parts, due_at, listed } =
            item.body()?;
        let version = item.version();
        Ok(Self { announcements, probes, retired, silences, measured, parts, due_at, listed, version })
    }

    /// Returns the version under which the standing was read.
    pub(crate) const fn version(&self) -> Option<u64> {
        self.version
    }

    /// Begins anew, as that of a service that was just registered.
    pub(crate) fn begin_anew(&mut self, service: &Service) {
        *self = Self { version: self.version, listed: self.listed.clone(), ..Self::nothing(service) };
    }

    /// Returns the probes with possible data from an instant on.
    pub fn probes_from(&self, start: Instant) -> Vec<&ProbeId> {
        let retired = self.retired.iter().filter(|(_, from)| **from > start);
        self.probes.iter().chain(retired.map(|(probe, _)| probe)).collect()
    }

    /// Returns the probes with possible data from an instant on that have ever sent a measurement.
    pub fn measured_from(&self, start: Instant) -> Vec<&ProbeId> {
        self.probes_from(start).into_iter().filter(|probe| self.measured.contains(*probe)).collect()
    }

    /// Returns every probe that has ever checked the service.
    pub fn probes_ever(&self) -> BTreeSet<ProbeId> {
        self.probes.iter().chain(self.retired.keys()).cloned().collect()
    }

    /// Adds a probe that reported to those that an assessment reads. Its first checks fix its silence.
    fn hear(&mut self, probe: &ProbeId, stated: &OwnSilences) {
        let was_retired = self.retired.remove(probe).is_some();
        let is_known = !self.probes.insert(probe.clone()) || was_retired;
        self.silences.fix(probe, is_known, stated);
    }

    /// Records the probes of merged chunks.
    pub(crate) fn hear_all(&mut self, merged: &MergedChunks) {
        merged.chunks.keys().for_each(|(probe, _)| self.hear(probe, &merged.stated));
        self.measured.extend(merged.measured.keys().map(|(probe, _)| probe.clone()));
    }

    /// Retires probes from which nothing is known since an instant. One stays, so that a service that was
    /// checked is not taken for one that never was.
    pub fn retire(&mut self, idle: &BTreeSet<ProbeId>, from: Instant) {
        for probe in idle {
            if self.probes.len() > 1 && self.probes.remove(probe) {
                self.retired.insert(probe.clone(), from);
            }
        }
    }

    /// Returns the instant until which a batch that is being written in parts delays announcements.
    pub fn in_parts_until(&self, now: Instant) -> Option<Instant> {
        self.parts.values().map(|since| since.plus_s(PARTS_S_MAX)).filter(|until| *until > now).max()
    }

    /// Records that a batch is being written in parts, and drops batches whose rest never came.
    pub(crate) fn begin_parts(&mut self, digest: &str, now: Instant) {
        self.parts.retain(|_, since| since.plus_s(PARTS_S_MAX) > now);
        self.parts.entry(digest.to_owned()).or_insert(now);
        self.due_at = self.in_parts_until(now);
    }

    /// Records that a batch is complete; returns true if a part of it was written before.
    pub(crate) fn end_parts(&mut self, digest: &str) -> bool {
        self.parts.remove(digest).is_some()
    }

    pub(crate) fn draft(&self, id: &ServiceId) -> Result<Draft, TableError> {
        let body = Body {
            announcements: self.announcements.clone(),
            probes: self.probes.clone(),
            retired: self.retired.clone(),
            silences: self.silences.clone(),
            measured: self.measured.clone(),
            parts: self.parts.clone(),
            due_at: self.due_at,
            listed: self.announcements.troubles(),
        };
        Ok(Draft::with_body(&keys::standing(id), &body)?.due(&watch_shard(id), self.due_at))
    }

    /// Adds the standing, and its entry in the list of troubles if that is another, to a transaction, which
    /// fails if another writer changed it since it was read: two items.
    pub(crate) fn save(&self, id: &ServiceId, transaction: &mut Transaction) -> Result<(), TableError> {
        transaction.put_versioned(self.draft(id)?, self.version);
        let troubles = self.announcements.troubles();
        if troubles.is_empty() && !self.listed.is_empty() {
            transaction.delete(keys::trouble(id));
        } else if troubles != self.listed {
            transaction.put(Draft::with_body(&keys::trouble(id), &troubles)?);
        }
        Ok(())
    }
}

impl Table {
    /// Reads the probes that have ever checked a service; none for an unknown one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn probes_ever(&self, id: &ServiceId) -> Result<BTreeSet<ProbeId>, TableError> {
        let standing = self.store.get_one(&keys::standing(id)).await?;
        let standing = standing.as_ref().map(Standing::of).transpose()?;
        Ok(standing.map(|standing| standing.probes_ever()).unwrap_or_default())
    }

    /// Lists the services due for an assessment, each with the pokes (`POKE`) that made it due.
    pub(crate) async fn watched(&self, now: Instant) -> Result<Vec<(ServiceId, Vec<keys::Key>)>, TableError> {
        let mut watched: Vec<(ServiceId, Vec<keys::Key>)> = Vec::new();
        for shard in shards() {
            for key in self.store.due(&shard, now, WATCHED_MAX).await? {
                let Some(id) = keys::service_of(&key) else { continue };
                let pokes = key.sk.starts_with("POKE#").then_some(key);
                match watched.iter_mut().find(|(other, _)| *other == id) {
                    Some((_, known)) => known.extend(pokes),
                    None => watched.push((id, pokes.into_iter().collect())),
                }
            }
        }
        watched.sort();
        Ok(watched)
    }
}
