//! Tickets on the clock: a fold over a ticket's events, two independent clocks, and their deadlines
//! (rules, 8; agreement, "Support Response Time" and "Priority Levels and Response Times").

pub mod clock;
pub mod deadline;
pub mod event;
pub mod fold;
pub mod log;
pub mod outlook;
pub mod row;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::named;
use crate::shown;

pub use clock::{Clock, Miss, Verdict};
pub use deadline::{AnnouncedMarks, Deadline, Fact};
pub use event::{Channel, LevelReason, Notes, TicketEvent, TicketHappening};
pub use fold::{Effect, Opening, Ticket};
pub use log::{Recording, TicketLog, TicketRecord};
pub use outlook::Outlook;
pub use row::{TicketRow, TicketVerdicts};

/// A priority level; written as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Level 1: "total failure of services in production or severe performance degradation".
    Critical,
    /// Level 2: "partial service failures or major issues".
    Degraded,
    /// Level 3: "minor service interruptions, non-urgent inquiries, or requests for assistance".
    General,
}

named! {
    /// One of a ticket's two clocks.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum ClockKind {
        /// From the report to its acknowledgement.
        Acknowledge = "acknowledge",
        /// From the report to its resolution.
        Resolve = "resolve",
    }
}

named! {
    /// A state by which tickets are listed; one ticket may be in several.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum TicketState {
        /// Neither resolved nor cancelled.
        Open = "open",
        /// Open, and not acknowledged.
        Unacknowledged = "unacknowledged",
        /// Open, and waiting for the customer.
        Waiting = "waiting",
        /// Resolved, closed or cancelled.
        Finished = "finished",
    }
}

/// A point on a clock at which something is due: a percentage of the limit (`50`), the `target` or the
/// `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Threshold {
    /// This percentage of the limit has passed.
    Percent(u8),
    /// The target is missed.
    Target,
    /// The limit is missed.
    Limit,
}

/// A text that does not name a threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a threshold: write a percentage such as 50, `target` or `limit`", shown(.0))]
pub struct ThresholdError(String);

impl Level {
    /// All levels, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Degraded, Self::General];

    /// Returns the level's number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Critical => 1,
            Self::Degraded => 2,
            Self::General => 3,
        }
    }

    /// Returns the level with a number.
    pub fn of(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| u64::from(level.number()) == number)
    }

    /// Returns the agreement's word for the level.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Degraded => "degraded service",
            Self::General => "general issue",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LevelVisitor;
        impl Visitor<'_> for LevelVisitor {
            type Value = Level;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a level: 1 (critical), 2 (degraded service) or 3 (general issue)")
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Level, E> {
                Level::of(value).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
        }
        deserializer.deserialize_any(LevelVisitor)
    }
}

impl JsonSchema for Level {
    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 3 })
    }
}

impl ClockKind {
    /// Both clocks.
    pub const ALL: [Self; 2] = [Self::Acknowledge, Self::Resolve];
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}"),
            Self::Target => f.write_str("target"),
            Self::Limit => f.write_str("limit"),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;
    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        match text {
            "target" => Ok(Self::Target),
            "limit" => Ok(Self::Limit),
            percent => match percent.parse() {
                Ok(number @ 1..=99) => Ok(Self::Percent(number)),
                _ => Err(ThresholdError(percent.to_owned())),
            },
        }
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([1-9][0-9]?|target|limit)$" })
    }
}
