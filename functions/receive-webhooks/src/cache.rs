//! Answers that a sandbox has looked up, kept for some seconds. It is bounded: a flood of unknown names empties it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sla::Instant;

/// Most names kept: 1,000 sources without their mappings are about 1 MB.
const NAMES_MAX: usize = 1000;

/// Values by name, each with the instant at which it was looked up.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    kept_s: i64,
    known: Mutex<HashMap<String, (Instant, V)>>,
}

impl<V: Clone> Cache<V> {
    /// Builds a cache that keeps each value for some seconds.
    pub fn new(kept_s: i64) -> Self {
        Self { kept_s, known: Mutex::default() }
    }

    /// Returns the value of a name, if it was looked up lately.
    pub fn get(&self, name: &str, now: Instant) -> Option<V> {
        self.younger(name, self.kept_s, now)
    }

    /// Returns the value of a name, if it was looked up less than some seconds ago.
    pub fn younger(&self, name: &str, than_s: i64, now: Instant) -> Option<V> {
        let known = self.look();
        let (at, value) = known.get(name)?;
        // A clock that was set back makes everything old.
        (0..than_s).contains(&(now.epoch_s() - at.epoch_s())).then(|| value.clone())
    }

    /// Keeps a value.
    pub fn keep(&self, name: &str, value: V, now: Instant) {
        let mut known = self.look();
        if known.len() >= NAMES_MAX {
            known.clear();
        }
        known.insert(name.to_owned(), (now, value));
    }

    fn look(&self) -> MutexGuard<'_, HashMap<String, (Instant, V)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch_s: i64) -> Instant {
        Instant::from_epoch_s(1_800_000_000 + epoch_s)
    }

    #[test]
    fn a_value_is_kept_for_its_seconds() {
        let cache = Cache::new(60);
        cache.keep("a", 1, at(0));
        assert_eq!(
            (cache.get("a", at(59)), cache.get("a", at(60)), cache.get("b", at(0))),
            (Some(1), None, None)
        );
        assert_eq!((cache.younger("a", 5, at(4)), cache.younger("a", 5, at(5))), (Some(1), None));
        assert_eq!(cache.get("a", at(-1)), None);
    }

    #[test]
    fn a_flood_of_names_takes_no_more_memory() {
        let cache = Cache::new(60);
        (0..3 * NAMES_MAX).for_each(|n| cache.keep(&n.to_string(), n, at(0)));
        assert!(cache.look().len() <= NAMES_MAX);
    }
}
