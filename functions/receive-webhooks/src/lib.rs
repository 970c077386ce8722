//! Receives webhooks: finds the source, proves the sender over the raw bytes, puts the request on a queue,
//! and only then answers. Architecture invariant: nothing is read before it is queued, so that nothing is
//! lost by it; and no secret reaches the queue, a log or an answer.

mod cache;
mod outside;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use doors::{AuthError, BODY_BYTES_MAX, Webhook, verify};
use events::source::{Scheme, Source, SourceKind};
use outcome::{Clock, Failure};
use shell::{MESSAGE_BYTES_MAX, Secret};
use sla::id::SourceId;
use web::Problem;

use crate::cache::Cache;
pub use crate::outside::{Outside, Recorder, Services};

/// Seconds for which a source is known, or known not to be: a flood of one address costs a read in five
/// seconds.
const SOURCE_S: i64 = 5;
/// Seconds for which secrets are known: one that was ended is refused within a minute.
const SECRET_S: i64 = 60;
/// Seconds within which a wrong proof asks the store only once: a new secret is known at once all the same,
/// as many senders never repeat what was refused.
const ASKED_AGAIN_S: i64 = 5;
/// Seconds after which a sender should repeat what a fault of ours has stopped. Zendesk repeats only if told
/// so, and only below 60.
const RETRY_AFTER_S: u16 = 30;
/// The longest time for table, store and queue together: few senders wait for more than ten seconds, and a
/// time-out of theirs is repeated less often than an answer of ours.
const PATIENCE: Duration = Duration::from_secs(8);
/// The addresses: a source's own, and the one for senders that can prove themselves by their address alone. A
/// gateway has them for `GET`, `POST` and `PUT`.
const PATHS: [&str; 2] = ["/hooks/{source_id}", "/hooks/{source_id}/{token}"];

/// The answer to whoever sends to an address without a source.
const UNKNOWN: &str = "There is no source at this address: register it at the desk, or send to the address \
                       that it shows there.";

/// The dependencies of every request.
#[derive(Debug)]
pub struct Hooks<O> {
    outside: O,
    clock: Clock,
    sources: Cache<Option<Arc<Source>>>,
    secrets: Cache<Option<Secret>>,
    patience: Duration,
}

/// The parts of an address.
#[derive(Debug, serde::Deserialize)]
struct Address {
    source_id: String,
    token: Option<String>,
}

impl<O: Outside> Hooks<O> {
    /// Builds the function from what it asks of others, and a clock.
    pub fn new(outside: O, clock: Clock) -> Self {
        let (sources, secrets) = (Cache::new(SOURCE_S), Cache::new(SECRET_S));
        Self { outside, clock, sources, secrets, patience: PATIENCE }
    }

    /// Returns a source without its mappings, which are for the reader of the queue.
    async fn source(&self, id: &SourceId) -> Result<Option<Arc<Source>>, Failure> {
        let (name, now) = (id.as_str(), self.clock.now());
        if let Some(known) = self.sources.get(name, now) {
            return Ok(known);
        }
        let found = self.outside.source(id).await?;
        let found = found.map(|source| Arc::new(Source { map: Vec::new(), ..source }));
        self.sources.keep(name, found.clone(), now);
        Ok(found)
    }

    /// Proves a request. A proof that fails by secrets known for a while is tried again by those in the
    /// store.
    async fn prove(&self, source: &Source, request: &doors::Request) -> Result<Proven, Failure> {
        let (name, now) = (source.secret_name(), self.clock.now());
        if let Some(known) = self.secrets.get(&name, now) {
            let proven = proven(source, request, known.as_ref());
            let is_certain = !matches!(proven, Err(AuthError::Wrong | AuthError::NoSecret));
            if is_certain || self.secrets.younger(&name, ASKED_AGAIN_S, now).is_some() {
                return Ok(proven);
            }
        }
        let stored = self.outside.secret(&name).await?;
        self.secrets.keep(&name, stored.clone(), now);
        Ok(proven(source, request, stored.as_ref()))
    }
}

/// The secret of a proven request, or the reason why it is not.
type Proven = Result<Option<Secret>, AuthError>;

fn proven(source: &Source, request: &doors::Request, secret: Option<&Secret>) -> Proven {
    let valid: Vec<&str> = secret.into_iter().flat_map(Secret::valid).collect();
    verify(source, request, &valid).map(|_| secret.cloned())
}

/// Builds the router.
pub fn router<O: Outside>(hooks: Hooks<O>) -> Router {
    let state = Arc::new(hooks);
    let routes = PATHS.into_iter().fold(Router::new(), |router, path| router.route(path, any(receive::<O>)));
    web::bounded(routes.with_state(state)).layer(map_response(kept_by_nobody))
}

