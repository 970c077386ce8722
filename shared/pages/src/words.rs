//! Words, numbers and signs that pages share; every status appears in words and by a sign.

use chrono::NaiveDate;
use events::change::Subject;
use events::search::Number;
use maud::{Markup, html};
use sla::Money;
use sla::availability::Verdict;
use sla::availability::percent_of_ppm;
use sla::claim::ClaimState;
use sla::claim::Rejection;
use sla::exclusion::{Clause, WindowKind};
use sla::ledger::{CreditKind, EntryState};
use sla::performance::{Limit, MetricVerdict};
use sla::ticket::{Channel, Level};
use sla::{Currency, Instant, Metric, Month, Plan, Span, Zone};

/// The meaning of a status; never shown by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warn,
    Bad,
    Note,
    Quiet,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Note => "note",
            Self::Quiet => "none",
        }
    }

    /// Returns the path of the shape beside the words.
    const fn sign(self) -> &'static str {
        match self {
            Self::Good => "M2.5 6.5l2.5 2.5 4.5-5.5",
            Self::Warn => "M6 2l4.5 8h-9zM6 5v2.3M6 8.7v.1",
            Self::Bad => "M3 3l6 6M9 3l-6 6",
            Self::Note => "M6 5.5v4M6 2.8v.2",
            Self::Quiet => "M2.5 6h7",
        }
    }
}

/// Renders a status in words with its sign.
pub(crate) fn badge(tone: Tone, words: &str) -> Markup {
    html! {
        span.badge .(tone.class()) {
            svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" { path d=(tone.sign()) {} }
            (words)
        }
    }
}

/// Writes an instant in a zone's local time; the tooltip shows it in UTC.
pub(crate) fn time(at: Instant, zone: Zone) -> Markup {
    let local = zone.local(at);
    let (_, clock) = local.split_once(' ').unwrap_or_default();
    html! { time datetime=(at) title={ (at) " (UTC)" } { (day(zone.date(at))) ", " (clock) } }
}

/// Writes a span: start, end and length.
pub(crate) fn span(span: Span, zone: Zone) -> Markup {
    html! { (time(span.start, zone)) " to " (time(span.end, zone)) " (" (duration(span.length_s())) ")" }
}

/// Writes a date such as `3 Jun 2026`.
pub(crate) fn day(date: NaiveDate) -> String {
    date.format("%-d\u{a0}%b\u{a0}%Y").to_string()
}

/// Writes a month such as `June 2026`.
pub(crate) fn month(month: Month) -> String {
    Zone::UTC.date(month.start(Zone::UTC)).format("%B\u{a0}%Y").to_string()
}

/// Writes a duration with each number and its unit on one line.
pub(crate) fn duration(seconds: i64) -> String {
    let words = sla::duration::in_words(seconds);
    let mut text = String::with_capacity(words.len() + 4);
    let mut after_number = false;
    for word in words.split(' ') {
        if !text.is_empty() {
            text.push(if after_number { '\u{a0}' } else { ' ' });
        }
        after_number = word.bytes().all(|byte| byte.is_ascii_digit());
        text.push_str(word);
    }
    text
}

/// Writes a duration with its days: `1 day 3 h`.
pub(crate) fn remaining(seconds: i64) -> String {
    let (days, rest_s) = (seconds / 86_400, seconds % 86_400);
    let whole = format!("{days}\u{a0}{}", if days == 1 { "day" } else { "days" });
    match (days, rest_s) {
        (0, _) => duration(rest_s),
        (_, 0) => whole,
        _ => format!("{whole} {}", duration(rest_s)),
    }
}

/// Writes a promised time in hours and smaller units, as the agreement does.
pub(crate) fn within(seconds: i64) -> String {
    let (hours, rest_s) = (seconds / 3_600, seconds % 3_600);
    match (hours, rest_s) {
        (0, _) => duration(rest_s),
        (_, 0) => format!("{hours}\u{a0}h"),
        _ => format!("{hours}\u{a0}h {}", duration(rest_s)),
    }
}

/// Writes a percentage, or a dash if there is none.
pub(crate) fn percent(figure: Option<&str>) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure}\u{a0}%"))
}

