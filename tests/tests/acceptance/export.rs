//! Exporting a month for finance: every row once, later changes in the next revision, nothing overwritten.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod credits;
mod parts;
mod tickets;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acceptance::faults::{Scenario, every, runtime};
use acceptance::june::{self, check, export};
use acceptance::world::{Event, World};
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, OpenPassage, Passage};
use outcome::Failure;
use serde_json::{Value, json};
use sla::ledger::Entry;
use sla::{Month, sha256_hex};

const REVISION_1: &str = "exports/month=2026-06/revision=1/";
const REVISION_2: &str = "exports/month=2026-06/revision=2/";

fn june() -> Month {
    "2026-06".parse().unwrap()
}

fn export_sweep() -> Event {
    Event::new("export-month", json!({ "sweep": true }))
}

async fn june_is_over() -> World {
    june::is_over().await.unwrap()
}

async fn june_is_closed() -> World {
    june::is_closed().await.unwrap()
}

/// Builds June restated: by a late check, `api-eur` was down from June 29 on as well.
async fn june_is_restated() -> World {
    june::is_restated(&["api-eur"]).await.unwrap()
}

async fn run(world: &World, event: &Event) -> Value {
    world.seed(std::slice::from_ref(event)).await.unwrap().remove(0)
}

async fn refused(world: &World, event: &Event) -> Failure {
    world.invoke(event).await.unwrap().unwrap_err()
}

fn object(world: &World, key: &str) -> PathBuf {
    world.engines().objects().join(key)
}

fn bytes(world: &World, key: &str) -> Vec<u8> {
    std::fs::read(object(world, key)).unwrap()
}

fn manifest(world: &World, prefix: &str) -> Value {
    serde_json::from_slice(&bytes(world, &format!("{prefix}manifest.json"))).unwrap()
}

/// Reads the rows of a CSV file without quoted cells, by column.
fn rows(world: &World, key: &str) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8(bytes(world, key)).unwrap();
    assert!(text.ends_with("\r\n") && !text.contains('"'), "{text}");
    let mut lines = text.trim_end().split("\r\n").map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().unwrap().collect();
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}

fn column(rows: &[BTreeMap<String, String>], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

async fn ledger(world: &World) -> Vec<Entry> {
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let mut entries = Vec::new();
    for service in process.services().await.unwrap() {
        let known = process.directory().service_month(&service.service_id, june()).await.unwrap();
        entries.extend(known.unwrap().entries);
    }
    entries.sort_by(|a, b| a.credit_id.cmp(&b.credit_id));
    entries
}

/// Sums by currency and state, in minor units.
type Sums = BTreeMap<(String, String), i64>;

fn ledger_sums(entries: &[Entry]) -> Sums {
    let mut sums = Sums::new();
    for entry in entries {
        let group = (entry.currency.to_string(), entry.state.as_str().to_owned());
        *sums.entry(group).or_default() += entry.amount_minor;
    }
    sums
}

fn manifest_sums<'a>(manifests: impl IntoIterator<Item = &'a Value>) -> Sums {
    let mut sums = Sums::new();
    for manifest in manifests {
        for total in manifest["totals"].as_array().unwrap() {
            let text = |name: &str| total[name].as_str().unwrap().to_owned();
            *sums.entry((text("currency"), text("state"))).or_default() += total["minor"].as_i64().unwrap();
        }
    }
    sums
}

fn csv_sums(rows: &[BTreeMap<String, String>]) -> Sums {
    let mut sums = Sums::new();
    for row in rows {
        // The sample's amounts have their currency's decimals: without the point they are minor units.
        let minor: i64 = row["amount"].replace('.', "").parse().unwrap();
        *sums.entry((row["currency"].clone(), row["state"].clone())).or_default() += minor;
    }
    sums
}

