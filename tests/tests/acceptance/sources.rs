//! Sources of webhooks: what real programs sent becomes outages and tickets; what is not mapped waits until
//! it is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod desks;
mod hooks;
mod lives;
mod silences;

use acceptance::webhooks::{alert, alerts, captured, register};
use acceptance::world::{Event, World};
use serde_json::{Value, json};

/// The day after the programs were captured.
const NOW: &str = "2026-11-30T00:00:00Z";
const START: &str = "2026-11-01T00:00:00Z";

/// A world with a service that only sources of changes report for, up since its activation.
async fn world(quorum: u32) -> World {
    let world = World::at(START).await.unwrap();
    give(&world, json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" })).await;
    let service = json!({
        "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
        "plan": "standard", "monthly_fee": { "minor": 49900, "currency": "EUR" }, "region": "eu",
        "activated_at": START, "max_silence_s": null, "quorum": quorum,
    });
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

/// Delivers a message; returns how many checks or events of it were accepted, duplicates, and quarantined.
async fn deliver(world: &World, function: &'static str, message: Value) -> [usize; 3] {
    let answer = world.seed(&[Event::new(function, message)]).await.unwrap().remove(0);
    let count = |name: &str| usize::try_from(answer[name].as_u64().unwrap()).unwrap();
    [count("accepted"), count("duplicates"), answer["quarantined"].as_array().unwrap().len()]
}

async fn heard(world: &World, message: Value) -> [usize; 3] {
    deliver(world, "record-checks", message).await
}

async fn show(world: &World, source_id: &str) -> Value {
    give(world, json!({ "command": "show_source", "source_id": source_id })).await
}

/// Returns what waits in the quarantine.
async fn quarantined(world: &World) -> Vec<Value> {
    let answer = give(world, json!({ "command": "list_quarantine" })).await;
    answer["quarantined"].as_array().unwrap().clone()
}

/// Replays an entry of the quarantine as it was kept.
async fn replay(world: &World, entry: &Value) -> Value {
    give(world, json!({ "command": "replay_quarantine", "quarantine_id": entry["quarantine_id"] })).await
}

/// States the service's month as of the present: its seconds down and unknown, and its outages.
async fn stated(world: &World) -> Value {
    let now = world.clock().now().to_string();
    let state = json!({ "month": "2026-11", "service_id": "api", "as_of": now });
    let answer = world.seed(&[Event::new("close-month", state)]).await.unwrap().remove(0);
    let statement = &answer["statements"][0];
    let of_outage = |outage: &Value| json!([outage["started_at"], outage["ended_at"]]);
    let outages: Vec<Value> = statement["outages"].as_array().unwrap().iter().map(of_outage).collect();
    json!({ "down_s": statement["seconds"]["down"], "outages": outages })
}

/// The mapping of the design's example.
fn by_label() -> Value {
    json!([{
        "when": { "labels.nines_service": "api" }, "service_id": "api", "probe": "am-ber1.{fingerprint}",
        "status": { "labels.severity": { "critical": "down", "warning": "degraded", "nodata": "unknown" } },
    }])
}

fn mapped_alert() -> Value {
    json!({ "when": { "key": "7c" }, "service_id": "api" })
}

fn firing() -> Value {
    alerts("am", "2026-11-29T10:03:21Z", &[alert("7c", "api", "2026-11-29T10:03:20Z", None)])
}

fn resolved() -> Value {
    let ended = alert("7c", "api", "2026-11-29T10:03:20Z", Some("2026-11-29T10:17:05Z"));
    alerts("am", "2026-11-29T10:17:06Z", &[ended])
}

#[tokio::test]
async fn an_outage_that_fires_repeats_and_resolves_fills_the_slots_of_the_worked_example() {
    let world = world(1).await;
    let options = json!({ "lead_s": 60, "map": by_label() });
    world.seed(&[register("am", "alertmanager", &options)]).await.unwrap();
    let repeated = alerts("am", "2026-11-29T10:13:21Z", &[alert("7c", "api", "2026-11-29T10:03:20Z", None)]);
    assert_eq!(heard(&world, firing()).await, [1, 0, 0]);
    assert_eq!(heard(&world, repeated).await, [0, 1, 0], "the same check again");
    assert_eq!(heard(&world, resolved()).await, [1, 1, 0], "the same start, and the end");
    let expected = json!({
        "down_s": 900, "outages": [["2026-11-29T10:02:00Z", "2026-11-29T10:17:00Z"]],
    });
    assert_eq!(stated(&world).await, expected);
    let shown = show(&world, "am").await;
    assert_eq!(shown["last_message_at"], "2026-11-29T10:17:00Z", "to the minute");
    assert!(shown.get("unmapped_keys").is_none() && shown.get("is_alive").is_none(), "{shown}");
}

#[tokio::test]
async fn what_real_monitors_sent_is_their_outages() {
    let monitors: [(&str, Value, &[&str]); 4] = [
        (
            "alertmanager",
            json!({ "map": by_label() }),
            &[
                "alertmanager-0.25.0-1-firing",
                "alertmanager-0.25.0-2-firing-repeat",
                "alertmanager-0.25.0-3-resolved",
            ],
        ),
        (
            "zabbix",
            json!({ "zone": "UTC", "map": [{ "service_id": { "tags.nines": { "api": "api" } } }] }),
            &[
                "zabbix-6.0.14-1-problem",
                "zabbix-6.0.14-2-resolved",
                "zabbix-6.0.14-3-problem",
                "zabbix-6.0.14-4-problem-repeat-by-escalation-step",
                "zabbix-6.0.14-5-resolved",
            ],
        ),
        (
            "uptime-kuma",
            json!({ "map": [{ "when": { "monitor.name": "api" }, "service_id": "api" }] }),
            &[
                "uptime-kuma-2.5.3-1-test",
                "uptime-kuma-2.5.3-4-down",
                "uptime-kuma-2.5.3-5-down-form-data",
                "uptime-kuma-2.5.3-7-down-repeat",
                "uptime-kuma-2.5.3-9-up",
            ],
        ),
        (
            "icinga",
            json!({ "map": [{ "service_id": { "nines_service": { "api": "api" } } }] }),
            &["icinga2-2.13.6-1-problem", "icinga2-2.13.6-2-problem-repeat", "icinga2-2.13.6-3-recovery"],
        ),
    ];
    let mut told = String::new();
    for (kind, fields, names) in monitors {
        let world = world(1).await;
        world.seed(&[register("am", kind, &fields)]).await.unwrap();
        for name in names {
            let counts = heard(&world, captured("am", name).unwrap()).await;
            told.push_str(&format!("{name}: {counts:?}\n"));
        }
        told.push_str(&format!("  {}\n", stated(&world).await));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn what_is_not_mapped_waits_and_gives_the_same_statement_once_it_is() {
    let mapped = world(1).await;
    let late = mapped.fork().unwrap();
    mapped.seed(&[register("am", "alertmanager", &json!({ "map": [mapped_alert()] }))]).await.unwrap();
    late.seed(&[register("am", "alertmanager", &json!({}))]).await.unwrap();
    // A sender repeats what is not mapped: it waits once.
    let again = alerts("am", "2026-11-29T10:08:21Z", &[alert("7c", "api", "2026-11-29T10:03:20Z", None)]);
    for message in [firing(), again, resolved()] {
        heard(&mapped, message.clone()).await;
        assert_eq!(heard(&late, message).await, [0, 0, 1]);
    }
    let waiting = quarantined(&late).await;
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    assert!(waiting[0]["error"].as_str().unwrap().starts_with("key `7c`: no mapping fits"), "{waiting:?}");
    let unmapped = show(&late, "am").await["unmapped_keys"].clone();
    assert_eq!((&unmapped[0]["key"], &unmapped[0]["count"]), (&json!("7c"), &json!(3)), "{unmapped}");
    let unmapped_id = unmapped[0]["quarantine_id"].clone();
    assert!(waiting.iter().any(|entry| entry["quarantine_id"] == unmapped_id));

    let early = json!({ "command": "replay_quarantine", "quarantine_id": unmapped_id });
    assert!(refused(&late, early).await.contains("no mapping fits"));
    let map = json!({ "command": "map_source", "source_id": "am", "add": [mapped_alert()] });
    assert_eq!(give(&late, map.clone()).await, give(&late, map).await, "the same answer");
    for entry in &waiting {
        replay(&late, entry).await;
    }
    assert_eq!(stated(&late).await, stated(&mapped).await);
    assert_eq!(stated(&late).await["down_s"], 840);
    assert!(show(&late, "am").await.get("unmapped_keys").is_none());
}

#[tokio::test]
async fn each_bad_item_of_a_message_waits_alone_and_counts_alone() {
    let world = world(1).await;
    let map = json!([{ "when": { "labels.nines_service": "api" }, "service_id": "api" }, {
        "when": { "labels.nines_service": "gone" }, "service_id": "gone",
    }]);
    world.seed(&[register("am", "alertmanager", &json!({ "map": map }))]).await.unwrap();
    let at = "2026-11-29T10:03:20Z";
    let mut message = alerts(
        "am",
        at,
        &[
            alert("a", "api", at, None),
            alert("b", "web", at, None),
            alert("c", "api", "soon", None),
            alert("d", "gone", at, None),
            alert("e", "api", "2026-11-29T11:03:20Z", None),
        ],
    );
    let body =
        message["detail"]["body"].as_str().unwrap().replace("\"truncatedAlerts\":0", "\"truncatedAlerts\":2");
    message["detail"]["body"] = body.into();
    assert_eq!(heard(&world, message).await, [1, 0, 5], "one alert each, and the two that were cut off");
    let mut errors: Vec<String> =
        quarantined(&world).await.iter().map(|entry| entry["error"].to_string()).collect();
    errors.sort();
    insta::assert_snapshot!(errors.join("\n"));
    assert!(
        show(&world, "am").await["last_loss"]["error"].as_str().unwrap().starts_with("truncatedAlerts: 2")
    );
}

#[tokio::test]
async fn a_message_of_no_source_waits_and_a_test_is_noted_alone() {
    let world = world(1).await;
    let test = captured("kuma", "uptime-kuma-2.5.3-1-test").unwrap();
    assert_eq!(heard(&world, test.clone()).await, [0, 0, 1]);
    let kuma = register("kuma", "uptime-kuma", &json!({}));
    world.seed(std::slice::from_ref(&kuma)).await.unwrap();
    assert_eq!(heard(&world, test.clone()).await, [1, 0, 0]);
    assert!(show(&world, "kuma").await["last_test_at"].is_string());
    assert_eq!(deliver(&world, "record-tickets", test.clone()).await, [0, 0, 1], "it tells of no tickets");
    let waiting = quarantined(&world).await;
    let mut errors: Vec<String> = waiting.iter().map(|entry| entry["error"].to_string()).collect();
    errors.sort();
    give(&world, json!({ "command": "remove_source", "source_id": "kuma" })).await;
    assert_eq!(heard(&world, test).await, [0, 0, 1]);
    insta::assert_snapshot!(errors.join("\n"));
}

#[tokio::test]
async fn series_of_one_source_are_one_probe_where_a_quorum_asks() {
    let world = world(2).await;
    let map = json!([{ "when": { "labels.nines_service": "api" }, "service_id": "api" }]);
    world.seed(&[register("am", "alertmanager", &json!({ "map": map }))]).await.unwrap();
    let up = json!({ "checks": [
        { "service_id": "api", "probe": "am", "checked_at": START, "status": "up" },
        { "service_id": "api", "probe": "other", "checked_at": START, "status": "up" },
    ] });
    assert_eq!(heard(&world, up).await, [2, 0, 0]);
    let two = [("a", "2026-11-29T10:00:00Z"), ("b", "2026-11-29T10:05:00Z")]
        .map(|(series, at)| alert(series, "api", at, Some("2026-11-29T10:10:00Z")));
    heard(&world, alerts("am", "2026-11-29T10:10:01Z", &two)).await;
    assert_eq!(stated(&world).await["down_s"], 0, "two rules of one Prometheus are not two vantage points");
    let other = json!({ "checks": [
        { "service_id": "api", "probe": "other", "checked_at": "2026-11-29T10:06:00Z", "status": "down" },
    ] });
    heard(&world, other).await;
    assert_eq!(stated(&world).await["outages"], json!([["2026-11-29T10:06:00Z", "2026-11-29T10:10:00Z"]]));
}

#[tokio::test]
async fn commands_about_sources_are_known_when_they_are_repeated() {
    let world = world(1).await;
    let register = register("am", "alertmanager", &json!({ "map": [mapped_alert()] })).payload;
    let first = give(&world, register.clone()).await;
    assert_eq!(give(&world, register.clone()).await, first);
    let mut other = register.clone();
    other["lead_s"] = json!(5);
    let command = |name: &str, fields: Value| {
        let mut command = json!({ "command": name, "source_id": "am" });
        command.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        command
    };
    let mapping = json!({ "when": { "key": "b" }, "service_id": "api" });
    let swap = command("map_source", json!({ "add": [mapping], "remove": [mapped_alert()] }));
    let swapped = give(&world, swap.clone()).await;
    assert_eq!(swapped["map"], json!([mapping]));
    assert_eq!(give(&world, swap).await, swapped);
    let proof = json!({ "when": { "key": "dog" }, "heartbeat": true });
    give(&world, command("map_source", json!({ "add": [proof] }))).await;
    let heartbeats =
        command("change_source", json!({ "mode": "heartbeats", "max_silence_s": 60, "delay_s": 5 }));
    assert_eq!(give(&world, heartbeats).await["delay_s"], 5);
    let mut edges = give(&world, command("change_source", json!({ "mode": "edges" }))).await;
    assert_eq!((edges.get("delay_s"), edges.get("max_silence_s")), (None, None));
    assert_eq!(edges.as_object_mut().unwrap().remove("warnings").unwrap().as_array().unwrap().len(), 1);
    let listed = give(&world, json!({ "command": "list_sources" })).await;
    assert_eq!(listed, json!({ "sources": [edges] }));

    let refusals = [
        refused(&world, other).await,
        refused(&world, command("map_source", json!({}))).await,
        refused(&world, command("map_source", json!({ "add": [{ "service_id": "api", "level": 1 }] }))).await,
        refused(
            &world,
            command("map_source", json!({ "add": [{ "service_id": "web" }], "remove": [mapped_alert()] })),
        )
        .await,
        refused(&world, command("change_source", json!({ "delay_s": 5 }))).await,
        refused(&world, command("change_source", json!({ "mode": "heartbeats", "max_silence_s": null })))
            .await,
        refused(&world, json!({ "command": "show_source", "source_id": "nobody" })).await,
    ];
    insta::assert_snapshot!(refusals.join("\n"));
    let remove = command("remove_source", json!({}));
    assert_eq!(give(&world, remove.clone()).await, give(&world, remove).await);
    assert_eq!(give(&world, json!({ "command": "list_sources" })).await, json!({ "sources": [] }));
    assert_eq!(give(&world, register).await, first, "a removed source can be registered anew");
}
