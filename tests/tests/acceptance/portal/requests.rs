//! Requests that are repeated, cut short, or too large: nothing happens twice, and nothing is lost.

use std::time::Duration;

use acceptance::faults::runtime;
use acceptance::short_june::{desk, file_claim, service, ticket_event, ticket_opening, tickets, with};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::portal::visitor::{NOW, ORIGIN, Visited, hidden, visit, world};

async fn open(portal: &Visited, token: &str, key: &str, title: &str) -> (StatusCode, String) {
    let csrf = portal.csrf(token).await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("key", key),
        ("level", "1"),
        ("service_id", "api"),
        ("title", title),
        ("description", "nothing works\r\nat all"),
        ("steps_tried", "turned it off"),
        ("links_to", ""),
    ];
    let answer = portal.post("/tickets", Some(token), &fields).await;
    let to = answer.headers.get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status, to.unwrap_or(answer.text))
}

#[test]
fn a_form_that_is_sent_twice_opens_one_ticket_and_its_clocks_run_from_the_first() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let (status, to) = open(&portal, &token, "key-1", "no dial tone").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let once = world.dump().unwrap();
        world.advance_to("2026-07-03T12:00:30Z").unwrap();
        assert_eq!(open(&portal, &token, "key-1", "no dial tone").await, (StatusCode::SEE_OTHER, to.clone()));
        assert_eq!(world.dump().unwrap().difference(&once), "", "nothing happened twice");
        let (status, said) = open(&portal, &token, "key-1", "another thing").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said.contains("sent with something else before") && said.contains("another thing"), "{said}");
        // The same key of another customer is another request.
        let csrf = portal.csrf(&portal.token("third")).await;
        let fields = [("csrf", csrf.as_str()), ("key", "key-1"), ("level", "2"), ("title", "mine")];
        let third = portal.post("/tickets", Some(&portal.token("third")), &fields).await;
        assert_ne!(third.headers["location"].to_str().unwrap(), to);
        let page = portal.get(to.split('?').next().unwrap(), Some(&token)).await.text;
        for shown in ["no dial tone", "nothing works", "Steps tried", "turned it off"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let armed = portal.system.engines().schedules().clone();
        assert!(
            armed.take_due("2026-07-05T00:00:00Z".parse().unwrap()).unwrap().is_some(),
            "deadlines are armed"
        );
    });
}

#[test]
fn a_claim_is_filed_once_and_an_exclusion_disputed_once() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let csrf = portal.csrf(&token).await;
        let service = portal.get("/services/api?month=2026-06", Some(&token)).await.text;
        assert!(service.contains("carrier report 4711"), "{service}");
        let dispute = [
            ("csrf", csrf.as_str()),
            ("statement", "it was you"),
            ("return_to", "/services/api?month=2026-06"),
        ];
        let disputed = portal.post("/exclusions/x-1/disputes", Some(&token), &dispute).await;
        assert_eq!(
            disputed.headers["location"], "/services/api?month=2026-06&done=dispute",
            "{}",
            disputed.text
        );
        let again = [("csrf", csrf.as_str()), ("statement", "it was you, again")];
        let refused = portal.post("/exclusions/x-1/disputes", Some(&token), &again).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
        let foreign = [("csrf", csrf.as_str()), ("statement", "it was you"), ("return_to", "//evil.example")];
        let home = portal.post("/exclusions/x-1/disputes", Some(&token), &foreign).await;
        assert_eq!(home.headers["location"], "/?done=dispute");
        let claim = [
            ("csrf", csrf.as_str()),
            ("service_id", "api"),
            ("month", "2026-06"),
            ("kind", "uptime"),
            ("note", ""),
        ];
        for _ in 0..2 {
            let filed = portal.post("/claims", Some(&token), &claim).await;
            assert_eq!(filed.headers["location"], "/claims?done=claim", "{}", filed.text);
        }
        let claims = portal.get("/claims?done=claim", Some(&token)).await.text;
        assert_eq!(claims.matches("<tr").count(), 2, "a head and one claim: {claims}");
        let wrong =
            [("csrf", csrf.as_str()), ("service_id", "api"), ("month", "2026-13"), ("kind", "uptime")];
        let wrong = portal.post("/claims", Some(&token), &wrong).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("is not a month"), "{}", wrong.text);
    });
}

