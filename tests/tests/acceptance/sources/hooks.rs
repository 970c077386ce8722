//! The way of a webhook: proven, queued, answered, read, and an outage.

use std::sync::Arc;

use acceptance::faults::Lost;
use acceptance::webhooks::{SECRET, alert, body, enter, register, send};
use nines::stand_ins::wire::{OpenPassage, Passage, Service};
use nines::system::System;
use serde_json::{Value, json};

use super::{World, give, mapped_alert, stated, world};

const OUTAGE: [&str; 2] = ["2026-11-29T10:03:00Z", "2026-11-29T10:17:00Z"];

fn ended() -> Value {
    body(&[alert("7c", "api", "2026-11-29T10:03:20Z", Some("2026-11-29T10:17:05Z"))])
}

async fn listening() -> World {
    let world = world(1).await;
    world.seed(&[register("am", "alertmanager", &json!({ "map": [mapped_alert()] }))]).await.unwrap();
    enter(&process(&world, OpenPassage), "am").await.unwrap();
    world
}

/// A process without what its sandbox remembers.
fn process(world: &World, passage: impl Passage) -> System {
    world.process(Arc::new(passage)).unwrap()
}

#[tokio::test]
async fn a_request_that_is_proven_is_an_outage_once_its_queue_is_read() {
    let world = listening().await;
    let system = process(&world, OpenPassage);
    let sent =
        async |source: &str, secret: &str| send(&system, source, secret, &ended()).await.unwrap().as_u16();
    assert_eq!(sent("am", "another-secret-of-some-length").await, 401);
    assert_eq!(sent("nobody", SECRET).await, 404);
    assert_eq!(sent("am", SECRET).await, 200);
    assert_eq!(stated(&world).await["outages"], json!([]), "it waits");
    system.hand_over_queued().await.unwrap();
    assert_eq!(stated(&world).await["outages"], json!([OUTAGE]));
    assert_eq!(sent("am", SECRET).await, 200, "its sender repeats it");
    system.hand_over_queued().await.unwrap();
    assert_eq!(stated(&world).await["outages"], json!([OUTAGE]));
    give(&world, json!({ "command": "remove_source", "source_id": "am" })).await;
    assert_eq!(sent("am", SECRET).await, 404);
    world.keeps_to_roles().unwrap();
}

#[tokio::test]
async fn what_a_process_that_dies_has_queued_is_read_by_the_next() {
    let world = listening().await;
    let before = process(&world, OpenPassage);
    assert_eq!(send(&before, "am", SECRET, &ended()).await.unwrap().as_u16(), 200);
    drop(before);
    process(&world, OpenPassage).hand_over_queued().await.unwrap();
    assert_eq!(stated(&world).await["outages"], json!([OUTAGE]));
}

#[tokio::test]
async fn whatever_of_ours_is_down_the_sender_is_told_to_repeat() {
    let world = listening().await;
    let services: [fn(&nines::stand_ins::wire::Call) -> bool; 3] = [
        |call| call.service == Service::DynamoDb,
        |call| call.service == Service::Ssm,
        |call| call.service == Service::Sqs,
    ];
    for service in services {
        let system = process(&world, Lost(service));
        assert_eq!(send(&system, "am", SECRET, &ended()).await.unwrap().as_u16(), 503);
    }
}
