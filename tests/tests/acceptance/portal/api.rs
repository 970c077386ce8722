//! The API: no request gets anything of another customer's; a repeated request happens once; lists can be
//! walked whole; refusals come in the same few words and shapes.

use std::collections::BTreeSet;
use std::time::Duration;

use acceptance::faults::runtime;
use acceptance::short_june::{customer, service, ticket_opening, tickets, with};
use acceptance::world::World;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sla::Instant;

use crate::portal::isolation::{has_secrets, no_customers, strangers, tells_nothing};
use crate::portal::visitor::{Answer, NOW, Visited, visit, world};

/// Every path to read, below `/api/v1`.
const SHOWN: [&str; 14] = [
    "/overview",
    "/services/api/months/2026-06",
    "/services/api/months/2026-07",
    "/statements",
    "/statements/api/2026-06",
    "/statements/api/2026-06?revision=1",
    "/tickets",
    "/tickets/T-1",
    "/claims",
    "/agreement",
    "/agreement/1",
    "/notices",
    "/notices?month=2026-06",
    "/notices?month=2026-07",
];

/// Every path that changes something, with a body valid for its owner.
fn changed() -> [(&'static str, Value); 4] {
    [
        ("/tickets", json!({ "level": 1, "title": "down", "service_id": "api" })),
        ("/tickets/T-1/events", json!({ "kind": "cancelled" })),
        ("/claims", json!({ "service_id": "api", "month": "2026-06", "kind": "uptime", "note": "it broke" })),
        ("/exclusions/x-1/disputes", json!({ "statement": "it was you" })),
    ]
}

/// Calls the API with a key, a body and, if given, an access token.
async fn call(
    portal: &Visited,
    (method, path): (Method, &str),
    token: Option<&str>,
    sent: Option<(&str, &Value)>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = match sent {
        Some((key, body)) => {
            request = request.header("content-type", "application/json").header("idempotency-key", key);
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    portal.ask(request.body(body).unwrap()).await
}

pub async fn get(portal: &Visited, path: &str, token: &str) -> Answer {
    call(portal, (Method::GET, path), Some(token), None).await
}

pub async fn post(portal: &Visited, path: &str, token: &str, key: &str, body: &Value) -> Answer {
    call(portal, (Method::POST, path), Some(token), Some((key, body))).await
}

/// Asserts that an answer is a problem of a status; returns its detail.
#[track_caller]
pub fn problem(answer: &Answer, status: StatusCode, asked: &str) -> String {
    assert_eq!(answer.status, status, "{asked}: {}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{asked}");
    let problem: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(problem["status"], status.as_u16(), "{asked}");
    assert!(problem["title"].is_string(), "{asked}");
    problem["detail"].as_str().unwrap().to_owned()
}

#[track_caller]
pub fn read(answer: &Answer) -> Value {
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text);
    assert_eq!(answer.headers["content-type"], "application/json");
    serde_json::from_str(&answer.text).unwrap()
}

fn cursor(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(parts.join("\n"))
}

#[test]
fn the_addresses_that_are_tried_are_all_that_are_described() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let document = portal.get("/openapi.json", None).await;
        let document: Value = serde_json::from_str(&document.text).unwrap();
        let described = document["paths"].as_object().unwrap();
        let matches = |place: &str, path: &str| {
            let path = format!("/api/v1{}", path.split('?').next().unwrap_or_default());
            let (place, path): (Vec<&str>, Vec<&str>) =
                (place.split('/').collect(), path.split('/').collect());
            place.len() == path.len() && place.iter().zip(path).all(|(a, b)| a.starts_with('{') || *a == b)
        };
        for (place, methods) in described {
            let shown = SHOWN.iter().any(|path| matches(place, path));
            let changed = changed().iter().any(|(path, _)| matches(place, path));
            assert_eq!(methods.get("get").is_some(), shown, "{place}");
            assert_eq!(methods.get("post").is_some(), changed, "{place}");
            // Any other method is refused, with the list of methods that exist.
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let path = place.trim_start_matches("/api/v1").replace(['{', '}'], "");
                let answer = call(&portal, (method.clone(), &path), None, None).await;
                if methods.get(method.as_str().to_lowercase()).is_some() {
                    problem(&answer, StatusCode::UNAUTHORIZED, place);
                } else {
                    let said = problem(&answer, StatusCode::METHOD_NOT_ALLOWED, place);
                    assert!(said.contains("`Allow`"), "{said}");
                    let allowed = answer.headers["allow"].to_str().unwrap();
                    let named = |method: &&str| allowed.contains(&method.to_uppercase());
                    assert!(
                        methods.as_object().unwrap().keys().all(|m| named(&m.as_str())),
                        "{place}: {allowed}"
                    );
                }
            }
        }
    });
}

