//! Every zone, every month of the century: the table of zones agrees with `chrono-tz`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use sla::{Instant, Month, Zone};

const CENTURY_S: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// The first instant of a date, found minute by minute on `chrono-tz`'s clock.
fn midnight(zone: Tz, date: NaiveDate) -> i64 {
    first_at(zone, date.and_time(NaiveTime::MIN))
}

/// The first instant at which `chrono-tz`'s clock shows a local time, or one after it.
fn first_at(zone: Tz, local: NaiveDateTime) -> i64 {
    (0..26 * 60)
        .find_map(|minutes| zone.from_local_datetime(&(local + Duration::minutes(minutes))).earliest())
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

#[test]
fn every_local_time_of_every_zone_comes_when_chrono_tz_says() {
    for theirs in TZ_VARIANTS {
        let ours: Zone = theirs.name().parse().unwrap();
        for epoch_s in CENTURY_S.step_by(STEP_S) {
            // Whole minutes, as the search above goes by them.
            let local = Instant::from_epoch_s(epoch_s / 60 * 60).to_utc().naive_utc();
            assert_eq!(ours.first_at(local).epoch_s(), first_at(theirs, local), "{theirs} {local}");
        }
    }
    // Around the changes of one zone, minute by minute: 02:30 comes twice in October, and never in March.
    let (ours, theirs): (Zone, Tz) = ("Europe/Berlin".parse().unwrap(), chrono_tz::Europe::Berlin);
    for (month, day) in [(3, 29), (10, 25)] {
        let day = NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_time(NaiveTime::MIN);
        for local in (0..6 * 60).map(|minute| day + Duration::minutes(minute)) {
            assert_eq!(ours.first_at(local).epoch_s(), first_at(theirs, local), "{local}");
        }
    }
}
