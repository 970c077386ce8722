//! The review queues: indeterminate months, claims, performance findings and disputes.

use events::command::{CommandName, Subject};
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
use crate::words::{
    Tone, badge, clause, credit_kind, duration, encoded, metric, month, percent, short_number, time, unit,
};

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

/// The most months that are reviewed at once. Each is rehearsed for its effect, in some 40 calls of a few
/// milliseconds: 60 take some 10 s, and what was recorded before a time-out is known when it is sent again.
pub const REVIEWED_MAX: usize = 60;

/// A month that was reviewed with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedMonth {
    /// The service.
    pub service_id: ServiceId,
    /// The month.
    pub month: Month,
    /// The change that waits for a second person, if it does; else why it was refused.
    pub outcome: Result<Option<String>, String>,
}

/// The page of what came of many reviews.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewedMonths {
    /// The months, in the order of the form.
    pub outcomes: Vec<ReviewedMonth>,
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
    html! {
        (queue(words, columns, months.iter().map(row).collect()))
        @if months.len() > 1 && frame.offers(CommandName::ReviewStatement) { (at_once(frame, months)) }
    }
}

/// Renders the form that reviews many months at once.
fn at_once(frame: &Frame, months: &[OpenMonth]) -> Markup {
    html! {
        details.command {
            summary { "Review several months at once" }
            form method="post" action="/reviews" {
                (frame.csrf())
                p.hint {
                    "One verdict and one reason for up to " (REVIEWED_MAX) " months. Each is its own decision: where the \
                     rules ask for two people, it waits for the second one."
                }
                fieldset {
                    legend { "Months" }
                    @for (nth, own) in months.iter().take(REVIEWED_MAX).enumerate() {
                        @let id = format!("at-once-{nth}");
                        div.choice {
                            input type="checkbox" id=(id) name={ "month " (own.service_id) " " (own.month) } value="yes";
                            label for=(id) dir="auto" { (own.service_name) ", " (month(own.month)) }
                        }
                    }
                }
                fieldset {
                    legend { "Was the promise kept?" }
                    div.choice {
                        input type="radio" id="at-once-met" name="verdict" value="met" required;
                        label for="at-once-met" { "It was kept" }
                        p.hint { "No unknown second counts as down, and no credit is due for uptime." }
                    }
                    div.choice {
                        input type="radio" id="at-once-breached" name="verdict" value="breached";
                        label for="at-once-breached" { "It was missed" }
                        p.hint { "Every unknown second counts as down, and a credit is due." }
                    }
                }
                div.field {
                    label for="at-once-reason" { "Reason" }
                    textarea id="at-once-reason" name="reason" rows="3" required {}
                }
                button.danger type="submit" { "Record the decisions" }
            }
        }
    }
}

/// Renders what came of many reviews (`POST /reviews`).
pub fn reviewed(frame: &Frame, view: &ReviewedMonths) -> Markup {
    let row = |own: &ReviewedMonth| {
        let outcome = match &own.outcome {
            Ok(None) => badge(Tone::Good, "Decided"),
            Ok(Some(change)) => html! {
                (badge(Tone::Warn, "Waits for a second person")) " "
                a href={ "/waiting/" (encoded(change)) } { "The change" }
            },
            Err(error) => html! { (badge(Tone::Bad, "Refused")) p.soft dir="auto" { (error) } },
        };
        [statement_link(&own.service_id, own.service_id.as_str(), own.month), outcome]
    };
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/reviews" { "Reviews" } }
        h1 { "Months reviewed" }
        section.card aria-label="Outcomes" {
            (table("Table of outcomes", [Column::wide("Month"), Column::text("Outcome")],
                view.outcomes.iter().map(row)))
        }
    };
    frame.page("Months reviewed", &body)
}

/// Links to a claim by its id.
pub(crate) fn claim_state_link(claim: &Claim) -> Markup {
    html! {
        a href={ "/claims/" (encoded(claim.claim_id.as_str())) } {
            (short_number(Subject::Claim, claim.claim_id.as_str()))
        }
        p.soft { code.long { (claim.claim_id) } }
    }
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
                p.soft { (short_number(Subject::Exclusion, own.exclusion_id.as_str())) " · " code { (own.exclusion_id) } }
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