#[test]
fn a_body_without_end_is_cut_off() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let post = |body: Body| {
            Request::post("/tickets")
                .header("cookie", format!("__Host-nines={token}"))
                .header("origin", ORIGIN)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
                .unwrap()
        };
        // A gigabyte, of which nothing beyond the limit is read.
        let part = Bytes::from(vec![b'a'; 1 << 20]);
        let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = taken.clone();
        let parts = (0..1024).map(move |_| {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Ok::<_, std::io::Error>(part.clone())
        });
        let large = portal.ask(post(Body::from_stream(futures::stream::iter(parts)))).await;
        assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", large.text);
        // 4 MB are allowed: the fifth part is too much, and one more may have been requested.
        assert!(taken.load(std::sync::atomic::Ordering::SeqCst) <= 6);
        // A body that never ends; the runtime's time passes.
        let slow =
            portal.ask(post(Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>())));
        let slow = tokio::time::timeout(Duration::from_secs(60), slow).await.unwrap();
        assert_eq!(slow.status, StatusCode::REQUEST_TIMEOUT);
    });
}

#[test]
fn a_tickets_page_names_its_service() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let mut line = service("line-7", "acme", 49_900, "EUR");
        line.payload = with(line.payload, json!({ "name": "Berlin uplink" }));
        let about = json!({ "ticket_id": "T-7", "service_id": "line-7" });
        let opening = with(ticket_opening("2026-07-03T11:00:00Z"), about);
        world.seed(&[line, tickets(&[opening])]).await.unwrap();
        let portal = visit(&world);
        let page = portal.get("/tickets/T-7", Some(&portal.token("acme"))).await.text;
        assert!(page.contains("<a href=\"/services/line-7\" dir=\"auto\">Berlin uplink</a>"), "{page}");
    });
}

#[test]
fn a_ticket_is_shown_as_it_is_and_an_unchanged_one_is_not_sent_again() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let state = portal.get("/tickets/T-1/state", Some(&token)).await;
        let tag = state.headers["etag"].to_str().unwrap().to_owned();
        let ask = |tag: String| {
            let request =
                Request::get("/tickets/T-1/state").header("cookie", format!("__Host-nines={token}"));
            request.header("if-none-match", tag).body(Body::empty()).unwrap()
        };
        let same = portal.ask(ask(tag.clone())).await;
        assert_eq!((same.status, same.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let before = portal.system.tally().total();
        portal.ask(ask(tag.clone())).await;
        assert_eq!(portal.system.tally().total() - before, 1, "a look is one query");
        let acknowledged = ticket_event("e1", NOW, "acknowledged", json!({}));
        world.seed(&[tickets(&[acknowledged])]).await.unwrap();
        let other = portal.ask(ask(tag.clone())).await;
        assert_eq!(other.status, StatusCode::OK);
        assert_ne!(other.headers["etag"].to_str().unwrap(), tag);
        let csrf = portal.csrf(&token).await;
        let page = portal.get("/tickets/T-1", Some(&token)).await.text;
        let key = hidden(&page, "key");
        let cancel = [("csrf", csrf.as_str()), ("key", key.as_str()), ("kind", "cancelled")];
        let cancelled = portal.post("/tickets/T-1/events", Some(&token), &cancel).await;
        assert_eq!(cancelled.headers["location"], "/tickets/T-1?done=reply", "{}", cancelled.text);
        let forbidden = [("csrf", csrf.as_str()), ("key", "k"), ("kind", "resolved")];
        let forbidden = portal.post("/tickets/T-1/events", Some(&token), &forbidden).await;
        assert_eq!(forbidden.status, StatusCode::UNPROCESSABLE_ENTITY, "support resolves, not the customer");
    });
}

#[test]
fn however_many_claims_there_are_their_page_asks_for_them_and_their_entries_once() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let calls = async || {
            let before = portal.system.tally().total();
            assert_eq!(portal.get("/claims", Some(&token)).await.status, StatusCode::OK);
            portal.system.tally().total() - before
        };
        let without = calls().await;
        world.seed(&[desk(file_claim("api", "uptime"))]).await.unwrap();
        for nth in 0..4 {
            let id = format!("line-{nth}");
            world.seed(&[service(&id, "acme", 100, "EUR"), desk(file_claim(&id, "uptime"))]).await.unwrap();
        }
        // What could be claimed before was looked at, and is not any more.
        assert!(calls().await <= without);
        let claims = portal.scope("acme").await.claims().await.unwrap();
        let entered: Vec<_> =
            claims.iter().filter_map(|(_, entry)| Some(entry.as_ref()?.state.as_str())).collect();
        assert_eq!((claims.len(), entered), (5, vec!["approved"]));
    });
}
