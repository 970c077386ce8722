//! Closed months recomputed under another revision of the terms. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Cell;
use sla::performance::{MetricFigures, MetricVerdict};
use sla::terms::what_if::{WhatIf, caveats, what_if};
use sla::{Currency, Month, Statement, Terms};

use crate::error::LocalError;
use verify::new_table;

use crate::report::{section, verdict_cell, verdict_words};
use crate::system::System;

/// The sums of one currency, in minor units.
#[derive(Default)]
struct Total {
    stated: i64,
    supposed: i64,
}

/// Recomputes a month of every service under other terms, and reports what would change.
///
/// # Errors
/// Returns a fault of the database if the table cannot be read.
pub async fn tell(system: &System, terms: &Terms, month: Month) -> Result<String, LocalError> {
    let fault = |e: table::TableError| LocalError::database("read the statements", e);
    let directory = system.directory();
    let (mut recomputed, mut open) = (Vec::new(), 0);
    let mut notes = BTreeSet::new();
    for service in system.services().await? {
        let Some(newest) = directory.newest_statement(&service.service_id, month).await.map_err(fault)?
        else {
            open += 1;
            continue;
        };
        let inputs = directory.inputs(&newest).await.map_err(fault)?;
        notes.extend(caveats(&inputs.terms, terms));
        let supposed = what_if(&inputs, terms);
        recomputed.extend(supposed.map_err(|e| LocalError::database("recompute a statement", e))?);
    }
    let (terms_id, revision) = (&terms.terms_id, terms.revision);
    let mut lines = vec![table(&recomputed, &format!("{month} under revision {revision} of {terms_id}"))];
    lines.extend(totals(&recomputed));
    if open > 0 {
        lines.push(format!("Services without a closed statement of {month}, left out: {open}"));
    }
    lines.extend(notes.into_iter().map(str::to_owned));
    lines.push("Nothing was written.".to_owned());
    Ok(lines.join("\n"))
}

fn table(recomputed: &[WhatIf], heading: &str) -> String {
    let changed: Vec<&WhatIf> = recomputed.iter().filter(|what| what.changes()).collect();
    let header = ["Service", "Promised", "Verdict", "Credit", "Would be", "Change"];
    let mut table = new_table(&header, &[3, 4, 5]);
    for WhatIf { stated, supposed } in changed.iter().copied() {
        let verdict = |statement: &Statement| verdict_words(statement.verdict);
        let performance = performance(stated, supposed);
        let verdicts = std::iter::once(arrow(verdict(stated), verdict(supposed))).chain(performance);
        table.add_row([
            Cell::new(&stated.service_id),
            Cell::new(arrow(&stated.commitment_pct, &supposed.commitment_pct)),
            verdict_cell(supposed.verdict, verdicts.collect::<Vec<_>>().join("\n")),
            Cell::new(amount(stated)),
            Cell::new(amount(supposed)),
            Cell::new(change(stated.credit.amount.currency, minor(stated), minor(supposed))),
        ]);
    }
    let count =
        format!("{heading}: {} statements recomputed, {} would change", recomputed.len(), changed.len());
    section(&count, &table)
}

/// Adds up the credits by currency.
fn totals(recomputed: &[WhatIf]) -> Vec<String> {
    let mut totals: BTreeMap<&str, (Currency, Total)> = BTreeMap::new();
    for WhatIf { stated, supposed } in recomputed {
        let currency = stated.credit.amount.currency;
        let (_, total) = totals.entry(currency.code()).or_insert((currency, Total::default()));
        total.stated = total.stated.saturating_add(minor(stated));
        total.supposed = total.supposed.saturating_add(minor(supposed));
    }
    let line = |(currency, total): (Currency, Total)| {
        let Total { stated, supposed } = total;
        let code = currency.code();
        format!(
            "Certain credits in {code}: {} → {} ({})",
            currency.major(stated),
            currency.major(supposed),
            change(currency, stated, supposed)
        )
    };
    totals.into_values().map(line).collect()
}

/// Lists the metrics whose verdict would change, a line each.
fn performance(stated: &Statement, supposed: &Statement) -> Vec<String> {
    let verdict = |figures: &MetricFigures| match figures.verdict {
        MetricVerdict::Met => "met",
        MetricVerdict::Missed => "missed",
        MetricVerdict::NotMeasured => "not measured",
    };
    let pairs = stated.performance.iter().zip(&supposed.performance);
    let changed = pairs.filter(|(stated, supposed)| stated.verdict != supposed.verdict);
    let line = |(stated, supposed): (&MetricFigures, &MetricFigures)| {
        format!("{}: {}", stated.metric.as_str(), arrow(verdict(stated), verdict(supposed)))
    };
    changed.map(line).collect()
}

fn arrow<T: PartialEq + std::fmt::Display>(stated: T, supposed: T) -> String {
    if stated == supposed { stated.to_string() } else { format!("{stated} → {supposed}") }
}

/// Formats the certain amount, and the most that unknown time could make of it.
fn amount(statement: &Statement) -> String {
    let credit = &statement.credit;
    if credit.amount == credit.amount_max {
        credit.amount.to_string()
    } else {
        format!("{} to {}", credit.amount.major(), credit.amount_max)
    }
}

fn minor(statement: &Statement) -> i64 {
    // Amounts are below 2^53 by their type.
    i64::try_from(statement.credit.amount.minor).unwrap_or(i64::MAX)
}

fn change(currency: Currency, stated: i64, supposed: i64) -> String {
    let difference = supposed.saturating_sub(stated);
    match difference {
        0 => "no change".to_owned(),
        1.. => format!("+{}", currency.major(difference)),
        _ => currency.major(difference),
    }
}
