//! The slow model: computes a service's months from its accepted checks, straight from the sentences of the
//! rules. It shares only the calendar with the core; it knows no chunks, no order and no memory.

use std::collections::{BTreeMap, BTreeSet};

use sla::{Instant, Month, Plan, Service, Status};

/// Parts per million of the whole.
const PPM: i128 = 1_000_000;

/// An accepted check, by the starts of its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedCheck {
    /// The vantage point.
    pub probe: String,
    /// The first slot that it covers.
    pub first: i64,
    /// The last slot that it covers.
    pub last: i64,
    /// The status.
    pub status: Status,
}

/// Everything known about a service: facts whose order does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Accepted checks.
    pub checks: Vec<AcceptedCheck>,
    /// Maintenance and approved exclusions, by their ids: `[start, end)`.
    pub windows: BTreeMap<String, (i64, i64)>,
    /// Approved voids, by their ids: probe and `[start, end)`.
    pub voids: BTreeMap<String, (String, i64, i64)>,
}

/// Seconds of a service-month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Available.
    pub up: i64,
    /// Not available.
    pub down: i64,
    /// Unknown.
    pub unknown: i64,
    /// Excluded from the agreed time.
    pub excluded: i64,
}

/// A verdict; the greater, the better for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// The commitment was kept, or nothing was agreed.
    Kept,
    /// Missing data decides.
    Open,
    /// It was not kept.
    Broken,
}

impl Tally {
    /// Returns the seconds of agreed time.
    pub fn agreed(self) -> i64 {
        self.up + self.down + self.unknown
    }

    /// Judges the seconds by a commitment.
    pub fn judged(self, commitment_ppm: i64) -> Judgement {
        let too_much = |down_s: i64| breaks(down_s, self.agreed(), commitment_ppm);
        match (too_much(self.down), too_much(self.down + self.unknown)) {
            (true, _) => Judgement::Broken,
            (false, true) => Judgement::Open,
            (false, false) => Judgement::Kept,
        }
    }
}

/// True if the downtime exceeds what a commitment allows for the agreed time.
fn breaks(down_s: i64, agreed_s: i64, commitment_ppm: i64) -> bool {
    i128::from(down_s) * PPM > i128::from(agreed_s) * (PPM - i128::from(commitment_ppm))
}

/// True if the downtime uses up a percentage of what a commitment allows.
fn uses(down_s: i64, agreed_s: i64, commitment_ppm: i64, percent: i64) -> bool {
    let allowed = i128::from(agreed_s) * (PPM - i128::from(commitment_ppm)) * i128::from(percent);
    down_s > 0 && i128::from(down_s) * PPM * 100 >= allowed
}

/// A maximal run of down slots, before exclusions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its first slot.
    pub start: i64,
    /// The first instant after its last slot.
    pub end: i64,
    /// True if it goes on: its last slot is the present one, and the service has not ended.
    pub ongoing: bool,
}

/// A service by the rules, with the evidence about it, at an instant.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The service.
    pub service: &'a Service,
    /// The evidence.
    pub evidence: &'a Evidence,
    /// The present.
    pub now: i64,
    /// The combined status of every slot from the activation to the present.
    stretches: Stretches,
}

/// Runs of slots with one status: start, end, status.
type Stretches = Vec<(i64, i64, Status)>;

impl<'a> View<'a> {
    /// Builds the view of the evidence at `now`.
    pub fn of(service: &'a Service, evidence: &'a Evidence, now: i64) -> Self {
        let mut view = View { service, evidence, now, stretches: Stretches::new() };
        view.stretches = view.combine(view.ceil(service.activated_at.epoch_s()), view.present_end());
        view
    }

    /// Returns the seconds of a month by other evidence.
    pub fn tally_by(&self, evidence: &Evidence, month: Month) -> Option<Tally> {
        if evidence == self.evidence {
            return self.tally(month);
        }
        View::of(self.service, evidence, self.now).tally(month)
    }

    /// Returns the commitment of a month.
    pub fn commitment_ppm(&self, month: Month) -> i64 {
        match self.service.in_month(month).0 {
            Plan::Standard => 999_000,
            Plan::Premium => 999_500,
            Plan::Enterprise => 999_900,
        }
    }