/// Checks every file against the manifest: its bytes, and its number of rows where they can be counted here.
fn assert_proven(world: &World, prefix: &str) {
    let manifest = manifest(world, prefix);
    let list = |name: &str| manifest[name].as_array().unwrap().clone();
    let names: Vec<String> =
        list("files").iter().map(|file| file["key"].as_str().unwrap().replace(prefix, "")).collect();
    let tables = ["statements", "credits", "tickets"];
    let expected: Vec<String> = ["csv", "parquet"]
        .iter()
        .flat_map(|extension| tables.map(|table| format!("{table}.{extension}")))
        .collect();
    assert_eq!(names, expected);
    for file in list("files").iter().chain(&list("inputs")) {
        let key = file["key"].as_str().unwrap();
        let bytes = bytes(world, key);
        assert_eq!(file["sha256"], sha256_hex(&bytes), "{key}");
        let is_parquet = key.ends_with(".parquet");
        let rows = match key.rsplit('.').next().unwrap() {
            "csv" => rows(world, key).len(),
            "ndjson" => str::from_utf8(&bytes).unwrap().lines().count(),
            _ => rows(world, &key.replace(".parquet", ".csv")).len(),
        };
        assert_eq!(file["rows"], rows, "{key}");
        assert_eq!(is_parquet, bytes.starts_with(b"PAR1"), "{key}");
    }
}

/// Returns the services and revisions whose inputs a revision holds.
fn inputs(world: &World, prefix: &str) -> Vec<String> {
    let parts = manifest(world, prefix)["inputs"].as_array().unwrap().clone();
    let keys = parts.iter().map(|part| part["key"].as_str().unwrap());
    let texts = keys.map(|key| String::from_utf8(bytes(world, key)).unwrap());
    let lines: Vec<Value> = texts
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
        .collect();
    lines
        .iter()
        .map(|line| format!("{} {}", line["service"]["service_id"].as_str().unwrap(), line["revision"]))
        .collect()
}

