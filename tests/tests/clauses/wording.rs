//! The words of the features: days, times, durations, amounts and news, as finance writes them. Each is
//! parsed here and nowhere else; an error states the right form.

mod claims;
mod tickets;

use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime};
use cucumber::Parameter;
use serde_json::Number;
use sla::exclusion::Clause;
use sla::{Currency, Metric, Money, Month};

use crate::tale::Wrong;

pub use claims::{ClaimedCredit, Person, claim_reason, claim_state, credit_kind};
pub use tickets::{Event, Issue, Means};

/// The names of units of time, with their seconds.
const UNITS: [(&str, i64); 4] = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];

/// A calendar day, such as `9 June 2026`.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "day", regex = r"\d{1,2} [A-Z][a-z]+ \d{4}")]
pub struct Day(pub NaiveDate);

/// A time of day on the customer's clock, such as `02:00` or `02:00:10`.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "time", regex = r"\d{2}:\d{2}(?::\d{2})?")]
pub struct Time(pub NaiveTime);

/// A calendar month, such as `June 2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "month", regex = r"[A-Z][a-z]+ \d{4}")]
pub struct NamedMonth(pub Month);

/// A length of time in seconds, such as `43 minutes 12 seconds`, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "duration", regex = r"\d+ (?:day|hour|minute|second)s?(?: \d+ (?:hour|minute|second)s?)*")]
pub struct Length(pub i64);

/// An amount of money, such as `132.03 EUR`.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "amount", regex = r"\d+(?:\.\d+)? [A-Z]{3}")]
pub struct Amount(pub Money);

/// A view of the service, by its status on the wire.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "seen", regex = "is down|is slow but works|cannot be observed|is not checked at all")]
pub enum Observation {
    /// A status that checks report.
    As(&'static str),
    /// Nothing is reported.
    NotAtAll,
}

/// Places from which a service is checked, such as `Frankfurt, Paris and London`.
#[derive(Debug, Clone, Parameter)]
#[param(name = "places", regex = "[A-Z][a-z]+(?:(?:, [A-Z][a-z]+)* and [A-Z][a-z]+)?")]
pub struct Places(pub Vec<String>);

/// A clause of "Exclusions and Limitations".
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "clause", regex = "force majeure|a third-party outage|a cyber attack")]
pub struct Under(pub Clause);

/// Something measured, such as `latency of 49.999 ms`: the field of a check, and its value.
#[derive(Debug, Clone, Parameter)]
#[param(
    name = "measured",
    regex = r"latency of \d+(?:\.\d+)? ms|throughput of \d+(?:\.\d+)? Mbps|packet loss of \d+(?:\.\d+)? %"
)]
pub struct MeasuredField {
    /// The metric.
    pub metric: Metric,
    /// Its value, in the unit of the check's field.
    pub value: Number,
}

/// A piece of news, by the kind of its notice.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(
    name = "news",
    regex = "an outage has begun|the outage is over|the commitment is missed\
             |the commitment is not missed after all|maintenance is planned|maintenance is near\
             |the maintenance has changed|an exclusion was raised|the exclusion was decided\
             |the exclusion is disputed\
             |the statement is ready|the statement has changed|the month is undecided\
             |a credit was granted|a credit was taken back|a metric missed its limit\
             |the agreement changes|the changed agreement is in force\
             |a claim was received|a claim was decided|the time to claim is running out|a credit lapsed"
)]
pub struct News(pub &'static str);

/// An audience, by the name of its topic.
#[derive(Debug, Clone, Parameter)]
#[param(name = "audience", regex = "the customer|operations|finance")]
pub struct Listener(pub String);

impl FromStr for Day {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let day = NaiveDate::parse_from_str(text, "%d %B %Y");
        day.map(Self).map_err(|_| Wrong(format!("`{text}` is no day: write one such as 9 June 2026")))
    }
}

impl FromStr for Time {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let time = NaiveTime::parse_from_str(text, "%H:%M:%S");
        let time = time.or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"));
        time.map(Self).map_err(|_| Wrong(format!("`{text}` is no time: write one such as 02:00 or 02:00:10")))
    }
}

impl FromStr for NamedMonth {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong(format!("`{text}` is no month: write one such as June 2026"));
        let first = NaiveDate::parse_from_str(&format!("1 {text}"), "%d %B %Y").map_err(|_| wrong())?;
        first.format("%Y-%m").to_string().parse().map(Self).map_err(|_| wrong())
    }
}

