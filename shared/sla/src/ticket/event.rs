//! Events of a ticket (contract, "A ticket event").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Level;
use crate::check::FUTURE_S_MAX;
use crate::text::is_blank;
use crate::{CustomerId, EventId, Instant, Month, ServiceId, TicketId};

/// Greatest age of an event at its receipt: two years, one of them a leap year. An older date is a slip.
pub const AGE_DAYS_MAX: i64 = 731;

/// The channel by which a customer reached support.
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

/// The reason for a change of level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelReason {
    /// The level was wrong from the start: both clocks count from the opening.
    #[default]
    Misclassified,
    /// The problem has become worse: the resolve clock starts anew.
    Worsened,
}

/// The content of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TicketHappening {
    /// A customer reported a problem: both clocks start.
    Opened {
        /// The customer who reported it.
        customer_id: CustomerId,
        /// The service concerned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_id: Option<ServiceId>,
        /// The urgency.
        level: Level,
        /// The channel of the report.
        channel: Channel,
        /// The title as reported, made plain.
        title: String,
        /// The description: the problem, and the remedies tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        /// The earlier ticket that this one continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        links_to: Option<TicketId>,
    },
    /// Support has taken up the ticket.
    Acknowledged,
    /// The level changed.
    LevelChanged {
        /// The new level.
        level: Level,
        /// The reason.
        #[serde(default)]
        reason: LevelReason,
    },
    /// Support waits for the customer.
    WaitingOnCustomer,
    /// The customer has answered.
    Resumed,
    /// The problem is solved.
    Resolved,
    /// The problem is back.
    Reopened,
    /// The ticket is filed away.
    Closed,
    /// The ticket was a mistake, such as a duplicate or spam.
    Cancelled,
    /// The customer claims a credit through support.
    Claim {
        /// The service.
        service_id: ServiceId,
        /// The month.
        month: Month,
    },
}

/// The notes of an event; neither moves a clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notes {
    /// The note that the customer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The note that staff alone read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_note: Option<String>,
}

/// One event of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketEvent {
    /// The id of the event within its ticket; a repetition has the same id and content.
    pub event_id: EventId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Instant at which it happened; at most 5 minutes ahead of the receipt.
    pub occurred_at: Instant,
    /// The content.
    #[serde(flatten)]
    pub happening: TicketHappening,
    /// The notes beside it.
    #[serde(flatten)]
    pub notes: Notes,
}

/// A reason for refusing an event.
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

impl Notes {
    /// Builds the notes of an event; a note without a visible character is none.
    pub fn new(note: Option<String>, internal_note: Option<String>) -> Self {
        let visible = |note: Option<String>| note.filter(|note| !is_blank(note));
        Self { note: visible(note), internal_note: visible(internal_note) }
    }

    /// Returns the bytes of both notes.
    pub fn bytes(&self) -> usize {
        [&self.note, &self.internal_note].into_iter().flatten().map(String::len).sum()
    }
}

impl TicketEvent {
    /// Checks that the event may enter its ticket.
    ///
    /// # Errors
    /// Returns an [`AdmissionError`] if the date is impossible.
    pub fn admit(&self, received_at: Instant) -> Result<(), AdmissionError> {
        if self.occurred_at > received_at.plus_s(FUTURE_S_MAX) {
            return Err(AdmissionError::Future(self.occurred_at, received_at));
        }
        if self.occurred_at < received_at.plus_s(-AGE_DAYS_MAX * 86_400) {
            return Err(AdmissionError::Old(self.occurred_at, received_at));
        }
        Ok(())
    }

    /// Returns the sort key of the event within its ticket, independent of the order of arrival.
    pub(crate) fn place(&self) -> (Instant, &EventId) {
        (self.occurred_at, &self.event_id)
    }

    /// Returns an upper bound of the bytes that the event's texts take as JSON, where an escape doubles a
    /// byte.
    pub fn text_bytes_max(&self) -> usize {
        let report = match &self.happening {
            TicketHappening::Opened { title, description, .. } => {
                title.len() + description.as_deref().map_or(0, str::len)
            }
            _ => 0,
        };
        2 * (report + self.notes.bytes())
    }

    /// True if the event opens its ticket.
    pub const fn is_opening(&self) -> bool {
        matches!(self.happening, TicketHappening::Opened { .. })
    }

    /// True if the event can move a clock.
    pub(crate) const fn moves_clocks(&self) -> bool {
        !matches!(
            self.happening,
            TicketHappening::WaitingOnCustomer | TicketHappening::Resumed | TicketHappening::Claim { .. }
        )
    }
}
