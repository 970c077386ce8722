//! Measurements behind the published figures: the sample replay, recording a month of one-minute checks, the
//! month's arithmetic, the size of an ordinary day in the table, a month end, tickets, a customer's overview,
//! pages, probes and parts.

mod closing;
mod month_tickets;
mod overview;
mod pages;
mod parts;
mod probes;
mod reading;
mod tickets;

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant as Stopwatch};

use outcome::Clock;
use serde_json::{Value, json};
use sla::statement::Inputs;
use sla::timeline::{EncodedChunk, ProbeTimeline};
use sla::{Chunk, Edition, Instant, Month, Resolution, Span, Status, Terms};

use crate::commands::replay::{self, Request};
use crate::commands::sample;
use crate::error::LocalError;
use crate::system::{System, TABLE};

/// The services that are recorded.
const SERVICES: usize = 10;

/// The hours of the month recorded: 30 × 24 h.
const HOURS: i64 = 720;

/// The minutes of an hour.
const MINUTES: i64 = 60;

/// The duration for which the arithmetic is repeated.
const ARITHMETIC_LASTS: Duration = Duration::from_secs(2);

/// The most pages of a scan of the table; 64 × 1 MB.
const SCAN_PAGES_MAX: usize = 64;

/// 2026-06-01T00:00:00Z, the first instant of the month that is measured.
const MONTH_START: Instant = Instant::from_epoch_s(1_780_272_000);

/// A part that can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The sample month, replayed.
    Replay,
    /// Recording a month of one-minute checks.
    Recording,
    /// The month's arithmetic alone.
    Arithmetic,
    /// Closing ten thousand service-months.
    Closing,
    /// Ten thousand tickets.
    Tickets,
    /// Months with ever more tickets.
    MonthTickets,
    /// A customer's overview.
    Overview,
    /// The pages of portal and desk with a thousand services.
    Pages,
    /// A look at a service with many retired probes.
    Probes,
    /// Reading the rows that a revision of an export holds.
    Parts,
}

/// Measures one part, or all; returns one figure a line. `customers`, a multiple of 100, sizes the month end.
pub async fn run(only: Option<Part>, customers: Option<usize>) -> Result<String, LocalError> {
    let mut told = String::new();
    let wanted = |part| only.is_none_or(|only| only == part);
    if wanted(Part::Replay) {
        measure_replay(&mut told).await?;
    }
    if wanted(Part::Recording) {
        measure_recording(&mut told).await?;
    }
    if wanted(Part::Arithmetic) {
        measure_arithmetic(&mut told)?;
    }
    if wanted(Part::Closing) {
        closing::measure(customers.unwrap_or(closing::CUSTOMERS), &mut told).await?;
    }
    if wanted(Part::Tickets) {
        tickets::measure(&mut told).await?;
    }
    if wanted(Part::MonthTickets) {
        month_tickets::measure(&mut told).await?;
    }
    if wanted(Part::Overview) {
        overview::measure(&mut told).await?;
    }
    if wanted(Part::Pages) {
        pages::measure(&mut told).await?;
    }
    if wanted(Part::Probes) {
        probes::measure(&mut told).await?;
    }
    if wanted(Part::Parts) {
        parts::measure(&mut told).await?;
    }
    Ok(told)
}

async fn measure_replay(told: &mut String) -> Result<(), LocalError> {
    let out =
        tempfile::tempdir().map_err(|e| LocalError::io("make a folder in", &std::env::temp_dir(), e))?;
    let request = Request {
        lines: sample::lines()?,
        until: Some(sample::UNTIL),
        as_invoked: false,
        out: out.path().to_path_buf(),
    };
    let watch = Stopwatch::now();
    let summary = replay::run(&request).await?;
    let elapsed = watch.elapsed();
    let _ = writeln!(
        told,
        "sample replay: {} ms for {} invocations and {} errands\n\
         SDK calls: {} an invocation on average ({} for {} lines); {} with errands and stream",
        elapsed.as_millis(),
        summary.lines,
        summary.errands,
        hundredths(summary.line_calls, summary.lines),
        summary.line_calls,
        summary.lines,
        summary.sdk_calls
    );
    Ok(())
}

