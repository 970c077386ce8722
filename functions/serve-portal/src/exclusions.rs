//! Disputes: what a customer says against an exclusion.

use axum::extract::{Path, State};
use events::text::Remark;
use serde::Deserialize;
use sla::ExclusionId;
use sla::exclusion::WindowError;
use table::Disputed;
use web::{Posted, Problem, Session, read_form};

use crate::Portal;
use crate::answers::{Page, fault};
use crate::inputs::part;

#[derive(Deserialize)]
struct Dispute {
    statement: Remark,
    #[serde(default)]
    return_to: Option<String>,
}

/// Notes a customer's statement.
pub async fn dispute(
    State(portal): State<Portal>,
    session: Session,
    Path(exclusion_id): Path<String>,
    form: Posted,
) -> Page {
    let id: ExclusionId = part("exclusion_id", &exclusion_id)?;
    let fields = form.of(&session, &portal.sign_in)?;
    let Dispute { statement, return_to } = read_form(fields)?;
    let scope = portal.scope(&session)?;
    match scope.dispute(&id, statement.into_string(), portal.now()).await.map_err(fault)? {
        Disputed::Noted(_) => {
            let back = web::own_path(return_to.as_deref().unwrap_or("/")).to_owned();
            let sign = if back.contains('?') { '&' } else { '?' };
            Ok(web::redirect(&format!("{back}{sign}done=dispute")))
        }
        Disputed::Refused(error) => Err(refused(&error).into()),
    }
}

/// Says why a dispute is refused.
fn refused(error: &WindowError) -> Problem {
    match error {
        WindowError::NotCovered(id) => Problem::not_found("exclusion_id", id),
        other => Problem::new(axum::http::StatusCode::CONFLICT, other.to_string()),
    }
}
