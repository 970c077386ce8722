//! Poison: unreadable records in a queue, in the stream, in the outbox, among the services of a month. Each
//! is kept or named, once, and its neighbours are processed.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, OpenPassage, Passage, reply, sdk_response};
use nines::system::TABLE;
use table::outbox::OUTBOX;

use super::*;

/// A notice of a version unknown to this one.
const FOREIGN: &str = r#"{"notice_id": "n-1", "happening": {"kind": "outage.imagined"}}"#;

/// A world in which two outages and the end of one wait in the outbox.
async fn unsent() -> World {
    let world = world().await;
    let at = |at: &str, status: &str| check(json!({"checked_at": at, "status": status}));
    let checks = [
        at("2026-06-10T11:55:00Z", "down"),
        at("2026-06-10T11:56:00Z", "up"),
        at("2026-06-10T11:59:00Z", "down"),
    ];
    world.seed_unsent(&[Event::new("record-checks", json!({ "checks": checks }))]).await.unwrap();
    world
}

/// Returns the due outbox items as the stream shows them, by key.
fn outbox(world: &World) -> Vec<Value> {
    let is_due = |item: &Value| item["due"]["S"].as_str().is_some_and(|due| due.starts_with(OUTBOX));
    world.dump().unwrap().0.into_values().filter(is_due).collect()
}

