//! Announcements on record for a service: what is compared, and what is remembered of closed months.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fact::Silence;
use crate::exclusion::excluded_s;
use crate::settlement::ClaimReminders;
use crate::{Instant, Month, Service, Span};

/// Closed months summed up for one outage: ten years.
const CLOSED_PARTS_MAX: usize = 120;

/// The announcements on record for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcements {
    /// The earliest month that is not closed.
    pub open_from: Month,
    /// Later months that were closed before it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) closed: BTreeSet<Month>,
    /// Announced outages, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) outages: Vec<AnnouncedOutage>,
    /// The part of each closed month, by its newest statement, in the announced outage that continues beyond
    /// its end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    closed_parts: BTreeMap<Month, ClosedPart>,
    /// Warnings and breaches by month.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) months: BTreeMap<Month, AnnouncedMonth>,
    /// Probes announced as silent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) silent: Vec<Silence>,
}

/// An announced outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AnnouncedOutage {
    pub(super) started_at: Instant,
    /// The announced end; none while the outage is announced as open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<Instant>,
    /// Number of announcements that it is open.
    openings: u32,
    /// Other ends announced before; returning to one of them is not announced again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    earlier_ends: BTreeSet<Instant>,
}

/// The seconds of a closed month within the outage that continues beyond its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClosedPart {
    /// Seconds that count as downtime.
    pub(crate) down_s: i64,
    /// Seconds that are excluded.
    pub(crate) excluded_s: i64,
}

/// The announcements about a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AnnouncedMonth {
    /// The standing warnings, in percent of the allowed downtime.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) warned_pct: Vec<i64>,
    /// Number of times that each warning was given and then forgotten.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) forgotten: BTreeMap<i64, u32>,
    /// Number of announced breaches.
    #[serde(default)]
    pub(super) episodes: u32,
    /// True if the last of them stands.
    #[serde(default)]
    pub(super) breached: bool,
    /// The claim reminders of the month.
    #[serde(rename = "told", default, skip_serializing_if = "is_default")]
    pub(super) reminders: ClaimReminders,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl AnnouncedOutage {
    /// Builds the record of an outage not announced yet.
    pub(super) fn from(started_at: Instant) -> Self {
        Self { started_at, ended_at: None, openings: 0, earlier_ends: BTreeSet::new() }
    }

    /// True if the outage, known to start before a run's end, touches that run, which starts at `start`.
    pub(super) fn touches_from(&self, start: Instant) -> bool {
        self.started_at >= start || self.ended_at.is_none_or(|ended| ended > start)
    }

    /// Records an end. True if it has not been announced before.
    pub(super) fn end(&mut self, ended_at: Instant) -> bool {
        self.earlier_ends.extend(self.ended_at);
        self.ended_at = Some(ended_at);
        !self.earlier_ends.remove(&ended_at)
    }

    /// Records that the outage continues, and returns the number of this opening.
    pub(super) fn open(&mut self) -> u32 {
        self.earlier_ends.extend(self.ended_at.take());
        self.openings += 1;
        self.openings
    }
}

impl ClosedPart {
    /// Accounts for a span of down slots.
    pub(crate) fn of(down: Span, union: &[Span]) -> Self {
        let excluded_s = excluded_s(down, union);
        Self { down_s: down.length_s() - excluded_s, excluded_s }
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self { down_s: self.down_s + other.down_s, excluded_s: self.excluded_s + other.excluded_s }
    }
}

impl AnnouncedMonth {
    /// Records that the customer is now told of a breach or its withdrawal.
    pub(super) fn turn(&mut self, breached: bool, now: Instant) {
        self.episodes += u32::from(breached);
        self.breached = breached;
        self.reminders.breach_at = breached.then_some(now);
    }

    /// Forgets the warnings whose thresholds are no longer reached.
    pub(super) fn forget_warnings(&mut self, is_reached: impl Fn(i64) -> bool) {
        let forgotten = self.warned_pct.extract_if(.., |threshold_pct| !is_reached(*threshold_pct));
        for threshold_pct in forgotten {
            *self.forgotten.entry(threshold_pct).or_default() += 1;
        }
    }
}

impl Announcements {
    /// Builds the record of a service without announcements.
    pub fn nothing(service: &Service) -> Self {
        Self {
            open_from: service.counted_from(),
            closed: BTreeSet::new(),
            outages: Vec::new(),
            closed_parts: BTreeMap::new(),
            months: BTreeMap::new(),
            silent: Vec::new(),
        }
    }