#[test]
fn nobody_calls_anything_without_a_customers_token() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let before = world.dump().unwrap();
        for (who, token) in strangers(&portal) {
            for path in SHOWN {
                let answer = call(&portal, (Method::GET, path), token.as_deref(), None).await;
                problem(&answer, StatusCode::UNAUTHORIZED, &format!("{who} at {path}"));
                let challenge = answer.headers["www-authenticate"].to_str().unwrap();
                assert!(challenge.starts_with("Bearer error="), "{challenge}");
                tells_nothing(&answer, who, path);
            }
            for (path, body) in changed() {
                let answer = call(&portal, (Method::POST, path), token.as_deref(), Some(("k", &body))).await;
                problem(&answer, StatusCode::UNAUTHORIZED, &format!("{who} at {path}"));
                tells_nothing(&answer, who, path);
            }
        }
        for (who, token) in no_customers(&portal) {
            for path in SHOWN {
                let answer = get(&portal, path, &token).await;
                problem(&answer, StatusCode::FORBIDDEN, &format!("{who} at {path}"));
                tells_nothing(&answer, who, path);
            }
            for (path, body) in changed() {
                let answer = post(&portal, path, &token, "k", &body).await;
                problem(&answer, StatusCode::FORBIDDEN, &format!("{who} at {path}"));
            }
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn a_cookie_opens_pages_and_not_the_api() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        assert_eq!(portal.get("/tickets/T-1", Some(&token)).await.status, StatusCode::OK);
        let before = world.dump().unwrap();
        for path in SHOWN {
            let answer = portal.get(&format!("/api/v1{path}"), Some(&token)).await;
            problem(&answer, StatusCode::UNAUTHORIZED, path);
        }
        for (path, body) in changed() {
            let request = Request::post(format!("/api/v1{path}"))
                .header("cookie", format!("__Host-nines={token}"))
                .header("content-type", "application/json")
                .header("idempotency-key", "k");
            let answer = portal.ask(request.body(Body::from(body.to_string())).unwrap()).await;
            problem(&answer, StatusCode::UNAUTHORIZED, path);
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn a_customer_is_shown_their_own_things_and_no_others() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        for path in SHOWN {
            let answer = get(&portal, path, &token).await;
            read(&answer);
            assert!(!has_secrets(&answer.text), "{path}: {}", answer.text);
        }
        let others = [
            "/services/secret-line/months/2026-06",
            "/services/secret-line/months/2026-07",
            "/statements/secret-line/2026-06",
            "/statements/secret-line/2026-06?revision=1",
            "/tickets/secret-ticket",
        ];
        for path in others {
            let answer = get(&portal, path, &token).await;
            let said = problem(&answer, StatusCode::NOT_FOUND, path);
            tells_nothing(&answer, "acme", path);
            // Another customer's things and missing things answer alike.
            let unnamed = |text: &str| {
                text.replace("secret-line", "nothing-at-all").replace("secret-ticket", "nothing-at-all")
            };
            let none = get(&portal, &unnamed(path), &token).await;
            assert_eq!(problem(&none, StatusCode::NOT_FOUND, path), unnamed(&said), "{path}");
        }
        let cursors = [
            ("/overview", cursor(&["services", "secret-line"])),
            ("/overview", cursor(&["services", "a"])),
            ("/statements", cursor(&["statements", "2026-07", "secret-line"])),
            ("/tickets", cursor(&["tickets", "2026-06-30T23:10:00Z", "secret-ticket"])),
            ("/tickets", cursor(&["tickets", "2099-01-01T00:00:00Z", "secret-ticket"])),
            ("/notices", cursor(&["notices", "2099-01-01T00:00:00Z", "x:1"])),
        ];
        for (path, cursor) in &cursors {
            let answer = get(&portal, &format!("{path}?after={cursor}"), &token).await;
            read(&answer);
            assert!(!has_secrets(&answer.text), "{path}: {}", answer.text);
        }
        let third = get(&portal, "/overview", &portal.token("third")).await;
        assert_eq!(read(&third)["services"], json!([]));
    });
}

