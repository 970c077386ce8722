//! Every zone, every month of the century: the table of zones agrees with `chrono-tz`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Duration, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use sla::{Instant, Month, Zone};

const CENTURY_S: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// The first instant of a date, found minute by minute on `chrono-tz`'s clock.
fn midnight(zone: Tz, date: NaiveDate) -> i64 {
    let midnight = date.and_time(NaiveTime::MIN);
    (0..26 * 60)
        .find_map(|minutes| zone.from_local_datetime(&(midnight + Duration::minutes(minutes))).earliest())
        .unwrap()
        .timestamp()
}

fn local(zone: Tz, epoch_s: i64) -> String {
    let instant = chrono::DateTime::from_timestamp(epoch_s, 0).unwrap();
    instant.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

#[test]
fn every_month_of_every_zone_begins_when_chrono_tz_says() {
    for theirs in TZ_VARIANTS {
        let ours: Zone = theirs.name().parse().unwrap();
        let mut month = Month::first();
        for first in (2000..2100).flat_map(|year| (1..=12).map(move |m| NaiveDate::from_ymd_opt(year, m, 1)))
        {
            let expected = midnight(theirs, first.unwrap());
            assert_eq!(month.start(ours).epoch_s(), expected, "{theirs} {month}");
            month = month.next();
        }
    }
}

/// A step that meets every hour of the day and every day of the week.
const STEP_S: usize = 17 * 86_400 + 3_601;

#[test]
fn every_clock_shows_what_chrono_tz_shows() {
    for theirs in TZ_VARIANTS {
        let ours: Zone = theirs.name().parse().unwrap();
        assert_eq!(ours.to_string(), theirs.name());
        for epoch_s in CENTURY_S.step_by(STEP_S) {
            assert_eq!(ours.local(Instant::from_epoch_s(epoch_s)), local(theirs, epoch_s), "{theirs}");
        }
    }
}

#[test]
fn every_day_of_the_zones_with_the_oddest_clocks_begins_when_chrono_tz_says() {
    for name in
        ["Pacific/Apia", "America/Havana", "America/Asuncion", "America/St_Johns", "Africa/Casablanca"]
    {
        let (ours, theirs): (Zone, Tz) = (name.parse().unwrap(), name.parse().unwrap());
        for date in NaiveDate::from_ymd_opt(2000, 1, 1).unwrap().iter_days().take(36_524) {
            assert_eq!(ours.midnight(date).epoch_s(), midnight(theirs, date), "{name} {date}");
        }
    }
}
