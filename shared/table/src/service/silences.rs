//! Silences that sources have registered for their probes (rules, 2).

use std::collections::BTreeMap;

use events::Source;
use sla::{OwnSilence, ProbeId, ServiceId};

use crate::service::merging::ReceivedCheck;

/// Silences that sources state for their probes. Of several the shortest holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Silences(BTreeMap<(ServiceId, ProbeId), OwnSilence>);

impl Silences {
    /// Notes what a source states for one of its probes.
    pub(crate) fn state(&mut self, source: &Source, service_id: &ServiceId, probe: &ProbeId) {
        let Some(silence) = source.own_silence() else { return };
        let known = self.0.entry((service_id.clone(), probe.clone())).or_insert(silence);
        *known = silence.min(*known);
    }

    /// Notes on received checks what is stated for their probes.
    pub(crate) fn note_on(&self, checks: &mut [ReceivedCheck]) {
        for received in checks {
            let probe = (received.check.service_id.clone(), received.check.probe.clone());
            received.silence = self.0.get(&probe).copied().or(received.silence);
        }
    }
}
