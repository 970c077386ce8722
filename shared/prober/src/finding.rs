//! Findings: what the tries of a target come to. A failure that the second try does not confirm is degraded,
//! and one that nobody could confirm is unknown.

use std::time::Duration;

use events::{CheckEvent, Target};
use sla::{Instant, ProbeId, ServiceId, Status, TargetId};

use crate::trouble::Trouble;
use crate::vantage::Phases;

/// Result of one try of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The target.
    pub target_id: TargetId,
    /// The service that it tells of.
    pub service_id: ServiceId,
    /// The region that tried it.
    pub region: ProbeId,
    /// Seconds between two checks of the target.
    pub interval_s: u32,
    /// True if the target's checks measure a latency.
    pub is_measured: bool,
    /// The instant of the connection; without one, of the try's beginning.
    pub checked_at: Instant,
    /// The status.
    pub status: Status,
    /// The durations.
    pub phases: Phases,
    /// The reason for a status other than up.
    pub reason: Option<String>,
}

/// One try of a target.
#[derive(Debug)]
pub struct Attempt {
    /// The instant of the connection; without one, of the beginning.
    pub at: Instant,
    /// The durations.
    pub phases: Phases,
    /// Outcome of the try.
    pub outcome: Outcome,
}

/// Outcome of a try.
#[derive(Debug)]
pub enum Outcome {
    /// The target works.
    Works,
    /// It works, and a certificate ends sooner than wanted.
    EndsSoon,
    /// It does not work, or was not measured.
    Failed(Trouble),
}

impl Attempt {
    /// True if the service failed, which a second try must confirm.
    pub fn is_failure(&self) -> bool {
        matches!(&self.outcome, Outcome::Failed(trouble) if !trouble.is_ours())
    }

    fn status(&self) -> Status {
        match &self.outcome {
            Outcome::Works => Status::Up,
            Outcome::EndsSoon => Status::Degraded,
            Outcome::Failed(trouble) if trouble.is_ours() => Status::Unknown,
            Outcome::Failed(_) => Status::Down,
        }
    }

    fn reason(&self) -> Option<String> {
        match &self.outcome {
            Outcome::Works => None,
            Outcome::EndsSoon => Some("a certificate ends sooner than the target wants".to_owned()),
            Outcome::Failed(trouble) => Some(trouble.told()),
        }
    }
}

impl Finding {
    fn of(target: &Target, attempt: &Attempt, status: Status) -> Self {
        Self {
            phases: attempt.phases,
            reason: attempt.reason(),
            ..Self::unmeasured(target, attempt.at, status)
        }
    }

    fn unmeasured(target: &Target, checked_at: Instant, status: Status) -> Self {
        Self {
            target_id: target.target_id.clone(),
            service_id: target.service_id.clone(),
            region: target.region.clone(),
            interval_s: target.interval_s.get(),
            is_measured: target.check.is_measured(),
            checked_at,
            status,
            phases: Phases::default(),
            reason: None,
        }
    }

    /// Returns the finding of a target that was not measured, for a reason of ours.
    pub fn unknown(target: &Target, checked_at: Instant, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::unmeasured(target, checked_at, Status::Unknown) }
    }

    /// Takes back what a finding says, for a reason of ours.
    #[must_use]
    pub fn distrusted(self, reason: &str) -> Self {
        Self { status: Status::Unknown, phases: Phases::default(), reason: Some(reason.to_owned()), ..self }
    }

    /// Returns the findings of a first try and, if that failed, of the second. Each try is a finding of its
    /// own; the second decides what the first one counts as.
    pub fn tried(target: &Target, first: &Attempt, second: Option<&Attempt>) -> Vec<Self> {
        let Some(second) = second else { return vec![Self::of(target, first, first.status())] };
        let counts_as = match second.status() {
            Status::Down => Status::Down,
            Status::Up | Status::Degraded => Status::Degraded,
            Status::Unknown => Status::Unknown,
        };
        vec![Self::of(target, first, counts_as), Self::of(target, second, second.status())]
    }

    /// Returns the latency: the time that the TCP connection took, in milliseconds.
    pub fn latency_ms(&self) -> Option<f64> {
        self.phases.connect.filter(|_| self.status != Status::Unknown).and_then(milliseconds)
    }

    /// Returns the finding as a check on the wire.
    pub fn check(&self) -> CheckEvent {
        CheckEvent {
            service_id: self.service_id.clone(),
            probe: self.region.clone(),
            checked_at: self.checked_at,
            until: None,
            status: self.status,
            latency_ms: self.latency_ms(),
            throughput_mbps: None,
            packet_loss_pct: None,
        }
    }
}

