//! Ticket events on the wire (contract, "A ticket event"), and the ticket as its notices name it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::terms::ClockPromise;
use sla::text::report_beside;
use sla::ticket::deadline::{Deadline, Mark};
use sla::ticket::{
    Channel, ClockKind, Level, LevelReason, Notes, Threshold, Ticket, TicketEvent, TicketHappening,
};
use sla::{CustomerId, EventId, Instant, Month, Service, ServiceId, TicketId, Zone};

use crate::InputError;
use crate::input::read;
use crate::text::Note;

/// The kinds of ticket events.
const KINDS: [&str; 10] = [
    "opened",
    "acknowledged",
    "level_changed",
    "waiting_on_customer",
    "resumed",
    "resolved",
    "reopened",
    "closed",
    "cancelled",
    "claim",
];

/// A batch of ticket events: the direct event of `record-tickets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketsEvent {
    /// The events; a bad one is quarantined and never stops its neighbours.
    pub events: Vec<TicketEvent>,
}

/// The event of `keep-deadlines`: a deadline that fires, as its schedule carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(expecting = "a deadline: an object with ticket_id, clock and threshold, or {\"sweep\": true}")]
pub struct DeadlineEvent {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The clock.
    pub clock: ClockKind,
    /// The threshold of the clock.
    pub threshold: Threshold,
}

/// The fields that every event has.
#[derive(Deserialize)]
#[serde(expecting = "a ticket event: an object with event_id, ticket_id, kind and occurred_at")]
struct Head {
    event_id: EventId,
    ticket_id: TicketId,
    occurred_at: Instant,
    #[serde(default)]
    note: Option<Note>,
    #[serde(default)]
    internal_note: Option<Note>,
}

#[derive(Deserialize)]
struct Opened {
    customer_id: CustomerId,
    #[serde(default)]
    service_id: Option<ServiceId>,
    level: Level,
    channel: Channel,
    title: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    links_to: Option<TicketId>,
}

#[derive(Deserialize)]
struct LevelChanged {
    level: Level,
    #[serde(default)]
    reason: LevelReason,
}

#[derive(Deserialize)]
struct Claim {
    service_id: ServiceId,
    month: Month,
}

/// Reads a ticket event.
///
/// # Errors
/// Returns an [`InputError`] with name, value and remedy for the first field that is missing or wrong.
pub fn read_ticket_event(value: &Value) -> Result<TicketEvent, InputError> {
    let Head { event_id, ticket_id, occurred_at, note, internal_note } = read(value)?;
    let notes = Notes::new(note.map(Note::into_string), internal_note.map(Note::into_string));
    Ok(TicketEvent { event_id, ticket_id, occurred_at, happening: read_happening(value, &notes)?, notes })
}

fn read_happening(value: &Value, notes: &Notes) -> Result<TicketHappening, InputError> {
    let one_of = || KINDS.join(", ");
    let kind = match value.get("kind") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(other) => {
            return Err(InputError::new(format_args!("kind: {other} is no text: write one of {}", one_of())));
        }
        None => return Err(InputError::new(format_args!("missing field `kind`: write one of {}", one_of()))),
    };
    match kind {
        "opened" => {
            let Opened { customer_id, service_id, level, channel, title, description, links_to } =
                read(value)?;
            let (title, description) = report_beside(&title, description.as_deref(), notes.bytes());
            Ok(TicketHappening::Opened {
                customer_id,
                service_id,
                level,
                channel,
                title,
                description,
                links_to,
            })
        }
        "acknowledged" => Ok(TicketHappening::Acknowledged),
        "level_changed" => {
            let LevelChanged { level, reason } = read(value)?;
            Ok(TicketHappening::LevelChanged { level, reason })
        }
        "waiting_on_customer" => Ok(TicketHappening::WaitingOnCustomer),
        "resumed" => Ok(TicketHappening::Resumed),
        "resolved" => Ok(TicketHappening::Resolved),
        "reopened" => Ok(TicketHappening::Reopened),
        "closed" => Ok(TicketHappening::Closed),
        "cancelled" => Ok(TicketHappening::Cancelled),
        "claim" => {
            let Claim { service_id, month } = read(value)?;
            Ok(TicketHappening::Claim { service_id, month })
        }
        other => Err(InputError::new(format_args!(
            "kind: `{}` is not known: write one of {}",
            sla::shown(other),
            one_of()
        ))),
    }
}

/// The ticket that a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketSubject {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The title.
    pub title: String,
    /// The present level.
    pub level: Level,
    /// Instant of the report.
    pub opened_at: Instant,
    /// The name of the service concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// The zone in which its customer reads times.
    pub time_zone: Zone,
}

impl TicketSubject {
    /// Describes a ticket, and its service if it concerns one.
    pub fn of(ticket: &Ticket, service: Option<&Service>) -> Self {
        Self {
            ticket_id: ticket.ticket_id.clone(),
            title: ticket.opening.title.clone(),
            level: ticket.level,
            opened_at: ticket.opening.opened_at,
            service_name: service.map(|service| service.name.clone()),
            time_zone: service.map_or(Zone::UTC, |service| service.time_zone),
        }
    }
}

/// A clock, as a notice describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFigures {
    /// The clock.
    pub clock: ClockKind,
    /// Instant from which it counts.
    pub started_at: Instant,
    /// The promise: target and limit.
    #[serde(flatten)]
    pub promise: ClockPromise,
    /// The last instant at which the limit is kept.
    pub limit_at: Instant,
    /// Instant at which it stopped; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Instant>,
}

