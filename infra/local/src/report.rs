//! Tables for a person: statements, outages, notices, exports, targets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use comfy_table::{Cell, Color, Table};
use events::Target;
use events::target::TargetCheck;
use serde_json::Value;
use sla::availability::Verdict;
use sla::ledger::Entry;
use sla::{Instant, Money, Month, Statement};
use verify::new_table;

use crate::error::LocalError;
use crate::stand_ins::topics::PublishedMessage;
use crate::system::System;

/// The most outages listed, longest first.
const OUTAGES_SHOWN_MAX: usize = 12;

/// The most targets listed.
const TARGETS_SHOWN_MAX: usize = 20;

/// The audiences, in the order of their columns.
const AUDIENCES: [&str; 3] = ["customer", "operations", "finance"];

/// Reports the system's content: a heading and a table each for statements, outages, notices, exports
/// and targets.
pub async fn tell(system: &System) -> Result<String, LocalError> {
    let statements = system.statements().await?;
    let published = system.engines().topics().published()?;
    let sections = [
        outages_table(&statements),
        breaches_table(&published),
        notices_table(&published),
        statements_tables(&statements),
        ledger_table(&ledger(system, &statements).await?),
        exports_table(&system.engines().objects())?,
        targets_table(&targets(system).await?),
    ];
    Ok(sections.join("\n\n"))
}

/// Returns the targets that the system checks, as many as are listed.
async fn targets(system: &System) -> Result<Vec<Target>, LocalError> {
    let targets = system.directory().targets_page(None, TARGETS_SHOWN_MAX).await;
    targets.map_err(|e| LocalError::database("read the targets", e))
}

/// Lists the targets: the service of each, what is checked, how often, and from which region.
fn targets_table(targets: &[Target]) -> String {
    let mut table = new_table(&["Service", "Target", "Each", "Region"], &[2]);
    for target in targets {
        let check = match &target.check {
            TargetCheck::Http(http) => http.url.to_string(),
            TargetCheck::Tcp(tcp) => format!("{}:{}", tcp.host, tcp.port),
            TargetCheck::Tls(tls) => format!("{}:{}", tls.host, tls.port),
            TargetCheck::Dns(dns) => dns.name.to_string(),
        };
        let every = format!("{} s", target.interval_s);
        table.add_row([target.service_id.to_string(), check, every, target.region.to_string()]);
    }
    section(&format!("Watched: {} targets", targets.len()), &table)
}

/// Returns the ledger of the statements' months, in order.
async fn ledger(system: &System, statements: &[Statement]) -> Result<Vec<Entry>, LocalError> {
    let months: BTreeSet<Month> = statements.iter().map(|statement| statement.month).collect();
    let mut entries = Vec::new();
    for month in months {
        entries.extend(system.ledger(month).await?);
    }
    Ok(entries)
}

/// Lists the ledger: credits granted, reversed, or lapsed because nobody claimed them in time.
fn ledger_table(entries: &[Entry]) -> String {
    let header = ["Month", "Service", "For", "State", "Amount", "Bill"];
    let mut table = new_table(&header, &[4]);
    for entry in entries {
        table.add_row([
            entry.month.to_string(),
            entry.service_id.to_string(),
            entry.kind.as_str().to_owned(),
            entry.state.as_str().to_owned(),
            format!("{} {}", entry.currency.major(entry.amount_minor), entry.currency),
            entry.billing_month.map_or_else(|| "–".to_owned(), |month| month.to_string()),
        ]);
    }
    let heading = match entries.len() {
        0 => "Ledger: no entries".to_owned(),
        count => format!("Ledger: {count} entries"),
    };
    section(&heading, &table)
}

/// Lists statements, one table a month: promised and kept availability, verdict and credit; breaches first.
pub fn statements_tables(statements: &[Statement]) -> String {
    let mut months: BTreeMap<Month, Vec<&Statement>> = BTreeMap::new();
    for statement in statements {
        months.entry(statement.month).or_default().push(statement);
    }
    if months.is_empty() {
        return "Statements: none".to_owned();
    }
    let tables: Vec<String> = months.into_iter().map(|(month, own)| month_table(month, own)).collect();
    tables.join("\n\n")
}

fn month_table(month: Month, mut statements: Vec<&Statement>) -> String {
    statements.sort_by_key(|statement| (severity(statement.verdict), statement.service_id.clone()));
    let header = ["Service", "Promised", "Kept", "Down", "Unknown", "Verdict", "Credit"];
    let mut table = new_table(&header, &[1, 2, 3, 4, 6]);
    for statement in &statements {
        table.add_row([
            Cell::new(&statement.service_id),
            Cell::new(&statement.commitment_pct),
            Cell::new(statement.availability_pct.as_deref().unwrap_or("–")),
            Cell::new(duration(statement.seconds.down)),
            Cell::new(duration(statement.seconds.unknown)),
            verdict_cell(statement.verdict, verdict_words(statement.verdict)),
            Cell::new(amount(statement.credit.amount)),
        ]);
    }
    let mut credits: BTreeMap<&str, Money> = BTreeMap::new();
    for credit in statements.iter().map(|statement| statement.credit.amount).filter(|credit| credit.minor > 0)
    {
        let total = credits.entry(credit.currency.code());
        total.and_modify(|total| total.minor += credit.minor).or_insert(credit);
    }
    let totals: Vec<String> = credits.values().map(|total| amount(*total)).collect();
    let breached = statements.iter().filter(|statement| statement.verdict == Verdict::Breached).count();
    let heading = format!(
        "Statements of {month}: {} closed, {breached} breached, worth {}",
        statements.len(),
        if totals.is_empty() { "nothing".to_owned() } else { totals.join(" + ") }
    );
    section(&heading, &table)
}

