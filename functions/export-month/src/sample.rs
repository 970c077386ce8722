//! Statements and ledger entries for the tests of this crate, in currencies of no, two and three decimals.

use serde_json::json;
use sla::availability::{Seconds, percent};
use sla::credit::Credit;
use sla::ledger::{Entry, settle};
use sla::{Inputs, Month, Statement, Terms};
use table::{ExportRow, RowKind};

/// The month of the samples: June 2026, 2,592,000 seconds in UTC.
pub fn june() -> Month {
    "2026-06".parse().unwrap()
}

/// The statement of a Standard service with so many seconds down and unknown, and what it brings to the ledger.
pub fn stated(id: &str, fee_minor: u64, currency: &str, down: i64, unknown: i64) -> (Statement, Vec<Entry>) {
    let inputs = Inputs {
        service: serde_json::from_value(json!({
            "service_id": id, "customer_id": "acme", "name": "API", "plan": "standard",
            "monthly_fee": {"minor": fee_minor, "currency": currency}, "region": "eu",
            "time_zone": "UTC", "activated_at": "2026-01-01T00:00:00Z", "resolution_s": 60,
            "check_interval_s": 60, "max_silence_s": 120, "quorum": 1,
        }))
        .unwrap(),
        month: june(),
        revision: 1,
        as_of: "2026-07-02T00:00:00Z".parse().unwrap(),
        terms: Terms::built_in(),
        windows: Vec::new(),
        probes: Vec::new(),
        measurements: Vec::new(),
        tickets: Vec::new(),
    };
    let mut statement = inputs.statement().unwrap().unwrap();
    let period = statement.seconds.period;
    let seconds = Seconds { period, up: period - down - unknown, down, unknown, excluded: 0 };
    statement.seconds = seconds;
    statement.verdict = seconds.verdict(999_000);
    statement.availability_pct = percent(seconds.up, seconds.up + seconds.down);
    statement.best_pct = percent(seconds.up + seconds.unknown, seconds.agreed());
    statement.worst_pct = percent(seconds.up, seconds.agreed());
    statement.credit =
        Credit::compute(&inputs.terms.credits, inputs.service.monthly_fee, seconds, statement.verdict);
    // What the built-in terms grow to must not change what the tests show.
    statement.terms.digest = "7e".repeat(32);
    statement.digest = "5d".repeat(32);
    let entries = settle(&inputs, &statement, &[]);
    (statement, entries)
}

/// The reversal of an entry.
pub fn reversed(entry: &Entry) -> Entry {
    let id = entry.credit_id.as_str().replace(":1", ":2");
    Entry {
        credit_id: id.parse().unwrap(),
        amount_minor: -entry.amount_minor,
        state: sla::ledger::EntryState::Reversal,
        statement_revision: 2,
        reverses: Some(entry.credit_id.clone()),
        ..entry.clone()
    }
}

/// The rows of facts by their keys, in the order in which the table gives them.
pub fn rows(statements: &[Statement], entries: &[Entry]) -> Vec<(String, ExportRow)> {
    let row = |kind, fact| ExportRow { kind, fact };
    let statements = statements.iter().map(|s| {
        let key = format!("STATEMENT#{}#r{:04}", s.service_id, s.revision);
        (key, row(RowKind::Statement, serde_json::to_value(s).unwrap()))
    });
    let credits = entries.iter().map(|e| {
        let key = format!("CREDIT#{}", e.credit_id);
        (key, row(RowKind::Credit, serde_json::to_value(e).unwrap()))
    });
    let mut rows: Vec<_> = statements.chain(credits).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}
