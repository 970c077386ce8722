//! Status checks over the real handler and the embedded table: envelopes, alarms, bad input, quarantine,
//! order, and unreadable records wherever they lie.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alarms;
mod parts;
mod poison;
mod probes;

use std::collections::BTreeSet;
use std::sync::Arc;

use acceptance::reads::Reads;
use acceptance::world::{Dump, Event, World};
use serde_json::{Value, json};

const NOON: &str = "2026-06-10T12:00:00Z";
const SAMPLE: &str = include_str!("../../../infra/local/sample/scenario-2026-06.ndjson");
/// Items that do not depend on the order of arrival: timelines, measurements and statements.
const DERIVED: [&str; 4] = ["TIMELINE#", "MEASURED#", "STATEMENT#", "INPUTS#"];

async fn world() -> World {
    let world = World::at(NOON).await.unwrap();
    let commands = [
        json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"}),
        json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API", "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "activated_at": "2026-06-01T00:00:00Z",
        }),
    ];
    world.seed(&commands.map(|command| Event::new("run-desk", command))).await.unwrap();
    world
}

fn check(fields: Value) -> Value {
    let mut check = json!({"service_id": "api", "checked_at": "2026-06-10T11:59:00Z", "status": "up"});
    for (name, value) in fields.as_object().unwrap() {
        check[name] = value.clone();
    }
    check
}

