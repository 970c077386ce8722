//! Every path × everybody without access: nothing leaks, and every refusal is as documented.

use std::sync::Arc;

use acceptance::calls::Sequence;
use acceptance::faults::runtime;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use sla::Instant;

use crate::portal::visitor::{Answer, NOW, Visited, through, visit, world};

/// Every path to read.
const SHOWN: [&str; 18] = [
    "/",
    "/search",
    "/search?words=nothing",
    "/services/api",
    "/services/api?month=2026-06",
    "/statements",
    "/statements/api/2026-06",
    "/statements/api/2026-06/statement.json",
    "/statements/api/2026-06/statement.csv",
    "/tickets",
    "/tickets/new",
    "/tickets/T-1",
    "/tickets/T-1/state",
    "/claims",
    "/claims/new",
    "/notices",
    "/notices?month=2026-06",
    "/subscriptions",
];

/// Every path that anybody may read.
const PUBLIC: [&str; 2] = ["/agreement", "/agreement/1"];

/// Every path that changes something, with a form valid for its owner.
const CHANGED: [(&str, Fields); 6] = [
    ("/tickets", &[("key", "k-1"), ("level", "1"), ("title", "down")]),
    ("/tickets/T-1/events", &[("key", "k-2"), ("kind", "closed")]),
    ("/claims", &[("service_id", "api"), ("month", "2026-06"), ("kind", "uptime")]),
    ("/exclusions/x-1/disputes", &[("statement", "it was you")]),
    ("/subscriptions", &[("key", "k-3"), ("protocol", "email"), ("endpoint", "ops@example.com")]),
    ("/subscriptions/S-1/end", &[("key", "k-4")]),
];

/// Paths of another customer's things.
const OTHERS: [&str; 8] = [
    "/services/secret-line",
    "/services/secret-line?month=2026-06",
    "/statements/secret-line/2026-06",
    "/statements/secret-line/2026-06/statement.json",
    "/statements/secret-line/2026-06/statement.csv",
    "/tickets/secret-ticket",
    "/tickets/secret-ticket/state",
    "/claims/new?service_id=secret-line&month=2026-06",
];

/// The fields of a form.
type Fields = &'static [(&'static str, &'static str)];

/// Secrets of the other customer.
const SECRETS: [&str; 6] =
    ["secret-line", "secret-ticket", "secret trouble", "secret evidence", "secret note", "777.00"];

pub fn has_secrets(text: &str) -> bool {
    SECRETS.iter().any(|secret| text.contains(secret))
}

fn now_s() -> i64 {
    NOW.parse::<Instant>().unwrap().epoch_s()
}

/// Visitors who may see nothing: a name, and the token that they send.
pub fn strangers(portal: &Visited) -> Vec<(&'static str, Option<String>)> {
    let acme = |change: Value| {
        let mut claims = json!({ "sub": "ann", "customer_id": "acme" });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Some(portal.issuer.token(&claims).unwrap())
    };
    let token = portal.token("acme");
    let parts: Vec<&str> = token.split('.').collect();
    // {"alg":"none","typ":"at+jwt","kid":"laptop"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoibGFwdG9wIn0.{}.", parts[1]);
    let id_claims = json!({
        "iss": "https://id.example", "aud": "portal", "sub": "ann", "customer_id": "acme", "scope": "openid customer",
        "exp": now_s() + 600,
    });
    vec![
        ("no token", None),
        ("rubbish", Some("a.b.c".to_owned())),
        ("expired", acme(json!({ "exp": now_s() }))),
        ("another audience", acme(json!({ "aud": "desk" }))),
        ("another issuer", acme(json!({ "iss": "https://evil.example" }))),
        ("alg none", Some(none)),
        ("another signature", Some(format!("{}.{}.{}", parts[0], parts[1], "A".repeat(86)))),
        ("an ID token", Some(portal.issuer.sign(&id_claims, "JWT").unwrap())),
    ]
}

/// Users who are known, but are no customers.
pub fn no_customers(portal: &Visited) -> Vec<(&'static str, String)> {
    let token = |claims: Value| portal.issuer.token(&claims).unwrap();
    vec![
        ("staff", token(json!({ "sub": "ann", "scope": "openid staff", "customer_id": "acme" }))),
        ("no scope", token(json!({ "sub": "ann", "scope": "openid", "customer_id": "acme" }))),
        ("of no customer", token(json!({ "sub": "ann" }))),
    ]
}