pub(crate) fn verdict_words(verdict: Verdict) -> String {
    verdict.as_str().replace('_', " ")
}

/// Builds a cell in the colour of a verdict, which a terminal alone shows.
pub(crate) fn verdict_cell(verdict: Verdict, words: String) -> Cell {
    let cell = Cell::new(words);
    match verdict {
        Verdict::Breached => cell.fg(Color::Red),
        Verdict::Indeterminate => cell.fg(Color::Yellow),
        Verdict::Met => cell.fg(Color::Green),
        Verdict::NotApplicable => cell,
    }
}

/// Ranks verdicts by urgency, most urgent first.
const fn severity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Breached => 0,
        Verdict::Indeterminate => 1,
        Verdict::Met => 2,
        Verdict::NotApplicable => 3,
    }
}

/// Lists breaches as customers were told of them, in order.
pub fn breaches_table(published: &[PublishedMessage]) -> String {
    let breached = |message: &&PublishedMessage| {
        message.topic.ends_with("customer")
            && message.attributes.get("kind").is_some_and(|kind| kind == "availability.breached")
    };
    let mut table =
        new_table(&["Service", "Since (UTC)", "Down", "Allowed", "Best %", "Claim until (UTC)"], &[2, 3, 4]);
    let mut count = 0;
    for message in published.iter().filter(breached) {
        let text = |at: &str| message.message.pointer(at).and_then(Value::as_str).unwrap_or("–").to_owned();
        let seconds = |at: &str| message.message.pointer(at).and_then(Value::as_i64).unwrap_or(0);
        let instant = |at: &str| text(at).parse().map_or_else(|_| "outage still open".to_owned(), minute);
        table.add_row([
            text("/service_id"),
            instant("/data/breach/occurred_at"),
            duration(seconds("/data/breach/down_s")),
            duration(seconds("/data/breach/allowed_s")),
            text("/data/breach/best_pct"),
            instant("/data/breach/claim_until"),
        ]);
        count += 1;
    }
    section(&format!("Breaches: {count} told to customers, when they became certain"), &table)
}

/// Lists the longest outages of all statements.
pub fn outages_table(statements: &[Statement]) -> String {
    let mut outages: Vec<_> = statements
        .iter()
        .flat_map(|statement| statement.outages.iter().map(move |outage| (&statement.service_id, outage)))
        .collect();
    outages.sort_by_key(|(service, outage)| (-outage.down_s, outage.started_at, service.to_string()));
    let mut table = new_table(&["Service", "Began (UTC)", "Ended (UTC)", "Counted", "Excluded"], &[3, 4]);
    for (service, outage) in outages.iter().take(OUTAGES_SHOWN_MAX) {
        table.add_row([
            service.to_string(),
            minute(outage.started_at),
            if outage.ongoing { "goes on".to_owned() } else { minute(outage.ended_at) },
            duration(outage.down_s),
            duration(outage.excluded_s),
        ]);
    }
    let heading = match outages.len() {
        count if count > OUTAGES_SHOWN_MAX => format!("Outages: the {OUTAGES_SHOWN_MAX} longest of {count}"),
        count => format!("Outages: {count}"),
    };
    section(&heading, &table)
}

/// The prefix of the names of customers' own topics.
const OWN_TOPICS: &str = "nines-customer-";

/// Counts published messages by kind and audience.
pub fn notices_table(published: &[PublishedMessage]) -> String {
    let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for message in published {
        let kind = message.attributes.get("kind").map_or("–", String::as_str);
        let audience = AUDIENCES.iter().position(|audience| message.topic.ends_with(audience));
        if let Some(count) = audience.and_then(|place| counts.entry(kind).or_default().get_mut(place)) {
            *count += 1;
        }
    }
    let mut table = new_table(&["Notice", "Customers", "Operations", "Finance"], &[1, 2, 3]);
    for (kind, row) in &counts {
        let shown = row.map(|count| if count == 0 { "–".to_owned() } else { count.to_string() });
        table.add_row(std::iter::once((*kind).to_owned()).chain(shown));
    }
    let own = published.iter().filter(|message| message.topic.starts_with(OWN_TOPICS)).count();
    let of_them = if own == 0 { String::new() } else { format!(", {own} of them to customers' own topics") };
    section(&format!("Notices: {} published{of_them}", published.len()), &table)
}