#[tokio::test]
async fn a_month_that_is_not_closed_is_refused_and_says_what_to_do() {
    let world = june_is_over().await;
    let close = Event::new("close-month", json!({ "month": "2026-06", "service_id": "api-eur" }));
    world.seed(&[close]).await.unwrap();
    let failure = refused(&world, &export()).await;
    assert_eq!(failure.error_type(), "Conflict");
    insta::assert_snapshot!(failure.message(), @r#"2026-06 cannot be exported yet: 2 services are not closed (api-jpy, api-met); close the month first: invoke close-month with {"month": "2026-06"}"#);
    // The daily run waits silently, and goes on once everything is closed.
    assert_eq!(run(&world, &export_sweep()).await, json!({ "exported": [] }));
    world.seed(&[Event::new("close-month", json!({ "month": "2026-06" }))]).await.unwrap();
    let exported = run(&world, &export_sweep()).await;
    assert_eq!(exported.pointer("/exported/0/month"), Some(&json!("2026-06")));
    assert_eq!(exported.pointer("/exported/0/revision"), Some(&json!(1)));
}

#[tokio::test]
async fn a_month_without_services_has_no_export() {
    let world = june_is_over().await;
    let before = Event::new("export-month", json!({ "month": "2026-04" }));
    assert_eq!(run(&world, &before).await, json!({ "files": [], "revision": 0 }));
}

#[tokio::test]
async fn the_first_export_holds_every_statement_and_the_whole_ledger() {
    let world = june_is_closed().await;
    let answer = run(&world, &export()).await;
    let manifest = manifest(&world, REVISION_1);
    assert_eq!(answer, json!({ "prefix": REVISION_1, "files": manifest["files"], "revision": 1 }));
    assert_eq!(answer["files"].as_array().unwrap().len(), 6);
    assert_proven(&world, REVISION_1);
    assert_eq!(manifest["previous_manifest_sha256"], Value::Null);
    assert_eq!(manifest["verdicts"], json!({ "breached": 2, "met": 1 }));
    let statements = rows(&world, &format!("{REVISION_1}statements.csv"));
    assert_eq!(column(&statements, "service_id"), ["api-eur", "api-jpy", "api-met"]);
    assert_eq!(inputs(&world, REVISION_1), ["api-eur 1", "api-jpy 1", "api-met 1"]);
    // A day of 30 is 3.33 % downtime: a third of the fee, rounded once, half up.
    assert_eq!(column(&statements, "credit_amount"), ["166.33", "23333", "0.000"]);
    let credits = rows(&world, &format!("{REVISION_1}credits.csv"));
    let entries = ledger(&world).await;
    let ids: Vec<_> = entries.iter().map(|entry| entry.credit_id.to_string()).collect();
    assert_eq!(column(&credits, "credit_id"), ids);
    assert_eq!(csv_sums(&credits), ledger_sums(&entries));
    assert_eq!(manifest_sums([&manifest]), ledger_sums(&entries));
    let ready: Vec<_> = world.published().unwrap();
    let ready: Vec<_> = ready.iter().filter(|n| n.message["kind"] == "export.ready").collect();
    assert_eq!(ready.len(), 1);
    assert!(ready[0].topic.contains("finance"), "{}", ready[0].topic);
    assert_eq!(ready[0].message["data"]["files"], manifest["files"]);
}

#[tokio::test]
async fn a_second_export_writes_nothing_and_changes_no_byte() {
    let world = june_is_closed().await;
    world.seed(&[export()]).await.unwrap();
    let before = world.dump().unwrap();
    assert!(!before.to_string().contains("DUE#"), "the marks are removed");
    assert_eq!(run(&world, &export()).await, json!({ "files": [], "revision": 1 }));
    assert_eq!(run(&world, &export_sweep()).await, json!({ "exported": [] }));
    assert_eq!(before.difference(&world.dump().unwrap()), "");
}

#[tokio::test]
async fn a_restated_month_is_a_next_revision_with_only_the_new_rows() {
    let world = june_is_restated().await;
    let first = bytes(&world, &format!("{REVISION_1}manifest.json"));
    let answer = run(&world, &export_sweep()).await;
    assert_eq!(answer.pointer("/exported/0/prefix"), Some(&json!(REVISION_2)));
    assert_eq!(bytes(&world, &format!("{REVISION_1}manifest.json")), first);
    assert_proven(&world, REVISION_1);
    assert_proven(&world, REVISION_2);
    let second = manifest(&world, REVISION_2);
    assert_eq!(second["previous_manifest_sha256"], sha256_hex(&first));
    let statements = rows(&world, &format!("{REVISION_2}statements.csv"));
    assert_eq!(column(&statements, "service_id"), ["api-eur"]);
    assert_eq!(column(&statements, "revision"), ["2"]);
    assert_eq!(inputs(&world, REVISION_2), ["api-eur 2"]);
    let credits = rows(&world, &format!("{REVISION_2}credits.csv"));
    assert_eq!(column(&credits, "state"), ["reversal", "approved"]);
    assert_eq!(column(&credits, "amount"), ["-166.33", "499.00"]);
    // The ledger is the sum over revisions.
    let entries = ledger(&world).await;
    assert_eq!(manifest_sums([&manifest(&world, REVISION_1), &second]), ledger_sums(&entries));
}

#[tokio::test]
async fn an_object_of_another_writer_is_never_overwritten() {
    let world = june_is_closed().await;
    let key = format!("{REVISION_1}credits.csv");
    std::fs::create_dir_all(object(&world, REVISION_1)).unwrap();
    std::fs::write(object(&world, &key), "mine").unwrap();
    let failure = refused(&world, &export()).await;
    assert_eq!(failure.error_type(), "UnexpectedFault");
    insta::assert_snapshot!(failure.message(), @"an unexpected fault: exports/month=2026-06/revision=1/credits.csv exists with different content and is never overwritten: find out who wrote it, move it away, then export the month again");
    assert_eq!(bytes(&world, &key), b"mine");
    assert!(!object(&world, &format!("{REVISION_1}manifest.json")).exists());
    // Once the foreign object is removed, the same revision is continued.
    std::fs::remove_file(object(&world, &key)).unwrap();
    assert_eq!(run(&world, &export()).await["revision"], 1);
    assert_proven(&world, REVISION_1);
}

/// Restates June after its export failed to write a file.
async fn june_is_restated_while_its_export_waits(for_file: &str) -> World {
    let world = june_is_closed().await;
    let blocked = object(&world, &format!("{REVISION_1}{for_file}"));
    std::fs::create_dir_all(object(&world, REVISION_1)).unwrap();
    std::fs::write(&blocked, "not yet").unwrap();
    refused(&world, &export()).await;
    std::fs::remove_file(&blocked).unwrap();
    world.advance_to("2026-07-03T03:00:00Z").unwrap();
    let late = check("api-eur", "2026-06-29T00:00:00Z", "down");
    world.seed(&[late, Event::new("close-month", json!({ "sweep": true }))]).await.unwrap();
    world
}

#[tokio::test]
async fn rows_that_come_after_an_interrupted_revision_are_the_next_one() {
    for file in ["statements.parquet", "inputs-0001.ndjson", "manifest.json"] {
        let world = june_is_restated_while_its_export_waits(file).await;
        assert_eq!(run(&world, &export()).await["revision"], 2);
        assert_proven(&world, REVISION_1);
        assert_proven(&world, REVISION_2);
        let ids = column(&rows(&world, &format!("{REVISION_2}statements.csv")), "service_id");
        assert_eq!(ids, ["api-eur"]);
        assert_eq!(inputs(&world, REVISION_1), ["api-eur 1", "api-jpy 1", "api-met 1"], "{file}");
        assert_eq!(inputs(&world, REVISION_2), ["api-eur 2"], "{file}");
        assert_eq!(run(&world, &export()).await, json!({ "files": [], "revision": 2 }));
    }
}

#[tokio::test]
async fn two_exports_at_once_are_one() {
    let world = june_is_closed().await;
    let alone = world.fork().unwrap();
    run(&alone, &export()).await;
    let [one, other] = [(); 2].map(|()| world.process(Arc::new(OpenPassage)).unwrap());
    let payload = export().payload.to_string();
    let (one, other) = tokio::join!(
        one.invoke("export-month", payload.as_bytes()),
        other.invoke("export-month", payload.as_bytes())
    );
    assert_eq!((one.unwrap()["revision"].clone(), other.unwrap()["revision"].clone()), (json!(1), json!(1)));
    assert_eq!(alone.dump().unwrap().difference(&world.dump().unwrap()), "");
}

/// A process whose export is overtaken: at its first freeze of the second revision, another process exports
/// that revision, with one more restated service.
struct Overtaken {
    world: World,
    done: AtomicBool,
}

impl Passage for Overtaken {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let freezes =
            call.operation == "PutItem" && String::from_utf8_lossy(&call.body).contains("REVISION#0002");
        let overtakes = freezes && !self.done.swap(true, Ordering::SeqCst);
        let world = self.world.clone();
        Box::pin(async move {
            if overtakes {
                let late = check("api-jpy", "2026-06-29T00:00:00Z", "down");
                let daily = Event::new("close-month", json!({ "sweep": true }));
                world.seed(&[late, daily, export()]).await.unwrap();
            }
            onward(call.body).await
        })
    }
}