    /// Returns the slots of month ∩ [activated, terminated) that begin before an instant, if there are any.
    pub fn period(&self, month: Month, before: i64) -> Option<(i64, i64)> {
        let bounds = month.bounds(self.service.time_zone);
        let end = self.service.terminated_at.map_or(i64::MAX, Instant::epoch_s);
        let start = bounds.start.max(self.service.activated_at).epoch_s();
        let end = bounds.end.epoch_s().min(end).min(before);
        let (start, end) = (self.ceil(start), self.ceil(end));
        (start < end).then_some((start, end))
    }

    /// Returns the seconds of a month, as far as known now.
    pub fn tally(&self, month: Month) -> Option<Tally> {
        self.tally_to(month, self.now)
    }

    fn tally_to(&self, month: Month, before: i64) -> Option<Tally> {
        let (start, end) = self.period(month, before)?;
        let mut tally = Tally::default();
        for (from, to, status) in self.stretches(start, end) {
            let excluded = self.excluded_s(from, to);
            tally.excluded += excluded;
            let counted = to - from - excluded;
            match status {
                Status::Down => tally.down += counted,
                Status::Unknown => tally.unknown += counted,
                Status::Up | Status::Degraded => tally.up += counted,
            }
        }
        Some(tally)
    }

    /// Returns the counted downtime of a month so far, and the agreed seconds of the whole month.
    fn progress(&self, month: Month) -> Option<(i64, i64)> {
        let (start, end) = self.period(month, i64::MAX)?;
        let agreed_s = end - start - self.excluded_s(start, end);
        Some((self.tally_to(month, self.present_end()).map_or(0, |tally| tally.down), agreed_s))
    }

    /// True if a month can no longer keep its commitment, even if all its remaining slots are up.
    pub fn is_broken(&self, month: Month) -> bool {
        let commitment_ppm = self.commitment_ppm(month);
        self.progress(month).is_some_and(|(down_s, agreed_s)| breaks(down_s, agreed_s, commitment_ppm))
    }

    /// True if a month has used up a percentage of its allowed downtime.
    pub fn has_used(&self, month: Month, percent: i64) -> bool {
        let commitment_ppm = self.commitment_ppm(month);
        self.progress(month)
            .is_some_and(|(down_s, agreed_s)| agreed_s > 0 && uses(down_s, agreed_s, commitment_ppm, percent))
    }

    /// Returns every outage of the service's life.
    pub fn runs(&self) -> Vec<Run> {
        let end = self.service.terminated_at.map_or(i64::MAX, |at| self.ceil(at.epoch_s()));
        let (start, end) = (self.ceil(self.service.activated_at.epoch_s()), end.min(self.present_end()));
        let is_over = self.service.terminated_at.is_some_and(|at| at.epoch_s() <= self.now);
        let down = self.stretches(start, end).filter(|(_, _, status)| *status == Status::Down);
        down.map(|(start, to, _)| Run { start, end: to, ongoing: to == end && !is_over }).collect()
    }

    /// Returns the excluded seconds of a span.
    pub fn excluded_s(&self, from: i64, to: i64) -> i64 {
        let mut windows: Vec<(i64, i64)> = self.evidence.windows.values().copied().collect();
        windows.sort_unstable();
        let (mut excluded_s, mut counted_to) = (0, from);
        for (start, end) in windows {
            let (start, end) = (self.ceil(start).max(counted_to), self.ceil(end).min(to));
            excluded_s += (end - start).max(0);
            counted_to = counted_to.max(end);
        }
        excluded_s
    }

    /// Returns the end of the slot that contains the present.
    fn present_end(&self) -> i64 {
        self.floor(self.now) + self.slot_s()
    }

    fn slot_s(&self) -> i64 {
        self.service.resolution_s.seconds()
    }

    fn floor(&self, at: i64) -> i64 {
        at.div_euclid(self.slot_s()) * self.slot_s()
    }

    fn ceil(&self, at: i64) -> i64 {
        self.floor(at.min(i64::MAX - self.slot_s()) + self.slot_s() - 1)
    }