impl ClockFigures {
    /// Describes one of a ticket's clocks.
    pub fn of(ticket: &Ticket, kind: ClockKind) -> Self {
        let clock = ticket.clock(kind);
        Self {
            clock: kind,
            started_at: clock.started_at,
            promise: clock.promise,
            limit_at: clock.instant_of(clock.promise.limit_s),
            stopped_at: clock.stop.map(|stop| stop.at()),
        }
    }
}

/// A reached threshold, as its notice describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachedThreshold {
    /// The deadline.
    #[serde(flatten)]
    pub deadline: Deadline,
    /// The target in seconds, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_s: Option<i64>,
    /// Instant since which the promise has applied; later than the clock's start if the level had been wrong.
    pub applies_from: Instant,
    /// The last instant at which the limit is kept.
    pub limit_at: Instant,
    /// Instant at which the clock stopped, if it did before this became known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Instant>,
}

impl ReachedThreshold {
    /// Describes a reached threshold of a ticket.
    pub fn of(ticket: &Ticket, deadline: Deadline) -> Self {
        let Mark { clock: kind, started_at, limit_s, .. } = deadline.mark;
        let clock = ticket.clock(kind);
        let stopped_at = clock.stop.map(|stop| stop.at());
        if (clock.started_at, clock.promise.limit_s) == (started_at, limit_s) {
            let limit_at = clock.instant_of(limit_s);
            let (target_s, applies_from) = (clock.promise.target_s, clock.applies_from);
            Self { deadline, target_s, applies_from, limit_at, stopped_at }
        } else {
            // Another level has replaced this limit since. It was missed one second after it.
            let limit_at = deadline.due_at.plus_s(-1);
            Self { deadline, target_s: None, applies_from: started_at, limit_at, stopped_at }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use sla::Terms;
    use sla::text::{disturbs, is_blank};

    use super::*;

    /// Any text, with more troublesome characters than chance would give.
    fn any_text() -> impl Strategy<Value = String> {
        let trouble =
            "\r\n\t\0\u{1b}\u{85}\u{2028}\u{200f}\u{202e}\u{2066}\u{feff}\u{ad}\"\\ \u{1f469}\u{200d}";
        let trouble: Vec<char> = trouble.chars().collect();
        let one = prop_oneof![any::<char>(), proptest::sample::select(trouble)];
        proptest::collection::vec(one, 0..40).prop_map(|chars| chars.into_iter().collect())
    }

    fn opened(title: &str, description: Option<&str>) -> TicketEvent {
        let event = json!({
            "event_id": "e1", "ticket_id": "T-1", "kind": "opened", "occurred_at": "2026-06-03T10:00:00Z",
            "customer_id": "acme", "level": 1, "channel": "email", "title": title, "description": description,
            "note": title, "internal_note": description,
        });
        read_ticket_event(&event).unwrap()
    }

    #[test]
    fn notes_are_content_and_a_blank_one_is_none() {
        let noted = |note: Value, internal_note: Value| {
            let event = json!({
                "event_id": "e1", "ticket_id": "T-1", "kind": "acknowledged",
                "occurred_at": "2026-06-03T10:00:00Z", "note": note, "internal_note": internal_note,
            });
            read_ticket_event(&event).unwrap()
        };
        let plain = noted(json!(null), json!(" \u{200b}\n"));
        assert_eq!(plain.notes, Notes::default());
        let event = noted(json!("one\r\ntwo\u{202e}"), json!("\u{1b}[1mthree"));
        assert_ne!(event, plain, "another note is another event");
        assert_eq!(event.notes.note.as_deref(), Some("one\ntwo"));
        assert_eq!(event.notes.internal_note.as_deref(), Some("[1mthree"));
        let stored = serde_json::to_value(&event).unwrap();
        assert_eq!(serde_json::from_value::<TicketEvent>(stored).unwrap(), event);
        let before = json!({
            "event_id": "e1", "ticket_id": "T-1", "kind": "acknowledged", "occurred_at": "2026-06-03T10:00:00Z",
        });
        assert_eq!(serde_json::from_value::<TicketEvent>(before.clone()).unwrap(), plain);
        assert_eq!(
            serde_json::to_value(&plain).unwrap(),
            before,
            "an event without notes is stored as before"
        );
        let long = noted(json!("x".repeat(4001)), json!(null)).notes.note.unwrap();
        assert!(long.starts_with("xxx") && long.contains("… (shortened: 4001 bytes, SHA-256 "), "{long}");
    }

    proptest! {
        #[test]
        fn any_text_opens_a_ticket_and_is_shown_plain(
            title in any_text(), description in proptest::option::of(any_text()), repeated in 1usize..2_000
        ) {
            let long = title.repeat(repeated);
            let event = opened(&long, description.as_deref());
            prop_assert_eq!(&event, &opened(&long, description.as_deref()), "a repetition is known");
            prop_assert!(event.text_bytes_max() <= 405_000);
            let ticket = Ticket::fold([&event], &Terms::built_in()).unwrap().ticket;
            prop_assert_eq!(ticket.acknowledge.started_at, event.occurred_at);
            let opening = ticket.opening;
            prop_assert!(!opening.title.chars().any(disturbs) && opening.title.chars().count() <= 200);
            prop_assert!(!is_blank(&opening.title));
            let shown = opening.description.unwrap_or_else(|| "-".to_owned());
            prop_assert!(!is_blank(&shown) && shown.chars().count() <= 4_000);
            prop_assert!(!shown.chars().any(|c| c != '\n' && disturbs(c)));
        }
    }
}