#[tokio::test]
async fn whoever_freezes_first_decides_what_a_revision_holds() {
    let world = june_is_restated().await;
    let overtaken = Overtaken { world: world.clone(), done: AtomicBool::new(false) };
    let process = world.process(Arc::new(overtaken)).unwrap();
    let answer = process.invoke("export-month", export().payload.to_string().as_bytes()).await.unwrap();
    assert_eq!(answer, json!({ "files": [], "revision": 2 }));
    assert_proven(&world, REVISION_2);
    let ids = column(&rows(&world, &format!("{REVISION_2}statements.csv")), "service_id");
    assert_eq!(ids, ["api-eur", "api-jpy"]);
}

/// Builds a world outside the runtime, since the fault harness brings its own.
fn world_of(seed: impl Future<Output = World>) -> World {
    runtime().unwrap().block_on(seed)
}

#[test]
fn whatever_befalls_an_export_it_ends_with_the_same_bytes() {
    let report = every(&Scenario::new(world_of(june_is_restated()), vec![export()])).unwrap();
    // Three tables, twice; the inputs; the manifest.
    assert_eq!(report.calls.iter().filter(|call| *call == "s3:PutObject").count(), 3 * 2 + 1 + 1);
    assert!(report.schedules > 50, "{}", report.schedules);
}