    /// Returns the stretches of a span.
    fn stretches(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, i64, Status)> + '_ {
        let clipped = self
            .stretches
            .iter()
            .map(move |(start, end, status)| (*start.max(&from), *end.min(&to), *status));
        clipped.filter(|(start, end, _)| start < end)
    }

    /// Combines the statuses of all probes for every slot in `[from, to)`.
    fn combine(&self, from: i64, to: i64) -> Stretches {
        let names: BTreeSet<&str> = self.evidence.checks.iter().map(|check| check.probe.as_str()).collect();
        let probes: Vec<Stretches> = names.into_iter().map(|probe| self.of_probe(probe, to)).collect();
        let starts = probes.iter().flatten().flat_map(|(start, end, _)| [*start, *end]);
        let mut starts: BTreeSet<i64> = starts.filter(|at| from < *at && *at < to).collect();
        starts.insert(from);
        let starts: Vec<i64> = starts.into_iter().collect();
        let mut stretches: Stretches = Vec::new();
        let mut at = vec![0; probes.len()];
        for (nth, start) in starts.iter().enumerate() {
            let end = starts.get(nth + 1).copied().unwrap_or(to);
            let known = probes.iter().zip(&mut at).filter_map(|(probe, at)| {
                while probe.get(*at).is_some_and(|(_, to, _)| to <= start) {
                    *at += 1;
                }
                probe.get(*at).filter(|(from, _, _)| from <= start).map(|(_, _, status)| *status)
            });
            let status = self.combined(&known.collect::<Vec<_>>());
            match stretches.last_mut() {
                Some(last) if last.2 == status => last.1 = end,
                _ => stretches.push((*start, end, status)),
            }
        }
        stretches.retain(|(from, to, _)| from < to);
        stretches
    }

    /// Combines statuses: of the probes that are known, down if at least `quorum` are; else up if any is
    /// available.
    fn combined(&self, said: &[Status]) -> Status {
        let down = said.iter().filter(|status| **status == Status::Down).count();
        let known = said.iter().filter(|status| **status != Status::Unknown).count();
        match (down >= self.service.quorum as usize, known > down, down > 0) {
            (true, _, _) => Status::Down,
            (false, true, true) => Status::Degraded,
            (false, true, false) => Status::Up,
            (false, false, _) => Status::Unknown,
        }
    }

    /// Returns one probe's status for every slot before `to` for which it has one.
    fn of_probe(&self, probe: &str, to: i64) -> Stretches {
        let (slot_s, silence_s) = (self.slot_s(), self.service.max_silence_s.map(i64::from));
        let own: Vec<&AcceptedCheck> =
            self.evidence.checks.iter().filter(|check| check.probe == probe).collect();
        let voids: Vec<(i64, i64)> = self
            .evidence
            .voids
            .values()
            .filter(|void| void.0 == probe)
            .map(|void| (self.ceil(void.1), self.ceil(void.2)))
            .collect();
        let is_void = |slot: i64| voids.iter().any(|(from, to)| *from <= slot && slot < *to);
        let silent_from =
            |last: i64| silence_s.map_or(to, |silence_s| last + silence_s / slot_s * slot_s + slot_s);
        let bounds = own.iter().flat_map(|check| [check.first, check.last + slot_s, silent_from(check.last)]);
        let bounds = bounds.chain(voids.iter().flat_map(|(from, to)| [*from, *to]));
        // A void may end within a check: the status carried on from the void's last slot has a silence of its
        // own.
        let bounds: BTreeSet<i64> = bounds.filter(|at| *at < to).chain([to]).collect();
        let bounds: Vec<i64> = bounds.into_iter().collect();
        let mut stretches = Stretches::new();
        // The nearest earlier slot with a report, and its status.
        let mut reported: Option<(i64, Status)> = None;
        for pair in bounds.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let covering = own.iter().filter(|check| check.first <= from && from <= check.last);
            let status = match covering.map(|check| check.status).max() {
                Some(worst) => {
                    let said = if is_void(from) { Status::Unknown } else { worst };
                    reported = Some((to - slot_s, said));
                    Some(said)
                }
                None => reported.filter(|(slot, _)| from < silent_from(*slot)).map(|(_, said)| said),
            };
            if let Some(status) = status {
                let status = if is_void(from) { Status::Unknown } else { status };
                stretches.push((from, to, status));
            }
        }
        stretches
    }
}
