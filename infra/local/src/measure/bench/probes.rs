//! Cost of probes that retired long ago: SDK calls of one look at their service.

use std::fmt::Write;

use outcome::Clock;
use serde_json::{Value, json};
use sla::Instant;

use super::{MONTH_START, must};
use crate::error::LocalError;
use crate::system::System;

/// The numbers of probes measured: N, 2N, 4N, 8N.
const PROBES: [usize; 4] = [50, 100, 200, 400];

/// Measures a look in August at a service whose probes, except one, retired in June.
pub async fn measure(told: &mut String) -> Result<(), LocalError> {
    for probes in PROBES {
        let calls = look(probes).await?;
        let _ = writeln!(told, "a look beside {probes} probes that retired: {calls} SDK calls");
    }
    Ok(())
}

async fn look(probes: usize) -> Result<u64, LocalError> {
    let system = System::memory(Clock::virtual_at(MONTH_START)).await?;
    must(&system, "run-desk", &json!({"command": "register_customer", "customer_id": "c", "name": "C"}))
        .await?;
    let service = json!({
        "command": "register_service", "service_id": "s", "customer_id": "c", "name": "S", "plan": "standard",
        "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "activated_at": MONTH_START,
        "max_silence_s": null,
    });
    must(&system, "run-desk", &service).await?;
    let old: Vec<String> = (0..probes).map(|nth| format!("p{nth}")).collect();
    checks(&system, &old, "up", MONTH_START).await?;
    checks(&system, &old, "unknown", MONTH_START.plus_s(86_400)).await?;
    let left = ["left".to_owned()];
    checks(&system, &left, "up", MONTH_START.plus_s(2 * 86_400)).await?;
    for (month, after_d) in [("2026-06", 32), ("2026-07", 63)] {
        system.clock().advance_to(MONTH_START.plus_s(after_d * 86_400));
        must(&system, "close-month", &json!({ "month": month })).await?;
    }
    let before = system.tally().total();
    checks(&system, &left, "down", system.clock().now()).await?;
    Ok(system.tally().total() - before)
}

async fn checks(system: &System, probes: &[String], status: &str, at: Instant) -> Result<(), LocalError> {
    system.clock().advance_to(at);
    let check = |probe| json!({"service_id": "s", "probe": probe, "checked_at": at, "status": status});
    let checks: Vec<Value> = probes.iter().map(check).collect();
    must(system, "record-checks", &json!({ "checks": checks })).await.map(drop)
}
