//! The sample month through the whole system, as `nines replay` runs it, against figures computed elsewhere.

use std::collections::BTreeMap;
use std::path::Path;

use nines::{replay, scenario};
use serde_json::{Value, json};

#[tokio::test]
async fn the_sample_month_gives_the_figures_of_an_independent_computation() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(project.join("fixtures/expected-2026-06.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&expected).unwrap();
    let out = tempfile::tempdir().unwrap();
    let request = replay::Request {
        lines: scenario::read(&[project.join("../infra/local/sample/scenario-2026-06.ndjson")]).unwrap(),
        until: Some("2026-07-02T12:00:00Z".parse().unwrap()),
        out: out.path().to_owned(),
    };
    let summary = replay::run(&request).await.unwrap();
    assert!(summary.line_calls <= 3 * summary.lines, "at most 3 SDK calls an invocation");
    let statements = std::fs::read_to_string(out.path().join("statements.json")).unwrap();
    let statements: Vec<Value> = serde_json::from_str(&statements).unwrap();
    let of_june = statements.iter().filter(|statement| statement["month"] == "2026-06");
    let figures = |statement: &Value| {
        let minor = |name: &str| statement["credit"]["alternatives"][name]["minor"].clone();
        json!({
            "seconds": statement["seconds"],
            "availability_pct": statement["availability_pct"],
            "best_pct": statement["best_pct"],
            "worst_pct": statement["worst_pct"],
            "verdict": statement["verdict"],
            "alternatives": {"pro_rata": minor("pro_rata"), "started": minor("started"), "whole": minor("whole")},
            "amount": statement["credit"]["amount"]["minor"],
        })
    };
    let got = of_june.map(|s| (s["service_id"].as_str().unwrap().to_owned(), figures(s)));
    assert_eq!(got.collect::<BTreeMap<_, _>>(), expected);
}
