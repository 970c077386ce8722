//! Ticket events of what a help desk told. The same change has the same event id, whatever message tells it;
//! a ticket that was never seen as opened is opened by the instant of its creation.

use std::collections::BTreeSet;

use events::InputError;
use events::source::{Source, TicketKind};
use sla::id::SourceId;
use sla::text::report;
use sla::ticket::{LevelReason, Notes, TicketEvent, TicketHappening};
use sla::{EventId, Instant, TicketId, sha256_hex};

use crate::meaning::TicketReport;

/// Hex digits of the digest that stands for a change without an id that could be used.
const DIGEST_DIGITS: usize = 32;

/// Returns the events of a ticket, oldest first, without another opening of one that has been opened.
///
/// # Errors
/// Returns an [`InputError`] with what would have to be registered, if an opening or a change of level lacks
/// it.
pub fn events(
    source: &Source,
    told: &TicketReport,
    opened: &BTreeSet<TicketId>,
) -> Result<Vec<TicketEvent>, InputError> {
    let mut events = Vec::new();
    let is_opened = opened.contains(&told.ticket_id);
    let opens = told.changes.iter().any(|(kind, ..)| *kind == TicketKind::Opened);
    if let (false, Some(created_at)) = (opens || is_opened, told.created_at) {
        let first = told.changes.iter().map(|(_, at, _)| *at).min().unwrap_or(created_at);
        let id = format!("opening:{}", created_at.epoch_s()).parse().map_err(InputError::new)?;
        events.push(event(told, id, created_at.min(first), opening(told)?));
    }
    // Title and level of a later message may differ: it is no second opening.
    for (kind, at, id) in told.changes.iter().filter(|(kind, ..)| !is_opened || *kind != TicketKind::Opened) {
        let at = told.created_at.filter(|_| *kind == TicketKind::Opened).unwrap_or(*at);
        let id = event_id(&source.source_id, told, (*kind, at, id.as_deref()))?;
        events.push(event(told, id, at, happening(told, *kind)?));
    }
    Ok(events)
}

fn event(
    told: &TicketReport,
    event_id: EventId,
    occurred_at: Instant,
    happening: TicketHappening,
) -> TicketEvent {
    TicketEvent {
        event_id,
        ticket_id: told.ticket_id.clone(),
        occurred_at,
        happening,
        notes: Notes::default(),
    }
}

fn happening(told: &TicketReport, kind: TicketKind) -> Result<TicketHappening, InputError> {
    Ok(match kind {
        TicketKind::Opened => opening(told)?,
        TicketKind::Acknowledged => TicketHappening::Acknowledged,
        TicketKind::LevelChanged => {
            TicketHappening::LevelChanged { level: told.level.clone()?, reason: LevelReason::default() }
        }
        TicketKind::WaitingOnCustomer => TicketHappening::WaitingOnCustomer,
        TicketKind::Resumed => TicketHappening::Resumed,
        TicketKind::Resolved => TicketHappening::Resolved,
        TicketKind::Reopened => TicketHappening::Reopened,
        TicketKind::Closed => TicketHappening::Closed,
        TicketKind::Cancelled => TicketHappening::Cancelled,
    })
}

fn opening(told: &TicketReport) -> Result<TicketHappening, InputError> {
    let (title, description) = report(&told.title, None);
    Ok(TicketHappening::Opened {
        customer_id: told.customer_id.clone()?,
        service_id: told.service_id.clone()?,
        level: told.level.clone()?,
        channel: told.channel.clone()?,
        title,
        description,
        links_to: None,
    })
}

/// Returns the id of an event: the sender's id with the kind, as one message may tell of two events; or a
/// digest of what makes it one.
fn event_id(
    source_id: &SourceId,
    told: &TicketReport,
    (kind, at, id): (TicketKind, Instant, Option<&str>),
) -> Result<EventId, InputError> {
    let kind = kind.as_str();
    let own = id.and_then(|id| format!("{id}:{kind}").parse().ok());
    let digest = || {
        let what = id.map_or_else(|| at.to_string(), str::to_owned);
        let parts = [source_id.as_str(), told.ticket_id.as_str(), kind, &what].join("\n");
        format!("{}:{kind}", &sha256_hex(parts.as_bytes())[..DIGEST_DIGITS])
    };
    own.map_or_else(|| digest().parse().map_err(InputError::new), Ok)
}
