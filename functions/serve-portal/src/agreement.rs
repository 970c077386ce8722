//! The agreement: the revisions in force, to come and past.

use axum::extract::{Path, State};
use outcome::Failure;
use pages::portal::{Agreement, PastTerms};
use pages::{Frame, Section};
use sla::{Instant, Month, TermsBook, Zone};
use web::{Page, PageError, Problem, Session, SessionError, fault, part, shown};

use crate::Portal;

/// A session, if there is one: the agreement is for everybody.
type Reader = Result<Session, SessionError>;

/// Shows the revision in force.
pub async fn page(State(portal): State<Portal>, reader: Reader) -> Page {
    show(&portal, &reader, None).await
}

/// Shows a revision.
pub async fn revision(State(portal): State<Portal>, reader: Reader, Path(revision): Path<String>) -> Page {
    show(&portal, &reader, Some(part("revision", &revision)?)).await
}

async fn show(portal: &Portal, reader: &Reader, revision: Option<u32>) -> Page {
    let frame = frame(portal, reader).await?;
    let book = portal.table.terms_now(portal.now()).await.map_err(fault)?;
    shown(pages::portal::agreement(&frame, &find(&book, revision, portal.now())?))
}

/// Returns the frame of a customer, or that of anybody else.
async fn frame(portal: &Portal, reader: &Reader) -> Result<Frame, PageError> {
    match reader {
        Ok(session) if session.access.customer().is_ok() => {
            Ok(portal.visit(session, Section::Agreement).await?.frame)
        }
        _ => Ok(Frame::new(Section::Agreement, Zone::UTC, portal.now(), None)),
    }
}

/// Finds a revision, or the one in force, with those before and after it.
pub fn find(book: &TermsBook, revision: Option<u32>, now: Instant) -> Result<Agreement, Problem> {
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
