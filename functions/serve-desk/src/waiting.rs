//! The desk's first page: everything that awaits staff, at a glance.

use ::commands::roles_now;
use axum::extract::{Query, State};
use pages::desk::{FirstSteps, Part, Queue, ServicesNow, WaitingWork};
use sla::Instant;
use sla::ticket::TicketState;
use table::{QueueHead, Table, TableError, WantedTickets};
use web::{Page, Parameters, Session, fault, shown};

use crate::Desk;
use crate::inputs::cut;
use crate::maintenance::ahead;
use crate::months::{last_ended, look};
use crate::reviews::{claims_in_review, findings};
use crate::services::lines;

/// Services in trouble that the first page counts.
const TROUBLED_MAX: usize = 99;
/// Limit up to which a queue is counted.
const COUNTED_MAX: usize = 99;

/// Shows the queues.
pub async fn page(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Waiting, query.done.as_deref())?;
    let view = gather(visit.staff.table(), visit.now).await.map_err(fault)?;
    shown(pages::desk::waiting(&visit.frame, &view))
}

async fn gather(table: &Table, now: Instant) -> Result<WaitingWork, TableError> {
    let claims = claims_in_review(table, COUNTED_MAX + 1).await?;
    let (end, month_end) = look(table, last_ended(now)).await?;
    let findings = findings(end);
    Ok(WaitingWork {
        first_steps: first_steps(table).await?,
        now: services_now(table).await?,
        unacknowledged: unacknowledged(table).await?,
        changes: queue(&table.waiting_proposals(None, now, COUNTED_MAX).await?, |own| own.proposed_at),
        exclusions: queue(&table.waiting_exclusions(COUNTED_MAX).await?, |own| own.raised_at),
        voids: queue(&table.waiting_voids(COUNTED_MAX).await?, |own| own.raised_at),
        indeterminate: queue(&table.undecided_statements(COUNTED_MAX).await?, |own| own.as_of),
        claims: counted(&claims, |claim| claim.filed_at),
        performance: counted(&findings, |statement| statement.as_of),
        disputes: queue(&table.disputed_exclusions(now, COUNTED_MAX).await?, |own| {
            own.disputes.iter().map(|dispute| dispute.at).min().unwrap_or(own.raised_at)
        }),
        quarantine: queue(&table.waiting_quarantine(COUNTED_MAX).await?, |own| own.received_at),
        unstaffed: unstaffed(table, now).await?,
        maintenance: ahead(table, now).await?,
        month_end: Some(month_end),
    })
}

/// Returns the roles to which the terms in force escalate, and that have no people.
async fn unstaffed(table: &Table, now: Instant) -> Result<Vec<String>, TableError> {
    let roles = roles_now(table, now).await?.into_iter();
    Ok(roles.filter(|own| own.is_named && own.people.is_empty()).map(|own| own.role).collect())
}

async fn unacknowledged(table: &Table) -> Result<Queue, TableError> {
    let wanted = WantedTickets::of(TicketState::Unacknowledged);
    let listed = table.list_tickets(&wanted, COUNTED_MAX).await?;
    let opened = listed.tickets.iter().filter_map(|ticket| ticket.present.as_ref());
    let oldest = opened.map(|present| present.ticket.opening.opened_at).min();
    Ok(Queue { count: listed.tickets.len(), is_capped: listed.next.is_some(), oldest })
}

async fn services_now(table: &Table) -> Result<ServicesNow, TableError> {
    let mut troubled = table.troubled(None, TROUBLED_MAX + 1).await?;
    let is_capped = cut(&mut troubled, TROUBLED_MAX, |_| ()).is_some();
    Ok(ServicesNow { lines: lines(table, troubled).await?, is_capped })
}

/// Returns the first steps of a provider if one is left. Whoever has two services knows the way.
async fn first_steps(table: &Table) -> Result<Option<FirstSteps>, TableError> {
    let services = table.services_page(None, 2).await?;
    if services.len() > 1 {
        return Ok(None);
    }
    let service = services.into_iter().next().map(|service| service.service_id);
    if service.is_some()
        && !(table.sources_page(None, 1).await?.is_empty() && table.targets_page(None, 1).await?.is_empty())
    {
        return Ok(None);
    }
    let customer = table.customers_page(None, 1).await?.into_iter().next();
    Ok(Some(FirstSteps { customer: customer.map(|customer| customer.customer_id), service }))
}

fn queue<T>(queued: &QueueHead<T>, since: impl Fn(&T) -> Instant) -> Queue {
    let oldest = queued.first.iter().map(since).min();
    Queue { count: queued.first.len(), is_capped: queued.is_more, oldest }
}

fn counted<T>(list: &[T], since: impl Fn(&T) -> Instant) -> Queue {
    let count = list.len().min(COUNTED_MAX);
    Queue { count, is_capped: list.len() > COUNTED_MAX, oldest: list.iter().map(since).min() }
}
