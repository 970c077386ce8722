//! The review queues: indeterminate months, claims, performance findings and disputes.

use maud::{Markup, html};
use sla::availability::Seconds;
use sla::claim::Claim;
use sla::exclusion::Clause;
use sla::performance::MetricFigures;
use sla::{ClaimId, CustomerId, ExclusionId, Instant, Money, Month, ServiceId};

use super::marks::{ago, customer_link};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::money;
use crate::words::{clause, credit_kind, duration, encoded, metric, month, percent, time, unit};

/// A closed month in which missing data decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenMonth {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// The customer's name.
    pub customer_name: String,
    /// The month.
    pub month: Month,
    /// Instant at which its newest revision was made: the wait counts from there.
    pub since: Instant,
    /// Seconds of the month.
    pub seconds: Seconds,
    /// Commitment in percent.
    pub commitment_pct: String,
    /// Availability in percent if all unknown time was down.
    pub worst_pct: Option<String>,
    /// Availability in percent if all unknown time was up.
    pub best_pct: Option<String>,
    /// Credit of the month if all unknown time was down.
    pub credit_max: Money,
}

/// A claim that a person must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimInReview {
    /// The claim.
    pub claim: Claim,
    /// Name of its service.
    pub service_name: String,
    /// The customer's name.
    pub customer_name: String,
}

/// A month in which a metric missed its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// The customer's name.
    pub customer_name: String,
    /// The month.
    pub month: Month,
    /// Instant since which the miss is known.
    pub since: Instant,
    /// The metrics that missed their limits.
    pub missed: Vec<MetricFigures>,
    /// The claim for it, if one was made.
    pub claim_id: Option<ClaimId>,
}

/// A customer's dispute of an exclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The exclusion.
    pub exclusion_id: ExclusionId,
    /// Clause of the exclusion.
    pub clause: Clause,
    /// The customer.
    pub customer_id: CustomerId,
    /// The customer's name.
    pub customer_name: String,
    /// The customer's counter-statement.
    pub statement: String,
    /// Instant of the dispute.
    pub at: Instant,
}

/// The page of the review queues; each queue is in display order, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reviews {
    /// Closed months in which missing data decides.
    pub indeterminate: Vec<OpenMonth>,
    /// Claims in review.
    pub claims: Vec<ClaimInReview>,
    /// Months in which a metric missed its limit.
    pub performance: Vec<Finding>,
    /// Disputes of exclusions that stand.
    pub disputes: Vec<Dispute>,
    /// True if a queue holds more than it shows.
    pub is_capped: bool,
}

/// Renders the queues (`GET /reviews`).
pub fn reviews(frame: &Frame, view: &Reviews) -> Markup {
    let body = html! {
        h1 { "Reviews" }
        p { "Decisions that the rules leave to a person, the oldest first." }
        @if view.is_capped {
            p.message.note { "There are more: the rest appears as these are decided." }
        }
        (indeterminate(frame, &view.indeterminate))
        (claims(frame, &view.claims))
        (performance(frame, &view.performance))
        (disputes(frame, &view.disputes))
    };
    frame.page("Reviews", &body)
}

fn queue<const N: usize>(
    (id, name, none): (&str, &str, &str),
    columns: [Column; N],
    rows: Vec<[Markup; N]>,
) -> Markup {
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) { (name) @if !rows.is_empty() { " " span.tag { (rows.len()) } } }
            @if rows.is_empty() { p.empty { (none) } } @else { (table(&format!("Table: {name}"), columns, rows)) }
        }
    }
}

fn since(frame: &Frame, at: Instant) -> Markup {
    html! { (time(at, frame.zone)) p.soft { (ago(frame, at)) } }
}

fn statement_link(service_id: &ServiceId, name: &str, of: Month) -> Markup {
    html! {
        a href={ "/statements/" (encoded(service_id.as_str())) "/" (of) } {
            span dir="auto" { (name) } ", " (month(of))
        }
    }
}

