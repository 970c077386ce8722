//! Statements: the list, and each with the claims and ledger entries of its month.

use axum::extract::Path;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use sla::availability::Verdict;
use sla::claim::Claim;
use sla::ledger::Entry;
use sla::summary::{NewestStatement, Summary};
use sla::{Instant, Money, Month, ServiceId, Statement};
use table::SeenStatement;

use super::{Answer, ApiParameters, Caller, cursor};
use crate::statements::{find, page_of};

/// The list's name in its cursors.
const LIST: &str = "statements";

/// A page of statements.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Statements {
    /// The newest of each service-month of the last three years, the latest month first; at most 100.
    statements: Vec<StatementLine>,
    /// The `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A statement in the list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatementLine {
    /// The service.
    service_id: ServiceId,
    /// The month.
    month: Month,
    /// The newest revision.
    revision: u32,
    /// The verdict on the commitment.
    verdict: Verdict,
    /// up / (up + down), in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_pct: Option<String>,
    /// The commitment, in percent.
    commitment_pct: String,
    /// The credit that follows.
    credit: Money,
}

/// A statement with what belongs to its month.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatedMonth {
    /// The statement: the newest one, or the revision that was asked for.
    statement: Statement,
    /// All revisions of the month, ascending.
    revisions: Vec<RevisionLine>,
    /// The month's claims.
    claims: Vec<Claim>,
    /// The ledger of the month, in the order of entry: what became of the credit.
    entries: Vec<Entry>,
}

/// A revision of a statement.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RevisionLine {
    /// Its number.
    revision: u32,
    /// The instant up to which it speaks.
    as_of: Instant,
    /// The verdict on the commitment.
    verdict: Verdict,
    /// Its digest.
    digest: String,
}

impl From<(Summary, NewestStatement)> for StatementLine {
    fn from((Summary { service_id, month, .. }, stated): (Summary, NewestStatement)) -> Self {
        let NewestStatement { revision, availability_pct, commitment_pct, verdict, credit } = stated;
        Self { service_id, month, revision, verdict, availability_pct, commitment_pct, credit }
    }
}

impl From<Statement> for RevisionLine {
    fn from(statement: Statement) -> Self {
        let Statement { revision, as_of, verdict, digest, .. } = statement;
        Self { revision, as_of, verdict, digest }
    }
}

/// Lists the newest statement of each service-month (`GET /statements`).
pub async fn list(caller: Caller, ApiParameters(query): ApiParameters, headers: HeaderMap) -> Answer {
    let after = cursor::read(LIST, query.after.as_deref(), |parts| match parts {
        [month, id] => month.parse().ok().zip(id.parse().ok()),
        _ => None,
    })?;
    let (stated, next) = page_of(&caller.scope, after.as_ref(), caller.now).await?;
    let statements = Statements {
        statements: stated.into_iter().map(StatementLine::from).collect(),
        next: next.map(|(month, id)| cursor::write(LIST, &[&month, &id])),
    };
    web::json(&headers, &statements)
}

/// Shows a statement (`GET /statements/{service_id}/{month}`).
pub async fn show(
    caller: Caller,
    Path(place): Path<(String, String)>,
    ApiParameters(query): ApiParameters,
    headers: HeaderMap,
) -> Answer {
    let seen = find(&caller.scope, &place, &query).await?;
    let SeenStatement { service: _, statement, revisions, claims, entries } = seen;
    let revisions = revisions.into_iter().map(RevisionLine::from).collect();
    web::json(&headers, &StatedMonth { statement, revisions, claims, entries })
}
