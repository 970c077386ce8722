//! From the reports of probes to the status of the service: carrying, silence and quorum (rules, 2).

use crate::{Instant, Resolution, Span, Status};

/// A stretch of slots with one status; spans begin and end on slot starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The slots.
    pub span: Span,
    /// Their status.
    pub status: Status,
}

/// The rule by which a check's status is carried to later slots without a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarryRule {
    /// The slot length.
    pub resolution: Resolution,
    /// Longest time from a check's slot to a slot that takes its status, in seconds; `None` for ever.
    pub max_silence_s: Option<u32>,
}

/// The end of an endless span.
const NEVER: Instant = Instant::from_epoch_s(i64::MAX);

impl CarryRule {
    /// Returns the slots whose status can follow from a probe's reports in a span. They end at the probe's
    /// next report after the span, or where the carrying from the span's last slot ends.
    pub fn reach(self, span: Span, next_report: Option<Instant>) -> Span {
        let carried_to = self.silent_from(self.resolution.slot(span.end.plus_s(-1)));
        let end = carried_to.into_iter().chain(next_report).min().unwrap_or(NEVER);
        Span::new(span.start, end.max(span.end))
    }

    /// Returns the first slot that no longer takes the status of a check in `slot`; `None` if all do.
    pub fn silent_from(self, slot: Instant) -> Option<Instant> {
        let slot_s = self.resolution.seconds();
        self.max_silence_s.map(|silence_s| slot.plus_s((i64::from(silence_s) / slot_s + 1) * slot_s))
    }

    /// Fills a period from one probe's reported runs: each is carried until silence begins, then the status
    /// is unknown.
    ///
    /// `reported` is ascending without overlap, and may begin before the period. The result covers exactly
    /// the period, and neighbours differ in status.
    pub fn fill(self, reported: &[(Span, Status)], period: Span) -> Vec<Stretch> {
        let mut filled = StretchCollector { period, stretches: Vec::with_capacity(reported.len() * 2 + 1) };
        let mut known_to = period.start;
        for (index, &(span, status)) in reported.iter().enumerate() {
            let next = reported.get(index + 1).map_or(period.end.max(span.end), |(next, _)| next.start);
            let last_slot = span.end.plus_s(-self.resolution.seconds());
            let carried_to = self.silent_from(last_slot).map_or(next, |silent| silent.min(next));
            filled.push(Span::new(known_to, span.start), Status::Unknown);
            filled.push(Span::new(span.start, carried_to), status);
            known_to = carried_to;
        }
        filled.push(Span::new(known_to.max(period.start), period.end), Status::Unknown);
        filled.stretches
    }
}

/// A collector of stretches within a period, joining equal neighbours.
struct StretchCollector {
    period: Span,
    stretches: Vec<Stretch>,
}

impl StretchCollector {
    fn push(&mut self, span: Span, status: Status) {
        let span = span.intersect(self.period);
        if span.is_empty() {
            return;
        }
        match self.stretches.last_mut() {
            Some(last) if last.status == status => last.span.end = span.end,
            _ => self.stretches.push(Stretch { span, status }),
        }
    }
}

/// Combines the probes of a service by quorum; each probe covers the whole period.
///
/// Of the probes that are not unknown in a slot: down if at least `quorum` are down; else degraded if any is
/// degraded or down and at least one is up or degraded; else up if any is; else unknown.
pub fn combine(probes: &[Vec<Stretch>], quorum: u32, period: Span) -> Vec<Stretch> {
    let mut filled = StretchCollector { period, stretches: Vec::new() };
    let mut cursors: Vec<&[Stretch]> = probes.iter().map(Vec::as_slice).collect();
    let mut start = period.start;
    while start < period.end {
        let mut counts = [0_u32; 5];
        let mut end = period.end;
        for cursor in &mut cursors {
            while let Some((first, rest)) = cursor.split_first()
                && first.span.end <= start
            {
                *cursor = rest;
            }
            let Some(first) = cursor.first() else { continue };
            counts[first.status as usize] += 1;
            end = end.min(first.span.end);
        }
        filled.push(Span::new(start, end), vote(&counts, quorum));
        start = end;
    }
    filled.stretches
}

