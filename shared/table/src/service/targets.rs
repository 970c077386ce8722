//! Targets of the prober: each as it is registered, once more among those of its region, and by name among
//! those of its service.

use std::collections::{BTreeMap, BTreeSet};

use events::Target;
use serde::{Deserialize, Serialize};
use sla::{ProbeId, ServiceId, TargetId};

use crate::store::{Committed, Draft, Run, TableError, Transaction, Versioned};
use crate::{Table, keys};

/// Targets of a region. A run tries 1,000; the rest is room for those that several people register at the same
/// instant. At 1 KB each they are 0.9 MB, so that a run reads them in one page.
pub const TARGETS_OF_REGION_MAX: usize = 900;
/// The most targets that a run reads of its region.
const TARGETS_OF_RUN_MAX: usize = 1_000;

/// A target that is or was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTarget {
    /// The target.
    pub target: Target,
    /// The digest of the command that registered it.
    pub registered_by: String,
    /// True if the target was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_removed: bool,
}

/// The targets of a service, by region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceTargets(pub BTreeMap<ProbeId, TargetsOfProbe>);

/// The targets of a service in one region: one probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetsOfProbe {
    /// Seconds between two checks of each.
    pub interval_s: u32,
    /// Their ids.
    pub target_ids: BTreeSet<TargetId>,
}

impl ServiceTargets {
    /// Returns the number of targets.
    pub fn count(&self) -> usize {
        self.0.values().map(|probe| probe.target_ids.len()).sum()
    }

    /// Takes a target in, or takes note of its new interval.
    pub fn add(&mut self, target: &Target) {
        let empty = || TargetsOfProbe { interval_s: 0, target_ids: BTreeSet::new() };
        let probe = self.0.entry(target.region.clone()).or_insert_with(empty);
        probe.interval_s = target.interval_s.get();
        probe.target_ids.insert(target.target_id.clone());
    }

    /// Takes a target out.
    pub fn remove(&mut self, target: &Target) {
        if let Some(probe) = self.0.get_mut(&target.region) {
            probe.target_ids.remove(&target.target_id);
        }
        self.0.retain(|_, probe| !probe.target_ids.is_empty());
    }
}

impl Table {
    /// Reads a target, even if it was removed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn target(&self, id: &TargetId) -> Result<Option<Versioned<KnownTarget>>, TableError> {
        self.store.get_one(&keys::target(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Reads registered targets; others are missing from the answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn targets(&self, ids: &[TargetId]) -> Result<Vec<Target>, TableError> {
        let wanted: Vec<_> = ids.iter().map(keys::target).collect();
        let found = self.store.get(&wanted).await?;
        let known = wanted.iter().filter_map(|key| found.get(key)).map(|item| item.body::<KnownTarget>());
        let known: Vec<KnownTarget> = known.collect::<Result<_, _>>()?;
        Ok(known.into_iter().filter(|known| !known.is_removed).map(|known| known.target).collect())
    }

    /// Reads the targets of a region, as many as one run tries.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn targets_in(&self, region: &ProbeId) -> Result<Vec<Target>, TableError> {
        let run = Run::new(keys::targets_in_region(region), None);
        self.store.list([run], TARGETS_OF_RUN_MAX, |item| item.body().map(Some)).await
    }

    /// Reads the targets of a service, by region.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn targets_of(&self, id: &ServiceId) -> Result<Versioned<ServiceTargets>, TableError> {
        let found = self.store.get_one(&keys::targets_of_service(id)).await?;
        let none = || Versioned { value: ServiceTargets::default(), version: None };
        found.as_ref().map(Versioned::of).transpose().map(|found| found.unwrap_or_else(none))
    }

    /// Writes a registered, changed or removed target under the versions that were read, with its places among
    /// those of its region and of its service.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_target(
        &self,
        known: &Versioned<KnownTarget>,
        of_service: &Versioned<ServiceTargets>,
    ) -> Result<Committed, TableError> {
        let KnownTarget { target, is_removed, .. } = &known.value;
        let mut transaction = Transaction::default();
        let key = keys::target(&target.target_id);
        transaction.put_versioned(Draft::with_body(&key, &known.value)?, known.version);
        let key = keys::targets_of_service(&target.service_id);
        transaction.put_versioned(Draft::with_body(&key, &of_service.value)?, of_service.version);
        // Nobody else writes it while the target's version stands.
        let place = keys::target_in_region(&target.region, &target.target_id);
        if *is_removed {
            transaction.delete(place);
        } else {
            transaction.put(Draft::with_body(&place, target)?);
        }
        self.store.commit(transaction).await
    }

    /// Lists up to `limit` registered targets after the given one; fewer means that there are no more.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn targets_page(
        &self,
        after: Option<&TargetId>,
        limit: usize,
    ) -> Result<Vec<Target>, TableError> {
        let after = after.map(keys::target);
        self.store
            .list(Run::all(keys::target_partitions(), after.as_ref()), limit, |item| {
                let known: KnownTarget = item.body()?;
                Ok((!known.is_removed).then_some(known.target))
            })
            .await
    }
}
