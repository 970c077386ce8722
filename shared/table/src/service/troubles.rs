//! The list of services in trouble, for the desk. Architecture invariant: an entry is written with its
//! service's standing alone, in the same transaction, so that both always agree.

use std::collections::BTreeMap;

use sla::ServiceId;
use sla::assessment::Troubles;

use crate::store::{Run, TableError};
use crate::{Table, keys};

impl Table {
    /// Lists up to `limit` services in trouble after the given one, in the order of their keys; fewer means
    /// that there are no more.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn troubled(
        &self,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<(ServiceId, Troubles)>, TableError> {
        let after = after.map(keys::trouble);
        self.store
            .list(Run::all(keys::trouble_partitions(), after.as_ref()), limit, |item| {
                let id =
                    item.key.sk.parse().map_err(|error| TableError::new("read a list of troubles", error))?;
                Ok(Some((id, item.body()?)))
            })
            .await
    }

    /// Reads the troubles of some services; those without any are missing.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn troubles_of(&self, ids: &[ServiceId]) -> Result<BTreeMap<ServiceId, Troubles>, TableError> {
        let wanted: Vec<_> = ids.iter().map(|id| (id, keys::trouble(id))).collect();
        let keys: Vec<_> = wanted.iter().map(|(_, key)| key.clone()).collect();
        let found = self.store.get(&keys).await?;
        let known = wanted.into_iter().filter_map(|(id, key)| Some((id, found.get(&key)?)));
        known.map(|(id, item)| Ok((id.clone(), item.body()?))).collect()
    }
}
