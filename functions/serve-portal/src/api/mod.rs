//! The JSON API over the same data as the pages: access tokens, problem details, cursors, entity tags and
//! idempotency keys. `openapi.json` describes it and is generated from these types.
//! Architecture invariant: no cookie opens it, so that no other site's page can make a browser use it.

mod agreement;
mod claims;
pub(crate) mod cursor;
mod maintenance;
pub(crate) mod notices;
mod overview;
mod service;
mod statements;
mod tickets;

pub use agreement::{Agreement, Revision};
pub use claims::{AnsweredClaim, Claimable, Claims, NewDispute};
pub use maintenance::{MaintenanceWindow, Upcoming};
pub use notices::Notices;
pub use overview::{Overview, ServiceNow};
pub use service::{DayMean, MetricDays, OpenClaim, ServiceMonth, TimelineStretch};
pub use statements::{RevisionLine, StatedMonth, StatementLine, Statements};
pub use tickets::{
    NewReply, OpenedTicket, RecordedReply, Ticket, TicketClock, TicketHistory, TicketStep, Tickets,
};

pub use table::{NewClaim, NewTicket};

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde::Serialize;
use sla::Instant;
use table::CustomerScope;
use web::{Bearer, Parameters, Problem};

use crate::Portal;

/// Base path of the API; another version would stand beside it.
pub const BASE: &str = "/api/v1";
/// The committed description.
const DOCUMENT: &str = include_str!("../../openapi.json");

/// The response of a handler.
type Answer = Result<Response, Problem>;

/// The calling customer.
#[derive(Debug)]
struct Caller {
    scope: CustomerScope,
    now: Instant,
}

/// The query parameters of a request.
#[derive(Debug)]
struct ApiParameters(Parameters);

impl FromRequestParts<Portal> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Problem> {
        let Bearer(access) = Bearer::from_request_parts(parts, portal).await?;
        Ok(Self { scope: portal.scope(&access)?.by_api(), now: portal.now() })
    }
}

impl<S: Sync> FromRequestParts<S> for ApiParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(query) = Query::try_from_uri(&parts.uri).map_err(|_| {
            Problem::bad_request("the query cannot be read: give each parameter once, as text")
        })?;
        Ok(Self(query))
    }
}

/// Lists the routes below [`BASE`], one per line.
fn routes() -> [(&'static str, MethodRouter<Portal>); 12] {
    [
        ("/overview", get(overview::show)),
        ("/services/{service_id}/months/{month}", get(service::show)),
        ("/statements", get(statements::list)),
        ("/statements/{service_id}/{month}", get(statements::show)),
        ("/tickets", get(tickets::list).post(tickets::open)),
        ("/tickets/{ticket_id}", get(tickets::show)),
        ("/tickets/{ticket_id}/events", post(tickets::reply)),
        ("/claims", get(claims::list).post(claims::file)),
        ("/exclusions/{exclusion_id}/disputes", post(claims::dispute)),
        ("/agreement", get(agreement::in_force)),
        ("/agreement/{revision}", get(agreement::show)),
        ("/notices", get(notices::list)),
    ]
}

/// Lists the API's paths below [`BASE`].
pub fn paths() -> impl Iterator<Item = &'static str> {
    routes().into_iter().map(|(path, _)| path)
}

/// Builds the API's router, to be mounted at `/api`.
pub(crate) fn router(portal: Portal) -> Router {
    let routed = |router: Router<Portal>, (path, methods): (&str, MethodRouter<Portal>)| {
        router.route(&format!("/v1{path}"), methods)
    };
    routes().into_iter().fold(Router::new(), routed).fallback(nowhere).with_state(portal)
}

/// Serves the description.
pub(crate) async fn document(headers: HeaderMap) -> Response {
    web::tagged(&headers, "application/json", DOCUMENT.as_bytes().to_vec())
}

async fn nowhere() -> Problem {
    let detail = "Nothing is served at this address: /openapi.json lists the addresses.";
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// Responds with the thing that a request created, now or before.
fn created(value: &impl Serialize) -> Response {
    (StatusCode::CREATED, Json(value)).into_response()
}
