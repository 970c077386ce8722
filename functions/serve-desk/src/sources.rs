//! Sources of webhooks, each with what it sends, what of it is not mapped, and the forms about it.

use ::commands::Staff;
use axum::extract::{Path, Query, State};
use events::Source;
use events::command::{CommandName, Subject};
use events::source::SourceKind;
use pages::FieldError;
use pages::desk::{
    CommandForm, Part, SecretState, SourceHealth, SourceLine, SourcePage, Sources, UnmappedLine,
};
use shell::{Secrets, SecretsError};
use sla::Instant;
use sla::id::SourceId;
use table::{KnownSource, SourceState, Table, UnmappedKey};
use web::{Page, PageError, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::cut;
use crate::mapping::{Suggestion, suggested};
use crate::visit::Visit;

/// Sources per page: 50 of at most 200 KB of mappings, with 200 KB of unmapped keys each, are 20 MB.
const PAGE_MAX: usize = 50;
/// Seconds for which a loss is a problem: a week.
const LOSS_S: i64 = 7 * 86_400;

/// Lists the sources, those with problems first.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<SourceId> = optional("after", query.after.as_deref())?;
    let visit = desk.visit(&session, Part::Sources, query.done.as_deref())?;
    let table = visit.staff.table();
    let mut known = table.sources_page(after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
    let after = cut(&mut known, PAGE_MAX, |known| known.source.source_id.clone());
    let ids: Vec<SourceId> = known.iter().map(|known| known.source.source_id.clone()).collect();
    let states = table.source_states(&ids).await.map_err(fault)?;
    let silent = SourceState::default();
    let line = |known: &KnownSource| {
        let state = states.get(&known.source.source_id).unwrap_or(&silent);
        SourceLine {
            source_id: known.source.source_id.clone(),
            kind: known.source.kind,
            health: health(known, state, visit.now),
            last_message_at: state.last_message_at,
            last_test_at: state.last_test_at,
            unmapped: state.unmapped_keys.len(),
        }
    };
    let mut sources: Vec<SourceLine> = known.iter().map(line).collect();
    sources.sort_by(|a, b| (a.health, &a.source_id).cmp(&(b.health, &b.source_id)));
    shown(pages::desk::sources(&visit.frame, &Sources { sources, after }))
}

/// Returns the worst that is known of a source.
fn health(known: &KnownSource, state: &SourceState, now: Instant) -> SourceHealth {
    let is_recent = |at: Instant| now.epoch_s() - at.epoch_s() < LOSS_S;
    let is_heard = state.last_message_at.is_some();
    match () {
        () if known.is_removed => SourceHealth::Removed,
        () if is_heard && state.is_alive(&known.source, now) == Some(false) => SourceHealth::Silent,
        () if state.last_loss.as_ref().is_some_and(|loss| is_recent(loss.at)) => SourceHealth::Lossy,
        () if !state.unmapped_keys.is_empty() => SourceHealth::Unmapped,
        () if is_heard => SourceHealth::Reporting,
        () if known.secret.is_none() => SourceHealth::WithoutSecret,
        () => SourceHealth::Unheard,
    }
}

/// Shows the form of a new source, filled in as the guide recommends for its kind.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Sources, None)?;
    visit.staff.permit(CommandName::RegisterSource)?;
    let kind = query.kind.filter(|kind| !kind.is_empty()).map(kind).transpose()?;
    let mut form = CommandForm::with(CommandName::RegisterSource, []);
    form.values.extend(kind.into_iter().flat_map(pages::desk::recommended));
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Reads a kind by its name.
fn kind(name: String) -> Result<SourceKind, Problem> {
    serde_json::from_value(name.into()).map_err(|error| Problem::bad_request(format!("kind: {error}")))
}

/// Reads a source, even if it was removed, or returns a "not found" problem.
pub async fn known(table: &Table, id: &SourceId) -> Result<KnownSource, PageError> {
    let found = table.source(id).await.map_err(fault)?;
    Ok(found.ok_or_else(|| Problem::not_found("source_id", id))?.value)
}

/// Shows a source.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(source_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: SourceId = part("source_id", &source_id)?;
    let visit = desk.visit(&session, Part::Sources, query.done.as_deref())?;
    shown(pages::desk::source(&visit.frame, &looked_at(&desk, &visit, &id, Vec::new()).await?))
}

/// Gathers what the page of a source shows.
pub async fn looked_at(
    desk: &Desk,
    visit: &Visit,
    id: &SourceId,
    errors: Vec<FieldError>,
) -> Result<SourcePage, PageError> {
    let table = visit.staff.table();
    let known = known(table, id).await?;
    let state = table.source_state(id).await.map_err(fault)?;
    Ok(SourcePage {
        health: health(&known, &state, visit.now),
        last_at: [state.last_message_at, state.last_test_at, state.last_mapped_at],
        last_proof_at: state.last_proof_at,
        skew_s: state.skew_s,
        last_loss: state.last_loss.map(|loss| (loss.at, loss.error)),
        unmapped: state.unmapped_keys.into_iter().map(unmapped).collect(),
        secret: secret(&desk.senders.secrets, &known.source).await?,
        entered: known.secret.map(|entered| (entered.at, entered.by)),
        hooks: desk.senders.hooks.clone(),
        errors,
        trail: trail(table, Subject::Source, &[id.as_str()]).await.map_err(fault)?,
        source: known.source,
    })
}

fn unmapped(known: UnmappedKey) -> UnmappedLine {
    let UnmappedKey { key, words, error, quarantine_id, last_at, count } = known;
    UnmappedLine { key, words, error, quarantine_id, last_at, count }
}

/// Looks which secrets of a source are stored, without anything of them.
async fn secret(secrets: &Secrets, source: &Source) -> Result<SecretState, Problem> {
    match secrets.get(&source.secret_name()).await {
        Ok(None) => Ok(SecretState::Missing),
        Ok(Some(secret)) => Ok(SecretState::Entered { has_previous: secret.valid().count() > 1 }),
        Err(SecretsError::Unreadable(_)) => Ok(SecretState::Unreadable),
        Err(error) => Err(fault(error)),
    }
}

/// Shows the form that maps what a source sends, filled in for a key that no mapping fits.
pub async fn map(
    State(desk): State<Desk>,
    session: Session,
    Path(source_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: SourceId = part("source_id", &source_id)?;
    let visit = desk.visit(&session, Part::Sources, None)?;
    visit.staff.permit(CommandName::MapSource)?;
    let source = known(visit.staff.table(), &id).await?.source;
    let mut form = CommandForm::with(CommandName::MapSource, [("source_id", id.to_string())]);
    if let Some(key) = query.key.as_deref().filter(|key| !key.is_empty()) {
        let words = words_of(&visit.staff, &id, key).await?;
        let to = query.service_id.as_deref().or(query.customer_id.as_deref()).unwrap_or_default();
        let Suggestion { add, remove } = suggested(&source, (key, &words), to.trim());
        form.values.insert("add".to_owned(), format!("{add:#}"));
        form.values.extend(remove.map(|remove| ("remove".to_owned(), format!("{remove:#}"))));
    }
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Returns the words of an unmapped key; none of one that is not known, or not any more.
async fn words_of(
    staff: &Staff,
    id: &SourceId,
    key: &str,
) -> Result<std::collections::BTreeMap<String, String>, Problem> {
    let state = staff.table().source_state(id).await.map_err(fault)?;
    let known = state.unmapped_keys.into_iter().find(|known| known.key == key);
    Ok(known.map(|known| known.words).unwrap_or_default())
}
