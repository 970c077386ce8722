//! The review queues: indeterminate months, claims, performance findings and disputes.

use maud::{Markup, html};
use sla::availability::Seconds;
use sla::claim::Claim;
use sla::exclusion::Clause;
use sla::performance::MetricFigures;
use sla::{ClaimId, CustomerId, ExclusionId, Instant, Money, Month, ServiceId};

use super::marks::{ago, customer_link};
use crate::frame::Frame;
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

fn queue(id: &str, name: &str, none: &str, columns: &[&str], rows: &[Markup]) -> Markup {
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) { (name) @if !rows.is_empty() { " " span.tag { (rows.len()) } } }
            @if rows.is_empty() { p.empty { (none) } } @else {
                div.scroll role="region" tabindex="0" aria-label={ "Table: " (name) } {
                    table {
                        thead { tr { @for column in columns { th scope="col" { (column) } } } }
                        tbody { @for row in rows { tr { (row) } } }
                    }
                }
            }
        }
    }
}

fn since(frame: &Frame, at: Instant) -> Markup {
    html! { td { (time(at, frame.zone)) p.soft { (ago(frame, at)) } } }
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
        html! {
            th.wide scope="row" {
                (statement_link(&own.service_id, &own.service_name, own.month))
                p.soft dir="auto" { (own.customer_name) }
            }
            td { (duration(own.seconds.unknown)) p.soft { (duration(own.seconds.down)) " down for certain" } }
            td {
                (percent(own.worst_pct.as_deref())) " to " (percent(own.best_pct.as_deref()))
                p.soft { (percent(Some(&own.commitment_pct))) " promised" }
            }
            td { "up to " (money(own.credit_max)) }
            (since(frame, own.since))
        }
    };
    let rows: Vec<Markup> = months.iter().map(row).collect();
    let columns = ["Month", "Unknown", "Availability", "At stake", "Since"];
    queue("indeterminate", "Indeterminate months", "No month waits for a verdict.", &columns, &rows)
}

/// Links to a claim by its id.
pub(crate) fn claim_state_link(claim: &Claim) -> Markup {
    html! { a href={ "/claims/" (encoded(claim.claim_id.as_str())) } { code { (claim.claim_id) } } }
}

fn claims(frame: &Frame, claims: &[ClaimInReview]) -> Markup {
    let row = |own: &ClaimInReview| {
        let claim = &own.claim;
        html! {
            th.wide scope="row" {
                a href={ "/claims/" (encoded(claim.claim_id.as_str())) } {
                    span dir="auto" { (own.service_name) } ", " (month(claim.month))
                }
                p.soft dir="auto" { (own.customer_name) }
            }
            td { (credit_kind(claim.kind)) }
            td.wide dir="auto" { (claim.note.as_deref().unwrap_or("–")) }
            (since(frame, claim.filed_at))
        }
    };
    let rows: Vec<Markup> = claims.iter().map(row).collect();
    let columns = ["Claim", "For", "What the customer says", "Filed"];
    queue("claims", "Claims in review", "No claim needs a review.", &columns, &rows)
}

fn performance(frame: &Frame, findings: &[Finding]) -> Markup {
    let row = |own: &Finding| {
        html! {
            th.wide scope="row" {
                (statement_link(&own.service_id, &own.service_name, own.month))
                p.soft dir="auto" { (own.customer_name) }
            }
            td { @for missed in &own.missed { p { (missed_metric(missed)) } } }
            td {
                @match &own.claim_id {
                    Some(claim_id) => a href={ "/claims/" (encoded(claim_id.as_str())) } { "Claimed" },
                    None => "Not claimed",
                }
            }
            (since(frame, own.since))
        }
    };
    let rows: Vec<Markup> = findings.iter().map(row).collect();
    let columns = ["Month", "Missed", "Claim", "Since"];
    queue("performance", "Performance findings", "No metric missed its limit.", &columns, &rows)
}

/// Writes a metric's mean beside the limit that it missed.
pub(crate) fn missed_metric(figures: &MetricFigures) -> String {
    let figure = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let of = figures.metric;
    format!("{} {}\u{a0}{}, limit {}", metric(of), figure(&figures.mean), unit(of), figure(&figures.limit))
}

fn disputes(frame: &Frame, disputes: &[Dispute]) -> Markup {
    let row = |own: &Dispute| {
        html! {
            th scope="row" {
                a href={ "/exclusions/" (encoded(own.exclusion_id.as_str())) } { (clause(own.clause)) }
                p.soft { code { (own.exclusion_id) } }
            }
            td { (customer_link(&own.customer_id, &own.customer_name)) }
            td.wide.prose dir="auto" { (own.statement) }
            (since(frame, own.at))
        }
    };
    let rows: Vec<Markup> = disputes.iter().map(row).collect();
    let columns = ["Exclusion", "Customer", "What the customer says", "Since"];
    queue("disputes", "Disputes", "No exclusion that stands is disputed.", &columns, &rows)
}
