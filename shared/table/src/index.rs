//! The index of the search: things by name, by the words of their names, and by number (decision 24).
//! Architecture invariant: an entry is written, moved and removed by the transaction that does so with its
//! thing, so that what is found is there.

use std::collections::BTreeMap;

use events::change::Subject;
use events::search::{indexed_words, sorted_by};

use crate::keys::{self, Key};
use crate::store::{Draft, TableError, Transaction};

/// Adds the entry of a new thing under its number.
pub fn add_number(transaction: &mut Transaction, kind: Subject, id: &str) {
    transaction.put(Draft::new(&keys::number(kind, id)));
}

/// Removes the entry of a thing under its number.
pub fn remove_number(transaction: &mut Transaction, kind: Subject, id: &str) {
    transaction.delete(keys::number(kind, id));
}

/// Changes the entries of a thing under a name and its words, which hold the whole name: those under another
/// name go, those under its name come. Each name has at most 9, so these are at most 18 items.
pub fn rename(
    transaction: &mut Transaction,
    kind: Subject,
    id: &str,
    (before, after): (Option<&str>, Option<&str>),
) -> Result<(), TableError> {
    if before == after {
        return Ok(());
    }
    let after = after.map_or_else(BTreeMap::new, |name| entries(kind, id, name));
    let before = before.map_or_else(BTreeMap::new, |name| entries(kind, id, name));
    before.into_keys().filter(|key| !after.contains_key(key)).for_each(|key| transaction.delete(key));
    for (key, name) in after {
        transaction.put(Draft::with_body(&key, &name)?);
    }
    Ok(())
}

fn entries<'a>(kind: Subject, id: &str, name: &'a str) -> BTreeMap<Key, &'a str> {
    let words = indexed_words(name).into_iter().map(|word| keys::word(&word, kind, id));
    words.chain([keys::named(kind, &sorted_by(name), id)]).map(|key| (key, name)).collect()
}
