//! Tickets in the export: as of the month's close, again when they change, and monthly while a clock runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acceptance::faults::{Scenario, every};
use acceptance::world::{Event, World};
use nines::stand_ins::wire::{AnswerFuture, Call, Onward, OpenPassage, Passage};
use serde_json::{Value, json};
use table::ReceivedEvent;

use super::{
    REVISION_1, REVISION_2, assert_proven, bytes, column, export, export_sweep, june_is_closed, manifest,
    refused, rows, run, world_of,
};

const REVISION_3: &str = "exports/month=2026-06/revision=3/";

/// Returns an event of a ticket; `opened` opens it at level 1, about no service.
pub fn happened(ticket: &str, at: &str, kind: &str) -> Value {
    let mut event =
        json!({ "event_id": format!("{kind}-{at}"), "ticket_id": ticket, "occurred_at": at, "kind": kind });
    if kind == "opened"
        && let Some(fields) = event.as_object_mut()
    {
        fields.extend([
            ("customer_id".to_owned(), json!("acme")),
            ("level".to_owned(), json!(1)),
            ("channel".to_owned(), json!("phone")),
            ("title".to_owned(), json!("Down")),
        ]);
    }
    event
}

/// Records ticket events at the world's instant.
pub async fn record(world: &World, events: &[Value]) {
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let received: Vec<_> = events
        .iter()
        .map(|raw| ReceivedEvent { event: serde_json::from_value(raw.clone()).unwrap(), raw: raw.clone() })
        .collect();
    let (outcomes, _) = process.directory().record_tickets(&received, process.clock().now()).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == table::Outcome::Accepted), "{outcomes:?}");
}

/// June without a service, in its last hour: one ticket is resolved in time, one missed and open, one fresh.
async fn june_has_tickets() -> World {
    let world = World::at("2026-06-10T09:00:00Z").await.unwrap();
    let acme = json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" });
    world.seed(&[Event::new("run-desk", acme)]).await.unwrap();
    record(&world, &[happened("missed", "2026-06-10T09:00:00Z", "opened")]).await;
    world.advance_to("2026-06-30T23:30:00Z").unwrap();
    record(
        &world,
        &[
            happened("met", "2026-06-30T20:00:00Z", "opened"),
            happened("met", "2026-06-30T20:01:00Z", "acknowledged"),
            happened("met", "2026-06-30T23:00:00Z", "resolved"),
            happened("fresh", "2026-06-30T23:20:00Z", "opened"),
            happened("fresh", "2026-06-30T23:21:00Z", "acknowledged"),
        ],
    )
    .await;
    world
}

/// Returns the tickets of a revision, each with two of its columns.
fn tickets(world: &World, prefix: &str, columns: [&str; 2]) -> Vec<String> {
    let rows = rows(world, &format!("{prefix}tickets.csv"));
    let shown = |row: &BTreeMap<String, String>| {
        format!("{} {} {}", row["ticket_id"], row[columns[0]], row[columns[1]])
    };
    rows.iter().map(shown).collect()
}

