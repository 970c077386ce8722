//! Delivery of the outbox: an entry that fails for good and one that is throttled hold back no other, and no
//! other is sent twice, however often the stream delivers the batch and the sweep follows.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::result::ConnectorError;
use axum::body::Bytes;
use axum::http::StatusCode;
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, Passage, Service, reply, sdk_response};

use super::*;

/// A kind of notice that SNS never takes.
const POISON: &str = "ticket.opened";

/// A temporary trouble: some calls are refused, all others go through.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// SNS refuses the entry of the poisonous notice, and takes the rest of its batch.
    Entry,
    /// SNS refuses every batch that holds the poisonous notice.
    Batch,
    /// SNS does not answer publications to operations.
    Silence,
}

impl Passage for Trouble {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let text = String::from_utf8_lossy(&call.body).into_owned();
        if call.operation == "TransactWriteItems" && text.contains("FANOUT#") {
            return Box::pin(async { sdk_response(throttled_transaction()) });
        }
        if call.service != Service::Sns {
            return onward(call.body);
        }
        match self {
            Trouble::Entry => onward(Bytes::from(without_the_poison(&text))),
            Trouble::Batch if text.contains(POISON) => Box::pin(async { sdk_response(invalid_parameter()) }),
            Trouble::Silence if text.contains("nines-operations") => {
                Box::pin(async { Err(ConnectorError::timeout("no answer".into())) })
            }
            Trouble::Batch | Trouble::Silence => onward(call.body),
        }
    }
}

fn throttled_transaction() -> nines::stand_ins::wire::Reply {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "too fast", "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}],
    });
    reply(StatusCode::BAD_REQUEST, "application/x-amz-json-1.0", body.to_string())
}

fn invalid_parameter() -> nines::stand_ins::wire::Reply {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>the test says so\
                </Message></Error><RequestId>local</RequestId></ErrorResponse>";
    reply(StatusCode::BAD_REQUEST, "text/xml", body)
}

/// Removes the message from the poisonous entry: SNS refuses an entry without one.
fn without_the_poison(form: &str) -> String {
    let field = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if name.ends_with(".Message") && value.contains(POISON) => {
            format!("{name}.Lost={value}")
        }
        _ => pair.to_owned(),
    };
    form.split('&').map(field).collect::<Vec<_>>().join("&")
}

/// A world in whose outbox a poisonous notice, a fan-out and three good notices wait.
fn unsent() -> World {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let outages = [
        check("p", "2026-06-01T00:01:00Z", "down"),
        check("p", "2026-06-01T00:04:00Z", "up"),
        check("p", "2026-06-01T00:09:00Z", "down"),
    ];
    let maintenance = desk(json!({
        "command": "announce_maintenance", "window_id": "w1", "starts_at": "2026-06-08T00:00:00Z",
        "ends_at": "2026-06-08T02:00:00Z", "scope": {"services": ["api"]}, "reason": "upgrade",
    }));
    let events = [tickets(&[opening()]), checks(&outages), maintenance];
    runtime().unwrap().block_on(world.seed_unsent(&events)).unwrap();
    world
}

/// Returns the stream's batch of all waiting items.
fn batch(world: &World) -> Event {
    let waits = |item: &&Value| item["due"]["S"].as_str().is_some_and(|due| due.starts_with("OUTBOX"));
    let dump = world.dump().unwrap();
    let record = |(nth, image): (usize, &Value)| {
        json!({
            "eventSource": "aws:dynamodb",
            "dynamodb": {"SequenceNumber": nth.to_string(), "NewImage": image},
        })
    };
    let records: Vec<Value> = dump.0.values().filter(waits).enumerate().map(record).collect();
    Event::new("send-notices", json!({ "Records": records }))
}

/// Counts the publications of each notice by topic.
fn published(world: &World) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for one in world.published().unwrap() {
        let id = one.message["notice_id"].as_str().unwrap().to_owned();
        *counts.entry((one.topic, id)).or_default() += 1;
    }
    counts
}

/// Invokes `send-notices` during a trouble; returns its answer, or the type of its failure.
fn send_through(world: &World, trouble: Trouble, event: &Event) -> Value {
    let process = world.process(Arc::new(trouble)).unwrap();
    let payload = event.payload.to_string();
    let sent = runtime().unwrap().block_on(process.invoke_alone(event.function, payload.as_bytes()));
    world.keeps_to_roles().unwrap();
    sent.unwrap_or_else(|failure| json!(failure.error_type()))
}

#[test]
fn one_that_fails_for_good_and_a_throttled_fan_out_hold_back_no_neighbour_and_none_goes_out_twice() {
    for trouble in [Trouble::Entry, Trouble::Batch] {
        let world = unsent();
        let before = published(&world).len();
        let batch = batch(&world);
        assert_eq!(batch.payload["Records"].as_array().map(Vec::len), Some(6), "and a reminder of later");
        for _ in 0..3 {
            let answer = send_through(&world, trouble, &batch);
            assert_eq!(answer, json!({"batchItemFailures": []}), "the rest is the sweep's");
            assert_eq!(
                send_through(&world, trouble, &send()),
                json!("TableFault"),
                "the fan-out is throttled"
            );
        }
        let told = published(&world);
        assert!(told.len() >= before + 3, "{told:?}");
        assert!(told.values().all(|count| *count == 1), "{trouble:?}: {told:?}");
        assert!(!told.keys().any(|(_, id)| id.contains(POISON)), "{told:?}");
        let quarantined = |name: &&String| name.starts_with("item QUARANTINE#");
        assert_eq!(
            world.dump().unwrap().0.keys().filter(quarantined).count(),
            1,
            "kept once, with its error"
        );
        // The trouble is over: notices that stayed due are sent, and no other again.
        let (after, answer) = afterwards(&world, "2026-06-01T00:15:00Z", &[send(), send(), send()]).unwrap();
        assert_eq!(answer, json!({"delivered": 0}));
        let all = published(&after);
        assert!(all.values().all(|count| *count == 1), "{all:?}");
        for kind in [POISON, "maintenance.announced"] {
            assert!(all.keys().any(|(_, id)| id.contains(kind)), "{kind}: {all:?}");
        }
    }
}

#[test]
fn an_audience_that_hears_nothing_is_told_later_and_the_others_once() {
    let world = unsent();
    let batch = batch(&world);
    for event in [&batch, &batch] {
        assert_eq!(send_through(&world, Trouble::Silence, event), json!({"batchItemFailures": []}));
    }
    let of_operations = |counts: &BTreeMap<(String, String), usize>| {
        counts.iter().filter(|((topic, _), _)| topic == "nines-operations").count()
    };
    let told = published(&world);
    assert!(told.keys().any(|(topic, _)| topic == "nines-customer"), "{told:?}");
    assert_eq!(of_operations(&told), 0);
    let (after, _) = afterwards(&world, "2026-06-01T00:15:00Z", &[send(), send()]).unwrap();
    let all = published(&after);
    assert!(of_operations(&all) >= 3, "{all:?}");
    assert!(all.values().all(|count| *count == 1), "{all:?}");
}
