//! Month ends: progress of the close, the exports to finance, and the bills.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use events::command::Subject;
use pages::desk::{
    CurrencyTotal, ExportRevision, MonthFruits, MonthLine, MonthPage, Months, OpenService, Part, VerdictTotal,
};
use sla::availability::Verdict;
use sla::ledger::EntryState;
use sla::{Instant, Money, Month, Statement, TermsBook, Zone};
use table::{ExportState, MonthEnd, Table, TableError, Versioned};
use web::{Page, Parameters, Session, fault, optional, part, shown};

use crate::Desk;
use crate::changes::trail;

/// Months per page; each is counted anew.
const PAGE_MAX: usize = 3;
/// The verdicts, in display order.
const VERDICTS: [Verdict; 4] =
    [Verdict::Met, Verdict::Breached, Verdict::Indeterminate, Verdict::NotApplicable];

/// Lists the months that have ended, the latest first.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<Month> = optional("after", query.after.as_deref())?;
    let visit = desk.visit(&session, Part::Months, query.done.as_deref())?;
    let table = visit.staff.table();
    let mut month = after.unwrap_or(Month::of(visit.now, Zone::UTC)).previous();
    let mut months = Vec::new();
    for _ in 0..PAGE_MAX {
        months.push(look(table, month).await.map_err(fault)?);
        month = month.previous();
    }
    // Before the first month with a service there is nothing to see.
    let after = months.last().filter(|line| line.services > 0).map(|line| line.month);
    shown(pages::desk::months(&visit.frame, &Months { months, after }))
}

/// Reads the progress of a month's end.
async fn look(table: &Table, month: Month) -> Result<MonthLine, TableError> {
    let (end, exports) = (table.month_end(month).await?, table.exports(month).await?);
    Ok(line_of(month, &end, &exports, table.invoiced_to().await?))
}

/// Reads the export and the bills of a month.
pub async fn fruits(table: &Table, month: Month) -> Result<MonthFruits, TableError> {
    Ok(fruits_of(month, &table.exports(month).await?, table.invoiced_to().await?))
}

fn fruits_of(month: Month, exports: &[Versioned<ExportState>], invoiced_to: Option<Month>) -> MonthFruits {
    let written = exports.iter().filter(|export| export.value.manifest_sha256.is_some());
    MonthFruits {
        month,
        export_revision: written.map(|export| export.value.revision).max().unwrap_or(0),
        is_invoiced: invoiced_to.is_some_and(|to| month <= to),
    }
}

fn line_of(
    month: Month,
    end: &MonthEnd,
    exports: &[Versioned<ExportState>],
    invoiced_to: Option<Month>,
) -> MonthLine {
    MonthLine {
        month,
        services: end.stated.len() + end.open_count,
        closed: end.stated.len(),
        indeterminate: end.stated.iter().filter(|statement| statement.waits_for_review()).count(),
        fruits: fruits_of(month, exports, invoiced_to),
        is_whole: end.is_whole,
    }
}

/// Shows a month's end.
pub async fn page(
    State(desk): State<Desk>,
    session: Session,
    Path(month): Path<String>,
    Query(query): Query<Parameters>,
) -> Page {
    let month: Month = part("month", &month)?;
    let visit = desk.visit(&session, Part::Months, query.done.as_deref())?;
    let table = visit.staff.table();
    let (end, exports) =
        (table.month_end(month).await.map_err(fault)?, table.exports(month).await.map_err(fault)?);
    let invoiced_to = table.invoiced_to().await.map_err(fault)?;
    let terms = table.terms().await.map_err(fault)?;
    let view = MonthPage {
        line: line_of(month, &end, &exports, invoiced_to),
        earlier: Some(month.previous()),
        later: Some(month.next()).filter(|later| later.start(Zone::UTC) <= visit.now),
        open: open(&end, month, &terms),
        totals: totals(&end.stated),
        entered: entered(&end),
        exports: exports.into_iter().map(|export| revision(export.value)).collect(),
        invoiced_to,
        trail: trail(table, Subject::Bills, &[&month.to_string()]).await.map_err(fault)?,
    };
    shown(pages::desk::month(&visit.frame, &view))
}

fn open(end: &MonthEnd, month: Month, terms: &TermsBook) -> Vec<OpenService> {
    let open = |service: &sla::Service| OpenService {
        service_id: service.service_id.clone(),
        service_name: service.name.clone(),
        closes_at: terms.closes_at(month, service.time_zone),
        time_zone: service.time_zone,
    };
    let mut all: Vec<OpenService> = end.open.iter().map(open).collect();
    all.sort_by_key(|service| service.closes_at);
    all
}

fn totals(stated: &[Statement]) -> Vec<VerdictTotal> {
    let of_verdict = |verdict: Verdict| {
        let own: Vec<&Statement> = stated.iter().filter(|statement| statement.verdict == verdict).collect();
        let mut worth: BTreeMap<&str, Money> = BTreeMap::new();
        for Statement { credit, .. } in &own {
            let currency = credit.amount.currency;
            worth.entry(currency.code()).or_insert(Money { minor: 0, currency }).minor += credit.amount.minor;
        }
        let worth = worth.into_values().filter(|money| money.minor > 0).collect();
        VerdictTotal { verdict, statements: own.len(), worth }
    };
    VERDICTS.into_iter().map(of_verdict).filter(|total| total.statements > 0).collect()
}

/// Adds up the ledger entries by currency: reversals are negative, so the sums are the amounts to pay.
fn entered(end: &MonthEnd) -> Vec<CurrencyTotal> {
    let mut totals: BTreeMap<&str, CurrencyTotal> = BTreeMap::new();
    for entry in &end.entries {
        let none = CurrencyTotal { payable_minor: 0, lapsed_minor: 0, currency: entry.currency };
        let total = totals.entry(entry.currency.code()).or_insert(none);
        match entry.state {
            EntryState::Approved | EntryState::Reversal => total.payable_minor += entry.amount_minor,
            EntryState::Lapsed => total.lapsed_minor += entry.amount_minor,
        }
    }
    totals.into_values().collect()
}

fn revision(export: ExportState) -> ExportRevision {
    let ExportState { revision, frozen_at, manifest_sha256, .. } = export;
    ExportRevision { revision, frozen_at, manifest_sha256, files: Vec::new() }
}

/// Returns the last month that has ended.
pub fn last_ended(now: Instant) -> Month {
    Month::of(now, Zone::UTC).previous()
}
