//! Instants: RFC 3339 on the wire, whole UTC seconds inside (rules, 1).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::shown;

/// 2000-01-01T00:00:00Z, the first valid instant.
const FIRST_S: i64 = 946_684_800;
/// 2100-01-01T00:00:00Z, the end of the valid instants.
const END_S: i64 = 4_102_444_800;
/// `chrono` gives a leap second (`:60`) nanoseconds from here on.
const LEAP_NS: u32 = 1_000_000_000;

/// An instant in whole seconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// A reason why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Not RFC 3339, or a leap second (`:60`).
    #[error("`{}` is not an instant: write RFC 3339 such as 2026-06-01T00:00:00Z (seconds 00 to 59)", shown(.0))]
    Format(String),
    /// A local time without its offset.
    #[error("`{}` has no offset: end it with Z or an offset such as +02:00", shown(.0))]
    NoOffset(String),
    /// Outside 2000 to 2099.
    #[error("`{}` is out of range: instants lie between 2000-01-01T00:00:00Z and 2099-12-31T23:59:59Z", shown(.0))]
    Range(String),
}

impl Instant {
    /// Returns the instant that lies so many seconds after the Unix epoch.
    pub const fn from_epoch_s(epoch_s: i64) -> Self {
        Self(epoch_s)
    }

    /// Returns seconds since the Unix epoch.
    pub const fn epoch_s(self) -> i64 {
        self.0
    }

    /// Returns the instant `seconds` later (earlier, if negative).
    #[must_use]
    pub const fn plus_s(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Returns the instant as a chrono date and time.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, InstantError> {
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| {
            let local =
                text.get(..19).and_then(|t| NaiveDateTime::parse_from_str(t, "%Y-%m-%dT%H:%M:%S").ok());
            let bare =
                text.get(19..).is_some_and(|rest| rest.chars().all(|c| c == '.' || c.is_ascii_digit()));
            if local.is_some() && bare {
                InstantError::NoOffset(text.to_owned())
            } else {
                InstantError::Format(text.to_owned())
            }
        })?;
        if parsed.nanosecond() >= LEAP_NS {
            return Err(InstantError::Format(text.to_owned()));
        }
        let epoch_s = parsed.timestamp();
        if (FIRST_S..END_S).contains(&epoch_s) {
            Ok(Self(epoch_s))
        } else {
            Err(InstantError::Range(text.to_owned()))
        }
    }
}

impl Instant {
    /// Writes the instant digit by digit, ten times as fast as a format string: a statement has hundreds of
    /// them.
    fn write<T>(self, take: impl FnOnce(&str) -> T) -> T {
        let utc = self.to_utc();
        let Ok(year @ 0..=9999) = u32::try_from(utc.year()) else {
            return take(&utc.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        };
        let mut text = *b"0000-00-00T00:00:00Z";
        for (last, number) in [
            (3, year),
            (6, utc.month()),
            (9, utc.day()),
            (12, utc.hour()),
            (15, utc.minute()),
            (18, utc.second()),
        ] {
            let mut rest = number;
            for digit in text[..=last].iter_mut().rev().take_while(|byte| **byte == b'0') {
                *digit += (rest % 10) as u8;
                rest /= 10;
            }
        }
        take(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(|text| f.write_str(text))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "date-time",
            "description": "RFC 3339 with an offset, from 2000 to 2099; fractions are cut off toward the past"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let got = text.parse::<Instant>().map_or_else(|e| e.to_string(), |i| i.to_string());
        assert_eq!(got, expect);
    }

    #[test]
    fn instants_are_cut_to_seconds_and_stored_in_utc() {
        check("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z");
        check("2026-06-01T02:00:00.999999+02:00", "2026-06-01T00:00:00Z");
        check("2099-12-31T23:59:59Z", "2099-12-31T23:59:59Z");
    }

    proptest::proptest! {
        #[test]
        fn an_instant_is_read_as_it_was_written(epoch_s in FIRST_S..END_S) {
            let text = Instant(epoch_s).to_string();
            proptest::prop_assert_eq!(text.parse::<Instant>().unwrap(), Instant(epoch_s));
            proptest::prop_assert_eq!(&text, &Instant(epoch_s).to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
    }

    #[test]
    fn a_bad_instant_says_what_would_be_right() {
        let range = "is out of range: instants lie between 2000-01-01T00:00:00Z and 2099-12-31T23:59:59Z";
        check("1970-01-01T00:00:00Z", &format!("`1970-01-01T00:00:00Z` {range}"));
        check("9999-01-01T00:00:00Z", &format!("`9999-01-01T00:00:00Z` {range}"));
        let offset = "has no offset: end it with Z or an offset such as +02:00";
        check("2026-06-01T00:00:00", &format!("`2026-06-01T00:00:00` {offset}"));
        check("2026-06-01T00:00:00.5", &format!("`2026-06-01T00:00:00.5` {offset}"));
        let format = "is not an instant: write RFC 3339 such as 2026-06-01T00:00:00Z (seconds 00 to 59)";
        check("2026-06-01T00:00:60Z", &format!("`2026-06-01T00:00:60Z` {format}"));
        check("yesterday", &format!("`yesterday` {format}"));
        check("2026-02-30T00:00:00Z", &format!("`2026-02-30T00:00:00Z` {format}"));
    }
}
