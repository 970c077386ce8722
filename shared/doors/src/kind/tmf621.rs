//! TMF621 events, v4.0.0 and v5.0.1 (documented). The whole `statusChange` is folded, keyed by its dates, as
//! two events may tell one change. TMF's `acknowledged` is *received*: only `inProgress` acknowledges.
//! `customer` and `service` are added from the related parties and entities.

use events::source::TicketKind;
use events::{InputError, Source};
use serde_json::Value;
use sla::Instant;

use crate::facts::Facts;
use crate::message::{Item, TicketChange, TicketReading, unknown_word};
use crate::time::Writing;

/// Most changes of status that are read: 256 KB hold no more.
const CHANGES_MAX: usize = 2000;

pub(super) fn item(mut facts: Facts, source: &Source) -> Result<Item, InputError> {
    let ticket = |name: &str| format!("event.troubleTicket.{name}");
    let writing = Writing::text(source.zone);
    let event = facts.need("eventType")?;
    if !event.starts_with("TroubleTicket") {
        return Item::nothing(event);
    }
    let key = facts.need(&ticket("id"))?;
    let created_at = facts.instant(&ticket("creationDate"), writing)?;
    let opened = |at| TicketChange { at, id: Some("created".to_owned()), kind: Some(TicketKind::Opened) };
    let folded = folded(&history(&facts, writing)?)?;
    let changes = created_at.map(opened).into_iter().chain(folded).collect();
    for (name, list, field, word) in [
        ("customer", "relatedParty", "role", "customer"),
        ("service", "relatedEntity", "@referredType", "Service"),
    ] {
        if let Some(id) = related(facts.value(&ticket(list)), field, word) {
            facts.add(name, id);
        }
    }
    let title = facts.text(&ticket("name")).unwrap_or_else(|| facts.title(&ticket("description")));
    Ok(TicketReading { key, facts, title, created_at, changes }.into())
}

fn related(list: Option<&Value>, field: &str, word: &str) -> Option<Value> {
    let is_it =
        |one: &&Value| one.get(field).and_then(Value::as_str).is_some_and(|is| is.eq_ignore_ascii_case(word));
    list?.as_array()?.iter().find(is_it)?.get("id").cloned()
}

/// Returns the statuses with their instants, oldest first; the present one alone if there is no history.
fn history(facts: &Facts, writing: Writing) -> Result<Vec<(Instant, String)>, InputError> {
    let ticket = "event.troubleTicket";
    let count = match facts.value(&format!("{ticket}.statusChange")) {
        Some(Value::Array(changes)) => changes.len().min(CHANGES_MAX),
        _ => 0,
    };
    let mut history = Vec::new();
    for place in 0..count {
        let path = |name: &str| format!("{ticket}.statusChange.{place}.{name}");
        let at = facts.need_instant(&path("statusChangeDate"), writing)?;
        history.push((at, facts.need(&path("status"))?));
    }
    if history.is_empty()
        && let Some(status) = facts.text(&format!("{ticket}.status"))
    {
        let at = facts.instant(&format!("{ticket}.lastUpdate"), writing)?;
        history.push((at.map_or_else(|| facts.need_instant("eventTime", writing), Ok)?, status));
    }
    // Within a second the sender's order counts, whether it begins with the oldest or with the newest.
    if history.first().map(|(at, _)| *at) > history.last().map(|(at, _)| *at) {
        history.reverse();
    }
    history.sort_by_key(|(at, _)| *at);
    Ok(history)
}

/// Folds statuses into events: what each means depends on the one before it.
fn folded(history: &[(Instant, String)]) -> Result<Vec<TicketChange>, InputError> {
    let (mut changes, mut before, mut is_acknowledged) = (Vec::new(), "", false);
    let mut last: Option<(Instant, usize)> = None;
    for (at, status) in history {
        let place = last.filter(|(second, _)| second == at).map_or(0, |(_, place)| place + 1);
        last = Some((*at, place));
        let mut add = |kind| {
            let id = format!("{}.{place}.{status}", at.epoch_s());
            changes.push(TicketChange { at: *at, id: Some(id), kind: Some(kind) });
        };
        let was_over = matches!(before, "resolved" | "closed");
        let kind = match status.as_str() {
            same if same == before => None,
            "acknowledged" | "held" | "inProgress" | "pending" if was_over => Some(TicketKind::Reopened),
            "pending" => Some(TicketKind::WaitingOnCustomer),
            "acknowledged" | "held" | "inProgress" if before == "pending" => Some(TicketKind::Resumed),
            "inProgress" if !is_acknowledged => Some(TicketKind::Acknowledged),
            "acknowledged" | "held" | "inProgress" => None,
            "resolved" => Some(TicketKind::Resolved),
            "closed" => Some(TicketKind::Closed),
            "cancelled" | "rejected" => Some(TicketKind::Cancelled),
            other => {
                return Err(unknown_word(
                    "status",
                    other,
                    "acknowledged, inProgress, pending, held, resolved, closed, cancelled, rejected",
                ));
            }
        };
        if let Some(kind) = kind {
            add(kind);
        }
        // A ticket that comes back to wait has two things to say.
        if was_over && status == "pending" {
            add(TicketKind::WaitingOnCustomer);
        }
        // Work that begins after waiting acknowledges as well.
        if status == "inProgress" && !is_acknowledged && before == "pending" {
            add(TicketKind::Acknowledged);
        }
        is_acknowledged |= status == "inProgress";
        before = status;
    }
    Ok(changes)
}
