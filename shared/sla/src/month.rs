//! Billing months in IANA zones: each starts at the first instant whose local date is the 1st (rules, 1).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Instant, Span, Zone, shown};

/// A calendar month between 2000-01 and 2099-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

/// A text that is not a month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a month: write YYYY-MM between 2000-01 and 2099-12, such as 2026-06", shown(.0))]
pub struct MonthError(pub String);

impl Month {
    fn new(year: i32, month: u32) -> Option<Self> {
        ((2000..2100).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// Returns 2000-01, the first month.
    pub const fn first() -> Self {
        Self { year: 2000, month: 1 }
    }

    /// Returns the month after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let (year, month) = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        Self { year, month }
    }

    /// Returns the month before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        let (year, month) = if self.month == 1 { (self.year - 1, 12) } else { (self.year, self.month - 1) };
        Self { year, month }
    }

    /// Returns the month of an instant in a zone.
    pub fn of(instant: Instant, zone: Zone) -> Self {
        let local = zone.date(instant);
        let guess = Self { year: local.year(), month: local.month() };
        // A clock set back over midnight of the 1st shows the old month again: the boundary decides, not the
        // clock.
        if instant >= guess.next().start(zone) {
            guess.next()
        } else if instant < guess.start(zone) {
            guess.previous()
        } else {
            guess
        }
    }

    /// Returns `[start, end)` of the month in a zone.
    pub fn bounds(self, zone: Zone) -> Span {
        Span::new(self.start(zone), self.next().start(zone))
    }

    /// Returns the first instant whose local date is the 1st of the month.
    pub fn start(self, zone: Zone) -> Instant {
        NaiveDate::from_ymd_opt(self.year, self.month, 1)
            .map_or(Instant::from_epoch_s(0), |date| zone.midnight(date))
    }
}

impl FromStr for Month {
    type Err = MonthError;
    fn from_str(text: &str) -> Result<Self, MonthError> {
        let parse = || {
            let (year, month) = text.split_once('-')?;
            let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
            if !(digits(year, 4) && digits(month, 2)) {
                return None;
            }
            Self::new(year.parse().ok()?, month.parse().ok()?)
        };
        parse().ok_or_else(|| MonthError(text.to_owned()))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

macro_rules! as_text {
    ($name:ident, $schema:tt) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}
as_text!(Month, { "type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$" });
as_text!(Zone, { "type": "string", "description": "IANA time zone, such as Europe/Berlin" });

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, month: &str, start: &str, hours: i64) {
        let bounds = month.parse::<Month>().unwrap().bounds(zone.parse().unwrap());
        assert_eq!(
            (bounds.start.to_string().as_str(), bounds.length_s()),
            (start, hours * 3600),
            "{zone} {month}"
        );
    }

    #[test]
    fn months_follow_their_zone() {
        check("UTC", "2026-06", "2026-06-01T00:00:00Z", 720);
        check("UTC", "2024-02", "2024-02-01T00:00:00Z", 696);
        check("Europe/Berlin", "2026-03", "2026-02-28T23:00:00Z", 743);
        check("Europe/Berlin", "2026-10", "2026-09-30T22:00:00Z", 745);
        check("America/New_York", "2026-11", "2026-11-01T04:00:00Z", 721);
        // Lord Howe shifts by half an hour only.
        assert_eq!(
            "2026-04".parse::<Month>().unwrap().bounds("Australia/Lord_Howe".parse().unwrap()).length_s(),
            2_593_800
        );
    }

    #[test]
    fn a_missing_midnight_is_the_jump_and_a_double_one_the_first() {
        // 2017-10-01 00:00 does not exist in Asuncion; 2015-11-01 00:00 comes twice in Havana.
        check("America/Asuncion", "2017-10", "2017-10-01T04:00:00Z", 743);
        check("America/Havana", "2015-11", "2015-11-01T04:00:00Z", 721);
    }

    #[test]
    fn a_clock_set_back_over_midnight_does_not_return_to_the_old_month() {
        // 2009-11-01 00:01 in St John's was followed by 2009-10-31 23:01.
        let zone: Zone = "America/St_Johns".parse().unwrap();
        let november: Month = "2009-11".parse().unwrap();
        let again_october = november.start(zone).plus_s(120);
        assert_eq!(zone.local(again_october), "2009-10-31 23:02 NST");
        assert_eq!(Month::of(again_october, zone), november);
    }

    #[test]
    fn every_instant_of_a_month_belongs_to_it() {
        for name in [
            "UTC",
            "Europe/Berlin",
            "America/Havana",
            "America/Asuncion",
            "Pacific/Apia",
            "Africa/Casablanca",
        ] {
            let zone: Zone = name.parse().unwrap();
            let mut month: Month = "2000-01".parse().unwrap();
            while month < "2099-12".parse().unwrap() {
                let bounds = month.bounds(zone);
                assert_eq!(Month::of(bounds.start, zone), month);
                assert_eq!(Month::of(bounds.end.plus_s(-1), zone), month);
                month = month.next();
            }
        }
    }

    #[test]
    fn a_bad_month_or_zone_says_what_would_be_right() {
        insta::assert_snapshot!("2026-13".parse::<Month>().unwrap_err(), @"`2026-13` is not a month: write YYYY-MM between 2000-01 and 2099-12, such as 2026-06");
        insta::assert_snapshot!("Mars/Base".parse::<Zone>().unwrap_err(), @"`Mars/Base` is not an IANA time zone: write a name such as UTC or Europe/Berlin");
        for bad in ["2026-6", "+026-06", "1999-12", "2100-01", "2026-00", "2026", ""] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }
}
