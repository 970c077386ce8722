//! Edges as checks (mode A): a point at the start of a failure and one at its end, both whenever both are
//! known. Carrying fills what lies between, so repeats and lost first messages are harmless, and nothing that
//! is only carried needs a void to be corrected.

use std::collections::BTreeMap;

use events::CheckEvent;
use serde::{Deserialize, Serialize};
use sla::{Instant, Resolution, Status};

use crate::meaning::Sighting;
use crate::memory::{Memory, Stands};
use crate::message::Metrics;

/// Most edges of all joined series that are remembered: 4,000 × 45 bytes are 180 KB of an item's 400.
const JOINED_EDGES_MAX: usize = 4000;

/// Returns the checks that a sighting means for its service, and remembers its edges.
///
/// A slot keeps the worst of its checks, and the last reported slot is carried on. Of several edges in one
/// slot, each that is better than the one before therefore speaks for one slot more: what is carried on is
/// the last.
pub fn checks(sighting: &Sighting, resolution: Resolution, memory: &mut Memory) -> Vec<CheckEvent> {
    let old = memory.clone();
    let unknown_at = eaten_recovery(sighting, memory);
    remember(sighting, memory);
    let mut stands = std::mem::take(&mut memory.stands);
    let checks = told(sighting, resolution, (&old, memory), &mut stands, unknown_at);
    memory.stands = stands;
    checks
}

/// All series of one source for one service, as one probe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Each series by its key.
    series: BTreeMap<String, Memory>,
    /// Assertions about the worst of them that hold no more.
    stands: Stands,
}

/// Returns the checks that a sighting means where a quorum asks for several vantage points: all series of one
/// source are one probe first, which is as bad as the worst of them. A failure that arrives after the
/// recovery of another series costs the slot of that recovery, as it was asserted and the failure outlasts
/// it.
pub fn joined_checks(sighting: &Sighting, resolution: Resolution, joined: &mut Joined) -> Vec<CheckEvent> {
    let old = worst(&joined.series);
    remember(sighting, joined.series.entry(sighting.series.clone()).or_default());
    let checks = told(sighting, resolution, (&old, &worst(&joined.series)), &mut joined.stands, None);
    joined.forget();
    checks
}

impl Joined {
    /// Forgets whole series until few enough edges are left: first those that have ended, the oldest first.
    fn forget(&mut self) {
        let edges = |series: &BTreeMap<String, Memory>| -> usize {
            series.values().map(|memory| memory.edges().count()).sum()
        };
        let last = |memory: &Memory| memory.edges().last().map(|(at, status)| (status > Status::Up, at));
        while self.series.len() > 1 && edges(&self.series) > JOINED_EDGES_MAX {
            let first = self.series.iter().min_by_key(|(_, memory)| last(memory));
            let Some(first) = first.map(|(key, _)| key.clone()) else { break };
            self.series.remove(&first);
        }
    }
}

fn remember(sighting: &Sighting, memory: &mut Memory) {
    if let Some((start, status)) = sighting.failed {
        // A recovery that was thought eaten has arrived: the time before it is not unknown.
        memory.remove(start, sighting.cleared_at.unwrap_or(start), Status::Unknown);
        memory.add(start, status);
    }
    if let Some(end) = sighting.cleared_at {
        memory.add(end, Status::Up);
    }
}

/// Remembers the end of a recovery that was never told: a failure that follows one shows that the time since
/// the last failing measurement is unknown. Returns the instant from which it is.
fn eaten_recovery(sighting: &Sighting, memory: &mut Memory) -> Option<Instant> {
    let (start, _) = sighting.failed.filter(|_| sighting.follows_recovery)?;
    let (last, _) = memory.before(start).filter(|(_, status)| *status > Status::Up)?;
    let unknown_at = Some(last.plus_s(1)).filter(|unknown_at| *unknown_at < start)?;
    memory.add(unknown_at, Status::Unknown);
    Some(unknown_at)
}

