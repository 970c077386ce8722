//! The maintenance calendar.

use axum::extract::{Query, State};
use events::command::CommandName;
use pages::desk::{CommandForm, MaintenanceMonth, Part};
use sla::exclusion::Maintenance;
use sla::{Instant, Month, ServiceId, Zone};
use table::{Table, TableError};
use web::{Page, Parameters, Session, fault, optional, shown};

use crate::Desk;
use crate::inputs::fresh_id;

/// Limit on the windows of a month.
const LISTED_MAX: usize = 500;
/// Months ahead that are searched for windows to come.
const MONTHS_AHEAD: usize = 1;

/// Shows the windows of a month and those under way.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let month: Option<Month> = optional("month", query.month.as_deref())?;
    let visit = desk.visit(&session, Part::Maintenance, query.done.as_deref())?;
    let table = visit.staff.table();
    let present = Month::of(visit.now, Zone::UTC);
    let month = month.unwrap_or(present);
    let windows = table.maintenance_of(&[month], LISTED_MAX).await.map_err(fault)?;
    let of_now = match month == present {
        true => windows.clone(),
        false => table.maintenance_of(&[present], LISTED_MAX).await.map_err(fault)?,
    };
    let begins = |window: &Maintenance| Month::of(window.starts_at, Zone::UTC) == month;
    let view = MaintenanceMonth {
        month,
        earlier: Some(month.previous()),
        later: Some(month.next()),
        under_way: of_now.into_iter().filter(|window| is_under_way(window, visit.now)).collect(),
        windows: windows.into_iter().filter(begins).collect(),
    };
    shown(pages::desk::maintenance(&visit.frame, &view))
}

fn is_under_way(window: &Maintenance, now: Instant) -> bool {
    window.cancelled_at.is_none() && window.starts_at <= now && now < window.ends_at
}

/// Lists the windows under way or to come in this month and the next ones, in order.
pub async fn ahead(table: &Table, now: Instant) -> Result<Vec<Maintenance>, TableError> {
    let present = Month::of(now, Zone::UTC);
    let months: Vec<Month> =
        std::iter::successors(Some(present), |month| Some(month.next())).take(1 + MONTHS_AHEAD).collect();
    let mut windows = table.maintenance_of(&months, LISTED_MAX).await?;
    windows.retain(|window| window.cancelled_at.is_none() && now < window.ends_at);
    Ok(windows)
}

/// Shows the form of a new window.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Maintenance, None)?;
    visit.staff.permit(CommandName::AnnounceMaintenance)?;
    let window_id = ("window_id", fresh_id("M", visit.now)?);
    let service: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let mut form = CommandForm::with(CommandName::AnnounceMaintenance, [window_id]);
    if let Some(id) = service {
        form.values.insert("scope_kind".to_owned(), "services".to_owned());
        form.values.insert("services".to_owned(), id.to_string());
    }
    shown(pages::desk::command_page(&visit.frame, &form))
}
