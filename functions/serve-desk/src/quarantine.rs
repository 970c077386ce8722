//! The quarantine: rejected input, with the form that mends and replays it.

use axum::extract::{Path, Query, State};
use events::command::Subject;
use pages::desk::{InputSource, Part, Quarantine, QuarantineLine, QuarantinedInput, ReplayLine};
use serde_json::Value;
use sla::id::{QuarantineId, SourceId};
use table::{QuarantineEntry, Source};
use web::{Page, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::cut;

/// Inputs per page.
const PAGE_MAX: usize = 50;

/// Lists the quarantined inputs by id.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<QuarantineId> = optional("after", query.after.as_deref())?;
    let visit = desk.visit(&session, Part::Quarantine, query.done.as_deref())?;
    let table = visit.staff.table();
    let mut inputs = table.list_quarantine(after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
    let after = cut(&mut inputs, PAGE_MAX, |input| input.quarantine_id.clone());
    let inputs = inputs.iter().map(line).collect();
    shown(pages::desk::quarantine(&visit.frame, &Quarantine { inputs, after }))
}

fn line(input: &QuarantineEntry) -> QuarantineLine {
    QuarantineLine {
        quarantine_id: input.quarantine_id.clone(),
        source: match input.source {
            Source::Check => InputSource::Check,
            Source::Record => InputSource::Record,
            Source::TicketEvent => InputSource::TicketEvent,
            Source::TicketRecord => InputSource::TicketRecord,
            Source::Outbox => InputSource::Outbox,
        },
        source_id: source_of(&input.payload),
        error: input.error.clone(),
        received_at: input.received_at,
        replayed_at: input.replayed_at,
    }
}

/// Returns the source that sent an input, if it is a webhook.
fn source_of(payload: &Value) -> Option<SourceId> {
    doors::Webhook::read(payload).ok().flatten().map(|webhook| webhook.source_id)
}

/// Shows an input.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(quarantine_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: QuarantineId = part("quarantine_id", &quarantine_id)?;
    let visit = desk.visit(&session, Part::Quarantine, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.quarantined(&id).await.map_err(fault)?;
    let input = found.ok_or_else(|| Problem::not_found("quarantine_id", &id))?.value;
    let mut replays = Vec::new();
    for replay in &input.replays {
        let changed_to = match replay.is_changed {
            true => table.replayed_content(&id, replay).await.map_err(fault)?,
            false => None,
        };
        replays.push(ReplayLine {
            at: replay.at,
            by: replay.by.clone(),
            content: replay.content.clone(),
            changed_to: changed_to.as_ref().map(readable),
            outcome: replay.outcome.map(|outcome| (outcome.accepted, outcome.duplicates)),
        });
    }
    let view = QuarantinedInput {
        line: line(&input),
        length: input.length,
        sha256: input.sha256.clone(),
        is_whole: input.whole,
        payload: readable(&input.payload),
        replays,
        trail: trail(table, Subject::Quarantine, &[id.as_str()]).await.map_err(fault)?,
    };
    shown(pages::desk::quarantined(&visit.frame, &view))
}

/// Writes input for editing: JSON over several lines, even where a record holds it as text.
fn readable(payload: &Value) -> String {
    let parsed = payload.as_str().map(|text| events::parse(text.as_bytes()));
    match (payload, parsed) {
        (Value::String(text), Some(Err(_))) => text.clone(),
        (_, Some(Ok(value))) => format!("{value:#}"),
        (value, _) => format!("{value:#}"),
    }
}