/// Writes a duration in milliseconds with the microseconds that are stored: as decimal text, so exactly.
fn milliseconds(duration: Duration) -> Option<f64> {
    let us = duration.as_micros();
    format!("{}.{:03}", us / 1000, us % 1000).parse().ok()
}

#[cfg(test)]
mod tests {
    use events::target::{Host, TargetCheck, TcpCheck};

    use super::*;

    const WORKS: fn() -> Outcome = || Outcome::Works;
    const ENDS: fn() -> Outcome = || Outcome::EndsSoon;
    const FAILS: fn() -> Outcome = || Outcome::Failed(Trouble::Status(500));
    const OURS: fn() -> Outcome = || Outcome::Failed(Trouble::LessSecure("a.example.com".to_owned()));

    fn target() -> Target {
        let host: Host = "a.example.com".parse().unwrap();
        let check = TargetCheck::Tcp(TcpCheck { host, port: 443.try_into().unwrap() });
        let id = |text: &str| text.parse().unwrap();
        Target::new(id("t"), "api".parse().unwrap(), "eu-1".parse().unwrap(), check, None, None).unwrap()
    }

    fn attempt(at_s: i64, outcome: Outcome) -> Attempt {
        let phases = Phases { connect: Some(Duration::from_micros(12_345)), ..Phases::default() };
        Attempt { at: Instant::from_epoch_s(1_000_000_000 + at_s), phases, outcome }
    }

    #[test]
    fn the_second_try_decides_what_the_first_counts_as() {
        #[track_caller]
        fn check(first: fn() -> Outcome, second: Option<fn() -> Outcome>, expect: &[Status]) {
            let first = attempt(0, first());
            assert_eq!(first.is_failure(), second.is_some());
            let second = second.map(|outcome| attempt(7, outcome()));
            let findings = Finding::tried(&target(), &first, second.as_ref());
            let said: Vec<Status> = findings.iter().map(|finding| finding.status).collect();
            assert_eq!(said, expect);
            let instants: Vec<i64> = findings.iter().map(|finding| finding.checked_at.epoch_s()).collect();
            assert_eq!(
                instants,
                [1_000_000_000, 1_000_000_007][..instants.len()],
                "each has its own instant"
            );
        }
        check(WORKS, None, &[Status::Up]);
        check(ENDS, None, &[Status::Degraded]);
        check(OURS, None, &[Status::Unknown]);
        check(FAILS, Some(FAILS), &[Status::Down, Status::Down]);
        check(FAILS, Some(WORKS), &[Status::Degraded, Status::Up]);
        check(FAILS, Some(ENDS), &[Status::Degraded, Status::Degraded]);
        check(FAILS, Some(OURS), &[Status::Unknown, Status::Unknown]);
    }

    #[test]
    fn a_check_has_the_connections_time_as_its_latency() {
        let finding = &Finding::tried(&target(), &attempt(0, WORKS()), None)[0];
        let check = serde_json::to_value(finding.check()).unwrap();
        let expect = serde_json::json!({
            "service_id": "api", "probe": "eu-1", "checked_at": "2001-09-09T01:46:40Z", "status": "up",
            "latency_ms": 12.345,
        });
        assert_eq!(check, expect);
        let lost = finding.clone().distrusted("no control answers");
        assert_eq!((lost.status, lost.latency_ms()), (Status::Unknown, None));
    }
}
