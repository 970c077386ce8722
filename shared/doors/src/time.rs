//! Instants as senders write them: lenient about the form, never about what they mean. Fractions are cut off
//! toward the past; a time without an offset needs a zone; a unit is declared, never guessed from the size.

use chrono::NaiveDateTime;
use events::InputError;
use events::source::TimeUnit;
use sla::{Instant, Zone};

/// How a sender writes its instants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writing {
    /// The unit.
    pub unit: TimeUnit,
    /// The zone of texts without an offset.
    pub zone: Option<Zone>,
}

/// The way of senders that write texts in UTC without saying so.
pub(crate) const UTC: Writing = Writing { unit: TimeUnit::Text, zone: Some(Zone::UTC) };
/// The way of senders that count seconds.
pub(crate) const UNIX_S: Writing = Writing { unit: TimeUnit::UnixS, zone: None };
/// The way of senders that count milliseconds.
pub(crate) const UNIX_MS: Writing = Writing { unit: TimeUnit::UnixMs, zone: None };

/// The beginning of the time that Go writes for none.
const ZERO: &str = "0001-01-01";
/// Length of a date with a time to the second.
const SECONDS_LEN: usize = "2026-06-01T00:00:00".len();

impl Writing {
    /// The way of senders that write texts, in the zone of their source if they name no offset.
    pub const fn text(zone: Option<Zone>) -> Self {
        Self { unit: TimeUnit::Text, zone }
    }

    /// Reads an instant; `None` for the zero time.
    pub fn read(self, text: &str) -> Result<Option<Instant>, InputError> {
        let text = text.trim();
        let read = match self.unit {
            TimeUnit::Text if text.starts_with(ZERO) => return Ok(None),
            TimeUnit::Text => return self.read_text(text).map(Some),
            TimeUnit::UnixS => unix_s(text, 1),
            TimeUnit::UnixMs => unix_s(text, 1000),
        };
        let instant =
            read.ok_or_else(|| wrong(text, "is no Unix time: declare the unit in which it is sent"))?;
        in_range(instant).map(Some)
    }

    fn read_text(self, text: &str) -> Result<Instant, InputError> {
        let Some((seconds, rest)) = text.split_at_checked(SECONDS_LEN) else {
            return Err(wrong(text, "is not an instant: send RFC 3339 such as 2026-06-01T00:00:00Z"));
        };
        let seconds = canonical(seconds);
        let offset = rest
            .strip_prefix('.')
            .map_or(rest, |fraction| fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
        let fraction = rest.len() - offset.len();
        if fraction > 10 {
            return Err(wrong(text, "has more than 9 digits of a second: send fewer"));
        }
        if let Some(offset) = with_colon(offset.trim_start()) {
            return format!("{seconds}{offset}").parse().map_err(InputError::new);
        }
        let (true, Some(zone)) = (offset.is_empty(), self.zone) else {
            let remedy = if offset.is_empty() {
                "has no offset: register the source's zone, or send one such as +02:00"
            } else {
                "has an offset that cannot be read: send Z or one such as +02:00"
            };
            return Err(wrong(text, remedy));
        };
        let local = NaiveDateTime::parse_from_str(&seconds, "%Y-%m-%dT%H:%M:%S");
        let local = local.map_err(|_| wrong(text, "is not a date and a time: send RFC 3339"))?;
        in_range(zone.first_at(local))
    }
}

/// Writes date and time as RFC 3339 does, whatever stands between their numbers (Zabbix: `2026.11.29`).
fn canonical(seconds: &str) -> String {
    let one = |(place, c): (usize, char)| match (place, c) {
        (4 | 7, '.' | '/') => '-',
        (10, ' ' | 't') => 'T',
        (_, c) => c,
    };
    seconds.char_indices().map(one).collect()
}

/// Writes an offset with its colon; `None` if there is none.
fn with_colon(offset: &str) -> Option<String> {
    if matches!(offset, "Z" | "z" | "UTC") {
        return Some("Z".to_owned());
    }
    let digits: String = offset.strip_prefix(['+', '-'])?.chars().filter(|c| *c != ':').collect();
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| is_number)?;
    let minutes = if minutes.is_empty() { "00" } else { minutes };
    Some(format!("{}{hours}:{minutes}", &offset[..1]))
}

