//! Targets: registered by commands, checked by `run-checks`, and recorded by `record-checks`, from a listener on
//! this machine to an outage.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::sync::Arc;

use acceptance::world::{Event, World};
use nines::stand_ins::wire::OpenPassage;
use nines::system::{System, VantageSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A full minute, at which every interval is due.
const NOW: &str = "2026-11-30T00:00:00Z";
const START: &str = "2026-11-01T00:00:00Z";

/// A world with a service.
async fn world(fields: Value) -> World {
    let world = World::at(START).await.unwrap();
    give(&world, json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" })).await;
    let mut service = json!({
        "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
        "plan": "standard", "monthly_fee": { "minor": 49900, "currency": "EUR" }, "region": "eu",
        "activated_at": START,
    });
    service.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    give(&world, service).await;
    world.advance_to(NOW).unwrap();
    world
}

/// Gives a command, which must be carried out.
async fn give(world: &World, command: Value) -> Value {
    world.seed(&[Event::new("run-desk", command)]).await.unwrap().remove(0)
}

/// Gives a command, and returns its refusal.
async fn refused(world: &World, command: Value) -> String {
    let failure = world.invoke(&Event::new("run-desk", command)).await.unwrap().unwrap_err();
    format!("{}: {}", failure.error_type(), failure.message())
}

fn register(id: &str, region: &str, host: &str, port: u16) -> Value {
    json!({
        "command": "register_target", "target_id": id, "service_id": "api", "region": region,
        "check": { "tcp": { "host": host, "port": port } },
    })
}

fn with(mut command: Value, fields: Value) -> Value {
    command.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    command
}

/// Listens where `localhost` leads to on a laptop; returns the address and the port.
async fn listen() -> (TcpListener, String, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let place = listener.local_addr().unwrap();
    (listener, place.ip().to_string(), place.port())
}

/// A machine with two controls that answer.
struct Machine {
    controls: [(TcpListener, String, u16); 2],
}

impl Machine {
    async fn new() -> Self {
        Self { controls: [listen().await, listen().await] }
    }

    /// Builds a process that may call the controls, and these hosts and ports.
    fn process(&self, world: &World, places: &[(&str, u16)]) -> System {
        let controls: Vec<String> =
            self.controls.iter().map(|(_, _, port)| format!("localhost:{port}")).collect();
        let own = self.controls.iter().map(|(_, _, port)| ("localhost", *port));
        let allowed: BTreeSet<_> = own
            .chain(places.iter().copied())
            .map(|(host, port)| events::read(&json!({ "host": host, "port": port })).unwrap())
            .collect();
        let settings =
            VantageSettings { controls: controls.join(","), allowed, ..VantageSettings::default() };
        world.process(Arc::new(OpenPassage)).unwrap().checking_from(settings)
    }
}

/// Runs the checks of an event, and hands over what they queue.
async fn run(process: &System, event: Value) -> Result<Value, String> {
    let ran = Box::pin(process.invoke("run-checks", event.to_string().as_bytes())).await;
    Box::pin(process.hand_over_queued()).await.unwrap();
    ran.map_err(|failure| format!("{}: {}", failure.error_type(), failure.message()))
}

fn tally(checked: u32, up: u32, down: u32, unknown: u32) -> Result<Value, String> {
    Ok(json!({ "checked": checked, "up": up, "down": down, "unknown": unknown }))
}

/// States the month so far.
async fn stated(world: &World) -> Value {
    let now = world.clock().now().to_string();
    let state = json!({ "month": "2026-11", "service_id": "api", "as_of": now });
    let answer = world.seed(&[Event::new("close-month", state)]).await.unwrap().remove(0);
    answer["statements"][0].clone()
}

#[tokio::test]
async fn a_target_that_goes_down_and_comes_back_is_an_outage() {
    let world = world(json!({})).await;
    let (machine, (listener, host, port)) = (Machine::new().await, listen().await);
    let process = machine.process(&world, &[(&host, port)]);
    give(&world, register("door", "local", &host, port)).await;
    assert_eq!(run(&process, json!({})).await, tally(1, 1, 0, 0));
    drop(listener);
    world.advance_to("2026-11-30T00:01:00Z").unwrap();
    assert_eq!(run(&process, json!({})).await, tally(1, 0, 1, 0));
    let opened = world.published().unwrap();
    assert!(opened.iter().any(|notice| notice.message["kind"] == "outage.opened"), "at once: {opened:?}");
    let _listener = TcpListener::bind((host.as_str(), port)).await.unwrap();
    world.advance_to("2026-11-30T00:02:00Z").unwrap();
    assert_eq!(run(&process, json!({ "region": "local" })).await, tally(1, 1, 0, 0));
    world.advance_to("2026-11-30T00:03:00Z").unwrap();
    let statement = stated(&world).await;
    let outage = &statement["outages"][0];
    assert_eq!(outage["started_at"], "2026-11-30T00:01:00Z");
    assert_eq!(outage["ended_at"], "2026-11-30T00:02:00Z");
    assert_eq!((&statement["seconds"]["up"], &statement["seconds"]["down"]), (&json!(120), &json!(60)));
}

#[tokio::test]
async fn what_is_ours_to_lose_is_unknown_and_so_is_what_is_not_public() {
    let world = world(json!({})).await;
    let (machine, (_listener, host, port)) = (Machine::new().await, listen().await);
    give(&world, register("door", "local", &host, port)).await;
    assert_eq!(
        run(&machine.process(&world, &[]), json!({})).await,
        tally(1, 0, 0, 1),
        "it is not let through"
    );
    let open = machine.process(&world, &[(&host, port)]);
    assert_eq!(run(&open, json!({})).await, tally(1, 1, 0, 0));
    drop(machine);
    world.advance_to("2026-11-30T00:01:00Z").unwrap();
    assert_eq!(run(&open, json!({})).await, tally(1, 0, 0, 1), "no control answers");
    assert_eq!(stated(&world).await["outages"], json!([]));
}

#[tokio::test]
async fn a_run_checks_what_is_due_in_its_region_or_what_it_is_asked_for() {
    let world = world(json!({})).await;
    let (machine, (_listener, host, port)) = (Machine::new().await, listen().await);
    let process = machine.process(&world, &[(&host, port)]);
    let rare = json!({ "interval_s": 120 });
    for command in [
        with(register("a", "local", &host, port), rare.clone()),
        with(register("b", "local", &host, port), rare.clone()),
        with(register("c", "us", &host, port), rare),
    ] {
        give(&world, command).await;
    }
    assert_eq!(run(&process, json!({})).await, tally(2, 2, 0, 0));
    assert_eq!(run(&process, json!({ "region": "us" })).await, tally(1, 1, 0, 0));
    assert_eq!(run(&process, json!({ "region": "nowhere" })).await, tally(0, 0, 0, 0));
    world.advance_to("2026-11-30T00:01:00Z").unwrap();
    assert_eq!(run(&process, json!({})).await, tally(0, 0, 0, 0), "it is not their turn");
    assert_eq!(run(&process, json!({ "targets": ["b"] })).await, tally(1, 1, 0, 0));
    give(&world, json!({ "command": "remove_target", "target_id": "a" })).await;
    let refusals = [
        run(&process, json!({ "targets": ["b", "nobody"] })).await.unwrap_err(),
        run(&process, json!({ "targets": ["a"] })).await.unwrap_err(),
        run(&process, json!({ "targets": ["c"] })).await.unwrap_err(),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
    world.advance_to("2026-11-30T00:02:00Z").unwrap();
    assert_eq!(run(&process, json!({})).await, tally(1, 1, 0, 0), "a removed one is checked no longer");
}

#[tokio::test]
async fn commands_about_targets_are_known_when_they_are_repeated() {
    let world = world(json!({ "quorum": 2 })).await;
    let first = register("a", "eu-1", "a.example.com", 443);
    let answer = give(&world, first.clone()).await;
    assert_eq!(give(&world, first.clone()).await, answer);
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 1, "{answer}");
    let second = register("b", "eu-2", "a.example.com", 443);
    assert_eq!(give(&world, second.clone()).await["warnings"], json!([]));
    let rarely = json!({ "command": "change_target", "target_id": "a", "interval_s": 300 });
    let changed = give(&world, rarely.clone()).await;
    assert_eq!((give(&world, rarely).await, &changed["interval_s"]), (changed.clone(), &json!(300)));
    let back = json!({ "command": "change_target", "target_id": "a", "interval_s": 60 });
    assert_eq!(give(&world, back).await["warnings"], json!([]));
    let shown = give(&world, json!({ "command": "show_target", "target_id": "a" })).await;
    let listed = give(&world, json!({ "command": "list_targets" })).await;
    assert_eq!(listed["targets"].as_array().unwrap().len(), 2);

    let beside = register("c", "eu-1", "a.example.com", 25);
    let other = register("d", "eu-1", "a.example.com", 465);
    give(&world, beside).await;
    let refusals = [
        refused(&world, with(first.clone(), json!({ "timeout_s": 5 }))).await,
        refused(&world, with(other.clone(), json!({ "interval_s": 10 }))).await,
        refused(&world, json!({ "command": "change_target", "target_id": "a", "interval_s": 30 })).await,
        refused(&world, json!({ "command": "change_target", "target_id": "a", "timeout_s": 30 })).await,
        refused(&world, with(other.clone(), json!({ "service_id": "web" }))).await,
        refused(&world, with(other.clone(), json!({ "check": { "icmp": {} } }))).await,
        refused(&world, with(other, json!({ "interval_s": 5 }))).await,
        refused(&world, json!({ "command": "show_target", "target_id": "nobody" })).await,
        refused(&world, json!({ "command": "change_target", "target_id": "nobody" })).await,
        refused(&world, json!({ "command": "remove_target", "target_id": "nobody" })).await,
    ];
    let warned = [&answer["warnings"][0], &changed["warnings"][0]].map(Value::to_string);
    insta::assert_snapshot!([&warned[..], &refusals[..]].concat().join("\n"));
    assert_eq!(shown["warnings"], json!([]));

    let remove = json!({ "command": "remove_target", "target_id": "a" });
    assert_eq!(give(&world, remove.clone()).await, give(&world, remove).await);
    let gone = json!({ "command": "change_target", "target_id": "a", "interval_s": 30 });
    assert!(refused(&world, gone).await.starts_with("NotFound"));
    let moved = with(first, json!({ "region": "eu-3" }));
    assert_eq!(give(&world, moved).await["region"], "eu-3", "a removed target can be registered anew");
}

#[tokio::test]
async fn a_service_takes_a_hundred_targets() {
    let world = world(json!({})).await;
    let target = |nth: usize| register(&format!("t-{nth}"), &format!("r-{}", nth % 7), "a.example.com", 443);
    for nth in 0..100 {
        give(&world, target(nth)).await;
    }
    let refusal = refused(&world, target(100)).await;
    let expect = "Conflict: service_id: `api` has 100 targets, the most that a service takes: remove one first, \
                  with remove_target";
    assert_eq!(refusal, expect);
    let page = give(&world, json!({ "command": "list_targets" })).await;
    assert_eq!((page["targets"].as_array().unwrap().len(), page.get("next")), (100, None));
}
