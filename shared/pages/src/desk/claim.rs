//! A claim with everything about it, and the form to review it.

use events::command::{CommandName, Subject};
use maud::{Markup, html};
use sla::claim::{Claim, ClaimState};
use sla::ledger::{CreditKind, Entry};
use sla::{Money, Statement, Zone};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded};
use super::marks::{customer_link, service_link, time_in};
use super::reviews::missed_metric;
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::money;
use crate::words::rejected;
use crate::words::{
    Tone, amount, badge, billed, claim_state, credit_kind, encoded, entry_state, month, percent,
    short_number, time, verdict,
};

/// The page of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimPage {
    /// The claim.
    pub claim: Claim,
    /// Name of its service.
    pub service_name: String,
    /// Zone of its month.
    pub time_zone: Zone,
    /// Name of the customer.
    pub customer_name: String,
    /// The month's newest statement; `None` while the month is open.
    pub statement: Option<Statement>,
    /// Ledger entries of the month and the claim's kind, in order.
    pub entries: Vec<Entry>,
    /// The rest of the month's fee: the most that can be granted.
    pub left: Option<Money>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders a claim (`GET /claims/{claim_id}`).
pub fn claim(frame: &Frame, view: &ClaimPage) -> Markup {
    let ClaimPage { claim, service_name, .. } = view;
    let title = format!("Claim: {service_name}, {}", month(claim.month));
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/reviews#claims" { "Reviews" } }
        h1 dir="auto" { (service_name) ", " (month(claim.month)) }
        p.lead {
            (claim_state(claim.state)) " "
            span.soft { (credit_kind(claim.kind)) " · " (short_number(Subject::Claim, claim.claim_id.as_str())) " · " code { (claim.claim_id) } }
        }
        section.card aria-labelledby="claim" {
            h2 #claim { "The claim" }
            (facts(frame, view))
        }
        (month_of(view))
        @if claim.state == ClaimState::Review { (review(frame, view)) }
        (entries(view))
        (trail(frame, &view.trail))
    };
    frame.page(&title, &body)
}

fn facts(frame: &Frame, view: &ClaimPage) -> Markup {
    let ClaimPage { claim, time_zone, .. } = view;
    html! {
        dl.facts {
            dt { "Customer" }
            dd { (customer_link(&claim.customer_id, &view.customer_name)) }
            dt { "Service" } dd { (service_link(&claim.service_id, &view.service_name)) }
            dt { "Filed" }
            dd {
                (time_in(frame, claim.filed_at, *time_zone))
                @if let Some(ticket_id) = &claim.ticket_id { ", by the ticket " code { (ticket_id) } }
                @if let Some(passed_on) = &claim.passed_on {
                    ", passed on by " (passed_on.by) " " (time_in(frame, passed_on.received_at, *time_zone))
                }
            }
            dt { "In time" }
            dd {
                @if claim.in_time { (badge(Tone::Good, "Yes")) } @else { (badge(Tone::Bad, "No")) }
                @if let Some(until) = claim.claim_until {
                    ", deadline " (time_in(frame, until, *time_zone))
                }
            }
            @if let Some(note) = &claim.note {
                dt { "What the customer says" } dd.prose dir="auto" { (note) }
            }
            @if let Some(reason) = claim.reason { dt { "Why" } dd { (rejected(reason)) } }
            @if let Some(worth) = claim.amount { dt { "Amount" } dd { (money(worth)) } }
            @if let Some(at) = claim.decided_at {
                dt { "Last decided" }
                dd {
                    (time(at, frame.zone))
                    @if let Some(revision) = claim.statement_revision { ", by revision " (revision) }
                }
            }
            @if let Some(review) = &claim.review {
                dt { "Reviewed" }
                dd {
                    "by " strong { (review.by) } ", " (time(review.at, frame.zone)) ": "
                    (review.amount.map_or_else(|| "rejected".to_owned(), money))
                    p.prose dir="auto" { (review.reason) }
                }
            }
        }
    }
}

fn month_of(view: &ClaimPage) -> Markup {
    let here = format!("/statements/{}/{}", encoded(view.claim.service_id.as_str()), view.claim.month);
    html! {
        section.card aria-labelledby="month" {
            h2 #month { "The month" }
            @match &view.statement {
                None => p { "It is not closed yet: its statement decides the claim." },
                Some(statement) => {
                    dl.facts {
                        dt { "Verdict" } dd { (verdict(statement.verdict)) }
                        dt { "Availability" }
                        dd { (percent(statement.availability_pct.as_deref())) " of "
                            (percent(Some(&statement.commitment_pct))) " promised" }
                        @for missed in statement.missed() { dt { "Missed" } dd { (missed_metric(missed)) } }
                        dt { "Worth, for uptime" } dd { (money(statement.credit.amount)) }
                        @if let Some(left) = view.left { dt { "Left of the fee" } dd { (money(left)) } }
                    }
                    p { a href=(here) { "See the statement, revision " (statement.revision) } }
                }
            }
        }
    }
}

fn review(frame: &Frame, view: &ClaimPage) -> Markup {
    let claim = &view.claim;
    let form = CommandForm::with(CommandName::ReviewClaim, [("claim_id", claim.claim_id.to_string())]);
    let here = format!("/statements/{}/{}", encoded(claim.service_id.as_str()), claim.month);
    html! {
        section.card.note aria-labelledby="review" {
            h2 #review { "Decide it" }
            @if let Some(passed_on) = claim.passed_on.as_ref().filter(|_| claim.awaits_review()) {
                p { "It was claimed in time, but " strong { (passed_on.by) } " passed it on only on "
                    (time_in(frame, passed_on.received_at, view.time_zone)) ", after the deadline. Approved \
                     without an amount, it grants the credit of the statement." }
                (embedded(frame, &form, "review-"))
            } @else if claim.kind == CreditKind::Uptime {
                p { "The review of the month’s statement decides this claim." }
                p { a.button href={ (here) "#review" } { "Review the month" } }
            } @else {
                @if let Some(left) = view.left {
                    p { "At most " strong { (money(left)) }
                        " can be granted: what is left of the month’s fee." }
                }
                (embedded(frame, &form, "review-"))
            }
        }
    }
}

fn entries(view: &ClaimPage) -> Markup {
    let listed = table(
        "Table of entries",
        [Column::text("Entry"), Column::text("State"), Column::number("Amount"), Column::text("Where")],
        view.entries.iter().map(|entry| {
            [
                html! { code { (entry.credit_id) } },
                html! { (entry_state(entry.state)) },
                html! { (amount(entry.amount_minor, entry.currency)) },
                html! { (billed(entry)) },
            ]
        }),
    );
    html! {
        section.card aria-labelledby="ledger" {
            h2 #ledger { "Ledger entries" }
            @if view.entries.is_empty() { p.empty { "None so far." } } @else {
                (listed)
            }
        }
    }
}
