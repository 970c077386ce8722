//! Exclusions: the pending ones, the decided ones, and each with its coverage.

use axum::extract::{Path, Query, State};
use events::command::{CommandName, Subject};
use pages::desk::{CommandForm, CoveredMonth, CoveredService, ExclusionPage, Exclusions, Part};
use sla::account::Account;
use sla::exclusion::Exclusion;
use sla::{ExclusionId, Instant, Month, Service, ServiceId, Span, Status, Zone};
use table::{Table, TableError};
use web::{Page, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::fresh_id;
use crate::services::customer_name;

/// Limit on the listed exclusions, pending or decided.
const LISTED_MAX: usize = 200;

/// Lists the pending exclusions, and those of a month that are decided.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let month: Option<Month> = optional("month", query.month.as_deref())?;
    let visit = desk.visit(&session, Part::Exclusions, query.done.as_deref())?;
    let table = visit.staff.table();
    let waiting = table.waiting_exclusions(LISTED_MAX).await.map_err(fault)?;
    let month = month.unwrap_or(Month::of(visit.now, Zone::UTC));
    let mut decided = table.exclusions_of(&[month], LISTED_MAX).await.map_err(fault)?;
    decided.retain(|exclusion| exclusion.state() != "raised");
    decided.reverse();
    let view = Exclusions { reader: visit.staff.staff_id().clone(), waiting: waiting.first, decided, month };
    shown(pages::desk::exclusions(&visit.frame, &view))
}

/// Shows the form of a new exclusion.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Exclusions, None)?;
    visit.staff.permit(CommandName::RaiseExclusion)?;
    let service: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let mut form = CommandForm::with(CommandName::RaiseExclusion, []);
    form.values.insert("exclusion_id".to_owned(), fresh_id("X", visit.now)?);
    form.values.extend(service.map(|id| ("services".to_owned(), id.to_string())));
    let span = [("starts_at", query.starts_at), ("ends_at", query.ends_at)];
    form.values.extend(span.into_iter().filter_map(|(name, at)| Some((name.to_owned(), at?))));
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Shows an exclusion with its effect on each service that it covers.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(exclusion_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: ExclusionId = part("exclusion_id", &exclusion_id)?;
    let visit = desk.visit(&session, Part::Exclusions, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.exclusion(&id).await.map_err(fault)?;
    let exclusion = found.ok_or_else(|| Problem::not_found("exclusion_id", &id))?.value.object;
    let named: Vec<ServiceId> = exclusion.services.iter().cloned().collect();
    let mut covered = Vec::new();
    for service in table.services(&named).await.map_err(fault)? {
        covered.push(cover(table, &exclusion, service, visit.now).await.map_err(fault)?);
    }
    let reader = visit.staff.staff_id().clone();
    let effect = match exclusion.state() {
        "raised" => {
            let (id, raised_by) = (exclusion.exclusion_id.as_str(), &exclusion.raised_by);
            visit.effect_of_approval(CommandName::DecideExclusion, id, raised_by).await?
        }
        _ => None,
    };
    let trail = trail(table, Subject::Exclusion, &[id.as_str()]).await.map_err(fault)?;
    let view = ExclusionPage { exclusion, reader, covered, effect, trail };
    shown(pages::desk::exclusion(&visit.frame, &view))
}

/// Finds the coverage of a service by an exclusion: its seconds of downtime, and the months it touches.
async fn cover(
    table: &Table,
    exclusion: &Exclusion,
    service: Service,
    now: Instant,
) -> Result<CoveredService, TableError> {
    let span = Span::new(exclusion.starts_at, exclusion.ends_at);
    let mut month = Month::of(span.start, service.time_zone);
    let (mut months, mut down_s) = (Vec::new(), 0);
    while month.start(service.time_zone) < span.end {
        if let Some(known) = table.service_month(&service.service_id, month).await? {
            let inputs = table.gather(&known, now, now).await?;
            if let Some(period) = service.period(month, now) {
                // Windows are left out: this counts all downtime that the exclusion could take out.
                let account = Account::of(&service, &inputs.probes, &[], &inputs.voids, period);
                let account = account.map_err(|error| TableError::new("account for a month", error))?;
                let down = account.combined.iter().filter(|stretch| stretch.status == Status::Down);
                down_s += down.map(|stretch| stretch.span.intersect(span).length_s()).sum::<i64>();
            }
            let closed = known.newest.map(|stored| (stored.statement.revision, stored.statement.verdict));
            months.push(CoveredMonth { month, closed });
        }
        month = month.next();
    }
    Ok(CoveredService {
        customer_name: customer_name(table, &service.customer_id).await?,
        service_id: service.service_id,
        service_name: service.name,
        customer_id: service.customer_id,
        time_zone: service.time_zone,
        down_s: Some(down_s),
        months,
    })
}
