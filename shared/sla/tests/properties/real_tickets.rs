//! A real incident log at the core: every verdict, elapsed second and reopening of it, as the rules give
//! them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sla::ticket::{Ticket, TicketEvent};
use sla::{Instant, Terms};

const SCENARIO: &str = include_str!("../../../../infra/local/sample/scenario-tickets-2016.ndjson");
const EXPECTED: &str = include_str!("../../../../tests/fixtures/expected-tickets-2016-03.json");

/// The close of March 2016, and the end of the replay behind the expected figures.
const AS_OF: &str = "2016-04-02T00:00:00Z";

/// Reads the log's events by ticket, up to an instant.
pub fn logged_by(until: Instant) -> BTreeMap<String, Vec<TicketEvent>> {
    let mut tickets: BTreeMap<String, Vec<TicketEvent>> = BTreeMap::new();
    for line in SCENARIO.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for event in line["payload"]["events"].as_array().into_iter().flatten() {
            let event: TicketEvent = serde_json::from_value(event.clone()).unwrap();
            if event.occurred_at <= until {
                tickets.entry(event.ticket_id.to_string()).or_default().push(event);
            }
        }
    }
    tickets
}

fn figures(events: &[TicketEvent], as_of: Instant) -> Value {
    let ticket = Ticket::fold(events, &Terms::built_in()).unwrap().ticket;
    let row = ticket.row(as_of, 0, 1);
    json!({
        "level": row.level,
        "acknowledge_elapsed_s": row.acknowledge_elapsed_s,
        "acknowledge_verdict": row.acknowledge_verdict,
        "resolve_elapsed_s": row.resolve_elapsed_s,
        "resolve_net_s": row.resolve_net_s,
        "resolve_verdict": row.resolve_verdict,
        "reopened_count": row.reopened_count,
        "cancelled": ticket.cancelled_at,
    })
}

#[test]
fn the_real_log_has_the_expected_verdicts() {
    let as_of: Instant = AS_OF.parse().unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(EXPECTED).unwrap();
    let tickets = logged_by(as_of);
    assert_eq!(expected.len(), 445);
    assert_eq!(tickets.len(), 445);
    for (id, expected) in expected {
        assert_eq!(figures(&tickets[&id], as_of), expected, "{id}");
    }
}
