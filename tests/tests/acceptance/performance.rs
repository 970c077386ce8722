//! A month with metrics through `record-checks` and `close-month`: verdicts, notices sent once, late
//! measurements.

#![expect(clippy::unwrap_used, clippy::panic_in_result_fn, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use acceptance::faults::{FaultError, Scenario, every};
use acceptance::world::{Event, World};
use serde_json::{Value, json};

/// June, in which a service with a day of maintenance is measured from two places.
struct June(World);

impl June {
    async fn begin() -> Self {
        let world = World::at("2026-06-01T00:00:00Z").await.unwrap();
        let desk = |command: Value| Event::new("run-desk", command);
        let events = [
            desk(json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" })),
            desk(json!({
                "command": "register_service", "service_id": "uplink", "customer_id": "acme", "name": "Uplink",
                "plan": "standard", "monthly_fee": { "minor": 49_900, "currency": "EUR" }, "region": "eu",
                "activated_at": "2026-06-01T00:00:00Z", "max_silence_s": null,
            })),
            desk(json!({
                "command": "announce_maintenance", "window_id": "w-1", "starts_at": "2026-06-16T00:00:00Z",
                "ends_at": "2026-06-17T00:00:00Z", "scope": { "services": ["uplink"] }, "reason": "new disks",
            })),
        ];
        world.seed(&events).await.unwrap();
        Self(world)
    }

    /// Two weeks at 40 ms, a day of maintenance at 900 ms, and ten days at 70 ms elsewhere: 52.5 ms on
    /// average.
    async fn measured() -> Self {
        let june = Self::begin().await;
        june.0.advance_to("2026-06-30T23:59:59Z").unwrap();
        let fine = json!({ "latency_ms": 40, "throughput_mbps": 120, "packet_loss_pct": 0.05 });
        june.measure("fra", ["2026-06-01T00:00:00Z", "2026-06-14T23:59:59Z"], &fine).await;
        let excluded = json!({ "latency_ms": 900, "packet_loss_pct": 100 });
        june.measure("fra", ["2026-06-16T00:00:00Z", "2026-06-16T23:59:59Z"], &excluded).await;
        let slow = json!({ "latency_ms": 70 });
        june.measure("par", ["2026-06-21T00:00:00Z", "2026-06-30T23:59:59Z"], &slow).await;
        june.0.advance_to("2026-07-02T00:00:00Z").unwrap();
        june
    }

    /// Reports a probe that sees the service up from one instant to another, with constant measurements.
    async fn measure(&self, probe: &str, [from, until]: [&str; 2], metrics: &Value) {
        let mut check = json!({
            "service_id": "uplink", "probe": probe, "checked_at": from, "until": until, "status": "up",
        });
        let fields = check.as_object_mut().unwrap();
        fields.extend(metrics.as_object().unwrap().clone());
        let answer = self.run("record-checks", json!({ "checks": [check] })).await;
        assert_eq!(answer, json!({ "accepted": 1, "duplicates": 0, "quarantined": [] }));
    }

    async fn run(&self, function: &'static str, payload: Value) -> Value {
        self.0.seed(&[Event::new(function, payload)]).await.unwrap().remove(0)
    }

    /// Closes June, or computes its provisional statement.
    async fn close(&self) -> Value {
        let answer = self.run("close-month", json!({ "month": "2026-06", "service_id": "uplink" })).await;
        answer["statements"][0].clone()
    }

    async fn daily_run(&self, now: &str) -> Value {
        self.0.advance_to(now).unwrap();
        self.run("close-month", json!({ "sweep": true })).await
    }

    /// Returns the missed metrics announced to each audience, and the ids of these notices.
    fn told(&self) -> (Vec<String>, BTreeSet<String>) {
        let published = self.0.published().unwrap();
        let missed = published.iter().filter(|p| p.message["kind"] == "performance.missed");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut told: Vec<String> = Vec::new();
        let mut ids = BTreeSet::new();
        for message in missed {
            told.push(format!("{} {}", message.topic, text(&message.message["data"]["miss"]["metric"])));
            ids.insert(text(&message.message["notice_id"]));
        }
        told.sort();
        (told, ids)
    }
}

/// Returns the metrics of a statement: verdict, samples and mean of each.
fn figures(statement: &Value) -> Vec<Value> {
    let metrics = statement["performance"].as_array().unwrap();
    metrics.iter().map(|m| json!([m["metric"], m["verdict"], m["samples"], m["mean"]])).collect()
}

fn audiences(metric: &str) -> [String; 3] {
    ["customer", "finance", "operations"].map(|audience| format!("nines-{audience} {metric}"))
}

#[tokio::test]
async fn a_measurement_a_hair_from_its_limit_is_judged_as_it_was_measured() {
    let june = June::begin().await;
    june.0.advance_to("2026-06-02T00:00:00Z").unwrap();
    let hair = json!({ "latency_ms": 49.9996, "throughput_mbps": 99.9996, "packet_loss_pct": 0.09996 });
    june.measure("fra", ["2026-06-01T00:00:00Z", "2026-06-01T00:09:00Z"], &hair).await;
    june.0.advance_to("2026-07-02T00:00:00Z").unwrap();
    assert_eq!(
        figures(&june.close().await),
        [
            json!(["latency_ms", "met", 10, "49.999"]),
            json!(["throughput_mbps", "missed", 10, "99.999"]),
            json!(["packet_loss_pct", "met", 10, "0.099"]),
        ]
    );
}

#[tokio::test]
async fn a_month_with_metrics_is_judged_at_its_close_and_told_once() {
    let june = June::measured().await;
    let statement = june.close().await;
    let minutes = |days: u32| days * 1440;
    assert_eq!(
        figures(&statement),
        [
            json!(["latency_ms", "missed", minutes(24), "52.500"]),
            json!(["throughput_mbps", "met", minutes(14), "120.000"]),
            json!(["packet_loss_pct", "met", minutes(14), "0.050"]),
        ]
    );
    let (told, ids) = june.told();
    assert_eq!((told.as_slice(), ids.len()), (audiences("latency_ms").as_slice(), 1));
    let published = june.0.published().unwrap();
    let notice = published.iter().find(|p| p.message["kind"] == "performance.missed").unwrap();
    assert_eq!(notice.message["data"]["miss"]["claim_until"], "2026-07-10T00:00:00Z");
    assert_eq!(notice.message["severity"], "warning");

    let before = june.0.dump().unwrap();
    assert_eq!(june.close().await, statement);
    let after = june.0.dump().unwrap();
    assert_eq!(before, after, "a second close changes nothing: {}", before.difference(&after));
    assert_eq!(june.0.published().unwrap().len(), published.len());
}

#[tokio::test]
async fn late_measurements_restate_a_month_only_in_the_customers_favour() {
    let june = June::measured().await;
    let first = june.close().await;
    // A month of 1 ms would keep the latency's limit: a person would have to restate it.
    june.0.advance_to("2026-07-03T00:00:00Z").unwrap();
    june.measure("rom", ["2026-06-01T00:00:00Z", "2026-06-30T23:59:59Z"], &json!({ "latency_ms": 1 })).await;
    assert_eq!(june.daily_run("2026-07-03T03:00:00Z").await, json!({ "restated": 0 }));
    assert_eq!(june.close().await, first);
    assert_eq!(june.told().1.len(), 1);
    let slow = json!({ "throughput_mbps": 1 });
    june.measure("fra", ["2026-06-25T00:00:00Z", "2026-06-30T23:59:59Z"], &slow).await;
    assert_eq!(june.daily_run("2026-07-04T03:00:00Z").await, json!({ "restated": 0 }));
}

#[tokio::test]
async fn a_metric_that_late_checks_turn_to_missed_is_told_at_the_restatement() {
    let june = June::measured().await;
    june.close().await;
    june.0.advance_to("2026-07-03T00:00:00Z").unwrap();
    let slow = json!({ "throughput_mbps": 1 });
    june.measure("fra", ["2026-06-25T00:00:00Z", "2026-06-29T23:59:59Z"], &slow).await;
    assert_eq!(june.daily_run("2026-07-03T03:00:00Z").await, json!({ "restated": 1 }));
    let second = june.close().await;
    assert_eq!(second["revision"], 2);
    assert_eq!(figures(&second)[1], json!(["throughput_mbps", "missed", 19 * 1440, "88.684"]));
    let (told, ids) = june.told();
    let expected = [audiences("latency_ms"), audiences("throughput_mbps")].concat();
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), expected.into_iter().collect());
    assert_eq!(ids.len(), 2);
    assert_eq!(june.daily_run("2026-07-04T03:00:00Z").await, json!({ "restated": 0 }));
}

