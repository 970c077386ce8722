//! Forms, read whole, of bounded length, and only from this site's pages: each carries a session secret.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use events::InputError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::is_of_type;
use crate::{Problem, Session, SignIn};

/// Content type of a posted form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A posted form's fields by name; the last one if a name comes twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostedForm {
    fields: Map<String, Value>,
    headers: HeaderMap,
}

/// A refused form.
#[derive(Debug)]
pub struct FormError(pub Problem);

impl IntoResponse for FormError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl<S: Send + Sync> FromRequest<S> for PostedForm {
    type Rejection = FormError;

    async fn from_request(request: Request, state: &S) -> Result<Self, FormError> {
        let headers = request.headers().clone();
        if !is_of_type(&headers, FORM) {
            return Err(FormError(Problem::bad_request("The form cannot be read: send it from its page.")));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| FormError(Problem::of_status(rejection.status())))?;
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).map_err(|_| {
            FormError(Problem::bad_request("The form cannot be read: send it from its page."))
        })?;
        // Browsers end lines with a carriage return and a line feed.
        let fields = pairs.into_iter().map(|(name, text)| (name, Value::String(text.replace("\r\n", "\n"))));
        Ok(Self { fields: fields.collect(), headers })
    }
}

impl PostedForm {
    /// Returns the fields of a form that came from a page of this session.
    ///
    /// # Errors
    /// Returns a [`Problem`] if the form lacks the session's secret or another site sent it.
    pub fn of(self, session: &Session, sign_in: &SignIn) -> Result<Map<String, Value>, Problem> {
        let origin = self.headers.get(header::ORIGIN).map(|origin| origin.as_bytes());
        let foreign = origin.is_some_and(|origin| origin != sign_in.origin().as_bytes());
        let own = self.fields.get("csrf").and_then(Value::as_str) == Some(&session.csrf);
        if foreign || !own {
            let detail =
                "The form does not come from a page of this session: open the page again, and send it there.";
            return Err(Problem::new(axum::http::StatusCode::FORBIDDEN, detail));
        }
        Ok(self.fields)
    }
}

/// Reads a type from a form's fields; empty fields count as missing.
///
/// # Errors
/// Returns an [`InputError`] that names every missing field of those `required`, or the first wrong one.
pub fn read_form<T: DeserializeOwned>(
    fields: Map<String, Value>,
    required: &[&str],
) -> Result<T, InputError> {
    let given =
        fields.into_iter().filter(|(_, value)| value.as_str().is_none_or(|text| !text.trim().is_empty()));
    let given: Map<String, Value> = given.collect();
    let missing = required.iter().filter(|name| !given.contains_key(**name));
    match InputError::joined(missing.map(|name| InputError::missing(name))) {
        None => events::read(&Value::Object(given)),
        Some(missing) => Err(missing),
    }
}
