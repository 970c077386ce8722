//! Every handler under every fault at every SDK call, and two probes' writers in every order (issue: "the
//! exhaustive fault harness"). A condition expression taken as true must turn at least one scenario red.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use acceptance::faults::{FaultError, Report, Scenario, every, interleaved, runtime};
use acceptance::world::{Event, World};
use serde_json::{Value, json};

/// When every world begins.
const START: &str = "2026-06-01T00:00:00Z";

fn desk(payload: Value) -> Event {
    Event::new("run-desk", payload)
}

fn register(quorum: u32) -> Vec<Event> {
    vec![
        desk(json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"})),
        desk(json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
            "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": START, "max_silence_s": null, "quorum": quorum,
        })),
    ]
}

fn check(probe: &str, at: &str, status: &str) -> Value {
    json!({"service_id": "api", "probe": probe, "checked_at": at, "status": status})
}

fn checks(checks: &[Value]) -> Event {
    Event::new("record-checks", json!({"checks": checks}))
}

/// A world in which some things have happened, at an instant.
fn world(now: &str, events: &[Event]) -> World {
    let made = async {
        let world = World::at(START).await?;
        world.seed(events).await?;
        world.advance_to(now)?;
        Ok::<_, acceptance::world::WorldError>(world)
    };
    runtime().unwrap().block_on(made).unwrap()
}

/// A month that is over, with half a day of downtime.
fn breached_month(now: &str) -> World {
    let mut events = register(1);
    events.push(checks(&[check("p", "2026-06-01T00:00:00Z", "up")]));
    let world = world("2026-06-10T12:00:00Z", &events);
    let outage = [check("p", "2026-06-10T00:00:00Z", "down"), check("p", "2026-06-10T12:00:00Z", "up")];
    let rest = async {
        world.seed(&[checks(&outage)]).await?;
        world.advance_to(now)
    };
    runtime().unwrap().block_on(rest).unwrap();
    world
}

#[track_caller]
fn survives(scenario: &Scenario) -> Report {
    match every(scenario) {
        Ok(report) => {
            println!("{report}");
            report
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn recording_survives_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let first =
        checks(&[check("p", "2026-06-01T00:00:00Z", "up"), check("p", "2026-06-01T00:05:00Z", "down")]);
    let second = checks(&[check("p", "2026-06-01T00:09:00Z", "up"), check("p", "bad", "up")]);
    survives(&Scenario::new(world, vec![first, second]));
}

#[test]
fn the_desk_survives_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &[]);
    let mut events = register(1);
    events.push(desk(json!({
        "command": "announce_maintenance", "window_id": "w1", "starts_at": "2026-06-08T00:00:00Z",
        "ends_at": "2026-06-08T02:00:00Z", "scope": {"services": ["api"]}, "reason": "upgrade",
    })));
    survives(&Scenario::new(world, events));
}

#[test]
fn closing_survives_every_fault() {
    let close = Event::new("close-month", json!({"month": "2026-06", "service_id": "api"}));
    survives(&Scenario::new(breached_month("2026-07-02T00:00:00Z"), vec![close]));
}

#[test]
fn exporting_survives_every_fault() {
    let world = breached_month("2026-07-02T00:00:00Z");
    let close = Event::new("close-month", json!({"month": "2026-06", "service_id": "api"}));
    runtime().unwrap().block_on(world.seed(&[close])).unwrap();
    survives(&Scenario::new(world, vec![Event::new("export-month", json!({"month": "2026-06"}))]));
}

#[test]
fn sending_survives_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let outage =
        checks(&[check("p", "2026-06-01T00:05:00Z", "down"), check("p", "2026-06-01T00:09:00Z", "up")]);
    runtime().unwrap().block_on(world.seed_unsent(&[outage])).unwrap();
    survives(&Scenario::new(world, vec![Event::new("send-notices", json!({"sweep": true}))]));
}

#[test]
fn two_probes_meet_in_every_order_and_the_outage_is_opened_once() {
    let world = world("2026-06-01T00:10:00Z", &register(2));
    let up = [check("a", "2026-06-01T00:00:00Z", "up"), check("b", "2026-06-01T00:00:00Z", "up")];
    runtime().unwrap().block_on(world.seed(&[checks(&up)])).unwrap();
    let down = |probe| checks(&[check(probe, "2026-06-01T00:05:00Z", "down")]);
    let scenario = Scenario::new(world, vec![down("a"), down("b")]);
    let opened_once = |world: &World| {
        let dump = world.dump().map_err(|e| e.to_string())?;
        let opened = dump.0.values().filter(|holding| holding.to_string().contains("outage.opened")).count();
        if opened == 1 { Ok(()) } else { Err(format!("the outage was opened {opened} times:\n{dump}")) }
    };
    let report = interleaved(&scenario, opened_once).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    for condition in report.conditions {
        let weakened = Scenario { weakened: Some(condition.clone()), ..scenario.clone() };
        let red = interleaved(&weakened, opened_once);
        let told = matches!(red, Err(FaultError::Differs { .. } | FaultError::Unfit { .. }));
        assert!(told, "without `{condition}` nothing is noticed: {red:?}");
    }
}
