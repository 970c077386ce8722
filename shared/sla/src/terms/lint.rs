//! The linter of the terms: an error breaks arithmetic or promises the impossible; a warning is odd, but may
//! be meant. Every finding names field, value and remedy (rules, 9).

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::{ClockPromise, EscalationStep, LevelPromise, Terms};
use crate::availability::{PPM, percent_of_ppm};
use crate::text::disturbs;
use crate::ticket::{ClockKind, Level, Threshold};
use crate::{Plan, Resolution, shown};

/// Highest revision: four digits sort in the table.
pub const REVISION_MAX: i64 = 9_999;
/// Longest delay between a month's end and its close: 27 d × 24 h, so that months close in order.
pub const CLOSE_AFTER_H_MAX: i64 = 27 * 24;
/// Longest period in days: a leap year.
const DAYS_MAX: i64 = 366;
/// Longest period in hours: 366 d × 24 h.
const HOURS_MAX: i64 = DAYS_MAX * 24;
/// Longest clock: 366 d × 86,400 s.
const CLOCK_S_MAX: i64 = DAYS_MAX * 86_400;
/// Highest credit for a percent of downtime, in percent of the fee.
const RATE_PCT_MAX: i64 = 1_000;
/// Limit on regions with a latency promise of their own.
const REGIONS_MAX: usize = 200;
/// Limit on the steps of an escalation chain.
const ESCALATION_MAX: usize = 20;
/// Limit on the percentages in a list of warnings.
const WARNINGS_MAX: usize = 20;
/// Longest role, name or channel, in characters.
const WORDS_CHARS_MAX: usize = 100;
/// Shortest month: 28 d × 86,400 s.
const SHORTEST_MONTH_S: i64 = 28 * 86_400;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The document cannot be published.
    Error,
    /// The document can be published as written.
    Warning,
}

/// A finding of the linter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The field, such as `plans.premium.commitment_ppm`.
    pub field: String,
    /// The value, the mistake and the remedy.
    pub message: String,
}

impl Finding {
    /// Builds an error.
    pub fn error(field: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { severity: Severity::Error, field: field.to_string(), message: message.to_string() }
    }

    /// Builds a warning.
    pub fn warning(field: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { severity: Severity::Warning, ..Self::error(field, message) }
    }

    /// True if the finding prevents publication.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Lists the fields of a document that terms do not have. A typing error in a document about money is not
/// ignored.
pub fn unknown_fields(document: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    match serde_json::to_value(Terms::built_in()) {
        Ok(mut shape) => {
            complete(&mut shape);
            compare(document, &shape, "", &mut findings);
        }
        Err(error) => findings.push(Finding::error("terms", error)),
    }
    findings
}

/// Gives every list in a shape one element, to show the fields of its elements.
fn complete(shape: &mut Value) {
    let step = shape.pointer("/levels/critical/escalation/0").cloned();
    for level in ["critical", "degraded", "general"] {
        if let Some(chain) = shape.pointer_mut(&format!("/levels/{level}/escalation")) {
            *chain = json!([step]);
        }
    }
    shape["reviews"] = json!({ "single_person_up_to_pct": null });
    if let Some(regions) = shape.pointer_mut("/metrics/latency/regions") {
        *regions = json!([{ "region": null, "limit_us": null }]);
    }
}

fn compare(document: &Value, shape: &Value, path: &str, findings: &mut Vec<Finding>) {
    match (document, shape) {
        (Value::Object(fields), Value::Object(known)) => {
            for (name, value) in fields {
                let path = if path.is_empty() { shown(name) } else { format!("{path}.{}", shown(name)) };
                match known.get(name) {
                    Some(shape) => compare(value, shape, &path, findings),
                    None => {
                        let known: Vec<&str> = known.keys().map(String::as_str).collect();
                        let known = known.join(", ");
                        findings
                            .push(Finding::error(path, format_args!("no such field: write one of {known}")));
                    }
                }
            }
        }
        (Value::Array(values), Value::Array(known)) => {
            if let Some(shape) = known.first() {
                for (place, value) in values.iter().enumerate() {
                    compare(value, shape, &format!("{path}[{place}]"), findings);
                }
            }
        }
        _ => {}
    }
}

/// Lists everything that is wrong or odd in a revision by itself.
pub fn lint(terms: &Terms) -> Vec<Finding> {
    let mut linter = Linter { terms, findings: Vec::new() };
    linter.ranges();
    linter.exclusions();
    linter.plans();
    linter.metrics();
    linter.reminders();
    let warnings: Vec<i64> = terms.tickets.warnings_pct.iter().map(|percent| i64::from(*percent)).collect();
    linter.percentages("warnings_pct", &terms.warnings_pct);
    linter.percentages("tickets.warnings_pct", &warnings);
    for level in Level::ALL {
        linter.level(level);
    }
    linter.levels();
    linter.findings
}

/// Returns the field of a level.
const fn field(level: Level) -> &'static str {
    match level {
        Level::Critical => "levels.critical",
        Level::Degraded => "levels.degraded",
        Level::General => "levels.general",
    }
}