fn unix_s(text: &str, per_second: i64) -> Option<Instant> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse::<i64>().ok().map(|count| Instant::from_epoch_s(count.div_euclid(per_second)))
}

fn in_range(instant: Instant) -> Result<Instant, InputError> {
    instant.to_string().parse().map_err(InputError::new)
}

fn wrong(text: &str, remedy: &str) -> InputError {
    InputError::new(format_args!("`{}` {remedy}", sla::shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(writing: Writing, text: &str, expect: &str) {
        let read = writing.read(text);
        let read = read.map_or_else(|e| e.to_string(), |i| i.map_or("none".into(), |i| i.to_string()));
        assert_eq!(read, expect, "{text}");
    }

    #[test]
    fn a_text_is_read_in_every_form_that_senders_have() {
        let berlin = Writing::text(Some("Europe/Berlin".parse().unwrap()));
        let none = Writing::text(None);
        check(none, "2026-11-29T21:41:35.883Z", "2026-11-29T21:41:35Z");
        check(none, "2026-06-01T10:00:00.000+0200", "2026-06-01T08:00:00Z");
        check(none, "2026-06-01T10:00:00.123456789+02:00", "2026-06-01T08:00:00Z");
        check(none, "2026-06-01T10:00:00-03", "2026-06-01T13:00:00Z");
        check(none, "2026-11-29 21:57:39 +0000", "2026-11-29T21:57:39Z");
        check(none, "2026-06-01T10:00:00.Z", "2026-06-01T10:00:00Z");
        check(none, "0001-01-01T00:00:00Z", "none");
        check(UTC, "2026-11-29 21:43:49.097", "2026-11-29T21:43:49Z");
        check(berlin, "2026.11.29 22:06:10", "2026-11-29T21:06:10Z");
        check(berlin, "2026-06-01T00:00:00", "2026-05-31T22:00:00Z");
        check(berlin, "2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z");
        // The clock shows 02:30 twice in October, and never in March.
        check(berlin, "2026-10-25 02:30:00", "2026-10-25T00:30:00Z");
        check(berlin, "2026-03-29 02:30:00", "2026-03-29T01:00:00Z");
    }

    #[test]
    fn what_is_not_clear_is_refused_with_a_remedy() {
        let none = Writing::text(None);
        let remedy =
            "`2026-06-01T00:00:00` has no offset: register the source's zone, or send one such as +02:00";
        check(none, "2026-06-01T00:00:00", remedy);
        check(none, "yesterday", "`yesterday` is not an instant: send RFC 3339 such as 2026-06-01T00:00:00Z");
        let offset = "has an offset that cannot be read: send Z or one such as +02:00";
        check(UTC, "2026-06-01T00:00:00 CEST", &format!("`2026-06-01T00:00:00 CEST` {offset}"));
        check(UTC, "2026-06-01T00:00:00é0000", &format!("`2026-06-01T00:00:00é0000` {offset}"));
        check(UTC, "2026-13-01 00:00:00", "`2026-13-01 00:00:00` is not a date and a time: send RFC 3339");
        let digits = "`2026-06-01T00:00:00.0123456789Z` has more than 9 digits of a second: send fewer";
        check(UTC, "2026-06-01T00:00:00.0123456789Z", digits);
    }

    #[test]
    fn a_number_is_read_in_its_declared_unit_alone() {
        check(UNIX_S, "1795989450", "2026-11-29T21:57:30Z");
        check(UNIX_S, "1795989450.9", "2026-11-29T21:57:30Z");
        check(UNIX_MS, "1795989450999", "2026-11-29T21:57:30Z");
        let range = "is out of range: instants lie between 2000-01-01T00:00:00Z and 2099-12-31T23:59:59Z";
        check(UNIX_MS, "1795989450", &format!("`1970-01-21T18:53:09Z` {range}"));
        check(UNIX_S, "soon", "`soon` is no Unix time: declare the unit in which it is sent");
        assert!(UNIX_S.read("1795989450999").is_err());
        assert!(UNIX_S.read(&i64::MAX.to_string()).is_err());
    }
}
