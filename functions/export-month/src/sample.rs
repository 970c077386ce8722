//! Facts for the tests of this crate: statements and ledger entries in currencies of no, two and three
//! decimals, and tickets of every kind.

use serde_json::json;
use sla::availability::Seconds;
use sla::credit::Credit;
use sla::ledger::{Billing, Due, Entry, EntryState, settle};
use sla::ticket::{Ticket, TicketEvent, TicketRow};
use sla::{Edition, Inputs, Instant, Month, Statement, Terms, TermsBook, TicketId};
use table::{
    ExportRow, ExportState, FrozenRows, FrozenTicket, RowKind, TicketMark, TicketSnapshot, Validity,
    Versioned,
};

use crate::step::{FrozenRevision, StoredExport};

/// Returns the month of the samples: June 2026, 2,592,000 seconds in UTC.
pub fn june() -> Month {
    "2026-06".parse().unwrap()
}

/// Parses an instant.
pub fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Returns the close of June in UTC.
pub fn closes_at() -> Instant {
    at("2026-07-02T00:00:00Z")
}

/// Returns the state of an empty June after its close.
pub fn known() -> StoredExport {
    StoredExport {
        month: june(),
        now: at("2026-07-05T03:00:00Z"),
        terms: TermsBook::new(Vec::new()),
        closes_at: closes_at(),
        revisions: Vec::new(),
        services: Vec::new(),
        rows: [].into(),
        marks: Vec::new(),
        tickets: [].into(),
    }
}

/// Returns a revision of these rows, finished or not.
pub fn held(revision: u32, keys: &[&str], tickets: &[FrozenTicket], finished: bool) -> FrozenRevision {
    let state = ExportState {
        month: june(),
        revision,
        rows_digest: "d".to_owned(),
        parts: 1,
        ticket_rows_digest: "t".to_owned(),
        ticket_parts: 1,
        as_of: Some(closes_at()),
        frozen_at: closes_at(),
        manifest_sha256: finished.then(|| "m".to_owned()),
    };
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let rows = FrozenRows { keys, tickets: tickets.to_vec() };
    FrozenRevision { state: Versioned { value: state, version: Some(1) }, rows }
}

/// Returns a ticket's mark.
pub fn ticket_mark(id: &str, version: u64, due_at: &str) -> TicketMark {
    TicketMark { ticket_id: id.parse().unwrap(), version, due_at: at(due_at) }
}

/// Returns a ticket with a row.
pub fn snapshot(id: &str, validity: Validity) -> (TicketId, TicketSnapshot) {
    let FrozenTicket { row, .. } = frozen(id, 1, None);
    (row.ticket_id.clone(), TicketSnapshot { row: Some(row), validity })
}

/// Returns the row of [`snapshot`], frozen for a mark.
pub fn frozen(id: &str, mark_version: u64, again_at: Option<Instant>) -> FrozenTicket {
    let row = TicketRow { ticket_id: id.parse().unwrap(), ..tickets().remove(0) };
    FrozenTicket { row, mark_version, again_at }
}

/// Returns the row of a ticket as of June's close; each happening has its instant, kind and fields.
pub fn ticket(id: &str, happenings: &[(&str, &str, serde_json::Value)]) -> TicketRow {
    let event = |(nth, (at, kind, fields)): (usize, &(&str, &str, serde_json::Value))| {
        let mut event =
            json!({ "event_id": format!("e{nth}"), "ticket_id": id, "occurred_at": at, "kind": kind });
        let fields = fields.as_object().cloned().unwrap_or_default();
        event.as_object_mut().unwrap().extend(fields);
        serde_json::from_value(event).unwrap()
    };
    let events: Vec<TicketEvent> = happenings.iter().enumerate().map(event).collect();
    Ticket::fold(&events, &Terms::built_in()).unwrap().ticket.row(closes_at(), 0, 1)
}

