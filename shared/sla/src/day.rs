//! The local days of a period, for charts and long views: every second falls on exactly one day.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::availability::Seconds;
use crate::quorum::Stretch;
use crate::{Resolution, Span, Zone};

/// Limit on the days of one period.
pub const DAYS_MAX: usize = 400;

/// A local day, or the part of it within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Day {
    /// The date in the service's zone.
    pub date: NaiveDate,
    /// The seconds of the day, each exactly once.
    pub seconds: Seconds,
}

/// Splits an accounted period into its local days, in order. A slot belongs to the day in which it starts.
///
/// A day begins as a month does: at the first instant with its local date.
pub fn days(account: &Account, resolution: Resolution, zone: Zone, period: Span) -> Vec<Day> {
    let day = |(date, span)| Day { date, seconds: seconds_of(account, span) };
    local_days(period, resolution, zone).into_iter().map(day).collect()
}

/// Splits a period into its local days, on slot starts.
pub(crate) fn local_days(period: Span, resolution: Resolution, zone: Zone) -> Vec<(NaiveDate, Span)> {
    let mut days = Vec::new();
    let mut start = period.start;
    let mut date = zone.date(start);
    while start < period.end && days.len() < DAYS_MAX {
        let Some(next) = date.checked_add_days(Days::new(1)) else { break };
        let end = resolution.slot_from(zone.midnight(next)).min(period.end);
        // A clock set back over midnight shows the previous day again, which then has no slot left. A date
        // that a place skipped stays in the list, with no seconds.
        if start < end || !days.is_empty() {
            days.push((date, Span::new(start, end.max(start))));
            start = end.max(start);
        }
        date = next;
    }
    days
}

fn seconds_of(account: &Account, day: Span) -> Seconds {
    let first = account.combined.partition_point(|stretch| stretch.span.end <= day.start);
    let within = account.combined[first..].iter().take_while(|stretch| stretch.span.start < day.end);
    let clipped: Vec<Stretch> =
        within.map(|stretch| Stretch { span: stretch.span.intersect(day), ..*stretch }).collect();
    Seconds::partition(&clipped, &account.union)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Instant, Status};

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// An account that is down within `down` and up around it, with one exclusion.
    fn account(period: Span, down: (&str, &str), excluded: (&str, &str)) -> Account {
        let (start, end) = (at(down.0), at(down.1));
        let stretch = |start, end, status| Stretch { span: Span::new(start, end), status };
        let combined = vec![
            stretch(period.start, start, Status::Up),
            stretch(start, end, Status::Down),
            stretch(end, period.end, Status::Up),
        ];
        let union = vec![Span::new(at(excluded.0), at(excluded.1))];
        let seconds = Seconds::partition(&combined, &union);
        Account { combined, excluded: Vec::new(), union, seconds }
    }

    #[track_caller]
    fn check(zone: &str, bounds: (&str, &str), expect: &str) {
        let period = Span::new(at(bounds.0), at(bounds.1));
        let middle = at(bounds.0).plus_s(3600).to_string();
        let account = account(period, (&middle, bounds.1), (bounds.0, &middle));
        let days = days(&account, 60.try_into().unwrap(), zone.parse().unwrap(), period);
        let shown: Vec<String> = days
            .iter()
            .map(|Day { date, seconds }| format!("{date} {}-{}", seconds.excluded, seconds.down))
            .collect();
        assert_eq!(shown.join(", "), expect, "{zone}");
        let total: i64 = days.iter().map(|day| day.seconds.period).sum();
        assert_eq!(total, account.seconds.period, "every second, once");
    }

    #[test]
    fn a_slot_falls_on_the_local_day_in_which_it_starts() {
        let two = ("2026-06-03T10:00:00Z", "2026-06-04T00:00:00Z");
        check("UTC", two, "2026-06-03 3600-46800");
        check("Europe/Berlin", two, "2026-06-03 3600-39600, 2026-06-04 0-7200");
        // The day on which the clocks go forward has 23 hours.
        let spring = ("2026-03-28T23:00:00Z", "2026-03-30T00:00:00Z");
        check("Europe/Berlin", spring, "2026-03-29 3600-79200, 2026-03-30 0-7200");
        // Midnight of 1 October 2017 does not exist in Asuncion; that of 1 November 2015 comes twice in
        // Havana.
        let missing = ("2017-10-01T00:00:00Z", "2017-10-01T05:00:00Z");
        check("America/Asuncion", missing, "2017-09-30 3600-10800, 2017-10-01 0-3600");
        let twice = ("2015-11-01T03:00:00Z", "2015-11-01T06:00:00Z");
        check("America/Havana", twice, "2015-10-31 3600-0, 2015-11-01 0-7200");
    }

    #[test]
    fn a_day_that_begins_twice_is_cut_at_its_first_beginning() {
        // Sao Paulo set its clocks back at midnight: the last hour of 17 February 2018 came again.
        let again = ("2018-02-18T02:00:00Z", "2018-02-18T05:00:00Z");
        check("America/Sao_Paulo", again, "2018-02-17 3600-0, 2018-02-18 0-7200");
        let long = ("2018-02-17T12:00:00Z", "2018-02-18T04:00:00Z");
        check("America/Sao_Paulo", long, "2018-02-17 3600-50400, 2018-02-18 0-3600");
        // Samoa crossed the date line: it had no 30 December 2011.
        let skipped = ("2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z");
        check("Pacific/Apia", skipped, "2011-12-29 3600-0, 2011-12-30 0-0, 2011-12-31 0-3600");
        // St. John's did so a minute after midnight: an hour of 6 November 2010 came after the 7th had begun.
        check("America/St_Johns", ("2010-11-07T03:00:00Z", "2010-11-07T05:00:00Z"), "2010-11-07 3600-3600");
    }
}
