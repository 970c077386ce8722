//! Heartbeats (mode B): the last known state of each series, asserted for as long as its source proves that
//! it lives, and delayed, so that edges come first. A source that dies is unknown from its last proof on.

use std::collections::{BTreeMap, BTreeSet};

use events::source::Source;
use events::{CheckEvent, InputError};
use serde::{Deserialize, Serialize};
use sla::{Instant, ProbeId, Resolution, ServiceId, Status};

use crate::meaning::Sighting;
use crate::memory::{Memory, Series};

/// Most proofs that are remembered: an hour's delay and a day's gap, with one each minute.
pub const PROOFS_MAX: usize = 1500;
/// Most spans of death that are remembered, the newest ones.
const DEATHS_MAX: usize = 100;
/// A minute, which slots of every length fill.
const MINUTE_S: i64 = 60;

/// The life of a source: its proofs, and the instant up to which they were asserted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    proofs: BTreeSet<Instant>,
    asserted_to: Option<Instant>,
    /// Spans before that in which the source was dead: nothing was asserted there, and nothing is.
    dead: BTreeMap<Instant, Instant>,
    /// True if the source is known to have died since.
    is_lost: bool,
}

/// A recovery that came after the time behind it was asserted: it shortens nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The service.
    pub service_id: ServiceId,
    /// The probe.
    pub probe: ProbeId,
    /// The asserted status.
    pub asserted: Status,
    /// The status that came late.
    pub came: Status,
    /// The first instant of the void that would mend it.
    pub starts_at: Instant,
    /// The end of that void.
    pub ends_at: Instant,
}

impl Late {
    /// Returns the error for the quarantine, with the void that would mend it.
    pub fn error(&self) -> InputError {
        let word = |status| serde_json::to_string(&status).unwrap_or_default().replace('"', "`");
        InputError::new(format_args!(
            "{} came late: the time from {} to {} is asserted as {}: void the checks of service {} by \
             probe {} there, if they were wrong",
            word(self.came),
            self.starts_at,
            self.ends_at,
            word(self.asserted),
            self.service_id,
            self.probe
        ))
    }
}

impl Life {
    /// Adds a proof of life. It counts from its minute on, so that no slot is asserted in parts.
    pub fn prove(&mut self, at: Instant) {
        let at = Instant::from_epoch_s(at.epoch_s().div_euclid(MINUTE_S) * MINUTE_S);
        if self.asserted_to.is_none_or(|to| at > to) {
            self.proofs.insert(at);
        }
        while self.proofs.len() > PROOFS_MAX {
            self.proofs.pop_first();
        }
    }

    /// Returns the instant up to which the source's states were asserted.
    pub const fn asserted_to(&self) -> Option<Instant> {
        self.asserted_to
    }

    /// Returns the instant at which something is next to be asserted: a proof, or the death after the last
    /// one.
    pub fn due_at(&self, source: &Source) -> Option<Instant> {
        let proof = self.proofs.first().copied();
        let death =
            || self.asserted_to.filter(|_| !self.is_lost).map(|to| to.plus_s(source.proof_gap_s() + 1));
        proof.or_else(death).map(|at| at.plus_s(source.delay_s()))
    }

    /// Asserts what is due at `now`: for each pair of proofs, the states between them. Two proofs that lie
    /// too far apart show that the source was dead in between.
    pub fn assert(
        &mut self,
        source: &Source,
        now: Instant,
        memories: &BTreeMap<Series, Memory>,
        resolution: impl Fn(&ServiceId) -> Resolution,
    ) -> Vec<CheckEvent> {
        let horizon = now.plus_s(-source.delay_s());
        let gap_s = source.proof_gap_s();
        let mut checks = Vec::new();
        // One run of proofs without a gap is one interval, however many calls it took.
        let mut runs: Vec<(Instant, Instant)> = self.asserted_to.map(|to| (to, to)).into_iter().collect();
        let due: Vec<Instant> = self.proofs.range(..=horizon).copied().collect();
        for at in &due {
            match runs.last_mut() {
                Some((_, last)) if at.epoch_s() - last.epoch_s() <= gap_s => *last = *at,
                _ => runs.push((*at, *at)),
            }
        }
        self.proofs = self.proofs.split_off(&horizon.plus_s(1));
        for ((service_id, probe), memory) in memories {
            let series = Asserting { service_id, probe, resolution: resolution(service_id) };
            for (from, to) in &runs {
                checks.extend(series.pieces(memory, *from, *to));
            }
        }
        let Some((_, last)) = runs.last().copied() else { return checks };
        self.dead.extend(runs.iter().zip(runs.iter().skip(1)).map(|((_, end), (next, _))| (*end, *next)));
        while self.dead.len() > DEATHS_MAX {
            self.dead.pop_first();
        }
        let is_dead = horizon.epoch_s() - last.epoch_s() > gap_s;
        let ends = runs.len() - usize::from(!is_dead);
        for (place, (_, end)) in runs.iter().enumerate().take(ends) {
            let is_told = place == 0 && self.is_lost && self.asserted_to == Some(*end);
            let known = memories.iter().filter(|(_, memory)| !is_told && memory.status_at(*end).is_some());
            for ((service_id, probe), _) in known {
                let series = Asserting { service_id, probe, resolution: resolution(service_id) };
                let next_slot = series.resolution.slot(end.plus_s(-1)).plus_s(series.resolution.seconds());
                checks.push(series.check(next_slot, None, Status::Unknown));
            }
        }
        (self.asserted_to, self.is_lost) = (Some(last), is_dead);
        checks
    }

