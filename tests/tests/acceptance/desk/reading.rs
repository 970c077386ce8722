//! A service activated in the past: statements from its registration on, and earlier ones for reading only.

use serde_json::{Value, json};

use super::{Desk, check, service, with};

/// Closes and exports everything due, as the daily run does.
async fn daily(desk: &Desk, now: &str) {
    desk.0.advance_to(now).unwrap();
    for function in ["close-month", "export-month"] {
        desk.invoke(function, json!({ "sweep": true })).await.unwrap();
    }
    desk.invoke("record-checks", json!({ "sweep": true })).await.unwrap();
    desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
}

/// Returns the months of the service with a statement, each with its verdict.
async fn stated(desk: &Desk) -> Vec<String> {
    let mut stated = Vec::new();
    for month in ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"] {
        let show = json!({ "command": "show_statement", "service_id": "old", "month": month });
        if let Ok(statement) = desk.run(show).await {
            stated.push(format!(
                "{month} r{} {}",
                statement["revision"],
                statement["verdict"].as_str().unwrap()
            ));
        }
    }
    stated
}

fn old(statements_from: Value) -> Value {
    with(
        service(),
        json!({
            "service_id": "old", "activated_at": "2026-02-01T00:00:00Z", "time_zone": "UTC", "max_silence_s": 31_622_400,
            "statements_from": statements_from,
        }),
    )
}

/// Returns checks with two days of downtime in every month from February to May.
fn history() -> Value {
    let mut checks = vec![with(check("old", "up"), json!({ "checked_at": "2026-02-01T00:00:00Z" }))];
    for month in ["2026-02", "2026-03", "2026-04", "2026-05"] {
        let at = |day: &str| json!({ "checked_at": format!("{month}-{day}T00:00:00Z") });
        checks.extend([with(check("old", "down"), at("10")), with(check("old", "up"), at("12"))]);
    }
    json!({ "checks": checks })
}

#[tokio::test]
async fn months_before_the_registration_are_stated_for_reading_and_nothing_follows_from_them() {
    let desk = Desk::open().await;
    desk.run(old(json!("2026-04"))).await.unwrap();
    let recorded = desk.invoke("record-checks", history()).await.unwrap();
    assert_eq!(recorded["accepted"], 9);
    daily(&desk, "2026-06-02T03:00:00Z").await;
    assert_eq!(stated(&desk).await, ["2026-04 r1 breached", "2026-05 r1 breached"]);
    let exported: Vec<String> =
        desk.dump().0.into_keys().filter(|name| name.ends_with("statements.csv")).collect();
    assert_eq!(
        exported,
        [
            "object /exports/month=2026-04/revision=1/statements.csv",
            "object /exports/month=2026-05/revision=1/statements.csv"
        ]
    );
    // Late checks mark nothing, and a claim finds nothing.
    let late = [("down", "2026-05-20T00:00:00Z"), ("up", "2026-05-21T00:00:00Z")]
        .map(|(status, at)| with(check("old", status), json!({ "checked_at": at })));
    desk.invoke("record-checks", json!({ "checks": late })).await.unwrap();
    daily(&desk, "2026-06-03T03:00:00Z").await;
    assert_eq!(stated(&desk).await, ["2026-04 r1 breached", "2026-05 r1 breached"]);
    let claim = json!({
        "command": "file_claim", "service_id": "old", "month": "2026-05", "customer_id": "acme", "kind": "uptime",
    });
    let claim = desk.run(claim).await.unwrap();
    assert_eq!([&claim["state"], &claim["reason"]], ["rejected", "not_found"]);
    let restated = json!({
        "command": "restate_month", "service_id": "old", "month": "2026-05", "by": "bob", "reason": "late log",
    });
    desk.run(restated).await.unwrap();
    assert_eq!(stated(&desk).await, ["2026-04 r1 breached", "2026-05 r2 breached"]);
    let kinds = [
        "availability.breached",
        "credit.approved",
        "credit.lapsed",
        "statement.closed",
        "statement.restated",
    ];
    assert_eq!(kinds.map(|kind| desk.published(kind)), [0; 5]);
}

#[tokio::test]
async fn a_late_registered_service_is_stated_from_the_month_of_its_registration_on() {
    let desk = Desk::open().await;
    desk.run(old(Value::Null)).await.unwrap();
    desk.invoke("record-checks", history()).await.unwrap();
    for month in ["2026-03", "2026-05"] {
        let closing = json!({ "month": month, "service_id": "old" });
        assert_eq!(desk.invoke("close-month", closing).await.unwrap(), json!({ "statements": [] }));
    }
    daily(&desk, "2026-06-02T03:00:00Z").await;
    assert_eq!(stated(&desk).await, [""; 0]);
    assert_eq!(desk.published("availability.breached"), 0);
    desk.0.advance_to("2026-07-02T00:00:00Z").unwrap();
    desk.invoke("close-month", json!({ "month": "2026-06", "service_id": "old" })).await.unwrap();
    assert_eq!(stated(&desk).await, ["2026-06 r1 met"]);
    let refused =
        ["2026-01", "2026-07", "2026-08"].map(|from| with(old(json!(from)), json!({ "service_id": "x" })));
    for command in refused {
        assert!(desk.run(command).await.unwrap_err().starts_with("BadRequest: statements_from: "));
    }
}
