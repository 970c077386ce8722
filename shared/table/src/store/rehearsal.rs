//! Rehearsal: writes that stay in memory, over which the table is read as if they had been made.
//! Architecture invariant: a rehearsing store sends no write; reads by key and by partition see the rehearsed
//! writes under the same conditions as real ones, and the index of due items does not.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Attributes, Condition, Item, Store, TableError, Transaction, Write};
use crate::keys::Key;

/// Rehearsed writes by key; `None` for an item that was removed.
#[derive(Debug, Default)]
pub(super) struct Rehearsal(Mutex<BTreeMap<Key, Option<Attributes>>>);

impl Rehearsal {
    fn written(&self) -> MutexGuard<'_, BTreeMap<Key, Option<Attributes>>> {
        // A poisoned lock guards whole values only.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what was rehearsed for a key: an item, or `None` inside if it was removed.
    pub(super) fn item(&self, key: &Key) -> Result<Option<Option<Item>>, TableError> {
        let found = self.written().get(key).cloned();
        found.map(|attributes| attributes.map(Item::of).transpose()).transpose()
    }

    /// Counts the items removed from a run of a partition, which a limited read must read in addition.
    pub(super) fn removed(&self, pk: &str, from: &str, to: &str) -> usize {
        self.written().iter().filter(|(key, item)| item.is_none() && within(key, pk, from, to)).count()
    }

    /// Lays the rehearsed writes over the items that were read of a run, in either direction.
    pub(super) fn over(
        &self,
        (pk, from, to): (&str, &str, &str),
        read: Vec<Item>,
        ascending: bool,
    ) -> Result<Vec<Item>, TableError> {
        let mut items: BTreeMap<Key, Item> = read.into_iter().map(|item| (item.key.clone(), item)).collect();
        for (key, written) in self.written().iter().filter(|(key, _)| within(key, pk, from, to)) {
            match written {
                Some(attributes) => drop(items.insert(key.clone(), Item::of(attributes.clone())?)),
                None => drop(items.remove(key)),
            }
        }
        let ascending_items = items.into_values();
        Ok(if ascending { ascending_items.collect() } else { ascending_items.rev().collect() })
    }
}

fn within(key: &Key, pk: &str, from: &str, to: &str) -> bool {
    key.pk == pk && key.sk.as_str() >= from && key.sk.as_str() <= to
}

impl Store {
    /// Returns a store whose writes are rehearsed.
    pub fn rehearsing(&self) -> Self {
        Self { rehearsal: Some(Default::default()), ..self.plain() }
    }

    /// Lists the items that were rehearsed, in order of their keys; nothing of a store that writes.
    pub fn rehearsed(&self) -> Result<Vec<Item>, TableError> {
        let Some(rehearsal) = &self.rehearsal else { return Ok(Vec::new()) };
        rehearsal.written().values().flatten().cloned().map(Item::of).collect()
    }

    /// Rehearses a transaction; false if one of its conditions does not hold.
    pub(super) async fn rehearse(
        &self,
        rehearsal: &Rehearsal,
        transaction: &Transaction,
    ) -> Result<bool, TableError> {
        for write in &transaction.0 {
            let (key, condition) = match write {
                Write::Put { item, condition } => (Item::of(item.clone())?.key, *condition),
                Write::Delete { key, condition } => (key.clone(), *condition),
                Write::Check { key, condition } => (key.clone(), Some(*condition)),
            };
            if let Some(condition) = condition
                && !holds(condition, self.get_one(&key).await?.as_ref())
            {
                return Ok(false);
            }
        }
        let mut written = rehearsal.written();
        for write in &transaction.0 {
            match write {
                Write::Put { item, .. } => {
                    written.insert(Item::of(item.clone())?.key, Some(item.clone()));
                }
                Write::Delete { key, .. } => {
                    written.insert(key.clone(), None);
                }
                Write::Check { .. } => {}
            }
        }
        Ok(true)
    }
}

fn holds(condition: Condition, present: Option<&Item>) -> bool {
    match condition {
        Condition::Absent => present.is_none(),
        Condition::Version(version) => present.and_then(Item::version) == Some(version),
        Condition::Expired(now) => present.and_then(Item::counts_until).is_none_or(|until| until <= now),
    }
}
