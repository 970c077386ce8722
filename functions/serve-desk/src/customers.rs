//! Customers, each with their services.

use axum::extract::{Path, Query, State};
use events::command::{CommandName, Subject};
use pages::desk::{CommandForm, CustomerPage, Customers, Part};
use sla::{CustomerId, ServiceId};
use web::{Page, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::cut;

/// Customers, or services of a customer, per page.
const PAGE_MAX: usize = 100;

/// Lists the customers.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Customers, query.done.as_deref())?;
    let after: Option<CustomerId> = optional("after", query.after.as_deref())?;
    let table = visit.staff.table();
    let mut customers = table.customers_by_name(after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
    let after = cut(&mut customers, PAGE_MAX, |customer| customer.customer_id.clone());
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.customer_id.clone()).collect();
    let services = table.service_counts(&ids).await.map_err(fault)?;
    shown(pages::desk::customers(&visit.frame, &Customers { customers, services, after }))
}

/// Shows the form of a new customer.
pub async fn form(State(desk): State<Desk>, session: Session) -> Page {
    let visit = desk.visit(&session, Part::Customers, None)?;
    visit.staff.permit(CommandName::RegisterCustomer)?;
    let form = CommandForm::with(CommandName::RegisterCustomer, []);
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Shows a customer.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(customer_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: CustomerId = part("customer_id", &customer_id)?;
    let after: Option<ServiceId> = optional("after", query.after.as_deref())?;
    let visit = desk.visit(&session, Part::Customers, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.customer(&id).await.map_err(fault)?;
    let customer = found.ok_or_else(|| Problem::not_found("customer_id", &id))?.value.object;
    let ids = table.services_of_customer_by_name(&id, after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
    let mut services = table.services(&ids).await.map_err(fault)?;
    services.sort_by_key(|service| ids.iter().position(|id| *id == service.service_id));
    let after = cut(&mut services, PAGE_MAX, |service| service.service_id.clone());
    let topic_arn = table.own_topic_arn(&id).await.map_err(fault)?;
    let trail = trail(table, Subject::Customer, &[id.as_str()]).await.map_err(fault)?;
    shown(pages::desk::customer(&visit.frame, &CustomerPage { customer, services, after, topic_arn, trail }))
}
