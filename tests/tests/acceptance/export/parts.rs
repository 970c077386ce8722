//! Revisions of many rows, and statements with many inputs: both are stored in parts of one partition, of
//! which AWS reads 1 MB at once.

use acceptance::much;
use nines::system::TABLE;
use table::{FrozenRows, RevisionDraft, Table};

use super::*;

/// 20 parts of 3,500 keys, about 350 KB each.
const KEYS: usize = 20 * 3_500;

#[tokio::test]
async fn a_revision_of_many_parts_is_read_in_pages() {
    let world = World::at("2026-07-02T00:00:00Z").await.unwrap();
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let table = Table::new(process.dynamodb().clone(), TABLE);
    let now = world.clock().now();
    let keys: Vec<String> = (0..KEYS).map(|nth| format!("STATEMENT#{nth:0>80}#r0001")).collect();
    let draft = RevisionDraft {
        month: "2026-06".parse().unwrap(),
        revision: 1,
        as_of: now,
        rows: FrozenRows { keys, tickets: Vec::new() },
    };
    let state = table.freeze(&draft, now).await.unwrap().unwrap();
    assert_eq!(state.value.parts, 20);
    let before = process.tally().total();
    assert!(table.frozen(&state.value).await.unwrap() == draft.rows, "every key, in its order");
    let calls = process.tally().total() - before;
    assert!(calls <= 10, "7 MB are {calls} pages");
}

#[tokio::test]
async fn inputs_of_many_parts_are_read_in_pages_and_exported_whole() {
    let world = june_is_closed().await;
    let inputs = much::restate(&world, "api-met").await.unwrap();
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let table = Table::new(process.dynamodb().clone(), TABLE);
    let id = "api-met".parse().unwrap();
    let stored = table.newest_statement(&id, june()).await.unwrap().unwrap();
    assert_eq!(stored.inputs_parts, 4);
    let before = process.tally().total();
    assert!(table.inputs(&stored).await.unwrap() == inputs);
    assert_eq!(process.tally().total() - before, 2, "1.2 MB are 2 pages");
    world.seed(&[export()]).await.unwrap();
    let exported = world.dump().unwrap().0.into_iter().find(|(name, _)| name.ends_with("inputs-0001.ndjson"));
    let (_, lines) = exported.unwrap();
    let whole = sla::canonical_json(&inputs).unwrap();
    assert!(lines.as_str().unwrap().lines().any(|line| line == whole), "each part, in its order");
}
