//! Cost of a month end and of new terms, in time and in DynamoDB's units: ten thousand service-months closed
//! and their customers told through the real handlers.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use outcome::Clock;
use serde_json::{Value, json};
use sla::{Instant, Terms};

use super::{MONTH_START, must};
use crate::error::LocalError;
use crate::measure::meter::Meter;
use crate::system::{Engines, System};

/// The number of customers by default, each with one service.
pub const CUSTOMERS: usize = 10_000;

/// Every tenth service was down for five hours and has its month claimed.
const DOWN_EVERY: usize = 10;

/// Services whose checks arrive in one invocation.
const BATCH: usize = 100;

/// Services that one invocation of the month end closes: one page of the directory.
const PAGE: usize = 100;

/// The seconds of June: 30 × 86,400.
const JUNE_S: i64 = 2_592_000;

/// The seconds between a month's end and its close: 24 × 3,600.
const CLOSE_AFTER_S: i64 = 86_400;

/// The length of each outage: 5 × 3,600 s.
const DOWN_S: i64 = 18_000;

/// Measures the month end of June, its export and a publication of terms.
pub async fn measure(customers: usize, told: &mut String) -> Result<(), LocalError> {
    let meter = Meter::default();
    let clock = Clock::virtual_at(MONTH_START);
    let system = System::over(Engines::memory().await?, clock, Arc::new(meter.clone()))?;
    register(&system, customers).await?;
    report(&system, customers).await?;
    claim(&system, customers).await?;
    system.clock().advance_to(MONTH_START.plus_s(JUNE_S + CLOSE_AFTER_S));
    close(&system, customers, &meter, told).await?;
    export(&system, customers, &meter, told).await?;
    publish(&system, customers, &meter, told).await
}

/// Registers every customer and its service.
async fn register(system: &System, customers: usize) -> Result<(), LocalError> {
    for place in 0..customers {
        let customer = customer_id(place);
        must(
            system,
            "run-desk",
            &json!({
                "command": "register_customer", "customer_id": customer, "name": "C",
            }),
        )
        .await?;
        must(system, "run-desk", &json!({
            "command": "register_service", "service_id": service_id(place), "customer_id": customer, "name": "S",
            "plan": "standard", "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "region": "eu",
            "activated_at": MONTH_START,
        }))
        .await?;
    }
    Ok(())
}

/// Reports June of every service by `until` runs: one check, or three around an outage.
async fn report(system: &System, customers: usize) -> Result<(), LocalError> {
    let end = MONTH_START.plus_s(JUNE_S);
    system.clock().advance_to(end.plus_s(60));
    for batch in 0..customers / BATCH {
        let checks: Vec<Value> =
            (batch * BATCH..(batch + 1) * BATCH).flat_map(|place| checks(place, end)).collect();
        must(system, "record-checks", &json!({ "checks": checks })).await?;
    }
    Ok(())
}

fn checks(place: usize, end: Instant) -> Vec<Value> {
    let run = |from: Instant, to: Instant, status: &str| {
        json!({
            "service_id": service_id(place), "checked_at": from, "until": to.plus_s(-60), "status": status,
        })
    };
    if !place.is_multiple_of(DOWN_EVERY) {
        return vec![run(MONTH_START, end, "up")];
    }
    let (down, up) = (MONTH_START.plus_s(JUNE_S / 2), MONTH_START.plus_s(JUNE_S / 2 + DOWN_S));
    vec![run(MONTH_START, down, "up"), run(down, up, "down"), run(up, end, "up")]
}

/// Files a claim for every service that was down.
async fn claim(system: &System, customers: usize) -> Result<(), LocalError> {
    for place in (0..customers).step_by(DOWN_EVERY) {
        must(
            system,
            "run-desk",
            &json!({
                "command": "file_claim", "service_id": service_id(place), "month": "2026-06",
                "customer_id": customer_id(place), "kind": "uptime",
            }),
        )
        .await?;
    }
    Ok(())
}

async fn close(
    system: &System,
    customers: usize,
    meter: &Meter,
    told: &mut String,
) -> Result<(), LocalError> {
    let published = system.engines().topics().published_count();
    let mut ids: Vec<String> = (0..customers).map(service_id).collect();
    ids.sort();
    meter.take();
    let watch = Stopwatch::now();
    for page in ids.chunks(PAGE) {
        let event = json!({ "month": "2026-06", "service_ids": page });
        let closed = system.invoke_alone("close-month", event.to_string().as_bytes()).await;
        closed.map_err(|failure| LocalError::Invariants(vec![failure.message()]))?;
    }
    let (elapsed, consumed) = (watch.elapsed(), meter.take());
    let count = customers as u64;
    let _ = writeln!(
        told,
        "closing: {} s for {customers} service-months ({} ms each), {} each",
        elapsed.as_secs(),
        super::hundredths(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX), count),
        consumed.each(count)
    );
    let watch = Stopwatch::now();
    while !system.pump().await? {}
    let notices = (system.engines().topics().published_count() - published) as u64;
    let _ = writeln!(
        told,
        "publishing what the closing tells: {} s for {notices} messages, {} each",
        watch.elapsed().as_secs(),
        meter.take().each(notices.max(1))
    );
    Ok(())
}

async fn export(
    system: &System,
    customers: usize,
    meter: &Meter,
    told: &mut String,
) -> Result<(), LocalError> {
    let watch = Stopwatch::now();
    must(system, "export-month", &json!({ "month": "2026-06" })).await?;
    let _ = writeln!(
        told,
        "exporting them: {} s, {} each",
        watch.elapsed().as_secs(),
        meter.take().each(customers as u64)
    );
    Ok(())
}

/// Publishes a second revision of the terms, which every customer is told about.
async fn publish(
    system: &System,
    customers: usize,
    meter: &Meter,
    told: &mut String,
) -> Result<(), LocalError> {
    let fault = |reason: String| LocalError::Invariants(vec![reason]);
    let effective_from = "2026-09".parse().map_err(|e: sla::month::MonthError| fault(e.to_string()))?;
    let mut terms = Terms { revision: 2, effective_from, ..Terms::built_in() };
    terms.plans.premium.commitment_ppm = 999_700;
    let event = serde_json::to_value(&terms).map_err(|e| fault(e.to_string()))?;
    let published = system.engines().topics().published_count();
    meter.take();
    let watch = Stopwatch::now();
    must(system, "publish-terms", &event).await?;
    while !system.pump().await? {}
    let notices = (system.engines().topics().published_count() - published) as u64;
    let _ = writeln!(
        told,
        "publishing terms to {customers} customers: {} s for {notices} messages, {} each",
        watch.elapsed().as_secs(),
        meter.take().each(notices.max(1))
    );
    Ok(())
}

fn customer_id(place: usize) -> String {
    format!("customer-{place}")
}

fn service_id(place: usize) -> String {
    format!("service-{place}")
}
