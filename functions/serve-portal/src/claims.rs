//! Claims: the list with the outcomes, and the form of a new one.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use pages::portal::{ClaimForm, ClaimLine, ClaimValues, ClaimableLine, ClaimableList, Claims};
use pages::{FieldError, Section};
use serde_json::{Map, Value};
use sla::claim::{Claim, ClaimState};
use sla::ledger::{CreditKind, Entry};
use sla::quota::QuotaRequest;
use sla::{Instant, Month, Service, ServiceId};
use table::{Claimable, CustomerScope, NewClaim};
use web::{Page, Parameters, PostedForm, Problem, Session, fault, optional, read_form, shown, shown_again};

use crate::Portal;
use crate::acts::file_claim;
use crate::requests::ask;
use crate::visit::Visit;

/// Months that the form offers, counting back from the current one.
const MONTHS_OFFERED: usize = 13;

/// Months that the list of claims looks at for what can be claimed: 3 calls each with one probe, 12 of the 20,
/// beside 6 for a hundred services.
pub const CLAIMABLE_MAX: usize = 4;

/// Finds what can be claimed for some services, given the claims made so far.
pub async fn claimable(
    scope: &CustomerScope,
    services: &[Service],
    claims: &[(Claim, Option<Entry>)],
    limit: usize,
    now: Instant,
) -> Result<ClaimableList, Problem> {
    let found = scope.claimable_months(services, claims, limit, now).await.map_err(fault)?;
    let line = |Claimable { service, month, kind, is_closed, amount, until }| ClaimableLine {
        service_id: service.service_id,
        service_name: service.name,
        time_zone: service.time_zone,
        month,
        kind,
        is_closed,
        amount,
        until,
    };
    Ok(ClaimableList { lines: found.months.into_iter().map(line).collect(), others: found.others })
}

/// Lists the claims, the latest month first.
pub async fn list(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let mut visit = portal.visit_with_services(&session, Section::Claims).await?;
    visit.say(query.done.as_deref());
    let claims = visit.scope.claims().await.map_err(fault)?;
    let terms = visit.scope.terms(visit.now).await.map_err(fault)?;
    let claimable = claimable(&visit.scope, visit.services(), &claims, CLAIMABLE_MAX, visit.now).await?;
    let line = |(claim, entry): (Claim, Option<Entry>)| {
        let service = visit.services().iter().find(|service| service.service_id == claim.service_id);
        let closes_at =
            |service: &Service| service.closes_at(claim.month, terms.in_force(claim.month).close_after_h);
        ClaimLine {
            service_name: service.map(|service| service.name.clone()),
            closes_at: service.filter(|_| claim.state == ClaimState::Held).map(closes_at),
            entry,
            claim,
        }
    };
    let claims = claims.into_iter().map(line).collect();
    shown(pages::portal::claims(&visit.frame, &Claims { claims, claimable }))
}

/// Shows the form of a new claim.
pub async fn form(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = portal.visit_with_services(&session, Section::Claims).await?;
    if let Some(id) = optional::<ServiceId>("service_id", query.service_id.as_deref())? {
        let own = visit.scope.service(&id).await.map_err(fault)?;
        own.ok_or_else(|| Problem::not_found("service_id", &id))?;
    }
    let Parameters { service_id, month, kind, .. } = query;
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
    let services = visit.choices();
    let refused = !errors.is_empty();
    let page =
        pages::portal::claim_form(&visit.frame, &ClaimForm { services, months, claim_until, values, errors });
    if refused { shown_again(page) } else { shown(page) }
}

/// Returns the first instant at which the claim in the form is late, if service and month are given.
async fn claim_until(visit: &Visit, values: &ClaimValues) -> Result<Option<Instant>, Problem> {
    let id = optional::<ServiceId>("service_id", Some(&values.service_id)).ok().flatten();
    let month = optional::<Month>("month", Some(&values.month)).ok().flatten();
    let Some((id, month)) = id.zip(month) else { return Ok(None) };
    let seen = visit.scope.month(&id, month, visit.now).await.map_err(fault)?;
    let kind = if values.kind == "performance" { CreditKind::Performance } else { CreditKind::Uptime };
    let claimable = seen.map(|seen| seen.claimable).unwrap_or_default();
    Ok(claimable.into_iter().find(|(own, _)| *own == kind).and_then(|(_, until)| until))
}

/// Files a claim; sent again, it finds the first one.
pub async fn file(State(portal): State<Portal>, session: Session, form: PostedForm) -> Page {
    let fields = form.of(&session, &portal.sign_in)?;
    let visit = portal.visit_with_services(&session, Section::Claims).await?;
    let values = values(&fields);
    let claim: NewClaim = match read_form(fields, &["service_id", "month", "kind"]) {
        Ok(claim) => claim,
        Err(refusal) => return show_form(&visit, values, FieldError::each(refusal)).await,
    };
    let filed = match ask(&portal, &visit.scope, QuotaRequest::Claim, visit.now).await? {
        Ok(()) => file_claim(&visit.scope, claim, visit.now).await?,
        Err(beyond) => Err(beyond),
    };
    match filed {
        Ok(claim) if claim["state"] == ClaimState::Rejected.as_str() => {
            Ok(web::redirect("/claims?done=claim-rejected"))
        }
        Ok(_) => Ok(web::redirect("/claims?done=claim")),
        Err(problem) if problem.code() == StatusCode::NOT_FOUND => Err(problem.into()),
        Err(problem) => {
            let page = show_form(&visit, values, vec![FieldError::of(&problem.detail)]).await?;
            Ok(problem.shown_on(page))
        }
    }
}

/// Keeps the posted values, so that nobody has to type them twice.
fn values(fields: &Map<String, Value>) -> ClaimValues {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    ClaimValues {
        service_id: text("service_id"),
        month: text("month"),
        kind: text("kind"),
        note: text("note"),
    }
}
