//! Changes that wait for a second person: the list, and each with its effect.

use axum::extract::{Path, Query, State};
use pages::desk::{Part, ProposalPage, Proposals};
use sla::terms::difference;
use sla::{ProposalId, Terms};
use web::{Page, Parameters, Problem, Session, fault, part, shown};

use crate::Desk;

/// Limit on the listed changes.
const LISTED_MAX: usize = 200;

/// Lists the changes that wait.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Waiting, query.done.as_deref())?;
    let waiting = visit.staff.table().waiting_proposals(None, visit.now, LISTED_MAX).await.map_err(fault)?;
    let reader = visit.staff.staff_id().clone();
    let view = Proposals { reader, waiting: waiting.first, is_more: waiting.is_more };
    shown(pages::desk::proposals(&visit.frame, &view))
}

/// Shows a change with its effect.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(change_id): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let id: ProposalId = part("change_id", &change_id)?;
    let visit = desk.visit(&session, Part::Waiting, query.done.as_deref())?;
    let table = visit.staff.table();
    let found = table.proposal(&id).await.map_err(fault)?;
    let proposal = found.ok_or_else(|| Problem::not_found("change_id", &id))?.value;
    let terms = proposal.change.get("publish_terms").cloned();
    let difference = match terms.and_then(|terms| serde_json::from_value::<Terms>(terms).ok()) {
        Some(terms) => {
            let book = table.terms().await.map_err(fault)?;
            difference(book.in_force(terms.effective_from.previous()), &terms)
        }
        None => Vec::new(),
    };
    let view = ProposalPage { proposal, reader: visit.staff.staff_id().clone(), difference };
    shown(pages::desk::proposal(&visit.frame, &view))
}
