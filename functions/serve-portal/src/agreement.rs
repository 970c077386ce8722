//! The agreement: the revisions in force, to come and past.

use axum::extract::{Path, State};
use outcome::Failure;
use pages::Section;
use pages::portal::{Agreement, PastTerms};
use sla::{Instant, Month, Zone};
use table::CustomerScope;
use web::{Page, Problem, Session, fault, part, shown};

use crate::Portal;

/// Shows the revision in force.
pub async fn page(State(portal): State<Portal>, session: Session) -> Page {
    show(&portal, &session, None).await
}

/// Shows a revision.
pub async fn revision(State(portal): State<Portal>, session: Session, Path(revision): Path<String>) -> Page {
    show(&portal, &session, Some(part("revision", &revision)?)).await
}

async fn show(portal: &Portal, session: &Session, revision: Option<u32>) -> Page {
    let visit = portal.visit(session, Section::Agreement).await?;
    shown(pages::portal::agreement(&visit.frame, &find(&visit.scope, revision, visit.now).await?))
}

/// Finds a revision, or the one in force, with those before and after it.
pub async fn find(scope: &CustomerScope, revision: Option<u32>, now: Instant) -> Result<Agreement, Problem> {
    let book = scope.terms(now).await.map_err(fault)?;
    let in_force = book.in_force(Month::of(now, Zone::UTC));
    let terms = match revision {
        None => in_force,
        Some(number) => book.revision(number).ok_or_else(|| Problem::not_found("revision", number))?,
    };
    let coming = book.revisions().find(|other| other.effective_from > Month::of(now, Zone::UTC));
    let mut past: Vec<PastTerms> = book
        .revisions()
        .filter(|other| other.revision < in_force.revision)
        .map(|other| PastTerms { revision: other.revision, effective_from: other.effective_from })
        .collect();
    past.reverse();
    Ok(Agreement {
        digest: terms.digest().map_err(|error| Problem::fault(&Failure::unexpected(error)))?,
        terms: terms.clone(),
        in_force: in_force.revision,
        coming: coming.cloned(),
        past,
    })
}