async fn measure_recording(told: &mut String) -> Result<(), LocalError> {
    let system = System::memory(Clock::virtual_at(MONTH_START)).await?;
    must(&system, "run-desk", &json!({"command": "register_customer", "customer_id": "c", "name": "C"}))
        .await?;
    for place in 0..SERVICES {
        must(&system, "run-desk", &registration(place)).await?;
    }
    let watch = Stopwatch::now();
    let calls_before = system.tally().total();
    for hour in 0..HOURS {
        let start_s = MONTH_START.epoch_s() + hour * MINUTES * 60;
        system.clock().advance_to(Instant::from_epoch_s(start_s + MINUTES * 60));
        must(&system, "record-checks", &hour_of_checks(start_s)).await?;
    }
    let elapsed = watch.elapsed();
    let calls = system.tally().total() - calls_before;
    let hours = u64::try_from(HOURS).unwrap_or_default();
    let _ = writeln!(
        told,
        "recording: {} ms for {} one-minute checks of {SERVICES} services in {HOURS} invocations \
         ({} SDK calls each)",
        elapsed.as_millis(),
        HOURS * MINUTES * SERVICES as i64,
        hundredths(calls, hours)
    );
    let mut sizes = day_sizes(&system)?;
    sizes.sort_unstable();
    let middle = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let largest = sizes.last().copied().unwrap_or_default();
    let _ = writeln!(
        told,
        "an ordinary one-minute day in the table: {middle} bytes in the middle, {largest} at most, of {} days",
        sizes.len()
    );
    Ok(())
}

fn registration(place: usize) -> Value {
    json!({
        "command": "register_service", "service_id": service_id(place), "customer_id": "c", "name": "S",
        "plan": "standard", "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "region": "eu",
        "activated_at": MONTH_START, "check_interval_s": 60, "max_silence_s": 7_200,
    })
}

fn service_id(place: usize) -> String {
    format!("service-{place}")
}

/// One hour of one-minute checks of all services, as one event.
fn hour_of_checks(start_s: i64) -> Value {
    let checks: Vec<Value> = (0..MINUTES)
        .flat_map(|minute| (0..SERVICES).map(move |place| (minute, place)))
        .map(|(minute, place)| {
            let at = Instant::from_epoch_s(start_s + minute * 60);
            let status = ordinary_status(at.epoch_s() / 60 + place as i64 * 131);
            json!({"service_id": service_id(place), "checked_at": at, "status": status})
        })
        .collect();
    json!({ "checks": checks })
}

/// An ordinary service: down for three minutes about every other day, degraded for ten now and then.
fn ordinary_status(minute: i64) -> Status {
    match (minute.rem_euclid(2_903), minute.rem_euclid(997)) {
        (0..3, _) => Status::Down,
        (_, 0..10) => Status::Degraded,
        _ => Status::Up,
    }
}

async fn must(system: &System, function: &'static str, event: &Value) -> Result<(), LocalError> {
    let answer = system.invoke(function, event.to_string().as_bytes()).await;
    let problem = match &answer {
        Err(failure) => Some(failure.message()),
        Ok(answer) => {
            let refused =
                answer.get("quarantined").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
            refused.then(|| answer.to_string().chars().take(500).collect())
        }
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(LocalError::Invariants(vec![format!("{function} failed: {problem}")])),
    }
}

fn measure_arithmetic(told: &mut String) -> Result<(), LocalError> {
    for (name, status) in [("ordinary", ordinary_status as fn(i64) -> Status), ("flapping", flapping_status)]
    {
        let inputs = month_of_checks(status).map_err(|e| LocalError::Invariants(vec![e]))?;
        let watch = Stopwatch::now();
        let mut months: u64 = 0;
        while watch.elapsed() < ARITHMETIC_LASTS {
            let statement = black_box(&inputs).statement();
            black_box(statement).map_err(|e| LocalError::Invariants(vec![e.to_string()]))?;
            months += 1;
        }
        let elapsed_ms = u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let _ = writeln!(
            told,
            "arithmetic: {} service-months of one-minute checks a second ({name}), decode included, one core",
            months * 1_000 / elapsed_ms
        );
    }
    Ok(())
}

