//! Serves staff over HTTP: queues, pages, a form for each command, and the commands as a JSON API.
//! Architecture invariants: nothing is shown or changed without a verified person of staff or finance; every
//! change is a command of `desk`, recorded under the id of that person's token.

pub mod api;

mod answers;
mod commands;
mod customers;
mod exclusions;
mod fields;
mod inputs;
mod maintenance;
mod months;
mod quarantine;
mod reviews;
mod services;
mod sign_in;
mod terms;
mod voids;
mod waiting;

use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use table::Table;
use web::SignIn;

/// Name of the cookie that holds a session at the desk.
pub const SESSION_COOKIE: &str = "__Host-nines-desk";

/// The dependencies of every request.
#[derive(Debug, Clone)]
pub struct Desk {
    table: Table,
    sign_in: SignIn,
}

impl Desk {
    /// Builds the desk from the table and the sign-in.
    pub fn new(table: Table, sign_in: SignIn) -> Self {
        Self { table, sign_in }
    }
}

impl FromRef<Desk> for SignIn {
    fn from_ref(desk: &Desk) -> Self {
        desk.sign_in.clone()
    }
}

/// Builds the router of pages, forms and the API.
pub fn router(desk: Desk) -> Router {
    let (css, script) = (pages::assets::css(), pages::assets::script());
    let api = web::bounded(api::router(desk.clone()));
    let routes = Router::new()
        .route("/", get(waiting::page))
        .route("/customers", get(customers::list))
        .route("/customers/new", get(customers::form))
        .route("/customers/{customer_id}", get(customers::page))
        .route("/services/new", get(services::form))
        .route("/services/{service_id}", get(services::page))
        .route("/statements/{service_id}/{month}", get(services::statement))
        .route("/maintenance", get(maintenance::list))
        .route("/maintenance/new", get(maintenance::form))
        .route("/exclusions", get(exclusions::list))
        .route("/exclusions/new", get(exclusions::form))
        .route("/exclusions/{exclusion_id}", get(exclusions::page))
        .route("/voids", get(voids::list))
        .route("/voids/new", get(voids::form))
        .route("/voids/{void_id}", get(voids::page))
        .route("/reviews", get(reviews::list))
        .route("/claims/{claim_id}", get(reviews::claim))
        .route("/quarantine", get(quarantine::list))
        .route("/quarantine/{quarantine_id}", get(quarantine::page))
        .route("/terms", get(terms::page).post(terms::publish))
        .route("/terms/draft", get(terms::draft).post(terms::preview))
        .route("/months", get(months::list))
        .route("/months/{month}", get(months::page))
        .route("/commands/{command}", post(commands::run))
        .route("/openapi.json", get(api::document))
        .route("/sign-in", get(sign_in::page))
        .route("/sign-in/begin", get(sign_in::begin))
        .route("/sign-in/callback", get(sign_in::callback))
        .route("/sign-out", post(sign_in::sign_out))
        .route(css.path, get(|| async { web::asset(css.content_type, css.body) }))
        .route(script.path, get(|| async { web::asset(script.content_type, script.body) }))
        .fallback(answers::nowhere)
        .with_state(desk.clone());
    // One service: a layer on the routes themselves would be built once per route, at every start.
    let pages = web::bounded(Router::new().fallback_service(routes))
        .layer(from_fn_with_state(desk, answers::as_page));
    web::guarded(Router::new().nest_service("/api", api).fallback_service(pages))
}
