//! A service's standing: its probes and what has been said about it; the lock of everything derived from its checks.
//! Architecture invariant: whoever changes a slot to or from down, closes or restates a month, or says something
//! about a service writes `STANDING` under the version that it read, and so does the first measurement of a
//! chunk. A steady up check does not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sla::assessment::Said;
use sla::{Instant, ProbeId, Service, ServiceId};

use crate::store::{Draft, Item, TableError, Transaction};
use crate::{Table, keys};

/// Index partitions of what the sweep of `record-checks` looks at; each takes about 1,000 changes a second.
pub(crate) const WATCH_SHARDS: u8 = 1;
/// Services that one sweep looks at.
const WATCHED_MAX: i32 = 1000;

/// What is remembered about a service beside its timelines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What has been said.
    pub said: Said,
    /// The probes that ever checked it.
    pub probes: BTreeSet<ProbeId>,
    /// Those of them that ever measured anything: a close reads the measurements of no other.
    pub measured: BTreeSet<ProbeId>,
    /// When to look again if no check arrives.
    pub due_at: Option<Instant>,
    version: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    said: Said,
    probes: BTreeSet<ProbeId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    measured: BTreeSet<ProbeId>,
    due_at: Option<Instant>,
}

impl Standing {
    /// Makes the standing of a new service, to be looked at when it should have been checked.
    pub fn nothing(service: &Service) -> Self {
        let due_at = service.carrying().silent_from(service.resolution_s.slot(service.activated_at));
        Self {
            said: Said::nothing(service),
            probes: BTreeSet::new(),
            measured: BTreeSet::new(),
            due_at,
            version: None,
        }
    }

    pub(crate) fn of(item: &Item) -> Result<Self, TableError> {
        let Body { said, probes, measured, due_at } = item.body()?;
        Ok(Self { said, probes, measured, due_at, version: item.version() })
    }

    pub(crate) fn draft(&self, id: &ServiceId) -> Result<Draft, TableError> {
        let body = Body {
            said: self.said.clone(),
            probes: self.probes.clone(),
            measured: self.measured.clone(),
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
