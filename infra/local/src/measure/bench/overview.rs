//! Cost of a customer's overview: fifty services and ninety days, requested as a browser does.

use std::fmt::Write;
use std::sync::Arc;

use outcome::Clock;
use serde_json::{Value, json};
use sla::Instant;

use super::must;
use super::reading::{Browser, EngineTimer, ReadPage};
use crate::error::LocalError;
use crate::system::{Engines, System};

/// The customer's services.
const SERVICES: usize = 50;
/// 2026-04-01T00:00:00Z: the first day reported.
const START: Instant = Instant::from_epoch_s(1_775_001_600);
/// The days from `START` to the end of June.
const DAYS: i64 = 91;
/// A day in seconds.
const DAY_S: i64 = 86_400;
/// The number of requests for the page.
const ASKED: u64 = 50;

/// Measures the overview of a customer with ninety days of history.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    let timed = EngineTimer::default();
    let system = System::over(Engines::memory().await?, Clock::virtual_at(START), Arc::new(timed.clone()))?;
    live(&system).await?;
    let (portal, _) = Browser::both(&system, &timed, "c")?;
    let ReadPage { calls, own_us, bytes } = portal.read("/", "gzip", ASKED).await?;
    let _ = writeln!(
        told,
        "overview of {SERVICES} services and 90 days: {}.{} ms each besides DynamoDB's time, {calls} SDK calls, {bytes} \
         bytes compressed",
        own_us / 1000,
        own_us / 100 % 10,
    );
    Ok(())
}

/// Plays ninety days with some outages of every service, and closes their months.
async fn live(system: &System) -> Result<(), LocalError> {
    must(system, "run-desk", &json!({"command": "register_customer", "customer_id": "c", "name": "C"}))
        .await?;
    for place in 0..SERVICES {
        must(
            system,
            "run-desk",
            &json!({
                "command": "register_service", "service_id": format!("s-{place:02}"), "customer_id": "c",
                "name": format!("Service {place}"), "plan": "standard", "region": "eu", "activated_at": START,
                "monthly_fee": {"minor": 49_900, "currency": "EUR"},
            }),
        )
        .await?;
    }
    for day in 0..DAYS {
        let start = START.plus_s(day * DAY_S);
        system.clock().advance_to(start.plus_s(DAY_S));
        let checks: Vec<Value> = (0..SERVICES).flat_map(|place| day_of(place, day, start)).collect();
        must(system, "record-checks", &json!({ "checks": checks })).await?;
    }
    for month in ["2026-04", "2026-05"] {
        must(system, "close-month", &json!({ "month": month })).await?;
    }
    Ok(())
}

/// Builds the checks of a service on a day: up, but every seventh day down for ten minutes in the morning.
fn day_of(place: usize, day: i64, start: Instant) -> Vec<Value> {
    let run = |from_s: i64, until_s: i64, status: &str| {
        json!({
            "service_id": format!("s-{place:02}"), "checked_at": start.plus_s(from_s), "until": start.plus_s(until_s),
            "status": status,
        })
    };
    let last = DAY_S - 60;
    if (day + place as i64) % 7 == 0 {
        vec![run(0, 29_940, "up"), run(30_000, 30_540, "down"), run(30_600, last, "up")]
    } else {
        vec![run(0, last, "up")]
    }
}
