//! Requests refused first and accepted later: a refusal leaves nothing behind, an act is dated by its
//! acceptance, and from then on its key answers for it: by itself for thirty days, later by the result of the
//! act.

use acceptance::faults::runtime;
use acceptance::short_june::{
    approve_exclusion, desk, raise_exclusion, service, ticket_opening, tickets, with,
};
use acceptance::world::{Event, World};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::portal::api::{post, problem, read};
use crate::portal::visitor::{Answer, NOW, Visited, visit, visit_desk, world};

/// Instant at which the refused request is sent again.
const LATER: &str = "2026-08-01T00:00:10Z";

/// An act that is refused until something has happened.
struct Act {
    /// The path of the request.
    path: &'static str,
    body: Value,
    /// Another body under the same key.
    other: Value,
    refused: StatusCode,
    /// The events that make it valid; none if time alone does.
    happens: Vec<Event>,
}

fn disputed() -> [Event; 2] {
    let named = json!({ "exclusion_id": "x-9" });
    [desk(with(raise_exclusion("api"), named.clone())), desk(with(approve_exclusion(), named))]
}

/// Every act of a customer whose refusal can turn into an acceptance.
fn acts_of_customers() -> Vec<Act> {
    let claim =
        |note: &str| json!({ "service_id": "api", "month": "2026-08", "kind": "uptime", "note": note });
    let ticket = |title: &str| json!({ "level": 1, "title": title, "service_id": "later" });
    let opened = json!({ "ticket_id": "T-77", "event_id": "e-77" });
    let statement = |statement: &str| json!({ "statement": statement });
    let (unfit, unknown) = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::NOT_FOUND);
    vec![
        Act {
            path: "/claims",
            body: claim("it broke"),
            other: claim("broken"),
            refused: unfit,
            happens: Vec::new(),
        },
        Act {
            path: "/tickets",
            body: ticket("down"),
            other: ticket("up"),
            refused: unfit,
            happens: vec![service("later", "acme", 49_900, "EUR")],
        },
        Act {
            path: "/tickets/T-77/events",
            body: json!({ "kind": "cancelled" }),
            other: json!({ "kind": "closed" }),
            refused: unknown,
            happens: vec![tickets(&[with(ticket_opening("2026-07-19T23:59:00Z"), opened)])],
        },
        Act {
            path: "/exclusions/x-9/disputes",
            body: statement("it was you"),
            other: statement("you were it"),
            refused: unknown,
            happens: disputed().to_vec(),
        },
    ]
}

/// Returns the instants in an answer, and those of the last event of the ticket that it names.
async fn dated(portal: &Visited, answer: &Value) -> Vec<Value> {
    let mut dates: Vec<Value> =
        ["filed_at", "at", "raised_at"].iter().filter_map(|name| answer.get(*name)).cloned().collect();
    if let Some(id) = answer["ticket_id"].as_str() {
        let ticket = crate::portal::api::get(portal, &format!("/tickets/{id}"), &portal.token("acme")).await;
        let events = read(&ticket)["events"].as_array().unwrap().clone();
        let last = events.last().unwrap();
        dates.extend([last["event"]["occurred_at"].clone(), last["received_at"].clone()]);
    }
    dates
}

async fn sent(portal: &Visited, act: &Act, key: &str, body: &Value) -> Answer {
    post(portal, act.path, &portal.token("acme"), key, body).await
}

async fn happen(world: &World, events: &[Event]) {
    let before = world.clock().now();
    let day_before: sla::Instant = "2026-07-20T00:00:00Z".parse().unwrap();
    if before < day_before {
        world.advance_to(&day_before.to_string()).unwrap();
    }
    world.seed(events).await.unwrap();
    world.advance_to(LATER).unwrap();
}

