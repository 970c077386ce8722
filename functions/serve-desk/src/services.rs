//! Services with everything that staff decide about them, and their statements.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use events::command::{CommandName, Subject};
use pages::desk::{
    CommandForm, MonthSoFar, Part, ServiceLine, ServicePage, Services, StatementPage, Trouble,
};
use sla::account::Account;
use sla::assessment::Troubles;
use sla::outage::outages;
use sla::summary::ServiceState;
use sla::{Allowance, CustomerId, Instant, Month, Service, ServiceId, Span, Zone};
use table::{SeenStatement, Table, TableError};
use web::{Page, PageError, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::cut;
use crate::visit::Visit;

/// Past months whose exclusions and voids a service's page lists, including the current one.
const MONTHS_SHOWN: usize = 2;
/// Services per page.
const PAGE_MAX: usize = 100;
/// Limit on the exclusions or voids of a month.
const LISTED_MAX: usize = 200;

/// Lists services: all of them, or those with one kind of trouble.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<ServiceId> = optional("after", query.after.as_deref())?;
    let show = query.show.as_deref().filter(|show| !show.is_empty()).map(trouble).transpose()?;
    let visit = desk.visit(&session, Part::Services, query.done.as_deref())?;
    let table = visit.staff.table();
    let (mut lines, after) = match show {
        None => all(table, after.as_ref()).await.map_err(fault)?,
        Some(_) => {
            let mut troubled = table.troubled(after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
            let after = cut(&mut troubled, PAGE_MAX, |(id, _)| id.clone());
            (lines(table, troubled).await.map_err(fault)?, after)
        }
    };
    lines.retain(|line| show.is_none_or(|show| show.is_of(&line.troubles)));
    shown(pages::desk::services(&visit.frame, &Services { show, lines, after }))
}

fn trouble(word: &str) -> Result<Trouble, Problem> {
    Trouble::of(word).ok_or_else(|| {
        let words = Trouble::ALL.map(Trouble::as_str).join(", ");
        Problem::bad_request(format!("show: `{}` is not known: write one of {words}", sla::shown(word)))
    })
}

/// Reads a page of all services in the order of their names, with what troubles them, and the position of the next page.
async fn all(
    table: &Table,
    after: Option<&ServiceId>,
) -> Result<(Vec<ServiceLine>, Option<ServiceId>), TableError> {
    let mut services = table.services_by_name(after, PAGE_MAX + 1).await?;
    let after = cut(&mut services, PAGE_MAX, |service| service.service_id.clone());
    let ids: Vec<ServiceId> = services.iter().map(|service| service.service_id.clone()).collect();
    let troubles = table.troubles_of(&ids).await?;
    Ok((beside(services, troubles), after))
}

/// Reads the services of a list of troubles, in its order.
pub async fn lines(
    table: &Table,
    troubled: Vec<(ServiceId, Troubles)>,
) -> Result<Vec<ServiceLine>, TableError> {
    let ids: Vec<ServiceId> = troubled.iter().map(|(id, _)| id.clone()).collect();
    Ok(beside(table.services(&ids).await?, troubled.into_iter().collect()))
}

/// Puts the troubles of each service beside it.
fn beside(services: Vec<Service>, mut troubles: BTreeMap<ServiceId, Troubles>) -> Vec<ServiceLine> {
    let line = |service: Service| {
        let troubles = troubles.remove(&service.service_id).unwrap_or_default();
        ServiceLine { service, troubles }
    };
    services.into_iter().map(line).collect()
}

/// Shows the form of a new service.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Services, None)?;
    visit.staff.permit(CommandName::RegisterService)?;
    let customer: Option<CustomerId> = optional("customer_id", query.customer_id.as_deref())?;
    let mut form = CommandForm::with(CommandName::RegisterService, []);
    form.values.extend(customer.map(|id| ("customer_id".to_owned(), id.to_string())));
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Reads a service, or returns a "not found" problem.
pub async fn known(table: &Table, id: &ServiceId) -> Result<Service, PageError> {
    let found = table.service(id).await.map_err(fault)?;
    Ok(found.ok_or_else(|| Problem::not_found("service_id", id))?.value.object)
}

/// Returns a customer's name, or the id if the customer is not registered.
pub async fn customer_name(table: &Table, id: &CustomerId) -> Result<String, TableError> {
    Ok(table.customer(id).await?.map_or_else(|| id.to_string(), |found| found.value.object.name))
}

/// Shows a service.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(service_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: ServiceId = part("service_id", &service_id)?;
    let visit = desk.visit(&session, Part::Services, query.done.as_deref())?;
    let table = visit.staff.table();
    let service = known(table, &id).await?;
    let mut statements = table.newest_statements(&id).await.map_err(fault)?;
    statements.reverse();
    let line = |statement: sla::Statement| pages::portal::StatementLine {
        service_id: statement.service_id,
        service_name: service.name.clone(),
        month: statement.month,
        revision: statement.revision,
        verdict: statement.verdict,
        availability_pct: statement.availability_pct,
        commitment_pct: statement.commitment_pct,
        credit: statement.credit.amount,
    };
    let months = months_back(visit.now);
    let mut exclusions = table.exclusions_of(&months, LISTED_MAX).await.map_err(fault)?;
    exclusions.retain(|exclusion| exclusion.services.contains(&id));
    let mut voids = table.voids_of(&months, LISTED_MAX).await.map_err(fault)?;
    voids.retain(|void| void.service_id == id);
    let month = month_so_far(&visit, &service).await?;
    let view = ServicePage {
        month,
        customer_name: customer_name(table, &service.customer_id).await.map_err(fault)?,
        probes: table.probes_ever(&id).await.map_err(fault)?.into_iter().collect(),
        statements: statements.into_iter().map(line).collect(),
        targets: table.targets_of(&id).await.map_err(fault)?.value.count(),
        exclusions,
        voids,
        trail: trail(table, Subject::Service, &[id.as_str()]).await.map_err(fault)?,
        service,
    };
    shown(pages::desk::service(&visit.frame, &view))
}

