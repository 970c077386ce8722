//! A service's standing: its probes and what has been said about it; the lock of everything derived from its checks.
//! Architecture invariant: whoever changes a slot to or from down, closes or restates a month, or says something
//! about a service writes `STANDING` under the version that it read, and so does the first measurement of a
//! chunk. A steady up check does not.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sla::assessment::Said;
use sla::{Instant, ProbeId, Service, ServiceId};

use crate::service::record::Merged;
use crate::store::{Draft, Item, TableError, Transaction};
use crate::{Table, keys};

/// Index partitions of what the sweep of `record-checks` looks at; each takes about 1,000 changes a second.
pub(crate) const WATCH_SHARDS: u8 = 1;
/// For so long nobody speaks about a service while a batch of checks about it is written in parts (rules, 2).
const PARTS_S_MAX: i64 = 300;
/// Services that one sweep looks at.
const WATCHED_MAX: i32 = 1000;

/// What is remembered about a service beside its timelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What has been said.
    pub said: Said,
    /// The probes that a look reads.
    pub probes: BTreeSet<ProbeId>,
    /// Probes that a look reads no more, each with the instant from which on nothing is known of it.
    retired: BTreeMap<ProbeId, Instant>,
    /// The probes that ever measured anything.
    measured: BTreeSet<ProbeId>,
    /// Batches of checks that are being written in parts: since when, by digest.
    parts: BTreeMap<String, Instant>,
    /// When to look again if no check arrives.
    pub due_at: Option<Instant>,
    version: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    said: Said,
    probes: BTreeSet<ProbeId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    retired: BTreeMap<ProbeId, Instant>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    measured: BTreeSet<ProbeId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<String, Instant>,
    due_at: Option<Instant>,
}

impl Standing {
    /// Makes the standing of a new service, to be looked at when it should have been checked.
    pub fn nothing(service: &Service) -> Self {
        let due_at = service.carrying().silent_from(service.resolution_s.slot(service.activated_at));
        Self {
            said: Said::nothing(service),
            probes: BTreeSet::new(),
            retired: BTreeMap::new(),
            measured: BTreeSet::new(),
            parts: BTreeMap::new(),
            due_at,
            version: None,
        }
    }

    pub(crate) fn of(item: &Item) -> Result<Self, TableError> {
        let Body { said, probes, retired, measured, parts, due_at } = item.body()?;
        Ok(Self { said, probes, retired, measured, parts, due_at, version: item.version() })
    }

    /// Returns the probes of which something may be known from an instant on.
    pub fn probes_from(&self, start: Instant) -> Vec<&ProbeId> {
        let retired = self.retired.iter().filter(|(_, from)| **from > start);
        self.probes.iter().chain(retired.map(|(probe, _)| probe)).collect()
    }

    /// Returns those of them that ever measured anything.
    pub fn measured_from(&self, start: Instant) -> Vec<&ProbeId> {
        self.probes_from(start).into_iter().filter(|probe| self.measured.contains(*probe)).collect()
    }

    /// Returns every probe that ever checked the service.
    pub fn probes_ever(&self) -> BTreeSet<ProbeId> {
        self.probes.iter().chain(self.retired.keys()).cloned().collect()
    }

    /// Records that a probe reported: looks read it again.
    fn hear(&mut self, probe: &ProbeId) {
        self.retired.remove(probe);
        self.probes.insert(probe.clone());
    }

    /// Records the probes of merged chunks.
    pub(crate) fn hear_all(&mut self, merged: &Merged) {
        merged.chunks.keys().for_each(|(probe, _)| self.hear(probe));
        self.measured.extend(merged.measured.keys().map(|(probe, _)| probe.clone()));
    }

    /// Leaves probes out of future looks of which nothing is known from an instant on. One stays, so that a service
    /// that was checked is not taken for one that never was.
    pub fn retire(&mut self, idle: &BTreeSet<ProbeId>, from: Instant) {
        for probe in idle {
            if self.probes.len() > 1 && self.probes.remove(probe) {
                self.retired.insert(probe.clone(), from);
            }
        }
    }

    /// Returns the instant until which nothing may be said, while a batch of checks is being written in parts.
    pub fn in_parts_until(&self, now: Instant) -> Option<Instant> {
        self.parts.values().map(|since| since.plus_s(PARTS_S_MAX)).filter(|until| *until > now).max()
    }

    /// Records that a batch is being written in parts, and forgets those of which the rest never came.
    pub(crate) fn begin_parts(&mut self, digest: &str, now: Instant) {
        self.parts.retain(|_, since| since.plus_s(PARTS_S_MAX) > now);
        self.parts.entry(digest.to_owned()).or_insert(now);
        self.due_at = self.in_parts_until(now);
    }

    /// Records that a batch is written whole; says whether some of it was written before.
    pub(crate) fn end_parts(&mut self, digest: &str) -> bool {
        self.parts.remove(digest).is_some()
    }

    pub(crate) fn draft(&self, id: &ServiceId) -> Result<Draft, TableError> {
        let body = Body {
            said: self.said.clone(),
            probes: self.probes.clone(),
            retired: self.retired.clone(),
            measured: self.measured.clone(),
            parts: self.parts.clone(),
            due_at: self.due_at,
        };
        Ok(Draft::with_body(&keys::standing(id), &body)?.due(&watch_shard(id), self.due_at))
    }

    /// Adds the standing to a transaction that only succeeds if nobody else changed it since it was read.
    pub(crate) fn save(&self, id: &ServiceId, transaction: &mut Transaction) -> Result<(), TableError> {
        transaction.put_versioned(self.draft(id)?, self.version);
        Ok(())
    }
}

pub(crate) fn watch_shard(id: &ServiceId) -> String {
    shard_name(keys::bucket(id.as_str(), WATCH_SHARDS))
}

/// Names the index partitions of what the sweep looks at.
pub(crate) fn shards() -> impl Iterator<Item = String> {
    (0..WATCH_SHARDS).map(shard_name)
}

fn shard_name(shard: u8) -> String {
    format!("WATCH#{shard:02}")
}

impl Table {
    /// Lists the services that are due to be looked at, with the reminders (`POKE`) that made them so.
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
