//! Problem details (RFC 9457): the API's refusals, and the text of an error page.

use access::{Refusal, TokenError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::InputError;
use outcome::Failure;
use schemars::JsonSchema;
use serde::Serialize;
use sla::Instant;
use sla::quota::QuotaExceeded;

use crate::SignInError;

/// A request that is refused, or could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// The status, as in the status line.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// The kind of problem, in a few words.
    pub title: String,
    /// The fault in this request, and the remedy.
    pub detail: String,
    /// The `error` of a bearer challenge (RFC 6750).
    #[serde(skip)]
    challenge: Option<&'static str>,
    /// Seconds after which the request may be sent again.
    #[serde(skip)]
    retry_after_s: Option<i64>,
}

impl Problem {
    /// Builds a problem of a status, with the status's own title.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Self { status: status.as_u16(), title, detail: detail.into(), challenge: None, retry_after_s: None }
    }

    /// Builds the problem of a request beyond its quota, which says when to try again.
    pub fn beyond(quota: &QuotaExceeded, now: Instant) -> Self {
        let retry_after_s = Some((quota.until.epoch_s() - now.epoch_s()).max(1));
        Self { retry_after_s, ..Self::new(StatusCode::TOO_MANY_REQUESTS, quota.to_string()) }
    }

    /// Returns the page of a form that shows this refusal, with the status and `Retry-After` of a used-up
    /// quota.
    pub fn shown_on(&self, mut page: Response) -> Response {
        if let Some(seconds) = self.retry_after_s {
            *page.status_mut() = self.code();
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        page
    }

    /// Builds the problem of a refusal by the router or its limits, which give only a status.
    pub fn of_status(status: StatusCode) -> Self {
        let detail = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                "This address does not take this method: `Allow` names those it takes."
            }
            StatusCode::REQUEST_TIMEOUT => "The request took too long, and was ended: send it again.",
            StatusCode::PAYLOAD_TOO_LARGE => "The body is too long: send at most 4 MB.",
            StatusCode::BAD_REQUEST => "The address cannot be read: write it in UTF-8, percent-encoded.",
            _ => "The request cannot be answered: look at it again, and send it once more.",
        };
        Self::new(status, detail)
    }

    /// Builds the problem of an object that is unknown or another customer's, in the same words for both.
    pub fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        let detail = format!("{what}: `{id}` is not known here: look it up in the list that leads to it");
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// Builds the problem of an unknown address.
    pub fn no_such_page() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing at this address: begin at the overview.")
    }

    /// Builds the problem of malformed input.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Builds the problem of well-formed input that is refused for its content.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Builds the problem of a fault; logs its causes without showing them.
    pub fn fault(failure: &Failure) -> Self {
        tracing::error!(error_type = failure.error_type(), "{}", failure.message());
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Something behind this failed. Nothing was lost: try again in a moment.",
        )
    }

    /// Builds the problem of a missing or invalid token.
    pub fn unauthorized(detail: impl Into<String>, challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, detail) }
    }

    /// Returns the status.
    pub fn code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BadRequest(detail) => Self::unprocessable(detail),
            Failure::NotFound(detail) => Self::new(StatusCode::NOT_FOUND, detail),
            Failure::Conflict(detail) => Self::new(StatusCode::CONFLICT, detail),
            Failure::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, detail),
            fault => Self::fault(&fault),
        }
    }
}

impl From<InputError> for Problem {
    fn from(error: InputError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::unauthorized(error.to_string(), "invalid_token")
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let challenge = Some("insufficient_scope");
        Self { challenge, ..Self::new(StatusCode::FORBIDDEN, refusal.to_string()) }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Token(error) => error.into(),
            SignInError::Issuer(error) => Self::fault(&Failure::unexpected(error)),
            SignInError::Refused(detail) => Self::bad_request(detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Text fields and a number always serialize.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response =
            (self.code(), [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(challenge) = self.challenge
            && let Ok(value) = HeaderValue::from_str(&format!("Bearer error=\"{challenge}\""))
        {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        let mut response = self.shown_on(response);
        response.extensions_mut().insert(self);
        response
    }
}
