//! Closes months: statements, credits, and everything that arrives after the close.
//! parse → load (`table`) → decide (`sla::cause`) → save, under the service's standing.

mod erasing;
mod event;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use events::Posting;
use events::answer::{ClosedAnswer, StatementsAnswer};
use events::input;
use outcome::{Clock, Failure};
use serde_json::{Value, json};
use sla::cause::Cause;
use sla::closing::LateChanges;
use sla::{Instant, Month, ServiceId, Statement};
use table::{
    ATTEMPTS_MAX, Attempts, Committed, CompanionItems, LateMark, NOTICES_PER_TRANSACTION_MAX,
    ServiceAssessment, ServiceMonth, Table,
};

use event::Event;
use tally::Tally;

pub use erasing::Years;

/// Services per page of the directory.
const PAGE: usize = 100;
/// Marks that one restatement shrinks, two items each; its results take the rest of the transaction's 100.
const MARKS_AT_ONCE: usize = 12;
/// Months before its registration for which a service can have statements: ten years, as registration allows.
const READING_MONTHS_MAX: usize = 120;
/// Pages of the directory: a million services.
const PAGES_MAX: usize = 10_000;

/// Handles one event: one service, a page of services, every service, or the daily run. `kept_for` says how
/// long after the contract personal data are kept; for ever if absent.
///
/// # Errors
/// Returns a refusal that says what to do, or a fault if the table fails.
pub async fn handle(
    table: &Table,
    clock: &Clock,
    event: &[u8],
    kept_for: Option<Years>,
) -> Result<Value, Failure> {
    let now = clock.now();
    let answer = match Event::of(&input::parse(event)?, now)? {
        Event::One { month, service_id, as_of } => {
            let statement = Box::pin(one(table, &service_id, month, as_of, now)).await?;
            serde_json::to_value(StatementsAnswer { statements: statement.into_iter().collect() })
        }
        Event::Some { month, service_ids } => {
            let mut tally = Tally::default();
            close_each(table, &service_ids, month, now, &mut tally).await;
            serde_json::to_value(tally.answer(month)?)
        }
        Event::Every { month } => serde_json::to_value(every(table, month, now).await?),
        Event::Daily => Ok(json!({ "restated": daily(table, now, kept_for).await? })),
    };
    answer.map_err(Failure::unexpected)
}

/// Returns the statement of one service-month, which it closes if that is due; otherwise a provisional one.
async fn one(
    table: &Table,
    id: &ServiceId,
    month: Month,
    as_of: Option<Instant>,
    now: Instant,
) -> Result<Option<Statement>, Failure> {
    let known = load(table, id, month).await?;
    let closes_at = closes_at(table, &known, month, now).await?;
    if known.newest.is_none() && !known.service.is_stated_in(month) {
        return Ok(None);
    }
    let as_of = as_of.unwrap_or(now);
    if as_of >= closes_at {
        return close_one(table, known, month, closes_at, now).await;
    }
    let inputs = table.gather(&known, as_of, now).await?;
    inputs.statement().map_err(Failure::unexpected)
}

async fn every(table: &Table, month: Month, now: Instant) -> Result<ClosedAnswer, Failure> {
    let (mut tally, mut after) = (Tally::default(), None);
    for _ in 0..PAGES_MAX {
        let page = table.services_page(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return tally.answer(month) };
        after = Some(last.service_id.clone());
        let ids: Vec<ServiceId> = page.into_iter().map(|service| service.service_id).collect();
        close_each(table, &ids, month, now, &mut tally).await;
    }
    Err(Failure::unexpected(format!("the directory has more than {PAGES_MAX} pages")))
}

/// Closes the month of each service that is due; one failure does not stop the others.
async fn close_each(table: &Table, ids: &[ServiceId], month: Month, now: Instant, tally: &mut Tally) {
    for id in ids {
        let outcome = Box::pin(close_if_due(table, id, month, now)).await;
        if let Err(failure) = &outcome {
            tracing::error!(service_id = %id, %month, "cannot close a month: {}", failure.message());
        }
        tally.add(id, outcome);
    }
}

async fn close_if_due(
    table: &Table,
    id: &ServiceId,
    month: Month,
    now: Instant,
) -> Result<Option<Statement>, Failure> {
    let known = load(table, id, month).await?;
    let closes_at = closes_at(table, &known, month, now).await?;
    if now < closes_at || (known.newest.is_none() && !known.service.is_stated_in(month)) {
        return Ok(None);
    }
    close_one(table, known, month, closes_at, now).await
}

async fn load(table: &Table, id: &ServiceId, month: Month) -> Result<ServiceMonth, Failure> {
    let missing = || Failure::NotFound(format!("service_id: `{id}` is not registered: register it first"));
    table.service_month(id, month).await?.ok_or_else(missing)
}

async fn closes_at(
    table: &Table,
    known: &ServiceMonth,
    month: Month,
    now: Instant,
) -> Result<Instant, Failure> {
    if let Some(newest) = &known.newest {
        return Ok(newest.statement.as_of);
    }
    let close_after_h = table.terms_now(now).await?.in_force(month).close_after_h;
    Ok(known.service.closes_at(month, close_after_h))
}

