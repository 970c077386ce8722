//! Serves customers over HTTP: pages that work without scripts, and a JSON API beside them.
//! Architecture invariant: all access goes through the `CustomerScope` of a verified token; an id in an
//! address, a form or a cursor only selects among that customer's own things.

mod acts;
mod agreement;
mod answers;
pub mod api;
mod claims;
mod exclusions;
mod inputs;
mod notices;
mod overview;
mod requests;
mod service;
mod sign_in;
mod statements;
mod subscriptions;
mod tickets;

use ::notices::OwnTopics;
use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use shell::Schedules;
use sla::Instant;
use table::Table;
use web::SignIn;

/// Name of the cookie that holds a customer's session.
pub const SESSION_COOKIE: &str = "__Host-nines";

/// The dependencies of every request.
#[derive(Debug, Clone)]
pub struct Portal {
    table: Table,
    schedules: Schedules,
    own_topics: OwnTopics,
    sign_in: SignIn,
}

impl Portal {
    /// Builds the portal from the table, the schedules of deadlines, customers' own topics and the sign-in.
    pub fn new(table: Table, schedules: Schedules, own_topics: OwnTopics, sign_in: SignIn) -> Self {
        Self { table, schedules, own_topics, sign_in }
    }

    /// Returns the current instant.
    fn now(&self) -> Instant {
        self.sign_in.now()
    }
}

impl FromRef<Portal> for SignIn {
    fn from_ref(portal: &Portal) -> Self {
        portal.sign_in.clone()
    }
}

/// Lists the routes of pages, files and forms, one per line.
fn routes() -> [(&'static str, MethodRouter<Portal>); 24] {
    [
        ("/", get(overview::page)),
        ("/services/{service_id}", get(service::page)),
        ("/exclusions/{exclusion_id}/disputes", post(exclusions::dispute)),
        ("/statements", get(statements::list)),
        ("/statements/{service_id}/{month}", get(statements::page)),
        ("/statements/{service_id}/{month}/statement.json", get(statements::download_json)),
        ("/statements/{service_id}/{month}/statement.csv", get(statements::download_csv)),
        ("/tickets", get(tickets::list).post(tickets::open)),
        ("/tickets/new", get(tickets::form)),
        ("/tickets/{ticket_id}", get(tickets::page)),
        ("/tickets/{ticket_id}/state", get(tickets::state)),
        ("/tickets/{ticket_id}/events", post(tickets::reply)),
        ("/claims", get(claims::list).post(claims::file)),
        ("/claims/new", get(claims::form)),
        ("/agreement", get(agreement::page)),
        ("/agreement/{revision}", get(agreement::revision)),
        ("/notices", get(notices::page)),
        ("/openapi.json", get(api::document)),
        ("/subscriptions", get(subscriptions::page).post(subscriptions::subscribe)),
        ("/subscriptions/{subscription_id}/end", post(subscriptions::unsubscribe)),
        ("/sign-in", get(sign_in::page)),
        ("/sign-in/begin", get(sign_in::begin)),
        ("/sign-in/callback", get(sign_in::callback)),
        ("/sign-out", post(sign_in::sign_out)),
    ]
}

/// Lists the paths of pages, files and forms; those of the API are [`api::paths`].
pub fn paths() -> impl Iterator<Item = &'static str> {
    routes().into_iter().map(|(path, _)| path)
}

/// Builds the router of pages, files, forms and the API.
pub fn router(portal: Portal) -> Router {
    let (css, script) = (pages::assets::css(), pages::assets::script());
    let api = web::bounded(Router::new().fallback_service(api::router(portal.clone())));
    let routes = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .route(css.path, get(|| async { web::asset(css.content_type, css.body) }))
        .route(script.path, get(|| async { web::asset(script.content_type, script.body) }))
        .fallback(answers::nowhere)
        .with_state(portal.clone());
    // One service each: a layer on the routes themselves would be built once per route, at every start.
    let pages = web::bounded(Router::new().fallback_service(routes))
        .layer(from_fn_with_state(portal, answers::as_page));
    web::guarded(Router::new().nest_service("/api", api).fallback_service(pages))
}