fn stream(images: &[Value]) -> Value {
    let record = |(nth, image): (usize, &Value)| {
        let dynamodb = json!({"SequenceNumber": nth.to_string(), "NewImage": image});
        json!({"eventSource": "aws:dynamodb", "dynamodb": dynamodb})
    };
    json!({"Records": images.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn foreign(nth: usize) -> Value {
    json!({
        "PK": {"S": "CUSTOMER#acme"}, "SK": {"S": format!("NOTICE#2026-06-10T11:00:00Z#n-{nth:04}")},
        "due": {"S": format!("{OUTBOX}#00")}, "due_at": {"S": "2026-06-10T11:00:00Z"}, "body": {"S": FOREIGN},
    })
}

/// Writes an item as another version would.
async fn put(world: &World, item: &Value) {
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let mut request = process.dynamodb().put_item().table_name(TABLE);
    for (name, value) in item.as_object().unwrap() {
        request = request.item(name, AttributeValue::S(value["S"].as_str().unwrap().to_owned()));
    }
    request.send().await.unwrap();
}

async fn send(world: &World, payload: Value) -> Value {
    world.seed(&[Event::new("send-notices", payload)]).await.unwrap().remove(0)
}

fn told(world: &World) -> BTreeSet<String> {
    world.published().unwrap().iter().map(|p| p.message["notice_id"].to_string()).collect()
}

#[tokio::test]
async fn a_queue_keeps_what_it_cannot_read_and_records_its_neighbours() {
    let world = world().await;
    let bodies = [
        "not json".to_owned(),
        json!({"detail-type": "Something Else", "detail": {}}).to_string(),
        json!({"checks": [check(json!({"status": "dead"})), check(json!({"status": "down"}))]}).to_string(),
        json!({"detail-type": "CloudWatch Alarm State Change"}).to_string(),
        json!({"checks": [check(json!({"checked_at": "2026-06-10T11:58:00Z"}))]}).to_string(),
    ];
    for _ in 0..2 {
        let answer = record(&world, queue(&bodies)).await;
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
    let kept = quarantined(&world).await;
    let mut sources: Vec<&str> = kept.iter().map(|q| q["source"].as_str().unwrap()).collect();
    sources.sort_unstable();
    assert_eq!(sources, ["check", "check", "record", "record"], "each once");
    let answer = record(&world, serde_json::from_str(&bodies[4]).unwrap()).await;
    assert_eq!(answer["duplicates"], 1, "the good ones were recorded");
    assert!(told(&world).iter().any(|id| id.contains("outage.opened")), "and told");
}

#[tokio::test]
async fn what_the_stream_shows_and_nobody_can_read_is_quarantined_once_and_its_neighbours_are_sent() {
    let world = unsent().await;
    let good = outbox(&world);
    assert!(good.len() >= 3, "{good:?}");
    let mut endless = foreign(2);
    endless["due_at"] = json!({"S": "some day"});
    let mut bodiless = foreign(3);
    bodiless.as_object_mut().unwrap().remove("body");
    let done = json!({"PK": {"S": "CUSTOMER#acme"}, "SK": {"S": "NOTICE#x"}, "body": {"S": "{"}});
    let mut images = vec![foreign(1), endless, bodiless, done];
    for image in &images {
        put(&world, image).await;
    }
    images.extend(good.clone());
    for _ in 0..2 {
        assert_eq!(send(&world, stream(&images)).await, json!({"batchItemFailures": []}));
    }
    assert_eq!(told(&world).len(), good.len());
    let kept = quarantined(&world).await;
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept.iter().all(|q| q["source"] == "outbox" && q["whole"] == true));
    let mut errors: Vec<&str> = kept.iter().map(|q| q["error"].as_str().unwrap()).collect();
    errors.sort_unstable();
    insta::assert_snapshot!(errors.join("\n"));
}

#[tokio::test]
async fn what_the_sweep_cannot_read_is_quarantined_once_and_stays_due_for_a_version_that_can() {
    let world = unsent().await;
    let good = outbox(&world);
    put(&world, &foreign(1)).await;
    for delivered in [good.len(), 0] {
        assert_eq!(send(&world, json!({"sweep": true})).await, json!({"delivered": delivered}));
    }
    assert_eq!(told(&world).len(), good.len());
    assert_eq!(send(&world, stream(&[foreign(1)])).await, json!({"batchItemFailures": []}));
    let kept = quarantined(&world).await;
    assert_eq!(kept.len(), 1, "the stream and every sweep see the same: {kept:?}");
    assert_eq!(outbox(&world), [foreign(1)], "it stays due");
    let mut replay = json!({"command": "replay_quarantine", "quarantine_id": kept[0]["quarantine_id"]});
    for payload in [Value::Null, json!({"checks": [check(json!({}))]})] {
        replay["payload"] = payload;
        let refused = world.invoke(&Event::new("run-desk", replay.clone())).await.unwrap().unwrap_err();
        insta::assert_snapshot!(format!("{}: {}", refused.error_type(), refused.message()));
    }
    // Another version rewrites it readably, which equals reading it.
    let mut readable = good[0].clone();
    readable["SK"] = foreign(1)["SK"].clone();
    put(&world, &readable).await;
    assert_eq!(send(&world, json!({"sweep": true})).await, json!({"delivered": 1}));
}

/// Refuses every write to the quarantine.
struct NoQuarantine;

impl Passage for NoQuarantine {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let is_refused = call.is_write() && String::from_utf8_lossy(&call.body).contains("QUARANTINE#");
        Box::pin(async move {
            if is_refused {
                let fault = json!({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException"});
                let content_type = "application/x-amz-json-1.0";
                return sdk_response(reply(StatusCode::BAD_REQUEST, content_type, fault.to_string()));
            }
            onward(call.body).await
        })
    }
}

#[tokio::test]
async fn what_cannot_be_quarantined_comes_again_and_its_neighbours_are_sent() {
    let world = unsent().await;
    let mut images = outbox(&world);
    let good = images.len();
    images.push(foreign(1));
    put(&world, &foreign(1)).await;
    let process = world.process(Arc::new(NoQuarantine)).unwrap();
    let answer = process.invoke_alone("send-notices", stream(&images).to_string().as_bytes()).await;
    assert_eq!(answer.unwrap(), json!({"batchItemFailures": [{"itemIdentifier": "0"}]}));
    assert_eq!(told(&world).len(), good);
    let failure = process.invoke_alone("send-notices", br#"{"sweep": true}"#).await.unwrap_err();
    assert!(failure.is_fault(), "{}", failure.message());
}

#[tokio::test]
async fn however_much_cannot_be_read_what_is_due_after_it_is_found() {
    let world = unsent().await;
    for nth in 0..5 {
        put(&world, &foreign(nth)).await;
    }
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let undone = process.directory().undone(NOON.parse().unwrap(), 2).await.unwrap();
    assert_eq!(undone.unreadable.len(), 5);
    assert_eq!(undone.entries.len(), 3, "one beside the last of the unreadable, and the next page");
}

#[tokio::test]
async fn a_service_that_cannot_be_closed_is_named_and_its_neighbours_are_closed() {
    let world = world().await;
    let register = |id: &str| {
        json!({
            "command": "register_service", "service_id": id, "customer_id": "acme", "name": id,
            "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": "2026-06-01T00:00:00Z",
        })
    };
    let registered = ["torn", "feed"].map(|id| Event::new("run-desk", register(id)));
    world.seed(&registered).await.unwrap();
    let torn = json!({"checks": [check(json!({"service_id": "torn"})), check(json!({}))]});
    record(&world, torn).await;
    world.advance_to("2026-07-02T00:00:00Z").unwrap();
    put(&world, &json!({"PK": {"S": "SERVICE#torn"}, "SK": {"S": "STANDING"}, "body": {"S": "{"}})).await;
    let mut shown = Vec::new();
    for event in [
        json!({"month": "2026-06", "service_ids": ["api", "nobody", "torn"]}),
        json!({"month": "2026-06", "service_ids": ["nobody", "api"]}),
        json!({"month": "2026-06"}),
    ] {
        let failure = world.invoke(&Event::new("close-month", event)).await.unwrap().unwrap_err();
        shown.push(format!(
            "{} (a fault: {}): {}",
            failure.error_type(),
            failure.is_fault(),
            failure.message()
        ));
    }
    insta::assert_snapshot!(shown.join("\n"));
    let closed = |id: &str| json!({"command": "show_statement", "service_id": id, "month": "2026-06"});
    let answers = world.seed(&["api", "feed"].map(|id| Event::new("run-desk", closed(id)))).await.unwrap();
    assert!(answers.iter().all(|statement| statement["revision"] == 1));
}
