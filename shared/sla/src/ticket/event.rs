//! What happens to a ticket (contract, "ticket event").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Level;
use crate::check::FUTURE_S_MAX;
use crate::{CustomerId, EventId, Instant, Month, ServiceId, TicketId};

/// An event may be this much older than its receipt: two years, a leap year among them. An older date is a slip.
pub const AGE_DAYS_MAX: i64 = 731;

/// How a customer reached support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The support portal.
    Portal,
    /// Live chat.
    Chat,
    /// E-mail.
    Email,
    /// The phone line.
    Phone,
}

/// Why a level was changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelReason {
    /// The level was wrong from the start: both clocks count from the opening.
    #[default]
    Misclassified,
    /// The problem has become another: the resolve clock starts anew.
    Worsened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TicketHappening {
    /// A customer reported a problem: both clocks start.
    Opened {
        /// Who reported it.
        customer_id: CustomerId,
        /// The service concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_id: Option<ServiceId>,
        /// How urgent it is.
        level: Level,
        /// How it was reported.
        channel: Channel,
        /// What it is about: as it was reported, made plain.
        title: String,
        /// What it is about, and what was tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The earlier ticket that it takes up again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        links_to: Option<TicketId>,
    },
    /// Support has taken it up.
    Acknowledged,
    /// Its level is another one.
    LevelChanged {
        /// The new level.
        level: Level,
        /// Why.
        #[serde(default)]
        reason: LevelReason,
    },
    /// The customer is asked for something.
    WaitingOnCustomer,
    /// The customer has answered.
    Resumed,
    /// The problem is solved.
    Resolved,
    /// The problem is back.
    Reopened,
    /// The ticket is put away.
    Closed,
    /// The ticket was none: a duplicate, spam.
    Cancelled,
    /// The customer claims a credit through support.
    Claim {
        /// The service.
        service_id: ServiceId,
        /// The month.
        month: Month,
    },
}

/// One event of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketEvent {
    /// Names the event within its ticket: a repetition has the same id and content.
    pub event_id: EventId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// When it happened; at most 5 minutes ahead of the receipt.
    pub occurred_at: Instant,
    /// What happened.
    #[serde(flatten)]
    pub happening: TicketHappening,
}

/// Why an event is not admitted to its ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// Dated in the future.
    #[error(
        "occurred_at: {0} lies more than 5 minutes ahead of the receipt at {1}: send an event once it has happened"
    )]
    Future(Instant, Instant),
    /// Dated too far in the past.
    #[error(
        "occurred_at: {0} lies more than {AGE_DAYS_MAX} days before the receipt at {1}: correct the date and send it again"
    )]
    Old(Instant, Instant),
}

impl TicketEvent {
    /// Says whether the event may enter its ticket.
    ///
    /// # Errors
    /// An impossible date.
    pub fn admit(&self, received_at: Instant) -> Result<(), AdmissionError> {
        if self.occurred_at > received_at.plus_s(FUTURE_S_MAX) {
            return Err(AdmissionError::Future(self.occurred_at, received_at));
        }
        if self.occurred_at < received_at.plus_s(-AGE_DAYS_MAX * 86_400) {
            return Err(AdmissionError::Old(self.occurred_at, received_at));
        }
        Ok(())
    }

    /// Returns the place of the event among those of its ticket, whatever the order of arrival.
    pub(crate) fn place(&self) -> (Instant, &EventId) {
        (self.occurred_at, &self.event_id)
    }

    /// Returns the most bytes that the event's texts take as JSON: an escape doubles a byte.
    pub fn text_bytes_max(&self) -> usize {
        match &self.happening {
            TicketHappening::Opened { title, description, .. } => {
                2 * (title.len() + description.as_deref().map_or(0, str::len))
            }
            _ => 0,
        }
    }

    /// Says whether the event opens its ticket.
    pub const fn is_opening(&self) -> bool {
        matches!(self.happening, TicketHappening::Opened { .. })
    }

    /// Says whether the event can move a clock.
    pub(crate) const fn moves_clocks(&self) -> bool {
        !matches!(
            self.happening,
            TicketHappening::WaitingOnCustomer | TicketHappening::Resumed | TicketHappening::Claim { .. }
        )
    }
}
