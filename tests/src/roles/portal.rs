//! The portal in a world of the roles: a customer looks at every page and sends every form, in open and closed
//! months, and sends again what a process that died had only remembered.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use nines::issuer::{Issuer, Origins};
use nines::wire::{OpenPassage, Passage};
use serde_json::json;
use tower::ServiceExt;

use super::{AUTUMN, command, pass, publication};
use crate::faults::Lost;
use crate::short_june::{
    self, CLOSED, Course, LATE, START, TOLD, approve_exclusion, desk, june_in, mark_invoiced,
    raise_exclusion, review_claim, ticket_event, ticket_opening, tickets, with,
};
use crate::world::{Event, World, WorldError};

/// Where the portal of such a world is reached.
const ORIGIN: &str = "https://portal.example";
/// The longest page.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A customer's second look at their tickets: one is resolved, and can still be reopened.
const LOOKED: &str = "2026-07-02T12:00:00Z";

/// Every page once June is closed.
const PAGES: [&str; 20] = [
    "/",
    "/?after=a",
    "/services/api",
    "/services/api?month=2026-06",
    "/statements",
    "/statements/api/2026-06",
    "/statements/api/2026-06?revision=1",
    "/statements/api/2026-06/statement.json",
    "/statements/api/2026-06/statement.csv",
    "/tickets",
    "/tickets/new",
    "/tickets/T-1",
    "/tickets/T-1/state",
    "/claims",
    "/claims/new?service_id=api&month=2026-06&kind=uptime",
    "/agreement",
    "/agreement/1",
    "/notices",
    "/notices?month=2026-07",
    "/subscriptions",
];

/// The fields of a form.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// A customer who is signed in.
struct Customer {
    issuer: Issuer,
    router: Router,
    token: String,
    csrf: String,
}

/// A customer's life with the portal.
pub async fn life() -> Result<World, WorldError> {
    let services = [
        ("api", Course::Breached),
        ("late", Course::Breached),
        ("slow", Course::SlowAndBreached),
        ("kept", Course::Kept),
        ("lost", Course::Unknown),
    ];
    let world = june_in(World::without_roles(START).await?, &services, TOLD).await?;
    let customer = sign_in(&world).await?;
    for path in ["/", "/services/api", "/tickets", "/statements", "/claims", "/notices", "/agreement"] {
        customer.look(path).await?;
    }
    claim_in_every_month(&world).await?;
    dispute(&world).await?;
    world.seed(&[publication()?]).await?;
    sign_in(&world).await?.look("/agreement").await?;
    tickets_and_replies(&world).await?;
    notices_sent(&world).await?;
    let customer = sign_in(&world).await?;
    for path in PAGES {
        customer.look(path).await?;
    }
    Ok(world)
}

/// Signs a customer in: a token lives for hours, so whoever comes back later signs in again.
async fn sign_in(world: &World) -> Result<Customer, WorldError> {
    let system = world.process(Arc::new(OpenPassage))?;
    let (directory, clock) = (system.directory().clone(), system.clock().clone());
    let origin = |host: &str| format!("https://{host}.example");
    let origins = Origins { issuer: origin("id"), portal: origin("portal"), desk: origin("desk") };
    let issuer = Issuer::new(origins, directory, clock)?;
    let acme = "acme".parse().map_err(|e: sla::IdError| WorldError::Table(e.to_string()))?;
    let mut customer = Customer {
        router: system.portal(&issuer),
        token: issuer.customer_token(&acme)?,
        issuer,
        csrf: String::new(),
    };
    let form = customer.look("/tickets/new").await?;
    let csrf = form.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    csrf.unwrap_or_default().clone_into(&mut customer.csrf);
    Ok(customer)
}

/// Claims while June is open, once it is closed, once its bills are out, too late, and twice.
async fn claim_in_every_month(world: &World) -> Result<(), WorldError> {
    let customer = sign_in(world).await?;
    let claim = |service, kind| [("service_id", service), ("month", "2026-06"), ("kind", kind)];
    for (service, kind) in [("api", "uptime"), ("slow", "performance"), ("lost", "uptime"), ("api", "uptime")]
    {
        customer.send("/claims", &claim(service, kind)).await?;
    }
    pass(world, CLOSED, &[Event::new("close-month", json!({ "month": "2026-06" }))]).await?;
    let customer = sign_in(world).await?;
    let listed = world.seed(&[command("list_claims", json!({ "state": "review" }))]).await?;
    let reviewed = listed.iter().filter_map(|answer| answer.get("claims")?.as_array()).flatten();
    for id in reviewed.filter_map(|claim| claim.get("claim_id")?.as_str()) {
        drop(world.invoke(&desk(review_claim(id, Some(10_000)))).await?);
    }
    customer.send("/claims", &claim("kept", "uptime")).await?;
    world.seed(&[desk(mark_invoiced("2026-06")), short_june::export()]).await?;
    customer.send("/claims", &claim("slow", "uptime")).await?;
    Ok(())
}

/// An exclusion of June is approved, and disputed.
async fn dispute(world: &World) -> Result<(), WorldError> {
    let customer = sign_in(world).await?;
    world.seed(&[desk(raise_exclusion("api")), desk(approve_exclusion())]).await?;
    customer.send("/exclusions/x-1/disputes", &[("statement", "The carrier was up.")]).await
}