/// Reads the current month of a service as its customer sees it.
async fn month_so_far(visit: &Visit, service: &Service) -> Result<MonthSoFar, PageError> {
    let month = Month::of(visit.now, service.time_zone);
    let customer = visit.staff.seen_by(service.customer_id.clone());
    let seen = customer.month(&service.service_id, month, visit.now).await.map_err(fault)?;
    let inputs = seen.ok_or_else(|| Problem::not_found("service_id", &service.service_id))?.inputs;
    let nothing = Span::new(visit.now, visit.now);
    let period = service.period(month, inputs.as_of.min(visit.now)).unwrap_or(nothing);
    let account = Account::of(service, &inputs.probes, &inputs.windows, &inputs.voids, period);
    let account = account.map_err(|error| Problem::fault(&outcome::Failure::unexpected(error)))?;
    let last = account.combined.last();
    let slot = service.resolution_s.slot(visit.now);
    let commitment_ppm = inputs.terms.promise(service.in_month(month).0).commitment_ppm;
    let allowance = Allowance::of(service, month, &inputs.windows, &inputs.terms);
    Ok(MonthSoFar {
        month,
        state: ServiceState::of(last.map(|last| last.status), &inputs.windows, slot),
        since: last.map(|last| last.span.start),
        seconds: account.seconds,
        allowance: allowance.unwrap_or(Allowance { commitment_ppm, agreed_s: 0 }),
        outages: outages(&account.combined, &account.union, period),
        combined: account.combined,
        union: account.union,
    })
}

/// Returns the months (UTC) of a service's page, the earliest first.
fn months_back(now: Instant) -> Vec<Month> {
    let mut months = vec![Month::of(now, Zone::UTC)];
    while let Some(month) = months.last().filter(|_| months.len() < MONTHS_SHOWN) {
        months.push(month.previous());
    }
    months.reverse();
    months
}

/// Shows a statement as its customer sees it, with the commands about its month.
pub async fn statement(
    State(desk): State<Desk>,
    session: Session,
    Path((service_id, month)): Path<(String, String)>,
    Query(query): Query<Parameters>,
) -> Page {
    let (id, month): (ServiceId, Month) = (part("service_id", &service_id)?, part("month", &month)?);
    let revision: Option<u32> = optional("revision", query.revision.as_deref())?;
    let mut visit = desk.visit(&session, Part::Reviews, query.done.as_deref())?;
    let table = visit.staff.table();
    let service = known(table, &id).await?;
    let seen = visit.staff.seen_by(service.customer_id.clone()).statement(&id, month, revision).await;
    let seen = seen.map_err(fault)?;
    let SeenStatement { service, statement, revisions, claims, entries } =
        seen.ok_or_else(|| Problem::not_found("statement", format_args!("{id} {month}")))?;
    let terms = table.terms_now(visit.now).await.map_err(fault)?;
    let customer_name = customer_name(table, &service.customer_id).await.map_err(fault)?;
    visit.frame.zone = service.time_zone;
    let page = pages::portal::StatementPage::of(&service, statement, &revisions, &terms);
    let page = pages::portal::StatementPage { entries, claims, ..page };
    let trail = trail(table, Subject::Statement, &[id.as_str(), &month.to_string()]).await.map_err(fault)?;
    shown(pages::desk::statement(&visit.frame, &StatementPage { page, customer_name, trail }))
}