    /// Records that a month is closed, and forgets outages that no open month needs.
    pub fn close(&mut self, month: Month, service: &Service) {
        if month >= self.open_from {
            self.closed.insert(month);
        }
        while self.closed.remove(&self.open_from) {
            self.open_from = self.open_from.next();
        }
        let open_start = self.open_from.start(service.time_zone);
        self.outages.retain(|outage| {
            outage.started_at >= open_start || outage.ended_at.is_none_or(|ended| ended > open_start)
        });
        let (open_from, first) = (self.open_from, self.outages.first().map(|outage| outage.started_at));
        self.closed_parts
            .retain(|month, _| first.is_some_and(|first| first < month.bounds(service.time_zone).end));
        self.months.retain(|month, announced| {
            *month >= open_from || announced.episodes > 0 || !is_default(&announced.reminders)
        });
    }

    /// True if an announced outage began before a month's end and continues beyond it.
    pub(crate) fn lasts_beyond(&self, month: Month, service: &Service) -> bool {
        let end = month.bounds(service.time_zone).end;
        self.outages.iter().any(|outage| outage.started_at < end && outage.touches_from(end))
    }

    /// Records a closed month's part of the outage that continues beyond its end.
    pub(crate) fn set_closed_part(&mut self, month: Month, part: ClosedPart) {
        self.closed_parts.insert(month, part);
    }

    /// Returns the part of closed months in an announced outage that continues into the first open month.
    /// Goes back month by month as long as the outage fills them.
    pub(super) fn closed_part(&self, started_at: Instant, service: &Service) -> ClosedPart {
        let first = Month::of(started_at, service.time_zone);
        let (mut month, mut sum) = (self.open_from, ClosedPart::default());
        for _ in 0..CLOSED_PARTS_MAX {
            if month <= first {
                break;
            }
            month = month.previous();
            let Some(period) = service.period(month, Instant::from_epoch_s(i64::MAX)) else { break };
            // Without a recorded part, the month counts as down: the outage would have ended otherwise.
            let since_start = || Span::new(started_at, period.end).intersect(period).length_s();
            let recorded = self.closed_parts.get(&month).copied();
            let part = recorded.unwrap_or_else(|| ClosedPart { down_s: since_start(), excluded_s: 0 });
            sum = sum.plus(part);
            if part.down_s + part.excluded_s < period.length_s() {
                break;
            }
        }
        sum
    }

    /// True if a month is closed.
    pub fn is_closed(&self, month: Month) -> bool {
        month < self.open_from || self.closed.contains(&month)
    }

    /// Returns the claim reminders of a month.
    pub fn reminders(&self, month: Month) -> ClaimReminders {
        self.months.get(&month).map(|announced| announced.reminders.clone()).unwrap_or_default()
    }

    /// Records the claim reminders of a month.
    pub fn set_reminders(&mut self, month: Month, reminders: ClaimReminders) {
        if reminders != self.reminders(month) {
            self.months.entry(month).or_default().reminders = reminders;
        }
    }

    /// Records that the customer is now told of a missed limit.
    pub fn missed(&mut self, month: Month, now: Instant) {
        self.months.entry(month).or_default().reminders.missed_at = Some(now);
    }

    /// Records that a month's availability is claimed or not: a claimed month gets no reminder.
    pub fn note_claims(&mut self, month: Month, is_claimed: bool) {
        if is_claimed || self.reminders(month).claimed {
            self.months.entry(month).or_default().reminders.claimed = is_claimed;
        }
    }

    /// Lists the closed months to settle again by `now`.
    pub fn months_to_settle(&self, now: Instant) -> Vec<Month> {
        let due = self
            .months
            .iter()
            .filter(|(_, announced)| announced.reminders.look_at.is_some_and(|at| at <= now));
        due.map(|(month, _)| *month).collect()
    }

    /// Returns the instant at which the next closed month is to be settled again.
    pub fn settles_at(&self) -> Option<Instant> {
        self.months.values().filter_map(|announced| announced.reminders.look_at).min()
    }

    /// Returns the month after the last closed one.
    pub fn beyond_closed(&self) -> Month {
        self.closed.last().map_or(self.open_from, |last| last.next())
    }

    /// True if the latest announcement about a month is that it is breached.
    pub fn breached(&self, month: Month) -> bool {
        self.months.get(&month).is_some_and(|announced| announced.breached)
    }

    /// Records the announcement of a breach or its withdrawal, and returns its episode.
    pub fn breach(&mut self, month: Month, breached: bool, now: Instant) -> u32 {
        if breached != self.breached(month) {
            self.months.entry(month).or_default().turn(breached, now);
        }
        self.months.get(&month).map_or(0, |announced| announced.episodes)
    }
}