fn marks(world: &World) -> Vec<String> {
    let dump = world.dump().unwrap();
    let marks = dump.0.iter().filter(|(name, _)| name.contains("DUE#"));
    marks
        .map(|(name, item)| {
            let id = name.rsplit('#').next().unwrap();
            format!("{id} {}", item["due_at"]["S"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_month_of_tickets_alone_is_exported_at_its_close_in_utc() {
    let world = june_has_tickets().await;
    let of_the_close = ["fresh", "met", "missed"].map(|id| format!("{id} 2026-07-02T00:00:00Z"));
    assert_eq!(marks(&world), of_the_close);
    world.advance_to("2026-07-01T23:59:59Z").unwrap();
    assert_eq!(run(&world, &export_sweep()).await, json!({ "exported": [] }));
    insta::assert_snapshot!(
        refused(&world, &export()).await.message(),
        @"2026-06 cannot be exported yet: it closes at 2026-07-02T00:00:00Z; export it from then on"
    );
    world.advance_to("2026-07-02T03:00:00Z").unwrap();
    let exported = run(&world, &export_sweep()).await;
    assert_eq!(exported.pointer("/exported/0/prefix"), Some(&json!(REVISION_1)));
    assert_proven(&world, REVISION_1);
    assert_eq!(manifest(&world, REVISION_1)["as_of"], "2026-07-02T00:00:00Z");
    // A running clock has counted up to the close, not up to the export.
    assert_eq!(
        tickets(&world, REVISION_1, ["resolve_verdict", "resolve_elapsed_s"]),
        ["missed missed 1868400", "met met 10800", "fresh missed 88800"]
    );
    assert_eq!(rows(&world, &format!("{REVISION_1}statements.csv")).len(), 0);
}

#[tokio::test]
async fn a_ticket_is_exported_again_when_it_changes_and_once_a_month_while_a_clock_runs() {
    let world = june_has_tickets().await;
    world.advance_to("2026-07-02T03:00:00Z").unwrap();
    run(&world, &export_sweep()).await;
    let of_the_next_close = ["fresh 2026-08-02T00:00:00Z", "missed 2026-08-02T00:00:00Z"];
    assert_eq!(marks(&world), of_the_next_close);
    let first = world.dump().unwrap();
    assert_eq!(run(&world, &export()).await, json!({ "files": [], "revision": 1 }));
    assert_eq!(first.difference(&world.dump().unwrap()), "");
    world.advance_to("2026-07-03T03:00:00Z").unwrap();
    assert_eq!(run(&world, &export_sweep()).await, json!({ "exported": [] }));
    record(&world, &[happened("fresh", "2026-07-02T12:00:00Z", "resolved")]).await;
    assert_eq!(run(&world, &export()).await["revision"], 2);
    assert_eq!(
        tickets(&world, REVISION_2, ["resolved_at", "resolve_elapsed_s"]),
        ["fresh 2026-07-02T12:00:00Z 132000"]
    );
    assert_eq!(manifest(&world, REVISION_2)["as_of"], "2026-07-03T03:00:00Z");
    assert_eq!(marks(&world), ["missed 2026-08-02T00:00:00Z"]);
    world.advance_to("2026-08-02T03:00:00Z").unwrap();
    run(&world, &export_sweep()).await;
    assert_eq!(
        tickets(&world, REVISION_3, ["resolve_verdict", "resolve_elapsed_s"]),
        ["missed missed 4557600"]
    );
    assert_eq!(marks(&world), ["missed 2026-09-02T00:00:00Z"]);
    record(&world, &[happened("missed", "2026-08-02T02:00:00Z", "cancelled")]).await;
    assert_eq!(run(&world, &export()).await["revision"], 4);
    assert!(marks(&world).is_empty(), "nothing runs any more");
}

#[tokio::test]
async fn what_happened_after_the_close_is_the_next_revision() {
    let world = june_has_tickets().await;
    world.advance_to("2026-07-02T10:00:00Z").unwrap();
    record(
        &world,
        &[
            happened("met", "2026-07-02T09:00:00Z", "reopened"),
            happened("fresh", "2026-07-02T09:00:00Z", "resolved"),
        ],
    )
    .await;
    assert_eq!(run(&world, &export()).await["revision"], 1);
    assert_eq!(
        tickets(&world, REVISION_1, ["resolved_at", "reopened_count"]),
        ["missed  0", "met 2026-06-30T23:00:00Z 0", "fresh  0"]
    );
    world.advance_to("2026-07-03T03:00:00Z").unwrap();
    run(&world, &export_sweep()).await;
    assert_eq!(
        tickets(&world, REVISION_2, ["resolved_at", "reopened_count"]),
        ["met  1", "fresh 2026-07-02T09:00:00Z 0"]
    );
    assert_eq!(marks(&world), ["met 2026-08-02T00:00:00Z", "missed 2026-08-02T00:00:00Z"]);
}

#[tokio::test]
async fn statements_and_tickets_share_a_revision() {
    let world = june_is_closed().await;
    record(&world, &[happened("late", "2026-06-20T00:00:00Z", "opened")]).await;
    assert_eq!(run(&world, &export()).await["revision"], 1);
    assert_proven(&world, REVISION_1);
    assert_eq!(tickets(&world, REVISION_1, ["customer_id", "level"]), ["late acme 1"]);
    assert_eq!(column(&rows(&world, &format!("{REVISION_1}statements.csv")), "service_id").len(), 3);
    assert_eq!(manifest(&world, REVISION_1)["as_of"], "2026-07-02T00:00:00Z");
}

/// Changes a ticket just as an export is about to remove and move marks.
struct ChangedMeanwhile {
    world: World,
    event: Value,
    done: AtomicBool,
}

impl Passage for ChangedMeanwhile {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let body = String::from_utf8_lossy(&call.body);
        let settles = call.operation == "TransactWriteItems" && body.contains("DUE##TICKET");
        let changes = settles && !self.done.swap(true, Ordering::SeqCst);
        let (world, event) = (self.world.clone(), self.event.clone());
        Box::pin(async move {
            if changes {
                record(&world, &[event]).await;
            }
            onward(call.body).await
        })
    }
}

#[tokio::test]
async fn a_ticket_that_changes_while_its_row_is_exported_is_exported_again() {
    let (now, next) = ("2026-07-02T03:00:00Z", "2026-08-02T00:00:00Z");
    let moved = |id: &str| format!("{id} {next}");
    let again = |id: &str| format!("{id} {now}");
    // The first mark would have been removed, the second moved.
    for (event, left, exported) in [
        (
            happened("met", "2026-07-02T02:00:00Z", "reopened"),
            [moved("fresh"), again("met"), moved("missed")].to_vec(),
            "met  1",
        ),
        (
            happened("fresh", "2026-07-02T02:00:00Z", "resolved"),
            [again("fresh"), moved("missed")].to_vec(),
            "fresh 2026-07-02T02:00:00Z 0",
        ),
    ] {
        let world = june_has_tickets().await;
        world.advance_to(now).unwrap();
        let meanwhile = ChangedMeanwhile { world: world.clone(), event, done: AtomicBool::new(false) };
        let process = world.process(Arc::new(meanwhile)).unwrap();
        let answer = process.invoke("export-month", export().payload.to_string().as_bytes()).await.unwrap();
        assert_eq!(answer["revision"], 1);
        assert_eq!(marks(&world), left);
        run(&world, &export_sweep()).await;
        assert_eq!(tickets(&world, REVISION_2, ["resolved_at", "reopened_count"]), [exported]);
    }
}

#[tokio::test]
async fn two_exports_of_tickets_at_once_are_one() {
    let world = june_has_tickets().await;
    world.advance_to("2026-07-02T03:00:00Z").unwrap();
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
    assert_eq!(
        bytes(&alone, &format!("{REVISION_1}tickets.csv")),
        bytes(&world, &format!("{REVISION_1}tickets.csv"))
    );
}

/// A world whose first export is due: a ticket that lasts, one that runs, and one that has changed since the
/// close.
async fn the_first_export_is_due() -> World {
    let world = june_has_tickets().await;
    world.advance_to("2026-07-02T10:00:00Z").unwrap();
    record(&world, &[happened("fresh", "2026-07-02T09:00:00Z", "resolved")]).await;
    world
}

#[test]
fn whatever_befalls_an_export_of_tickets_it_ends_with_the_same_bytes() {
    let report = every(&Scenario::new(world_of(the_first_export_is_due()), vec![export()])).unwrap();
    assert!(
        report.conditions.iter().any(|condition| condition == "version = :read"),
        "{:?}",
        report.conditions
    );
    assert!(report.schedules > 30, "{}", report.schedules);
    let second = world_of(async {
        let world = the_first_export_is_due().await;
        run(&world, &export()).await;
        world.advance_to("2026-08-02T03:00:00Z").unwrap();
        world
    });
    let report = every(&Scenario::new(second, vec![export_sweep()])).unwrap();
    assert!(report.schedules > 30, "{}", report.schedules);
}