/// Forbids caches on the way to keep an answer: that to a `GET` would swallow the next one.
async fn kept_by_nobody(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn receive<O: Outside>(
    State(hooks): State<Arc<Hooks<O>>>,
    Path(address): Path<Address>,
    request: Request,
) -> Response {
    // Before anything else: what is too long costs neither a read nor a proof.
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else { return too_long().into_response() };
    let request = doors::Request {
        headers: headers(&parts.headers),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        path_token: address.token,
        body: Bytes::into(body),
        received_at: hooks.clock.now(),
    };
    let taking = taken(&hooks, &address.source_id, &parts.method, request);
    match tokio::time::timeout(hooks.patience, taking).await {
        Ok(Ok(kind)) => accepted(kind),
        Ok(Err(response)) => response,
        Err(late) => fault(Failure::unexpected(late)),
    }
}

/// Takes a request in; returns the kind of its source once it is queued, or the answer that refuses it.
async fn taken<O: Outside>(
    hooks: &Hooks<O>,
    source_id: &str,
    method: &Method,
    mut request: doors::Request,
) -> Result<SourceKind, Response> {
    // What stands in an unknown address may be a token in the wrong place: it is neither shown nor logged.
    let unknown = || Problem::new(StatusCode::NOT_FOUND, UNKNOWN).into_response();
    let source_id: SourceId = source_id.parse().map_err(|_| unknown())?;
    let source = hooks.source(&source_id).await.map_err(fault)?.ok_or_else(unknown)?;
    if !takes(source.kind, method) {
        return Err(not_allowed(source.kind));
    }
    let proven = hooks.prove(&source, &request).await.map_err(fault)?;
    let secret = proven.map_err(|error| {
        tracing::warn!(source_id = source_id.as_str(), "a webhook is refused: {error}");
        refused(&source, &error)
    })?;
    // Whatever lies between may have copied the address or a header into another one.
    let holds_secret = |text: &String| secret.iter().flat_map(Secret::valid).any(|one| text.contains(one));
    request.headers.retain(|_, value| !holds_secret(value));
    let webhook = Webhook::new(source_id, request, source.auth.header(source.kind));
    let message = written(&webhook);
    if message.len() > MESSAGE_BYTES_MAX {
        return Err(too_long().into_response());
    }
    hooks.outside.queue(recorder(&source), message).await.map_err(fault)?;
    Ok(source.kind)
}

/// Returns the headers by their names in lower case; one that comes more than once is joined, as a gateway
/// does.
fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    joined
}

/// True if senders of a kind send by a method: `PUT` is Grafana's choice, `GET` that of senders without a
/// body.
fn takes(kind: SourceKind, method: &Method) -> bool {
    use SourceKind::{Gatus, Template, UptimeKuma, UptimeRobot};
    let without_body = matches!(kind, Gatus | Template | UptimeKuma | UptimeRobot);
    *method == Method::POST || *method == Method::PUT || (without_body && *method == Method::GET)
}

/// Returns the function that reads what a source sends. A template that has a status measures
/// (`Source::check`).
fn recorder(source: &Source) -> Recorder {
    let measures = || source.template.as_ref().is_some_and(|template| template.status.is_some());
    let is_help_desk = source.kind.is_help_desk().unwrap_or_else(|| !measures());
    if is_help_desk { Recorder::Tickets } else { Recorder::Checks }
}

/// Writes the message. SQS refuses two characters that JSON has; it takes them escaped.
fn written(webhook: &Webhook) -> String {
    let message = webhook.message().to_string();
    if message.contains(['\u{fffe}', '\u{ffff}']) {
        return message.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff");
    }
    message
}

/// Answers what was queued: a listener of TMF621 has no content to give, all other senders look for 200.
fn accepted(kind: SourceKind) -> Response {
    match kind {
        SourceKind::Tmf621 => StatusCode::NO_CONTENT.into_response(),
        _ => ([(header::CONTENT_TYPE, "application/json")], r#"{"queued":true}"#).into_response(),
    }
}

fn too_long() -> Problem {
    let remedy = format!("The body is longer than {BODY_BYTES_MAX} bytes, or becomes so by its characters.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("{remedy} Send less at once, in smaller groups."))
}

fn not_allowed(kind: SourceKind) -> Response {
    let allowed = if takes(kind, &Method::GET) { "GET, POST, PUT" } else { "POST, PUT" };
    let mut response = Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Refuses a request in the same words whatever is wrong with its proof: only the log says what it is.
fn refused(source: &Source, error: &AuthError) -> Response {
    let scheme = source.auth.scheme;
    if matches!(error, AuthError::Replayed(_)) {
        let detail = "The request was not signed just now: set the sender's clock, and send it again.";
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    let wanted = format!("the scheme `{}`, with the secret that was entered for it", scheme.as_str());
    let detail = format!("The sender is not proven: this source takes {wanted}.");
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
    let challenge = if scheme == Scheme::Basic { "Basic" } else { "Bearer" };
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// Answers a fault of ours, so that senders repeat.
fn fault(failure: Failure) -> Response {
    let mut response = Problem::fault(&failure).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
    response
}

#[cfg(test)]
mod tests;
