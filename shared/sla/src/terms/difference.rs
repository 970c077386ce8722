//! Differences between two revisions, in lines such as `Premium plan, uptime: 99.95 % → 99.97 %`. Both are
//! written out as facts in words and compared fact by fact, so that no field can be missed.

use super::lint::time;
use super::{ClaimMode, ClockPromise, CreditStep, EscalationStep, LevelPromise, PlanPromise, Terms};
use crate::clause::Clause;
use crate::ticket::{ClockKind, Level, Threshold};
use crate::{Month, Plan};

/// The value for a region without a latency promise of its own.
const AS_ELSEWHERE: &str = "as in every other region";

/// A fact about a revision, in words.
struct Fact {
    label: String,
    value: String,
}

/// Lists all differences between two revisions, a line each; empty if they are equal.
pub fn difference(old: &Terms, new: &Terms) -> Vec<String> {
    lines(identity(old), identity(new)).into_iter().chain(changes(old, new)).collect()
}

/// Lists the changes that concern customers: the difference without the document's own name and number.
pub fn changes(old: &Terms, new: &Terms) -> Vec<String> {
    lines(promises(old), promises(new))
}

fn lines(old: Vec<Fact>, new: Vec<Fact>) -> Vec<String> {
    let value = |facts: &[Fact], label: &str| {
        facts
            .iter()
            .find(|fact| fact.label == label)
            .map_or(AS_ELSEWHERE.to_owned(), |fact| fact.value.clone())
    };
    let gone = old.iter().filter(|fact| !new.iter().any(|other| other.label == fact.label));
    let labels = new.iter().chain(gone).map(|fact| &fact.label);
    let pairs = labels.map(|label| (label, value(&old, label), value(&new, label)));
    pairs
        .filter(|(_, old, new)| old != new)
        .map(|(label, old, new)| format!("{label}: {old} → {new}"))
        .collect()
}

fn fact(label: impl Into<String>, value: impl Into<String>) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

fn identity(terms: &Terms) -> Vec<Fact> {
    let since = terms.effective_from;
    let since = if since == Month::first() { "the beginning".to_owned() } else { since.to_string() };
    vec![
        fact("Document", terms.terms_id.as_str()),
        fact("Revision", terms.revision.to_string()),
        fact("In force from", since),
        fact(
            "One person alone reviews up to",
            format!("{} % of the monthly fee", terms.reviews.single_person_up_to_pct),
        ),
    ]
}

fn promises(terms: &Terms) -> Vec<Fact> {
    let Terms { maintenance, exclusions, .. } = terms;
    let mut facts: Vec<Fact> =
        Plan::ALL.iter().flat_map(|plan| of_plan(*plan, terms.promise(*plan))).collect();
    facts.push(fact(
        "Customers are warned before a breach at",
        share(&terms.warnings_pct, "allowed downtime"),
    ));
    facts.extend(metrics(terms));
    facts.extend(money(terms));
    facts.extend(Level::ALL.iter().flat_map(|level| of_level(*level, terms.levels.promise(*level))));
    let warnings: Vec<i64> = terms.tickets.warnings_pct.iter().map(|percent| i64::from(*percent)).collect();
    let clauses: Vec<&str> = exclusions.clauses.iter().map(|clause| named(*clause)).collect();
    let clauses = if clauses.is_empty() { "no clause".to_owned() } else { clauses.join(", ") };
    facts.extend([
        fact("Staff are warned of a ticket at", share(&warnings, "limit")),
        fact("A ticket can be reopened", format!("within {}", days(terms.tickets.reopen_days))),
        fact("Maintenance is announced", format!("at least {} h ahead", maintenance.notice_h)),
        fact("Customers are reminded of maintenance", format!("{} h ahead", maintenance.reminder_h)),
        fact("Time can be excluded because of", clauses),
        fact("An exclusion is raised", format!("within {}", days(exclusions.raise_days))),
        fact("An exclusion can be disputed", format!("within {}", days(exclusions.dispute_days))),
        fact("A month is closed", format!("{} h after its end", terms.close_after_h)),
        fact("A new revision is announced", format!("at least {} ahead", days(terms.notice_days))),
    ]);
    facts
}

fn of_plan(plan: Plan, promise: &PlanPromise) -> [Fact; 3] {
    let name = match plan {
        Plan::Standard => "Standard plan",
        Plan::Premium => "Premium plan",
        Plan::Enterprise => "Enterprise plan",
    };
    let floor = promise.throughput_floor_kbps;
    let floor = floor.map_or("as the agreement promises to all".to_owned(), at_least);
    [
        fact(format!("{name}, uptime"), percent(promise.commitment_ppm)),
        fact(format!("{name}, throughput"), floor),
        fact(format!("{name}, a new service is measured in steps of"), format!("{} s", promise.resolution_s)),
    ]
}

