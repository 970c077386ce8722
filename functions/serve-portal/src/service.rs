//! A service's month with everything behind its figures.

use axum::extract::{Path, Query, State};
use pages::portal::{OpenClaim, ServiceMonth};
use pages::{MetricDays, Section};
use sla::account::Account;
use sla::claim::ClaimState;
use sla::ledger::CreditKind;
use sla::outage::outages;
use sla::performance::daily_means;
use sla::summary::ServiceState;
use sla::{Allowance, Instant, Metric, Month, ServiceId};
use table::{CustomerScope, SeenMonth};
use web::{Page, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Portal;

/// Shows a month of a service, the current one by default.
pub async fn page(
    State(portal): State<Portal>,
    session: Session,
    Path(service_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: ServiceId = part("service_id", &service_id)?;
    let wanted: Option<Month> = optional("month", query.month.as_deref())?;
    let mut visit = portal.visit(&session, Section::Services).await?;
    let month = match wanted {
        Some(month) => month,
        None => {
            let service = visit.scope.service(&id).await.map_err(fault)?;
            let service = service.ok_or_else(|| Problem::not_found("service_id", &id))?;
            Month::of(visit.now, service.time_zone)
        }
    };
    let view = find(&visit.scope, &id, month, visit.now).await?;
    visit.frame.zone = view.service.time_zone;
    visit.say(query.done.as_deref());
    shown(pages::portal::service(&visit.frame, &view))
}

/// Finds a month of a service.
pub async fn find(
    scope: &CustomerScope,
    id: &ServiceId,
    month: Month,
    now: Instant,
) -> Result<ServiceMonth, Problem> {
    let seen = scope.month(id, month, now).await.map_err(fault)?;
    view(&seen.ok_or_else(|| Problem::not_found("service_id", id))?, month, now)
}

fn unreadable(error: sla::timeline::CodecError) -> Problem {
    Problem::fault(&outcome::Failure::unexpected(error))
}

fn view(seen: &SeenMonth, month: Month, now: Instant) -> Result<ServiceMonth, Problem> {
    let inputs = &seen.inputs;
    let service = &inputs.service;
    let period = service.period(month, inputs.as_of.min(now)).unwrap_or(sla::Span::new(now, now));
    let account = Account::of(service, &inputs.probes, &inputs.windows, &inputs.voids, period);
    let account = account.map_err(unreadable)?;
    let counted = account.counted(period);
    let resolution = service.resolution_s;
    let means = daily_means(&inputs.measurements, resolution, &counted, &inputs.voids, service.time_zone);
    let (plan, _) = service.in_month(month);
    let chart = |(metric, days)| MetricDays {
        metric,
        limit: inputs.terms.limit(metric, plan, &service.region),
        days,
    };
    let is_present = Month::of(now, service.time_zone) == month;
    let last = account.combined.last().filter(|_| is_present && seen.is_open());
    let commitment_ppm = inputs.terms.promise(plan).commitment_ppm;
    let allowance = Allowance::of(service, month, &inputs.windows, &inputs.terms);
    let of_statement = seen.statement.as_ref();
    let listed = outages(&account.combined, &account.union, period);
    let provided = |other: Month| service.period(other, Instant::from_epoch_s(i64::MAX)).is_some();
    let closes_at = service.closes_at(month, inputs.terms.close_after_h);
    Ok(ServiceMonth {
        made: seen.claims.clone(),
        entries: seen.entries.clone(),
        closes_at: seen.is_open().then_some(closes_at),
        state: ServiceState::of(last.map(|last| last.status), &inputs.windows, resolution.slot(now)),
        since: last.map(|last| last.span.start),
        month,
        seconds: account.seconds,
        allowance: allowance.unwrap_or(Allowance { commitment_ppm, agreed_s: 0 }),
        outages: of_statement.map_or(listed, |statement| statement.outages.clone()),
        others: of_statement.and_then(|statement| statement.others.clone()),
        maintenance: seen.maintenance.clone(),
        exclusions: seen.exclusions.clone(),
        charts: Metric::ALL.into_iter().zip(means.map_err(unreadable)?).map(chart).collect(),
        earlier: Some(month.previous()).filter(|month| provided(*month)),
        later: Some(month.next()).filter(|month| provided(*month) && month.start(service.time_zone) <= now),
        statement_revision: of_statement.filter(|s| !s.provisional).map(|statement| statement.revision),
        claims: open_claims(seen),
        combined: account.combined,
        union: account.union,
        service: service.clone(),
    })
}

/// Lists the claims that the customer can still make for the month: claimable kinds without a valid claim.
pub fn open_claims(seen: &SeenMonth) -> Vec<OpenClaim> {
    let unclaimed = |kind: CreditKind| {
        !seen.claims.iter().any(|claim| claim.kind == kind && claim.state != ClaimState::Rejected)
    };
    let open = seen.claimable.iter().filter(|(kind, _)| unclaimed(*kind));
    open.map(|(kind, until)| OpenClaim { kind: *kind, until: *until }).collect()
}
