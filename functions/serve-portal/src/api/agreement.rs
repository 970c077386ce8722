//! The agreement: the revisions in force, to come and past.

use axum::extract::Path;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use sla::{Month, Terms};

use super::{Answer, Caller};
use web::{fault, part};

use crate::agreement::find;

/// A revision of the terms, and the others.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Agreement {
    /// The revision that was asked for, or the one in force.
    terms: Terms,
    /// Its SHA-256, as statements bear it.
    digest: String,
    /// The number of the revision in force.
    in_force: u32,
    /// The revision to come, if one is announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    coming: Option<Revision>,
    /// The past revisions, the latest first.
    past: Vec<Revision>,
}

/// A revision by its number.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revision {
    /// Its number.
    revision: u32,
    /// The first month that it judges.
    effective_from: Month,
}

impl From<pages::portal::Agreement> for Agreement {
    fn from(view: pages::portal::Agreement) -> Self {
        let pages::portal::Agreement { terms, digest, in_force, coming, past } = view;
        let of = |(revision, effective_from)| Revision { revision, effective_from };
        Self {
            terms,
            digest,
            in_force,
            coming: coming.map(|coming| of((coming.revision, coming.effective_from))),
            past: past.into_iter().map(|past| of((past.revision, past.effective_from))).collect(),
        }
    }
}

/// Shows the revision in force (`GET /agreement`).
pub async fn in_force(caller: Caller, headers: HeaderMap) -> Answer {
    show_revision(&caller, None, &headers).await
}

/// Shows a revision (`GET /agreement/{revision}`).
pub async fn show(caller: Caller, Path(revision): Path<String>, headers: HeaderMap) -> Answer {
    let number = part("revision", &revision)?;
    show_revision(&caller, Some(number), &headers).await
}

async fn show_revision(caller: &Caller, revision: Option<u32>, headers: &HeaderMap) -> Answer {
    let book = caller.scope.terms(caller.now).await.map_err(fault)?;
    web::json(headers, &Agreement::from(find(&book, revision, caller.now)?))
}