fn metrics(terms: &Terms) -> Vec<Fact> {
    let metrics = &terms.metrics;
    let below = |limit_us: u32| format!("less than {} ms", thousandths(i64::from(limit_us)));
    let mut facts = vec![fact("Latency, mean of a month", below(metrics.latency.limit_us))];
    facts.extend(metrics.latency.regions.iter().map(|own| {
        let value = own.limit_us.map_or("nothing is promised".to_owned(), below);
        fact(format!("Latency in the region {}, mean of a month", own.region), value)
    }));
    facts.push(fact("Throughput, mean of a month", at_least(metrics.throughput_floor_kbps)));
    let loss = percent(i64::from(metrics.loss_limit_ppm));
    facts.push(fact("Packet loss, mean of a month", format!("less than {loss}")));
    facts
}

fn money(terms: &Terms) -> [Fact; 6] {
    let step = match terms.credits.step {
        CreditStep::ProRata => "in proportion",
        CreditStep::Started => "as a whole percent",
        CreditStep::Whole => "not at all",
    };
    let mode = match terms.claims.mode {
        ClaimMode::Claimed => "on a claim",
        ClaimMode::Automatic => "at the close of the month, without a claim",
    };
    [
        fact("Credit for every 1 % of downtime", format!("{} % of the monthly fee", terms.credits.rate_pct)),
        fact("A part of a percent of downtime counts", step),
        fact("Credit of a month at most", format!("{} % of the monthly fee", terms.credits.cap_pct)),
        fact("A credit is given", mode),
        fact("A claim is made", format!("within {}", days(i64::from(terms.claims.window_days)))),
        fact(
            "Customers are reminded to claim",
            format!("{} h before the window closes", terms.claims.reminder_h),
        ),
    ]
}

fn of_level(level: Level, promise: &LevelPromise) -> [Fact; 3] {
    let name = format!("Level {} ({})", level.number(), level.as_str());
    let range = |clock| {
        let ClockPromise { target_s, limit_s } = promise.of(clock);
        let target = target_s.map(|target_s| format!("target {}, ", time(target_s))).unwrap_or_default();
        format!("{target}limit {}", time(limit_s))
    };
    let chain: Vec<String> = promise.escalation.iter().map(step).collect();
    let chain = if chain.is_empty() { "nobody".to_owned() } else { chain.join("; ") };
    [
        fact(format!("{name}, acknowledgement"), range(ClockKind::Acknowledge)),
        fact(format!("{name}, resolution"), range(ClockKind::Resolve)),
        fact(format!("{name}, escalated to"), chain),
    ]
}

fn step(step: &EscalationStep) -> String {
    let EscalationStep { threshold, role, name, channel } = step;
    let when = match threshold {
        Threshold::Percent(percent) => format!("at {percent} % of the limit"),
        Threshold::Target => "when the target is missed".to_owned(),
        Threshold::Limit => "when the limit is missed".to_owned(),
    };
    format!("{role} ({name}, by {channel}) {when}")
}

const fn named(clause: Clause) -> &'static str {
    match clause {
        Clause::ForceMajeure => "force majeure",
        Clause::ThirdParty => "third-party outages",
        Clause::CyberAttack => "cyber attacks",
    }
}

/// Writes a list of percentages, such as `50 %, 75 % and 90 % of the limit`.
fn share(percentages: &[i64], whole: &str) -> String {
    let shares: Vec<String> = percentages.iter().map(|percent| format!("{percent} %")).collect();
    match shares.split_last() {
        None => "no time".to_owned(),
        Some((last, [])) => format!("{last} of the {whole}"),
        Some((last, rest)) => format!("{} and {last} of the {whole}", rest.join(", ")),
    }
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

fn at_least(kbps: u32) -> String {
    format!("at least {} Mbps", thousandths(i64::from(kbps)))
}

/// Writes parts per million as percent, exactly and without trailing zeros.
fn percent(ppm: i64) -> String {
    format!("{} %", decimal(ppm, 10_000, 4))
}

/// Writes thousandths of a unit, exactly and without trailing zeros.
fn thousandths(number: i64) -> String {
    decimal(number, 1_000, 3)
}

fn decimal(number: i64, unit: u64, decimals: usize) -> String {
    let (sign, size) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
    let fraction = format!("{:0decimals$}", size % unit);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", size / unit)
}