/// The worst case: every minute differs from the one before.
fn flapping_status(minute: i64) -> Status {
    if minute % 2 == 0 { Status::Up } else { Status::Down }
}

fn month_of_checks(status: fn(i64) -> Status) -> Result<Inputs, String> {
    let told = |e: &dyn std::error::Error| e.to_string();
    let resolution = Resolution::try_from(60).map_err(|e| told(&e))?;
    let chunks = (0..HOURS / 24)
        .map(|day| {
            let start = MONTH_START.plus_s(day * 86_400);
            let mut chunk = Chunk::empty(start, resolution);
            for minute in 0..24 * MINUTES {
                let slot = start.plus_s(minute * 60);
                chunk.join(Span::new(slot, slot.plus_s(60)), status(slot.epoch_s() / 60));
            }
            EncodedChunk { start, slots: chunk.encode() }
        })
        .collect();
    let service = serde_json::from_value(json!({
        "service_id": "service-0", "customer_id": "c", "name": "S", "plan": "standard",
        "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "region": "eu", "time_zone": "UTC",
        "activated_at": MONTH_START, "resolution_s": 60, "check_interval_s": 60, "max_silence_s": 120,
        "quorum": 1,
    }));
    let probe = "default".parse().map_err(|e: sla::IdError| told(&e))?;
    let month: Month = "2026-06".parse().map_err(|e: sla::month::MonthError| told(&e))?;
    Ok(Inputs {
        service: service.map_err(|e| told(&e))?,
        month,
        revision: 1,
        as_of: MONTH_START.plus_s((HOURS + 24) * 3_600),
        terms: Terms::built_in(),
        windows: Vec::new(),
        voids: Vec::new(),
        probes: vec![ProbeTimeline::new(probe, None, chunks)],
        measurements: Vec::new(),
        tickets: Vec::new(),
        review: None,
        rules: Edition::PRESENT,
    })
}

/// The sizes of the timeline items in the table, as DynamoDB counts them.
fn day_sizes(system: &System) -> Result<Vec<usize>, LocalError> {
    let mut sizes = Vec::new();
    let mut request = json!({ "TableName": TABLE });
    for _ in 0..SCAN_PAGES_MAX {
        let fault = |e: serde_json::Error| LocalError::database("read the table", e);
        let page = system.engines().database().scan(serde_json::from_value(request).map_err(fault)?);
        let page = page.map_err(|e| LocalError::database("read the table", e))?;
        let page = serde_json::to_value(page).map_err(fault)?;
        for item in page.get("Items").and_then(Value::as_array).into_iter().flatten() {
            let sort_key = item.pointer("/SK/S").and_then(Value::as_str).unwrap_or_default();
            if sort_key.starts_with("TIMELINE#") {
                sizes.push(item_bytes(item));
            }
        }
        match page.get("LastEvaluatedKey").filter(|key| !key.is_null()) {
            None => break,
            Some(key) => request = json!({ "TableName": TABLE, "ExclusiveStartKey": key }),
        }
    }
    Ok(sizes)
}

/// Names and values of an item in bytes: texts as they are, binaries decoded, numbers by their digits.
fn item_bytes(item: &Value) -> usize {
    let fields = item.as_object().into_iter().flatten();
    fields.map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> usize {
    let Some((kind, inner)) = value.as_object().and_then(|fields| fields.iter().next()) else { return 0 };
    match (kind.as_str(), inner) {
        ("S", Value::String(text)) => text.len(),
        ("B", Value::String(base64)) => base64.trim_end_matches('=').len() * 3 / 4,
        ("N", Value::String(digits)) => digits.len() / 2 + 2,
        ("L", Value::Array(members)) => {
            3 + members.iter().map(|member| 1 + value_bytes(member)).sum::<usize>()
        }
        ("M", map) => 3 + item_bytes(map),
        _ => 1,
    }
}

/// Formats a ratio with two decimals, truncated.
fn hundredths(count: u64, of: u64) -> String {
    let hundredths = count * 100 / of.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
