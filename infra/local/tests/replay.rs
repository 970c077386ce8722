//! Replays over the real functions: the files that they write, the same bytes each time, and where they end.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use nines::commands::replay::{Replay, Request, run};
use nines::commands::scenario;
use nines::stand_ins::schedules::target;
use nines::stand_ins::wire::{OpenPassage, Tally};
use nines::system::System;
use outcome::Clock;
use serde_json::{Value, json};
use shell::{OneShot, ScheduleTarget, Schedules};
use sla::Instant;

/// Two services in two zones over a month's end; one is down for half a day and gets a late check.
fn lines() -> Vec<Value> {
    let desk = |at: &str, payload: Value| json!({"at": at, "invoke": "run-desk", "payload": payload});
    let checks =
        |at: &str, checks: Value| json!({"at": at, "invoke": "record-checks", "payload": {"checks": checks}});
    let service = |id: &str, zone: &str, fee: u64| {
        json!({
            "command": "register_service", "service_id": id, "customer_id": "acme", "name": id,
            "plan": "standard", "monthly_fee": {"minor": fee, "currency": "EUR"}, "region": "eu",
            "time_zone": zone, "activated_at": "2026-06-29T00:00:00Z", "max_silence_s": null,
        })
    };
    let check =
        |id: &str, at: &str, status: &str| json!({"service_id": id, "checked_at": at, "status": status});
    vec![
        desk(
            "2026-06-29T00:00:00Z",
            json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"}),
        ),
        desk("2026-06-29T00:00:00Z", service("api", "UTC", 49_900)),
        desk("2026-06-29T00:00:00Z", service("shop", "America/New_York", 129_900)),
        checks(
            "2026-06-29T00:01:00Z",
            json!([check("api", "2026-06-29T00:00:30Z", "up"), check("shop", "2026-06-29T00:00:30Z", "up")]),
        ),
        checks("2026-06-29T06:00:00Z", json!([check("api", "2026-06-29T06:00:00Z", "down")])),
        checks(
            "2026-06-29T18:00:00Z",
            json!([check("api", "2026-06-29T18:00:00Z", "up"), {"service_id": "?"}]),
        ),
        desk("2026-06-29T19:00:00Z", json!({"command": "show_service", "service_id": "absent"})),
    ]
}

fn request(out: &Path, until: &str) -> Request {
    let text: String = lines().iter().map(|line| format!("{line}\n")).collect();
    let lines = scenario::parse("test", &text).unwrap();
    Request { lines, until: Some(until.parse().unwrap()), as_invoked: false, out: out.to_path_buf() }
}

fn files(folder: &Path, prefix: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), into);
        } else {
            // A binary file is compared by its digest.
            let bytes = fs::read(entry.path()).unwrap();
            into.insert(name, String::from_utf8(bytes).unwrap_or_else(|e| sla::sha256_hex(e.as_bytes())));
        }
    }
}

async fn results(until: &str) -> BTreeMap<String, String> {
    let out = tempfile::tempdir().unwrap();
    run(&request(out.path(), until)).await.unwrap();
    let mut found = BTreeMap::new();
    files(out.path(), "", &mut found);
    found
}

#[tokio::test]
async fn a_month_is_replayed_to_the_same_bytes() {
    let until = "2026-07-02T04:00:00Z";
    let (first, second) = (results(until).await, results(until).await);
    let names: Vec<&String> = first.keys().collect();
    assert_eq!(first, second);
    insta::assert_snapshot!(format!("{names:#?}\n\n{}", first["responses.ndjson"]));
    let statements: Vec<Value> = serde_json::from_str(&first["statements.json"]).unwrap();
    let verdicts: Vec<String> = statements
        .iter()
        .map(|statement| {
            let text = |name: &str| statement[name].as_str().unwrap().to_owned();
            format!(
                "{} {} {} {}",
                text("service_id"),
                text("month"),
                text("verdict"),
                statement["seconds"]["down"]
            )
        })
        .collect();
    assert_eq!(verdicts, ["api 2026-06 breached 43200", "shop 2026-06 met 0"]);
}

#[tokio::test]
async fn nothing_after_the_end_is_run_and_the_clock_moves_to_it() {
    let found = results("2026-06-29T17:59:59Z").await;
    assert_eq!(found["responses.ndjson"].lines().count(), 5);
    assert_eq!(found["statements.json"], "[]\n");
    let closed_for_one = results("2026-07-02T03:59:59Z").await;
    let statements: Vec<Value> = serde_json::from_str(&closed_for_one["statements.json"]).unwrap();
    assert_eq!(statements.len(), 1);
    assert!(!closed_for_one.keys().any(|name| name.starts_with("exports/")));
}

#[tokio::test]
async fn a_schedule_invokes_its_function_once_at_its_instant() {
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let start = at("2026-06-01T00:00:00Z");
    let system = System::memory(Clock::virtual_at(start)).await.unwrap();
    let client = system.engines().schedules().client(Arc::new(OpenPassage), Tally::default());
    let function_arn = target().function_arn.replace("keep-deadlines", "record-checks");
    let schedules = Schedules::new(client, ScheduleTarget { function_arn, ..target() });
    let arm = async |name: &str, instant: &str| {
        // A check that names no service is kept with its instant of arrival.
        let input = json!({"checks": [{"service_id": name}]}).to_string();
        schedules.arm(&OneShot { name: name.to_owned(), at: at(instant), input }).await.unwrap();
    };
    let mut replay = Replay::starting(system, start);
    let received = async |replay: &Replay| {
        let listed = replay.system().invoke("run-desk", br#"{"command": "list_quarantine"}"#).await.unwrap();
        let entries = listed["quarantined"].as_array().unwrap().iter();
        let mut received: Vec<String> =
            entries.map(|one| format!("{} {}", one["received_at"], one["payload"]["service_id"])).collect();
        received.sort();
        received
    };
    arm("on-time", "2026-06-01T00:07:30Z").await;
    replay.pass_time(at("2026-06-01T00:07:29Z")).await;
    assert_eq!(received(&replay).await, [""; 0]);
    replay.pass_time(at("2026-06-01T00:09:00Z")).await;
    // The sweeps at 00:00 and at 00:05 would find nothing.
    assert_eq!(replay.errand_count(), 1);
    arm("too-late", "2026-06-01T00:08:00Z").await;
    replay.pass_time(at("2026-06-01T00:09:30Z")).await;
    replay.pass_time(at("2026-06-01T00:09:45Z")).await;
    assert_eq!(replay.errand_count(), 2);
    assert_eq!(
        received(&replay).await,
        [r#""2026-06-01T00:07:30Z" "on-time""#, r#""2026-06-01T00:09:00Z" "too-late""#]
    );
}