#[track_caller]
pub fn tells_nothing(answer: &Answer, who: &str, path: &str) {
    let told = ["our trouble", "api", "secret", "carrier report", "777.00"];
    for word in told {
        let shown = answer.text.contains(word) && !path.contains(word);
        assert!(!shown, "{who} learns of `{word}` at {path}: {}", answer.text);
    }
}

#[test]
fn nobody_sees_or_changes_anything_without_a_customers_token() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let before = world.dump().unwrap();
        let csrf = portal.csrf(&portal.token("acme")).await;
        for (who, token) in strangers(&portal) {
            for path in SHOWN {
                let answer = portal.get(path, token.as_deref()).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who} at {path}");
                assert!(
                    answer.headers["location"].to_str().unwrap().starts_with("/sign-in?"),
                    "{who} at {path}"
                );
                tells_nothing(&answer, who, path);
            }
            for (path, fields) in CHANGED {
                let fields = [fields, &[("csrf", csrf.as_str())]].concat();
                let mut answer = portal.post(path, token.as_deref(), &fields).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{who} at {path}");
                // What was sent is kept on the page for whoever sent it.
                for (_, sent) in &fields {
                    answer.text = answer.text.replace(&format!(">{sent}<"), "><");
                    answer.text = answer.text.replace(&format!("value=\"{sent}\""), "");
                }
                tells_nothing(&answer, who, path);
            }
        }
        for (who, token) in no_customers(&portal) {
            for path in SHOWN {
                let answer = portal.get(path, Some(&token)).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who} at {path}");
                tells_nothing(&answer, who, path);
            }
            for (path, fields) in CHANGED {
                let answer = portal.post(path, Some(&token), fields).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who} at {path}");
            }
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn anybody_reads_the_agreement_and_learns_of_nobody() {
    runtime().unwrap().block_on(async {
        let portal = visit(&world().await);
        let known = no_customers(&portal).into_iter().map(|(who, token)| (who, Some(token)));
        for (who, token) in strangers(&portal).into_iter().chain(known) {
            for path in PUBLIC {
                let answer = portal.get(path, token.as_deref()).await;
                assert_eq!(answer.status, StatusCode::OK, "{who} at {path}");
                assert!(answer.text.contains("Service Level Agreement"), "{who} at {path}");
                assert!(
                    !answer.text.contains("acme") && !answer.text.contains("Sign out"),
                    "{who} at {path}"
                );
                tells_nothing(&answer, who, path);
            }
        }
        let signed_in = portal.get("/agreement", Some(&portal.token("acme"))).await;
        assert!(signed_in.text.contains("Sign out"), "{}", signed_in.text);
        let missing = portal.get("/agreement/99", None).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.text);
        let sign_in = portal.get("/sign-in", None).await;
        assert!(sign_in.text.contains("href=\"/agreement\""), "{}", sign_in.text);
    });
}

#[test]
fn a_customer_finds_nothing_of_another_one_whatever_the_address_says() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        for path in OTHERS {
            let answer = portal.get(path, Some(&token)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            tells_nothing(&answer, "acme", path);
            // Another customer's things and missing things answer alike.
            let nobodys =
                path.replace("secret-line", "nothing-at-all").replace("secret-ticket", "nothing-at-all");
            let none = portal.get(&nobodys, Some(&token)).await;
            let shown = answer
                .text
                .replace("secret-line", "nothing-at-all")
                .replace("secret-ticket", "nothing-at-all");
            assert_eq!((none.status, none.text), (answer.status, shown), "{path}");
        }
        for path in SHOWN {
            let answer = portal.get(path, Some(&token)).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            assert!(!has_secrets(&answer.text), "{path}: {}", answer.text);
        }
        for cursor in ["/?after=secret-line", "/statements?after=2026-06~secret-line", "/?after=a"] {
            let answer = portal.get(cursor, Some(&token)).await;
            assert!(!has_secrets(&answer.text), "{cursor}: {}", answer.text);
        }
        let nothing = portal.get("/", Some(&portal.token("third"))).await;
        assert_eq!(nothing.status, StatusCode::OK);
        assert!(!nothing.text.contains("/services/api") && !has_secrets(&nothing.text), "{}", nothing.text);
    });
}

