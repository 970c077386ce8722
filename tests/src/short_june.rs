//! A short June for tests of claims and credits: services that live for its last two hours, so that three
//! minutes of downtime are 2.5 % of the month and earn a quarter of the fee.

use serde_json::{Value, json};

use crate::world::{Event, World, WorldError};

/// Instant at which every service begins.
pub const START: &str = "2026-06-30T22:00:00Z";
/// Instant at which the checks are reported: the customer is told of the breach.
pub const TOLD: &str = "2026-06-30T23:30:00Z";
/// Instant at which June is closed.
pub const CLOSED: &str = "2026-07-02T00:00:00Z";
/// Instant at which the customer is reminded: 24 h before the window closes.
pub const REMINDED: &str = "2026-07-07T00:00:00Z";
/// First instant at which a claim is late: the end of the 7th day after the day on which the outage ended.
pub const LATE: &str = "2026-07-08T00:00:00Z";

/// June's course for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It was up.
    Kept,
    /// It was down for three minutes.
    Breached,
    /// Unknown for ten minutes.
    Unknown,
    /// Down for three minutes, and then unknown for seven.
    PartlyUnknown,
    /// It was up, and slow.
    Slow,
    /// It was slow, and down for three minutes.
    SlowAndBreached,
}

impl Course {
    /// Returns the checks of this course.
    pub fn checks(self, service_id: &str) -> Vec<Value> {
        let check = |at: &str, status: &str| check(service_id, &format!("2026-06-30T{at}Z"), status);
        let up = check("22:00:00", "up");
        let slow = with(up.clone(), json!({ "latency_ms": 70 }));
        let outage = [check("23:00:00", "down"), check("23:03:00", "up")];
        match self {
            Self::Kept => vec![up],
            Self::Breached => [vec![up], outage.to_vec()].concat(),
            Self::Unknown => vec![up, check("23:00:00", "unknown"), check("23:10:00", "up")],
            Self::PartlyUnknown => {
                vec![up, check("23:00:00", "down"), check("23:03:00", "unknown"), check("23:10:00", "up")]
            }
            Self::Slow => vec![slow],
            Self::SlowAndBreached => [vec![slow], outage.to_vec()].concat(),
        }
    }
}

/// Builds a world at an instant in which services went through June; June is closed if it is time.
///
/// # Errors
/// Returns an error if the world or a handler fails.
pub async fn june(services: &[(&str, Course)], now: &str) -> Result<World, WorldError> {
    june_in(World::at(START).await?, services, now).await
}

/// Plays the same into an existing, empty world.
///
/// # Errors
/// Returns an error if the world or a handler fails.
pub async fn june_in(world: World, services: &[(&str, Course)], now: &str) -> Result<World, WorldError> {
    world.seed(&[customer("acme"), customer("other")]).await?;
    for (id, _) in services {
        world.seed(&[service(id, "acme", 49_900, "EUR")]).await?;
    }
    world.advance_to(TOLD)?;
    for (id, course) in services {
        world.seed(&[checks(&course.checks(id))]).await?;
    }
    if now >= CLOSED {
        world.advance_to(CLOSED)?;
        world.seed(&[Event::new("close-month", json!({ "month": "2026-06" }))]).await?;
    }
    world.advance_to(now)?;
    Ok(world)
}

/// Returns a JSON object with some fields replaced; null removes one.
#[must_use]
pub fn with(mut object: Value, fields: Value) -> Value {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        for (name, value) in fields {
            match value {
                Value::Null => drop(object.remove(&name)),
                value => drop(object.insert(name, value)),
            }
        }
    }
    object
}

/// Returns a command of the desk.
pub fn desk(command: Value) -> Event {
    Event::new("run-desk", command)
}

/// Returns a check of a service.
pub fn check(service_id: &str, at: &str, status: &str) -> Value {
    json!({ "service_id": service_id, "checked_at": at, "status": status })
}

/// Returns checks as one event.
pub fn checks(checks: &[Value]) -> Event {
    Event::new("record-checks", json!({ "checks": checks }))
}

/// Returns the sweep that sends reminders and lets claims lapse where no check arrives.
pub fn sweep() -> Event {
    Event::new("record-checks", json!({ "sweep": true }))
}

