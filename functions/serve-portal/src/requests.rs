//! Repeated requests: an accepted key answers for its request through page and API alike, and a refused
//! request is judged anew. Pages carry the key in a hidden field, the API in `Idempotency-Key`.

use outcome::Failure;
use serde::Serialize;
use sla::quota::QuotaRequest;
use sla::{EventId, Instant, TicketId, sha256_hex};
use table::{CustomerScope, EarlierAcceptance, Request};
use web::{Problem, RequestKey, fault};

use crate::Portal;

/// Hexadecimal digits of a digest in an id: 96 bits.
pub const ID_DIGITS: usize = 24;
/// Attempts at a request: one more if the same request was accepted concurrently.
const BEGINNINGS_MAX: usize = 2;

/// A request to carry out, or one that was accepted before.
#[derive(Debug, Clone)]
pub struct RequestState {
    /// The customer's scope, whose first transaction accepts the request.
    pub scope: CustomerScope,
    /// True if the request was accepted before, so that at most its consequences remain to be completed.
    pub is_accepted: bool,
    /// The request.
    pub request: Request,
    digits: String,
}

/// The outcome of a request: a value or a refusal. Faults are the outer error of functions that return it.
pub type RequestResult<T> = Result<T, Problem>;

impl RequestState {
    /// Returns the ids of the request's ticket and event, derived from customer and key.
    pub fn ids(&self) -> Result<(TicketId, EventId), Problem> {
        let refused = |error: sla::IdError| Problem::bad_request(error.to_string());
        let digits = &self.digits;
        Ok((format!("T-{digits}").parse().map_err(refused)?, format!("E-{digits}").parse().map_err(refused)?))
    }
}

/// A request under its key: the key, the operation, and the quota that it counts against, if it has one.
pub type KeyedRequest<'a> = (&'a str, &'static str, Option<QuotaRequest>);

/// Counts a request against its quota, or returns the refusal.
pub async fn ask(
    portal: &Portal,
    scope: &CustomerScope,
    ask: QuotaRequest,
    now: Instant,
) -> Result<RequestResult<()>, Problem> {
    let asked = scope.ask(&portal.quotas, ask, now).await.map_err(fault)?;
    Ok(asked.map_err(|beyond| Problem::beyond(&beyond, now)))
}

/// Carries out a request once under its key, or finds it accepted. A refused request leaves nothing behind
/// but its count; an accepted one is not counted again.
pub async fn once<T, F: Future<Output = Result<RequestResult<T>, Problem>>>(
    (portal, scope): (&Portal, &CustomerScope),
    (key, operation, asks): KeyedRequest<'_>,
    content: &impl Serialize,
    now: Instant,
    act: impl Fn(RequestState) -> F,
) -> Result<RequestResult<T>, Problem> {
    if key.is_empty() {
        return Ok(Err(Problem::bad_request("key: missing: open the form again and send it from there")));
    }
    let content = serde_json::to_string(&(operation, content));
    let content = content.map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    for beginning in 1..=BEGINNINGS_MAX {
        let request = scope.request(key, &content, now);
        let is_accepted = match scope.accepted(&request).await.map_err(fault)? {
            None => false,
            Some(EarlierAcceptance::Same(_)) => true,
            Some(EarlierAcceptance::Another) => return Ok(Err(RequestKey::reused())),
        };
        let digest = sha256_hex(format!("{}|{key}", scope.customer_id()).as_bytes());
        let digits = digest[..ID_DIGITS].to_owned();
        let admitted = match asks.filter(|_| !is_accepted) {
            Some(asks) => ask(portal, scope, asks, now).await?,
            None => Ok(()),
        };
        let scope = scope.accepting(&request);
        let begun = RequestState { scope: scope.clone(), is_accepted, request: request.clone(), digits };
        let settled = match admitted {
            Ok(()) => act(begun).await,
            Err(beyond) => Ok(Err(beyond)),
        };
        let settled = match settled {
            Ok(Ok(made)) => scope.accept(&request).await.map_err(fault).map(|()| Ok(made)),
            other => other,
        };
        // Of two identical requests sent at once, both get the outcome of the first.
        let may_be_overtaken = beginning < BEGINNINGS_MAX && !is_accepted && !matches!(settled, Ok(Ok(_)));
        if !may_be_overtaken || scope.accepted(&request).await.map_err(fault)?.is_none() {
            return settled;
        }
    }
    Err(Problem::fault(&Failure::unexpected("the same request was accepted concurrently too often")))
}