/// Returns the edges of the worst of several series.
fn worst(series: &BTreeMap<String, Memory>) -> Memory {
    let mut instants: Vec<Instant> = series.values().flat_map(Memory::edges).map(|(at, _)| at).collect();
    instants.sort_unstable();
    let (mut all, mut before) = (Memory::default(), None);
    for at in instants {
        let worst = series.values().filter_map(|memory| memory.status_at(at)).max();
        if let Some(status) = worst.filter(|_| worst != before) {
            all.add(at, status);
        }
        before = worst;
    }
    all
}

/// An edge with the last slot that it speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    at: Instant,
    status: Status,
    last: Instant,
}

/// Returns the checks by which a memory's points differ from the old ones, and those of the sighting's own
/// edges: a repetition is told again. A point that is none any more was asserted; a worse status is asserted
/// over it.
fn told(
    sighting: &Sighting,
    resolution: Resolution,
    (old, new): (&Memory, &Memory),
    stands: &mut Stands,
    unknown_at: Option<Instant>,
) -> Vec<CheckEvent> {
    let check = |Point { at, status, last }: Point, metrics: Metrics| CheckEvent {
        service_id: sighting.service_id.clone(),
        probe: sighting.probe.clone(),
        checked_at: at,
        until: Some(last).filter(|last| *last > resolution.slot(at)),
        status,
        latency_ms: metrics.latency_ms,
        throughput_mbps: metrics.throughput_mbps,
        packet_loss_pct: metrics.packet_loss_pct,
    };
    let mut checks = Vec::new();
    let before = points(old, stands, resolution);
    for point in &before {
        // If the true status is as good again by the end of the point's slots, the later edge says so itself.
        let until = point.last.plus_s(resolution.seconds() - 1);
        let status = new.status_at(point.at).min(new.status_at(until));
        let Some(status) = status.filter(|status| *status > point.status) else { continue };
        stands.add(point.at, status, point.last);
        checks.push(check(Point { status, ..*point }, Metrics::NONE));
    }
    let own = [sighting.failed.map(|(start, _)| start), sighting.cleared_at, unknown_at];
    for point in points(new, stands, resolution) {
        let is_own = own.contains(&Some(point.at));
        if is_own || !before.contains(&point) {
            let is_measured = sighting.cleared_at == Some(point.at) || point.status == Status::Degraded;
            let metrics = if is_own && is_measured { sighting.metrics } else { Metrics::NONE };
            checks.push(check(point, metrics));
        }
    }
    checks
}

/// Returns the edges of a memory as points. What stands fills its slots: a better status is said again behind
/// it.
fn points(memory: &Memory, stands: &Stands, resolution: Resolution) -> Vec<Point> {
    let edges = memory.edges().map(|(at, status)| (at, None, status));
    let again = stands.iter().flat_map(|(at, status, last)| {
        let now = memory.status_at(at).filter(|now| *now < status);
        [Some((at, Some(last), status)), now.map(|now| (at, None, now))].into_iter().flatten()
    });
    let mut asserted: Vec<(Instant, Option<Instant>, Status)> = edges.chain(again).collect();
    // What stands comes before the edge of the same instant.
    asserted.sort_by_key(|(at, stands_to, status)| (*at, stands_to.is_none(), *status));
    asserted.dedup();
    let mut points: Vec<Point> = Vec::new();
    let mut reach: Option<(Instant, Status)> = None;
    for (at, stands_to, status) in asserted {
        let slot = resolution.slot(at);
        let last = match reach {
            Some((last, before)) if slot <= last && status < before => last.plus_s(resolution.seconds()),
            Some((last, _)) => last.max(slot),
            None => slot,
        };
        let last = stands_to.map_or(last, |stands_to| last.max(stands_to));
        reach = Some((last, status));
        if stands_to.is_none() {
            points.push(Point { at, status, last });
        }
    }
    points
}