impl FromStr for Length {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong(format!("`{text}` is no duration: write one such as 43 minutes 12 seconds"));
        if text == "none" {
            return Ok(Self(0));
        }
        let words: Vec<&str> = text.split(' ').collect();
        let (pairs, rest) = words.as_chunks::<2>();
        if pairs.is_empty() || !rest.is_empty() {
            return Err(wrong());
        }
        let mut seconds = 0;
        for [count, unit] in pairs {
            let unit = unit.strip_suffix('s').unwrap_or(unit);
            let (_, unit_s) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
            seconds += count.parse::<i64>().map_err(|_| wrong())? * unit_s;
        }
        Ok(Self(seconds))
    }
}

impl FromStr for Amount {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong(format!("`{text}` is no amount: write one such as 132.03 EUR"));
        let (major, code) = text.split_once(' ').ok_or_else(wrong)?;
        let currency: Currency = code.parse().map_err(|_| wrong())?;
        let minor = major.replace('.', "").parse().map_err(|_| wrong())?;
        let money = Money { minor, currency };
        // An amount must have its currency's number of decimals.
        if money.to_string() == text { Ok(Self(money)) } else { Err(wrong()) }
    }
}

impl FromStr for Observation {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "is down" => Ok(Self::As("down")),
            "is slow but works" => Ok(Self::As("degraded")),
            "cannot be observed" => Ok(Self::As("unknown")),
            "is not checked at all" => Ok(Self::NotAtAll),
            _ => Err(Wrong(format!("`{text}` is nothing that can be seen of a service"))),
        }
    }
}

impl FromStr for MeasuredField {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong(format!("`{text}` is not measured: write one such as latency of 49.999 ms"));
        let (name, value) = text.split_once(" of ").ok_or_else(wrong)?;
        let (number, unit) = value.split_once(' ').ok_or_else(wrong)?;
        let (metric, _) = named(name).filter(|(_, own)| *own == unit).ok_or_else(wrong)?;
        Ok(Self { metric, value: number.parse().map_err(|_| wrong())? })
    }
}

/// Returns a metric by finance's name for it, with its unit.
pub fn named(name: &str) -> Option<(Metric, &'static str)> {
    match name {
        "latency" => Some((Metric::LatencyMs, "ms")),
        "throughput" => Some((Metric::ThroughputMbps, "Mbps")),
        "packet loss" => Some((Metric::PacketLossPct, "%")),
        _ => None,
    }
}

impl FromStr for Places {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        Ok(Self(text.replace(" and ", ", ").split(", ").map(str::to_owned).collect()))
    }
}

impl FromStr for Under {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "force majeure" => Ok(Self(Clause::ForceMajeure)),
            "a third-party outage" => Ok(Self(Clause::ThirdParty)),
            "a cyber attack" => Ok(Self(Clause::CyberAttack)),
            _ => Err(Wrong(format!("`{text}` is no clause"))),
        }
    }
}

impl FromStr for News {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let kind = match text {
            "an outage has begun" => "outage.opened",
            "the outage is over" => "outage.closed",
            "the commitment is missed" => "availability.breached",
            "the commitment is not missed after all" => "availability.breach_withdrawn",
            "maintenance is planned" => "maintenance.announced",
            "maintenance is near" => "maintenance.reminder",
            "the maintenance has changed" => "maintenance.changed",
            "an exclusion was raised" => "exclusion.raised",
            "the exclusion was decided" => "exclusion.decided",
            "the exclusion is disputed" => "exclusion.disputed",
            "the statement is ready" => "statement.closed",
            "the statement has changed" => "statement.restated",
            "the month is undecided" => "statement.indeterminate",
            "a credit was granted" => "credit.approved",
            "a credit was taken back" => "credit.reversed",
            "a metric missed its limit" => "performance.missed",
            "the agreement changes" => "terms.announced",
            "the changed agreement is in force" => "terms.effective",
            "a claim was received" => "claim.received",
            "a claim was decided" => "claim.decided",
            "the time to claim is running out" => "claim.window_closing",
            "a credit lapsed" => "credit.lapsed",
            _ => return Err(Wrong(format!("`{text}` is no news"))),
        };
        Ok(Self(kind))
    }
}

impl FromStr for Listener {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        Ok(Self(format!("nines-{}", text.trim_start_matches("the "))))
    }
}

/// Formats a length of time, for an error message.
pub fn duration(seconds: i64) -> String {
    let mut rest = seconds;
    let mut words = Vec::new();
    for (unit, unit_s) in UNITS {
        match rest / unit_s {
            0 => {}
            1 => words.push(format!("1 {unit}")),
            count => words.push(format!("{count} {unit}s")),
        }
        rest %= unit_s;
    }
    if words.is_empty() { "none".to_owned() } else { words.join(" ") }
}
