//! Findings become batches of checks for `record-checks`, pure: sent together after some time, and at once
//! when a target's status changes. Each finding is sent once; only targets that measure nothing share a
//! check.

use std::collections::BTreeMap;

use events::CheckEvent;
use events::check::ChecksEvent;
use sla::{Instant, Status, TargetId};

use crate::finding::Finding;

/// Seconds after which findings are sent, unless a service's silence asks for less.
const SEND_EVERY_S: u32 = 60;
/// The longest time between two batches, in seconds.
const SEND_EVERY_S_MAX: u32 = 3_600;
/// Largest message, in bytes: SQS takes 256 KB, of which 16 KB are left for its attributes. At 200 bytes a
/// check, that is 1,200 checks, of the 10,000 that `record-checks` takes of one message.
pub const MESSAGE_BYTES_MAX: usize = 240 * 1024;
/// The most checks of a message.
pub const CHECKS_MAX: usize = 10_000;
/// The most checks kept after they could not be sent: 20 MB at 200 bytes each.
pub const UNSENT_MAX: usize = 100_000;
/// The JSON around the checks of a message: `{"checks":[]}`.
const FRAME_BYTES: usize = 13;

/// Findings that wait to be sent.
#[derive(Debug, Clone)]
pub struct Batch {
    send_every_s: i64,
    run_every_s: i64,
    waiting: Vec<Finding>,
    unsent: Vec<CheckEvent>,
    statuses: BTreeMap<TargetId, Status>,
}

/// A time between two batches that is too long, or none at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "send_every_s: {given} is out of range: give 1 to {max} s, at most half of the services' shortest silence"
)]
pub struct SendEveryError {
    given: u32,
    max: u32,
}

impl Batch {
    /// Starts with nothing: `send_every_s` is 60 unless it is given or the shortest silence of the services
    /// asks for less; `run_every_s` is the time from one run to the next.
    ///
    /// # Errors
    /// Returns a [`SendEveryError`] if `send_every_s` is more than half of the silence.
    pub fn new(
        send_every_s: Option<u32>,
        run_every_s: u32,
        silence_s: Option<u32>,
    ) -> Result<Self, SendEveryError> {
        let max = silence_s.map_or(SEND_EVERY_S_MAX, |silence_s| SEND_EVERY_S_MAX.min(silence_s / 2));
        let given = send_every_s.unwrap_or(SEND_EVERY_S.min(max));
        if !(1..=max).contains(&given) {
            return Err(SendEveryError { given, max });
        }
        Ok(Self {
            send_every_s: given.into(),
            run_every_s: run_every_s.into(),
            waiting: Vec::new(),
            unsent: Vec::new(),
            statuses: BTreeMap::new(),
        })
    }

    /// Takes the findings of a run that ended at `now`, and returns what to send now. That is everything, if
    /// a target's status has changed or if the oldest finding would be too old after the next run; else
    /// nothing.
    pub fn add(&mut self, findings: Vec<Finding>, now: Instant) -> Vec<ChecksEvent> {
        let mut has_changed = false;
        for finding in &findings {
            let before = self.statuses.insert(finding.target_id.clone(), finding.status);
            has_changed |= before != Some(finding.status);
        }
        self.waiting.extend(findings);
        let next_run = now.plus_s(self.run_every_s);
        let is_old = |finding: &Finding| finding.checked_at.plus_s(self.send_every_s) < next_run;
        if has_changed || !self.unsent.is_empty() || self.waiting.iter().any(is_old) {
            self.take()
        } else {
            Vec::new()
        }
    }

    /// Takes everything that waits, as when a process ends.
    pub fn take(&mut self) -> Vec<ChecksEvent> {
        let mut checks = std::mem::take(&mut self.unsent);
        checks.extend(checks_of(std::mem::take(&mut self.waiting)));
        messages(checks)
    }

    /// Takes messages back that could not be sent; they go first the next time. A check that was sent
    /// nevertheless changes nothing when it comes again. Returns how many of the oldest checks had to be
    /// dropped.
    pub fn give_back(&mut self, messages: Vec<ChecksEvent>) -> usize {
        self.unsent.extend(messages.into_iter().flat_map(|message| message.checks));
        let excess = self.unsent.len().saturating_sub(UNSENT_MAX);
        self.unsent.drain(..excess);
        excess
    }
}