/// Writes a whole number with thousands separators.
pub(crate) fn number(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = if count < 0 { "−".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes an amount that may be negative.
pub(crate) fn amount(minor: i64, currency: Currency) -> String {
    format!("{}\u{a0}{currency}", currency.major(minor).replace('-', "−"))
}

/// Writes a count with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Writes `number / unit` as a decimal without trailing zeros.
pub(crate) fn decimal(number: i64, unit: u32) -> String {
    let unit = u64::from(unit.max(1));
    let (sign, size) = (if number < 0 { "−" } else { "" }, number.unsigned_abs());
    let decimals = unit.to_string().len() - 1;
    let fraction = format!("{:0decimals$}", size % unit);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", size / unit)
}

pub(crate) const fn plan(plan: Plan) -> &'static str {
    match plan {
        Plan::Standard => "Standard",
        Plan::Premium => "Premium",
        Plan::Enterprise => "Enterprise",
    }
}

pub(crate) const fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::LatencyMs => "Latency",
        Metric::ThroughputMbps => "Throughput",
        Metric::PacketLossPct => "Packet loss",
    }
}

pub(crate) const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::LatencyMs => "ms",
        Metric::ThroughputMbps => "Mbps",
        Metric::PacketLossPct => "%",
    }
}

/// Writes a metric's stored value in the unit in which it is shown.
pub(crate) fn measured(of: Metric, value: u32) -> String {
    format!("{}\u{a0}{}", decimal(i64::from(value), of.stored_per_shown()), unit(of))
}

/// Writes the limit promised for a metric.
pub(crate) fn limit(of: Metric, limit: Limit) -> String {
    match limit {
        Limit::Below(bound) => format!("less than {}", measured(of, bound)),
        Limit::AtLeast(bound) => format!("at least {}", measured(of, bound)),
    }
}

pub(crate) const fn clause(clause: Clause) -> &'static str {
    match clause {
        Clause::ForceMajeure => "Force majeure",
        Clause::ThirdParty => "Third-party outage",
        Clause::CyberAttack => "Cyber attack",
    }
}

pub(crate) const fn window(kind: WindowKind) -> &'static str {
    match kind {
        WindowKind::Maintenance => "Scheduled maintenance",
        WindowKind::ForceMajeure => clause(Clause::ForceMajeure),
        WindowKind::ThirdParty => clause(Clause::ThirdParty),
        WindowKind::CyberAttack => clause(Clause::CyberAttack),
    }
}

pub(crate) const fn credit_kind(kind: CreditKind) -> &'static str {
    match kind {
        CreditKind::Uptime => "Uptime",
        CreditKind::Performance => "Performance",
    }
}

/// Says by which channel a report came.
pub(crate) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Portal => "in this portal",
        Channel::Chat => "by live chat",
        Channel::Email => "by e-mail",
        Channel::Phone => "by phone",
    }
}

pub(crate) fn level(level: Level) -> String {
    format!("Level {}, {}", level.number(), level.as_str())
}

pub(crate) fn verdict(verdict: Verdict) -> Markup {
    match verdict {
        Verdict::Met => badge(Tone::Good, "Kept"),
        Verdict::Breached => badge(Tone::Bad, "Missed"),
        Verdict::Indeterminate => badge(Tone::Warn, "Review needed"),
        Verdict::NotApplicable => badge(Tone::Quiet, "Nothing agreed"),
    }
}

pub(crate) fn metric_verdict(verdict: MetricVerdict) -> Markup {
    match verdict {
        MetricVerdict::Met => badge(Tone::Good, "Kept"),
        MetricVerdict::Missed => badge(Tone::Bad, "Missed"),
        MetricVerdict::NotMeasured => badge(Tone::Quiet, "Not measured"),
    }
}

pub(crate) fn ticket_verdict(verdict: Option<sla::ticket::Verdict>) -> Markup {
    match verdict {
        Some(sla::ticket::Verdict::Met) => badge(Tone::Good, "Kept"),
        Some(sla::ticket::Verdict::Missed) => badge(Tone::Bad, "Missed"),
        Some(sla::ticket::Verdict::Running) => badge(Tone::Note, "Running"),
        None => badge(Tone::Quiet, "No verdict"),
    }
}

