//! Serves staff over HTTP: queues, pages, a form for each command, and the commands as a JSON API.
//! Architecture invariants: nothing is shown or changed without a verified person of staff or finance; every
//! change is a command of `desk`, recorded under the id of that person's token.

pub mod api;

mod bulk;
mod changes;
mod commands;
mod customers;
mod exclusions;
mod fields;
mod imports;
mod inputs;
mod maintenance;
mod mapping;
mod months;
mod picking;
mod proposals;
mod quarantine;
mod reviews;
mod roles;
mod search;
mod secrets;
mod services;
mod sources;
mod targets;
mod terms;
mod tickets;
mod trial;
mod visit;
mod voids;
mod waiting;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use shell::Secrets;
use table::Table;
use web::SignIn;

/// Name of the cookie that holds a session at the desk.
pub const SESSION_COOKIE: &str = "__Host-nines-desk";

/// The dependencies of every request.
#[derive(Debug, Clone)]
pub struct Desk {
    table: Table,
    sign_in: SignIn,
    senders: Senders,
}

/// Resources of the desk for the senders of webhooks.
#[derive(Debug, Clone)]
pub struct Senders {
    /// Their secrets.
    pub secrets: Secrets,
    /// The origin to which they send, such as `https://hooks.example`.
    pub hooks: String,
}

impl Desk {
    /// Builds the desk from the table, the sign-in, and what it needs for senders of webhooks.
    pub fn new(table: Table, sign_in: SignIn, senders: Senders) -> Self {
        Self { table, sign_in, senders }
    }
}

impl FromRef<Desk> for SignIn {
    fn from_ref(desk: &Desk) -> Self {
        desk.sign_in.clone()
    }
}

/// Builds the router of pages, forms and the API.
pub fn router(desk: Desk) -> Router {
    let routes = Router::new()
        .route("/", get(waiting::page))
        .route("/search", get(search::page))
        .route("/tickets", get(tickets::list))
        .route("/tickets/new", get(tickets::form))
        .route("/tickets/{ticket_id}", get(tickets::page))
        .route("/tickets/{ticket_id}/state", get(tickets::state))
        .route("/customers", get(customers::list))
        .route("/customers/new", get(customers::form))
        .route("/customers/{customer_id}", get(customers::page))
        .route("/services", get(services::list))
        .route("/services/new", get(services::form))
        .route("/services/{service_id}", get(services::page))
        .route("/sources", get(sources::list))
        .route("/sources/new", get(sources::form))
        .route("/sources/{source_id}", get(sources::page))
        .route("/sources/{source_id}/map", get(sources::map))
        .route("/sources/{source_id}/secret", post(secrets::change))
        .route("/sources/{source_id}/trial", get(trial::page))
        .route("/targets", get(targets::list))
        .route("/targets/new", get(targets::form))
        .route("/targets/{target_id}", get(targets::page))
        .route("/statements/{service_id}/{month}", get(services::statement))
        .route("/imports/new", get(imports::form).post(imports::preview))
        .route("/imports/{import_id}", get(imports::page))
        .route("/maintenance", get(maintenance::list))
        .route("/maintenance/new", get(maintenance::form))
        .route("/exclusions", get(exclusions::list))
        .route("/exclusions/new", get(exclusions::form))
        .route("/exclusions/{exclusion_id}", get(exclusions::page))
        .route("/voids", get(voids::list))
        .route("/voids/new", get(voids::form))
        .route("/voids/{void_id}", get(voids::page))
        .route("/reviews", get(reviews::list).post(bulk::review))
        .route("/claims/{claim_id}", get(reviews::claim))
        .route("/waiting", get(proposals::list))
        .route("/waiting/{change_id}", get(proposals::page))
        .route("/quarantine", get(quarantine::list))
        .route("/quarantine/{quarantine_id}", get(quarantine::page))
        .route("/terms", get(terms::page).post(terms::publish))
        .route("/terms/draft", get(terms::draft).post(terms::preview))
        .route("/roles", get(roles::list))
        .route("/months", get(months::list))
        .route("/months/{month}", get(months::page))
        .route("/changes", get(changes::list))
        .route("/commands/{command}", post(commands::run))
        .route("/openapi.json", get(api::document));
    let routes =
        web::sign_in_routes().into_iter().fold(routes, |router, (path, methods)| router.route(path, methods));
    let api = api::router(desk.clone());
    web::site(desk, routes, api)
}
