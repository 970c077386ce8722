//! Bearer tokens of the API (RFC 6750), accepted only in the header.

use access::Access;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use crate::{Problem, SignIn};

/// A verified caller of the API.
#[derive(Debug, Clone)]
pub struct Bearer(pub Access);

impl<S> FromRequestParts<S> for Bearer
where
    SignIn: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(|| {
            let detail = "Authorization: missing: send `Bearer` and an access token";
            Problem::unauthorized(detail, "invalid_request")
        })?;
        Ok(Self(SignIn::from_ref(state).verify(token.trim()).await?))
    }
}