/// Closes a loaded service-month once; if another run was first, returns the newest statement.
async fn close_one(
    table: &Table,
    known: ServiceMonth,
    month: Month,
    closes_at: Instant,
    now: Instant,
) -> Result<Option<Statement>, Failure> {
    let id = known.service.service_id.clone();
    let mut loaded = Some(known);
    let mut attempts = Attempts::default();
    while attempts.begin().await {
        let mut known = match loaded.take() {
            Some(known) => known,
            None => load(table, &id, month).await?,
        };
        if let Some(newest) = known.newest {
            return Ok(Some(newest.statement));
        }
        whole(&known, now)?;
        let ServiceAssessment { assessment, idle, .. } = &table.looked_at(&known, now).await?;
        if assessment.facts.len() >= NOTICES_PER_TRANSACTION_MAX {
            table.say_everything(&id, &[], now).await?;
            continue;
        }
        let inputs = &table.gather(&known, closes_at, now).await?;
        let outage_after = table.outage_after(&known, &[inputs], now).await?;
        let posting = Posting::of(&known.known(None, outage_after, now), Cause::Close { inputs, assessment });
        let posting = posting.map_err(Failure::unexpected)?;
        if !posting.changes(&known.standing.announcements) {
            return Ok(None);
        }
        known.standing.due_at = assessment.due_at;
        if known.standing.announcements.open_from == month {
            known.standing.retire(idle, month.start(known.service.time_zone));
        }
        if table.post(&known, &posting, &CompanionItems::default(), now).await? == Committed::Done {
            return Ok(posting.statement.map(|(statement, _)| statement));
        }
    }
    Err(Failure::unexpected(format!(
        "other writers changed the service {ATTEMPTS_MAX} times in a row: try again"
    )))
}

/// Fails while a batch of checks for the service is only partly written.
fn whole(known: &ServiceMonth, now: Instant) -> Result<(), Failure> {
    known.standing.in_parts_until(now).map_or(Ok(()), |until| {
        let id = &known.service.service_id;
        Err(Failure::unexpected(format!("checks of `{id}` are being recorded: try again after {until}")))
    })
}

/// Restates the closed months touched since the last daily run; returns their number.
async fn daily(table: &Table, now: Instant, kept_for: Option<Years>) -> Result<usize, Failure> {
    let unread = Box::pin(close_for_reading(table, now)).await.err();
    let unerased = Box::pin(erasing::erase(table, now, kept_for)).await.err();
    let mut services: BTreeMap<ServiceId, BTreeSet<LateMark>> = BTreeMap::new();
    for mark in table.late(now).await? {
        services.entry(mark.service_id.clone()).or_default().insert(mark);
    }
    let (mut restated, mut first_failure) = (0, None);
    for (service_id, marks) in services {
        if let Err(failure) = Box::pin(restate_service(table, marks, now, &mut restated)).await {
            tracing::error!(%service_id, "cannot restate a month: {}", failure.message());
            first_failure.get_or_insert(failure);
        }
    }
    first_failure.or(unread).or(unerased).map_or(Ok(restated), Err)
}

/// Closes the months before registration for which services requested statements.
async fn close_for_reading(table: &Table, now: Instant) -> Result<(), Failure> {
    let mut first_failure = None;
    for id in table.reading_due(now).await? {
        let closed = async {
            let service = table.service(&id).await?.map(|found| found.value.object);
            for month in
                service.iter().flat_map(|service| service.months_for_reading()).take(READING_MONTHS_MAX)
            {
                Box::pin(close_if_due(table, &id, month, now)).await?;
            }
            Ok::<_, Failure>(table.reading_done(&id).await?)
        };
        if let Err(failure) = closed.await {
            tracing::error!(service_id = %id, "cannot close months for reading: {}", failure.message());
            first_failure.get_or_insert(failure);
        }
    }
    first_failure.map_or(Ok(()), Err)
}

/// Restates the months that a service's marks reach, the earliest first. Each restatement moves its marks
/// past the month, so that an interrupted run continues there.
async fn restate_service(
    table: &Table,
    mut marks: BTreeSet<LateMark>,
    now: Instant,
    restated: &mut usize,
) -> Result<(), Failure> {
    while let Some(month) = marks.iter().map(|mark| mark.from).min() {
        let due: Vec<LateMark> = marks.extract_if(.., |mark| mark.from == month).collect();
        // The first chunk restates for all marks of the month; the others only move their marks.
        for some in due.chunks(MARKS_AT_ONCE) {
            *restated += usize::from(restate_one(table, &due, some, now).await?);
        }
        marks.extend(due.iter().filter_map(LateMark::after_first));
    }
    Ok(())
}

/// Restates a service-month if its marks change anything, and shrinks `dealt_with`; returns true if restated.
async fn restate_one(
    table: &Table,
    marks: &[LateMark],
    dealt_with: &[LateMark],
    now: Instant,
) -> Result<bool, Failure> {
    let Some(LateMark { service_id, from: month, .. }) = marks.first() else { return Ok(false) };
    let Some(late) = LateChanges::of(marks.iter().map(LateMark::is_checks)) else { return Ok(false) };
    let mut attempts = Attempts::default();
    while attempts.begin().await {
        let known = load(table, service_id, *month).await?;
        whole(&known, now)?;
        let posting = table.restatement(&known, late, now).await?;
        let beside = CompanionItems { dealt_with: dealt_with.to_vec(), ..CompanionItems::default() };
        if table.post(&known, &posting, &beside, now).await? == Committed::Done {
            return Ok(posting.statement.is_some());
        }
    }
    Err(Failure::unexpected(format!(
        "other writers changed the service {ATTEMPTS_MAX} times in a row: try again"
    )))
}
