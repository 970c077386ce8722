//! Voids: a probe's false reports, raised by one person and decided by another.

use axum::extract::{Path, Query, State};
use events::command::{CommandName, Subject};
use pages::desk::{CommandForm, Part, VoidPage, Voids};
use sla::{Month, ServiceId, VoidId, Zone};
use web::{Page, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::fresh_id;
use crate::services::known;

/// Limit on the listed voids, pending or decided.
const LISTED_MAX: usize = 200;

/// Lists the pending voids, and those of a month that are decided.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let month: Option<Month> = optional("month", query.month.as_deref())?;
    let visit = desk.visit(&session, Part::Voids, query.done.as_deref())?;
    let table = visit.staff.table();
    let waiting = table.waiting_voids(LISTED_MAX).await.map_err(fault)?;
    let month = month.unwrap_or(Month::of(visit.now, Zone::UTC));
    let mut decided = table.voids_of(&[month], LISTED_MAX).await.map_err(fault)?;
    decided.retain(|void| void.decision.is_some());
    decided.reverse();
    let reader = visit.staff.staff_id().clone();
    shown(pages::desk::voids(&visit.frame, &Voids { reader, waiting: waiting.first, decided, month }))
}

/// Shows the form of a new void.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Voids, None)?;
    visit.staff.permit(CommandName::VoidChecks)?;
    let service: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let mut form = CommandForm::with(CommandName::VoidChecks, []);
    form.values.insert("void_id".to_owned(), fresh_id("V", visit.now)?);
    form.values.extend(service.map(|id| ("service_id".to_owned(), id.to_string())));
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Shows a void.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(void_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: VoidId = part("void_id", &void_id)?;
    let visit = desk.visit(&session, Part::Voids, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.void(&id).await.map_err(fault)?;
    let void = found.ok_or_else(|| Problem::not_found("void_id", &id))?.value.object;
    let service = known(table, &void.service_id).await?;
    let effect = match void.ruling {
        None => {
            visit.effect_of_approval(CommandName::DecideVoid, void.void_id.as_str(), &void.raised_by).await?
        }
        Some(_) => None,
    };
    let view = VoidPage {
        void,
        reader: visit.staff.staff_id().clone(),
        service_name: service.name,
        time_zone: service.time_zone,
        effect,
        trail: trail(table, Subject::Void, &[id.as_str()]).await.map_err(fault)?,
    };
    shown(pages::desk::void(&visit.frame, &view))
}
