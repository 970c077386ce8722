//! Statements: the list, each with its derivation, and as files.

use std::error::Error;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use events::columns::STATEMENT;
use events::csv_file::{CONTENT_TYPE, csv_file};
use outcome::Failure;
use pages::Section;
use pages::portal::{OpenClaim, StatementLine, StatementPage, Statements};
use sla::ledger::CreditKind;
use sla::summary::{NewestStatement, Summary};
use sla::{Instant, Month, ServiceId, Statement, canonical_json};
use table::{CustomerScope, SeenStatement};
use web::{Page, PageError, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Portal;
use crate::visit::Visit;

/// Statements per page.
const PAGE_MAX: usize = 100;

/// The position of a statement in the list.
pub type Place = (Month, ServiceId);

/// Lists the newest statement of each service-month, the latest month first.
pub async fn list(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = portal.visit_with_services(&session, Section::Statements).await?;
    let after = query.after.as_deref().filter(|after| !after.is_empty()).map(read_place).transpose()?;
    let (stated, next) = page_of(&visit.scope, after.as_ref(), visit.now).await?;
    let names = visit.names();
    let line = |(Summary { service_id, month, .. }, stated): (Summary, NewestStatement)| {
        let NewestStatement { revision, availability_pct, commitment_pct, verdict, credit } = stated;
        let service_name = names.get(&service_id).map_or_else(|| service_id.to_string(), ToString::to_string);
        StatementLine {
            service_id,
            service_name,
            month,
            revision,
            verdict,
            availability_pct,
            commitment_pct,
            credit,
        }
    };
    let statements = stated.into_iter().map(line).collect();
    let after = next.map(|(month, service_id)| format!("{month}~{service_id}"));
    shown(pages::portal::statements(&visit.frame, &Statements { statements, after }))
}

fn read_place(text: &str) -> Result<Place, Problem> {
    let (month, service_id) = text.split_once('~').unwrap_or((text, ""));
    Ok((part("after", month)?, part("after", service_id)?))
}

/// Lists at most 100 closed months after a position, the latest first, with the position of the next page.
pub async fn page_of(
    scope: &CustomerScope,
    after: Option<&Place>,
    now: Instant,
) -> Result<(Vec<(Summary, NewestStatement)>, Option<Place>), Problem> {
    let months = scope.stated_months(now).await.map_err(fault)?;
    let comes_later = |summary: &Summary| {
        after.is_none_or(|(month, id)| {
            summary.month < *month || (summary.month == *month && summary.service_id > *id)
        })
    };
    let mut rest = months.into_iter().filter(comes_later);
    let with_stated = |summary: Summary| summary.stated.clone().map(|stated| (summary, stated));
    let page: Vec<_> = rest.by_ref().take(PAGE_MAX).filter_map(with_stated).collect();
    let place = |(last, _): &(Summary, NewestStatement)| (last.month, last.service_id.clone());
    let next = rest.next().and_then(|_| page.last()).map(place);
    Ok((page, next))
}

/// Finds the statement at an address.
pub async fn find(
    scope: &CustomerScope,
    (service_id, month): &(String, String),
    query: &Parameters,
) -> Result<SeenStatement, Problem> {
    let (id, month): (ServiceId, Month) = (part("service_id", service_id)?, part("month", month)?);
    let revision: Option<u32> = optional("revision", query.revision.as_deref())?;
    let seen = scope.statement(&id, month, revision).await.map_err(fault)?;
    seen.ok_or_else(|| Problem::not_found("statement", format_args!("{id} {month}")))
}

/// Shows a statement.
pub async fn page(
    State(portal): State<Portal>,
    session: Session,
    Path(place): Path<(String, String)>,
    Query(query): Query<Parameters>,
) -> Page {
    let mut visit = portal.visit(&session, Section::Statements).await?;
    let seen = find(&visit.scope, &place, &query).await?;
    let open_claims = open_claims(&visit, &seen).await?;
    let SeenStatement { service, statement, revisions, claims, entries } = seen;
    let terms = visit.scope.terms(visit.now).await.map_err(fault)?;
    visit.frame.zone = service.time_zone;
    let view = StatementPage {
        entries,
        claims,
        open_claims,
        ..StatementPage::of(&service, statement, &revisions, &terms)
    };
    shown(pages::portal::statement(&visit.frame, &view))
}

/// Lists the claims still possible, if the month has a credit and no uptime claim or ledger entry yet.
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

/// Serves a statement as canonical JSON, including its digest.
pub async fn download_json(
    State(portal): State<Portal>,
    session: Session,
    headers: HeaderMap,
    Path(place): Path<(String, String)>,
    Query(query): Query<Parameters>,
) -> Page {
    let seen = find(&portal.scope(&session.access)?, &place, &query).await?;
    let json = canonical_json(&seen.statement).map(String::into_bytes);
    as_file(&headers, &seen.statement, ("application/json", "json"), json)
}

/// Serves a statement as the CSV row of the finance export.
pub async fn download_csv(
    State(portal): State<Portal>,
    session: Session,
    headers: HeaderMap,
    Path(place): Path<(String, String)>,
    Query(query): Query<Parameters>,
) -> Page {
    let seen = find(&portal.scope(&session.access)?, &place, &query).await?;
    let csv = csv_file(&STATEMENT, std::slice::from_ref(&seen.statement));
    as_file(&headers, &seen.statement, (CONTENT_TYPE, "csv"), csv)
}

/// Responds with a file under a name that browsers keep: only the colon of ids is not allowed in file names.
fn as_file<E: Error + Send + Sync + 'static>(
    headers: &HeaderMap,
    statement: &Statement,
    (content_type, extension): (&'static str, &str),
    content: Result<Vec<u8>, E>,
) -> Page {
    let content = content.map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    let mut response = web::tagged(headers, content_type, content);
    let Statement { service_id, month, revision, .. } = statement;
    let id = service_id.as_str().replace(':', "_");
    let name = format!("attachment; filename=\"statement-{id}-{month}-r{revision}.{extension}\"");
    if let Ok(value) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
