//! Revisions of the terms over the real handlers: published, announced to every customer, taking effect, and
//! judging.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use acceptance::world::{Event, World};
use nines::commands::{replay, scenario, what_if};
use nines::stand_ins::wire::OpenPassage;
use serde_json::{Value, json};
use sla::Terms;

/// Revision 2 as it was recorded: Premium at 99.97 %, a latency for one region, from September on.
const REVISION_2: &str = include_str!("../../../functions/publish-terms/events/revision-2.json");

fn revision_2(fields: &[(&str, Value)]) -> Value {
    let mut document: Value = serde_json::from_str(REVISION_2).unwrap();
    for (pointer, value) in fields {
        *document.pointer_mut(pointer).unwrap() = value.clone();
    }
    document
}

fn customer(id: &str) -> Value {
    json!({ "command": "register_customer", "customer_id": id, "name": id })
}

fn service(id: &str, plan: &str, fee: Value) -> Value {
    json!({
        "command": "register_service", "service_id": id, "customer_id": "acme", "name": id, "plan": plan,
        "monthly_fee": fee, "region": "eu", "activated_at": "2026-06-01T00:00:00Z", "max_silence_s": null,
    })
}

fn money(minor: u64, currency: &str) -> Value {
    json!({ "minor": minor, "currency": currency })
}

/// A world with registered customers, on the first of June.
async fn world(customers: &[&str]) -> World {
    let world = World::at("2026-06-01T00:00:00Z").await.unwrap();
    let events: Vec<Event> = customers.iter().map(|id| Event::new("run-desk", customer(id))).collect();
    world.seed(&events).await.unwrap();
    world
}

async fn invoke(world: &World, function: &'static str, payload: Value) -> Result<Value, String> {
    let answer = world.invoke(&Event::new(function, payload)).await.unwrap();
    answer.map_err(|failure| format!("{}: {}", failure.error_type(), failure.message()))
}

async fn publish(world: &World, document: Value) -> Result<Value, String> {
    invoke(world, "publish-terms", document).await
}

async fn sweep(world: &World) {
    let event = json!({ "sweep": true });
    // The first sweep writes the customers' notices, the stream or the second publishes them.
    for _ in 0..2 {
        invoke(world, "send-notices", event.clone()).await.unwrap();
    }
}

/// Counts the published messages of a kind by topic and customer; a notice published twice counts once.
fn told(world: &World, kind: &str) -> BTreeMap<String, usize> {
    let mut ids = BTreeMap::new();
    for published in world.published().unwrap().into_iter().filter(|p| p.message["kind"] == kind) {
        let customer = published.message["customer_id"].as_str().unwrap_or("staff").to_owned();
        assert_eq!(published.message["service_id"], Value::Null, "it is about no service");
        ids.insert(
            (published.topic.clone(), published.message["notice_id"].to_string()),
            format!("{} {customer}", published.topic),
        );
    }
    let mut counts = BTreeMap::new();
    for whom in ids.into_values() {
        *counts.entry(whom).or_default() += 1;
    }
    counts
}

fn each(whom: &[&str]) -> BTreeMap<String, usize> {
    whom.iter().map(|whom| ((*whom).to_owned(), 1)).collect()
}

#[tokio::test]
async fn a_revision_is_published_once_and_answered_again() {
    let world = world(&["acme"]).await;
    let answer = publish(&world, revision_2(&[])).await.unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap(), @r#"
    {
      "effective_from": "2026-09",
      "revision": 2,
      "terms_id": "infopromo-sla",
      "warnings": [
        "levels.general.resolve.limit_s: 43200 (12 h) is tighter than level 1's 24 h and level 2's 72 h: kept as written"
      ]
    }
    "#);
    let dump = world.dump().unwrap();
    world.advance_to("2026-10-01T00:00:00Z").unwrap();
    // Its month has begun: as a new revision it would be refused.
    assert_eq!(publish(&world, revision_2(&[])).await.unwrap(), answer);
    assert_eq!(dump.difference(&world.dump().unwrap()), "");
    let built_in = serde_json::to_value(Terms::built_in()).unwrap();
    assert_eq!(
        publish(&world, built_in).await.unwrap()["revision"],
        1,
        "what is in force without any publishing"
    );
}

