//! Claims and disputes: their lists and outcomes, and new ones.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use events::text::Remark;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::ExclusionId;
use sla::claim::Claim;
use sla::ledger::Entry;
use sla::quota::QuotaRequest;
use table::NewClaim;
use web::{JsonBody, RequestKey, fault, part};

use super::{Answer, Caller, created};
use crate::Portal;
use crate::acts;
use crate::requests::once;

/// The customer's claims.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Claims {
    /// The latest 200, the latest month first.
    claims: Vec<AnsweredClaim>,
}

/// A claim, and the entry of the ledger that answers it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AnsweredClaim {
    /// The claim, as it is now.
    claim: Claim,
    /// The entry, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Entry>,
}

/// A customer's dispute of an exclusion.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NewDispute {
    /// The customer's reasons.
    statement: Remark,
}

/// Lists the claims (`GET /claims`).
pub async fn list(caller: Caller, headers: HeaderMap) -> Answer {
    let claims = caller.scope.claims().await.map_err(fault)?;
    let claims = claims.into_iter().map(|(claim, entry)| AnsweredClaim { claim, entry }).collect();
    web::json(&headers, &Claims { claims })
}

/// Files a claim (`POST /claims`); it is dated by its acceptance.
pub async fn file(
    State(portal): State<Portal>,
    caller: Caller,
    RequestKey(key): RequestKey,
    JsonBody(claim): JsonBody<NewClaim>,
) -> Answer {
    let Caller { scope, now } = caller;
    let filed =
        once((&portal, &scope), (&key, "file_claim", Some(QuotaRequest::Claim)), &claim, now, |begun| {
            let claim = claim.clone();
            async move { acts::file_claim(&begun.scope, claim, now).await }
        });
    Ok(created(&filed.await??))
}

/// Records a customer's dispute of an exclusion (`POST /exclusions/{exclusion_id}/disputes`).
pub async fn dispute(
    State(portal): State<Portal>,
    caller: Caller,
    Path(exclusion_id): Path<String>,
    RequestKey(key): RequestKey,
    JsonBody(dispute): JsonBody<NewDispute>,
) -> Answer {
    let Caller { scope, now } = caller;
    let id: ExclusionId = part("exclusion_id", &exclusion_id)?;
    let content = (&id, &dispute);
    let keyed = (&*key, "dispute_exclusion", Some(QuotaRequest::Dispute));
    let disputed = once((&portal, &scope), keyed, &content, now, |begun| {
        let (id, statement) = (id.clone(), dispute.statement.clone());
        async move { acts::dispute(&begun.scope, &id, statement, now).await }
    });
    Ok(created(&disputed.await??))
}
