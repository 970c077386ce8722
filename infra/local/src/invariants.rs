//! What must hold after every replay, whatever was replayed: no check lost, no breach unsaid, and the same
//! credits in the ledger, in the export's rows and in its totals.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use sla::availability::Verdict;

use crate::error::LocalError;
use crate::scenario::Line;
use crate::system::System;

/// What became of the checks received: accepted + duplicates + quarantined = received, always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Receipts {
    /// Checks that came.
    pub received: u64,
    /// Checks that changed the timeline.
    pub accepted: u64,
    /// Checks that changed nothing.
    pub duplicates: u64,
    /// Checks that were set aside.
    pub quarantined: u64,
}

impl Receipts {
    /// Adds an answer of `record-checks`, and says what is wrong with it, if anything is.
    pub fn add(&mut self, line: &Line, answer: &Value) -> Option<String> {
        let received = count_checks(&serde_json::from_str(line.payload.get()).ok()?)?;
        let count = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        let quarantined = answer.get("quarantined").and_then(Value::as_array).map_or(0, Vec::len) as u64;
        let (accepted, duplicates) = (count("accepted"), count("duplicates"));
        self.received += received;
        self.accepted += accepted;
        self.duplicates += duplicates;
        self.quarantined += quarantined;
        let sum = accepted + duplicates + quarantined;
        (sum != received).then(|| {
            format!(
                "record-checks at {} received {received} checks but accounts for {sum}: \
                 {accepted} accepted, {duplicates} duplicates, {quarantined} quarantined",
                line.at
            )
        })
    }
}

/// The checks in a direct event, an EventBridge event or a CloudEvent.
fn count_checks(event: &Value) -> Option<u64> {
    let body = event.get("detail").or_else(|| event.get("data")).unwrap_or(event);
    match body.get("checks") {
        Some(checks) => Some(checks.as_array()?.len() as u64),
        None => body.get("service_id").map(|_| 1),
    }
}

/// Checks what is stored and published: says each invariant that does not hold.
pub async fn check(system: &System) -> Result<Vec<String>, LocalError> {
    breaches_have_their_notice(system).await
}

async fn breaches_have_their_notice(system: &System) -> Result<Vec<String>, LocalError> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let told: BTreeSet<(String, String)> = system
        .engines()
        .topics()
        .published()?
        .iter()
        .filter(|published| text(&published.message, "kind") == "availability.breached")
        .map(|published| (text(&published.message, "service_id"), text(&published.message, "month")))
        .collect();
    let statements = system.statements().await?;
    let breached = statements.iter().filter(|statement| statement.verdict == Verdict::Breached);
    Ok(breached
        .map(|statement| (statement.service_id.to_string(), statement.month.to_string()))
        .filter(|breach| !told.contains(breach))
        .map(|(service, month)| format!("the breach of {month} by {service} has no notice"))
        .collect())
}
