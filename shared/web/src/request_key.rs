//! The key of a repeatable request: the API's `Idempotency-Key`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::Problem;

/// The header.
const HEADER: &str = "idempotency-key";
/// The longest key, in bytes.
const CHARS_MAX: usize = 255;

/// A key chosen by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey(pub String);

impl RequestKey {
    /// Returns the refusal of a key that was accepted for another request.
    pub fn reused() -> Problem {
        Problem::unprocessable(
            "Idempotency-Key: it was sent with something else before: choose another key for another request",
        )
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = parts.headers.get(HEADER).and_then(|value| value.to_str().ok()).map(str::trim);
        let fits = |key: &&str| !key.is_empty() && key.len() <= CHARS_MAX;
        key.filter(fits).map(|key| Self(key.to_owned())).ok_or_else(|| {
            Problem::bad_request(
                "Idempotency-Key: send a key of 1 to 255 characters of your choice; the same key and body again \
                 have the same answer",
            )
        })
    }
}