/// Returns a ticket of every kind, in the order of their rows.
pub fn tickets() -> Vec<TicketRow> {
    let opened = |level: u8, service: Option<&str>| {
        json!({
            "customer_id": "acme", "service_id": service, "level": level, "channel": "phone",
            "title": "Down",
        })
    };
    let none = || json!({});
    let corrected = TicketRow {
        backdated_count: 1,
        ..ticket(
            "T-3",
            &[
                ("2026-06-03T09:00:00Z", "opened", opened(2, Some("api"))),
                ("2026-06-03T09:30:00Z", "acknowledged", none()),
                ("2026-06-03T10:00:00Z", "resolved", none()),
                ("2026-06-04T10:00:00Z", "reopened", none()),
                ("2026-06-04T11:00:00Z", "closed", none()),
            ],
        )
    };
    vec![
        ticket(
            "T-1",
            &[
                ("2026-06-01T09:00:00Z", "opened", opened(1, Some("api"))),
                ("2026-06-01T09:15:00Z", "acknowledged", none()),
                ("2026-06-01T10:00:00Z", "waiting_on_customer", none()),
                ("2026-06-01T12:00:00Z", "resumed", none()),
                ("2026-06-02T09:00:00Z", "resolved", none()),
            ],
        ),
        ticket(
            "T-2",
            &[
                ("2026-06-02T09:00:00Z", "opened", opened(3, None)),
                ("2026-06-02T09:30:01Z", "acknowledged", none()),
                ("2026-06-02T21:00:01Z", "resolved", none()),
            ],
        ),
        corrected,
        ticket(
            "T-4",
            &[
                ("2026-06-04T09:00:00Z", "opened", opened(1, None)),
                ("2026-06-04T09:01:00Z", "cancelled", none()),
            ],
        ),
        ticket("T-5", &[("2026-06-05T09:00:00Z", "opened", opened(1, Some("api")))]),
        ticket(
            "T-6",
            &[
                ("2026-06-30T21:00:00Z", "opened", opened(2, Some("api"))),
                ("2026-06-30T21:10:00Z", "acknowledged", none()),
                ("2026-06-30T22:00:00Z", "waiting_on_customer", none()),
            ],
        ),
    ]
}

/// Returns the statement inputs of a Standard service without any checks.
pub fn inputs(id: &str, fee_minor: u64, currency: &str) -> Inputs {
    Inputs {
        service: serde_json::from_value(json!({
            "service_id": id, "customer_id": "acme", "name": "API", "plan": "standard",
            "monthly_fee": {"minor": fee_minor, "currency": currency}, "region": "eu",
            "time_zone": "UTC", "activated_at": "2026-01-01T00:00:00Z", "resolution_s": 60,
            "check_interval_s": 60, "max_silence_s": 120, "quorum": 1,
        }))
        .unwrap(),
        month: june(),
        revision: 1,
        as_of: closes_at(),
        terms: Terms::built_in(),
        windows: Vec::new(),
        voids: Vec::new(),
        probes: Vec::new(),
        measurements: Vec::new(),
        tickets: Vec::new(),
        review: None,
        rules: Edition::PRESENT,
    }
}

/// Returns a Standard service's statement with these seconds down and unknown, and its ledger entries.
pub fn stated(id: &str, fee_minor: u64, currency: &str, down: i64, unknown: i64) -> (Statement, Vec<Entry>) {
    let inputs = inputs(id, fee_minor, currency);
    let mut statement = inputs.statement().unwrap().unwrap();
    let period = statement.seconds.period;
    let seconds = Seconds { period, up: period - down - unknown, down, unknown, excluded: 0 };
    statement.seconds = seconds;
    statement.verdict = seconds.verdict(999_000);
    statement.availability_pct = seconds.availability_pct();
    statement.best_pct = seconds.best_pct();
    statement.worst_pct = seconds.worst_pct();
    statement.credit =
        Credit::compute(&inputs.terms.credits, inputs.service.monthly_fee, seconds, statement.verdict);
    // Additions to the built-in terms must not change the snapshots.
    statement.terms.digest = "7e".repeat(32);
    statement.digest = "5d".repeat(32);
    let due = [Due::of_uptime(&statement, EntryState::Approved, None)];
    let entries =
        settle(&inputs, &statement, &[], &due, Billing { service: &inputs.service, invoiced_to: None });
    (statement, entries)
}

/// Returns the reversal of an entry.
pub fn reversed(entry: &Entry) -> Entry {
    let id = entry.credit_id.as_str().replace(":1", ":2");
    Entry {
        credit_id: id.parse().unwrap(),
        amount_minor: -entry.amount_minor,
        state: EntryState::Reversal,
        statement_revision: 2,
        reverses: Some(entry.credit_id.clone()),
        ..entry.clone()
    }
}

/// Returns the rows of facts by their keys, in the table's order.
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
