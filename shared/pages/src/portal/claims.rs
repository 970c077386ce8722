//! The list of claims with their outcomes and reasons, and the form of a new claim.

use crate::words::rejected;
use events::change::Subject;
use maud::{Markup, html};
use sla::claim::{Claim, ClaimState, Rejection};
use sla::ledger::{CreditKind, Entry, EntryState};
use sla::{Instant, Month};

use crate::form::{Field, FieldError, ServiceChoice, error_summary, offered, titled};
use crate::frame::Frame;
use crate::portal::claimable::{ClaimableList, claimable};
use crate::words::money;
use crate::words::{amount, billed, claim_outcome, credit_kind, month, short_number, time};

/// A claim in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimLine {
    /// The claim.
    pub claim: Claim,
    /// Name of the service, if it belongs to the customer.
    pub service_name: Option<String>,
    /// The ledger entry that settles the claim, once there is one.
    pub entry: Option<Entry>,
    /// Close of the month, where a held claim waits for it and the instant is known.
    pub closes_at: Option<Instant>,
}

/// The page that lists claims.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// The claims, in display order.
    pub claims: Vec<ClaimLine>,
    /// Credits that can still be claimed.
    pub claimable: ClaimableList,
}

/// Field values as the customer posted them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimValues {
    /// The service.
    pub service_id: String,
    /// The month.
    pub month: String,
    /// `uptime` or `performance`; empty selects `uptime`.
    pub kind: String,
    /// The customer's remark.
    pub note: String,
}

/// The form of a new claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimForm {
    /// The customer's services.
    pub services: Vec<ServiceChoice>,
    /// The months offered, in display order.
    pub months: Vec<Month>,
    /// The first instant at which a claim for the chosen month is late, if known.
    pub claim_until: Option<Instant>,
    /// Values of the fields.
    pub values: ClaimValues,
    /// Errors in the fields.
    pub errors: Vec<FieldError>,
}

/// Renders the list (`GET /claims`).
pub fn claims(frame: &Frame, view: &Claims) -> Markup {
    let body = html! {
        div.head {
            h1 { "Claims" }
            a.button href="/claims/new" { "Make a claim" }
        }
        (claimable(frame, &view.claimable))
        section.card aria-label="Claims" {
            @if view.claims.is_empty() {
                p.empty { "You have made no claims. If a month can be claimed, its service’s page says until \
                     when." }
            } @else { (claim_table(frame, &view.claims)) }
        }
    };
    frame.page("Claims", &body)
}

/// Lists claims with their states, reasons and credits.
pub(crate) fn claim_table(frame: &Frame, lines: &[ClaimLine]) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="Table of claims" {
            table.stack {
                thead {
                    tr {
                        th scope="col" { "Claim" }
                        th scope="col" { "State" }
                        th scope="col" { "Why" }
                        th.number scope="col" { "Credit" }
                        th scope="col" { "Filed" }
                    }
                }
                tbody { @for line in lines { (row(frame, line)) } }
            }
        }
    }
}

fn row(frame: &Frame, ClaimLine { claim, service_name, entry, closes_at }: &ClaimLine) -> Markup {
    let name = service_name.as_deref().unwrap_or(claim.service_id.as_str());
    html! {
        tr {
            th.wide scope="row" {
                span dir="auto" { (name) } ", " (month(claim.month))
                p.soft { (credit_kind(claim.kind)) " · " (short_number(Subject::Claim, claim.claim_id.as_str())) " · " code { (claim.claim_id) } }
            }
            td data-label="State" {
                (claim_outcome(claim.state, closes_at.map(|at| frame.zone.date(at))))
                @if let Some(at) = claim.decided_at { p.soft { (time(at, frame.zone)) } }
            }
            td.wide data-label="Why" {
                (why(frame, claim))
                @if let Some(review) = &claim.review {
                    p.soft { (review.by) ": " span dir="auto" { (review.reason) } }
                }
            }
            td.number data-label="Credit" {
                @match (entry, claim.amount) {
                    (Some(entry), _) => {
                        (amount(entry.amount_minor, entry.currency))
                        p.soft { @if entry.state == EntryState::Lapsed { "lapsed, " } (billed(entry)) }
                    }
                    (None, Some(worth)) if claim.state == ClaimState::Rejected => s { (money(worth)) },
                    (None, Some(worth)) => (money(worth)),
                    (None, None) => "–",
                }
            }
            td data-label="Filed" {
                (time(claim.filed_at, frame.zone))
                @if let Some(until) = claim.claim_until {
                    p.soft { "deadline: " (time(until, frame.zone)) }
                }
                @if let Some(note) = &claim.note { p.soft dir="auto" { (note) } }
                @if let Some(ticket_id) = &claim.ticket_id {
                    p.soft { a href={ "/tickets/" (ticket_id) } { "Ticket " (ticket_id) } }
                }
            }
        }
    }
}