fn indeterminate(frame: &Frame, months: &[OpenMonth]) -> Markup {
    let row = |own: &OpenMonth| {
        [
            html! {
                (statement_link(&own.service_id, &own.service_name, own.month))
                p.soft dir="auto" { (own.customer_name) }
            },
            html! { (duration(own.seconds.unknown)) p.soft { (duration(own.seconds.down)) " down for certain" } },
            html! {
                (percent(own.worst_pct.as_deref())) " to " (percent(own.best_pct.as_deref()))
                p.soft { (percent(Some(&own.commitment_pct))) " promised" }
            },
            html! { "up to " (money(own.credit_max)) },
            since(frame, own.since),
        ]
    };
    let columns = [
        Column::wide("Month"),
        Column::text("Unknown"),
        Column::text("Availability"),
        Column::text("At stake"),
        Column::text("Since"),
    ];
    let words = ("indeterminate", "Indeterminate months", "No month waits for a verdict.");
    queue(words, columns, months.iter().map(row).collect())
}

/// Links to a claim by its id.
pub(crate) fn claim_state_link(claim: &Claim) -> Markup {
    html! { a href={ "/claims/" (encoded(claim.claim_id.as_str())) } { code { (claim.claim_id) } } }
}

fn claims(frame: &Frame, claims: &[ClaimInReview]) -> Markup {
    let row = |own: &ClaimInReview| {
        let claim = &own.claim;
        [
            html! {
                a href={ "/claims/" (encoded(claim.claim_id.as_str())) } {
                    span dir="auto" { (own.service_name) } ", " (month(claim.month))
                }
                p.soft dir="auto" { (own.customer_name) }
            },
            html! { (credit_kind(claim.kind)) },
            html! { span dir="auto" { (claim.note.as_deref().unwrap_or("–")) } },
            since(frame, claim.filed_at),
        ]
    };
    let columns = [
        Column::wide("Claim"),
        Column::text("For"),
        Column::wide("What the customer says"),
        Column::text("Filed"),
    ];
    let words = ("claims", "Claims in review", "No claim needs a review.");
    queue(words, columns, claims.iter().map(row).collect())
}

fn performance(frame: &Frame, findings: &[Finding]) -> Markup {
    let row = |own: &Finding| {
        [
            html! {
                (statement_link(&own.service_id, &own.service_name, own.month))
                p.soft dir="auto" { (own.customer_name) }
            },
            html! { @for missed in &own.missed { p { (missed_metric(missed)) } } },
            html! {
                @match &own.claim_id {
                    Some(claim_id) => a href={ "/claims/" (encoded(claim_id.as_str())) } { "Claimed" },
                    None => "Not claimed",
                }
            },
            since(frame, own.since),
        ]
    };
    let columns =
        [Column::wide("Month"), Column::text("Missed"), Column::text("Claim"), Column::text("Since")];
    let words = ("performance", "Performance findings", "No metric missed its limit.");
    queue(words, columns, findings.iter().map(row).collect())
}

/// Writes a metric's mean beside the limit that it missed.
pub(crate) fn missed_metric(figures: &MetricFigures) -> String {
    let figure = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let of = figures.metric;
    format!("{} {}\u{a0}{}, limit {}", metric(of), figure(&figures.mean), unit(of), figure(&figures.limit))
}

fn disputes(frame: &Frame, disputes: &[Dispute]) -> Markup {
    let row = |own: &Dispute| {
        [
            html! {
                a href={ "/exclusions/" (encoded(own.exclusion_id.as_str())) } { (clause(own.clause)) }
                p.soft { code { (own.exclusion_id) } }
            },
            html! { (customer_link(&own.customer_id, &own.customer_name)) },
            html! { span.prose dir="auto" { (own.statement) } },
            since(frame, own.at),
        ]
    };
    let columns = [
        Column::text("Exclusion"),
        Column::text("Customer"),
        Column::wide("What the customer says"),
        Column::text("Since"),
    ];
    let words = ("disputes", "Disputes", "No exclusion that stands is disputed.");
    queue(words, columns, disputes.iter().map(row).collect())
}
