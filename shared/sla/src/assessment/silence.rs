//! Probes to announce as silent.

use super::fact::{Fact, Silence};
use super::{Assessor, Knowledge};
use crate::timeline::CodecError;
use crate::{Instant, Status};

impl Assessor<'_> {
    /// Announces the probes that fell silent, and returns the instant at which the next one will, if nothing
    /// arrives.
    ///
    /// A probe that is still silent is not announced again, even if a late check moves the start of its
    /// silence.
    pub(super) fn silence(&mut self, facts_max: usize) -> Result<Option<Instant>, CodecError> {
        let Knowledge { service, probes, now, .. } = *self.knowledge;
        if self.over() {
            self.announcements.silent.clear();
            return Ok(None);
        }
        let mut expected: Vec<Silence> = Vec::new();
        for probe in probes {
            let last =
                probe.last_reported(service.resolution_s)?.filter(|last| last.status != Status::Unknown);
            let since = last.and_then(|last| service.carrying(probe.silence).silent_from(last.slot));
            expected.extend(since.map(|since| Silence { probe: Some(probe.probe.clone()), since }));
        }
        if probes.is_empty() {
            let since = service.carrying(None).silent_from(service.resolution_s.slot(service.activated_at));
            expected.extend(since.map(|since| Silence { probe: None, since }));
        }
        let (silent, speaking): (Vec<_>, Vec<_>) =
            expected.into_iter().partition(|silence| silence.since <= now);
        let before = std::mem::take(&mut self.announcements.silent);
        // A probe that is no longer looked at stays on record as silent, so that it is not announced twice.
        let is_retired = |announced: &&Silence| {
            announced.probe.as_ref().is_some_and(|own| !probes.iter().any(|probe| probe.probe == *own))
        };
        self.announcements.silent.extend(before.iter().filter(is_retired).cloned());
        for silence in silent {
            if !before.iter().any(|announced| announced.probe == silence.probe) {
                if self.facts.len() >= facts_max {
                    continue;
                }
                self.facts.push(Fact::Silent(silence.clone()));
            }
            self.announcements.silent.push(silence);
        }
        Ok(speaking.into_iter().map(|silence| silence.since).min())
    }
}
