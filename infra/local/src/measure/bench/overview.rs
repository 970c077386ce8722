//! Cost of a customer's overview: fifty services and ninety days, requested as a browser does.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Stopwatch;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use outcome::Clock;
use serde_json::{Value, json};
use sla::Instant;
use tower::ServiceExt;

use super::must;
use crate::error::LocalError;
use crate::stand_ins::issuer::{Issuer, Origins};
use crate::stand_ins::wire::{AnswerFuture, Call, Onward, Passage};
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
const ASKED: u32 = 50;
/// The longest page.
const PAGE_BYTES_MAX: usize = 4 << 20;
/// The portal's origin.
const ORIGIN: &str = "http://127.0.0.1";

/// Lets every call through and adds up the engine's time: DynamoDB's, in the cloud.
#[derive(Clone, Default)]
struct EngineTimer(Arc<AtomicU64>);

impl Passage for EngineTimer {
    fn pass(&self, call: Call, onward: Onward) -> AnswerFuture {
        let engine_us = self.0.clone();
        Box::pin(async move {
            let watch = Stopwatch::now();
            let answer = onward(call.body).await;
            let took_us = u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX);
            engine_us.fetch_add(took_us, Ordering::SeqCst);
            answer
        })
    }
}

/// Measures the overview of a customer with ninety days of history.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    let timed = EngineTimer::default();
    let system = System::over(Engines::memory().await?, Clock::virtual_at(START), Arc::new(timed.clone()))?;
    live(&system).await?;
    let origins = Origins {
        issuer: "http://localhost".to_owned(),
        portal: ORIGIN.to_owned(),
        desk: "http://localhost:1".to_owned(),
        hooks: "http://localhost:2".to_owned(),
    };
    let issuer = Issuer::new(origins, system.directory().clone(), system.clock().clone())?;
    let customer = "c".parse().map_err(|e: sla::IdError| LocalError::database("name the customer", e))?;
    let token = issuer.customer_token(&customer)?;
    let portal = system.portal(&issuer);
    let ask = || {
        let request = Request::get("/").header(header::COOKIE, format!("__Host-nines={token}"));
        let request = request.header(header::ACCEPT_ENCODING, "gzip").body(Body::empty());
        let portal = portal.clone();
        async move {
            let fault = |error: axum::Error| LocalError::database("ask for the overview", error);
            let request = request.map_err(|e| LocalError::database("ask for the overview", e))?;
            let answer = portal.oneshot(request).await.unwrap_or_else(|never| match never {});
            to_bytes(answer.into_body(), PAGE_BYTES_MAX).await.map_err(fault)
        }
    };
    let page_bytes = ask().await?.len();
    let calls = system.tally().total();
    timed.0.store(0, Ordering::SeqCst);
    let watch = Stopwatch::now();
    for _ in 0..ASKED {
        ask().await?;
    }
    let all_us = u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX);
    let own_us = all_us.saturating_sub(timed.0.load(Ordering::SeqCst)) / u64::from(ASKED);
    let calls = (system.tally().total() - calls) / u64::from(ASKED);
    let _ = writeln!(
        told,
        "overview of {SERVICES} services and 90 days: {}.{} ms each besides DynamoDB's time, {calls} SDK calls, {page_bytes} \
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
