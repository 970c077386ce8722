//! The desk's first page: everything that awaits staff, at a glance.

use ::commands::roles_now;
use axum::extract::{Query, State};
use pages::desk::{FirstSteps, Part, Queue, ServicesNow, WaitingWork};
use sla::Instant;
use sla::proposal::Proposal;
use sla::ticket::TicketState;
use table::{Queue as Waiting, QueueLength, Table, TableError, WantedTickets, disputes_from};
use web::{Page, Parameters, Session, fault, shown};

use crate::Desk;
use crate::inputs::cut;
use crate::maintenance::ahead;
use crate::months::{fruits, last_ended};
use crate::reviews::findings_from;
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
    let (now_in_trouble, unacknowledged) = (services_now(table).await?, unacknowledged(table).await?);
    // Where something is amiss, somebody has found the way.
    let is_begun = !now_in_trouble.lines.is_empty() || unacknowledged.count > 0;
    let length =
        async |of, from| Ok::<_, TableError>(queue(table.queue_length(of, from, COUNTED_MAX).await?));
    Ok(WaitingWork {
        first_steps: if is_begun { None } else { first_steps(table).await? },
        now: now_in_trouble,
        unacknowledged,
        changes: length(Waiting::Proposals, Some(Proposal::earliest_waiting(now))).await?,
        exclusions: length(Waiting::Exclusions, None).await?,
        voids: length(Waiting::Voids, None).await?,
        indeterminate: length(Waiting::Statements, None).await?,
        claims: length(Waiting::Claims, None).await?,
        performance: length(Waiting::Findings, Some(findings_from(now))).await?,
        // The place of a dispute in its queue is its deadline.
        disputes: Queue { oldest: None, ..length(Waiting::Disputes, Some(disputes_from(now))).await? },
        quarantine: length(Waiting::Quarantine, None).await?,
        unstaffed: unstaffed(table, now).await?,
        maintenance: ahead(table, now).await?,
        month_end: Some(fruits(table, last_ended(now)).await?),
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
    let customer = table.customers_by_name(None, 1).await?.into_iter().next();
    Ok(Some(FirstSteps { customer: customer.map(|customer| customer.customer_id), service }))
}

const fn queue(length: QueueLength) -> Queue {
    let QueueLength { count, is_more, oldest } = length;
    Queue { count, is_capped: is_more, oldest }
}
