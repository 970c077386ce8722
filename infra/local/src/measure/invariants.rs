//! Invariants that hold after every replay: no check lost, no breach without a notice, and the same credits
//! in the ledger, in the export's rows and in its totals.

pub mod books;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use events::alarm::ALARM_DETAIL_TYPE;
use events::export::Manifest;
use serde::Serialize;
use serde_json::{Value, json};
use sla::availability::Verdict;
use sla::ledger::Entry;
use sla::performance::MetricVerdict;
use sla::ticket::{self, ClockKind, Ticket};
use sla::{Month, Statement};
use table::StoredTicket;

use crate::commands::scenario::Line;
use crate::error::LocalError;
use crate::system::System;

/// The most revisions of a month's export that are read.
const REVISIONS_MAX: u32 = 10_000;

/// Counts of everything received, by function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Receipts {
    /// Counts of checks.
    pub checks: Receipt,
    /// Counts of ticket events.
    pub ticket_events: Receipt,
}

/// Counts of input by outcome: accepted + duplicates + quarantined = received, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Records received.
    pub received: u64,
    /// Records taken in.
    pub accepted: u64,
    /// Records already known, which changed nothing.
    pub duplicates: u64,
    /// Records set aside.
    pub quarantined: u64,
}

impl Receipts {
    /// Adds an answer of a recording function; returns the problem with it, if any.
    pub fn add(&mut self, line: &Line, answer: &Value) -> Option<String> {
        match line.invoke.as_str() {
            "record-checks" => self.checks.add(line, answer, "checks", "service_id"),
            "record-tickets" => self.ticket_events.add(line, answer, "events", "event_id"),
            _ => None,
        }
    }
}

impl Receipt {
    fn add(&mut self, line: &Line, answer: &Value, list: &str, of_one: &str) -> Option<String> {
        let received = count(&serde_json::from_str(&line.payload).ok()?, list, of_one)?;
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
                "{} at {} received {received} {list} but accounts for {sum}: {accepted} accepted, \
                 {duplicates} duplicates, {quarantined} quarantined",
                line.invoke, line.at
            )
        })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Receipt { received, accepted, duplicates, quarantined } = self;
        write!(
            f,
            "{received} received = {accepted} accepted + {duplicates} duplicates + {quarantined} quarantined"
        )
    }
}

/// Counts the records in a direct event, an EventBridge event or a CloudEvent: a list, or a single record,
/// which has the field `of_one`. An alarm's change of state is one record.
fn count(event: &Value, list: &str, of_one: &str) -> Option<u64> {
    if event.get("detail-type").and_then(Value::as_str) == Some(ALARM_DETAIL_TYPE) {
        return Some(1);
    }
    let body = event.get("detail").or_else(|| event.get("data")).unwrap_or(event);
    match body.get(list) {
        Some(items) => Some(items.as_array()?.len() as u64),
        None => body.get(of_one).map(|_| 1),
    }
}

/// Checks everything stored, published and exported; lists the invariants that do not hold.
pub async fn check(system: &System) -> Result<Vec<String>, LocalError> {
    let statements = system.statements().await?;
    let told = told_statements(system, &statements).await?;
    let mut problems = breaches_without_notice(system, &told)?;
    problems.extend(misses_without_notice(system, &told)?);
    let months: BTreeSet<Month> = statements.iter().map(|statement| statement.month).collect();
    for month in months {
        problems.extend(credits_that_differ(system, month).await?);
        problems.extend(books::check(system, month).await?);
    }
    problems.extend(tickets_that_differ(system).await?);
    problems.extend(what_repetition_changes(system, &statements).await?);
    Ok(problems)
}

/// Leaves out statements for reading only (months before the service's registration): nobody is told of them.
async fn told_statements(system: &System, statements: &[Statement]) -> Result<Vec<Statement>, LocalError> {
    let services = system.services().await?;
    let is_told = |statement: &&Statement| {
        let service = services.iter().find(|service| service.service_id == statement.service_id);
        service.is_none_or(|service| service.is_counted_in(statement.month))
    };
    Ok(statements.iter().filter(is_told).cloned().collect())
}

fn breaches_without_notice(system: &System, statements: &[Statement]) -> Result<Vec<String>, LocalError> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let told: BTreeSet<(String, String)> = system
        .engines()
        .topics()
        .published()?
        .iter()
        .filter(|published| text(&published.message, "kind") == "availability.breached")
        .map(|published| (text(&published.message, "service_id"), text(&published.message, "month")))
        .collect();
    let breached = statements.iter().filter(|statement| statement.verdict == Verdict::Breached);
    Ok(breached
        .map(|statement| (statement.service_id.to_string(), statement.month.to_string()))
        .filter(|breach| !told.contains(breach))
        .map(|(service, month)| format!("the breach of {month} by {service} has no notice"))
        .collect())
}

