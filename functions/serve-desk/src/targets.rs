//! Targets of the prober: a list, the form of a new one, and a page for each.

use axum::extract::{Path, Query, State};
use events::command::{CommandName, Subject};
use pages::desk::{Part, TargetPage, Targets};
use sla::{ServiceId, TargetId};
use table::Table;
use web::{Page, PageError, Parameters, Problem, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;
use crate::inputs::cut;

/// Targets per page: 100 of at most 30 KB are 3 MB.
const PAGE_MAX: usize = 100;

/// Lists the targets, of all services or of one.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<TargetId> = optional("after", query.after.as_deref())?;
    let service_id: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let visit = desk.visit(&session, Part::Targets, query.done.as_deref())?;
    let table = visit.staff.table();
    let (targets, after) = match &service_id {
        Some(id) => (of_service(table, id).await?, None),
        None => {
            let mut targets = table.targets_page(after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
            let after = cut(&mut targets, PAGE_MAX, |target| target.target_id.clone());
            (targets, after)
        }
    };
    shown(pages::desk::targets(&visit.frame, &Targets { service_id, targets, after }))
}

/// Reads the targets of a service, at most 100, by region and id.
async fn of_service(table: &Table, id: &ServiceId) -> Result<Vec<events::Target>, Problem> {
    let known = table.targets_of(id).await.map_err(fault)?.value;
    let ids: Vec<TargetId> = known.0.into_values().flat_map(|probe| probe.target_ids).collect();
    let mut targets = table.targets(&ids).await.map_err(fault)?;
    targets.sort_by(|a, b| (&a.region, &a.target_id).cmp(&(&b.region, &b.target_id)));
    Ok(targets)
}

/// Shows the form of a new target.
pub async fn form(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let service_id: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let visit = desk.visit(&session, Part::Targets, None)?;
    visit.staff.permit(CommandName::RegisterTarget)?;
    let form = pages::desk::new_target(service_id.as_ref(), query.kind.as_deref());
    shown(pages::desk::command_page(&visit.frame, &form))
}

/// Shows a target, even if it was removed.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(target_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: TargetId = part("target_id", &target_id)?;
    let visit = desk.visit(&session, Part::Targets, query.done.as_deref())?;
    shown(pages::desk::target(&visit.frame, &looked_at(visit.staff.table(), &id).await?))
}

async fn looked_at(table: &Table, id: &TargetId) -> Result<TargetPage, PageError> {
    let found = table.target(id).await.map_err(fault)?;
    let known = found.ok_or_else(|| Problem::not_found("target_id", id))?.value;
    let target = known.target;
    let service = crate::services::known(table, &target.service_id).await?;
    let of_service = table.targets_of(&target.service_id).await.map_err(fault)?.value;
    let warnings = if known.is_removed {
        Vec::new()
    } else {
        ::commands::target_warnings(&target, &service, &of_service)
    };
    Ok(TargetPage {
        last: table.last_report(&service, &target.region).await.map_err(fault)?,
        warnings,
        is_removed: known.is_removed,
        trail: trail(table, Subject::Target, &[id.as_str()]).await.map_err(fault)?,
        target,
    })
}
