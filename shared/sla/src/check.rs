//! Status checks: the reports of probes, and the rules for admitting them (rules, 1 and 2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::measurement::Measurement;
use crate::{Instant, ProbeId, Resolution, Service, ServiceId, Span};

/// A check may be dated at most this far ahead of its receipt: 5 minutes.
pub const FUTURE_S_MAX: i64 = 300;
/// A check may cover at most this much time: 31 days.
pub const UNTIL_S_MAX: i64 = 31 * 86_400;

/// The status that a probe saw. The worse of two is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Status {
    /// The probe itself failed: it says nothing about the service.
    Unknown = 1,
    /// The service works.
    Up = 2,
    /// The service works, but not well; counts as available.
    Degraded = 3,
    /// The service does not work.
    Down = 4,
}

impl Status {
    /// Returns the status of a slot's code, or `None` for an empty slot (0) or no code at all.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Unknown),
            2 => Some(Self::Up),
            3 => Some(Self::Degraded),
            4 => Some(Self::Down),
            _ => None,
        }
    }
}

/// One check of one service by one probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The service that was checked.
    pub service_id: ServiceId,
    /// The vantage point.
    pub probe: ProbeId,
    /// Instant of the check.
    pub checked_at: Instant,
    /// If given, the check covers all slots up to and including the one that contains this instant.
    pub until: Option<Instant>,
    /// The reported status.
    pub status: Status,
    /// The reported measurements.
    pub measurement: Measurement,
}

/// A reason for not admitting a check to the timeline (rules, 1 and 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// Dated in the future.
    #[error(
        "checked_at: {0} lies more than 5 minutes ahead of the receipt at {1}: send a check once it has been made"
    )]
    Future(Instant, Instant),
    /// Dated before the service's activation.
    #[error("checked_at: {0} lies before the service's activation at {1}: date it from then on")]
    BeforeActivation(Instant, Instant),
    /// `until` does not follow `checked_at`.
    #[error(
        "until: {0} lies before checked_at {1}: give the end of the time that the check speaks for, or leave it out"
    )]
    UntilBeforeCheckedAt(Instant, Instant),
    /// `until` lies in the future.
    #[error(
        "until: {0} lies more than 5 minutes ahead of the receipt at {1}: a check cannot speak for the future"
    )]
    UntilFuture(Instant, Instant),
    /// `until` is too far from `checked_at`.
    #[error("until: {0} lies more than 31 days after checked_at {1}: split the check")]
    UntilTooLong(Instant, Instant),
}

impl Check {
    /// Returns the slots that the check covers: from the one with `checked_at` to the one with `until`.
    pub fn slots(&self, resolution: Resolution) -> Span {
        let last = self.until.unwrap_or(self.checked_at).max(self.checked_at);
        Span::new(resolution.slot(self.checked_at), resolution.slot(last).plus_s(resolution.seconds()))
    }

    /// Checks that the service's timeline may take this check when it is received at `now`.
    ///
    /// # Errors
    /// Returns a [`CheckError`] for the first rule that the check breaks.
    pub fn admit(&self, service: &Service, now: Instant) -> Result<(), CheckError> {
        let ahead = now.plus_s(FUTURE_S_MAX);
        if self.checked_at > ahead {
            return Err(CheckError::Future(self.checked_at, now));
        }
        if self.checked_at < service.activated_at {
            return Err(CheckError::BeforeActivation(self.checked_at, service.activated_at));
        }
        let Some(until) = self.until else { return Ok(()) };
        if until < self.checked_at {
            return Err(CheckError::UntilBeforeCheckedAt(until, self.checked_at));
        }
        if until.epoch_s() - self.checked_at.epoch_s() > UNTIL_S_MAX {
            return Err(CheckError::UntilTooLong(until, self.checked_at));
        }
        if until > ahead {
            return Err(CheckError::UntilFuture(until, now));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(checked_at: &str, until: Option<&str>, expect: [&str; 2]) {
        let at = |clock: &str| -> Instant { format!("2026-06-10T{clock}Z").parse().unwrap() };
        let check = Check {
            service_id: "svc-1".parse().unwrap(),
            probe: "default".parse().unwrap(),
            checked_at: at(checked_at),
            until: until.map(at),
            status: Status::Up,
            measurement: Measurement::default(),
        };
        assert_eq!(check.slots(60.try_into().unwrap()), Span::new(at(expect[0]), at(expect[1])));
    }

    #[test]
    fn a_check_speaks_for_the_slots_that_hold_its_instants() {
        check("10:00:00", None, ["10:00:00", "10:01:00"]);
        check("10:00:59", None, ["10:00:00", "10:01:00"]);
        check("10:00:59", Some("10:00:59"), ["10:00:00", "10:01:00"]);
        check("10:00:59", Some("10:01:00"), ["10:00:00", "10:02:00"]);
        check("10:00:00", Some("10:59:59"), ["10:00:00", "11:00:00"]);
    }
}
