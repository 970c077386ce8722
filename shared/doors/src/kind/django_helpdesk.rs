//! django-helpdesk 2.6.1 (captured): the ticket with all its follow-ups, so that each message is the whole
//! history and a lost one is made good by the next. The first public follow-up of a user after the opening
//! acknowledges; `on_hold` has no time, and is not read. Statuses are its numbers.

use events::source::TicketKind;
use events::{InputError, Source};
use serde_json::Value;

use crate::facts::Facts;
use crate::message::{Item, TicketChange, TicketReading};
use crate::time::Writing;

/// Most follow-ups that are read: 256 KB hold no more.
const FOLLOWUPS_MAX: usize = 2000;

pub(super) fn item(facts: Facts, source: &Source) -> Result<Item, InputError> {
    let key = facts.need("ticket.id")?;
    let Some(Value::Array(followups)) = facts.value("ticket.followup_set") else {
        return Err(InputError::new("ticket.followup_set: no list: send the ticket as django-helpdesk does"));
    };
    let mut changes = Vec::new();
    for place in 0..followups.len().min(FOLLOWUPS_MAX) {
        let path = |name: &str| format!("ticket.followup_set.{place}.{name}");
        let at = facts.need_instant(&path("date"), Writing::text(source.zone))?;
        let is_reply =
            facts.text(&path("public")).as_deref() == Some("true") && facts.text(&path("user")).is_some();
        let kind = kind(facts.text(&path("new_status")).as_deref(), is_reply);
        // Events of one second are told apart by the order of their ids.
        let id = format!("{:0>10}", facts.need(&path("id"))?);
        changes.push((kind, TicketChange { at, id: Some(id), kind: None }));
    }
    changes.sort_by_key(|(_, change)| change.at);
    let created_at = changes.first().map(|(_, change)| change.at);
    if let Some((kind, _)) = changes.first_mut() {
        *kind = Some(TicketKind::Opened);
    }
    let mut is_acknowledged = false;
    changes.retain(|(kind, _)| match kind {
        Some(TicketKind::Acknowledged) => !std::mem::replace(&mut is_acknowledged, true),
        kind => kind.is_some(),
    });
    let changes = changes.into_iter().map(|(kind, change)| TicketChange { kind, ..change }).collect();
    let title = facts.title("ticket.title");
    Ok(TicketReading { key, facts, title, created_at, changes }.into())
}

/// Returns the event that a follow-up after the first is.
fn kind(new_status: Option<&str>, is_reply: bool) -> Option<TicketKind> {
    match new_status {
        Some("2") => Some(TicketKind::Reopened),
        Some("3") => Some(TicketKind::Resolved),
        Some("4") => Some(TicketKind::Closed),
        Some("5") => Some(TicketKind::Cancelled),
        _ if is_reply => Some(TicketKind::Acknowledged),
        _ => None,
    }
}
