//! The SDK's HTTP client, answered in process: every call is named, counted, and held, broken or let through
//! by a
//! `Passage`. No socket is opened.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use shell::{Clients, Settings};
use tower::ServiceExt;

use crate::stand_ins::account::{ACCESS_KEY, REGION, SECRET_KEY};

/// The most bytes of an answer from an HTTP interface of this program.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// The most bytes of a request from another client: 64 MB.
const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The result of one attempt of one SDK call.
pub type Answer = Result<HttpResponse, ConnectorError>;

/// A pending [`Answer`].
pub type AnswerFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An engine's answer, with its complete body.
pub type Reply = Response<Bytes>;

/// A pending [`Reply`].
pub type ReplyFuture = Pin<Box<dyn Future<Output = Result<Reply, ConnectorError>> + Send>>;

/// The services that a function calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The bucket.
    S3,
    /// The topics.
    Sns,
    /// The schedules.
    Scheduler,
    /// The queues.
    Sqs,
    /// The secrets.
    Ssm,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Service::DynamoDb => "dynamodb",
            Service::S3 => "s3",
            Service::Sns => "sns",
            Service::Scheduler => "scheduler",
            Service::Sqs => "sqs",
            Service::Ssm => "ssm",
        })
    }
}

/// One attempt of one SDK call, as it leaves the client.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service called.
    pub service: Service,
    /// The operation's name, such as `TransactWriteItems`.
    pub operation: String,
    /// The request's body.
    pub body: Bytes,
    /// The function that makes it; none outside an invocation.
    pub function: Option<&'static str>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.operation)
    }
}

/// Executes the intercepted call with the body that the passage hands on.
pub type Onward = Box<dyn FnOnce(Bytes) -> AnswerFuture + Send>;

/// Intercepts each call on its way to the engine.
pub trait Passage: Send + Sync + 'static {
    /// Answers the call: usually by running `onward`, otherwise with a fault of its own.
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture;
}

/// Lets every call through.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenPassage;

impl Passage for OpenPassage {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        onward(call.body)
    }
}

/// An engine that answers the HTTP requests of one service.
pub trait Engine: Send + Sync + 'static {
    /// Names the service.
    fn service(&self) -> Service;
    /// Names the operation requested.
    fn operation(&self, request: &Request<Bytes>) -> String;
    /// Carries out the request.
    fn answer(&self, request: Request<Bytes>) -> ReplyFuture;
}

impl Call {
    /// True if the call may change state.
    pub fn is_write(&self) -> bool {
        !READS.iter().any(|read| self.operation.starts_with(read))
    }
}

/// Prefixes of the operations that only read.
const READS: [&str; 8] = ["Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "Head", "List"];

tokio::task_local! {
    /// The function invoked in this task.
    static INVOKED: Option<&'static str>;
}

/// Runs an invocation whose SDK calls are attributed to `function`.
pub async fn invoked<F: Future>(function: Option<&'static str>, invocation: F) -> F::Output {
    INVOKED.scope(function, invocation).await
}

/// Counts SDK calls by service and operation.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    calls: BTreeMap<(Service, String), u64>,
    writes: u64,
}

impl Tally {
    /// Returns every count so far.
    pub fn counts(&self) -> BTreeMap<(Service, String), u64> {
        self.look().calls.clone()
    }

    /// Returns the number of calls so far.
    pub fn total(&self) -> u64 {
        self.look().calls.values().sum()
    }

    /// Returns the number of calls so far that may have changed state.
    pub fn writes(&self) -> u64 {
        self.look().writes
    }

    fn add(&self, call: &Call) {
        let mut counts = self.look();
        *counts.calls.entry((call.service, call.operation.clone())).or_default() += 1;
        counts.writes += u64::from(call.is_write());
    }

    fn look(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The HTTP client that an SDK client is built with.
#[derive(Clone)]
pub struct Wire {
    engine: Arc<dyn Engine>,
    passage: Arc<dyn Passage>,
    tally: Tally,
}

impl Wire {
    /// Connects an engine to the SDK through a passage.
    pub fn new(engine: Arc<dyn Engine>, passage: Arc<dyn Passage>, tally: Tally) -> Self {
        Wire { engine, passage, tally }
    }

    /// Builds the functions' cloud clients over this wire.
    pub fn clients(self) -> Clients {
        let settings = Settings {
            region: REGION.to_owned(),
            credentials: Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local"),
            endpoint_url: Some("http://127.0.0.1".to_owned()),
            ca_file: None,
        };
        Clients::with_http(settings, SharedHttpClient::new(self))
    }

    async fn carry(self, request: HttpRequest) -> Answer {
        let request = read(request).await?;
        let call = Call {
            service: self.engine.service(),
            operation: self.engine.operation(&request),
            body: request.body().clone(),
            function: INVOKED.try_with(|function| *function).ok().flatten(),
        };
        self.tally.add(&call);
        let engine = self.engine;
        let onward: Onward = Box::new(move |body| {
            let request = request.map(|_| body);
            Box::pin(async move { sdk_response(engine.answer(request).await?) })
        });
        self.passage.pass(call, onward).await
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.engine.service())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Builds a complete reply with a body of the given type.
pub fn reply(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

/// Serves an engine to other clients over HTTP.
pub fn router(engine: Arc<dyn Engine>) -> Router {
    Router::new().fallback(move |request: Request<Body>| served(engine.clone(), request))
}

async fn served(engine: Arc<dyn Engine>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        let why = format!("the request exceeds {REQUEST_BYTES_MAX} bytes: send it in parts\n");
        return (StatusCode::PAYLOAD_TOO_LARGE, why).into_response();
    };
    match engine.answer(Request::from_parts(parts, bytes)).await {
        Ok(reply) => reply.map(Body::from),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}\n")).into_response(),
    }
}

/// Sends a request to a router without a socket.
pub fn ask(router: Router, request: Request<Bytes>) -> ReplyFuture {
    Box::pin(async move {
        let response = match router.oneshot(request.map(Body::from)).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, ANSWER_BYTES_MAX).await;
        Ok(Response::from_parts(parts, bytes.map_err(|e| ConnectorError::io(e.into()))?))
    })
}

/// Converts a complete reply to the SDK's response.
pub fn sdk_response(reply: Reply) -> Answer {
    HttpResponse::try_from(reply.map(SdkBody::from)).map_err(|e| ConnectorError::user(e.into()))
}

/// Reads an SDK request to its end and adds the `Host` header that a socket would have added.
async fn read(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
    let (mut parts, body) = request.into_parts();
    let bytes = match body.bytes() {
        Some(bytes) => Bytes::copy_from_slice(bytes),
        None => {
            let whole = ByteStream::new(body).collect().await;
            whole.map_err(|e| ConnectorError::user(e.into()))?.into_bytes()
        }
    };
    if let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.entry(header::HOST).or_insert(host);
    }
    Ok(Request::from_parts(parts, bytes))
}
