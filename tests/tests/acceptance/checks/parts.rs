//! Batches that take several transactions, and late checks that reach far: judged as a whole, wherever a
//! process dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::faults::{Lost, Scenario, every, runtime};
use acceptance::world::{Event, World};
use aws_smithy_runtime_api::client::result::ConnectorError;
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Service};
use serde_json::{Value, json};

const START: &str = "2026-06-01T00:00:00Z";
/// 26 days by 10-second slots are 156 chunks: eight transactions.
const DOWN_FROM: &str = "2026-06-01T00:01:00Z";
const DOWN_TO: &str = "2026-06-27T00:00:50Z";

fn desk(payload: Value) -> Event {
    Event::new("run-desk", payload)
}

fn registered() -> Vec<Event> {
    vec![
        desk(json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"})),
        desk(json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
            "plan": "enterprise", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": START, "max_silence_s": null,
        })),
    ]
}

fn checks(checks: &[Value]) -> Event {
    Event::new("record-checks", json!({ "checks": checks }))
}

fn check(fields: &Value) -> Value {
    let mut check = json!({"service_id": "api", "status": "up"});
    check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    check
}

/// Builds one batch over many chunks: down for 26 days, and up since.
fn long_batch() -> Event {
    checks(&[
        check(&json!({"checked_at": DOWN_FROM, "until": DOWN_TO, "status": "down"})),
        check(&json!({"checked_at": "2026-06-27T00:01:00Z"})),
    ])
}

async fn world() -> World {
    let world = World::at(START).await.unwrap();
    world.seed(&registered()).await.unwrap();
    world.seed(&[checks(&[check(&json!({"checked_at": START}))])]).await.unwrap();
    world.advance_to("2026-06-27T00:02:00Z").unwrap();
    world
}

/// Returns the customer's notices about the service, in order.
fn told(world: &World) -> Vec<String> {
    let published =
        world.published().unwrap().into_iter().filter(|published| published.topic.ends_with("-customer"));
    let told = published.map(|published| {
        let message = published.message;
        let data = &message["data"];
        let ended = data.get("ended_at").and_then(Value::as_str).unwrap_or_default();
        format!("{} {ended}", message["kind"].as_str().unwrap()).trim_end().to_owned()
    });
    let mut told: Vec<String> = told.filter(|told| !told.starts_with("availability.at_risk")).collect();
    told.sort();
    told
}

/// Lets `after` writes to the table through and loses every later one: a process that dies.
struct Dies {
    after: usize,
    writes: AtomicUsize,
}

impl Dies {
    fn after(after: usize) -> Arc<Self> {
        Arc::new(Self { after, writes: AtomicUsize::new(0) })
    }
}

impl Passage for Dies {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        if call.service == Service::DynamoDb
            && call.is_write()
            && self.writes.fetch_add(1, Ordering::SeqCst) >= self.after
        {
            return Box::pin(async { Err(ConnectorError::io("the line is down".into())) });
        }
        onward(call.body)
    }
}

const WHOLE: [&str; 3] = ["availability.breached", "outage.closed 2026-06-27T00:01:00Z", "outage.opened"];

/// The same notices, and an outage of 20 seconds by another probe.
const WITH_ANOTHER: [&str; 5] = [
    "availability.breached",
    "outage.closed 2026-06-27T00:01:00Z",
    "outage.closed 2026-06-27T00:01:50Z",
    "outage.opened",
    "outage.opened",
];

#[tokio::test]
async fn a_batch_over_many_chunks_is_said_as_a_whole() {
    let world = world().await;
    world.seed(&[long_batch()]).await.unwrap();
    assert_eq!(told(&world), WHOLE);
}

#[tokio::test]
async fn a_batch_that_died_in_between_is_said_by_nobody_until_its_rest_comes() {
    for writes in 1..8 {
        let world = world().await;
        let process = world.process(Dies::after(writes)).unwrap();
        process.invoke("record-checks", long_batch().payload.to_string().as_bytes()).await.unwrap_err();
        // Neither another probe's check nor the sweep announces anything while part of the batch is missing.
        let other = check(&json!({"probe": "b", "checked_at": "2026-06-27T00:01:30Z", "status": "down"}));
        world.seed(&[checks(&[other]), Event::new("record-checks", json!({"sweep": true}))]).await.unwrap();
        assert_eq!(told(&world), [] as [&str; 0], "after {writes} writes");
        let up = check(&json!({"probe": "b", "checked_at": "2026-06-27T00:01:50Z"}));
        world.seed(&[long_batch(), checks(&[up])]).await.unwrap();
        assert_eq!(told(&world), WITH_ANOTHER, "after {writes} writes");
    }
}

#[tokio::test]
async fn what_is_left_of_a_batch_is_said_after_five_minutes() {
    let world = world().await;
    let process = world.process(Dies::after(3)).unwrap();
    process.invoke("record-checks", long_batch().payload.to_string().as_bytes()).await.unwrap_err();
    let sweep = || Event::new("record-checks", json!({"sweep": true}));
    world.advance_to("2026-06-27T00:06:59Z").unwrap();
    world.seed(&[sweep()]).await.unwrap();
    assert_eq!(told(&world), [] as [&str; 0]);
    world.advance_to("2026-06-27T00:07:00Z").unwrap();
    world.seed(&[sweep()]).await.unwrap();
    assert_eq!(
        told(&world),
        ["availability.breached", "outage.opened"],
        "it has been down so far as is known"
    );
}

#[test]
fn a_batch_in_parts_survives_every_fault() {
    let world = runtime().unwrap().block_on(world());
    if let Err(error) = every(&Scenario::new(world, vec![long_batch()])) {
        panic!("{error}");
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_written_stops_no_neighbour_in_a_queue() {
    let world = world().await;
    let other = desk(json!({
        "command": "register_service", "service_id": "web", "customer_id": "acme", "name": "Web", "plan": "standard",
        "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "activated_at": START,
    }));
    world.seed(&[other]).await.unwrap();
    let broken = |call: &Call| call.is_write() && String::from_utf8_lossy(&call.body).contains("SERVICE#api");
    let process = world.process(Arc::new(Lost(broken))).unwrap();
    let body = |service: &str| {
        let check = json!({"service_id": service, "checked_at": "2026-06-27T00:01:00Z", "status": "down"});
        json!({ "checks": [check] }).to_string()
    };
    let records = ["api", "web"].map(|service| {
        json!({"eventSource": "aws:sqs", "messageId": format!("m-{service}"), "body": body(service)})
    });
    let event = json!({ "Records": records });
    let reply = process.invoke("record-checks", event.to_string().as_bytes()).await.unwrap();
    assert_eq!(reply, json!({"batchItemFailures": [{"itemIdentifier": "m-api"}]}));
}
