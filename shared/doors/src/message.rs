//! Messages as kinds read them: what the sender said about each series or ticket, before any mapping.

use events::InputError;
use events::source::TicketKind;
use sla::{Instant, Status};

use crate::facts::Facts;

/// One request of a sender.
#[derive(Debug, Default, PartialEq)]
pub struct Message {
    /// The items, in the order of the body.
    pub items: Vec<Item>,
    /// Errors that whoever runs the source must see: something was said and is not here.
    pub losses: Vec<InputError>,
}

/// One item of a message.
#[derive(Debug, PartialEq)]
pub enum Item {
    /// A reading of a series.
    Reading(Box<Reading>),
    /// A reading of a ticket.
    Ticket(Box<TicketReading>),
    /// A test message of the sender: it is shown, and is never a check.
    Test,
    /// Something that says nothing about a status, by its name: an acknowledgement, a certificate.
    Nothing(String),
    /// An item that cannot be read.
    Refused(InputError),
}

/// A reading: what one item says about one series of alerts. Instants are the sender's, before lead and tail.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The series: a monitor, a trigger, the fingerprint of an alert. Each is a probe.
    pub key: String,
    /// The item's facts.
    pub facts: Facts,
    /// The start of the failure, and the status that it means unless a mapping says otherwise.
    pub failed: Option<(Instant, Status)>,
    /// The end of the failure, or the instant of a good measurement.
    pub cleared_at: Option<Instant>,
    /// The metrics, of a good or degraded measurement.
    pub metrics: Metrics,
    /// Instant at which the source was alive, if the item shows it.
    pub alive_at: Option<Instant>,
    /// True if its instants are those of a measurement, not of a change: neither lead nor tail applies.
    pub is_measured: bool,
    /// True if the sender says that it cannot tell: no table of a mapping makes that a failure.
    pub cannot_tell: bool,
    /// True if the sender has seen a recovery since an earlier failure, whether or not it told of it.
    pub follows_recovery: bool,
}

/// Metrics that a sender measured beside the status, in the units of a check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// The latency in milliseconds.
    pub latency_ms: Option<f64>,
    /// The throughput in megabits per second.
    pub throughput_mbps: Option<f64>,
    /// The packet loss in percent.
    pub packet_loss_pct: Option<f64>,
}

/// A reading of a ticket: what one item says about it. No text but its title is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketReading {
    /// The ticket, as the help desk numbers it.
    pub key: String,
    /// The item's facts.
    pub facts: Facts,
    /// The title.
    pub title: String,
    /// Instant of the opening.
    pub created_at: Option<Instant>,
    /// The changes, oldest first.
    pub changes: Vec<TicketChange>,
}

/// A change of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketChange {
    /// Instant of the change.
    pub at: Instant,
    /// The sender's id of the change or of its delivery.
    pub id: Option<String>,
    /// The kind, where the sender's own states tell it.
    pub kind: Option<TicketKind>,
}

impl Metrics {
    /// Nothing measured.
    pub const NONE: Self = Self::latency(None);

    /// A latency alone, which most senders measure.
    pub(crate) const fn latency(latency_ms: Option<f64>) -> Self {
        Self { latency_ms, throughput_mbps: None, packet_loss_pct: None }
    }
}

impl Reading {
    /// Begins the reading of a series.
    pub(crate) const fn of(key: String, facts: Facts) -> Self {
        Self {
            key,
            facts,
            failed: None,
            cleared_at: None,
            metrics: Metrics::NONE,
            alive_at: None,
            is_measured: false,
            cannot_tell: false,
            follows_recovery: false,
        }
    }

    /// Adds the start of a failure.
    #[must_use]
    pub(crate) fn failed(mut self, at: Option<Instant>, status: Status) -> Self {
        self.failed = at.map(|at| (at, status));
        self
    }

    /// Adds the end of a failure.
    #[must_use]
    pub(crate) const fn cleared(mut self, at: Instant) -> Self {
        self.cleared_at = Some(at);
        self
    }
}

impl From<Reading> for Item {
    fn from(reading: Reading) -> Self {
        Self::Reading(Box::new(reading))
    }
}

impl From<TicketReading> for Item {
    fn from(reading: TicketReading) -> Self {
        Self::Ticket(Box::new(reading))
    }
}

impl Item {
    /// An item that says nothing about a status.
    pub(crate) fn nothing(name: impl Into<String>) -> Result<Self, InputError> {
        Ok(Self::Nothing(name.into()))
    }
}

/// Refuses a word that the kind does not know.
pub(crate) fn unknown_word(path: &str, word: &str, known: &str) -> InputError {
    InputError::new(format_args!("{path}: `{}` is not known: send one of {known}", sla::shown(word)))
}
