//! Claims: filed, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use events::text::Prose;
use pages::{ClaimForm, ClaimLine, ClaimValues, Claims, FieldError, Section};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shell::Failure;
use sla::claim::ClaimError;
use sla::ledger::{CreditKind, Entry};
use sla::{Month, ServiceId};
use table::{Filed, Filing};
use web::{Posted, Problem, Session, read_form};

use crate::Portal;
use crate::answers::{Page, Visit, fault, shown, shown_again};
use crate::inputs::{Asked, optional};
use crate::tickets::choices;

/// Months back that the form offers.
const MONTHS_OFFERED: usize = 13;
/// Months whose ledger is read for a list of claims.
const LEDGERS_MAX: usize = 40;

/// A claim as it is filed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewClaim {
    service_id: ServiceId,
    month: Month,
    kind: CreditKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Prose>,
}

/// Lists the claims, the latest month first.
pub async fn list(State(portal): State<Portal>, session: Session, Query(asked): Query<Asked>) -> Page {
    let mut visit = portal.visit(&session, Section::Claims).await?;
    visit.say(asked.done.as_deref());
    let claims = visit.scope.claims().await.map_err(fault)?;
    let names = visit.scope.service_names().await.map_err(fault)?;
    let months: BTreeSet<(ServiceId, Month)> =
        claims.iter().take(LEDGERS_MAX).map(|claim| (claim.service_id.clone(), claim.month)).collect();
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for (service_id, month) in months {
        for entry in visit.scope.entries(&service_id, month).await.map_err(fault)? {
            if let Some(claim_id) = &entry.claim_id {
                entries.insert(claim_id.to_string(), entry);
            }
        }
    }
    let line = |claim: sla::claim::Claim| ClaimLine {
        service_name: names.get(&claim.service_id).cloned(),
        entry: entries.remove(claim.claim_id.as_str()),
        claim,
    };
    shown(pages::claims(&visit.frame, &Claims { claims: claims.into_iter().map(line).collect() }))
}

/// Shows the form of a new claim.
pub async fn form(State(portal): State<Portal>, session: Session, Query(asked): Query<Asked>) -> Page {
    let visit = portal.visit(&session, Section::Claims).await?;
    if let Some(id) = optional::<ServiceId>("service_id", asked.service_id.as_deref())? {
        let own = visit.scope.service(&id).await.map_err(fault)?;
        own.ok_or_else(|| Problem::not_found("service_id", &id))?;
    }
    let Asked { service_id, month, kind, .. } = asked;
    let values = ClaimValues {
        service_id: service_id.unwrap_or_default(),
        month: month.unwrap_or_default(),
        kind: kind.unwrap_or_default(),
        note: String::new(),
    };
    show_form(&visit, values, Vec::new()).await
}

async fn show_form(visit: &Visit, values: ClaimValues, errors: Vec<FieldError>) -> Page {
    let mut months = Vec::new();
    let mut month = Month::of(visit.now, visit.frame.zone);
    for _ in 0..MONTHS_OFFERED {
        months.push(month);
        month = month.previous();
    }
    let claim_until = claim_until(visit, &values).await?;
    let services = choices(visit).await?;
    let refused = !errors.is_empty();
    let page = pages::claim_form(&visit.frame, &ClaimForm { services, months, claim_until, values, errors });
    if refused { shown_again(page) } else { shown(page) }
}

/// Returns until when what stands in the form can be claimed, if it names something.
async fn claim_until(
    visit: &Visit,
    values: &ClaimValues,
) -> Result<Option<sla::Instant>, crate::answers::PageError> {
    let id = optional::<ServiceId>("service_id", Some(&values.service_id)).ok().flatten();
    let month = optional::<Month>("month", Some(&values.month)).ok().flatten();
    let Some((id, month)) = id.zip(month) else { return Ok(None) };
    let seen = visit.scope.month(&id, month, visit.now).await.map_err(fault)?;
    let kind = if values.kind == "performance" { CreditKind::Performance } else { CreditKind::Uptime };
    let claimable = seen.map(|seen| seen.claimable).unwrap_or_default();
    Ok(claimable.into_iter().find(|(own, _)| *own == kind).and_then(|(_, until)| until))
}

/// Files a claim; who sends it again finds the first one.
pub async fn file(State(portal): State<Portal>, session: Session, form: Posted) -> Page {
    let fields = form.of(&session, &portal.sign_in)?;
    let visit = portal.visit(&session, Section::Claims).await?;
    let values = values(&fields);
    let claim: NewClaim = match read_form(fields) {
        Ok(claim) => claim,
        Err(problem) => return show_form(&visit, values, vec![field_error(&problem)]).await,
    };
    match file_claim(&visit.scope, claim, visit.now).await? {
        Ok(_) => Ok(web::redirect("/claims?done=claim")),
        Err(problem) if problem.code() == StatusCode::NOT_FOUND => Err(problem.into()),
        Err(problem) => show_form(&visit, values, vec![field_error(&problem)]).await,
    }
}

/// Files a claim, or says why not.
pub async fn file_claim(
    scope: &table::CustomerScope,
    claim: NewClaim,
    now: sla::Instant,
) -> Result<Result<Value, Problem>, Problem> {
    let unexpected = |error| Problem::fault(&Failure::unexpected(error));
    let by = serde_json::to_value(&claim).map_err(unexpected)?;
    let NewClaim { service_id, month, kind, note } = claim;
    let filing = Filing { service_id: service_id.clone(), month, kind, note: note.map(Prose::into_string) };
    let filed = scope.file_claim(filing, &by, now).await;
    Ok(match filed.map_err(|error| Problem::fault(&error.into()))? {
        Filed::Claim(claim) => Ok(serde_json::to_value(&claim).map_err(unexpected)?),
        Filed::Again(answer) => Ok(answer),
        // Another customer's service and none at all are told apart by nobody.
        Filed::NoService | Filed::Refused(ClaimError::NotTheirs(..)) => {
            Err(Problem::not_found("service_id", &service_id))
        }
        Filed::Refused(error) => Err(Problem::unprocessable(error.to_string())),
    })
}

/// Keeps what was sent, so that nobody types it twice.
fn values(fields: &Map<String, Value>) -> ClaimValues {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    ClaimValues {
        service_id: text("service_id"),
        month: text("month"),
        kind: text("kind"),
        note: text("note"),
    }
}

/// Puts a refusal beside the field that it names first.
pub fn field_error(problem: &Problem) -> FieldError {
    let detail = problem.detail.as_str();
    let named =
        detail.split_once(':').filter(|(field, _)| field.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match (named, missing) {
        (Some((field, text)), _) => FieldError { field: field.to_owned(), text: sentence(text.trim()) },
        (_, Some((field, _))) => FieldError { field: field.to_owned(), text: needed(field) },
        _ => FieldError { field: String::new(), text: sentence(detail) },
    }
}

/// Says what a field that was left empty needs.
fn needed(field: &str) -> String {
    match field {
        "title" => "Give the ticket a title: what it is about, in a line.".to_owned(),
        "level" => "Choose how urgent it is.".to_owned(),
        "service_id" => "Choose the service.".to_owned(),
        "month" => "Choose the month.".to_owned(),
        "kind" => "Choose what you claim for.".to_owned(),
        "protocol" => "Choose how notices are to be sent.".to_owned(),
        "endpoint" => "Say where notices are to be sent.".to_owned(),
        "statement" => "Say what you hold against it.".to_owned(),
        other => format!("`{other}` is needed."),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}
