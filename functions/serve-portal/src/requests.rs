//! Requests that are sent again: what comes with a key is remembered under it, whichever way it came, and carried out
//! once. Pages carry the key in a hidden field, the API in `Idempotency-Key`.

use serde::Serialize;
use shell::Failure;
use sla::{EventId, Instant, TicketId, sha256_hex};
use table::{CustomerScope, Remembered, TableError};
use web::Problem;

/// Characters of a digest in an id: 96 bits.
pub const ID_DIGITS: usize = 24;

/// A request that is to be carried out, or completed, or found done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// When it first came: what it makes is dated so.
    pub at: Instant,
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

/// Remembers a request of an operation under its key, or finds it.
pub async fn begin(
    scope: &CustomerScope,
    key: &str,
    operation: &str,
    content: &impl Serialize,
    now: Instant,
) -> Result<Settled<Begun>, Problem> {
    if key.is_empty() {
        return Ok(Err(Problem::bad_request("key: missing: open the form again, and send it there")));
    }
    let content = written(operation, content)?;
    Ok(match scope.remember(key, &content, now).await.map_err(fault)? {
        Remembered::At(at) => {
            let digest = sha256_hex(format!("{}|{key}", scope.customer_id()).as_bytes());
            Ok(Begun { at, digits: digest[..ID_DIGITS].to_owned() })
        }
        Remembered::Another => Err(Problem::unprocessable(
            "Idempotency-Key: it was sent with something else before: choose another key for another request",
        )),
    })
}

/// Says whether a request was begun before; nothing is remembered of one that was not.
pub async fn is_repeated(
    scope: &CustomerScope,
    key: &str,
    operation: &str,
    content: &impl Serialize,
) -> Result<bool, Problem> {
    let before = scope.remembered(key, &written(operation, content)?).await.map_err(fault)?;
    Ok(matches!(before, Some(Remembered::At(_))))
}

fn written(operation: &str, content: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(&(operation, content)).map_err(|error| Problem::fault(&Failure::unexpected(error)))
}