fn why(frame: &Frame, claim: &Claim) -> Markup {
    html! {
        @match (claim.state, claim.reason) {
            (ClaimState::Held, _) => "The month is not closed yet.",
            (ClaimState::Approved, _) => "The promise for the month was missed.",
            (ClaimState::Review, _) => (in_review(claim)),
            (ClaimState::Rejected, Some(Rejection::Late)) => {
                @match claim.claim_until {
                    Some(until) => { "The deadline was " (time(until, frame.zone)) "." },
                    None => "The deadline had passed.",
                }
                @if let Some(worth) = claim.amount { " It would have been worth " (money(worth)) "." }
            }
            (ClaimState::Rejected, reason) => (reason.map_or("", rejected)),
        }
    }
}

const fn in_review(claim: &Claim) -> &'static str {
    match (claim.kind, claim.amount) {
        (CreditKind::Performance, _) => "A metric missed its limit: a review sets the amount.",
        (CreditKind::Uptime, Some(_)) if claim.awaits_review() => {
            "The promise was missed. You claimed in time, but the claim was recorded only after the \
             deadline: review needed."
        }
        (CreditKind::Uptime, Some(_)) => {
            "The promise was missed. Data is missing for some time: a review decides whether a higher credit is due."
        }
        (CreditKind::Uptime, None) => "The missing data decides the verdict: review needed.",
    }
}

/// Renders the form of a new claim (`GET /claims/new`, and `POST /claims` when it is refused).
pub fn claim_form(frame: &Frame, view: &ClaimForm) -> Markup {
    let ClaimForm { services, months, values, errors, .. } = view;
    let field = |name, label, hint| Field { form: "", name, label, hint, errors };
    let months: Vec<_> = months.iter().map(|own| (own.to_string(), month(*own))).collect();
    let chosen = if values.kind.is_empty() { CreditKind::Uptime.as_str() } else { &values.kind };
    let kinds = [
        (CreditKind::Uptime, "Uptime: the service was down for longer than promised"),
        (CreditKind::Performance, "Performance: latency, throughput or packet loss missed its limit"),
    ];
    let kinds = html! {
        @for (kind, words) in kinds {
            @let id = if kind == CreditKind::Uptime { "kind" } else { "kind-performance" };
            div.choice {
                input type="radio" id=(id) name="kind" value=(kind.as_str()) checked[chosen == kind.as_str()];
                label for=(id) { (words) }
            }
        }
    };
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/claims" { "Claims" } }
        (error_summary(errors, &["service_id", "month", "kind", "note"]))
        h1 { "Make a claim" }
        p { "One claim covers a service’s whole month; claiming again returns the first claim." }
        @if let Some(until) = view.claim_until {
            p.message.note {
                "You can claim for this month until " strong { (time(until, frame.zone)) } "."
            }
        }
        form.card method="post" action="/claims" novalidate {
            (frame.csrf())
            (field("service_id", "Service", "")
                .choice(&values.service_id, Some("Choose a service"), &offered(services)))
            (field("month", "Month", "").choice(&values.month, Some("Choose a month"), &months))
            (field("kind", "What was missed?", "").group(&kinds))
            (field("note", "What do you want to add? (optional)", "").prose(&values.note))
            button type="submit" { "Claim the credit" }
        }
    };
    frame.page(&titled("Make a claim", errors), &body)
}
