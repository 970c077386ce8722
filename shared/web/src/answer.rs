//! Answers: HTML, JSON and files with an `ETag`, assets, redirects; and the layers around every router:
//! limits, compression, and headers that restrict the browser to what the pages need.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use outcome::Failure;
use serde::Serialize;
use sla::sha256_hex;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::Problem;

/// The longest body that is read, in bytes: 4 MB, since a function's event of 6 MB carries it in Base64.
pub(crate) const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest time for a request with its body, in seconds.
const REQUEST_S: u64 = 15;
/// Characters of a digest in a tag.
const TAG_CHARS: usize = 32;
/// A page may load only its own style, script and pictures, and send forms only to its own site.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The other headers of every answer.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Builds the answer with an HTML page.
pub fn html(status: StatusCode, page: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

/// Replaces an answer's body with a page; the other headers stay, except the old length.
pub fn in_place_of(answer: Response, page: Response) -> Response {
    let (mut parts, _) = answer.into_parts();
    let (own, body) = page.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(own.headers);
    Response::from_parts(parts, body)
}

/// Redirects to an address by GET.
pub fn redirect(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Problem::bad_request("The address to go to cannot be written: begin at the overview.")
            .into_response(),
    }
}

/// Builds a JSON answer with an `ETag`.
///
/// # Errors
/// Returns a [`Problem`] if the value cannot be written as JSON.
pub fn json(headers: &HeaderMap, value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::fault(&Failure::unexpected(error)))?;
    Ok(tagged(headers, "application/json", body))
}

/// Builds an answer with an `ETag`; a client that has this content already gets 304 (RFC 9110, 13.1.2).
pub fn tagged(headers: &HeaderMap, content_type: &'static str, body: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", &sha256_hex(&body)[..TAG_CHARS]);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // The tag of a compressed answer comes back as a weak one.
    let matches = |one: &str| one == "*" || one.trim().trim_start_matches("W/") == tag;
    let tag_header = [(header::ETAG, tag.clone())];
    if known.is_some_and(|known| known.split(',').any(matches)) {
        return (StatusCode::NOT_MODIFIED, tag_header).into_response();
    }
    (tag_header, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Builds the answer with an asset, which never changes: its name contains the digest of its content.
pub fn asset(content_type: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, body).into_response()
}

/// Adds limits to a router; a refusal by them or by the router itself becomes a [`Problem`].
pub fn bounded(router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(REQUEST_S)))
        .layer(map_response(explained))
}

/// Adds the common headers and compression to a router.
pub fn guarded(router: Router) -> Router {
    router.layer(from_fn(with_headers)).layer(CompressionLayer::new().gzip(true))
}

/// Replaces a plain refusal by a [`Problem`]; its `Allow` header stays.
async fn explained(response: Response) -> Response {
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    // The router and the limits answer in plain text, or with no body.
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !refused || kind.is_some_and(|kind| !kind.starts_with(b"text/plain")) {
        return response;
    }
    let mut explained = Problem::of_status(status).into_response();
    if let Some(methods) = response.headers().get(header::ALLOW) {
        explained.headers_mut().insert(header::ALLOW, methods.clone());
    }
    explained
}

async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Answers are personal: no cache on the way keeps them.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
