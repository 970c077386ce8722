//! Probes that come and go: a look at a service costs nothing for retired ones, and their months do not
//! change.

use acceptance::world::{Event, World};
use serde_json::{Value, json};

/// Probes that retire in the first month.
const RETIRED: usize = 30;

fn desk(payload: Value) -> Event {
    Event::new("run-desk", payload)
}

fn checks(status: &str, probes: impl Iterator<Item = String>, at: &str) -> Event {
    let check = |probe| json!({"service_id": "api", "probe": probe, "checked_at": at, "status": status});
    Event::new("record-checks", json!({"checks": probes.map(check).collect::<Vec<_>>()}))
}

fn retired() -> impl Iterator<Item = String> {
    (0..RETIRED).map(|nth| format!("p{nth:02}"))
}

fn stays() -> impl Iterator<Item = String> {
    std::iter::once("stays".to_owned())
}

async fn close(world: &World, at: &str, month: &str) {
    world.advance_to(at).unwrap();
    world.seed(&[Event::new("close-month", json!({"month": month, "service_id": "api"}))]).await.unwrap();
}

/// A service with many probes, one of them left in August; all of them saw ten minutes of downtime in June.
async fn august() -> World {
    let world = World::at("2026-06-01T00:00:00Z").await.unwrap();
    let register = [
        desk(json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"})),
        desk(json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
            "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": "2026-06-01T00:00:00Z", "max_silence_s": null, "quorum": 2,
        })),
    ];
    world.seed(&register).await.unwrap();
    let life = [
        ("2026-06-01T00:00:30Z", "up"),
        ("2026-06-10T00:00:00Z", "down"),
        ("2026-06-10T00:10:00Z", "up"),
        ("2026-06-20T00:00:00Z", "unknown"),
    ];
    for (at, status) in life {
        world.advance_to(at).unwrap();
        world.seed(&[checks(status, retired(), at)]).await.unwrap();
    }
    world.advance_to("2026-06-20T00:01:00Z").unwrap();
    world.seed(&[checks("up", stays(), "2026-06-20T00:01:00Z")]).await.unwrap();
    close(&world, "2026-07-02T00:00:00Z", "2026-06").await;
    close(&world, "2026-08-02T00:00:00Z", "2026-07").await;
    world
}

#[tokio::test]
async fn a_look_reads_no_probe_that_retired() {
    let world = august().await;
    let process = world.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    let event = checks("down", stays(), "2026-08-02T00:00:00Z").payload.to_string();
    process.invoke_alone("record-checks", event.as_bytes()).await.unwrap();
    let calls = process.tally().total();
    assert!(calls < 20, "{calls} SDK calls for one look");
}

#[tokio::test]
async fn the_months_of_a_probe_that_retired_are_restated_to_the_same() {
    let world = august().await;
    let restate = |month: &str| {
        desk(
            json!({"command": "restate_month", "service_id": "api", "month": month, "reason": "a look", "by": "ada"}),
        )
    };
    let answers = world.seed(&[restate("2026-06"), restate("2026-07")]).await.unwrap();
    assert_eq!((&answers[0]["revision"], &answers[0]["seconds"]["down"]), (&json!(1), &json!(600)));
    assert_eq!(answers[1]["revision"], 1);
}

#[tokio::test]
async fn a_late_check_of_a_probe_that_retired_counts() {
    let world = august().await;
    let more = ["p00", "p01"].map(str::to_owned).into_iter();
    world.seed(&[checks("down", more, "2026-06-15T00:00:00Z")]).await.unwrap();
    let up = ["p00", "p01"].map(str::to_owned).into_iter();
    world.seed(&[checks("up", up, "2026-06-15T00:01:00Z")]).await.unwrap();
    world.advance_to("2026-08-02T03:00:00Z").unwrap();
    world.seed(&[Event::new("close-month", json!({"sweep": true}))]).await.unwrap();
    let shown = desk(json!({"command": "show_statement", "service_id": "api", "month": "2026-06"}));
    let statement = &world.seed(&[shown]).await.unwrap()[0];
    assert_eq!((&statement["revision"], &statement["seconds"]["down"]), (&json!(2), &json!(660)));
}
