//! Checks the committed description: exactly the commands' types, a path for each, no field for the person.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "../examples/write_openapi/description.rs"]
mod description;

use events::command::CommandName;
use serde_json::Value;

fn committed() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).unwrap()
}

#[test]
fn the_committed_description_is_what_the_types_give() {
    assert!(committed() == description::document(), "run `cargo run -p serve-desk --example write_openapi`");
}

#[test]
fn every_command_is_described_and_none_says_who_gives_it() {
    let document = committed();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), CommandName::ALL.len());
    for command in CommandName::ALL.iter().map(|command| command.as_str()) {
        assert!(paths.contains_key(&format!("{}/commands/{command}", serve_desk::api::BASE)), "{command}");
        let properties = document["components"]["schemas"][command]["properties"].as_object().unwrap();
        for who in ["by", "raised_by", "decided_by"] {
            assert!(!properties.contains_key(who), "{command} says {who}");
        }
    }
}

#[test]
fn whatever_is_referred_to_is_there() {
    let document = committed();
    let text = document.to_string();
    let referred = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
    let mut seen = 0;
    for to in referred {
        assert!(document.pointer(to).is_some(), "{to} leads nowhere");
        seen += 1;
    }
    assert!(seen > 100, "{seen} references");
}
