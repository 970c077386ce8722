//! Edges as checks (mode A): a point at the start of a failure and one at its end, both whenever both are known.
//! Carrying fills what lies between, so repeats and lost first messages are harmless, and nothing that is only
//! carried needs a void to be corrected.

use std::collections::{BTreeMap, BTreeSet};

use events::CheckEvent;
use sla::check::UNTIL_S_MAX;
use sla::{Instant, Resolution, Status};

use crate::meaning::Sighting;
use crate::memory::Memory;

/// Returns the checks that a sighting means for its service, and remembers its edges.
///
/// A slot keeps the worst of its checks, and the last reported slot is carried on. Of several edges in one slot,
/// each that is better than the one before therefore speaks for one slot more: what is carried on is the last.
pub fn checks(sighting: &Sighting, resolution: Resolution, memory: &mut Memory) -> Vec<CheckEvent> {
    let mut checks: Vec<CheckEvent> = late_recovery(sighting, memory, resolution).into_iter().collect();
    let unknown_at = eaten_recovery(sighting, memory);
    remember(sighting, memory);
    let start = sighting.failed.map(|(start, _)| start);
    let told = [unknown_at, start, sighting.cleared_at].into_iter().flatten().collect();
    checks.extend(points(sighting, resolution, memory, &told));
    checks
}

/// Returns the checks that a sighting means where a quorum asks for several vantage points: all series of one
/// source are one probe first, which is as bad as the worst of them. `memories` has each series by its key.
pub fn joined_checks(
    sighting: &Sighting,
    resolution: Resolution,
    memories: &mut BTreeMap<String, Memory>,
) -> Vec<CheckEvent> {
    let old = joined(memories);
    remember(sighting, memories.entry(sighting.series.clone()).or_default());
    let new = joined(memories);
    let of = |memory: &Memory| memory.edges().collect::<BTreeSet<_>>();
    let changed = of(&old).symmetric_difference(&of(&new)).map(|(at, _)| *at).collect::<BTreeSet<_>>();
    // A repetition changes nothing, and is told again by its own edges.
    let own = [sighting.failed.map(|(start, _)| start), sighting.cleared_at].into_iter().flatten();
    let told = changed.iter().copied().chain(own).collect();
    let mut checks = points(sighting, resolution, &new, &told);
    // An edge that is none any more was asserted: the worse status that holds there instead is asserted as well.
    let is_edge = |at: Instant| new.edges().any(|(edge, _)| edge == at);
    let gone = changed.into_iter().filter(|at| !is_edge(*at));
    checks.extend(gone.filter_map(|at| new.status_at(at).map(|status| check(sighting, at, status))));
    checks
}

fn remember(sighting: &Sighting, memory: &mut Memory) {
    if let Some((start, status)) = sighting.failed {
        memory.add(start, status);
    }
    if let Some(end) = sighting.cleared_at {
        memory.add(end, Status::Up);
    }
}

/// Returns the edges of the worst of several series.
fn joined(memories: &BTreeMap<String, Memory>) -> Memory {
    let instants: BTreeSet<Instant> = memories.values().flat_map(Memory::edges).map(|(at, _)| at).collect();
    let mut joined = Memory::default();
    let mut before = None;
    for at in instants {
        let worst = memories.values().filter_map(|memory| memory.status_at(at)).max();
        if let Some(status) = worst.filter(|_| worst != before) {
            joined.add(at, status);
        }
        before = worst;
    }
    joined
}

/// Returns the checks of the edges that were told, and of those behind them that must speak for more slots now.
fn points(
    sighting: &Sighting,
    resolution: Resolution,
    memory: &Memory,
    told: &BTreeSet<Instant>,
) -> Vec<CheckEvent> {
    let Some(first) = told.first() else { return Vec::new() };
    let mut checks = Vec::new();
    let mut reach: Option<(Instant, Status)> = None;
    for (at, status) in memory.edges() {
        let slot = resolution.slot(at);
        let (last, is_apart) = match reach {
            Some((last, _)) if slot > last => (slot, true),
            Some((last, before)) if status < before => (last.plus_s(resolution.seconds()), false),
            Some((last, _)) => (last, false),
            None => (slot, true),
        };
        reach = Some((last, status));
        let is_told = told.contains(&at);
        if at < *first || (is_apart && !is_told) {
            continue;
        }
        let until = (last > slot).then_some(last);
        let is_measured = sighting.cleared_at == Some(at) || status == Status::Degraded;
        let latency_ms = sighting.latency_ms.filter(|_| is_told && is_measured);
        checks.push(CheckEvent { until, latency_ms, ..check(sighting, at, status) });
    }
    checks
}

/// Remembers the end of a recovery that was never told: a failure that follows one shows that the time since the
/// last failing measurement is unknown. Returns the instant from which it is.
fn eaten_recovery(sighting: &Sighting, memory: &mut Memory) -> Option<Instant> {
    let (start, _) = sighting.failed.filter(|_| sighting.follows_recovery)?;
    let (last, _) = memory.before(start).filter(|(_, status)| *status > Status::Up)?;
    let unknown_at = Some(last.plus_s(1)).filter(|unknown_at| *unknown_at < start)?;
    memory.add(unknown_at, Status::Unknown);
    Some(unknown_at)
}

/// Returns the failure as an interval, if a recovery that was thought eaten arrives after all: it takes the place
/// of the unknown.
fn late_recovery(sighting: &Sighting, memory: &mut Memory, resolution: Resolution) -> Option<CheckEvent> {
    let ((start, status), end) = (sighting.failed?, sighting.cleared_at?);
    memory.remove(start, end, Status::Unknown).then_some(())?;
    let until = resolution.slot(end).plus_s(-1).min(start.plus_s(UNTIL_S_MAX));
    (until > start).then(|| CheckEvent { until: Some(until), ..check(sighting, start, status) })
}

/// Returns a check of a sighting's probe at one instant.
fn check(sighting: &Sighting, at: Instant, status: Status) -> CheckEvent {
    CheckEvent {
        service_id: sighting.service_id.clone(),
        probe: sighting.probe.clone(),
        checked_at: at,
        until: None,
        status,
        latency_ms: None,
        throughput_mbps: None,
        packet_loss_pct: None,
    }
}