#[test]
fn a_customer_changes_nothing_of_another_one_whatever_the_form_says() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let csrf = portal.csrf(&token).await;
        let before = world.dump().unwrap();
        let cases: [(&str, Fields, StatusCode); 6] = [
            (
                "/tickets",
                &[("key", "a"), ("level", "1"), ("title", "x"), ("service_id", "secret-line")],
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                "/tickets",
                &[("key", "b"), ("level", "1"), ("title", "x"), ("links_to", "secret-ticket")],
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            ("/tickets/secret-ticket/events", &[("key", "c"), ("kind", "cancelled")], StatusCode::NOT_FOUND),
            (
                "/claims",
                &[("service_id", "secret-line"), ("month", "2026-06"), ("kind", "uptime")],
                StatusCode::NOT_FOUND,
            ),
            ("/exclusions/secret-x/disputes", &[("statement", "x")], StatusCode::NOT_FOUND),
            // No field names the customer of a new ticket.
            (
                "/tickets",
                &[("key", "d"), ("level", "1"), ("title", "planted"), ("customer_id", "other")],
                StatusCode::SEE_OTHER,
            ),
        ];
        for (path, fields, status) in cases {
            let fields = [fields, &[("csrf", csrf.as_str())]].concat();
            let answer = portal.post(path, Some(&token), &fields).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.text);
            assert!(!answer.text.contains("secret trouble"), "{path}: {}", answer.text);
        }
        let others = portal.get("/tickets", Some(&portal.token("other"))).await;
        assert!(!others.text.contains("planted"), "{}", others.text);
        assert!(portal.get("/tickets", Some(&token)).await.text.contains("planted"));
        let changed = world.dump().unwrap().difference(&before);
        assert!(!changed.contains("secret") && !changed.contains("CUSTOMER#other"), "{changed}");
    });
}

#[test]
fn a_form_is_taken_from_a_page_of_the_same_session_only() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let own = portal.csrf(&token).await;
        let foreign = portal.csrf(&portal.token("other")).await;
        assert_ne!(own, foreign);
        let before = world.dump().unwrap();
        for (path, fields) in CHANGED {
            for csrf in [None, Some(""), Some(foreign.as_str()), Some(token.as_str())] {
                let csrf: Vec<(&str, &str)> = csrf.into_iter().map(|csrf| ("csrf", csrf)).collect();
                let answer = portal.post(path, Some(&token), &[fields, csrf.as_slice()].concat()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {csrf:?}");
            }
        }
        let foreign = Request::post("/claims")
            .header("cookie", format!("__Host-nines={token}"))
            .header("origin", "https://evil.example")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("csrf={own}&service_id=api&month=2026-06&kind=uptime").into())
            .unwrap();
        assert_eq!(portal.ask(foreign).await.status, StatusCode::FORBIDDEN, "another site's form");
        assert_eq!(portal.post("/sign-out", Some(&token), &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
        let out = portal.post("/sign-out", Some(&token), &[("csrf", &own)]).await;
        assert_eq!(out.status, StatusCode::SEE_OTHER);
        assert!(out.headers["set-cookie"].to_str().unwrap().starts_with("__Host-nines=; Path=/; Max-Age=0;"));
    });
}

#[test]
fn ids_that_are_none_are_refused_before_anything_is_read() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let ids = ["a%23b", "a%00", "%E2%80%AEapi", "..%2F..", "%20", "-a", &"a".repeat(65), "%F0%9F%98%80"];
        for id in ids {
            for path in [
                format!("/services/{id}"),
                format!("/statements/{id}/2026-06"),
                format!("/statements/api/{id}"),
                format!("/tickets/{id}"),
                format!("/tickets/{id}/state"),
                format!("/agreement/{id}"),
                format!("/?after={id}"),
                format!("/services/api?month={id}"),
                format!("/notices?month={id}"),
            ] {
                let answer = portal.get(&path, Some(&token)).await;
                assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
                assert!(!answer.text.contains('\u{202e}') && !answer.text.contains('\0'), "{path}");
            }
        }
    });
}

/// The parts of paths that name a customer's thing, with another customer's.
const NAMED: [(&str, &str); 4] = [
    ("{service_id}", "secret-line"),
    ("{ticket_id}", "secret-ticket"),
    ("{exclusion_id}", "secret-x"),
    ("{subscription_id}", "S-secret"),
];

/// Other ways to name another customer's thing: queries, and form fields.
const NAMED_ELSEWHERE: [(&str, &str); 8] = [
    ("/services/{service_id}?month=2026-06", ""),
    ("/services/{service_id}?month=2026-07", ""),
    ("/statements/{service_id}/2026-06?revision=1", ""),
    ("/claims/new?service_id={service_id}&month=2026-06&kind=uptime", ""),
    ("/tickets/new?service_id={service_id}", ""),
    ("/claims", "kind=uptime&month=2026-06&service_id={service_id}"),
    ("/tickets", "level=1&title=x&service_id={service_id}"),
    ("/tickets", "level=1&title=x&links_to={ticket_id}"),
];

