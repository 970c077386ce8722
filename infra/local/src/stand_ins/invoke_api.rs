//! The Lambda Invoke API on loopback, as far as `aws lambda invoke` and the SDKs need it. A refusal is a
//! function error: status 200, a header, and `errorType` with `errorMessage`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use outcome::Failure;
use serde_json::{Value, json};

use crate::commands::replay::failure_json;
use crate::stand_ins::account::function_named;
use crate::stand_ins::guard::is_of_program;
use crate::system::{FUNCTIONS, unknown_function};

/// The most bytes of a payload that Lambda takes: 6 MB.
const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

/// A target whose functions can be invoked.
pub trait Invoke: Send + Sync + 'static {
    /// Invokes a function with an event.
    fn invoke(&self, function: &str, payload: &[u8]) -> impl Future<Output = Result<Value, Failure>> + Send;
}

/// Builds the HTTP interface over a target.
pub fn router<I: Invoke>(target: Arc<I>) -> Router {
    Router::new().route("/2015-03-31/functions/{name}/invocations", post(invoke::<I>)).with_state(target)
}

async fn invoke<I: Invoke>(
    State(target): State<Arc<I>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let function = function_named(&name);
    if !FUNCTIONS.contains(&function) {
        let message = unknown_function(function);
        return service_error(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    }
    if !is_of_program(&headers) {
        let message = "Content-Type: send the event as `application/json`";
        return service_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaTypeException", message);
    }
    let Ok(payload) = to_bytes(body, PAYLOAD_BYTES_MAX).await else {
        let message = format!("the payload exceeds {PAYLOAD_BYTES_MAX} bytes: send it in parts");
        return service_error(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &message);
    };
    match headers.get("x-amz-invocation-type").and_then(|value| value.to_str().ok()) {
        Some("DryRun") => return StatusCode::NO_CONTENT.into_response(),
        Some("Event") => {
            let message = "this machine answers RequestResponse invocations only";
            return service_error(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message);
        }
        _ => {}
    }
    let payload = if payload.is_empty() { b"{}".as_slice().into() } else { payload };
    answer(target.invoke(function, &payload).await)
}

fn answer(outcome: Result<Value, Failure>) -> Response {
    let version = (HeaderName::from_static("x-amz-executed-version"), "$LATEST");
    let json_type = (header::CONTENT_TYPE, "application/json");
    match outcome {
        Ok(value) => ([version, json_type], value.to_string()).into_response(),
        Err(failure) => {
            let error = (HeaderName::from_static("x-amz-function-error"), "Unhandled");
            ([version, json_type, error], failure_json(&failure).to_string()).into_response()
        }
    }
}

fn service_error(status: StatusCode, kind: &'static str, message: &str) -> Response {
    let headers =
        [(HeaderName::from_static("x-amzn-errortype"), kind), (header::CONTENT_TYPE, "application/json")];
    (status, headers, json!({ "Type": "User", "Message": message }).to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    /// Answers with the event that it got; refuses `run-desk`.
    struct Echo;

    impl Invoke for Echo {
        async fn invoke(&self, function: &str, payload: &[u8]) -> Result<Value, Failure> {
            match function {
                "run-desk" => Err(Failure::NotFound("there is no service `x`".to_owned())),
                _ => Ok(json!({ "function": function, "bytes": payload.len() })),
            }
        }
    }

    async fn check(name: &str, payload: Vec<u8>) -> String {
        sent(name, "application/json", payload).await
    }

    async fn sent(name: &str, kind: &str, payload: Vec<u8>) -> String {
        let request = Request::post(format!("/2015-03-31/functions/{name}/invocations"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(payload))
            .unwrap();
        let response = router(Arc::new(Echo)).oneshot(request).await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let told = header("x-amz-function-error").or_else(|| header("x-amzn-errortype"));
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        format!("{status} {} {}", told.unwrap_or_default(), String::from_utf8_lossy(&body))
    }

    #[tokio::test]
    async fn answers_refusals_and_unknown_names_come_as_lambda_gives_them() {
        let answers = [
            check("record-checks", b"{\"checks\":[]}".to_vec()).await,
            check("arn:aws:lambda:eu-central-1:000000000000:function:close-month:live", Vec::new()).await,
            check("run-desk", b"{}".to_vec()).await,
            check("open-desk", b"{}".to_vec()).await,
            check("record-checks", vec![b' '; PAYLOAD_BYTES_MAX + 1]).await,
            sent("record-checks", "text/plain", b"{}".to_vec()).await,
        ];
        insta::assert_snapshot!(answers.join("\n"));
    }
}
