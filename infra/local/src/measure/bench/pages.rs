//! Cost of the pages of portal and desk with a thousand services and two hundred customers.

use std::fmt::Write;
use std::sync::Arc;

use outcome::Clock;
use serde_json::{Value, json};
use sla::Instant;

use super::must;
use super::reading::{Browser, EngineTimer};
use crate::error::LocalError;
use crate::system::{Engines, System};

/// Services, spread over the customers; the first customer has `OWN` of them.
const SERVICES: usize = 1_000;
/// Customers.
const CUSTOMERS: usize = 200;
/// Services of the customer who reads the portal.
const OWN: usize = 60;
/// Of so many services one breaches its June.
const BREACHED_EACH: usize = 10;
/// Tickets that are open, claims that wait, exclusions that are undecided.
const WAITING: usize = 60;
/// Checks in one event.
const CHECKS_AT_ONCE: usize = 500;
/// 2026-06-28T00:00:00Z: from here on the services are provided.
const START: Instant = Instant::from_epoch_s(1_782_604_800);
/// The days of checks: three of June and three of July.
const DAYS: i64 = 6;
/// A day in seconds.
const DAY_S: i64 = 86_400;
/// The number of requests for each page.
const ASKED: u64 = 10;
/// Most SDK calls of a page.
const CALLS_MAX: u64 = 20;
/// Most bytes of a page, not compressed.
const BYTES_MAX: usize = 60_000;

/// The pages that are read at the portal.
const PORTAL: [&str; 10] = [
    "/",
    "/services/s-000",
    "/services/s-000?month=2026-06",
    "/statements/s-000/2026-06",
    "/tickets",
    "/tickets/t-00",
    "/claims",
    "/notices?month=2026-07",
    "/subscriptions",
    "/agreement",
];
/// The pages that are read at the desk.
const DESK: [&str; 16] = [
    "/",
    "/services",
    "/services?show=breached",
    "/services/s-000",
    "/statements/s-000/2026-06",
    "/customers",
    "/customers/c-000",
    "/tickets",
    "/tickets/t-00",
    "/reviews",
    "/exclusions",
    "/exclusions/x-00",
    "/maintenance",
    "/months",
    "/months/2026-06",
    "/changes",
];

/// Measures each page: its own time, its calls, its bytes. Calls and bytes above the limits are an error.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    let timer = EngineTimer::default();
    let system = System::over(Engines::memory().await?, Clock::virtual_at(START), Arc::new(timer.clone()))?;
    live(&system).await?;
    let (portal, desk) = Browser::both(&system, &timer, "c-000")?;
    let _ = writeln!(
        told,
        "pages with {SERVICES} services, {CUSTOMERS} customers: ms besides DynamoDB's time, SDK calls, bytes"
    );
    let mut beyond = Vec::new();
    for (site, browser, paths) in [("portal", portal, &PORTAL[..]), ("desk", desk, &DESK[..])] {
        for path in paths {
            let page = browser.read(path, "identity", ASKED).await?;
            let (whole, tenth) = (page.own_us / 1_000, page.own_us / 100 % 10);
            let line = format!("{site} {path}: {whole}.{tenth} ms, {}, {}", page.calls, page.bytes);
            let _ = writeln!(told, "{line}");
            if page.calls > CALLS_MAX || page.bytes > BYTES_MAX {
                beyond.push(format!("{line}: above {CALLS_MAX} calls or {BYTES_MAX} bytes"));
            }
        }
    }
    if beyond.is_empty() {
        return Ok(());
    }
    beyond.push(format!("all pages:\n{told}"));
    Err(LocalError::Invariants(beyond))
}

/// Registers everybody, plays six days over the end of June, closes June, and leaves work undone.
async fn live(system: &System) -> Result<(), LocalError> {
    for customer in 0..CUSTOMERS {
        let id = format!("c-{customer:03}");
        let name = format!("Customer {customer:03} of the harbour");
        command(system, &json!({"command": "register_customer", "customer_id": id, "name": name})).await?;
    }
    for place in 0..SERVICES {
        let service = json!({
            "command": "register_service", "service_id": service_id(place), "name": format!("Service {place}"),
            "customer_id": owner(place), "plan": "standard", "region": "eu-central",
            "activated_at": START, "monthly_fee": {"minor": 49_900, "currency": "EUR"},
        });
        command(system, &service).await?;
    }
    for day in 0..DAYS {
        let start = START.plus_s(day * DAY_S);
        system.clock().advance_to(start.plus_s(DAY_S));
        let checks: Vec<Value> = (0..SERVICES).flat_map(|place| day_of(place, day, start)).collect();
        for some in checks.chunks(CHECKS_AT_ONCE) {
            must(system, "record-checks", &json!({ "checks": some })).await?;
        }
    }
    must(system, "close-month", &json!({ "month": "2026-06" })).await?;
    leave_undone(system).await
}

/// Opens tickets, files claims, raises exclusions.
async fn leave_undone(system: &System) -> Result<(), LocalError> {
    for nth in 0..WAITING {
        let service = service_id(nth * BREACHED_EACH);
        let customer = owner(nth * BREACHED_EACH);
        let ticket = json!({
            "command": "open_ticket", "ticket_id": format!("t-{nth:02}"), "service_id": service,
            "customer_id": customer, "level": 1 + nth % 3, "channel": "phone",
            "title": format!("Calls break off, report {nth}"),
        });
        command(system, &ticket).await?;
        let claim = json!({
            "command": "file_claim", "customer_id": customer, "service_id": service, "month": "2026-06",
            "kind": "uptime",
        });
        command(system, &claim).await?;
        let exclusion = json!({
            "command": "raise_exclusion", "exclusion_id": format!("x-{nth:02}"), "services": [service],
            "clause": "third_party", "starts_at": START.plus_s(DAY_S + 30_000), "raised_by": "ada",
            "ends_at": START.plus_s(DAY_S + 30_600), "evidence": "The carrier's report names this time.",
        });
        command(system, &exclusion).await?;
    }
    Ok(())
}

async fn command(system: &System, command: &Value) -> Result<(), LocalError> {
    must(system, "run-desk", command).await
}

/// Returns the customer of a service.
fn owner(place: usize) -> String {
    format!("c-{:03}", if place < OWN { 0 } else { 1 + place % (CUSTOMERS - 1) })
}

fn service_id(place: usize) -> String {
    format!("s-{place:03}")
}

/// Builds the checks of a service on a day: up, but each tenth service is down for 50 minutes on the second.
fn day_of(place: usize, day: i64, start: Instant) -> Vec<Value> {
    let run = |from_s: i64, until_s: i64, status: &str| {
        json!({
            "service_id": service_id(place), "checked_at": start.plus_s(from_s), "until": start.plus_s(until_s),
            "status": status,
        })
    };
    let last = DAY_S - 60;
    if day == 1 && place.is_multiple_of(BREACHED_EACH) {
        vec![run(0, 29_940, "up"), run(30_000, 32_940, "down"), run(33_000, last, "up")]
    } else {
        vec![run(0, last, "up")]
    }
}
