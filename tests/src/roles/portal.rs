//! The portal in a world of the roles: a customer reads every page and sends every form, in open and closed
//! months, and repeats forms that were accepted long before.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use nines::stand_ins::issuer::{Issuer, Origins};
use nines::stand_ins::wire::{OpenPassage, Passage};
use serde_json::json;
use tower::ServiceExt;

use super::{AUTUMN, command, pass, publication};
use crate::short_june::{
    self, CLOSED, Course, LATE, START, TOLD, approve_exclusion, desk, june_in, mark_invoiced,
    raise_exclusion, review_claim, ticket_event, ticket_opening, tickets, with,
};
use crate::subscribers::Refusing;
use crate::world::{Event, World, WorldError};

/// The portal's origin.
const ORIGIN: &str = "https://portal.example";
/// The longest page.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A customer's second look at their tickets.
const LOOKED: &str = "2026-07-02T12:00:00Z";
/// The last instant at which the resolved ticket can be reopened.
const REOPENED: &str = "2026-07-09T00:00:00Z";

/// Every page once June is closed.
const PAGES: [&str; 22] = [
    "/",
    "/search?words=nothing",
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
    "/openapi.json",
    "/subscriptions",
];

/// Paths that programs read below `/api/v1`.
const ASKED: [&str; 10] = [
    "/overview",
    "/services/api/months/2026-06",
    "/statements",
    "/statements/api/2026-06",
    "/tickets",
    "/tickets/T-1",
    "/claims",
    "/agreement",
    "/agreement/1",
    "/notices?month=2026-07",
];

/// The fields of a form.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// A customer who is signed in.
struct Customer {
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
    subscriptions(&world).await?;
    let customer = sign_in(&world).await?;
    for path in PAGES {
        customer.look(path).await?;
    }
    let window = json!({
        "window_id": "m-found", "starts_at": "2026-10-20T02:00:00Z", "ends_at": "2026-10-20T03:00:00Z",
        "scope": { "services": ["api"] }, "reason": "new switches",
    });
    world.seed(&[command("announce_maintenance", window)]).await?;
    let found = customer.request("GET", "/search?words=m-found").body(Body::empty());
    answered(&customer.router, found, StatusCode::SEE_OTHER).await?;
    programs(&customer).await?;
    Ok(world)
}

/// Signs a customer in; again for each visit, as a token lives for hours.
async fn sign_in(world: &World) -> Result<Customer, WorldError> {
    sign_in_through(world, Arc::new(OpenPassage)).await
}

async fn sign_in_through(world: &World, passage: Arc<dyn Passage>) -> Result<Customer, WorldError> {
    let system = world.process(passage)?;
    let (directory, clock) = (system.directory().clone(), system.clock().clone());
    let origin = |host: &str| format!("https://{host}.example");
    let [issuer, portal, desk, hooks] = ["id", "portal", "desk", "hooks"].map(origin);
    let origins = Origins { issuer, portal, desk, hooks };
    let issuer = Issuer::new(origins, directory, clock)?;
    let acme = "acme".parse().map_err(|e: sla::IdError| WorldError::Table(e.to_string()))?;
    let mut customer = Customer {
        router: system.portal(&issuer),
        token: issuer.customer_token(&acme)?,
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

/// Approves an exclusion of June, and disputes it.
async fn dispute(world: &World) -> Result<(), WorldError> {
    let customer = sign_in(world).await?;
    world.seed(&[desk(raise_exclusion("api")), desk(approve_exclusion())]).await?;
    customer.send("/exclusions/x-1/disputes", &[("statement", "The carrier was up.")]).await
}

/// Tickets about a service and about nothing, each with every reply; two replies are repeated long after.
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
    let (reopened, closed) = ([("key", "k-7"), ("kind", "reopened")], [("key", "k-8"), ("kind", "closed")]);
    customer.send("/tickets/T-2/events", &closed).await?;
    pass(world, LATE, &[]).await?;
    let late = sign_in(world).await?;
    late.send("/claims", &[("service_id", "late"), ("month", "2026-06"), ("kind", "uptime")]).await?;
    // Dated a little ahead and refused, until an earlier reply makes it valid.
    pass(world, REOPENED, &[happened("T-1", "e-1", "2026-07-09T00:03:00Z", "reopened")]).await?;
    sign_in(world).await?.send("/tickets/T-1/events", &reopened).await?;
    // The keys of these replies are forgotten by then: the events that they made answer.
    pass(world, AUTUMN, &[happened("T-1", "e2", AUTUMN, "reopened")]).await?;
    let customer = sign_in(world).await?;
    customer.send("/tickets/T-1/events", &reopened).await?;
    customer.send("/tickets/T-2/events", &closed).await
}

/// Sends notices to an address, then only some of them, then none.
async fn subscriptions(world: &World) -> Result<(), WorldError> {
    let asked = [("protocol", "https"), ("endpoint", "https://example.org/notices")];
    let refusing = Refusing { which: |call| call.operation == "Subscribe", code: "InvalidParameter" };
    let refused = sign_in_through(world, Arc::new(refusing)).await?;
    let other = [("protocol", "email"), ("endpoint", "nobody@example.org"), ("key", "s-0")];
    let request = refused.form("/subscriptions", &other);
    answered(&refused.router, request, StatusCode::UNPROCESSABLE_ENTITY).await?;
    let customer = sign_in(world).await?;
    for (key, more) in [("s-1", None), ("s-2", Some(("severities.critical", "on"))), ("s-3", None)] {
        let fields: Vec<(&str, &str)> = asked.into_iter().chain([("key", key)]).chain(more).collect();
        customer.send("/subscriptions", &fields).await?;
    }
    let page = customer.look("/subscriptions").await?;
    let ends = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for end in ends.filter(|action| action.ends_with("/end")) {
        customer.send(end, &[("key", "s-4")]).await?;
    }
    customer.look("/subscriptions").await.map(drop)
}

/// Reads and sends as a program everything that pages show and forms do.
async fn programs(customer: &Customer) -> Result<(), WorldError> {
    for path in ASKED {
        let request = customer.program("GET", path, "").body(Body::empty());
        answered(&customer.router, request, StatusCode::OK).await?;
    }
    let made = [
        ("/tickets", json!({ "level": 2, "title": "down again", "service_id": "api" }), StatusCode::CREATED),
        (
            "/claims",
            json!({ "service_id": "api", "month": "2026-06", "kind": "uptime" }),
            StatusCode::CREATED,
        ),
    ];
    for (path, body, status) in made {
        let request = customer.program("POST", path, path).body(Body::from(body.to_string()));
        answered(&customer.router, request, status).await?;
    }
    Ok(())
}

impl Customer {
    /// Opens a page, which must exist.
    async fn look(&self, path: &str) -> Result<String, WorldError> {
        let request = self.request("GET", path).body(Body::empty());
        answered(&self.router, request, StatusCode::OK).await
    }

    /// Sends a form, which must be accepted.
    async fn send(&self, path: &str, fields: Fields<'_>) -> Result<(), WorldError> {
        answered(&self.router, self.form(path, fields), StatusCode::SEE_OTHER).await.map(drop)
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

    fn program(&self, method: &str, path: &str, key: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", format!("key{}", key.replace('/', "-")))
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookie = format!("__Host-nines={}", self.token);
        Request::builder().method(method).uri(path).header(header::COOKIE, cookie)
    }
}

/// Sends a request to the portal, which must answer with the expected status.
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