#[test]
fn what_is_refused_and_accepted_later_is_dated_by_its_acceptance() {
    runtime().unwrap().block_on(async {
        let base = world().await;
        for act in acts_of_customers() {
            let world = base.fork().unwrap();
            let portal = visit(&world);
            let before = world.dump().unwrap();
            let refused = sent(&portal, &act, "k", &act.body).await;
            assert_eq!(refused.status, act.refused, "{}: {}", act.path, refused.text);
            assert_eq!(
                world.dump().unwrap().difference(&before),
                "",
                "{}: a refusal leaves nothing",
                act.path
            );
            happen(&world, &act.happens).await;
            let first = read(&sent(&portal, &act, "k", &act.body).await);
            let dates = dated(&portal, &first).await;
            assert!(!dates.is_empty() && dates.iter().all(|at| *at == LATER), "{}: {dates:?}", act.path);
            // From now on the key belongs to this request.
            let once = world.dump().unwrap();
            world.advance_to("2026-08-30T00:00:00Z").unwrap();
            assert_eq!(read(&sent(&portal, &act, "k", &act.body).await), first, "{}", act.path);
            let other = sent(&portal, &act, "k", &act.other).await;
            let said = problem(&other, StatusCode::UNPROCESSABLE_ENTITY, act.path);
            assert!(said.starts_with("Idempotency-Key: it was sent with something else before"), "{said}");
            assert_eq!(world.dump().unwrap().difference(&once), "", "{}: nothing happened twice", act.path);
        }
    });
}

#[test]
fn another_body_after_a_refusal_is_another_request() {
    runtime().unwrap().block_on(async {
        let base = world().await;
        for act in acts_of_customers() {
            let world = base.fork().unwrap();
            let portal = visit(&world);
            assert_eq!(sent(&portal, &act, "k", &act.body).await.status, act.refused, "{}", act.path);
            happen(&world, &act.happens).await;
            let other = read(&sent(&portal, &act, "k", &act.other).await);
            assert!(dated(&portal, &other).await.iter().all(|at| *at == LATER), "{}: {other}", act.path);
            let first = sent(&portal, &act, "k", &act.body).await;
            assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY, "{}: the key is taken now", act.path);
        }
    });
}

#[test]
fn what_a_key_made_answers_for_it_once_it_is_forgotten() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let ticket = json!({ "level": 1, "title": "down", "service_id": "api" });
        let opened = read(&post(&portal, "/tickets", &portal.token("acme"), "k", &ticket).await);
        let reply = json!({ "kind": "cancelled" });
        let path = format!("/tickets/{}/events", opened["ticket_id"].as_str().unwrap());
        let said = read(&post(&portal, &path, &portal.token("acme"), "k-2", &reply).await);
        world.advance_to("2026-08-02T12:00:01Z").unwrap();
        let kept = world.dump().unwrap().without(&[], &["item CUSTOMER#acme REQUEST#"]);
        assert_eq!(read(&post(&portal, "/tickets", &portal.token("acme"), "k", &ticket).await), opened);
        assert_eq!(read(&post(&portal, &path, &portal.token("acme"), "k-2", &reply).await), said);
        let now = world.dump().unwrap().without(&[], &["item CUSTOMER#acme REQUEST#"]);
        assert_eq!(now.difference(&kept), "", "nothing happened twice");
        world.advance_to("2026-09-02T12:00:00Z").unwrap();
        let other = with(ticket, json!({ "title": "another thing" }));
        let other = post(&portal, "/tickets", &portal.token("acme"), "k", &other).await;
        assert!(problem(&other, StatusCode::CONFLICT, "k").contains("choose another key"), "{}", other.text);
        let other = post(&portal, &path, &portal.token("acme"), "k-2", &json!({ "kind": "closed" })).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text);
    });
}

