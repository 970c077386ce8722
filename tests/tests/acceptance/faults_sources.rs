//! Sources under every fault at every SDK call, and webhooks that are cut off between two others.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::sync::Arc;

use acceptance::faults::{Lost, Scenario, every, runtime};
use acceptance::webhooks::{alert, alerts, captured, register};
use acceptance::world::{Event, World, WorldError};
use nines::stand_ins::wire::Call;
use serde_json::json;

const START: &str = "2026-11-01T00:00:00Z";
const NOW: &str = "2026-11-30T00:00:00Z";

/// A world with a service and a source.
async fn async_world(quorum: u32) -> World {
    made(quorum, &[alertmanager()]).await.unwrap()
}

/// A world with a service, after some events.
fn world(quorum: u32, events: &[Event]) -> World {
    runtime().unwrap().block_on(made(quorum, events)).unwrap()
}

async fn made(quorum: u32, events: &[Event]) -> Result<World, WorldError> {
    {
        let world = World::at(START).await?;
        let commands = [
            json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" }),
            json!({
                "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
                "plan": "standard", "monthly_fee": { "minor": 49900, "currency": "EUR" }, "region": "eu",
                "activated_at": START, "max_silence_s": null, "quorum": quorum,
            }),
        ];
        world.seed(&commands.map(desk)).await?;
        world.seed(events).await?;
        world.advance_to(NOW)?;
        Ok(world)
    }
}

fn desk(command: serde_json::Value) -> Event {
    Event::new("run-desk", command)
}

fn checks(message: serde_json::Value) -> Event {
    Event::new("record-checks", message)
}

fn alertmanager() -> Event {
    let map = json!([{ "when": { "labels.nines_service": "api" }, "service_id": "api" }]);
    register("am", "alertmanager", &json!({ "map": map }))
}

#[track_caller]
fn survives(scenario: &Scenario) {
    match every(scenario) {
        Ok(report) => println!("{report}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn registering_and_mapping_survive_every_fault() {
    let mapping = json!({ "when": { "key": "7c" }, "service_id": "api" });
    let events = vec![
        register("am", "alertmanager", &json!({})),
        desk(json!({ "command": "map_source", "source_id": "am", "add": [mapping] })),
        desk(json!({ "command": "change_source", "source_id": "am", "lead_s": 60 })),
    ];
    survives(&Scenario::new(world(1, &[]), events));
}

#[test]
fn an_outage_told_by_webhooks_survives_every_fault() {
    let (start, end) = ("2026-11-29T10:03:20Z", "2026-11-29T10:17:05Z");
    let unmapped = alert("8d", "web", start, None);
    let events = vec![
        checks(alerts("am", start, &[alert("7c", "api", start, None), unmapped])),
        checks(alerts("am", end, &[alert("7c", "api", start, Some(end))])),
    ];
    survives(&Scenario::new(world(1, &[alertmanager()]), events));
}

#[test]
fn a_ticket_told_by_webhooks_survives_every_fault() {
    let mapping = json!({
        "ticket_id": "hd-{key}", "customer_id": { "ticket.queue": { "1": "acme" } },
        "level": { "ticket.priority": { "1": 1 } },
    });
    let helpdesk = register("desk", "django-helpdesk", &json!({ "map": [mapping] }));
    let told = |name| Event::new("record-tickets", captured("desk", name).unwrap());
    let events = vec![told("django-helpdesk-2.6.1-1-new"), told("django-helpdesk-2.6.1-3-resolved")];
    let mut scenario = Scenario::new(world(1, &[helpdesk]), events);
    // A schedule that is left over fires without effect.
    scenario.ignored_holdings = &["schedule "];
    // Deadlines that a crash left unarmed are armed with the next event.
    scenario.ignored_attributes = &["version"];
    survives(&scenario);
}

/// Items that do not depend on when a message was recorded.
const DERIVED: [&str; 3] = ["TIMELINE#", "SERIES#", "JOINED#"];

/// True for the writes of timelines.
fn is_of_timelines(call: &Call) -> bool {
    call.is_write() && String::from_utf8_lossy(&call.body).contains("TIMELINE#")
}

#[test]
fn what_was_told_and_not_recorded_is_recorded_by_whoever_comes_next() {
    runtime().unwrap().block_on(async {
        let at = "2026-11-29T10:03:20Z";
        let told = |series, end| checks(alerts("am", end, &[alert(series, "api", at, Some(end))]));
        for quorum in [1, 2] {
            let (first, second) = (told("a", "2026-11-29T10:05:20Z"), told("b", "2026-11-29T10:09:20Z"));
            let one_by_one = async_world(quorum).await;
            one_by_one.seed(&[first.clone(), second.clone()]).await.unwrap();
            let cut_off = async_world(quorum).await;
            let process = cut_off.process(Arc::new(Lost(is_of_timelines))).unwrap();
            let payload = first.payload.to_string();
            assert!(
                process.invoke_alone(first.function, payload.as_bytes()).await.is_err(),
                "it was cut off"
            );
            cut_off.seed(&[second, first]).await.unwrap();
            // What was said of an outage in between depends on when it was known.
            let shown = |world: &World| {
                let mut dump = world.dump().unwrap().without(&["version"], &[]);
                dump.0.retain(|name, _| DERIVED.iter().any(|part| name.contains(part)));
                dump
            };
            assert!(shown(&one_by_one).0.len() >= 2, "timelines and series");
            assert_eq!(shown(&one_by_one).difference(&shown(&cut_off)), "", "quorum {quorum}");
        }
    });
}