#[tokio::test]
async fn a_first_measurement_in_a_chunk_that_had_been_begun_is_not_missed() {
    let june = June::begin().await;
    june.0.advance_to("2026-06-10T12:00:00Z").unwrap();
    let day = ["2026-06-10T00:00:00Z", "2026-06-10T11:00:00Z"];
    june.measure("fra", day, &json!({})).await;
    // The service was up and still is: there is nothing to announce, but a new measurement for the close.
    let minute = ["2026-06-10T11:00:00Z", "2026-06-10T11:00:00Z"];
    june.measure("fra", minute, &json!({ "latency_ms": 80.5 })).await;
    let provisional = june.close().await;
    assert_eq!(provisional["provisional"], true);
    assert_eq!(figures(&provisional)[0], json!(["latency_ms", "missed", 1, "80.500"]));
    assert_eq!(june.told().0, Vec::<String>::new(), "a provisional statement tells nobody");
}

#[test]
fn a_missed_metric_is_told_once_under_every_fault_of_the_close() -> Result<(), FaultError> {
    let runtime = acceptance::faults::runtime()?;
    let world = runtime.block_on(async { June::measured().await.0 });
    let close = Event::new("close-month", json!({ "month": "2026-06", "service_id": "uplink" }));
    let report = every(&Scenario::new(world, vec![close]))?;
    assert!(report.schedules > 10, "{report:?}");
    Ok(())
}