/// Writes hours, minutes and seconds with the hour as the largest unit, as the agreement does.
pub(super) fn time(seconds: i64) -> String {
    let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count != 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

struct Linter<'a> {
    terms: &'a Terms,
    findings: Vec<Finding>,
}

impl Linter<'_> {
    fn error(&mut self, field: impl fmt::Display, message: impl fmt::Display) {
        self.findings.push(Finding::error(field, message));
    }

    fn warn(&mut self, field: impl fmt::Display, message: impl fmt::Display) {
        self.findings.push(Finding::warning(field, message));
    }

    /// Checks a number against a range. True if it is in range.
    fn within(&mut self, field: impl fmt::Display, value: i64, range: RangeInclusive<i64>) -> bool {
        let is_within = range.contains(&value);
        if !is_within {
            let (least, most) = (range.start(), range.end());
            self.error(field, format_args!("{value} is out of range: give {least} to {most}"));
        }
        is_within
    }

    /// Checks the numbers that can be judged by themselves.
    fn ranges(&mut self) {
        let Terms { maintenance, exclusions, metrics, credits, claims, tickets, reviews, .. } = self.terms;
        let counted = 1..=i64::from(u32::MAX);
        for (field, value, range) in [
            ("revision", i64::from(self.terms.revision), 1..=REVISION_MAX),
            ("notice_days", self.terms.notice_days, 1..=DAYS_MAX),
            ("close_after_h", self.terms.close_after_h, 1..=CLOSE_AFTER_H_MAX),
            ("maintenance.notice_h", maintenance.notice_h, 0..=HOURS_MAX),
            ("maintenance.reminder_h", maintenance.reminder_h, 0..=HOURS_MAX),
            ("exclusions.raise_days", exclusions.raise_days, 1..=DAYS_MAX),
            ("exclusions.dispute_days", exclusions.dispute_days, 1..=DAYS_MAX),
            ("metrics.latency.limit_us", i64::from(metrics.latency.limit_us), counted.clone()),
            ("metrics.throughput_floor_kbps", i64::from(metrics.throughput_floor_kbps), counted),
            ("metrics.loss_limit_ppm", i64::from(metrics.loss_limit_ppm), 1..=PPM),
            ("credits.rate_pct", credits.rate_pct, 1..=RATE_PCT_MAX),
            ("credits.cap_pct", credits.cap_pct, 1..=100),
            ("claims.window_days", i64::from(claims.window_days), 1..=DAYS_MAX),
            ("claims.reminder_h", claims.reminder_h, 1..=HOURS_MAX),
            ("tickets.reopen_days", tickets.reopen_days, 1..=DAYS_MAX),
            ("reviews.single_person_up_to_pct", reviews.single_person_up_to_pct, 0..=100),
        ] {
            self.within(field, value, range);
        }
    }

    fn exclusions(&mut self) {
        let clauses = &self.terms.exclusions.clauses;
        for (place, clause) in clauses.iter().enumerate() {
            if clauses[..place].contains(clause) {
                let message = format_args!("{} is named twice: name each clause once", clause.as_str());
                self.error(format_args!("exclusions.clauses[{place}]"), message);
            }
        }
        if clauses.is_empty() {
            self.warn("exclusions.clauses", "no clause is named: nothing but maintenance can be excluded");
        }
    }

    fn plans(&mut self) {
        for plan in Plan::ALL {
            self.plan(plan);
        }
        for (lower, higher) in [(Plan::Standard, Plan::Premium), (Plan::Premium, Plan::Enterprise)] {
            let [low, high] = [lower, higher].map(|plan| self.terms.promise(plan).commitment_ppm);
            if low > high {
                let message = format_args!(
                    "{high} ({} %) is less than the {} plan promises ({} %): kept as written, but the plans \
                     are usually ordered standard, premium, enterprise",
                    percent_of_ppm(high),
                    lower.as_str(),
                    percent_of_ppm(low)
                );
                self.warn(format_args!("plans.{}.commitment_ppm", higher.as_str()), message);
            }
        }
    }

    fn plan(&mut self, plan: Plan) {
        let (name, promise) = (plan.as_str(), self.terms.promise(plan));
        let (commitment, slot) = (promise.commitment_ppm, i64::from(promise.resolution_s));
        let commitment_fits = self.within(format_args!("plans.{name}.commitment_ppm"), commitment, 1..=PPM);
        let slot_fits = Resolution::try_from(promise.resolution_s).is_ok();
        if !slot_fits {
            let message =
                format_args!("{slot} does not divide a minute: give a divisor of 60, such as 60 or 10");
            self.error(format_args!("plans.{name}.resolution_s"), message);
        }
        // In parts per million of a second, so that nothing is rounded.
        let allowed = SHORTEST_MONTH_S * (PPM - commitment.clamp(0, PPM));
        if commitment_fits && slot_fits && allowed < slot * PPM {
            // The smallest share of the month that contains a slot, rounded up.
            let most = PPM - (slot * PPM + SHORTEST_MONTH_S - 1) / SHORTEST_MONTH_S;
            let message = format_args!(
                "{commitment} ({} %) is finer than slots of {slot} s can see: a month of 28 days would allow \
                 less than one slot of downtime; give at most {most}, or a shorter resolution_s",
                percent_of_ppm(commitment)
            );
            self.error(format_args!("plans.{name}.commitment_ppm"), message);
        }
        if let Some(floor) = promise.throughput_floor_kbps {
            let field = format!("plans.{name}.throughput_floor_kbps");
            let general = self.terms.metrics.throughput_floor_kbps;
            if floor == 0 {
                self.error(field, "0 promises nothing: leave it out, and the agreement's own floor holds");
            } else if floor < general {
                let message = format_args!(
                    "{floor} is less than the agreement's own floor of {general}: kept as written, but the \
                     agreement guarantees its floor \"or higher, depending on the service plan\""
                );
                self.warn(field, message);
            }
        }
    }

    fn metrics(&mut self) {
        let regions = &self.terms.metrics.latency.regions;
        self.count("metrics.latency.regions", regions.len(), REGIONS_MAX);
        for (place, own) in regions.iter().enumerate() {
            let field = format!("metrics.latency.regions[{place}]");
            if regions[..place].iter().any(|other| other.region == own.region) {
                let message = format_args!("{} is named twice: name each region once", own.region);
                self.error(format_args!("{field}.region"), message);
            }
            if own.limit_us == Some(0) {
                let message = "no latency is less than 0: leave it out, if nothing is promised there";
                self.error(format_args!("{field}.limit_us"), message);
            }
        }
    }

    fn reminders(&mut self) {
        let Terms { maintenance, claims, .. } = self.terms;
        if (0..maintenance.reminder_h).contains(&maintenance.notice_h) {
            let message = format_args!(
                "{} h is more than the notice of {} h: maintenance on short notice is announced and reminded \
                 of at once; kept as written",
                maintenance.reminder_h, maintenance.notice_h
            );
            self.warn("maintenance.reminder_h", message);
        }
        let window_h = i64::from(claims.window_days) * 24;
        if (1..=claims.reminder_h).contains(&window_h) {
            let message = format_args!(
                "{} h is no less than the window of {window_h} h: customers would be reminded before it \
                 opens; give less than {window_h}",
                claims.reminder_h
            );
            self.error("claims.reminder_h", message);
        }
    }

    fn count(&mut self, field: &str, count: usize, most: usize) {
        if count > most {
            self.error(field, format_args!("{count} entries: give at most {most}"));
        }
    }

    fn percentages(&mut self, field: &str, percentages: &[i64]) {
        self.count(field, percentages.len(), WARNINGS_MAX);
        for (place, percent) in percentages.iter().enumerate() {
            self.within(format_args!("{field}[{place}]"), *percent, 1..=99);
        }
        for (place, pair) in percentages.windows(2).enumerate() {
            if let [before, after] = pair
                && before >= after
            {
                let message =
                    format_args!("{after} comes after {before}: list percentages ascending, each once");
                self.error(format_args!("{field}[{}]", place + 1), message);
            }
        }
    }

    fn level(&mut self, level: Level) {
        let LevelPromise { acknowledge, escalation, .. } = self.terms.levels.promise(level);
        for clock in ClockKind::ALL {
            self.clock(level, clock);
        }
        let field = format!("{}.escalation", field(level));
        self.count(&field, escalation.len(), ESCALATION_MAX);
        if level == Level::Critical && escalation.is_empty() {
            let message = "nobody takes over if a critical report is not acknowledged: kept as written, but \
                           the agreement says that incidents are escalated as needed";
            self.warn(&field, message);
        }
        for (place, step) in escalation.iter().enumerate() {
            self.step(&format!("{field}[{place}]"), step, *acknowledge);
            if escalation[..place].contains(step) {
                self.error(format_args!("{field}[{place}]"), "the same step is there twice: give it once");
            }
        }
    }

    fn clock(&mut self, level: Level, clock: ClockKind) {
        let ClockPromise { target_s, limit_s } = self.terms.levels.promise(level).of(clock);
        let field = format!("{}.{}", field(level), clock.as_str());
        self.within(format_args!("{field}.limit_s"), limit_s, 1..=CLOCK_S_MAX);
        if let Some(target_s) = target_s
            && self.within(format_args!("{field}.target_s"), target_s, 1..=CLOCK_S_MAX)
            && target_s >= limit_s
        {
            let message = format_args!(
                "{target_s} is not less than the limit of {limit_s}: the target of a range lies below its \
                 limit"
            );
            self.error(format_args!("{field}.target_s"), message);
        }
    }

    /// Checks a step of the escalation chain: it must be reachable, and say who takes over.
    fn step(&mut self, field: &str, step: &EscalationStep, acknowledge: ClockPromise) {
        let threshold = format!("{field}.threshold");
        match step.threshold {
            Threshold::Percent(percent) if !self.terms.tickets.warnings_pct.contains(&percent) => {
                let message = format_args!(
                    "`{percent}` is never reached: it is not among tickets.warnings_pct; add it there, or \
                     write `target` or `limit`"
                );
                self.error(threshold, message);
            }
            Threshold::Target if acknowledge.target_s.is_none() => {
                let message =
                    "`target` is never reached: acknowledge has no target_s; add it, or write `limit`";
                self.error(threshold, message);
            }
            Threshold::Percent(_) | Threshold::Target | Threshold::Limit => {}
        }
        for (name, words) in [("role", &step.role), ("name", &step.name), ("channel", &step.channel)] {
            let fits = (1..=WORDS_CHARS_MAX).contains(&words.chars().count());
            if !fits || words.trim().is_empty() || words.chars().any(disturbs) {
                let message = format_args!(
                    "`{}` is not a line of 1 to {WORDS_CHARS_MAX} characters: say who takes over, and how",
                    shown(words)
                );
                self.error(format_args!("{field}.{name}"), message);
            }
        }
    }

    /// Compares each level with the more urgent ones. Level 3 is another kind of matter, often settled at
    /// once: a tighter resolution promise may be meant, and is kept as written.
    fn levels(&mut self) {
        for bound in [Bound::Target, Bound::Limit] {
            self.inverted(ClockKind::Acknowledge, bound, Level::Degraded, &[Level::Critical]);
            self.inverted(ClockKind::Acknowledge, bound, Level::General, &[Level::Critical, Level::Degraded]);
            self.inverted(ClockKind::Resolve, bound, Level::Degraded, &[Level::Critical]);
            self.inverted(ClockKind::Resolve, bound, Level::General, &[Level::Critical, Level::Degraded]);
        }
    }

    fn inverted(&mut self, clock: ClockKind, bound: Bound, level: Level, more_urgent: &[Level]) {
        let seconds = |level: Level| bound.of(self.terms.levels.promise(level).of(clock));
        let Some(own_s) = seconds(level) else { return };
        let looser = more_urgent.iter().filter_map(|other| Some((other, seconds(*other)?)));
        let looser: Vec<String> = looser
            .filter(|(_, other_s)| *other_s > own_s)
            .map(|(other, other_s)| format!("level {}'s {}", other.number(), time(other_s)))
            .collect();
        if looser.is_empty() {
            return;
        }
        let field = format!("{}.{}.{}", field(level), clock.as_str(), bound.name());
        let (own, looser) = (time(own_s), looser.join(" and "));
        if (clock, level) == (ClockKind::Resolve, Level::General) {
            let message = format_args!("{own_s} ({own}) is tighter than {looser}: kept as written");
            self.warn(field, message);
        } else {
            let message = format_args!(
                "{own_s} ({own}) is tighter than {looser}: a more urgent level is never slower; give the \
                 more urgent one at most as much"
            );
            self.error(field, message);
        }
    }
}

/// A bound of a clock's promise.
#[derive(Debug, Clone, Copy)]
enum Bound {
    Target,
    Limit,
}

impl Bound {
    const fn of(self, promise: ClockPromise) -> Option<i64> {
        match self {
            Self::Target => promise.target_s,
            Self::Limit => Some(promise.limit_s),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Target => "target_s",
            Self::Limit => "limit_s",
        }
    }
}
