//! Serves customers over HTTP: pages that work without scripts, and a JSON API beside them.
//! Architecture invariant: all access but to the agreement goes through the `CustomerScope` of a verified token;
//! an id in an address, a form or a cursor only selects among that customer's own things.

mod acts;
mod agreement;
pub mod api;
mod claims;
mod exclusions;
mod notices;
mod overview;
mod requests;
mod search;
mod service;
mod statements;
mod subscriptions;
mod tickets;
mod visit;

use ::notices::OwnTopics;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{MethodRouter, get, post};
use shell::Schedules;
use sla::Instant;
use sla::quota::Quotas;
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
    quotas: Quotas,
}

impl Portal {
    /// Builds the portal from the table, the schedules of deadlines, customers' own topics and the sign-in.
    pub fn new(table: Table, schedules: Schedules, own_topics: OwnTopics, sign_in: SignIn) -> Self {
        Self { table, schedules, own_topics, sign_in, quotas: Quotas::default() }
    }

    /// Returns the portal with other quotas than the agreement's.
    #[must_use]
    pub fn with_quotas(self, quotas: Quotas) -> Self {
        Self { quotas, ..self }
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
fn routes() -> [(&'static str, MethodRouter<Portal>); 21] {
    [
        ("/", get(overview::page)),
        ("/services/{service_id}", get(service::page)),
        ("/exclusions/{exclusion_id}/disputes", post(exclusions::dispute)),
        ("/search", get(search::page)),
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
    ]
}

/// Lists the paths of pages, files and forms; those of the API are [`api::paths`].
pub fn paths() -> impl Iterator<Item = &'static str> {
    routes().into_iter().chain(web::sign_in_routes()).map(|(path, _)| path)
}

/// Builds the router of pages, files, forms and the API.
pub fn router(portal: Portal) -> Router {
    let routes = routes().into_iter().chain(web::sign_in_routes());
    let routes = routes.fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    let api = api::router(portal.clone());
    web::site(portal, routes, api)
}