/// Tickets about a service and about nothing, each with every reply; and two whose replies come late, since the process
/// that took them first had only remembered them.
async fn tickets_and_replies(world: &World) -> Result<(), WorldError> {
    let customer = sign_in(world).await?;
    let opening =
        |id: &str| tickets(&[with(ticket_opening(CLOSED), json!({ "ticket_id": id, "service_id": "api" }))]);
    let happened = |id: &str, event_id: &str, at: &str, kind: &str| {
        tickets(&[ticket_event(event_id, at, kind, json!({ "ticket_id": id }))])
    };
    world.seed(&["T-1", "T-2", "T-3"].map(opening)).await?;
    world
        .seed(&[
            happened("T-1", "e1", CLOSED, "resolved"),
            happened("T-3", "e1", CLOSED, "waiting_on_customer"),
        ])
        .await?;
    let opened =
        [("key", "k-1"), ("level", "1"), ("title", "down"), ("service_id", "api"), ("links_to", "T-1")];
    customer.send("/tickets", &opened).await?;
    customer.send("/tickets", &[("key", "k-2"), ("level", "3"), ("title", "a question")]).await?;
    for (key, kind) in [("k-3", "resumed"), ("k-4", "closed"), ("k-5", "reopened"), ("k-6", "cancelled")] {
        customer.send("/tickets/T-3/events", &[("key", key), ("kind", kind)]).await?;
    }
    pass(world, LOOKED, &[]).await?;
    let customer = sign_in(world).await?;
    let (reopened, cancelled) =
        ([("key", "k-7"), ("kind", "reopened")], [("key", "k-8"), ("kind", "cancelled")]);
    customer.die_of("/tickets/T-1/events", &reopened, world).await?;
    customer.die_of("/tickets/T-2/events", &cancelled, world).await?;
    world.seed(&[happened("T-2", "e2", LOOKED, "reopened")]).await?;
    pass(world, LATE, &[]).await?;
    let late = sign_in(world).await?;
    late.send("/claims", &[("service_id", "late"), ("month", "2026-06"), ("kind", "uptime")]).await?;
    pass(world, AUTUMN, &[happened("T-1", "e2", AUTUMN, "reopened")]).await?;
    let customer = sign_in(world).await?;
    customer.send("/tickets/T-1/events", &reopened).await?;
    customer.send("/tickets/T-2/events", &cancelled).await
}

/// Endpoints that are subscribed, subscribed anew with another choice, and ended; twice, as whoever sends a form again.
async fn notices_sent(world: &World) -> Result<(), WorldError> {
    let customer = sign_in(world).await?;
    let mail = [("key", "s-1"), ("protocol", "email"), ("endpoint", "ops@example.com")];
    let some = [
        ("key", "s-2"),
        ("protocol", "email"),
        ("endpoint", "ops@example.com"),
        ("severities.critical", "on"),
    ];
    let https = [("key", "s-3"), ("protocol", "https"), ("endpoint", "https://hooks.example.com/nines")];
    for fields in [&mail[..], &mail, &some, &https] {
        customer.send("/subscriptions", fields).await?;
    }
    let page = customer.look("/subscriptions").await?;
    let ends = page.split("action=\"").filter_map(|rest| rest.split_once("/end\"")).map(|(path, _)| path);
    for (nth, path) in ends.enumerate() {
        let key = format!("s-end-{nth}");
        for _ in 0..2 {
            customer.send(&format!("{path}/end"), &[("key", &key)]).await?;
        }
    }
    customer.send("/subscriptions", &[("key", "s-4"), https[1], https[2]]).await
}

impl Customer {
    /// Looks at a page, which must be there.
    async fn look(&self, path: &str) -> Result<String, WorldError> {
        let request = self.request("GET", path).body(Body::empty());
        answered(&self.router, request, StatusCode::OK).await
    }

    /// Sends a form, which must be taken.
    async fn send(&self, path: &str, fields: Fields<'_>) -> Result<(), WorldError> {
        answered(&self.router, self.form(path, fields), StatusCode::SEE_OTHER).await.map(drop)
    }

    /// Sends a form to a process that comes no further than to remember it.
    async fn die_of(&self, path: &str, fields: Fields<'_>, world: &World) -> Result<(), WorldError> {
        let lost: Arc<dyn Passage> = Arc::new(Lost(|call| call.operation == "TransactWriteItems"));
        let router = world.process(lost)?.portal(&self.issuer);
        let refused = StatusCode::SERVICE_UNAVAILABLE;
        answered(&router, self.form(path, fields), refused).await.map(drop)
    }

    fn form(&self, path: &str, fields: Fields<'_>) -> axum::http::Result<Request<Body>> {
        let own = [("csrf", self.csrf.as_str())];
        let pairs =
            own.iter().chain(fields).map(|(name, value)| format!("{name}={}", web::query_text(value)));
        self.request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, ORIGIN)
            .body(Body::from(pairs.collect::<Vec<_>>().join("&")))
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookie = format!("__Host-nines={}", self.token);
        Request::builder().method(method).uri(path).header(header::COOKIE, cookie)
    }
}

/// Asks the portal, which must answer as expected.
pub async fn answered(
    router: &Router,
    request: axum::http::Result<Request<Body>>,
    expected: StatusCode,
) -> Result<String, WorldError> {
    let fault = |error: &dyn std::fmt::Display| WorldError::Table(error.to_string());
    let request = request.map_err(|e| fault(&e))?;
    let path = request.uri().to_string();
    let answer = match router.clone().oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let status = answer.status();
    let body = to_bytes(answer.into_body(), PAGE_BYTES_MAX).await.map_err(|e| fault(&e))?;
    let text = String::from_utf8_lossy(&body).into_owned();
    if status == expected { Ok(text) } else { Err(WorldError::Answered { path, status, text }) }
}