/// Returns the checks of findings: one each. Findings of a target that measures nothing share one with
/// `until`, as long as the status stays and no run is missing in between.
fn checks_of(findings: Vec<Finding>) -> Vec<CheckEvent> {
    let mut checks: Vec<CheckEvent> = Vec::new();
    let mut lasts: BTreeMap<TargetId, usize> = BTreeMap::new();
    for finding in findings {
        let last = lasts.get(&finding.target_id).and_then(|place| checks.get_mut(*place));
        match last.filter(|last| !finding.is_measured && goes_on(last, &finding)) {
            Some(last) => last.until = Some(finding.checked_at),
            None => {
                lasts.insert(finding.target_id.clone(), checks.len());
                checks.push(finding.check());
            }
        }
    }
    checks
}

fn goes_on(last: &CheckEvent, finding: &Finding) -> bool {
    let gap_s = finding.checked_at.epoch_s() - last.until.unwrap_or(last.checked_at).epoch_s();
    last.status == finding.status && (0..2 * i64::from(finding.interval_s)).contains(&gap_s)
}

/// Packs checks into messages, in their order, as many as a message takes.
fn messages(checks: Vec<CheckEvent>) -> Vec<ChecksEvent> {
    let mut messages: Vec<ChecksEvent> = Vec::new();
    let mut bytes = 0;
    for check in checks {
        // With its comma. A check is made of ids and numbers, which can always be written.
        let own = serde_json::to_vec(&check).map_or(0, |json| json.len() + 1);
        match messages.last_mut() {
            Some(last) if bytes + own <= MESSAGE_BYTES_MAX && last.checks.len() < CHECKS_MAX => {
                last.checks.push(check);
                bytes += own;
            }
            _ => {
                messages.push(ChecksEvent { checks: vec![check] });
                bytes = FRAME_BYTES + own;
            }
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::vantage::Phases;

    fn at(s: i64) -> Instant {
        Instant::from_epoch_s(1_000_000_000 + s)
    }

    fn finding(target: &str, at_s: i64, status: Status, is_measured: bool) -> Finding {
        let connect = is_measured.then_some(Duration::from_micros(1_500));
        Finding {
            target_id: target.parse().unwrap(),
            service_id: target.parse().unwrap(),
            region: "eu-1".parse().unwrap(),
            interval_s: 60,
            is_measured,
            checked_at: at(at_s),
            status,
            phases: Phases { connect, ..Phases::default() },
            reason: None,
        }
    }

    fn sent(messages: &[ChecksEvent]) -> Vec<(i64, Option<i64>, Status)> {
        let offset = |instant: Instant| instant.epoch_s() - 1_000_000_000;
        let checks = messages.iter().flat_map(|message| &message.checks);
        checks.map(|check| (offset(check.checked_at), check.until.map(offset), check.status)).collect()
    }

    #[test]
    fn findings_wait_for_the_others_and_a_change_does_not() {
        let mut batch = Batch::new(None, 10, Some(120)).unwrap();
        let mut add =
            |s: i64, status: Status| sent(&batch.add(vec![finding("t", s, status, true)], at(s + 1)));
        assert_eq!(add(0, Status::Up), [(0, None, Status::Up)], "the first is a change");
        for s in [10, 20, 30, 40, 50] {
            assert_eq!(add(s, Status::Up), [], "{s}");
        }
        let at_once = add(60, Status::Up);
        assert_eq!(at_once.len(), 6, "at the next run, the oldest would be older than 60 s: {at_once:?}");
        assert_eq!(add(70, Status::Up), []);
        assert_eq!(add(80, Status::Down), [(70, None, Status::Up), (80, None, Status::Down)]);
        assert_eq!(add(90, Status::Down), []);
        assert_eq!(add(100, Status::Up).len(), 2);
    }

    #[test]
    fn only_what_measures_nothing_shares_a_check_and_no_gap_is_covered() {
        #[track_caller]
        fn check(is_measured: bool, found: &[(i64, Status)], expect: &[(i64, Option<i64>, Status)]) {
            let found = found.iter().map(|(s, status)| finding("t", *s, *status, is_measured)).collect();
            assert_eq!(sent(&messages(checks_of(found))), expect);
        }
        let (up, down) = (Status::Up, Status::Down);
        check(true, &[(0, up), (60, up)], &[(0, None, up), (60, None, up)]);
        check(false, &[(0, up), (60, up), (121, up)], &[(0, Some(121), up)]);
        check(false, &[(0, up), (120, up)], &[(0, None, up), (120, None, up)]);
        check(false, &[(0, up), (60, down), (120, up)], &[(0, None, up), (60, None, down), (120, None, up)]);
        check(false, &[(60, up), (0, up)], &[(60, None, up), (0, None, up)]);
    }

    #[test]
    fn the_time_between_batches_leaves_room_in_the_silence() {
        let new =
            |send_every_s, silence_s| Batch::new(send_every_s, 60, silence_s).map(|batch| batch.send_every_s);
        assert_eq!(new(None, None), Ok(60));
        assert_eq!(new(None, Some(120)), Ok(60));
        assert_eq!(new(None, Some(20)), Ok(10));
        assert_eq!(new(Some(3_600), None), Ok(3_600));
        let messages =
            [new(Some(61), Some(120)), new(Some(0), None), new(Some(3_601), None), new(None, Some(1))]
                .map(|refused| refused.unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn what_could_not_be_sent_goes_first_the_next_time() {
        let mut batch = Batch::new(None, 10, None).unwrap();
        let refused = batch.add(vec![finding("t", 0, Status::Up, true)], at(1));
        assert_eq!(batch.give_back(refused), 0);
        let again = batch.add(vec![finding("t", 10, Status::Up, true)], at(11));
        assert_eq!(sent(&again), [(0, None, Status::Up), (10, None, Status::Up)]);
        let many = ChecksEvent { checks: vec![finding("t", 0, Status::Up, true).check(); UNSENT_MAX + 7] };
        assert_eq!(batch.give_back(vec![many]), 7);
        let messages = batch.take();
        assert_eq!(messages.iter().map(|message| message.checks.len()).sum::<usize>(), UNSENT_MAX);
        for message in messages {
            assert!(serde_json::to_vec(&message).unwrap().len() <= MESSAGE_BYTES_MAX);
        }
    }

    /// Runs each 10 s: for each run, whether a target is tried at all, and its status.
    fn runs() -> impl Strategy<Value = Vec<Vec<(bool, Status)>>> {
        let status = prop_oneof![4 => Just(Status::Up), 1 => Just(Status::Down), 1 => Just(Status::Degraded)];
        prop::collection::vec(prop::collection::vec((prop::bool::weighted(0.9), status), 3), 1..60)
    }

    proptest! {
        #[test]
        fn every_finding_is_sent_once_and_in_time_and_a_change_at_once(
            runs in runs(), measured in prop::array::uniform3(any::<bool>()), send_every_s in 10_u32..=60
        ) {
            let mut batch = Batch::new(Some(send_every_s), 10, Some(120)).unwrap();
            let (mut checks, mut waiting): (Vec<CheckEvent>, Vec<Finding>) = (Vec::new(), Vec::new());
            let (mut all, mut before) = (Vec::new(), [None; 3]);
            for (nth, run) in runs.iter().enumerate() {
                let now_s = i64::try_from(nth).unwrap() * 10;
                let tried = run.iter().enumerate().filter(|(_, (tried, _))| *tried);
                let of = |t: usize, status: Status| finding(&format!("t{t}"), now_s, status, measured[t]);
                let findings: Vec<Finding> =
                    tried.map(|(t, (_, status))| of(t, *status)).collect();
                let mut has_changed = false;
                for (t, (_, status)) in run.iter().enumerate().filter(|(_, (tried, _))| *tried) {
                    has_changed |= before[t].replace(*status) != Some(*status);
                }
                all.extend(findings.clone());
                waiting.extend(findings.clone());
                let sent = batch.add(findings, at(now_s));
                prop_assert!(!has_changed || !sent.is_empty(), "a change waits");
                if !sent.is_empty() {
                    waiting.clear();
                }
                checks.extend(sent.into_iter().flat_map(|message| message.checks));
                // The next run is 10 s away.
                let late = at(now_s + 10 - i64::from(send_every_s));
                prop_assert!(waiting.iter().all(|finding| finding.checked_at >= late), "one will be late");
            }
            checks.extend(batch.take().into_iter().flat_map(|message| message.checks));
            let speaks = |check: &CheckEvent, finding: &Finding| {
                let end = check.until.unwrap_or(check.checked_at);
                let same = (&check.service_id, check.status) == (&finding.service_id, finding.status);
                same && (check.checked_at..=end).contains(&finding.checked_at)
            };
            for finding in &all {
                let own = checks.iter().filter(|check| speaks(check, finding)).count();
                prop_assert_eq!(own, 1, "{:?}", finding);
            }
            // A check says no more than its findings: it begins and ends with one.
            let is_found = |check: &&CheckEvent| {
                let ends = [Some(check.checked_at), check.until];
                ends.into_iter().flatten().all(|end| {
                    all.iter().any(|one| one.checked_at == end && one.service_id == check.service_id)
                })
            };
            prop_assert!(checks.iter().all(|check| is_found(&check)));
            let singles = all.iter().filter(|finding| finding.is_measured).count();
            let single_checks = checks.iter().filter(|check| check.latency_ms.is_some()).count();
            prop_assert_eq!(single_checks, singles, "a measured finding has a check of its own");
        }
    }
}