/// Lists every path that names a customer's thing: pages, forms and the API.
fn addresses() -> Vec<(&'static str, String, String)> {
    let api = serve_portal::api::paths().map(|path| format!("{}{path}", serve_portal::api::BASE));
    let paths: Vec<String> = serve_portal::paths().map(str::to_owned).chain(api).collect();
    assert!(paths.len() > 30, "{paths:?}");
    let named = paths.into_iter().filter(|path| path.contains('{')).map(|path| {
        let path = path.replace("{month}", "2026-06").replace("{revision}", "1");
        let known = NAMED.iter().fold(path.clone(), |rest, (part, _)| rest.replace(part, ""));
        assert!(!known.contains('{'), "say in NAMED what {path} names of another customer");
        path
    });
    let named = named.filter(|path| path.contains('{'));
    let both = named.flat_map(|path| {
        let form = "kind=cancelled&statement=x".to_owned();
        [("GET", path.clone(), String::new()), ("POST", path, form)]
    });
    let method = |form: &str| if form.is_empty() { "GET" } else { "POST" };
    let elsewhere =
        NAMED_ELSEWHERE.map(|(path, form)| (method(form), path.to_owned(), form.to_owned())).into_iter();
    both.chain(elsewhere).collect()
}

/// Requests a thing by its ids; returns the status.
async fn ask_by(
    portal: &Visited,
    (token, csrf, key): (&str, &str, &str),
    (method, path, form): (&str, &str, &str),
) -> StatusCode {
    let request = Request::builder().method(method).uri(path);
    let is_api = path.starts_with("/api/");
    let request = match is_api {
        true => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        false => request.header(header::COOKIE, format!("{}={token}", serve_portal::SESSION_COOKIE)),
    };
    let (kind, body) = match (method, is_api) {
        ("GET", _) => ("text/plain", String::new()),
        (_, true) => ("application/json", json!({ "kind": "cancelled", "statement": "x" }).to_string()),
        (_, false) => ("application/x-www-form-urlencoded", format!("csrf={csrf}&key={key}&{form}")),
    };
    let request = request.header(header::CONTENT_TYPE, kind).header("idempotency-key", key);
    portal.ask(request.body(Body::from(body)).unwrap()).await.status
}

#[test]
fn of_another_customers_thing_the_table_is_asked_what_it_is_asked_of_none() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let calls = Sequence::default();
        let portal = through(world.process(Arc::new(calls.clone())).unwrap());
        let token = portal.token("acme");
        let csrf = portal.csrf(&token).await;
        let mut found = 0;
        for (nth, (method, path, form)) in addresses().iter().enumerate() {
            let mut seen = Vec::new();
            for (whose, is_other) in [("other", true), ("none", false)] {
                let fill = |text: &String| {
                    let id = |own: &'static str| if is_other { own } else { "nothing-at-all" };
                    NAMED.iter().fold(text.clone(), |text, (part, own)| text.replace(part, id(own)))
                };
                drop(calls.take());
                let key = format!("{whose}-{nth}");
                let asked = (*method, fill(path), fill(form));
                let status = ask_by(&portal, (&token, &csrf, &key), (asked.0, &asked.1, &asked.2)).await;
                seen.push((status, calls.take()));
            }
            assert_eq!(seen[0], seen[1], "{method} {path} {form}");
            let (status, calls) = &seen[0];
            let refused =
                [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::UNPROCESSABLE_ENTITY];
            assert!(
                refused.contains(status) || path.starts_with("/tickets/new"),
                "{method} {path}: {status}"
            );
            found += usize::from(*status == StatusCode::NOT_FOUND && !calls.is_empty());
        }
        assert!(found >= 15, "{found} addresses looked something up");
    });
}

#[test]
fn an_error_page_keeps_the_time_and_the_navigation_of_whoever_is_signed_in() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        for path in ["/services/nothing-at-all", "/nowhere", "/tickets/%20"] {
            let answer = portal.get(path, Some(&token)).await;
            assert!(answer.status.is_client_error(), "{path}");
            let expected = [NOW, "aria-label=\"Portal\"", "Sign out", "Someone at acme"];
            for text in expected {
                assert!(answer.text.contains(text), "{path} without {text}: {}", answer.text);
            }
        }
        let stranger = portal.get("/nowhere", None).await;
        assert!(stranger.text.contains(NOW) && !stranger.text.contains("<nav"), "{}", stranger.text);
    });
}
