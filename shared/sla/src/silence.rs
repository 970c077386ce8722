//! Silence of probes: how far the checks of each are carried, where it is not as far as its service says
//! (rules, 2).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::ProbeId;

/// Silence of a probe's own: the longest time for which its checks are carried, in seconds; null for ever.
///
/// The longer one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnSilence(Option<u32>);

/// Silences of the probes that have one of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnSilences(BTreeMap<ProbeId, OwnSilence>);

impl OwnSilences {
    /// Returns a probe's own silence; `None` if its service's holds.
    pub fn of(&self, probe: &ProbeId) -> Option<OwnSilence> {
        self.0.get(probe).copied()
    }

    /// True if no probe has one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes the silence that a check states for its probe. Of several that come together the shortest holds,
    /// in whatever order.
    pub fn state(&mut self, probe: &ProbeId, silence: OwnSilence) {
        let known = self.0.entry(probe.clone()).or_insert(silence);
        *known = silence.min(*known);
    }

    /// Fixes the silence of a probe with its first accepted checks, which state `stated`. What the checks of a
    /// known probe state changes nothing.
    pub fn fix(&mut self, probe: &ProbeId, is_known: bool, stated: &Self) {
        if let Some(silence) = stated.of(probe).filter(|_| !is_known) {
            self.0.insert(probe.clone(), silence);
        }
    }
}

impl FromIterator<(ProbeId, OwnSilence)> for OwnSilences {
    fn from_iter<T: IntoIterator<Item = (ProbeId, OwnSilence)>>(silences: T) -> Self {
        let mut own = Self::default();
        silences.into_iter().for_each(|(probe, silence)| own.state(&probe, silence));
        own
    }
}

impl OwnSilence {
    /// Silence for a probe whose last check speaks for ever.
    pub const NEVER: Self = Self(None);

    /// Builds the silence of a probe whose checks are carried so long; `None` for ever.
    pub const fn after(max_silence_s: Option<u32>) -> Self {
        Self(max_silence_s)
    }

    /// Returns the longest time for which a check is carried, in seconds; `None` for ever.
    pub const fn max_silence_s(self) -> Option<u32> {
        self.0
    }
}

impl Ord for OwnSilence {
    fn cmp(&self, other: &Self) -> Ordering {
        let seconds = |silence: &Self| silence.0.map_or(u64::MAX, u64::from);
        seconds(self).cmp(&seconds(other))
    }
}

impl PartialOrd for OwnSilence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads a silence that is there, and tells null from absence.
pub(crate) fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OwnSilence>, D::Error> {
    OwnSilence::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_silence_is_the_lesser_and_none_is_longer_than_for_ever() {
        let mut silences = [OwnSilence::NEVER, OwnSilence::after(Some(u32::MAX)), OwnSilence::after(Some(0))];
        silences.sort();
        assert_eq!(silences.map(OwnSilence::max_silence_s), [Some(0), Some(u32::MAX), None]);
    }
}
