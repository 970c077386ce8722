//! Trials: what a message of a source that was kept would become by its present mappings. The message was
//! proven when it came, so it is read and mapped as `doors` does; nothing is recorded or remembered.

use axum::extract::{Path, Query, State};
use doors::{Meaning, Metrics, Sighting, TicketReport, Unmapped, Webhook};
use events::Source;
use pages::desk::{Part, TrialLine, TrialPage, TriedMessage};
use sla::id::{QuarantineId, SourceId};
use table::{QuarantineEntry, SourceState};
use web::{Page, Parameters, Session, fault, optional, part, shown};

use crate::Desk;
use crate::sources::known;

/// Shows what the last message would become, or the last one of a key.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(source_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: SourceId = part("source_id", &source_id)?;
    let wanted: Option<QuarantineId> = optional("id", query.id.as_deref())?;
    let visit = desk.visit(&session, Part::Sources, None)?;
    let table = visit.staff.table();
    let source = known(table, &id).await?.source;
    let SourceState { unmapped_keys, .. } = table.source_state(&id).await.map_err(fault)?;
    let is_wanted = |id: &QuarantineId| wanted.as_ref().is_none_or(|wanted| wanted == id);
    let kept = unmapped_keys.into_iter().find(|known| is_wanted(&known.quarantine_id));
    let found = match kept {
        Some(kept) => table.quarantined(&kept.quarantine_id).await.map_err(fault)?,
        None => None,
    };
    let message = found.map(|found| tried(&source, &found.value));
    shown(pages::desk::trial(&visit.frame, &TrialPage { source_id: id, message }))
}

fn tried(source: &Source, kept: &QuarantineEntry) -> TriedMessage {
    let lines = match Webhook::read(&kept.payload) {
        Ok(Some(webhook)) => meant(source, &webhook),
        Ok(None) => vec![TrialLine::Refused("Only the beginning of the message was kept.".to_owned())],
        Err(error) => vec![TrialLine::Refused(error.to_string())],
    };
    TriedMessage {
        quarantine_id: kept.quarantine_id.clone(),
        received_at: kept.received_at,
        is_replayed: kept.replayed_at.is_some(),
        lines,
    }
}

/// Reads and maps a message.
fn meant(source: &Source, webhook: &Webhook) -> Vec<TrialLine> {
    let message = match doors::read(source, &webhook.request) {
        Ok(message) => message,
        Err(error) => return vec![TrialLine::Refused(error.to_string())],
    };
    let meaning = Meaning::of(source, message);
    let unmapped = |Unmapped { key, error, .. }: Unmapped| TrialLine::Unmapped(key, error.to_string());
    let refused = meaning.refused.into_iter().chain(meaning.losses);
    let mut lines: Vec<TrialLine> = meaning.sightings.into_iter().map(sighting).collect();
    lines.extend(meaning.told.into_iter().map(ticket));
    lines.extend(meaning.proofs.into_iter().map(TrialLine::Proof));
    lines.extend(meaning.unmapped.into_iter().map(unmapped));
    lines.extend(refused.map(|error| TrialLine::Refused(error.to_string())));
    lines.extend((meaning.tests > 0).then_some(TrialLine::Test(meaning.tests)));
    lines.extend(meaning.nothings.into_iter().map(TrialLine::Nothing));
    lines
}

fn sighting(seen: Sighting) -> TrialLine {
    let Sighting { service_id, probe, failed, cleared_at, metrics, .. } = seen;
    let Metrics { latency_ms, throughput_mbps, packet_loss_pct } = metrics;
    let measured = [(latency_ms, "ms"), (throughput_mbps, "Mbit/s"), (packet_loss_pct, "% lost")];
    let measured = measured.into_iter().filter_map(|(number, unit)| Some((number?, unit))).collect();
    TrialLine::Sighting { service_id, probe, failed, cleared_at, measured }
}

fn ticket(told: TicketReport) -> TrialLine {
    let lacks = [told.customer_id.err(), told.level.err(), told.service_id.err(), told.channel.err()];
    TrialLine::Ticket {
        ticket_id: told.ticket_id,
        changes: told.changes.into_iter().map(|(kind, at, _)| (kind, at)).collect(),
        lacks: lacks.into_iter().flatten().map(|error| error.to_string()).collect(),
    }
}