fn misses_without_notice(system: &System, statements: &[Statement]) -> Result<Vec<String>, LocalError> {
    let published = system.engines().topics().published()?;
    let text =
        |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or("").to_owned();
    let fact =
        |message: &Value| ["/service_id", "/month", "/data/miss/metric"].map(|path| text(message, path));
    let missed = published.iter().filter(|told| text(&told.message, "/kind") == "performance.missed");
    let told: BTreeSet<[String; 3]> = missed.map(|told| fact(&told.message)).collect();
    let mut problems = Vec::new();
    for Statement { service_id, month, performance, .. } in statements {
        for figures in performance.iter().filter(|figures| figures.verdict == MetricVerdict::Missed) {
            let metric = figures.metric.as_str();
            if !told.contains(&[service_id.to_string(), month.to_string(), metric.to_owned()]) {
                problems.push(format!("the missed {metric} of {month} by {service_id} has no notice"));
            }
        }
    }
    Ok(problems)
}

/// Compares each ticket that notices mention with its events, and its misses with the notices.
async fn tickets_that_differ(system: &System) -> Result<Vec<String>, LocalError> {
    let fault = |e| LocalError::database("read a ticket", e);
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for published in system.engines().topics().published()? {
        let ticket_id = text(&published.message, "ticket_id");
        told.entry(ticket_id).or_default().insert(text(&published.message, "kind"));
    }
    let now = system.clock().now();
    let terms = system.directory().terms().await.map_err(fault)?;
    let mut problems = Vec::new();
    for (ticket_id, kinds) in told {
        let Ok(id) = ticket_id.parse() else { continue };
        let found = system.directory().ticket(&id, now).await.map_err(fault)?;
        let Some((StoredTicket { present: Some(present), .. }, events)) = found else {
            problems.push(format!("the ticket {id} that was told of is not stored"));
            continue;
        };
        let events = events.iter().map(|(kept, _)| &kept.event);
        let folded = Ticket::fold(events, terms.in_force(present.month)).map(|folded| folded.ticket);
        if folded.as_ref() != Some(&present.ticket) {
            problems.push(format!("the ticket {id} is not what its events come to"));
        }
        for kind in ClockKind::ALL {
            let missed = present.ticket.clock(kind).verdict(now) == Some(ticket::Verdict::Missed);
            if missed && !kinds.contains(&format!("ticket.{}_missed", kind.as_str())) {
                problems.push(format!("the missed {} of ticket {id} has no notice", kind.as_str()));
            }
        }
    }
    Ok(problems)
}

/// Compares the month's credits in the ledger with the export's rows, and the rows with the manifests'
/// totals.
async fn credits_that_differ(system: &System, month: Month) -> Result<Vec<String>, LocalError> {
    let (mut rows, mut exported_totals) = (BTreeMap::new(), Totals::new());
    let mut problems = Vec::new();
    let folder = system.engines().objects().join(format!("exports/month={month}"));
    for revision in 1..=REVISIONS_MAX {
        let folder = folder.join(format!("revision={revision}"));
        if !folder.join("manifest.json").exists() {
            break;
        }
        let exported = exported_credits(&folder)?;
        let totals = manifest_totals(&folder)?;
        if totals_of(&exported) != totals {
            problems
                .push(format!("the manifest of {month}, revision {revision} does not add up to its rows"));
        }
        for (group, (entries, minor)) in totals {
            let total = exported_totals.entry(group).or_default();
            *total = (total.0 + entries, total.1 + minor);
        }
        for credit in exported {
            if let Some(twice) = rows.insert(credit.credit_id.clone(), credit) {
                problems.push(format!("the credit {} of {month} is exported twice", twice.credit_id));
            }
        }
    }
    let ledger = system.ledger(month).await?;
    let is_due = system.is_export_due(month).await?;
    if !is_due && exported_totals != ledger_totals(&ledger) {
        problems.push(format!("the manifests of {month} do not add up to the ledger"));
    }
    for entry in &ledger {
        let is_exported_so = |row: &ExportedCredit| {
            row.minor == entry.amount_minor
                && row.state == entry.state.as_str()
                && row.currency == entry.currency.code()
        };
        match rows.remove(entry.credit_id.as_str()) {
            Some(row) if is_exported_so(&row) => {}
            Some(_) => problems.push(format!("the credit {} is not exported as it is", entry.credit_id)),
            None if is_due => {}
            None => problems.push(format!("the credit {} is not exported", entry.credit_id)),
        }
    }
    problems
        .extend(rows.keys().map(|credit_id| format!("the exported credit {credit_id} is not in the ledger")));
    Ok(problems)
}

