//! Memory of a series: the edges that its source has told. The caller loads it, passes it in, and stores it;
//! it depends on what was told, not on the order in which that came.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sla::{Instant, ProbeId, ServiceId, Status};

/// Most edges that are remembered, the newest ones: 200 × 40 bytes are 8 KB of an item.
pub const EDGES_MAX: usize = 200;

/// A series: one probe of one service.
pub type Series = (ServiceId, ProbeId);

/// The edges of a series: the status that began at each instant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    edges: BTreeMap<Instant, Status>,
    /// Assertions that hold no more.
    #[serde(default, skip_serializing_if = "Stands::is_empty")]
    pub(crate) stands: Stands,
}

/// Assertions by points that are none any more: a worse status, and the last slot that it fills.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Stands(BTreeMap<Instant, (Status, Instant)>);

impl Stands {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each with its instant and its last slot, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Instant, Status, Instant)> {
        self.0.iter().map(|(at, (status, last))| (*at, *status, *last))
    }

    /// Adds one. Of two at one instant the worse counts, and the longer.
    pub fn add(&mut self, at: Instant, status: Status, last: Instant) {
        let stands = self.0.entry(at).or_insert((status, last));
        *stands = (status.max(stands.0), last.max(stands.1));
        while self.0.len() > EDGES_MAX {
            self.0.pop_first();
        }
    }
}

impl Memory {
    /// Returns the edges, oldest first.
    pub fn edges(&self) -> impl Iterator<Item = (Instant, Status)> {
        self.edges.iter().map(|(at, status)| (*at, *status))
    }

    /// Returns the edges within a span, without its end.
    pub fn within(&self, from: Instant, to: Instant) -> impl Iterator<Item = (Instant, Status)> {
        let span = (from < to).then_some(from..to);
        span.into_iter().flat_map(|span| self.edges.range(span)).map(|(at, status)| (*at, *status))
    }

    /// Returns the last edge before an instant.
    pub fn before(&self, at: Instant) -> Option<(Instant, Status)> {
        self.edges.range(..at).next_back().map(|(at, status)| (*at, *status))
    }

    /// Returns the status at an instant, if any edge came by then.
    pub fn status_at(&self, at: Instant) -> Option<Status> {
        self.edges.range(..=at).next_back().map(|(_, status)| *status)
    }

    /// Adds an edge. Of two at one instant the worse counts.
    pub(crate) fn add(&mut self, at: Instant, status: Status) {
        let edge = self.edges.entry(at).or_insert(status);
        *edge = status.max(*edge);
        while self.edges.len() > EDGES_MAX {
            self.edges.pop_first();
        }
    }

    /// Removes the edges of a status within a span, without its end.
    pub(crate) fn remove(&mut self, from: Instant, to: Instant, status: Status) {
        self.edges.retain(|at, is| *is != status || !(from..to).contains(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_edges_are_remembered_and_of_two_at_one_instant_the_worse() {
        let at = |second: usize| Instant::from_epoch_s(1_800_000_000 + second as i64);
        for order in [[Status::Up, Status::Down], [Status::Down, Status::Up]] {
            let mut memory = Memory::default();
            order.into_iter().for_each(|status| memory.add(at(0), status));
            assert_eq!((memory.status_at(at(0)), memory.before(at(0))), (Some(Status::Down), None));
        }
        let mut memory = Memory::default();
        (0..=EDGES_MAX).for_each(|second| memory.add(at(second), Status::Up));
        assert_eq!((memory.edges().count(), memory.edges().next()), (EDGES_MAX, Some((at(1), Status::Up))));
    }
}