#[test]
fn a_form_that_was_refused_is_dated_by_when_it_is_taken() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let send = async |path: &str, fields: &[(&str, &str)]| {
            let token = portal.token("acme");
            let csrf = portal.csrf(&token).await;
            portal.post(path, Some(&token), &[fields, &[("csrf", csrf.as_str())]].concat()).await
        };
        let ticket = [("key", "k-1"), ("level", "1"), ("service_id", "later"), ("title", "down")];
        let reply = [("key", "k-2"), ("kind", "cancelled")];
        let claim = [("service_id", "api"), ("month", "2026-08"), ("kind", "uptime")];
        let dispute = [("statement", "it was you")];
        let forms: [(&str, &[(&str, &str)]); 4] = [
            ("/tickets", &ticket),
            ("/tickets/T-77/events", &reply),
            ("/claims", &claim),
            ("/exclusions/x-9/disputes", &dispute),
        ];
        let before = world.dump().unwrap();
        for (path, fields) in forms {
            assert!(send(path, fields).await.status.is_client_error(), "{path}");
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "refusals leave nothing");
        let happens: Vec<Event> = acts_of_customers().into_iter().flat_map(|act| act.happens).collect();
        happen(&world, &happens).await;
        for (path, fields) in forms {
            let taken = send(path, fields).await;
            assert_eq!(taken.status, StatusCode::SEE_OTHER, "{path}: {}", taken.text);
        }
        let made = world.dump().unwrap().difference(&before).replace('\\', "");
        let expected = [
            format!(r#""opened_at":"{LATER}""#),
            format!(r#""occurred_at":"{LATER}","kind":"cancelled""#),
            format!(r#""filed_at":"{LATER}""#),
            format!(r#""statement":"it was you","at":"{LATER}""#),
        ];
        for dated in expected {
            assert!(made.contains(&dated), "{dated}: {made}");
        }
        assert!(!made.contains(&format!(r#""filed_at":"{NOW}""#)));
    });
}

async fn command(at_desk: &Visited, key: &str, name: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/api/v1/commands/{name}"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", at_desk.staff("ada")))
        .header("idempotency-key", key);
    at_desk.ask(request.body(body.to_string().into()).unwrap()).await
}

#[test]
fn a_command_that_was_refused_is_judged_anew_and_its_key_keeps_its_first_answer() {
    runtime().unwrap().block_on(async {
        let base = world().await;
        let raise = |evidence: &str| {
            let own = json!({
                "exclusion_id": "x-8", "evidence": evidence, "command": null,
                "starts_at": "2026-07-10T00:00:00Z", "ends_at": "2026-07-10T00:03:00Z",
            });
            with(raise_exclusion("later"), own)
        };
        let claim = |note: &str| {
            json!({ "customer_id": "acme", "service_id": "api", "month": "2026-08", "kind": "uptime", "note": note })
        };
        let dispute = |statement: &str| {
            json!({ "exclusion_id": "x-9", "customer_id": "acme", "statement": statement })
        };
        let announce = |reason: &str| {
            json!({
                "window_id": "w-8", "scope": { "services": ["later"] }, "reason": reason,
                "starts_at": "2026-08-20T00:00:00Z", "ends_at": "2026-08-20T01:00:00Z",
            })
        };
        let later = || vec![service("later", "acme", 49_900, "EUR")];
        let acts = [
            ("raise_exclusion", raise("a report"), raise("another report"), later(), "raised_at"),
            ("file_claim", claim("it broke"), claim("broken"), Vec::new(), "filed_at"),
            ("dispute_exclusion", dispute("it was you"), dispute("you were it"), disputed().to_vec(), "at"),
            ("announce_maintenance", announce("new line"), announce("new card"), later(), "announced_at"),
        ];
        for (name, body, other, happens, date) in acts {
            let world = base.fork().unwrap();
            let at_desk = visit_desk(&world);
            let before = world.dump().unwrap();
            let refused = command(&at_desk, "k", name, &body).await;
            assert!(refused.status.is_client_error(), "{name}: {}", refused.text);
            assert_eq!(world.dump().unwrap().difference(&before), "", "{name}: a refusal leaves nothing");
            happen(&world, &happens).await;
            let first = command(&at_desk, "k", name, &body).await;
            assert_eq!(first.status, StatusCode::OK, "{name}: {}", first.text);
            let answer: Value = serde_json::from_str(&first.text).unwrap();
            assert_eq!(answer[date], LATER, "{name}: {answer}");
            let once = world.dump().unwrap();
            world.advance_to("2026-08-19T00:00:00Z").unwrap();
            assert_eq!(command(&at_desk, "k", name, &body).await.text, first.text, "{name}");
            let other = command(&at_desk, "k", name, &other).await;
            problem(&other, StatusCode::UNPROCESSABLE_ENTITY, name);
            assert_eq!(world.dump().unwrap().difference(&once), "", "{name}: nothing happened twice");
        }
    });
}

#[test]
fn a_command_that_is_repeated_late_undoes_nothing_that_came_after_it() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let arn = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:api";
        let register = json!({ "alarm_arn": arn, "service_id": "api", "probe": "alarm" });
        let first = command(&at_desk, "k-1", "register_alarm", &register).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        let removed = command(&at_desk, "k-2", "remove_alarm", &json!({ "alarm_arn": arn })).await;
        assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
        let before = world.dump().unwrap();
        assert_eq!(command(&at_desk, "k-1", "register_alarm", &register).await.text, first.text);
        assert_eq!(world.dump().unwrap().difference(&before), "", "the alarm stays removed");
    });
}