/// Builds a batch of a queue.
fn queue(bodies: &[String]) -> Value {
    let records = bodies.iter().enumerate().map(|(nth, body)| {
        let message_id = format!("m{nth}");
        json!({"eventSource": "aws:sqs", "messageId": message_id, "body": body})
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

async fn record(world: &World, payload: Value) -> Value {
    match world.invoke(&Event::new("record-checks", payload)).await.unwrap() {
        Ok(answer) => answer,
        Err(failure) => json!({"errorType": failure.error_type(), "errorMessage": failure.message()}),
    }
}

async fn quarantined(world: &World) -> Vec<Value> {
    let answer = world.seed(&[Event::new("run-desk", json!({"command": "list_quarantine"}))]).await.unwrap();
    answer[0]["quarantined"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_bad_check_is_quarantined_with_its_error_and_stops_no_neighbour() {
    let world = world().await;
    let bad = [
        json!({"checked_at": "1970-01-01T00:00:00Z"}),
        json!({"checked_at": "9999-01-01T00:00:00Z"}),
        json!({"checked_at": "2026-06-10T11:59:00"}),
        json!({"checked_at": "2026-06-10T12:05:01Z"}),
        json!({"checked_at": "2026-06-10T11:59:60Z"}),
        json!({"checked_at": "2026-05-31T23:59:59Z"}),
        json!({"checked_at": null}),
        json!({"service_id": "nobody"}),
        json!({"service_id": "a#b"}),
        json!({"service_id": "a\u{0}b"}),
        json!({"probe": "p\u{202e}q"}),
        json!({"status": "dead"}),
        json!({"latency_ms": -1}),
        json!({"packet_loss_pct": 100.5}),
        json!({"throughput_mbps": "fast"}),
        json!({"until": "2026-06-10T11:58:00Z"}),
        json!({"until": "2026-06-10T12:05:01Z"}),
        json!({"checked_at": "2026-06-01T00:00:00Z", "until": "2026-07-02T00:00:01Z"}),
    ];
    let mut checks: Vec<Value> = bad.into_iter().map(check).collect();
    checks.push(json!("no object"));
    checks.push(check(json!({})));
    let received = checks.len();
    let answer = record(&world, json!({ "checks": checks })).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(1), &json!(0)));
    let errors: Vec<String> = answer["quarantined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|q| q["error"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(errors.len(), received - 1, "accepted + duplicates + quarantined = received");
    assert_eq!(quarantined(&world).await.len(), received - 1);
    insta::assert_snapshot!(errors.join("\n"));
}

#[tokio::test]
async fn a_payload_that_is_no_json_is_refused_directly_and_quarantined_from_a_queue() {
    let world = world().await;
    let deep = format!(r#"{{"checks": {}{}}}"#, "[".repeat(200), "]".repeat(200));
    let payloads = [
        r#"{"checks": [{"latency_ms": NaN}]}"#.to_owned(),
        r#"{"checks": [{"latency_ms": 1e400}]}"#.to_owned(),
        deep,
        r#"{"checks": [], "checks": []}"#.to_owned(),
        "not json".to_owned(),
    ];
    let mut refusals = Vec::new();
    for payload in &payloads {
        let process = world.process(Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
        let refusal = process.invoke("record-checks", payload.as_bytes()).await.unwrap_err();
        refusals.push(format!("{}: {}", refusal.error_type(), refusal.message()));
    }
    insta::assert_snapshot!(refusals.join("\n"), @r"
    BadRequest: the payload is no JSON: expected value at line 1 column 28
    BadRequest: the payload is no JSON: number out of range at line 1 column 32
    BadRequest: the payload is no JSON: recursion limit exceeded at line 1 column 138
    BadRequest: the payload is no JSON: duplicate key `checks`: give it once at line 1 column 28
    BadRequest: the payload is no JSON: expected ident at line 1 column 2
    ");
    let good = json!({"checks": [check(json!({}))]}).to_string();
    let bodies: Vec<String> = payloads.iter().chain([&good]).cloned().collect();
    let answer = record(&world, queue(&bodies)).await;
    assert_eq!(answer, json!({"batchItemFailures": []}), "a poison record is not delivered again");
    let kept = quarantined(&world).await;
    assert_eq!(kept.len(), payloads.len(), "one raw record each");
    assert!(kept.iter().all(|q| payloads.contains(&q["payload"].as_str().unwrap().to_owned())));
    assert!(
        world.dump().unwrap().0.keys().any(|name| name.contains("TIMELINE#")),
        "its neighbour was recorded"
    );
}

#[tokio::test]
async fn every_envelope_records_the_same() {
    let bus = |detail: Value| json!({"detail-type": "status check", "source": "monitor", "detail": detail});
    let cloud =
        |data: Value| json!({"specversion": "1.0", "id": "1", "source": "/m", "type": "check", "data": data});
    let one = check(json!({"status": "down"}));
    let many = json!({"checks": [one]});
    let direct = [many.clone(), bus(one.clone()), bus(many.clone()), cloud(one.clone()), cloud(many.clone())];
    for event in &direct {
        let world = world().await;
        assert_eq!(
            record(&world, event.clone()).await,
            json!({"accepted": 1, "duplicates": 0, "quarantined": []})
        );
        assert_eq!(
            record(&world, event.clone()).await,
            json!({"accepted": 0, "duplicates": 1, "quarantined": []})
        );
    }
    let world = world().await;
    let bodies: Vec<String> = direct.iter().map(Value::to_string).collect();
    assert_eq!(record(&world, queue(&bodies)).await, json!({"batchItemFailures": []}));
    assert!(quarantined(&world).await.is_empty());
}

#[tokio::test]
async fn a_large_body_is_taken_in_and_a_large_bad_check_is_kept() {
    let world = world().await;
    let filler = "x".repeat(250 * 1024);
    let answer = record(&world, json!({"checks": [check(json!({"note": filler}))]})).await;
    assert_eq!(answer["accepted"], 1, "unknown fields are ignored");
    record(&world, json!({"checks": [check(json!({"note": filler, "status": "dead"}))]})).await;
    record(&world, json!({"checks": [check(json!({"note": filler.repeat(2), "status": "dead"}))]})).await;
    let mut kept: Vec<(bool, usize)> = quarantined(&world)
        .await
        .iter()
        .map(|q| (q["whole"].as_bool().unwrap(), usize::try_from(q["length"].as_u64().unwrap()).unwrap()))
        .collect();
    kept.sort_unstable();
    assert!(!kept[0].0 && kept[0].1 > 500_000 && kept[1].0 && kept[1].1 > 250_000, "{kept:?}");
}

#[tokio::test]
async fn input_that_comes_again_is_kept_as_it_first_came() {
    let world = world().await;
    let bad = json!({"checks": [check(json!({"status": "dead"}))]});
    record(&world, bad.clone()).await;
    let first = quarantined(&world).await;
    world.advance_to("2026-06-10T13:00:00Z").unwrap();
    record(&world, bad).await;
    assert_eq!(quarantined(&world).await, first);
}

#[tokio::test]
async fn a_sweep_tells_of_silence_and_of_a_breach_that_was_only_carried() {
    let world = world().await;
    let register = json!({
        "command": "register_service", "service_id": "feed", "customer_id": "acme", "name": "Feed", "plan": "enterprise",
        "monthly_fee": {"minor": 100, "currency": "JPY"}, "region": "eu", "activated_at": "2026-06-01T00:00:00Z",
        "resolution_s": 60, "max_silence_s": null,
    });
    world.seed(&[Event::new("run-desk", register)]).await.unwrap();
    let down = json!({"service_id": "feed", "checked_at": NOON, "status": "down"});
    record(&world, json!({"checks": [down, check(json!({}))]})).await;
    world.advance_to("2026-06-10T12:05:00Z").unwrap();
    record(&world, json!({"sweep": true})).await;
    let told: Vec<(String, String)> = world
        .published()
        .unwrap()
        .iter()
        .filter(|p| p.topic.ends_with("operations"))
        .map(|p| {
            (
                p.message["kind"].as_str().unwrap().to_owned(),
                p.message["occurred_at"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    for expected in [
        ("outage.opened", "2026-06-10T12:00:00Z"),
        ("availability.breached", "2026-06-10T12:04:00Z"),
        ("checks.silent", "2026-06-10T12:02:00Z"),
    ] {
        assert!(told.contains(&(expected.0.to_owned(), expected.1.to_owned())), "{expected:?} in {told:?}");
    }
}

/// Returns the ids of the announced silences.
fn silences(world: &World) -> BTreeSet<String> {
    let told = world.published().unwrap().into_iter().filter(|p| p.message["kind"] == "checks.silent");
    told.map(|p| p.message["notice_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_silence_that_late_checks_ended_is_said_again_when_it_comes_again() {
    let world = world().await;
    record(&world, json!({"checks": [check(json!({}))]})).await;
    world.advance_to("2026-06-10T12:05:00Z").unwrap();
    record(&world, json!({"sweep": true})).await;
    assert_eq!(silences(&world).len(), 1);
    // A queue was held up: its checks arrive late, in order, and catch up.
    world.advance_to("2026-06-10T12:10:00Z").unwrap();
    for minute in 1..=10 {
        let late = check(json!({"checked_at": format!("2026-06-10T12:{minute:02}:00Z")}));
        assert_eq!(record(&world, json!({"checks": [late]})).await["accepted"], 1);
    }
    record(&world, json!({"sweep": true})).await;
    assert_eq!(silences(&world).len(), 1, "nobody is silent now");
    world.advance_to("2026-06-10T12:20:00Z").unwrap();
    record(&world, json!({"sweep": true})).await;
    assert_eq!(silences(&world).len(), 2);
}

/// Registers the sample's services, records its checks in batches of a size, and closes the month.
async fn sample_month(checks: &[Value], batch: usize) -> Dump {
    let world = World::at("2026-05-31T00:00:00Z").await.unwrap();
    let lines: Vec<Value> = SAMPLE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in lines.iter().filter(|line| line["invoke"] == "run-desk") {
        world.seed(&[Event::new("run-desk", line["payload"].clone())]).await.unwrap();
    }
    world.advance_to("2026-07-01T12:00:00Z").unwrap();
    let process = world.process(Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    for batch in checks.chunks(batch) {
        let payload = json!({ "checks": batch }).to_string();
        process.invoke_alone("record-checks", payload.as_bytes()).await.unwrap();
    }
    world.advance_to("2026-07-02T00:00:00Z").unwrap();
    process.invoke_alone("close-month", br#"{"month": "2026-06"}"#).await.unwrap();
    let Dump(holdings) = world.dump().unwrap().without(&["version"], &[]);
    let derived = |name: &String| DERIVED.iter().any(|prefix| name.contains(prefix));
    Dump(holdings.into_iter().filter(|(name, _)| derived(name)).collect())
}

#[tokio::test]
async fn the_sample_in_any_order_batching_and_repetition_gives_the_same_bytes() {
    let lines: Vec<Value> = SAMPLE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let checks: Vec<Value> = lines
        .iter()
        .filter(|line| line["invoke"] == "record-checks")
        .flat_map(|line| line["payload"]["checks"].as_array().unwrap().clone())
        .collect();
    assert_eq!(checks.len(), 5070);
    let in_order = sample_month(&checks, 500).await;
    assert!(in_order.0.len() > 300, "timelines, measurements, statements, inputs");
    // 2,741 and 5,070 have no common divisor: every check comes once, far from its neighbours; then 700 come
    // again.
    let mut shuffled: Vec<Value> =
        (0..checks.len()).map(|nth| checks[nth * 2741 % checks.len()].clone()).collect();
    shuffled.extend_from_within(100..800);
    let other = sample_month(&shuffled, 333).await;
    assert!(in_order == other, "{}", in_order.difference(&other));
}

#[tokio::test]
async fn a_check_that_turns_a_slot_down_reads_its_chunk_once() {
    let world = world().await;
    let up = ["2026-06-09T12:00:00Z", "2026-06-10T11:58:00Z"].map(|at| check(json!({"checked_at": at})));
    record(&world, json!({ "checks": up })).await;
    let reads = Reads::default();
    let process = world.process(Arc::new(reads.clone())).unwrap();
    let down = json!({"checks": [check(json!({"status": "down"}))]}).to_string();
    process.invoke_alone("record-checks", down.as_bytes()).await.unwrap();
    let chunks: Vec<(String, usize)> =
        reads.take().into_iter().filter(|(sk, _)| sk.starts_with("TIMELINE#")).collect();
    let [earlier, today] =
        ["2026-06-09", "2026-06-10"].map(|day| format!("TIMELINE#default#{day}T00:00:00Z"));
    assert_eq!(chunks, [(earlier, 1), (today, 1)]);
}
