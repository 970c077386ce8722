//! Maintenance over many services: each customer is told once, and later customers are told that it counts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Desk, check, customer, maintenance, service, with};

/// Returns the customers' notices of a kind, each once: the customer, the service if any, and the services
/// covered.
fn told(desk: &Desk, kind: &str) -> Vec<Value> {
    let published = desk.0.published().unwrap();
    let of_kind = published.iter().filter(|p| p.topic.ends_with("customer") && p.message["kind"] == kind);
    let covered = |message: &Value| -> Vec<Value> {
        let services = message["data"]["covered"]["services"].as_array().unwrap();
        services.iter().map(|own| json!([own["service_id"], own["counts"]])).collect()
    };
    let told = |message: &Value| json!([message["customer_id"], message["service_id"], covered(message)]);
    // A notice published twice counts once.
    let once: BTreeMap<String, Value> =
        of_kind.map(|p| (p.message["notice_id"].to_string(), told(&p.message))).collect();
    let mut told: Vec<Value> = once.into_values().collect();
    told.sort_by_key(ToString::to_string);
    told
}

/// Returns the registration of another service in the desk's region.
fn another(service_id: &str, customer_id: &str) -> Value {
    let fields = json!({
        "service_id": service_id, "customer_id": customer_id, "max_silence_s": 31_622_400, "time_zone": "UTC",
        "activated_at": "2026-06-01T00:00:00Z",
    });
    with(service(), fields)
}

#[tokio::test]
async fn each_customer_is_told_once_of_a_window_with_all_services_that_it_covers() {
    let desk = Desk::open().await;
    desk.run(with(customer(), json!({ "customer_id": "globex" }))).await.unwrap();
    desk.run(with(customer(), json!({ "customer_id": "idle" }))).await.unwrap();
    for (id, owner) in [("a-line", "acme"), ("b-line", "acme"), ("g-line", "globex")] {
        desk.run(another(id, owner)).await.unwrap();
    }
    desk.run(with(another("elsewhere", "acme"), json!({ "region": "us" }))).await.unwrap();
    let acme = json!(["acme", null, [["a-line", true], ["b-line", true], ["uplink", true]]]);
    let globex = json!(["globex", "g-line", [["g-line", true]]]);
    desk.run(with(maintenance(), json!({ "scope": { "region": "eu-north" } }))).await.unwrap();
    assert_eq!(told(&desk, "maintenance.announced"), [acme.clone(), globex.clone()]);
    desk.0.advance_to("2026-06-09T00:00:00Z").unwrap();
    desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
    assert_eq!(told(&desk, "maintenance.reminder"), [acme.clone(), globex.clone()]);
    desk.run(json!({ "command": "cancel_maintenance", "window_id": "w-1" })).await.unwrap();
    assert_eq!(told(&desk, "maintenance.changed"), [acme, globex]);
}

#[tokio::test]
async fn a_window_over_all_counts_for_services_that_could_have_notice_of_it() {
    let desk = Desk::open().await;
    desk.run(with(maintenance(), json!({ "scope": { "all": true } }))).await.unwrap();
    let cancelled = json!({ "scope": { "all": true }, "window_id": "w-2" });
    desk.run(with(maintenance(), cancelled)).await.unwrap();
    desk.run(json!({ "command": "cancel_maintenance", "window_id": "w-2" })).await.unwrap();
    let before = told(&desk, "maintenance.announced").len();
    for (now, id) in [("2026-06-07T00:00:00Z", "early"), ("2026-06-07T00:00:01Z", "late")] {
        desk.0.advance_to(now).unwrap();
        desk.run(another(id, "acme")).await.unwrap();
        desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
    }
    let all = told(&desk, "maintenance.announced");
    assert_eq!(all.len(), before + 2, "nobody is told of what is cancelled");
    for (id, counts) in [("early", true), ("late", false)] {
        assert!(all.contains(&json!(["acme", id, [[id, counts]]])), "{all:?}");
    }
    desk.0.advance_to("2026-06-09T00:00:00Z").unwrap();
    desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
    let services =
        [("early", true), ("late", false), ("uplink", true)].map(|(id, counts)| json!([id, counts]));
    assert_eq!(told(&desk, "maintenance.reminder"), [json!(["acme", null, services])]);
    desk.0.advance_to("2026-07-02T00:00:00Z").unwrap();
    for id in ["early", "late"] {
        let down = with(check(id, "down"), json!({ "checked_at": "2026-06-10T00:00:00Z" }));
        let up = with(check(id, "up"), json!({ "checked_at": "2026-06-10T04:00:00Z" }));
        let checks = json!({ "checks": [check(id, "up"), down, up] });
        desk.invoke("record-checks", checks).await.unwrap();
    }
    let mut seconds = Vec::new();
    for id in ["early", "late"] {
        let closing = json!({ "month": "2026-06", "service_id": id });
        let closed = desk.invoke("close-month", closing).await.unwrap();
        let of = &closed["statements"][0]["seconds"];
        seconds.push((of["down"].as_i64().unwrap(), of["excluded"].as_i64().unwrap()));
    }
    assert_eq!(seconds, [(0, 14_400), (14_400, 0)]);
}
