//! Reviews: months, claims and performance findings that a person decides, and customers' disputes.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use events::command::Subject;
use pages::desk::{ClaimInReview, ClaimPage, Dispute, Finding, OpenMonth, Part, Reviews};
use sla::claim::Claim;
use sla::exclusion::Exclusion;
use sla::performance::MetricVerdict;
use sla::settlement::left_of_fee;
use sla::{ClaimId, CustomerId, Instant, Service, ServiceId, Statement, TermsBook, Zone};
use table::{Table, TableError};
use web::{Page, Parameters, Problem, Session, fault, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::months::last_ended;
use crate::services::{customer_name, known};

/// Limit on the items of a queue.
const QUEUE_MAX: usize = 100;

/// The services and customer names of a page, read once.
struct Names {
    services: BTreeMap<ServiceId, Service>,
    customers: BTreeMap<CustomerId, String>,
}

impl Names {
    async fn of(table: &Table, services: &[ServiceId], customers: &[CustomerId]) -> Result<Self, TableError> {
        let services = table.services(services).await?;
        let owners = services.iter().map(|service| service.customer_id.clone());
        let wanted: Vec<CustomerId> = unique(owners.chain(customers.iter().cloned()));
        let customers = table.customers(&wanted).await?;
        Ok(Self {
            services: services.into_iter().map(|service| (service.service_id.clone(), service)).collect(),
            customers: customers.into_iter().map(|own| (own.customer_id, own.name)).collect(),
        })
    }

    fn service(&self, id: &ServiceId) -> String {
        self.services.get(id).map_or_else(|| id.to_string(), |service| service.name.clone())
    }

    fn customer(&self, id: &CustomerId) -> String {
        self.customers.get(id).cloned().unwrap_or_else(|| id.to_string())
    }
}

fn unique<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<std::collections::BTreeSet<T>>().into_iter().collect()
}

/// Returns the instant from which statements are issued whose findings are shown: since the last month end.
pub fn findings_from(now: Instant) -> Instant {
    last_ended(now).next().start(Zone::UTC)
}

fn missed(statement: &Statement) -> Vec<sla::performance::MetricFigures> {
    let all = statement.performance.iter();
    all.filter(|figures| figures.verdict == MetricVerdict::Missed).cloned().collect()
}

/// Shows the review queues.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Reviews, query.done.as_deref())?;
    let view = gather(visit.staff.table(), visit.now).await.map_err(fault)?;
    shown(pages::desk::reviews(&visit.frame, &view))
}

async fn gather(table: &Table, now: Instant) -> Result<Reviews, TableError> {
    let undecided = table.undecided_statements(QUEUE_MAX).await?;
    let disputed = table.disputed_exclusions(now, QUEUE_MAX).await?;
    let claims = table.claims_in_review(QUEUE_MAX).await?;
    let findings = table.findings(findings_from(now), QUEUE_MAX).await?;
    let is_capped = undecided.is_more || disputed.is_more || claims.is_more || findings.is_more;
    let (claims, findings) = (claims.first, findings.first);
    let of_statements = undecided.first.iter().chain(&findings).map(|own| own.service_id.clone());
    let services = unique(of_statements.chain(claims.iter().map(|claim| claim.service_id.clone())));
    let disputes = disputed.first.iter().flat_map(|exclusion| &exclusion.disputes);
    let customers = disputes.map(|dispute| dispute.customer_id.clone());
    let customers = unique(customers.chain(claims.iter().map(|claim| claim.customer_id.clone())));
    let names = Names::of(table, &services, &customers).await?;
    let terms = table.terms_now(now).await?;
    let of_finding = |statement: Statement| finding(statement, &claims, &names);
    Ok(Reviews {
        indeterminate: undecided.first.into_iter().map(|own| open_month(own, &names, &terms)).collect(),
        performance: findings.into_iter().map(of_finding).collect(),
        disputes: disputed.first.iter().flat_map(|own| disputes_of(own, &names)).collect(),
        claims: claims
            .iter()
            .map(|claim| ClaimInReview {
                service_name: names.service(&claim.service_id),
                customer_name: names.customer(&claim.customer_id),
                claim: claim.clone(),
            })
            .collect(),
        is_capped,
    })
}

fn open_month(statement: Statement, names: &Names, terms: &TermsBook) -> OpenMonth {
    let month = statement.month;
    let fee = names.services.get(&statement.service_id).map(|service| service.in_month(month).1);
    let at_most = |fee| statement.credit_at_most(&terms.in_force(month).credits, fee);
    OpenMonth {
        credit_max: fee.map_or(statement.credit.amount_max, at_most),
        service_name: names.service(&statement.service_id),
        customer_name: names.customer(&statement.customer_id),
        service_id: statement.service_id,
        month,
        since: statement.as_of,
        seconds: statement.seconds,
        commitment_pct: statement.commitment_pct,
        worst_pct: statement.worst_pct,
        best_pct: statement.best_pct,
    }
}

fn finding(statement: Statement, claims: &[Claim], names: &Names) -> Finding {
    let own = |claim: &&Claim| claim.service_id == statement.service_id && claim.month == statement.month;
    Finding {
        missed: missed(&statement),
        claim_id: claims.iter().find(own).map(|claim| claim.claim_id.clone()),
        service_name: names.service(&statement.service_id),
        customer_name: names.customer(&statement.customer_id),
        month: statement.month,
        since: statement.as_of,
        service_id: statement.service_id,
    }
}

fn disputes_of<'a>(exclusion: &'a Exclusion, names: &'a Names) -> impl Iterator<Item = Dispute> + 'a {
    exclusion.disputes.iter().map(|dispute| Dispute {
        exclusion_id: exclusion.exclusion_id.clone(),
        clause: exclusion.clause,
        customer_name: names.customer(&dispute.customer_id),
        customer_id: dispute.customer_id.clone(),
        statement: dispute.statement.clone(),
        at: dispute.at,
    })
}

/// Shows a claim.
pub async fn claim(
    State(desk): State<Desk>,
    session: Session,
    Path(claim_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: ClaimId = part("claim_id", &claim_id)?;
    let visit = desk.visit(&session, Part::Reviews, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.claim(&id).await.map_err(fault)?;
    let claim = found.ok_or_else(|| Problem::not_found("claim_id", &id))?;
    let service = known(table, &claim.service_id).await?;
    let month = table.service_month(&claim.service_id, claim.month).await.map_err(fault)?;
    let month = month.ok_or_else(|| Problem::not_found("service_id", &claim.service_id))?;
    let left = match &month.newest {
        Some(newest) => Some(left_of_fee(&table.inputs(newest).await.map_err(fault)?, &month.entries)),
        None => None,
    };
    let entries = month.entries.into_iter().filter(|entry| entry.kind == claim.kind);
    let view = ClaimPage {
        service_name: service.name,
        time_zone: service.time_zone,
        customer_name: customer_name(table, &claim.customer_id).await.map_err(fault)?,
        statement: month.newest.map(|stored| stored.statement),
        entries: entries.collect(),
        left,
        trail: trail(table, Subject::Claim, &[id.as_str()]).await.map_err(fault)?,
        claim,
    };
    shown(pages::desk::claim(&visit.frame, &view))
}