#[tokio::test]
async fn a_wrong_document_is_refused_and_nothing_is_written() {
    let world = world(&["acme"]).await;
    // A second too late for July: the thirty days before it have begun.
    world.advance_to("2026-06-01T00:00:01Z").unwrap();
    let before = world.dump().unwrap();
    let mut shown = String::new();
    let mut typing_error = revision_2(&[("/credits/rate_pct", json!(-1))]);
    typing_error["plans"]["premium"]["comitment_ppm"] = json!(999_700);
    for (tried, document) in [
        ("a typing error", typing_error),
        ("a wrong type", revision_2(&[("/plans/premium/commitment_ppm", json!("99.97 %"))])),
        (
            "several errors at once",
            revision_2(&[
                ("/plans/premium/commitment_ppm", json!(1_000_000)),
                ("/levels/critical/acknowledge/target_s", json!(900)),
                ("/effective_from", json!("2026-06")),
            ]),
        ),
        ("too late for July", revision_2(&[("/effective_from", json!("2026-07"))])),
        ("a revision too far", revision_2(&[("/revision", json!(3))])),
        ("the first revision anew", revision_2(&[("/revision", json!(1))])),
        ("a list", json!([])),
    ] {
        let refusal = publish(&world, document).await.expect_err(tried);
        shown += &format!("{tried}\n    {}\n", refusal.replace('\n', "\n    "));
    }
    assert_eq!(before.difference(&world.dump().unwrap()), "");
    publish(&world, revision_2(&[])).await.unwrap();
    let other = revision_2(&[("/credits/rate_pct", json!(12))]);
    shown += &format!("the second revision anew\n    {}\n", publish(&world, other).await.unwrap_err());
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn every_customer_is_told_now_and_when_it_takes_effect_and_staff_once() {
    let world = world(&["acme", "bolt", "corp"]).await;
    publish(&world, revision_2(&[])).await.unwrap();
    sweep(&world).await;
    let everyone = [
        "nines-customer acme",
        "nines-customer bolt",
        "nines-customer corp",
        "nines-finance staff",
        "nines-operations staff",
    ];
    assert_eq!(told(&world, "terms.announced"), each(&everyone));
    world.advance_to("2026-08-31T23:59:59Z").unwrap();
    sweep(&world).await;
    assert_eq!(told(&world, "terms.effective"), each(&[]));
    // A later customer is told when it takes effect.
    invoke(&world, "run-desk", customer("dune")).await.unwrap();
    world.advance_to("2026-09-01T00:00:00Z").unwrap();
    sweep(&world).await;
    sweep(&world).await;
    let everyone = [&everyone[..], &["nines-customer dune"]].concat();
    assert_eq!(told(&world, "terms.effective"), each(&everyone));
    assert_eq!(told(&world, "terms.announced").len(), 5, "nothing is announced again");
    let published = world.published().unwrap();
    let of_acme = published.iter().filter(|p| p.message["customer_id"] == "acme").map(|p| &p.message);
    let messages: BTreeMap<String, &Value> = of_acme.map(|m| (m["notice_id"].to_string(), m)).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&messages.values().collect::<Vec<_>>()).unwrap());
}

