//! Targets under every fault at every SDK call: registered, changed and removed, and checked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use acceptance::faults::{Scenario, every, runtime};
use acceptance::world::{Event, World};
use serde_json::{Value, json};

const START: &str = "2026-11-01T00:00:00Z";

fn world(events: &[Event]) -> World {
    let made = async {
        let world = World::at(START).await?;
        let commands = [
            json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" }),
            json!({
                "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
                "plan": "standard", "monthly_fee": { "minor": 49900, "currency": "EUR" }, "region": "eu",
                "activated_at": START,
            }),
        ];
        world.seed(&commands.map(desk)).await?;
        world.seed(events).await?;
        Ok::<_, acceptance::world::WorldError>(world)
    };
    runtime().unwrap().block_on(made).unwrap()
}

fn desk(command: Value) -> Event {
    Event::new("run-desk", command)
}

fn register(id: &str) -> Event {
    desk(json!({
        "command": "register_target", "target_id": id, "service_id": "api", "region": "local",
        "check": { "tcp": { "host": "a.example.com", "port": 443 } },
    }))
}

#[track_caller]
fn survives(scenario: &Scenario) {
    match every(scenario) {
        Ok(report) => println!("{report}"),
        Err(error) => panic!("{error}"),
    }
}

fn of_a(name: &str, fields: &[(&str, u32)]) -> Event {
    let mut command = json!({ "command": name, "target_id": "a" });
    command
        .as_object_mut()
        .unwrap()
        .extend(fields.iter().map(|(field, value)| ((*field).to_owned(), json!(value))));
    desk(command)
}

#[test]
fn registering_and_changing_survive_every_fault() {
    let events = vec![register("a"), of_a("change_target", &[("timeout_s", 5)]), register("b")];
    survives(&Scenario::new(world(&[]), events));
}

#[test]
fn removing_survives_every_fault() {
    let events = vec![of_a("remove_target", &[]), register("c")];
    survives(&Scenario::new(world(&[register("a"), register("b")]), events));
}

#[test]
fn a_run_survives_every_fault() {
    let asked = Event::new("run-checks", json!({ "targets": ["a", "b"] }));
    let events = vec![Event::new("run-checks", json!({})), asked];
    survives(&Scenario::new(world(&[register("a"), register("b")]), events));
}
