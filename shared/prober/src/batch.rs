//! Findings become batches of checks for `record-checks`, pure. Each finding is sent once; only targets that
//! measure nothing share a check.

use std::collections::BTreeMap;

use events::CheckEvent;
use events::check::ChecksEvent;
use sla::TargetId;

use crate::finding::Finding;

/// Largest message, in bytes: SQS takes 256 KB, of which 16 KB are left for its attributes. At 200 bytes a
/// check, that is 1,200 checks, of the 10,000 that `record-checks` takes of one message.
const MESSAGE_BYTES_MAX: usize = 240 * 1024;
/// The most checks of a message.
const CHECKS_MAX: usize = 10_000;
/// The JSON around the checks of a message: `{"checks":[]}`.
const FRAME_BYTES: usize = 13;

/// Packs findings into messages: those of a run all at once, so that no change waits and nothing has to be
/// kept from one run to the next.
pub fn messages(findings: Vec<Finding>) -> Vec<ChecksEvent> {
    packed(checks_of(findings))
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
fn packed(checks: Vec<CheckEvent>) -> Vec<ChecksEvent> {
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
    use sla::{Instant, Status};

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
    fn only_what_measures_nothing_shares_a_check_and_no_gap_is_covered() {
        #[track_caller]
        fn check(is_measured: bool, found: &[(i64, Status)], expect: &[(i64, Option<i64>, Status)]) {
            let found = found.iter().map(|(s, status)| finding("t", *s, *status, is_measured)).collect();
            assert_eq!(sent(&messages(found)), expect);
        }
        let (up, down) = (Status::Up, Status::Down);
        check(true, &[(0, up), (60, up)], &[(0, None, up), (60, None, up)]);
        check(false, &[(0, up), (60, up), (121, up)], &[(0, Some(121), up)]);
        check(false, &[(0, up), (120, up)], &[(0, None, up), (120, None, up)]);
        check(false, &[(0, up), (60, down), (120, up)], &[(0, None, up), (60, None, down), (120, None, up)]);
        check(false, &[(60, up), (0, up)], &[(60, None, up), (0, None, up)]);
    }

    #[test]
    fn a_message_takes_what_a_queue_takes() {
        let many = vec![finding("t", 0, Status::Up, true); 5 * CHECKS_MAX];
        let count = many.len();
        let messages = messages(many);
        assert_eq!(messages.iter().map(|message| message.checks.len()).sum::<usize>(), count);
        for message in messages {
            assert!(serde_json::to_vec(&message).unwrap().len() <= MESSAGE_BYTES_MAX);
        }
    }

    /// Tries in the order of time: for each, the target, the seconds since the one before, and the status.
    fn tries() -> impl Strategy<Value = Vec<(usize, i64, Status)>> {
        let status = prop_oneof![4 => Just(Status::Up), 1 => Just(Status::Down), 1 => Just(Status::Degraded)];
        prop::collection::vec((0_usize..3, 1_i64..60, status), 0..60)
    }

    proptest! {
        #[test]
        fn every_finding_is_said_once(tries in tries(), measured in prop::array::uniform3(any::<bool>())) {
            let mut now_s = 0;
            let findings: Vec<Finding> = tries.into_iter().map(|(target, later_s, status)| {
                now_s += later_s;
                finding(&format!("t{target}"), now_s, status, measured[target])
            }).collect();
            let checks: Vec<CheckEvent> =
                messages(findings.clone()).into_iter().flat_map(|message| message.checks).collect();
            let speaks = |check: &CheckEvent, finding: &Finding| {
                let end = check.until.unwrap_or(check.checked_at);
                let same = (&check.service_id, check.status) == (&finding.service_id, finding.status);
                same && (check.checked_at..=end).contains(&finding.checked_at)
            };
            for finding in &findings {
                let own = checks.iter().filter(|check| speaks(check, finding)).count();
                prop_assert_eq!(own, 1, "{:?}", finding);
            }
            // A check says no more than its findings: it begins and ends with one.
            let is_found = |check: &&CheckEvent| {
                let ends = [Some(check.checked_at), check.until];
                ends.into_iter().flatten().all(|end| {
                    findings.iter().any(|one| one.checked_at == end && one.service_id == check.service_id)
                })
            };
            prop_assert!(checks.iter().all(|check| is_found(&check)));
            let singles = findings.iter().filter(|finding| finding.is_measured).count();
            let single_checks = checks.iter().filter(|check| check.latency_ms.is_some()).count();
            prop_assert_eq!(single_checks, singles, "a measured finding has a check of its own");
        }
    }
}
