//! Statements: all of them, each with why it says what it says, and as files.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use events::columns::STATEMENT;
use events::csv_file::{CONTENT_TYPE, csv_file};
use pages::{OpenClaim, Section, StatementLine, StatementPage, Statements};
use shell::Failure;
use sla::ledger::CreditKind;
use sla::summary::{Stated, Summary};
use sla::{Month, ServiceId, canonical_json};
use table::SeenStatement;
use web::{Problem, Session};

use crate::Portal;
use crate::answers::{Page, PageError, Visit, fault, shown};
use crate::inputs::{Asked, optional, part};

/// Statements of one page.
const PAGE_MAX: usize = 100;

/// Lists the newest statement of each service-month, the latest month first.
pub async fn list(State(portal): State<Portal>, session: Session, Query(asked): Query<Asked>) -> Page {
    let visit = portal.visit(&session, Section::Statements).await?;
    let months = visit.scope.stated_months(visit.now).await.map_err(fault)?;
    let names = visit.scope.service_names().await.map_err(fault)?;
    let line = |summary: &Summary| {
        let Stated { revision, availability_pct, commitment_pct, verdict, credit } =
            summary.stated.clone()?;
        let service_id = summary.service_id.clone();
        let service_name = names.get(&service_id).cloned().unwrap_or_else(|| service_id.to_string());
        let month = summary.month;
        Some(StatementLine {
            service_id,
            service_name,
            month,
            revision,
            verdict,
            availability_pct,
            commitment_pct,
            credit,
        })
    };
    let place = |line: &StatementLine| format!("{}~{}", line.month, line.service_id);
    let all: Vec<StatementLine> = months.iter().filter_map(line).collect();
    let after = asked.after.as_deref().filter(|after| !after.is_empty());
    let first =
        after.and_then(|after| all.iter().position(|line| place(line) == after)).map_or(0, |at| at + 1);
    let page: Vec<StatementLine> = all.iter().skip(first).take(PAGE_MAX).cloned().collect();
    let more = first + page.len() < all.len();
    let after = page.last().filter(|_| more).map(place);
    shown(pages::statements(&visit.frame, &Statements { statements: page, after }))
}

/// Finds the statement that an address names.
async fn find(
    portal: &Portal,
    session: &Session,
    (service_id, month): &(String, String),
    asked: &Asked,
) -> Result<SeenStatement, PageError> {
    let (id, month): (ServiceId, Month) = (part("service_id", service_id)?, part("month", month)?);
    let revision: Option<u32> = optional("revision", asked.revision.as_deref())?;
    let seen = portal.scope(session)?.statement(&id, month, revision).await.map_err(fault)?;
    seen.ok_or_else(|| PageError(Problem::not_found("statement", format_args!("{id} {month}"))))
}

/// Shows a statement.
pub async fn page(
    State(portal): State<Portal>,
    session: Session,
    Path(place): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let mut visit = portal.visit(&session, Section::Statements).await?;
    let seen = find(&portal, &session, &place, &asked).await?;
    let open_claims = open_claims(&visit, &seen).await?;
    let SeenStatement { service, statement, revisions, claims, entries } = seen;
    let terms = visit.scope.terms(visit.now).await.map_err(fault)?;
    let terms = terms.revision(statement.terms.revision).unwrap_or_else(|| terms.in_force(statement.month));
    visit.frame.zone = service.time_zone;
    let others = revisions.iter().filter(|other| other.revision != statement.revision);
    let view = StatementPage {
        service_name: service.name.clone(),
        fee: service.in_month(statement.month).1,
        credit_terms: terms.credits.clone(),
        newest_revision: revisions.last().map_or(statement.revision, |newest| newest.revision),
        revisions: others.map(|other| (other.revision, other.verdict)).collect(),
        entries,
        claims,
        open_claims,
        statement,
    };
    shown(pages::statement(&visit.frame, &view))
}

/// Lists what can still be claimed of a month of whose uptime nothing is claimed or entered yet.
async fn open_claims(visit: &Visit, seen: &SeenStatement) -> Result<Vec<OpenClaim>, PageError> {
    let SeenStatement { service, statement, claims, entries, .. } = seen;
    let claimed = claims.iter().any(|claim| claim.kind == CreditKind::Uptime);
    let entered = entries.iter().any(|entry| entry.kind == CreditKind::Uptime);
    if statement.credit.amount.minor == 0 || claimed || entered {
        return Ok(Vec::new());
    }
    let month = visit.scope.month(&service.service_id, statement.month, visit.now).await.map_err(fault)?;
    Ok(month.as_ref().map_or_else(Vec::new, crate::service::open_claims))
}

/// Gives a statement as canonical JSON: the bytes whose digest it bears, with it.
pub async fn download_json(
    State(portal): State<Portal>,
    session: Session,
    headers: HeaderMap,
    Path(place): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let seen = find(&portal, &session, &place, &asked).await?;
    let json =
        canonical_json(&seen.statement).map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    Ok(as_file(web::tagged(&headers, "application/json", json.into_bytes()), &seen, "json"))
}

/// Gives a statement as the row that finance has in its export.
pub async fn download_csv(
    State(portal): State<Portal>,
    session: Session,
    headers: HeaderMap,
    Path(place): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let seen = find(&portal, &session, &place, &asked).await?;
    let csv = csv_file(&STATEMENT, std::slice::from_ref(&seen.statement));
    let csv = csv.map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    Ok(as_file(web::tagged(&headers, CONTENT_TYPE, csv), &seen, "csv"))
}

/// Names the file that a browser keeps: ids have no characters that a name may not have, but for the colon.
fn as_file(mut response: Response, seen: &SeenStatement, extension: &str) -> Response {
    let sla::Statement { service_id, month, revision, .. } = &seen.statement;
    let id = service_id.as_str().replace(':', "_");
    let name = format!("attachment; filename=\"statement-{id}-{month}-r{revision}.{extension}\"");
    if let Ok(value) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