fn vote(counts: &[u32; 5], quorum: u32) -> Status {
    let count = |status: Status| counts[status as usize];
    let (up, degraded, down) = (count(Status::Up), count(Status::Degraded), count(Status::Down));
    if down >= quorum {
        Status::Down
    } else if up + degraded == 0 {
        Status::Unknown
    } else if degraded + down > 0 {
        Status::Degraded
    } else {
        Status::Up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(text: &str) -> Vec<Stretch> {
        let mut filled = StretchCollector {
            period: Span::new(Instant::from_epoch_s(0), Instant::from_epoch_s(60 * text.len() as i64)),
            stretches: vec![],
        };
        for (index, letter) in text.chars().enumerate() {
            let start = Instant::from_epoch_s(60 * index as i64);
            filled.push(Span::new(start, start.plus_s(60)), letter_status(letter).unwrap());
        }
        filled.stretches
    }

    fn letter_status(letter: char) -> Option<Status> {
        match letter {
            '?' => Some(Status::Unknown),
            'u' => Some(Status::Up),
            'd' => Some(Status::Degraded),
            'X' => Some(Status::Down),
            _ => None,
        }
    }

    #[track_caller]
    fn check_fill(reported: &str, max_silence_s: Option<u32>, expect: &str) {
        let runs: Vec<(Span, Status)> = reported
            .chars()
            .enumerate()
            .filter_map(|(index, letter)| {
                let start = Instant::from_epoch_s(60 * index as i64);
                letter_status(letter).map(|status| (Span::new(start, start.plus_s(60)), status))
            })
            .collect();
        let period = Span::new(Instant::from_epoch_s(0), Instant::from_epoch_s(60 * reported.len() as i64));
        let carrying = CarryRule { resolution: 60.try_into().unwrap(), max_silence_s };
        assert_eq!(carrying.fill(&runs, period), slots(expect), "{reported}");
    }

    #[test]
    fn a_status_is_carried_until_silence() {
        check_fill("u.........", Some(120), "uuu???????");
        check_fill("u..X......", Some(120), "uuuXXX????");
        check_fill("u...X.....", Some(120), "uuu?XXX???");
        check_fill("..u.......", Some(120), "??uuu?????");
        check_fill("X.........", None, "XXXXXXXXXX");
        check_fill("u.?....u..", Some(600), "uu?????uuu");
        check_fill("X.........", Some(179), "XXX???????");
        check_fill("X.........", Some(0), "X?????????");
        check_fill("..........", None, "??????????");
    }

    #[test]
    fn what_is_carried_in_counts_from_its_own_slot() {
        let period = Span::new(Instant::from_epoch_s(600), Instant::from_epoch_s(900));
        let reported = [(Span::new(Instant::from_epoch_s(480), Instant::from_epoch_s(540)), Status::Down)];
        let filled = CarryRule { resolution: 60.try_into().unwrap(), max_silence_s: Some(180) }
            .fill(&reported, period);
        let shape: Vec<_> = filled.iter().map(|s| (s.span.start.epoch_s(), s.status)).collect();
        assert_eq!(shape, [(600, Status::Down), (720, Status::Unknown)]);
    }

    #[test]
    fn probes_combine_by_quorum() {
        #[track_caller]
        fn check(probes: &[&str], quorum: u32, expect: &str) {
            let period = Span::new(Instant::from_epoch_s(0), Instant::from_epoch_s(60 * expect.len() as i64));
            let probes: Vec<_> = probes.iter().map(|p| slots(p)).collect();
            assert_eq!(combine(&probes, quorum, period), slots(expect));
        }
        check(&["uXd?"], 1, "uXd?");
        check(&["uuXX?", "uXXuX"], 2, "udXd?");
        check(&["X", "?"], 2, "?");
        check(&["XXXX", "XudX", "?uXX"], 2, "XdXX");
        check(&["?", "u"], 3, "u");
        check(&[], 1, "");
    }
}
