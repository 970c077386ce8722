//! The guide for senders: every registration on its pages is one that Nines takes, and every kind has one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use events::Source;
use serde_json::Value;

/// The kinds of sources, and so the fewest that the guide registers.
const KINDS: usize = 17;

/// Returns the JSON blocks of a page.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("```json\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block)
}

#[test]
fn every_registration_of_the_guide_is_taken() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/handbook/sources");
    let mut kinds = BTreeSet::new();
    for entry in fs::read_dir(guide).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        for block in blocks(&fs::read_to_string(&path).unwrap()) {
            let told = |error: &dyn std::fmt::Display| format!("{}: {error}: {block}", path.display());
            let mut command: Value = serde_json::from_str(block).map_err(|error| told(&error)).unwrap();
            if command["command"] != "register_source" {
                continue;
            }
            command.as_object_mut().unwrap().remove("command");
            let source = Source::read(&command).map_err(|error| told(&error)).unwrap();
            kinds.insert(source.kind.as_str());
        }
    }
    assert_eq!(kinds.len(), KINDS, "kinds that the guide registers: {kinds:?}");
}