pub(crate) fn claim_state(state: ClaimState) -> Markup {
    claim_outcome(state, None)
}

/// Names a claim's state; a held claim is decided on the day of the month's close, if that is known.
pub(crate) fn claim_outcome(state: ClaimState, closes_on: Option<NaiveDate>) -> Markup {
    match state {
        ClaimState::Held => match closes_on {
            Some(date) => {
                let date = date.format("%-d\u{a0}%b");
                badge(Tone::Note, &format!("Decided when the month closes ({date})"))
            }
            None => badge(Tone::Note, "Decided when the month closes"),
        },
        ClaimState::Approved => badge(Tone::Good, "Approved"),
        ClaimState::Rejected => badge(Tone::Bad, "Rejected"),
        ClaimState::Review => badge(Tone::Warn, "In review"),
    }
}

pub(crate) fn entry_state(state: EntryState) -> Markup {
    match state {
        EntryState::Approved => badge(Tone::Good, "Credited"),
        EntryState::Reversal => badge(Tone::Warn, "Reversal"),
        EntryState::Lapsed => badge(Tone::Quiet, "Lapsed"),
    }
}

/// Says on which bill a credit appears.
pub(crate) fn billed(entry: &sla::ledger::Entry) -> String {
    match (entry.billing_month, entry.state) {
        (Some(billing_month), _) => format!("on the bill of {}", month(billing_month)),
        (None, EntryState::Lapsed) => "not paid".to_owned(),
        (None, _) => "paid out, as no bill follows".to_owned(),
    }
}

/// Writes an amount that no line break splits.
pub(crate) fn money(money: Money) -> String {
    amount(i64::try_from(money.minor).unwrap_or(i64::MAX), money.currency)
}

/// Writes parts per million as a percentage.
pub(crate) fn promised(ppm: i64) -> String {
    let text = percent_of_ppm(ppm);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}\u{a0}%")
}

/// Writes the short number of a thing, by which people name it.
pub(crate) fn short_number(kind: Subject, id: &str) -> Markup {
    html! { span.no title="Number" { (Number::of(kind, id).short()) } }
}

/// Percent-encodes a text for a URL.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Explains a rejection to the customer.
pub(crate) const fn rejected(reason: Rejection) -> &'static str {
    match reason {
        Rejection::Met => "The promise was kept: the statement accounts for every second.",
        Rejection::Late => "The deadline had passed.",
        Rejection::Excluded => "The promise was kept, because some of the downtime is excluded.",
        Rejection::Duplicate => "An earlier claim for the month stands.",
        Rejection::NotFound => "You had no such service in that month.",
        Rejection::Reviewed => "The review found that no credit is due.",
        Rejection::Withdrawn => "The ticket behind this claim belongs to another customer.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let numbers = [0, 999, 1_000, -1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "−1,234,567"]);
        let decimals = [(50_000, 1_000), (1_000, 10_000), (12_345, 1_000), (0, 1_000)];
        assert_eq!(decimals.map(|(number, unit)| decimal(number, unit)), ["50", "0.1", "12.345", "0"]);
        assert_eq!(
            [900, 86_400, 43_200, 5_400].map(within),
            ["15\u{a0}min", "24\u{a0}h", "12\u{a0}h", "1\u{a0}h 30\u{a0}min"]
        );
        assert_eq!(
            [900, 86_399, 86_400, 97_200, 172_860].map(remaining),
            [
                "15\u{a0}min",
                "23\u{a0}h 59\u{a0}min 59\u{a0}s",
                "1\u{a0}day",
                "1\u{a0}day 3\u{a0}h",
                "2\u{a0}days 1\u{a0}min"
            ]
        );
    }

    #[test]
    fn a_time_says_its_utc_instant() {
        let at = "2026-06-03T12:10:00Z".parse().unwrap();
        insta::assert_snapshot!(
            time(at, "Europe/Berlin".parse().unwrap()).into_string().replace('\u{a0}', " "),
            @r#"<time datetime="2026-06-03T12:10:00Z" title="2026-06-03T12:10:00Z (UTC)">3 Jun 2026, 14:10 CEST</time>"#
        );
    }
}
