//! Tickets: the queue, a ticket with its acts, and the form of a new one.

use std::collections::BTreeMap;

use ::commands::{read_place, write_place};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use events::command::{CommandName, Subject};
use pages::desk::{CommandForm, DeskTicket, Part, QueuedTicket, Show, TicketQueue};
use pages::portal::TicketPage;
use sla::ticket::{Effect, TicketEvent};
use sla::{CustomerId, ServiceId, TicketId};
use table::{KeptEvent, Present, StoredTicket, Table, TableError, WantedTickets};
use web::{Page, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::fresh_id;
use crate::services::customer_name;
use crate::visit::Visit;

/// Tickets per page.
const PAGE_MAX: usize = 100;
/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// Lists tickets: the open ones by their next deadline, the finished ones by their end.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Tickets, query.done.as_deref())?;
    let show = query.show.as_deref().map_or(Some(Show::All), Show::of);
    let show = show.ok_or_else(|| {
        Problem::bad_request("show: not known: write all, mine, unacknowledged, waiting or resolved")
    })?;
    let after = query.after.as_deref().map(read_place).transpose().map_err(Problem::from)?;
    let wanted = WantedTickets {
        customer_id: optional("customer_id", query.customer_id.as_deref())?,
        service_id: optional("service_id", query.service_id.as_deref())?,
        taken_by: (show == Show::Mine).then(|| visit.staff.staff_id().clone()),
        after,
        ..WantedTickets::of(show.state())
    };
    let table = visit.staff.table();
    let list = table.list_tickets(&wanted, PAGE_MAX).await.map_err(fault)?;
    let view = TicketQueue {
        show,
        tickets: queued(table, list.tickets).await.map_err(fault)?,
        after: list.next.as_ref().map(write_place),
        customer_id: wanted.customer_id,
        service_id: wanted.service_id,
    };
    shown(pages::desk::tickets(&visit.frame, &view))
}

/// Adds the names of customers and services: two reads for all tickets of a page.
async fn queued(table: &Table, stored: Vec<StoredTicket>) -> Result<Vec<QueuedTicket>, TableError> {
    let present = |stored: StoredTicket| Some((stored.present?.ticket, stored.taken));
    let tickets: Vec<_> = stored.into_iter().filter_map(present).collect();
    let openings = || tickets.iter().map(|(ticket, _)| &ticket.opening);
    let customers: Vec<CustomerId> = openings().map(|opening| opening.customer_id.clone()).collect();
    let services: Vec<ServiceId> = openings().filter_map(|opening| opening.service_id.clone()).collect();
    let customers: BTreeMap<CustomerId, String> =
        table.customers(&customers).await?.into_iter().map(|own| (own.customer_id, own.name)).collect();
    let services: BTreeMap<ServiceId, String> =
        table.services(&services).await?.into_iter().map(|own| (own.service_id, own.name)).collect();
    let line = |(ticket, taken): (sla::ticket::Ticket, Option<table::Taken>)| {
        let opening = &ticket.opening;
        let customer_id = &opening.customer_id;
        QueuedTicket {
            customer_name: customers.get(customer_id).cloned().unwrap_or_else(|| customer_id.to_string()),
            service_name: opening.service_id.as_ref().and_then(|id| services.get(id).cloned()),
            taken_by: taken.map(|taken| taken.by),
            ticket,
        }
    };
    Ok(tickets.into_iter().map(line).collect())
}

/// Shows the form of a new ticket.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Tickets, None)?;
    visit.staff.permit(CommandName::OpenTicket)?;
    let customer: Option<CustomerId> = optional("customer_id", query.customer_id.as_deref())?;
    let service: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let mut form = CommandForm::with(CommandName::OpenTicket, []);
    form.values.insert("ticket_id".to_owned(), fresh_id("T", visit.now)?);
    form.values.extend(customer.map(|id| ("customer_id".to_owned(), id.to_string())));
    form.values.extend(service.map(|id| ("service_id".to_owned(), id.to_string())));
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Shows a ticket.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(ticket_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let visit = desk.visit(&session, Part::Tickets, query.done.as_deref())?;
    let mut view = view(&visit, &id).await?;
    let table = visit.staff.table();
    view.customer_name = customer_name(table, &view.page.ticket.opening.customer_id).await.map_err(fault)?;
    if let Some((service_id, name)) = &mut view.page.service
        && let Some(found) = table.service(service_id).await.map_err(fault)?
    {
        *name = found.value.object.name;
    }
    view.trail = Some(trail(table, Subject::Ticket, &[id.as_str()]).await.map_err(fault)?);
    shown(pages::desk::ticket(&visit.frame, &view))
}

/// Shows the live part of a ticket: a single query, since the page asks every two seconds.
pub async fn state(
    State(desk): State<Desk>,
    session: Session,
    headers: HeaderMap,
    Path(ticket_id): Path<String>,
) -> Page {
    let id: TicketId = part("ticket_id", &ticket_id)?;
    let visit = desk.visit(&session, Part::Tickets, None)?;
    let view = view(&visit, &id).await?;
    let by = view.taken.as_ref().map_or("", |(by, _)| by.as_str());
    let tag = format!(
        "\"{}\"",
        sla::sha256_hex(
            format!("{} {by}", pages::portal::ticket_state_tag(&visit.frame, &view.page)).as_bytes(),
        )
    );
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let mut response = match known.map(|known| known.trim_start_matches("W/")) {
        Some(known) if known == tag => web::html(StatusCode::NOT_MODIFIED, String::new()),
        _ => web::html(StatusCode::OK, pages::desk::ticket_state(&visit.frame, &view).into_string()),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Builds the view of a ticket without names and trail, which the live part does not show.
async fn view(visit: &Visit, id: &TicketId) -> Result<DeskTicket, Problem> {
    let table = visit.staff.table();
    let found = table.ticket(id, visit.now).await.map_err(fault)?;
    let (stored, events) = found.ok_or_else(|| Problem::not_found("ticket_id", id))?;
    let StoredTicket { present, record, taken, .. } = stored;
    let Present { ticket, month, .. } = present.ok_or_else(|| Problem::not_found("ticket_id", id))?;
    let terms = table.terms_now(visit.now).await.map_err(fault)?;
    let reopen_days = terms.in_force(month).tickets.reopen_days;
    let effective = |(kept, effect): (KeptEvent, Option<Effect>)| -> (TicketEvent, Effect) {
        (kept.event, effect.unwrap_or(Effect::Effective))
    };
    let service = ticket.opening.service_id.clone();
    let page = TicketPage {
        service: service.map(|id| (id.clone(), id.to_string())),
        events: events.into_iter().map(effective).collect(),
        backdated_count: record.backdated_count,
        reopen_until: ticket.resolved_at().map(|at| at.plus_s(reopen_days * DAY_S)),
        key: fresh_id("E", visit.now)?,
        ticket,
    };
    Ok(DeskTicket {
        customer_name: page.ticket.opening.customer_id.to_string(),
        page,
        taken: taken.map(|taken| (taken.by, taken.at)),
        reader: visit.staff.staff_id().clone(),
        trail: None,
    })
}
