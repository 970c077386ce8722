//! Checks that the committed description is exactly what the types and the router give.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[path = "../examples/write_openapi/description.rs"]
mod description;

use serde_json::Value;

fn committed() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).unwrap()
}

#[test]
fn the_committed_description_is_what_the_types_give() {
    let given = description::document().unwrap();
    assert!(committed() == given, "run `cargo run -p serve-portal --example write_openapi`");
    assert_eq!(given["openapi"], "3.1.0");
}

#[test]
fn every_address_is_described_and_every_described_one_is_an_address() {
    let described = committed()["paths"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut routed: Vec<String> =
        serve_portal::api::paths().map(|path| format!("{}{path}", serve_portal::api::BASE)).collect();
    routed.sort();
    assert_eq!(described, routed);
}

#[test]
fn whatever_is_referred_to_is_there() {
    let document = committed();
    let mut left = vec![&document];
    let mut seen = 0;
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to} leads nowhere");
                    seen += 1;
                }
                left.extend(fields.values());
            }
            Value::Array(values) => left.extend(values),
            _ => {}
        }
    }
    assert!(seen > 100, "{seen} references");
}
