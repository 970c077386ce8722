//! The words of the features about tickets: the problem, the channel, and later events.

use std::str::FromStr;

use cucumber::Parameter;
use sla::ticket::{Channel, Level, LevelReason, TicketHappening};

use crate::tale::Wrong;

/// A reported problem, by its level.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "issue", regex = "a critical issue|a degraded service|a general issue")]
pub struct Issue(pub Level);

/// A channel to support.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "channel", regex = "in the support portal|by live chat|by email|by phone")]
pub struct Means(pub Channel);

/// An event of a ticket after its report.
#[derive(Debug, Clone, Parameter)]
#[param(
    name = "event",
    regex = "the ticket (?:is|was) (?:acknowledged|resolved|closed|reopened|cancelled)\
             |the ticket (?:is|was) found to be level [123]\
             |the problem worsen(?:s|ed) to level [123]\
             |the customer (?:is|was) asked for details|the customer answer(?:s|ed)"
)]
pub struct Event(pub TicketHappening);

impl FromStr for Issue {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "a critical issue" => Ok(Self(Level::Critical)),
            "a degraded service" => Ok(Self(Level::Degraded)),
            "a general issue" => Ok(Self(Level::General)),
            _ => Err(Wrong(format!("`{text}` is nothing that is reported"))),
        }
    }
}

impl Means {
    /// All channels to support.
    pub const ALL: [Self; 4] =
        [Self(Channel::Portal), Self(Channel::Chat), Self(Channel::Email), Self(Channel::Phone)];

    /// Returns the feature's words.
    pub const fn as_str(self) -> &'static str {
        match self.0 {
            Channel::Portal => "in the support portal",
            Channel::Chat => "by live chat",
            Channel::Email => "by email",
            Channel::Phone => "by phone",
        }
    }
}

impl FromStr for Means {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let means = Self::ALL.into_iter().find(|means| means.as_str() == text);
        means.ok_or_else(|| Wrong(format!("`{text}` is no way to reach support")))
    }
}

impl FromStr for Event {
    type Err = Wrong;
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong(format!("`{text}` is nothing that happens to a ticket"));
        if let Some((words, number)) = text.split_once(" level ") {
            let level = number.parse().ok().and_then(Level::of).ok_or_else(wrong)?;
            let worsened = words.starts_with("the problem worsen");
            let reason = if worsened { LevelReason::Worsened } else { LevelReason::Misclassified };
            return Ok(Self(TicketHappening::LevelChanged { level, reason }));
        }
        Ok(Self(match text.rsplit(' ').next().unwrap_or_default() {
            "acknowledged" => TicketHappening::Acknowledged,
            "resolved" => TicketHappening::Resolved,
            "closed" => TicketHappening::Closed,
            "reopened" => TicketHappening::Reopened,
            "cancelled" => TicketHappening::Cancelled,
            "details" => TicketHappening::WaitingOnCustomer,
            "answers" | "answered" => TicketHappening::Resumed,
            _ => return Err(wrong()),
        }))
    }
}