    /// Remembers the edges of a sighting. A failure in asserted time is asserted at once, as an interval; a
    /// recovery there is late.
    pub fn take(
        &self,
        sighting: &Sighting,
        resolution: Resolution,
        memory: &mut Memory,
    ) -> (Vec<CheckEvent>, Vec<Late>) {
        let old = memory.clone();
        if let Some((start, status)) = sighting.failed {
            memory.add(start, status);
        }
        if let Some(end) = sighting.cleared_at {
            memory.add(end, Status::Up);
        }
        let first = sighting.failed.map(|(start, _)| start).or(sighting.cleared_at);
        let (Some(first), Some(to)) = (first, self.asserted_to) else { return (Vec::new(), Vec::new()) };
        let Sighting { service_id, probe, .. } = sighting;
        let series = Asserting { service_id, probe, resolution };
        let (mut checks, mut late) = (Vec::new(), Vec::new());
        let edges = memory.within(first, to).chain(old.within(first, to)).map(|(at, _)| at);
        let deaths =
            self.dead.iter().flat_map(|(end, next)| [*end, *next]).filter(|at| (first..to).contains(at));
        let bounds: BTreeSet<Instant> = edges.chain(deaths).chain([first.min(to), to]).collect();
        for (from, to) in bounds.iter().zip(bounds.iter().skip(1)) {
            let last_death = self.dead.range(..=*from).next_back();
            if last_death.is_some_and(|(_, next)| from < next) {
                continue;
            }
            let Some(came) = memory.status_at(*from) else { continue };
            match old.status_at(*from) {
                Some(asserted) if came < asserted => {
                    let (service_id, probe) = (service_id.clone(), probe.clone());
                    late.push(Late { service_id, probe, asserted, came, starts_at: *from, ends_at: *to });
                }
                Some(asserted) if came == asserted => {}
                _ => checks.extend(series.piece(memory, *from, *to)),
            }
        }
        (checks, late)
    }
}

/// One series, while its states are asserted.
struct Asserting<'a> {
    service_id: &'a ServiceId,
    probe: &'a ProbeId,
    resolution: Resolution,
}

impl Asserting<'_> {
    /// Returns the states between two instants as checks.
    fn pieces(&self, memory: &Memory, from: Instant, to: Instant) -> Vec<CheckEvent> {
        let inner = memory.within(from.plus_s(1), to).map(|(at, _)| at);
        let bounds: Vec<Instant> = std::iter::once(from).chain(inner).chain([to]).collect();
        let pairs = bounds.iter().zip(bounds.iter().skip(1));
        pairs.filter_map(|(start, end)| self.piece(memory, *start, *end)).collect()
    }

    /// Returns a stretch of one status as a check. A failure leaves the slot in which it ends to the
    /// recovery, as edges do, unless it also began there.
    fn piece(&self, memory: &Memory, start: Instant, end: Instant) -> Option<CheckEvent> {
        let (began, status) = memory.before(start.plus_s(1)).filter(|_| start < end)?;
        let is_over = memory.status_at(end).is_some_and(|next| next < status);
        let last = if is_over { self.resolution.slot(end) } else { end }.plus_s(-1);
        let begins_here = self.resolution.slot(began) == self.resolution.slot(start);
        (last >= start || begins_here)
            .then(|| self.check(start, Some(last).filter(|last| *last > start), status))
    }

    fn check(&self, at: Instant, until: Option<Instant>, status: Status) -> CheckEvent {
        CheckEvent {
            service_id: self.service_id.clone(),
            probe: self.probe.clone(),
            checked_at: at,
            until,
            status,
            latency_ms: None,
            throughput_mbps: None,
            packet_loss_pct: None,
        }
    }
}
