//! Heartbeats: what a source told is asserted by the sweep while it proves that it lives, and unknown once it
//! died.

use super::*;

/// The source of a Prometheus with a rule that always fires.
fn watched() -> Event {
    let map = json!([
        { "when": { "labels.alertname": "Watchdog" }, "heartbeat": true },
        { "when": { "labels.nines_service": "api" }, "service_id": "api", "probe": "am" },
    ]);
    register("am", "alertmanager", &json!({ "mode": "heartbeats", "delay_s": 600, "map": map }))
}

fn proof(at: &str) -> Value {
    let watchdog = json!({
        "status": "firing", "fingerprint": "dog", "labels": { "alertname": "Watchdog" },
        "startsAt": "2026-11-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
    });
    alerts("am", at, &[watchdog])
}

async fn sweep(world: &World, now: &str) {
    world.advance_to(now).unwrap();
    world.seed(&[Event::new("record-checks", json!({ "sweep": true }))]).await.unwrap();
}

#[tokio::test]
async fn a_source_that_dies_in_an_outage_leaves_the_time_since_its_last_proof_unknown() {
    let world = world(1).await;
    world.seed(&[watched()]).await.unwrap();
    let up = alert("7c", "api", "2026-11-30T00:59:00Z", Some("2026-11-30T01:00:00Z"));
    world.advance_to("2026-11-30T01:00:10Z").unwrap();
    heard(&world, alerts("am", "2026-11-30T01:00:10Z", &[up])).await;
    for minute in 0..=20 {
        let at = format!("2026-11-30T01:{minute:02}:20Z");
        world.advance_to(&at).unwrap();
        assert_eq!(heard(&world, proof(&at)).await, [1, 0, 0], "a proof of life alone is accepted");
        if minute == 15 {
            heard(&world, alerts("am", &at, &[alert("7c", "api", "2026-11-30T01:15:00Z", None)])).await;
        }
        sweep(&world, &at).await;
    }
    assert_eq!(show(&world, "am").await["is_alive"], true);
    sweep(&world, "2026-11-30T02:00:00Z").await;
    let shown = show(&world, "am").await;
    assert_eq!(
        (&shown["is_alive"], &shown["last_proof_at"]),
        (&json!(false), &json!("2026-11-30T01:20:00Z"))
    );
    let stated = stated(&world).await;
    // What was told before the first proof of life is not asserted.
    let outages = json!([["2026-11-30T01:15:00Z", "2026-11-30T01:20:00Z"]]);
    assert_eq!(stated["outages"], outages, "{stated}");
    // Nothing more is due.
    let before = world.dump().unwrap();
    sweep(&world, "2026-11-30T02:00:00Z").await;
    assert_eq!(before.difference(&world.dump().unwrap()), "");
}

#[tokio::test]
async fn a_recovery_that_comes_late_waits_with_the_void_that_would_mend_it() {
    let world = world(1).await;
    world.seed(&[watched()]).await.unwrap();
    world.advance_to("2026-11-30T01:00:00Z").unwrap();
    heard(&world, alerts("am", "2026-11-30T01:00:00Z", &[alert("7c", "api", "2026-11-30T01:00:00Z", None)]))
        .await;
    for minute in [1, 5] {
        let at = format!("2026-11-30T01:0{minute}:00Z");
        world.advance_to(&at).unwrap();
        heard(&world, proof(&at)).await;
    }
    sweep(&world, "2026-11-30T01:20:00Z").await;
    let late = alert("7c", "api", "2026-11-30T01:00:00Z", Some("2026-11-30T01:02:00Z"));
    heard(&world, alerts("am", "2026-11-30T01:20:00Z", &[late])).await;
    let waiting = quarantined(&world).await;
    assert_eq!(waiting.len(), 1);
    assert!(
        waiting[0]["error"].as_str().unwrap().contains("void the checks of service api by probe am"),
        "{waiting:?}"
    );
}
