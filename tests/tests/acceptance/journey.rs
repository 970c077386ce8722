//! The samples through the whole system, as `nines replay` runs them, against figures computed elsewhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;

use nines::commands::{replay, scenario};
use serde_json::{Value, json};

/// Checks that everything exported follows from its own inputs.
fn assert_proven(out: &Path) {
    let report = verify::verify(out).unwrap();
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!((problems, report.notes), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn the_sample_month_gives_the_figures_of_an_independent_computation() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(project.join("fixtures/expected-2026-06.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&expected).unwrap();
    let out = tempfile::tempdir().unwrap();
    let request = replay::Request {
        lines: scenario::read(&[project.join("../infra/local/sample/scenario-2026-06.ndjson")]).unwrap(),
        until: Some("2026-07-02T12:00:00Z".parse().unwrap()),
        as_invoked: false,
        out: out.path().to_owned(),
    };
    let summary = replay::run(&request).await.unwrap();
    assert!(summary.line_calls <= 3 * summary.lines, "at most 3 SDK calls an invocation");
    assert_proven(out.path());
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

/// Returns the newest exported row of every ticket, as a reader of all revisions has it.
fn exported_tickets(exports: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut months: Vec<_> = std::fs::read_dir(exports).unwrap().map(|month| month.unwrap().path()).collect();
    months.sort();
    let mut tickets = BTreeMap::new();
    for month in months {
        let revisions = (1..).map(|revision| month.join(format!("revision={revision}/tickets.csv")));
        for path in revisions.take_while(|path| path.exists()) {
            for row in csv::Reader::from_path(&path).unwrap().deserialize::<BTreeMap<String, String>>() {
                let row = row.unwrap();
                tickets.insert(row["ticket_id"].clone(), row);
            }
        }
    }
    tickets
}

#[tokio::test]
async fn the_real_ticket_log_is_exported_with_the_figures_of_an_independent_computation() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(project.join("fixtures/expected-tickets-2016-03.json")).unwrap();
    let expected: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(&expected).unwrap();
    let out = tempfile::tempdir().unwrap();
    let request = replay::Request {
        lines: scenario::read(&[project.join("../infra/local/sample/scenario-tickets-2016.ndjson")]).unwrap(),
        until: Some("2016-04-02T01:00:00Z".parse().unwrap()),
        as_invoked: false,
        out: out.path().to_owned(),
    };
    replay::run(&request).await.unwrap();
    assert_proven(out.path());
    let exported = exported_tickets(&out.path().join("exports"));
    assert_eq!(exported.len(), expected.len());
    for (id, figures) in expected {
        // A cancelled ticket shows in the export by empty verdicts: none of these was cancelled.
        for (name, figure) in figures.iter().filter(|(name, _)| *name != "cancelled") {
            let figure = figure.as_str().map_or_else(|| figure.to_string(), str::to_owned);
            assert_eq!(exported[&id][name], figure, "{name} of {id}");
        }
    }
}