/// A credit as its row in the export has it.
struct ExportedCredit {
    credit_id: String,
    currency: String,
    state: String,
    minor: i64,
}

/// Entries and their sum by currency and state.
type Totals = BTreeMap<(String, String), (usize, i64)>;

fn totals_of(credits: &[ExportedCredit]) -> Totals {
    let mut totals = Totals::new();
    for credit in credits {
        let total = totals.entry((credit.currency.clone(), credit.state.clone())).or_default();
        *total = (total.0 + 1, total.1 + credit.minor);
    }
    totals
}

fn ledger_totals(ledger: &[Entry]) -> Totals {
    let mut totals = Totals::new();
    for entry in ledger {
        let group = (entry.currency.code().to_owned(), entry.state.as_str().to_owned());
        let total = totals.entry(group).or_default();
        *total = (total.0 + 1, total.1 + entry.amount_minor);
    }
    totals
}

fn manifest_totals(folder: &Path) -> Result<Totals, LocalError> {
    let path = folder.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|e| LocalError::io("read", &path, e))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|e| LocalError::io("understand", &path, e.into()))?;
    let totals = manifest.totals.into_iter();
    Ok(totals.map(|t| ((t.currency.code().to_owned(), t.state), (t.entries, t.minor))).collect())
}

fn exported_credits(folder: &Path) -> Result<Vec<ExportedCredit>, LocalError> {
    let path = folder.join("credits.csv");
    let fault = |e: csv::Error| LocalError::io("understand", &path, e.into());
    let mut reader = csv::Reader::from_path(&path).map_err(fault)?;
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| {
        let row = row.map_err(fault)?;
        let cell = |name: &str| row.get(name).cloned().unwrap_or_default();
        // Amounts have their currency's decimals: without the point they are minor units.
        let minor = cell("amount").replace('.', "").parse().unwrap_or(i64::MIN);
        Ok(ExportedCredit {
            credit_id: cell("credit_id"),
            currency: cell("currency"),
            state: cell("state"),
            minor,
        })
    })
    .collect()
}

/// Closes and exports every closed month again, which must add no statement, object or message.
async fn what_repetition_changes(
    system: &System,
    statements: &[Statement],
) -> Result<Vec<String>, LocalError> {
    let before = (system.engines().topics().published_count(), objects(&system.engines().objects())?);
    let mut problems = Vec::new();
    let mut events = Vec::new();
    for Statement { service_id, month, .. } in statements {
        events.push(("close-month", json!({ "month": month, "service_id": service_id })));
    }
    let months: BTreeSet<Month> = statements.iter().map(|statement| statement.month).collect();
    for month in months {
        if !system.is_export_due(month).await? {
            events.push(("export-month", json!({ "month": month })));
        }
    }
    for (function, event) in events {
        if let Err(failure) = system.invoke(function, event.to_string().as_bytes()).await {
            problems.push(format!("{function} {event} failed when repeated: {}", failure.message()));
        }
    }
    if system.statements().await? != statements {
        problems.push("a second close changed a statement".to_owned());
    }
    let after = (system.engines().topics().published_count(), objects(&system.engines().objects())?);
    if before.1 != after.1 {
        problems.push("a second export changed a file".to_owned());
    }
    if before.0 != after.0 {
        problems.push(format!("closing again published {} messages", after.0 - before.0));
    }
    Ok(problems)
}

/// Returns the SHA-256 of every object, by path.
fn objects(folder: &Path) -> Result<BTreeMap<PathBuf, String>, LocalError> {
    let fault = |e| LocalError::io("read the folder", folder, e);
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_dir() {
            found.append(&mut objects(&path)?);
        } else {
            let bytes = fs::read(&path).map_err(|e| LocalError::io("read", &path, e))?;
            found.insert(path, sla::sha256_hex(&bytes));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_received_is_counted_in_every_envelope() {
        let counted = |event: Value| count(&event, "checks", "service_id");
        let check = json!({"service_id": "api"});
        assert_eq!(counted(json!({"checks": [check, check]})), Some(2));
        assert_eq!(counted(json!({"detail-type": "status check", "detail": check})), Some(1));
        assert_eq!(counted(json!({"specversion": "1.0", "data": {"checks": [check, 7]}})), Some(2));
        assert_eq!(counted(json!({"detail-type": ALARM_DETAIL_TYPE, "detail": {"state": {}}})), Some(1));
        assert_eq!(counted(json!({"sweep": true})), None);
    }
}
