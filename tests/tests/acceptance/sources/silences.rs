//! Silence of a source's probes: its own beside that of plain ones, over a month's end, fixed with the first
//! check, and proven by the export.

use std::collections::BTreeMap;
use std::fs;

use acceptance::webhooks::{alert, alerts, register};
use acceptance::world::{Event, World};
use serde_json::{Value, json};

use super::{give, heard, quarantined, refused};

/// A service for a day of June, and July, that carries plain checks for two minutes.
async fn short_june(sources: &[(&str, Value)]) -> World {
    let world = World::at("2026-06-30T00:00:00Z").await.unwrap();
    give(&world, json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" })).await;
    let service = json!({
        "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
        "plan": "standard", "monthly_fee": { "minor": 49900, "currency": "EUR" }, "region": "eu",
        "activated_at": "2026-06-30T00:00:00Z", "max_silence_s": 120,
    });
    give(&world, service).await;
    let map = json!([{ "when": { "labels.nines_service": "api" }, "service_id": "api" }]);
    for (source_id, max_silence_s) in sources {
        let fields = json!({ "map": map, "max_silence_s": max_silence_s });
        world.seed(&[register(source_id, "alertmanager", &fields)]).await.unwrap();
    }
    world
}

/// An alert of a series that is over, as a source tells it at once.
fn ended(source: &str, series: &str, starts_at: &str, ends_at: &str) -> Value {
    alerts(source, ends_at, &[alert(series, "api", starts_at, Some(ends_at))])
}

fn firing(source: &str, series: &str, starts_at: &str) -> Value {
    alerts(source, starts_at, &[alert(series, "api", starts_at, None)])
}

/// A plain check of the probe `plain` that speaks for some time.
fn plain(from: &str, until: &str) -> Value {
    json!({ "checks": [
        { "service_id": "api", "probe": "plain", "checked_at": from, "until": until, "status": "up" },
    ] })
}

/// Messages over the end of June, each with the instant of its arrival.
fn story() -> Vec<(&'static str, Value)> {
    vec![
        ("2026-06-30T00:00:30Z", plain("2026-06-30T00:00:00Z", "2026-06-30T00:00:00Z")),
        ("2026-06-30T00:08:00Z", ended("am", "7c", "2026-06-30T00:05:00Z", "2026-06-30T00:08:00Z")),
        ("2026-06-30T06:00:00Z", plain("2026-06-30T00:01:00Z", "2026-06-30T05:59:00Z")),
        ("2026-06-30T23:50:00Z", firing("am", "7c", "2026-06-30T23:50:00Z")),
        ("2026-07-01T00:10:00Z", ended("am", "7c", "2026-06-30T23:50:00Z", "2026-07-01T00:10:00Z")),
        // Its own silence is 300 s: six slots, where the service would carry it through three.
        ("2026-07-01T12:00:00Z", firing("short", "9", "2026-07-01T12:00:00Z")),
    ]
}

async fn live(world: &World, story: &[(&str, Value)]) {
    for (at, message) in story {
        if world.clock().now() < at.parse().unwrap() {
            world.advance_to(at).unwrap();
        }
        heard(world, message.clone()).await;
    }
}

async fn close(world: &World, month: &str) -> Value {
    let close = Event::new("close-month", json!({ "month": month, "service_id": "api" }));
    world.seed(&[close]).await.unwrap().remove(0)["statements"][0].clone()
}

/// Returns the seconds of a statement: up, down, unknown.
fn seconds(statement: &Value) -> [i64; 3] {
    ["up", "down", "unknown"].map(|name| statement["seconds"][name].as_i64().unwrap())
}

/// Returns the silence of each probe in the exported inputs; none where the service's holds.
fn exported(world: &World, month: &str) -> BTreeMap<String, Option<Value>> {
    let folder = world.engines().objects().join(format!("exports/month={month}/revision=1"));
    let inputs = fs::read_to_string(folder.join("inputs-0001.ndjson")).unwrap();
    let inputs: Value = serde_json::from_str(inputs.lines().next().unwrap()).unwrap();
    let probes = inputs["probes"].as_array().unwrap().iter();
    probes.map(|p| (p["probe"].as_str().unwrap().to_owned(), p.get("max_silence_s").cloned())).collect()
}

async fn sources() -> World {
    short_june(&[("am", Value::Null), ("short", 300.into())]).await
}

#[tokio::test]
async fn a_source_is_carried_by_its_own_silence_over_a_months_end_and_a_plain_probe_by_its_services() {
    let world = sources().await;
    live(&world, &story()).await;
    world.advance_to("2026-07-02T00:00:00Z").unwrap();
    let june = close(&world, "2026-06").await;
    // Down from 00:05 to 00:08 and from 23:50 on. In between the source alone says that it is up.
    assert_eq!(seconds(&june), [86_400 - 780, 780, 0]);
    assert_eq!(june["carried_for_ever"], json!({ "probes": ["am.7c"] }));
    world.advance_to("2026-08-02T00:00:00Z").unwrap();
    let july = close(&world, "2026-07").await;
    assert_eq!(seconds(&july), [31 * 86_400 - 960, 960, 0], "ten minutes carried in, and six of the other");
    for month in ["2026-06", "2026-07"] {
        world.seed(&[Event::new("export-month", json!({ "month": month }))]).await.unwrap();
    }
    let probe = |name: &str, silence| (name.to_owned(), silence);
    let short = probe("short.9", Some(300.into()));
    let of_june = [probe("am.7c", Some(Value::Null)), probe("plain", None), short];
    assert_eq!(exported(&world, "2026-06"), BTreeMap::from(of_june));
    assert_eq!(exported(&world, "2026-07").get("short.9"), Some(&Some(300.into())));
    let proven = ::verify::verify(&world.engines().objects()).unwrap();
    assert_eq!(proven.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test]
async fn the_same_story_in_another_order_gives_the_same_statements() {
    let (forward, backward) = (sources().await, sources().await);
    live(&forward, &story()).await;
    backward.advance_to("2026-07-01T12:00:00Z").unwrap();
    let mut reversed = story();
    reversed.reverse();
    live(&backward, &reversed).await;
    for month in ["2026-06", "2026-07"] {
        for world in [&forward, &backward] {
            let at = if month == "2026-06" { "2026-07-02T00:00:00Z" } else { "2026-08-02T00:00:00Z" };
            world.advance_to(at).unwrap();
        }
        assert_eq!(close(&forward, month).await, close(&backward, month).await);
    }
}

#[tokio::test]
async fn another_silence_of_a_source_is_for_its_probes_to_come() {
    let world = sources().await;
    live(&world, &story()[..2]).await;
    let change = json!({ "command": "change_source", "source_id": "am", "max_silence_s": 60 });
    assert_eq!(give(&world, change).await["max_silence_s"], 60);
    // The known series stays down for ever; the new one for its slot and the next.
    let first = firing("am", "7c", "2026-06-30T12:00:00Z");
    let ended = ended("am", "7c", "2026-06-30T12:00:00Z", "2026-06-30T12:10:00Z");
    let new = firing("am", "8d", "2026-06-30T13:00:00Z");
    let later =
        [("2026-06-30T12:00:00Z", first), ("2026-06-30T12:10:00Z", ended), ("2026-06-30T13:00:00Z", new)];
    live(&world, &later).await;
    world.advance_to("2026-07-02T00:00:00Z").unwrap();
    let june = close(&world, "2026-06").await;
    let outage = |outage: &Value| json!([outage["started_at"], outage["ended_at"]]);
    let outages: Vec<Value> = june["outages"].as_array().unwrap().iter().map(outage).collect();
    let expected = json!([
        ["2026-06-30T00:05:00Z", "2026-06-30T00:08:00Z"],
        ["2026-06-30T12:00:00Z", "2026-06-30T12:10:00Z"],
        ["2026-06-30T13:00:00Z", "2026-06-30T13:02:00Z"],
    ]);
    assert_eq!(json!(outages), expected);
    assert_eq!(june["carried_for_ever"], json!({ "probes": ["am.7c"] }));
}

#[tokio::test]
async fn a_probe_with_a_shorter_silence_is_announced_as_silent_each_time_and_its_last_state_is_forgotten() {
    let world = short_june(&[("short", 0.into())]).await;
    let recovered = |from: &str, to: &str| ended("short", "9", from, to);
    live(&world, &[("2026-06-30T10:01:00Z", recovered("2026-06-30T10:00:00Z", "2026-06-30T10:01:00Z"))])
        .await;
    let silent = || {
        let told = world.published().unwrap().into_iter().filter(|p| p.message["kind"] == "checks.silent");
        told.map(|p| p.message["occurred_at"].clone()).collect::<Vec<_>>()
    };
    let sweep = || Event::new("record-checks", json!({ "sweep": true }));
    world.advance_to("2026-06-30T10:02:00Z").unwrap();
    world.seed(&[sweep()]).await.unwrap();
    assert_eq!(silent(), ["2026-06-30T10:02:00Z"]);
    // A plain check of that probe confirms it: by the service's silence it would have gone on speaking.
    let again = json!({ "checks": [
        { "service_id": "api", "probe": "short.9", "checked_at": "2026-06-30T10:02:00Z", "status": "up" },
    ] });
    live(&world, &[("2026-06-30T10:02:30Z", again)]).await;
    world.advance_to("2026-06-30T10:04:00Z").unwrap();
    world.seed(&[sweep()]).await.unwrap();
    assert_eq!(
        silent(),
        ["2026-06-30T10:02:00Z", "2026-06-30T10:03:00Z"],
        "the check ended the first silence"
    );
}

#[tokio::test]
async fn whoever_registers_edges_without_an_end_is_warned() {
    let world = short_june(&[]).await;
    let command = |source: &str, fields: Value| register(source, "alertmanager", &fields).payload;
    let never = give(&world, command("never", json!({ "max_silence_s": null }))).await;
    let absent = give(&world, command("absent", json!({}))).await;
    let some = give(&world, command("some", json!({ "max_silence_s": 300 }))).await;
    let change = json!({ "command": "change_source", "source_id": "some", "max_silence_s": null });
    assert_eq!(give(&world, change).await["warnings"], never["warnings"]);
    assert_eq!(give(&world, command("never", json!({ "max_silence_s": null }))).await, never, "repeated");
    assert_eq!((some.get("warnings"), never["max_silence_s"].clone()), (None, Value::Null));
    insta::assert_snapshot!(format!("{}\n{}", never["warnings"][0], absent["warnings"][0]));
    let too_long = refused(&world, command("long", json!({ "max_silence_s": 31_622_401 }))).await;
    insta::assert_snapshot!("too_long", too_long);
    assert!(quarantined(&world).await.is_empty());
}
