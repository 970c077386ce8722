//! The real month at the core: the sample's checks give the expected figures exactly.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sla::check::Check;
use sla::{Edition, Inputs, Instant, Service, Status, Terms};

use crate::world::timelines;

const SCENARIO: &str = include_str!("../../../../infra/local/sample/scenario-2026-06.ndjson");
const EXPECTED: &str = include_str!("../../../../tests/fixtures/expected-2026-06.json");

fn read_service(payload: &Value) -> Service {
    let mut fields = json!({ "time_zone": "UTC", "quorum": 1 });
    for (name, value) in payload.as_object().unwrap() {
        fields[name] = value.clone();
    }
    serde_json::from_value(fields).unwrap()
}

fn read_check(fields: &Value) -> Check {
    Check {
        service_id: serde_json::from_value(fields["service_id"].clone()).unwrap(),
        probe: serde_json::from_value(fields["probe"].clone()).unwrap(),
        checked_at: serde_json::from_value(fields["checked_at"].clone()).unwrap(),
        until: None,
        status: serde_json::from_value::<Status>(fields["status"].clone()).unwrap(),
        measurement: Default::default(),
    }
}

fn figures(service: &Service, checks: &[Check]) -> Value {
    let month = "2026-06".parse().unwrap();
    let terms = Terms::built_in();
    let as_of: Instant = service.closes_at(month, terms.close_after_h);
    let probes = timelines(service, checks, month.start(service.time_zone));
    let inputs = Inputs {
        service: service.clone(),
        month,
        revision: 1,
        as_of,
        terms,
        windows: vec![],
        voids: Vec::new(),
        probes,
        measurements: vec![],
        tickets: vec![],
        review: None,
        rules: Edition::PRESENT,
    };
    let statement = inputs.statement().unwrap().unwrap();
    let alternatives = statement.credit.alternatives;
    json!({
        "seconds": statement.seconds,
        "availability_pct": statement.availability_pct,
        "best_pct": statement.best_pct,
        "worst_pct": statement.worst_pct,
        "verdict": statement.verdict,
        "alternatives": {
            "pro_rata": alternatives.pro_rata.minor,
            "started": alternatives.started.minor,
            "whole": alternatives.whole.minor,
        },
        "amount": statement.credit.amount.minor,
    })
}

#[test]
fn the_real_month_has_the_expected_figures() {
    let mut services: Vec<Service> = Vec::new();
    let mut checks: BTreeMap<String, Vec<Check>> = BTreeMap::new();
    for line in SCENARIO.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let payload = &line["payload"];
        if payload["command"] == "register_service" {
            services.push(read_service(payload));
        }
        for check in payload["checks"].as_array().into_iter().flatten().map(read_check) {
            checks.entry(check.service_id.to_string()).or_default().push(check);
        }
    }
    let expected: BTreeMap<String, Value> = serde_json::from_str(EXPECTED).unwrap();
    assert_eq!(services.len(), expected.len());
    for service in &services {
        let id = service.service_id.as_str();
        assert_eq!(figures(service, &checks[id]), expected[id], "{id}");
    }
}
