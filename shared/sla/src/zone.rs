//! IANA time zones, from a table that `build.rs` extracts from `chrono-tz`: the local time of every instant.
//! Architecture invariant: equal to `chrono-tz` to the second (tests/zones.rs), without its two megabytes in
//! a binary.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::{Instant, shown};

// By zone, sorted: its name, the index of its first change, and the number of changes. By change: its instant
// and the index of its dial. By dial: seconds ahead of UTC and its name. A zone's first change covers all
// time before it.
include!(concat!(env!("OUT_DIR"), "/zones.rs"));

/// Bound on the distance of any clock from UTC, and on its largest jump: 24 h at the date line, and 2 h to
/// spare.
const OFFSET_S_MAX: i64 = 26 * 3600;

/// An IANA time zone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone(usize);

/// A text that does not name an IANA zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an IANA time zone: write a name such as UTC or Europe/Berlin", shown(.0))]
pub struct ZoneError(pub String);

impl Zone {
    /// Coordinated Universal Time, the default.
    pub const UTC: Self = Self(UTC);

    /// Lists the names of all zones, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ZONES.iter().map(|(name, ..)| *name)
    }

    /// Returns what the clock shows at an instant.
    pub fn clock(self, instant: Instant) -> NaiveDateTime {
        self.dial_at(instant).0
    }

    /// Returns the local calendar date of an instant.
    pub fn date(self, instant: Instant) -> NaiveDate {
        self.dial_at(instant).0.date()
    }

    /// Returns the first instant of a local date: the earlier of two midnights, or the instant at which the
    /// clock jumps over a missing one.
    pub fn midnight(self, date: NaiveDate) -> Instant {
        self.first_at(date.and_time(NaiveTime::MIN))
    }

    /// Returns the first instant at which the clock shows a local time: the earlier of two, or the instant at
    /// which it jumps over a missing one.
    pub fn first_at(self, local: NaiveDateTime) -> Instant {
        let local_s = local.and_utc().timestamp();
        let (since, shown) = self.changes();
        let first = change_at(since, local_s - OFFSET_S_MAX);
        // Between two changes the clock shows this time once, or is past it from the start.
        let from_s = |change: usize| {
            let reached_s = local_s - i64::from(DIALS[usize::from(shown[change])].0);
            if change == 0 { reached_s } else { reached_s.max(i64::from(since[change])) }
        };
        let until_s = |change: usize| since.get(change + 1).map_or(i64::MAX, |next| i64::from(*next));
        (first..since.len())
            .find(|change| from_s(*change) < until_s(*change))
            .map_or(Instant::from_epoch_s(local_s), |change| Instant::from_epoch_s(from_s(change)))
    }

    /// Returns the local time as people of the zone read it, such as `2026-06-01 02:00 CEST`.
    pub fn local(self, instant: Instant) -> String {
        let (clock, name) = self.dial_at(instant);
        format!("{} {name}", clock.format("%Y-%m-%d %H:%M"))
    }

    fn changes(self) -> (&'static [u32], &'static [u8]) {
        let (_, place, count) = ZONES[self.0];
        let changes = usize::from(place)..usize::from(place) + usize::from(count);
        (&SINCE[changes.clone()], &SHOWN[changes])
    }

    /// Returns the local date and time, and the abbreviation of its offset.
    fn dial_at(self, instant: Instant) -> (NaiveDateTime, &'static str) {
        let (since, shown) = self.changes();
        let (offset_s, name) = DIALS[usize::from(shown[change_at(since, instant.epoch_s())])];
        (instant.to_utc().naive_utc() + TimeDelta::seconds(i64::from(offset_s)), name)
    }
}

/// Returns the index of the change in force at an instant.
fn change_at(since: &[u32], epoch_s: i64) -> usize {
    since.partition_point(|at_s| i64::from(*at_s) <= epoch_s).saturating_sub(1)
}

impl FromStr for Zone {
    type Err = ZoneError;
    fn from_str(text: &str) -> Result<Self, ZoneError> {
        ZONES.binary_search_by_key(&text, |(name, ..)| name).map(Self).map_err(|_| ZoneError(text.to_owned()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ZONES[self.0].0)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}
