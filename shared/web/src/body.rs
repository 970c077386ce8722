//! JSON bodies of the API, read whole and of bounded length.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::Problem;

/// A body parsed from JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonBody<T>(pub T);

/// True if a body has a media type, with any parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let own = kind.and_then(|kind| kind.split(';').next());
    own.is_some_and(|own| own.trim().eq_ignore_ascii_case(wanted))
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_of_type(request.headers(), "application/json") {
            let detail = "Content-Type: send the body as `application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
        let value = events::parse(&body).map_err(|error| Problem::bad_request(error.to_string()))?;
        if !value.is_object() {
            return Err(Problem::unprocessable(
                "the body is no JSON object: send its fields by name, as in {…}",
            ));
        }
        Ok(Self(events::read(&value)?))
    }
}
