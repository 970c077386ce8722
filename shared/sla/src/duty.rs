//! Duty: the people of a role in the escalation chain, their hours, and who of them is on duty at an instant
//! (rules, 8).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Timelike};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Instant, Zone, shown};

/// Names of the days of the week, in their order.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Minutes of a day on a clock.
const DAY_MIN: u32 = 24 * 60;
/// Limit on the spells of a person's hours: 20 of at most 60 bytes are 1.2 KB.
const SPELLS_MAX: usize = 20;
/// Text of hours without an end.
const ALWAYS: &str = "always";

/// Hours of the week in which a person is on duty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours(Vec<Spell>);

/// A time on some days of the week, by the clock of a zone. One that ends before it begins ends the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spell {
    /// The first day, and the number of further ones.
    first_day: u32,
    further_days: u32,
    from_min: u32,
    to_min: u32,
    zone: Zone,
}

/// A text that does not describe hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` are not hours: write `{ALWAYS}`, or up to {SPELLS_MAX} such as mon-fri 08:00-18:00 Europe/Berlin, \
     separated by commas",
    shown(.0)
)]
pub struct HoursError(String);

/// A person of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyPerson {
    /// The name.
    pub name: String,
    /// The address: e-mail, telephone or HTTPS.
    pub address: String,
    /// The hours.
    #[serde(default)]
    pub hours: Hours,
}

/// The people whom an escalation reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached<'a> {
    /// The people, in the order of the role.
    pub people: Vec<&'a DutyPerson>,
    /// True if somebody of them is on duty; else they are everybody of the role.
    pub is_on_duty: bool,
}

/// Returns whom an escalation reaches at an instant: whoever is on duty, or everybody if nobody is.
pub fn reached(people: &[DutyPerson], at: Instant) -> Reached<'_> {
    let on_duty: Vec<&DutyPerson> = people.iter().filter(|person| person.hours.contain(at)).collect();
    let is_on_duty = !on_duty.is_empty();
    Reached { people: if is_on_duty { on_duty } else { people.iter().collect() }, is_on_duty }
}

impl Hours {
    /// True if an instant is within the hours.
    pub fn contain(&self, at: Instant) -> bool {
        self.0.is_empty() || self.0.iter().any(|spell| spell.contains(at))
    }
}

impl Spell {
    fn contains(&self, at: Instant) -> bool {
        let clock = self.zone.clock(at);
        let (day, minute) = (clock.weekday().num_days_from_monday(), clock.hour() * 60 + clock.minute());
        if self.from_min < self.to_min {
            return self.has(day) && (self.from_min..self.to_min).contains(&minute);
        }
        (self.has(day) && minute >= self.from_min) || (self.has((day + 6) % 7) && minute < self.to_min)
    }

    /// True if the spell begins on a day.
    const fn has(&self, day: u32) -> bool {
        (day + 7 - self.first_day) % 7 <= self.further_days
    }
}

fn day(text: &str) -> Option<u32> {
    DAYS.iter().zip(0..).find(|(name, _)| **name == text).map(|(_, day)| day)
}

fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == "08:00".len())?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    Some(hour * 60 + minute).filter(|own| minute < 60 && *own <= DAY_MIN)
}

fn spell(text: &str) -> Option<Spell> {
    let mut parts = text.split_ascii_whitespace();
    let (days, times, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (first_day, last_day) = (day(first)?, day(last)?);
    let (from, to) = times.split_once('-')?;
    let (from_min, to_min) = (minute(from)?, minute(to)?);
    let is_whole = parts.next().is_none() && from_min != to_min && from_min < DAY_MIN && to_min > 0;
    let further_days = (last_day + 7 - first_day) % 7;
    is_whole.then_some(Spell { first_day, further_days, from_min, to_min, zone: zone.parse().ok()? })
}

impl FromStr for Hours {
    type Err = HoursError;
    fn from_str(text: &str) -> Result<Self, HoursError> {
        if text.trim() == ALWAYS {
            return Ok(Self::default());
        }
        let spells: Option<Vec<Spell>> = text.split(',').map(spell).collect();
        spells
            .filter(|spells| spells.len() <= SPELLS_MAX)
            .map(Self)
            .ok_or_else(|| HoursError(text.to_owned()))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(ALWAYS);
        }
        for (nth, spell) in self.0.iter().enumerate() {
            let Spell { first_day, further_days, from_min, to_min, zone } = *spell;
            let name = |day: u32| DAYS.get(day as usize % DAYS.len()).copied().unwrap_or_default();
            f.write_str(if nth == 0 { "" } else { ", " })?;
            f.write_str(name(first_day))?;
            if further_days > 0 {
                write!(f, "-{}", name(first_day + further_days))?;
            }
            let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            write!(f, " {}-{} {zone}", time(from_min), time(to_min))?;
        }
        Ok(())
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        for text in [
            "always",
            "mon-fri 08:00-18:00 Europe/Berlin",
            "sat 22:00-06:00 UTC, sun 00:00-24:00 UTC",
            "sat-mon 09:30-10:00 America/New_York",
        ] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "mon",
            "mon 08:00 UTC",
            "mon 8:00-18:00 UTC",
            "mon 08:00-08:00 UTC",
            "mon 08:60-09:00 UTC",
            "mon 24:00-08:00 UTC",
            "mon 08:00-25:00 UTC",
            "day 08:00-09:00 UTC",
            "mon 08:00-09:00 Mars",
            "mon 08:00-09:00 UTC x",
        ] {
            assert_eq!(bad.parse::<Hours>(), Err(HoursError(bad.to_owned())));
        }
    }

    #[test]
    fn whoever_is_on_duty_is_reached_or_everybody() {
        let person = |name: &str, hours: &str| DutyPerson {
            name: name.to_owned(),
            address: format!("{name}@example.com"),
            hours: hours.parse().unwrap(),
        };
        let people = [
            person("day", "mon-fri 08:00-20:00 Europe/Berlin"),
            person("night", "mon-fri 20:00-08:00 Europe/Berlin"),
        ];
        let check = |at: &str, expect: (&str, bool)| {
            let Reached { people, is_on_duty } = reached(&people, at.parse().unwrap());
            let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
            assert_eq!((names.join(" ").as_str(), is_on_duty), expect, "{at}");
        };
        check("2026-06-05T17:59:59Z", ("day", true));
        check("2026-06-05T18:00:00Z", ("night", true));
        check("2026-06-06T05:59:59Z", ("night", true));
        check("2026-06-06T06:00:00Z", ("day night", false));
    }
}