/// Lists the files of the exports, by name.
fn exports_table(objects: &Path) -> Result<String, LocalError> {
    let mut files = Vec::new();
    list_files(objects, "", &mut files)?;
    files.sort();
    let mut table = new_table(&["File", "Bytes"], &[1]);
    for (name, bytes) in &files {
        table.add_row([name.clone(), bytes.to_string()]);
    }
    Ok(section(&format!("Exports: {} files", files.len()), &table))
}

/// Lists the files of a folder, down to the depth of exports: exports, month, revision, file.
fn list_files(folder: &Path, prefix: &str, into: &mut Vec<(String, u64)>) -> Result<(), LocalError> {
    let fault = |e| LocalError::io("read the folder", folder, e);
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata().map_err(fault)?;
        if metadata.is_dir() {
            list_files(&entry.path(), &format!("{name}/"), into)?;
        } else {
            into.push((name, metadata.len()));
        }
    }
    Ok(())
}

pub(crate) fn section(heading: &str, table: &Table) -> String {
    if table.row_count() == 0 { heading.to_owned() } else { format!("{heading}\n{}", table.trim_fmt()) }
}

fn amount(money: Money) -> String {
    if money.minor == 0 {
        return "–".to_owned();
    }
    // Amounts are below 2^53 by their type.
    let minor = i64::try_from(money.minor).unwrap_or(i64::MAX);
    format!("{} {}", money.currency.major(minor), money.currency.code())
}

fn minute(instant: Instant) -> String {
    instant.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// Formats a duration in its two largest units that are not zero.
fn duration(seconds: i64) -> String {
    let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut shown = Vec::new();
    for (unit, name) in parts {
        if rest >= unit && shown.len() < 2 {
            shown.push(format!("{} {name}", rest / unit));
        }
        rest %= unit;
    }
    if shown.is_empty() { "–".to_owned() } else { shown.join(" ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sla::statement::Inputs;

    use super::*;

    /// A statement of a service with the given fee and only the given checks.
    fn statement(service_id: &str, fee: u64, currency: &str) -> Statement {
        let inputs: Inputs = serde_json::from_value(json!({
            "service": {
                "service_id": service_id, "customer_id": "cust-1", "name": "S", "plan": "standard",
                "monthly_fee": {"minor": fee, "currency": currency}, "region": "eu", "time_zone": "UTC",
                "activated_at": "2026-05-31T00:00:00Z", "resolution_s": 60, "check_interval_s": 60,
                "max_silence_s": null, "quorum": 1,
            },
            "month": "2026-06", "revision": 1, "as_of": "2026-07-02T00:00:00Z",
            "terms": sla::Terms::built_in(), "windows": [],
            "probes": [{
                "probe": "p", "carried_in": {"slot": "2026-05-31T00:00:00Z", "status": "up"},
                "chunks": [down("2026-06-12T00:00:00Z", 75), down("2026-06-30T00:00:00Z", 1_440)],
            }],
        }))
        .unwrap();
        inputs.statement().unwrap().unwrap()
    }

    /// A day whose first `minutes` are down, and the next minute up.
    fn down(day: &str, minutes: i64) -> Value {
        let start: Instant = day.parse().unwrap();
        let mut chunk = sla::Chunk::empty(start, sla::Resolution::try_from(60).unwrap());
        let end = start.plus_s(minutes * 60);
        chunk.join(sla::Span::new(start, end), sla::Status::Down);
        chunk.join(sla::Span::new(end, end.plus_s(60)), sla::Status::Up);
        serde_json::to_value(sla::timeline::EncodedChunk { start, slots: chunk.encode() }).unwrap()
    }

    #[test]
    fn the_tables_tell_what_happened_within_110_columns() {
        let name = "the-longest-service-name-that-an-id-may-have-is-of-64-characters";
        let statements = [statement("api", 49_900, "EUR"), statement(name, 120_000, "JPY")];
        let opened = ("outage.opened", Value::Null);
        let breach = json!({
            "occurred_at": "2026-06-12T00:44:00Z", "down_s": 2640, "allowed_s": 2592, "best_pct": "99.8981",
        });
        let breached = ("availability.breached", json!({"service_id": "api", "data": {"breach": breach}}));
        let sent = [("customer", &opened), ("operations", &opened), ("customer", &breached)];
        let published = sent.map(|(audience, (kind, message))| PublishedMessage {
            topic: format!("nines-{audience}"),
            attributes: [("kind".to_owned(), (*kind).to_owned())].into(),
            subject: None,
            message: message.clone(),
            email: None,
        });
        let tables = [
            outages_table(&statements),
            breaches_table(&published),
            notices_table(&published),
            statements_tables(&statements),
        ];
        let told = tables.join("\n\n");
        assert!(told.lines().all(|line| line.chars().count() <= usize::from(verify::COLUMNS_MAX)), "{told}");
        insta::assert_snapshot!(told);
    }
}
