//! The claim window of a credit (agreement, "Claim Process"; rules, 6).

use chrono::Days;

use crate::{Instant, Zone};

/// The end of a claim window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimWindow {
    /// The customer has not yet been told of anything to claim: no claim is late.
    Unopened,
    /// An outage that counts is open: no claim is late.
    OutageOpen,
    /// A claim is in time before this instant.
    Until(Instant),
}

/// The end of the outages that count in a month, not clipped to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutagesEnd {
    /// No outage counts.
    None,
    /// The latest of them ended at this instant.
    At(Instant),
    /// One of them is open.
    Open,
}

impl OutagesEnd {
    /// Returns `after` if an outage continues beyond the month, else this end.
    #[must_use]
    pub const fn or_after(self, after: Self) -> Self {
        match self {
            Self::Open => after,
            ended => ended,
        }
    }
}

impl ClaimWindow {
    /// Returns the claim window of a month's credit. It closes at the end of the `days`-th local calendar day
    /// after the later of two days: that of the outages' end, and that on which the customer was told.
    pub fn of(told_at: Option<Instant>, outages: OutagesEnd, days: u32, zone: Zone) -> Self {
        match (told_at, outages) {
            (None, _) => Self::Unopened,
            (Some(_), OutagesEnd::Open) => Self::OutageOpen,
            (Some(told_at), OutagesEnd::None) => Self::Until(window_closes_at(told_at, days, zone)),
            (Some(told_at), OutagesEnd::At(end)) => {
                Self::Until(window_closes_at(told_at.max(end), days, zone))
            }
        }
    }

    /// True if a claim filed at an instant is in time.
    pub fn admits(self, filed_at: Instant) -> bool {
        self.until().is_none_or(|until| filed_at < until)
    }

    /// Returns the first instant at which a claim is late, if known.
    pub const fn until(self) -> Option<Instant> {
        match self {
            Self::Until(until) => Some(until),
            Self::Unopened | Self::OutageOpen => None,
        }
    }
}

/// Returns the first instant at which a claim is late: the end of the `window_days`-th local calendar day
/// after the day that contains `latest`.
pub fn window_closes_at(latest: Instant, window_days: u32, zone: Zone) -> Instant {
    let after = zone.date(latest).checked_add_days(Days::new(u64::from(window_days) + 1));
    after.map_or(latest, |date| zone.midnight(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, latest: &str, closes_at: &str) {
        let closes = window_closes_at(latest.parse().unwrap(), 7, zone.parse().unwrap());
        assert_eq!(closes.to_string(), closes_at, "{zone}");
    }

    #[test]
    fn a_claim_is_in_time_until_the_end_of_the_seventh_local_day() {
        check("UTC", "2026-06-03T23:59:59Z", "2026-06-11T00:00:00Z");
        check("UTC", "2026-06-04T00:00:00Z", "2026-06-12T00:00:00Z");
        check("Europe/Berlin", "2026-06-03T22:00:00Z", "2026-06-11T22:00:00Z");
        // Clocks go back on 25 October: the window is an hour longer; on 29 March it is an hour shorter.
        check("Europe/Berlin", "2026-10-20T10:00:00Z", "2026-10-27T23:00:00Z");
        check("Europe/Berlin", "2026-03-24T10:00:00Z", "2026-03-31T22:00:00Z");
        // Midnight of 1 October 2017 does not exist in Asuncion: the day begins at 01:00.
        check("America/Asuncion", "2017-09-23T15:00:00Z", "2017-10-01T04:00:00Z");
        // Midnight of 1 November 2015 comes twice in Havana: the first one counts.
        check("America/Havana", "2015-10-24T15:00:00Z", "2015-11-01T04:00:00Z");
    }

    #[test]
    fn the_window_counts_from_the_latest_of_outage_and_telling_to_the_second() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let told = Some(at("2026-06-03T10:00:00Z"));
        let window = |outages| ClaimWindow::of(told, outages, 7, Zone::UTC);
        let first = window(OutagesEnd::None);
        assert_eq!(first.until(), Some(at("2026-06-11T00:00:00Z")));
        assert!(first.admits(at("2026-06-10T23:59:59Z")) && !first.admits(at("2026-06-11T00:00:00Z")));
        assert_eq!(window(OutagesEnd::At(at("2026-06-02T00:00:00Z"))), first, "the telling was later");
        let second = window(OutagesEnd::At(at("2026-06-05T00:00:00Z")));
        assert_eq!(second.until(), Some(at("2026-06-13T00:00:00Z")), "the exclusive end's own day counts");
        assert!(window(OutagesEnd::Open).admits(at("2027-01-01T00:00:00Z")));
        let untold = ClaimWindow::of(None, OutagesEnd::At(at("2026-06-05T00:00:00Z")), 7, Zone::UTC);
        assert!(untold.admits(at("2027-01-01T00:00:00Z")));
    }
}