/// Returns June's close for one service.
pub fn close(service_id: &str) -> Event {
    Event::new("close-month", json!({ "month": "2026-06", "service_id": service_id }))
}

/// Returns the daily run, which restates.
pub fn daily() -> Event {
    Event::new("close-month", json!({ "sweep": true }))
}

/// Returns June's export.
pub fn export() -> Event {
    Event::new("export-month", json!({ "month": "2026-06" }))
}

/// Returns a customer's registration.
pub fn customer(customer_id: &str) -> Event {
    desk(json!({ "command": "register_customer", "customer_id": customer_id, "name": customer_id }))
}

/// Returns the registration of a service that is provided from the last two hours of June on.
pub fn service(service_id: &str, customer_id: &str, fee_minor: u64, currency: &str) -> Event {
    desk(json!({
        "command": "register_service", "service_id": service_id, "customer_id": customer_id,
        "name": service_id, "plan": "standard", "region": "eu", "activated_at": START,
        "monthly_fee": { "minor": fee_minor, "currency": currency }, "max_silence_s": null,
    }))
}

/// Returns a customer's claim to June's credit.
pub fn file_claim(service_id: &str, kind: &str) -> Value {
    json!({
        "command": "file_claim", "service_id": service_id, "month": "2026-06", "customer_id": "acme",
        "kind": kind,
    })
}

/// Returns a review of June's statement.
pub fn review_statement(service_id: &str, verdict: &str) -> Value {
    json!({
        "command": "review_statement", "service_id": service_id, "month": "2026-06", "verdict": verdict,
        "by": "ann", "reason": "the probe's own log",
    })
}

/// Returns a review of a claim that grants `cents`, or rejects it if none.
pub fn review_claim(claim_id: &str, cents: Option<u64>) -> Value {
    let command = json!({
        "command": "review_claim", "claim_id": claim_id, "by": "ann", "reason": "measured by the customer",
    });
    with(
        command,
        match cents {
            Some(minor) => {
                json!({ "decision": "approve", "amount": { "minor": minor, "currency": "EUR" } })
            }
            None => json!({ "decision": "reject" }),
        },
    )
}

/// Returns an order to restate June.
pub fn restate_month(service_id: &str) -> Value {
    json!({
        "command": "restate_month", "service_id": service_id, "month": "2026-06", "by": "bob",
        "reason": "late logs",
    })
}

/// Returns the note that a month's bills are out.
pub fn mark_invoiced(month: &str) -> Value {
    json!({ "command": "mark_invoiced", "month": month })
}

/// Returns the raising of an exclusion of June's three minutes of downtime.
pub fn raise_exclusion(service_id: &str) -> Value {
    json!({
        "command": "raise_exclusion", "exclusion_id": "x-1", "services": [service_id],
        "clause": "third_party", "starts_at": "2026-06-30T23:00:00Z", "ends_at": "2026-06-30T23:03:00Z",
        "evidence": "carrier report 4711", "raised_by": "ann",
    })
}

/// Returns the approval of that exclusion.
pub fn approve_exclusion() -> Value {
    json!({
        "command": "decide_exclusion", "exclusion_id": "x-1", "decision": "approve", "decided_by": "bob",
        "note": "report verified",
    })
}

/// Returns an event of the ticket `T-1`; null removes a field.
pub fn ticket_event(event_id: &str, at: &str, kind: &str, fields: Value) -> Value {
    let event = json!({ "event_id": event_id, "ticket_id": "T-1", "kind": kind, "occurred_at": at });
    with(event, fields)
}

/// Returns the opening of the ticket `T-1` about a service.
pub fn ticket_opening(at: &str) -> Value {
    let fields = json!({
        "customer_id": "acme", "level": 3, "channel": "portal", "title": "June's credit",
    });
    ticket_event("e0", at, "opened", fields)
}

/// Returns a claim by the ticket `T-1`.
pub fn ticket_claim(event_id: &str, at: &str, service_id: &str) -> Value {
    ticket_event(event_id, at, "claim", json!({ "service_id": service_id, "month": "2026-06" }))
}

/// Returns ticket events as one event.
pub fn tickets(events: &[Value]) -> Event {
    Event::new("record-tickets", json!({ "events": events }))
}
