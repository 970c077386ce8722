//! Cost of tickets: a full help desk's events and deadlines through the real handlers, and the fold alone.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant as Stopwatch;

use outcome::Clock;
use serde_json::{Value, json};
use sla::ticket::{Ticket, TicketEvent};
use sla::{Instant, Terms};

use super::{MONTH_START, hundredths, must};
use crate::error::LocalError;
use crate::system::System;

/// The number of tickets recorded.
const TICKETS: usize = 10_000;

/// Tickets whose events arrive in one invocation.
const BATCH: usize = 100;

/// The five events of each ticket of level 3, with seconds since its opening.
const EVENTS: [(i64, &str); 5] = [
    (0, "opened"),
    (1_700, "acknowledged"),
    (1_800, "waiting_on_customer"),
    (2_000, "resumed"),
    (33_000, "resolved"),
];

/// Events of the one ticket that is folded.
const FOLDED_EVENTS: usize = 1_000;

/// The number of folds.
const FOLDS: u32 = 1_000;

/// Measures recording and deadlines, then the fold.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    measure_help_desk(told).await?;
    measure_fold(told)
}

async fn measure_help_desk(told: &mut String) -> Result<(), LocalError> {
    let system = System::memory(Clock::virtual_at(MONTH_START)).await?;
    must(&system, "run-desk", &json!({"command": "register_customer", "customer_id": "c", "name": "C"}))
        .await?;
    let watch = Stopwatch::now();
    let mut fired: u64 = 0;
    for (place, (after_s, kind)) in EVENTS.into_iter().enumerate() {
        let at = MONTH_START.plus_s(after_s);
        // Deadlines that fall before this event fire first, each at its own instant.
        while let Some(schedule) = system.engines().schedules().take_due(at)? {
            system.clock().advance_to(schedule.at);
            let answer = system.invoke(&schedule.function, schedule.payload.as_bytes()).await;
            let answer = answer.map_err(|failure| LocalError::Invariants(vec![failure.message()]))?;
            fired += answer.get("fired").and_then(Value::as_u64).unwrap_or(0);
        }
        system.clock().advance_to(at);
        for batch in 0..TICKETS / BATCH {
            let events: Vec<Value> =
                (batch * BATCH..(batch + 1) * BATCH).map(|ticket| event(ticket, place, kind, at)).collect();
            must(&system, "record-tickets", &json!({ "events": events })).await?;
        }
    }
    let elapsed = watch.elapsed();
    let calls = system.tally().total();
    let _ = writeln!(
        told,
        "tickets: {} s for {TICKETS} tickets, {} events recorded and {fired} deadlines fired ({} SDK calls each, \
         schedules and notices included)",
        elapsed.as_secs(),
        TICKETS * EVENTS.len(),
        hundredths(calls, TICKETS as u64 * EVENTS.len() as u64 + fired)
    );
    Ok(())
}

fn event(ticket: usize, place: usize, kind: &str, at: Instant) -> Value {
    let mut event = json!({
        "event_id": format!("e{place}"), "ticket_id": format!("T-{ticket}"), "kind": kind, "occurred_at": at,
    });
    if kind == "opened"
        && let Some(fields) = event.as_object_mut()
    {
        let opening =
            json!({"customer_id": "c", "level": 3, "channel": "portal", "title": "A line is noisy"});
        fields.extend(opening.as_object().cloned().unwrap_or_default());
    }
    event
}

fn measure_fold(told: &mut String) -> Result<(), LocalError> {
    let kinds = ["waiting_on_customer", "resumed", "resolved", "reopened"];
    let events: Result<Vec<TicketEvent>, _> = (0..FOLDED_EVENTS)
        .map(|place| {
            let kind = if place == 0 { "opened" } else { kinds[place % kinds.len()] };
            let at = MONTH_START.plus_s(place as i64 * 60);
            let mut event = event(0, place, kind, at);
            event["event_id"] = json!(format!("e{place}"));
            serde_json::from_value(event)
        })
        .collect();
    let events = events.map_err(|error| LocalError::Invariants(vec![error.to_string()]))?;
    let terms = Terms::built_in();
    let watch = Stopwatch::now();
    for _ in 0..FOLDS {
        black_box(Ticket::fold(black_box(&events), &terms));
    }
    let _ = writeln!(
        told,
        "folding a ticket of {FOLDED_EVENTS} events: {} µs",
        (watch.elapsed() / FOLDS).as_micros()
    );
    Ok(())
}