#[tokio::test]
async fn customers_are_told_in_pages() {
    let names: Vec<String> = (0..170).map(|nth| format!("customer-{nth}")).collect();
    let world = world(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    publish(&world, revision_2(&[])).await.unwrap();
    sweep(&world).await;
    let told = told(&world, "terms.announced");
    assert_eq!((told.len(), told.values().all(|count| *count == 1)), (172, true));
}

#[tokio::test]
async fn a_month_and_a_ticket_are_judged_by_the_revision_in_force_at_their_beginning() {
    let world = world(&["acme"]).await;
    invoke(&world, "run-desk", service("api", "standard", money(10_000, "EUR"))).await.unwrap();
    let laxer = revision_2(&[
        ("/effective_from", json!("2026-08")),
        ("/plans/standard/commitment_ppm", json!(990_000)),
        ("/levels/critical/acknowledge/limit_s", json!(600)),
    ]);
    publish(&world, laxer).await.unwrap();
    let check = |at: &str, status: &str| json!({ "service_id": "api", "checked_at": at, "status": status });
    let mut verdicts = Vec::new();
    for (month, next) in [("2026-07", "2026-08"), ("2026-08", "2026-09")] {
        // An hour down, and a critical report that waits for 12 minutes.
        let down =
            [check(&format!("{month}-10T00:00:00Z"), "down"), check(&format!("{month}-10T01:00:00Z"), "up")];
        world.advance_to(&format!("{month}-10T12:00:00Z")).unwrap();
        let first = check(&format!("{month}-01T00:00:00Z"), "up");
        let checks = json!({ "checks": [first, down[0], down[1]] });
        invoke(&world, "record-checks", checks).await.unwrap();
        let event = |id: &str, at: &str, kind: &str| {
            json!({
                "event_id": format!("{month}-{id}"), "ticket_id": format!("T-{month}"), "kind": kind,
                "occurred_at": format!("{month}-{at}"), "customer_id": "acme", "service_id": "api",
                "level": 1, "channel": "phone", "title": "Down",
            })
        };
        let events = [event("e0", "10T00:00:00Z", "opened"), event("e1", "10T00:12:00Z", "acknowledged")];
        invoke(&world, "record-tickets", json!({ "events": events })).await.unwrap();
        world.advance_to(&format!("{next}-02T00:00:00Z")).unwrap();
        let close = json!({ "month": month, "service_id": "api" });
        let answer = invoke(&world, "close-month", close).await.unwrap();
        let statement = &answer["statements"][0];
        let tickets = &statement["tickets"];
        verdicts.push(json!([
            month,
            statement["terms"]["revision"],
            statement["commitment_pct"],
            statement["verdict"],
            tickets["acknowledge_met"],
            tickets["acknowledge_missed"],
        ]));
    }
    let expected =
        [json!(["2026-07", 1, "99.9000", "breached", 1, 0]), json!(["2026-08", 2, "99.0000", "met", 0, 1])];
    assert_eq!(verdicts, expected);
}

#[tokio::test]
async fn publishing_forgets_the_terms_that_were_remembered() {
    let world = world(&[]).await;
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let (table, now) = (process.directory(), process.clock().now());
    assert_eq!(table.terms_now(now).await.unwrap().latest().revision, 1);
    let terms: Terms = serde_json::from_value(revision_2(&[])).unwrap();
    table.publish_terms(&terms, &[]).await.unwrap();
    assert_eq!(table.terms_now(now).await.unwrap().latest().revision, 2);
}

#[tokio::test]
async fn a_replay_tells_that_a_revision_takes_effect_at_its_instant() {
    let august = revision_2(&[("/effective_from", json!("2026-08"))]);
    let lines = [
        json!({ "at": "2026-06-30T00:00:00Z", "invoke": "run-desk", "payload": customer("acme") }),
        json!({ "at": "2026-06-30T00:00:00Z", "invoke": "publish-terms", "payload": august }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    for (until, expected) in [("2026-07-31T23:59:59Z", 0), ("2026-08-01T00:00:00Z", 3)] {
        let out = tempfile::tempdir().unwrap();
        let lines = scenario::parse("test", &text).unwrap();
        let request = replay::Request {
            lines,
            until: Some(until.parse().unwrap()),
            as_invoked: false,
            out: out.path().to_owned(),
        };
        replay::run(&request).await.unwrap();
        let notices = std::fs::read_to_string(out.path().join("notices.ndjson")).unwrap();
        let count = |kind: &str| notices.lines().filter(|line| line.contains(kind)).count();
        let at = r#""occurred_at":"2026-08-01T00:00:00Z""#;
        assert_eq!([count(r#""kind":"terms.announced","severity""#), count(at)], [3, expected], "{until}");
    }
}

#[tokio::test]
async fn what_another_revision_would_have_cost_is_told_and_nothing_is_written() {
    let world = world(&["acme"]).await;
    for (id, plan, fee) in [
        ("api", "standard", money(49_900, "EUR")),
        ("fine", "standard", money(49_900, "EUR")),
        ("shop", "premium", money(120_000, "JPY")),
        ("vault", "enterprise", money(99_900, "EUR")),
    ] {
        invoke(&world, "run-desk", service(id, plan, fee)).await.unwrap();
    }
    world.advance_to("2026-06-10T12:00:00Z").unwrap();
    let check = |id: &str, at: &str, status: &str, fields: Value| {
        let mut check = json!({ "service_id": id, "checked_at": at, "status": status });
        check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        check
    };
    let mut checks = Vec::new();
    for id in ["api", "fine", "shop", "vault"] {
        checks.push(check(id, "2026-06-01T00:00:00Z", "up", json!({ "latency_ms": 45 })));
    }
    for (id, end) in [("api", "05:00:00"), ("shop", "00:15:00"), ("vault", "07:12:00")] {
        checks.push(check(id, "2026-06-10T00:00:00Z", "down", json!({})));
        checks.push(check(id, &format!("2026-06-10T{end}Z"), "up", json!({})));
    }
    invoke(&world, "record-checks", json!({ "checks": checks })).await.unwrap();
    world.advance_to("2026-07-02T00:00:00Z").unwrap();
    invoke(&world, "close-month", json!({ "month": "2026-06" })).await.unwrap();
    let terms = serde_json::from_value(revision_2(&[
        ("/plans/standard/commitment_ppm", json!(990_000)),
        ("/plans/enterprise/resolution_s", json!(60)),
        ("/credits/step", json!("started")),
        ("/metrics/latency/limit_us", json!(40_000)),
        ("/levels/critical/resolve/limit_s", json!(7_200)),
        ("/claims/window_days", json!(14)),
        ("/exclusions/raise_days", json!(14)),
        ("/close_after_h", json!(48)),
    ]));
    let before = world.dump().unwrap();
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let month = "2026-06".parse().unwrap();
    insta::assert_snapshot!(what_if::tell(&process, &terms.unwrap(), month).await.unwrap());
    let none = what_if::tell(&process, &Terms::built_in(), "2026-05".parse().unwrap()).await.unwrap();
    insta::assert_snapshot!(none, @r"
    2026-05 under revision 1 of infopromo-sla: 0 statements recomputed, 0 would change
    Services without a closed statement of 2026-05, left out: 4
    Nothing was written.
    ");
    let same = what_if::tell(&process, &Terms::built_in(), month).await.unwrap();
    insta::assert_snapshot!(same, @r"
    2026-06 under revision 1 of infopromo-sla: 4 statements recomputed, 0 would change
    Certain credits in EUR: 134.55 → 134.55 (no change)
    Certain credits in JPY: 0 → 0 (no change)
    Nothing was written.
    ");
    assert_eq!(before.difference(&world.dump().unwrap()), "");
}