#[test]
fn a_customer_changes_nothing_of_another_one_whatever_the_body_says() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let (token, other) = (portal.token("acme"), portal.token("other"));
        let claim = json!({ "service_id": "secret-line", "month": "2026-06", "kind": "uptime", "note": "secret note" });
        read(&post(&portal, "/claims", &other, "k", &claim).await);
        let before = world.dump().unwrap();
        let (unknown, unfit) = (StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY);
        let ticket = |field: &str, value: &str| json!({ "level": 1, "title": "x", field: value });
        let cases = [
            ("/tickets", ticket("service_id", "secret-line"), unfit),
            ("/tickets", ticket("links_to", "secret-ticket"), unfit),
            ("/tickets/secret-ticket/events", json!({ "kind": "cancelled" }), unknown),
            // The same words as the other customer's: their answer is not for anyone else.
            ("/claims", claim.clone(), unknown),
            ("/exclusions/secret-x/disputes", json!({ "statement": "x" }), unknown),
        ];
        for (nth, (path, body, status)) in cases.iter().enumerate() {
            let answer = post(&portal, path, &token, &format!("key-{nth}"), body).await;
            problem(&answer, *status, &format!("{path} {body}"));
            for told in ["secret trouble", "secret evidence", "secret note", "uptime:1", "777"] {
                assert!(!answer.text.contains(told), "{path}: {}", answer.text);
            }
        }
        // No field names the customer of a new ticket.
        let planted = ticket("customer_id", "other");
        read(&post(&portal, "/tickets", &token, "key-9", &planted).await);
        assert_eq!(read(&get(&portal, "/tickets", &other).await)["tickets"].as_array().unwrap().len(), 1);
        assert_eq!(read(&get(&portal, "/tickets", &token).await)["tickets"].as_array().unwrap().len(), 2);
        let changed = world.dump().unwrap().difference(&before);
        assert!(!changed.contains("secret") && !changed.contains("CUSTOMER#other"), "{changed}");
    });
}

#[test]
fn what_is_no_id_month_number_or_cursor_is_refused_before_anything_is_read() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let ids =
            ["a%23b", "a%00", "%E2%80%AEapi", "..%2F..", "%20", "-a", &"a".repeat(65), "%F0%9F%98%80", "%FF"];
        for id in ids {
            for path in [
                format!("/services/{id}/months/2026-06"),
                format!("/services/api/months/{id}"),
                format!("/statements/{id}/2026-06"),
                format!("/statements/api/{id}"),
                format!("/statements/api/2026-06?revision={id}"),
                format!("/tickets/{id}"),
                format!("/agreement/{id}"),
                format!("/notices?month={id}"),
                format!("/overview?after={id}"),
                format!("/statements?after={id}"),
                format!("/tickets?after={id}"),
                format!("/notices?after={id}"),
            ] {
                let before = portal.system.tally().total();
                let answer = get(&portal, &path, &token).await;
                problem(&answer, StatusCode::BAD_REQUEST, &path);
                assert!(!answer.text.contains('\u{202e}') && !answer.text.contains('\0'), "{path}");
                assert_eq!(portal.system.tally().total(), before, "{path}: nothing is read");
            }
            for (path, body) in [
                (format!("/tickets/{id}/events"), json!({ "kind": "closed" })),
                (format!("/exclusions/{id}/disputes"), json!({ "statement": "x" })),
            ] {
                let answer = post(&portal, &path, &token, "k", &body).await;
                problem(&answer, StatusCode::BAD_REQUEST, &path);
            }
        }
        let twice = get(&portal, "/tickets?after=&after=", &token).await;
        problem(&twice, StatusCode::BAD_REQUEST, "a parameter that comes twice");
        let foreign = get(&portal, &format!("/tickets?after={}", cursor(&["services", "api"])), &token).await;
        let said = problem(&foreign, StatusCode::BAD_REQUEST, "a cursor of another list");
        assert!(said.starts_with("after: not a cursor of this list"), "{said}");
    });
}

