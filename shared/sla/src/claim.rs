//! The window within which a credit is claimed (agreement, "Claim Process"; rules, 6).

use chrono::Days;

use crate::{Instant, Zone};

/// Returns the first instant at which a claim is late: the end of the `window_days`-th local calendar day after the
/// day that contains `latest`, the latest of the outages' ends and of the day the customer was told.
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
        // Clocks go back on 25 October: the window is an hour longer.
        check("Europe/Berlin", "2026-10-20T10:00:00Z", "2026-10-27T23:00:00Z");
    }
}
