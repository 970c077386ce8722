//! Claims and disputes: their lists and outcomes, and new ones.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use events::claim_path;
use events::text::Remark;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sla::claim::Claim;
use sla::ledger::{CreditKind, Entry};
use sla::quota::QuotaRequest;
use sla::{ExclusionId, Instant, Money, Month, ServiceId};
use table::NewClaim;
use web::{JsonBody, RequestKey, fault, part};

use super::{Answer, Caller, created};
use crate::Portal;
use crate::acts;
use crate::claims::{CLAIMABLE_MAX, claimable};
use crate::requests::once;
use crate::visit::NAMED_MAX;

/// The customer's claims.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Claims {
    /// The latest 200, the latest month first.
    claims: Vec<AnsweredClaim>,
    /// Credits that can still be claimed, the window that closes first at the front; at most 4 months are read.
    claimable: Vec<Claimable>,
}

/// A credit that can still be claimed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Claimable {
    /// The service.
    service_id: ServiceId,
    /// The month.
    month: Month,
    /// The kind of credit.
    kind: CreditKind,
    /// The credit: of a closed month that of its statement, of an open one what its downtime earns so far;
    /// absent if a person sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    /// True if the month is closed.
    is_closed: bool,
    /// The first instant at which a claim is late; absent while an outage is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
    /// Path of the portal's claim form, filled for this claim.
    claim_url: String,
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
    let services = caller.scope.services(None, NAMED_MAX).await.map_err(fault)?;
    let found = claimable(&caller.scope, &services, &claims, CLAIMABLE_MAX, caller.now).await?;
    let claimable = found.lines.into_iter().map(|line| Claimable {
        claim_url: claim_path(&line.service_id, line.month, line.kind),
        service_id: line.service_id,
        month: line.month,
        kind: line.kind,
        amount: line.amount,
        is_closed: line.is_closed,
        until: line.until,
    });
    let claimable = claimable.collect();
    let claims = claims.into_iter().map(|(claim, entry)| AnsweredClaim { claim, entry }).collect();
    web::json(&headers, &Claims { claims, claimable })
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
