//! The desk in a world of the roles: a member of staff reads every page and drafts terms. Its forms run the
//! same code as the commands of `run-desk`, which the other worlds take down every path.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use nines::stand_ins::issuer::{Issuer, Origins, STAFF};
use nines::stand_ins::wire::OpenPassage;
use serde_json::{Value, json};

use super::portal::answered;
use super::{REVISION, command};
use crate::world::{World, WorldError};

/// Every page about what a customer's life has left behind.
const PAGES: [&str; 40] = [
    "/",
    "/services",
    "/search?words=api+nothing",
    "/search?words=7k3m9q",
    "/waiting",
    "/tickets",
    "/tickets?show=mine",
    "/tickets/new",
    "/customers",
    "/customers?after=a",
    "/customers/new",
    "/customers/acme",
    "/services/new?customer_id=acme",
    "/services/api",
    "/services/api?month=2026-06",
    "/statements/api/2026-06",
    "/statements/api/2026-06?revision=1",
    "/imports/new",
    "/maintenance",
    "/maintenance?month=2026-07",
    "/maintenance/new",
    "/exclusions",
    "/exclusions?month=2026-06",
    "/exclusions/new?service_id=api",
    "/exclusions/x-1",
    "/voids",
    "/roles",
    "/voids?month=2026-06",
    "/voids/new?service_id=api",
    "/reviews",
    "/reviews?after=a",
    "/quarantine",
    "/terms",
    "/terms/draft",
    "/months",
    "/months/2026-06",
    "/months?after=2026-08",
    "/changes",
    "/changes?kind=customer&id=acme",
    "/changes?person=direct&after=2026-07-01T00:00:00Z:0",
];

/// A source of webhooks that maps nothing.
const SOURCE: &str = r#"{"source_id":"am","kind":"alertmanager","auth":{"scheme":"bearer"},"map":[]}"#;

/// Opens every page of a world as a member of staff, and each page's own items.
pub async fn looked_at(world: World) -> Result<World, WorldError> {
    let system = world.process(Arc::new(OpenPassage))?;
    let origin = |host: &str| format!("https://{host}.example");
    let [issuer, portal, desk, hooks] = ["id", "portal", "desk", "hooks"].map(origin);
    let origins = Origins { issuer, portal, desk, hooks };
    let issuer = Issuer::new(origins, system.directory().clone(), system.clock().clone())?;
    let [member, ..] = STAFF;
    let (router, token) = (system.desk(&issuer), issuer.staff_token(&member)?);
    let request = |method: &str, path: &str| {
        let cookie = format!("{}={token}", serve_desk::SESSION_COOKIE);
        Request::builder().method(method).uri(path).header(header::COOKIE, cookie)
    };
    let listed = [command("list_quarantine", json!({})), command("list_claims", json!({}))];
    let listed = world.seed(&listed).await?;
    let quarantined = listed.first().and_then(|answer| answer.pointer("/quarantined/0/quarantine_id"));
    let claim = listed.get(1).and_then(|answer| answer.pointer("/claims/0/claim_id"));
    let own = [("quarantine", quarantined), ("claims", claim)]
        .map(|(list, id)| format!("/{list}/{}", id.and_then(|id| id.as_str()).unwrap_or_default()));
    for path in PAGES.into_iter().chain(own.iter().map(String::as_str)) {
        answered(&router, request("GET", path).body(Body::empty()), StatusCode::OK).await?;
    }
    let form =
        answered(&router, request("GET", "/customers/new").body(Body::empty()), StatusCode::OK).await?;
    let csrf = form.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let draft = format!("csrf={}&document={}", csrf.unwrap_or_default(), web::query_text(REVISION));
    let sent = request("POST", "/terms/draft")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://desk.example");
    answered(&router, sent.body(Body::from(draft)), StatusCode::OK).await?;
    // Twice, as a program without an answer asks again.
    let customer = r#"{"customer_id":"programs","name":"Programs"}"#;
    for _ in 0..2 {
        commanded(&router, &token, ("k-1", "register_customer"), customer).await?;
    }
    source_looked_at(&router, &token, csrf.unwrap_or_default()).await?;
    // One person proposes maintenance over all services, and another approves it.
    let maintenance = r#"{
        "window_id": "m-all", "scope": {"all": true}, "reason": "new switches",
        "starts_at": "2026-12-01T02:00:00Z", "ends_at": "2026-12-01T04:00:00Z"
    }"#;
    let proposed = commanded(&router, &token, ("k-2", "announce_maintenance"), maintenance).await?;
    let proposed: Value = serde_json::from_str(&proposed).unwrap_or_default();
    let change = proposed.get("waiting").and_then(Value::as_str).unwrap_or_default();
    answered(&router, request("GET", &format!("/waiting/{change}")).body(Body::empty()), StatusCode::OK)
        .await?;
    let approval = json!({ "change_id": change, "decision": "approve", "by": "grace" });
    world.seed(&[command("list_waiting", json!({})), command("decide_change", approval)]).await?;
    Ok(world)
}

/// Gives a command to the desk's API, under a key.
async fn commanded(
    router: &Router,
    token: &str,
    (key, command): (&str, &str),
    fields: &'static str,
) -> Result<String, WorldError> {
    let asked = Request::post(format!("/api/v1/commands/{command}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key);
    answered(router, asked.body(Body::from(fields)), StatusCode::OK).await
}

/// Registers a source of webhooks by the API, opens its pages, and enters and removes its secret by a form.
async fn source_looked_at(router: &Router, token: &str, csrf: &str) -> Result<(), WorldError> {
    for (key, command, fields) in [
        ("s-1", "register_source", SOURCE),
        ("s-2", "change_source", r#"{"source_id":"am","lead_s":5}"#),
        ("s-3", "show_source", r#"{"source_id":"am"}"#),
        ("s-4", "list_sources", "{}"),
    ] {
        commanded(router, token, (key, command), fields).await?;
    }
    let request = |method: &str, path: &str| {
        let cookie = format!("{}={token}", serve_desk::SESSION_COOKIE);
        Request::builder().method(method).uri(path).header(header::COOKIE, cookie)
    };
    for path in ["/sources", "/sources/am", "/sources/am/map?key=7c", "/sources/am/trial", "/sources/new"] {
        answered(router, request("GET", path).body(Body::empty()), StatusCode::OK).await?;
    }
    let secrets =
        ["enter_secret&secret=the-first-secret-of-it", "enter_secret&secret=the-other-secret-of-it"];
    for act in secrets.into_iter().chain(["end_previous_secret", "remove_secret"]) {
        let sent = request("POST", "/sources/am/secret")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://desk.example");
        let form = format!("csrf={csrf}&act={act}");
        answered(router, sent.body(Body::from(form)), StatusCode::SEE_OTHER).await?;
    }
    Ok(())
}
