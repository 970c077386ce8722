//! Roles of the escalation chain, and who is on duty now.

use ::commands::{RoleNow, roles_now};
use axum::extract::{Query, State};
use pages::desk::{Part, RoleView};
use web::{Page, Parameters, Session, fault, shown};

use crate::Desk;

/// Shows the roles.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Roles, query.done.as_deref())?;
    let roles = roles_now(visit.staff.table(), visit.now).await.map_err(fault)?;
    let view = |RoleNow { role, is_named, people, reaches }| RoleView { role, is_named, people, reaches };
    shown(pages::desk::roles(&visit.frame, &roles.into_iter().map(view).collect::<Vec<_>>()))
}
