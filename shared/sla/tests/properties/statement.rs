//! One full statement as everyone sees it, and a digest that detects every change.

use serde_json::{Map, Value};
use sla::measurement::Measurement;
use sla::{
    Edition, Inputs, Instant, Span, Statement, Status, Window, WindowKind, canonical_json, sha256_hex,
};

use crate::world::{check, measurements, service, timelines};

fn statement() -> Statement {
    let at = |text: &str| -> Instant { text.parse().unwrap() };
    let mut service = service("Europe/Berlin", at("2026-03-10T10:00:30Z"));
    service.terminated_at = Some(at("2026-03-12T00:00:00Z"));
    let mut checks = [
        check(1, at("2026-03-10T10:01:00Z"), Some(at("2026-03-11T23:50:00Z")), Status::Up),
        check(1, at("2026-03-10T12:00:20Z"), Some(at("2026-03-10T13:09:59Z")), Status::Down),
        check(1, at("2026-03-11T08:00:00Z"), None, Status::Down),
    ];
    checks[0].measurement =
        Measurement { latency_us: Some(49_100), throughput_kbps: Some(100_000), loss_ppm: None };
    checks[1].measurement = Measurement { latency_us: Some(84_250), ..Measurement::default() };
    let windows = vec![Window {
        starts_at: at("2026-03-10T13:00:00Z"),
        ends_at: at("2026-03-10T14:00:00Z"),
        kind: WindowKind::Maintenance,
        id: "window-1".to_owned(),
    }];
    let inputs = Inputs {
        probes: timelines(&service, &checks, at("2026-02-28T23:00:00Z")),
        measurements: measurements(
            &service,
            &checks,
            Span::new(at("2026-02-28T23:00:00Z"), service.activated_at.plus_s(10 * 86_400)),
        ),
        tickets: Vec::new(),
        review: None,
        rules: Edition::PRESENT,
        month: "2026-03".parse().unwrap(),
        revision: 1,
        as_of: at("2026-04-01T22:00:00Z"),
        terms: sla::Terms::built_in(),
        windows,
        voids: Vec::new(),
        service,
    };
    inputs.statement().unwrap().unwrap()
}

#[test]
fn a_statement_reads_as_the_contract_says() {
    let statement = statement();
    insta::assert_snapshot!(serde_json::to_string_pretty(&statement).unwrap());
}

#[test]
fn the_digest_is_that_of_everything_else() {
    let statement = statement();
    assert_eq!(statement.computed_digest().unwrap(), statement.digest);
    // An outsider's way: take the digest out of the published JSON, write the rest canonically, hash.
    let mut published: Value = serde_json::to_value(&statement).unwrap();
    published.as_object_mut().unwrap().remove("digest");
    assert_eq!(sha256_hex(canonical_json(&published).unwrap().as_bytes()), statement.digest);
}

#[test]
fn no_changed_field_escapes_the_digest() {
    let statement = statement();
    let published = serde_json::to_value(&statement).unwrap();
    let mut changed_fields = 0;
    for path in leaves(&published, String::new()) {
        let mut changed = published.clone();
        change(changed.pointer_mut(&path).unwrap());
        // A value that the type refuses (an unknown plan) cannot be published in the first place.
        let Ok(changed) = serde_json::from_value::<Statement>(changed) else { continue };
        if path == "/digest" {
            assert_eq!(changed.computed_digest().unwrap(), statement.digest);
        } else {
            assert_ne!(changed.computed_digest().unwrap(), statement.digest, "{path}");
            changed_fields += 1;
        }
    }
    assert!(changed_fields >= 40, "only {changed_fields} fields were tried");
}

/// Lists the JSON pointers of every scalar.
fn leaves(value: &Value, path: String) -> Vec<String> {
    let fields: Vec<(String, &Value)> = match value {
        Value::Object(fields) => Map::iter(fields).map(|(name, field)| (name.clone(), field)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).collect(),
        _ => return vec![path],
    };
    fields.into_iter().flat_map(|(name, field)| leaves(field, format!("{path}/{name}"))).collect()
}

/// Changes a scalar to another that its type is likely to take.
fn change(value: &mut Value) {
    *value = match value.take() {
        Value::Bool(flag) => Value::Bool(!flag),
        Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
        Value::Null => "0.0000".into(),
        Value::String(text) => match text.as_str() {
            "standard" => "premium",
            "met" | "breached" => "indeterminate",
            "maintenance" => "cyber_attack",
            "EUR" => "USD",
            "2026-03" => "2026-04",
            "Europe/Berlin" => "UTC",
            instant if instant.ends_with('Z') => "2027-01-01T00:00:00Z",
            other => return *value = format!("{other}0").into(),
        }
        .into(),
        other => other,
    };
}