#[test]
fn a_request_that_cannot_be_read_is_refused_and_says_why() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let before = world.dump().unwrap();
        let send = |key: Option<&str>, kind: Option<&str>, body: Body| {
            let mut request =
                Request::post("/api/v1/tickets").header("authorization", format!("bearer {token}"));
            for (name, value) in [("idempotency-key", key), ("content-type", kind)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            request.body(body).unwrap()
        };
        let json = Some("application/json; charset=utf-8");
        let good = || Body::from(r#"{"level":1,"title":"x"}"#);
        let long = || Body::from(format!(r#"{{"level":1,"title":"{}"}}"#, "x".repeat(5_000_000)));
        let (bad, unfit) = (StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY);
        let cases = [
            (send(None, json, good()), bad),
            (send(Some(""), json, good()), bad),
            (send(Some(&"k".repeat(256)), json, good()), bad),
            (send(Some("k"), None, good()), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (send(Some("k"), Some("text/plain"), good()), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (send(Some("k"), json, long()), StatusCode::PAYLOAD_TOO_LARGE),
            (send(Some("k"), json, Body::from("{not json")), bad),
            (send(Some("k"), json, Body::from(r#"{"level":1,"level":2,"title":"x"}"#)), bad),
            (send(Some("k"), json, Body::from(r#"{"level":4,"title":"x"}"#)), unfit),
            (send(Some("k"), json, Body::from(r#"{"title":"x"}"#)), unfit),
            (send(Some("k"), json, Body::from("[]")), unfit),
        ];
        let mut said = Vec::new();
        for (request, status) in cases {
            said.push(problem(&portal.ask(request).await, status, "a request"));
        }
        insta::assert_snapshot!(said.join("\n"));
        let slow = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let slow = tokio::time::timeout(Duration::from_secs(60), portal.ask(send(Some("k"), json, slow)));
        problem(&slow.await.unwrap(), StatusCode::REQUEST_TIMEOUT, "a body that never ends");
        for nowhere in
            ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/overview", "/api/v1/tickets/T-1/state"]
        {
            let answer = portal.get(nowhere, None).await;
            let said = problem(&answer, StatusCode::NOT_FOUND, nowhere);
            assert!(said.contains("/openapi.json"), "{said}");
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn the_same_key_and_body_have_the_same_answer_and_nothing_else_has() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        for (nth, (path, body)) in changed().iter().enumerate() {
            let key = format!("key {nth}");
            let first = post(&portal, path, &token, &key, body).await;
            assert_eq!(first.status, StatusCode::CREATED, "{path}: {}", first.text);
            let once = world.dump().unwrap();
            let later: Instant = portal.system.clock().now().plus_s(30);
            world.advance_to(&later.to_string()).unwrap();
            let again = post(&portal, path, &token, &key, body).await;
            assert_eq!((again.status, &again.text), (first.status, &first.text), "{path}");
            assert_eq!(world.dump().unwrap().difference(&once), "", "{path}: nothing happened twice");
            let mut other = body.clone();
            let field = ["title", "kind", "note", "statement"].into_iter().find(|f| other.get(*f).is_some());
            let field = field.unwrap();
            other[field] = json!(if field == "kind" { "closed" } else { "another thing" });
            if path == &"/claims" {
                other = with(body.clone(), json!({ "note": "another thing" }));
            }
            let other = post(&portal, path, &token, &key, &other).await;
            let said = problem(&other, StatusCode::UNPROCESSABLE_ENTITY, path);
            assert!(said.starts_with("Idempotency-Key: it was sent with something else before"), "{said}");
            for (elsewhere, body) in changed().iter().filter(|(elsewhere, _)| elsewhere != path) {
                let elsewhere = post(&portal, elsewhere, &token, &key, body).await;
                let said = problem(&elsewhere, StatusCode::UNPROCESSABLE_ENTITY, path);
                assert!(said.starts_with("Idempotency-Key: "), "{said}");
            }
            assert_eq!(world.dump().unwrap().difference(&once), "", "{path}: and nothing else happened");
        }
        // The same key of another customer is another request.
        let mine = json!({ "level": 1, "title": "mine" });
        let ours = read(&post(&portal, "/tickets", &portal.token("third"), "key 0", &mine).await);
        let theirs = read(&post(&portal, "/tickets", &token, "key 0", &changed()[0].1).await);
        assert_ne!(ours["ticket_id"], theirs["ticket_id"]);
        let armed = portal.system.engines().schedules().clone();
        let due = armed.take_due("2026-07-05T00:00:00Z".parse().unwrap()).unwrap();
        assert!(due.is_some(), "deadlines are armed");
    });
}

/// Walks a list to its end; returns the names of its items, in order.
async fn walk(portal: &Visited, path: &str, token: &str, (list, name): (&str, &str)) -> Vec<String> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let (mut names, mut after) = (Vec::new(), String::new());
    for _ in 0..20 {
        let page = read(&get(portal, &format!("{path}{sign}after={after}"), token).await);
        let things = page[list].as_array().unwrap().clone();
        assert!(!things.is_empty(), "{path}: a cursor leads to something");
        names.extend(things.iter().map(|thing| thing[name].as_str().unwrap().to_owned()));
        after = page.get("next").map(|next| next.as_str().unwrap().to_owned()).unwrap_or_default();
        if after.is_empty() {
            break;
        }
    }
    assert_eq!(after, "", "{path} has no end: {names:?}");
    names
}

#[test]
fn lists_are_walked_whole_and_each_thing_comes_once() {
    runtime().unwrap().block_on(async {
        let world = World::without_roles("2026-07-03T11:00:00Z").await.unwrap();
        world.seed(&[customer("acme")]).await.unwrap();
        let services: Vec<String> = (0..101).map(|nth| format!("line-{nth:03}")).collect();
        for id in &services {
            world.seed(&[service(id, "acme", 49_900, "EUR")]).await.unwrap();
        }
        // Three for each instant, so that places differ by their ids alone.
        let opening = |nth: usize| {
            let at = format!("2026-07-03T11:{:02}:00Z", nth / 3);
            let named = json!({ "ticket_id": format!("T-{nth:03}"), "event_id": format!("e-{nth:03}") });
            with(ticket_opening(&at), named)
        };
        let openings: Vec<Value> = (0..150).map(opening).collect();
        world.advance_to("2026-07-03T12:00:00Z").unwrap();
        world.seed(&[tickets(&openings)]).await.unwrap();
        let portal = visit(&world);
        let token = portal.token("acme");
        assert_eq!(walk(&portal, "/overview", &token, ("services", "service_id")).await, services);
        let mut ids: Vec<String> = (0..150).map(|nth| format!("T-{nth:03}")).collect();
        ids.reverse();
        assert_eq!(walk(&portal, "/tickets", &token, ("tickets", "ticket_id")).await, ids);
        let told = walk(&portal, "/notices?month=2026-07", &token, ("notices", "notice_id")).await;
        let distinct: BTreeSet<&String> = told.iter().collect();
        assert!(told.len() >= 150 && distinct.len() == told.len(), "{} notices", told.len());
        let of_june = format!("/notices?month=2026-06&after={}", cursor(&["notices", NOW, &told[0]]));
        assert_eq!(read(&get(&portal, &of_june, &token).await)["notices"], json!([]), "a month is a month");
    });
}

#[test]
fn a_cursor_is_a_place_in_the_order_and_needs_nothing_to_be_there() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let count = async |path: &str, parts: &[&str], list: &str| {
            let answer = get(&portal, &format!("{path}?after={}", cursor(parts)), &token).await;
            read(&answer)[list].as_array().unwrap().len()
        };
        for (parts, expect) in [
            (["statements", "2026-07", "zzz"], 1),
            (["statements", "2026-06", "a"], 1),
            (["statements", "2026-06", "api"], 0),
            (["statements", "2026-06", "b"], 0),
            (["statements", "2026-05", "a"], 0),
        ] {
            assert_eq!(count("/statements", &parts, "statements").await, expect, "{parts:?}");
        }
        for (parts, expect) in [(["services", "a"], 1), (["services", "api"], 0), (["services", "apj"], 0)] {
            assert_eq!(count("/overview", &parts, "services").await, expect, "{parts:?}");
        }
        for (at, expect) in [("2026-06-30T23:10:01Z", 1), ("2026-06-30T23:09:59Z", 0)] {
            assert_eq!(count("/tickets", &["tickets", at, "Z"], "tickets").await, expect, "{at}");
        }
    });
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        for path in SHOWN {
            let first = get(&portal, path, &token).await;
            let tag = first.headers["etag"].to_str().unwrap().to_owned();
            let again = Request::get(format!("/api/v1{path}"))
                .header("authorization", format!("Bearer {token}"))
                .header("if-none-match", format!("\"other\", W/{tag}"));
            let again = portal.ask(again.body(Body::empty()).unwrap()).await;
            assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
            assert_eq!(again.headers["etag"].to_str().unwrap(), tag, "{path}");
        }
        let tag_of = async || get(&portal, "/tickets/T-1", &token).await.headers["etag"].clone();
        let before = tag_of().await;
        world.advance_to("2026-07-03T12:00:10Z").unwrap();
        assert_eq!(tag_of().await, before, "time alone changes no answer");
        read(&post(&portal, "/tickets/T-1/events", &token, "k", &json!({ "kind": "cancelled" })).await);
        assert_ne!(tag_of().await, before);
    });
}

#[test]
fn answers_are_told_in_instants_limits_and_figures() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        for (name, path) in [
            ("overview", "/overview"),
            ("month", "/services/api/months/2026-06"),
            ("statements", "/statements"),
            ("ticket", "/tickets/T-1"),
        ] {
            let answer = read(&get(&portal, path, &token).await);
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&answer).unwrap());
        }
        // The scope of maintenance reaches beyond the customer's services: it is not shown.
        let month = get(&portal, "/services/api/months/2026-06", &token).await;
        assert!(!month.text.contains("\"scope\""), "{}", month.text);
    });
}
