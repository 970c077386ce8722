//! Two customers with everything that a customer can have, and a visitor of the portal.

use std::sync::Arc;

use acceptance::short_june::{
    CLOSED, Course, START, TOLD, approve_exclusion, checks, customer, desk, file_claim, june_in,
    raise_exclusion, service, ticket_opening, tickets, with,
};
use acceptance::world::{Event, World};
use access::{Audience, Keys};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use nines::stand_ins::issuer::{Issuer, Origins, PORTAL, STAFF};
use nines::stand_ins::wire::OpenPassage;
use nines::system::{System, TABLE};
use serde_json::{Value, json};
use table::{CustomerScope, Table};
use tower::ServiceExt;

pub const ORIGIN: &str = "https://portal.example";
pub const DESK_ORIGIN: &str = "https://desk.example";
/// Instant of the visits: June is closed, its exclusion approved and open to dispute, its claims can be
/// filed.
pub const NOW: &str = "2026-07-03T12:00:00Z";
/// The longest page.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// The portal over a world, and its issuer.
pub struct Visited {
    /// The world whose roles every call is held against.
    world: Option<World>,
    pub system: System,
    pub issuer: Issuer,
    pub router: Router,
    origin: &'static str,
    cookie: &'static str,
    /// A page with a form, which holds the session's secret.
    form: &'static str,
}

/// A world in which `acme` has a service that breached June, an exclusion, a ticket and a claim, and `other`
/// has the same, under names that must never reach anybody else.
pub async fn world() -> World {
    let world = june_in(World::at(START).await.unwrap(), &[("api", Course::Breached)], TOLD).await.unwrap();
    world.seed(&[service("secret-line", "other", 77_700, "EUR")]).await.unwrap();
    let of_other = |value: Value| with(value, json!({ "customer_id": "other" }));
    let secret =
        json!({ "ticket_id": "secret-ticket", "title": "secret trouble", "service_id": "secret-line" });
    let own = json!({ "service_id": "api", "title": "our trouble" });
    world
        .seed(&[
            tickets(&[with(ticket_opening("2026-06-30T23:10:00Z"), own)]),
            tickets(&[with(of_other(ticket_opening("2026-06-30T23:10:00Z")), secret)]),
            checks(&Course::Breached.checks("secret-line")),
        ])
        .await
        .unwrap();
    world.advance_to(CLOSED).unwrap();
    world.seed(&[Event::new("close-month", json!({ "month": "2026-06" }))]).await.unwrap();
    let secret_exclusion = json!({ "exclusion_id": "secret-x", "evidence": "secret evidence" });
    let secret_claim = json!({ "service_id": "secret-line", "note": "secret note" });
    world
        .seed(&[
            desk(raise_exclusion("api")),
            desk(with(raise_exclusion("secret-line"), secret_exclusion)),
            desk(with(of_other(file_claim("secret-line", "uptime")), secret_claim)),
            desk(approve_exclusion()),
            desk(with(approve_exclusion(), json!({ "exclusion_id": "secret-x" }))),
            customer("third"),
        ])
        .await
        .unwrap();
    world.advance_to(NOW).unwrap();
    world
}

/// Opens the portal over a world.
pub fn visit(world: &World) -> Visited {
    let visited = through(world.process(Arc::new(OpenPassage)).unwrap());
    Visited { world: Some(world.clone()), ..visited }
}

/// Opens the portal of a process, without comparing its calls with roles.
pub fn through(system: System) -> Visited {
    let issuer = issuer(&system);
    let router = system.portal(&issuer);
    let cookie = serve_portal::SESSION_COOKIE;
    Visited { world: None, system, issuer, router, origin: ORIGIN, cookie, form: "/tickets/new" }
}

/// Opens the desk over a world.
pub fn visit_desk(world: &World) -> Visited {
    let system = world.process(Arc::new(OpenPassage)).unwrap();
    let issuer = issuer(&system);
    let router = system.desk(&issuer);
    let (world, cookie) = (Some(world.clone()), serve_desk::SESSION_COOKIE);
    Visited { world, system, issuer, router, origin: DESK_ORIGIN, cookie, form: "/customers/new" }
}

fn issuer(system: &System) -> Issuer {
    let (directory, clock) = (system.directory().clone(), system.clock().clone());
    let origin = |host: &str| format!("https://{host}.example");
    let [issuer, portal, desk, hooks] = ["id", "portal", "desk", "hooks"].map(origin);
    let origins = Origins { issuer, portal, desk, hooks };
    Issuer::new(origins, directory, clock).unwrap()
}

impl Visited {
    /// Replaces the portal by that of another process, with the same issuer.
    pub fn with_router(self, system: &System) -> Self {
        Self { router: system.portal(&self.issuer), ..self }
    }

    pub fn token(&self, customer: &str) -> String {
        self.issuer.customer_token(&customer.parse().unwrap()).unwrap()
    }

    /// Returns the token of a member of staff, by id.
    pub fn staff(&self, id: &str) -> String {
        self.issuer.staff_token(STAFF.iter().find(|member| member.id == id).unwrap()).unwrap()
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        if let Some(world) = &self.world {
            let kept = world.keeps_to_roles().map_err(|error| error.to_string());
            assert_eq!(kept, Ok(()));
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), PAGE_BYTES_MAX).await.unwrap();
        if let Some(length) = headers.get(header::CONTENT_LENGTH) {
            assert_eq!(
                length.to_str().unwrap(),
                bytes.len().to_string(),
                "{status}: the length is the body's"
            );
        }
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Gets a page with a session's token, or none.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.ask(self.request("GET", path, token).body(Body::empty()).unwrap()).await
    }

    /// Posts a form with a session's token, or none; `csrf` is a field like any other.
    pub async fn post(&self, path: &str, token: Option<&str>, fields: &[(&str, &str)]) -> Answer {
        let form: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", web::query_text(value))).collect();
        let request = self
            .request("POST", path, token)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, self.origin);
        self.ask(request.body(Body::from(form.join("&"))).unwrap()).await
    }

    /// Returns a customer's scope of the table, through the portal's own client.
    pub async fn scope(&self, customer: &str) -> CustomerScope {
        let audience = Audience { issuer: self.issuer.origin().to_owned(), audience: PORTAL.to_owned() };
        let keys = Request::get("/jwks.json").body(Body::empty()).unwrap();
        let keys = self.issuer.router().oneshot(keys).await.unwrap();
        let keys = Keys::parse(&to_bytes(keys.into_body(), PAGE_BYTES_MAX).await.unwrap()).unwrap();
        let access = audience.verify(&self.token(customer), &keys, self.system.clock().now()).unwrap();
        Table::new(self.system.dynamodb().clone(), TABLE).scope(&access.customer().unwrap())
    }

    /// Returns the secret in a session's forms.
    pub async fn csrf(&self, token: &str) -> String {
        hidden(&self.get(self.form, Some(token)).await.text, "csrf")
    }

    fn request(&self, method: &str, path: &str, token: Option<&str>) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match token {
            Some(token) => request.header(header::COOKIE, format!("{}={token}", self.cookie)),
            None => request,
        }
    }
}

/// Finds the value of a hidden field.
#[track_caller]
pub fn hidden(page: &str, name: &str) -> String {
    let field =
        page.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
    assert!(field.is_some(), "no {name}: {page}");
    field.unwrap_or_default().to_owned()
}
