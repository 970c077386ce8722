//! Cost of closing, exporting and reading a month with N, 2N, 4N and 8N tickets, so that the exponent shows.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use outcome::Clock;
use serde_json::{Value, json};
use sla::Instant;

use super::{MONTH_START, must};
use crate::error::LocalError;
use crate::measure::meter::Meter;
use crate::system::{Engines, System};

/// N: the tickets of the smallest month.
const TICKETS: usize = 250;

/// Multiples of N that are measured.
const FACTORS: [usize; 4] = [1, 2, 4, 8];

/// Tickets whose events arrive in one invocation.
const BATCH: usize = 50;

/// The seconds from the month's start to its close: 30 days and 24 hours.
const CLOSES_AFTER_S: i64 = 31 * 86_400;

/// The events of each ticket, with seconds since its opening.
const EVENTS: [(i64, &str); 3] = [(0, "opened"), (600, "acknowledged"), (30_000, "resolved")];

/// Measures a provisional statement, the close and the export of each month.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    for factor in FACTORS {
        let (meter, tickets) = (Meter::default(), TICKETS * factor);
        let clock = Clock::virtual_at(MONTH_START);
        let system = System::over(Engines::memory().await?, clock, Arc::new(meter.clone()))?;
        live(&system, tickets).await?;
        system.clock().advance_to(MONTH_START.plus_s(CLOSES_AFTER_S));
        let one = json!({ "month": "2026-06", "service_id": "s" });
        let mut looked = one.clone();
        looked["as_of"] = json!(MONTH_START.plus_s(CLOSES_AFTER_S - 1));
        for (name, function, event) in [
            ("looking at", "close-month", &looked),
            ("closing", "close-month", &one),
            ("exporting", "export-month", &json!({ "month": "2026-06" })),
        ] {
            meter.take();
            let (watch, calls) = (Stopwatch::now(), system.tally().total());
            let answer = system.invoke_alone(function, event.to_string().as_bytes()).await;
            answer.map_err(|failure| LocalError::Invariants(vec![failure.message()]))?;
            let _ = writeln!(
                told,
                "{name} a month of {tickets} tickets: {} ms, {} SDK calls, {}",
                watch.elapsed().as_millis(),
                system.tally().total() - calls,
                meter.take()
            );
        }
    }
    Ok(())
}

/// Registers a service that is up all month, and records the events of its tickets.
async fn live(system: &System, tickets: usize) -> Result<(), LocalError> {
    must(system, "run-desk", &json!({"command": "register_customer", "customer_id": "c", "name": "C"}))
        .await?;
    must(system, "run-desk", &json!({
        "command": "register_service", "service_id": "s", "customer_id": "c", "name": "S", "plan": "standard",
        "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "region": "eu", "activated_at": MONTH_START,
        "max_silence_s": null,
    }))
    .await?;
    let up = json!({ "checks": [{ "service_id": "s", "checked_at": MONTH_START, "status": "up" }] });
    must(system, "record-checks", &up).await?;
    for (after_s, kind) in EVENTS {
        let at = MONTH_START.plus_s(after_s);
        system.clock().advance_to(at);
        for batch in 0..tickets / BATCH {
            let events: Vec<Value> =
                (batch * BATCH..(batch + 1) * BATCH).map(|ticket| event(ticket, kind, at)).collect();
            must(system, "record-tickets", &json!({ "events": events })).await?;
        }
    }
    Ok(())
}

fn event(ticket: usize, kind: &str, at: Instant) -> Value {
    let mut event =
        json!({ "event_id": kind, "ticket_id": format!("T-{ticket}"), "kind": kind, "occurred_at": at });
    if kind == "opened" {
        for (name, value) in [
            ("customer_id", json!("c")),
            ("service_id", json!("s")),
            ("level", json!(3)),
            ("channel", json!("portal")),
            ("title", json!("A line is noisy")),
        ] {
            event[name] = value;
        }
    }
    event
}
