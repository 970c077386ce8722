//! Requests that are sent again: a key that was accepted answers for its request, whichever way it came, and a refused
//! one is judged anew. Pages carry the key in a hidden field, the API in `Idempotency-Key`.

use outcome::Failure;
use serde::Serialize;
use sla::{EventId, Instant, TicketId, sha256_hex};
use table::{Accepted, CustomerScope, Request, TableError};
use web::{Problem, RequestKey};

/// Characters of a digest in an id: 96 bits.
pub const ID_DIGITS: usize = 24;
/// How often a request is begun: once, and again if the same one was accepted while it was under way.
const BEGINNINGS_MAX: usize = 2;

/// A request that is to be carried out, or was accepted before.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The customer's scope: its first transaction accepts the request.
    pub scope: CustomerScope,
    /// Whether it was accepted before, so that at most what follows from it is to be completed.
    pub is_accepted: bool,
    /// The request.
    pub request: Request,
    digits: String,
}

/// What a request came to: refused by what it says; a fault is the outer error of whoever answers this.
pub type Settled<T> = Result<T, Problem>;

impl Begun {
    /// Names the ticket and the event that the request makes, by its customer and key.
    pub fn ids(&self) -> Result<(TicketId, EventId), Problem> {
        let refused = |error: sla::IdError| Problem::bad_request(error.to_string());
        let digits = &self.digits;
        Ok((format!("T-{digits}").parse().map_err(refused)?, format!("E-{digits}").parse().map_err(refused)?))
    }
}

/// Takes a fault of the table for an answer.
pub fn fault(error: TableError) -> Problem {
    Problem::fault(&error.into())
}

/// Carries a request of an operation out under its key, or finds it accepted; of a refused one nothing stays.
pub async fn once<T, F: Future<Output = Result<Settled<T>, Problem>>>(
    scope: &CustomerScope,
    (key, operation): (&str, &str),
    content: &impl Serialize,
    now: Instant,
    act: impl Fn(Begun) -> F,
) -> Result<Settled<T>, Problem> {
    if key.is_empty() {
        return Ok(Err(Problem::bad_request("key: missing: open the form again, and send it there")));
    }
    let content = serde_json::to_string(&(operation, content));
    let content = content.map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    for beginning in 1..=BEGINNINGS_MAX {
        let request = scope.request(key, &content, now);
        let is_accepted = match scope.accepted(&request).await.map_err(fault)? {
            None => false,
            Some(Accepted::Same(_)) => true,
            Some(Accepted::Another) => return Ok(Err(RequestKey::reused())),
        };
        let digest = sha256_hex(format!("{}|{key}", scope.customer_id()).as_bytes());
        let digits = digest[..ID_DIGITS].to_owned();
        let scope = scope.accepting(&request);
        let settled =
            act(Begun { scope: scope.clone(), is_accepted, request: request.clone(), digits }).await;
        let settled = match settled {
            Ok(Ok(made)) => scope.accept(&request).await.map_err(fault).map(|()| Ok(made)),
            other => other,
        };
        // Whoever sends a form twice at once is answered what the first of both came to.
        let may_be_overtaken = beginning < BEGINNINGS_MAX && !is_accepted && !matches!(settled, Ok(Ok(_)));
        if !may_be_overtaken || scope.accepted(&request).await.map_err(fault)?.is_none() {
            return settled;
        }
    }
    Err(Problem::fault(&Failure::unexpected("a request was overtaken again and again")))
}
