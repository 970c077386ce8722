//! Credits that a customer can claim, with amounts and last days, and the course of its claims.

use events::claim_path;
use maud::{Markup, html};
use sla::claim::{Claim, ClaimState};
use sla::ledger::{CreditKind, Entry, EntryState};
use sla::{Instant, Money, Month, ServiceId, Zone};

use crate::frame::Frame;
use crate::words::{Tone, amount, badge, billed, claim_outcome, credit_kind, day, money, month, time};

/// A credit that can be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimableLine {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// The zone of its days.
    pub time_zone: Zone,
    /// The month.
    pub month: Month,
    /// The kind of credit.
    pub kind: CreditKind,
    /// True if the month is closed, and the amount its statement's.
    pub is_closed: bool,
    /// The credit, so far if the month is open; none if a person sets it.
    pub amount: Option<Money>,
    /// The first instant at which a claim is late; none while an outage is open.
    pub until: Option<Instant>,
}

/// The credits that can be claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimableList {
    /// The credits, in display order.
    pub lines: Vec<ClaimableLine>,
    /// Number of further months that may have one.
    pub others: usize,
}

/// Lists what can be claimed, each with a link to its filled form; nothing if there is nothing.
pub(crate) fn claimable(frame: &Frame, view: &ClaimableList) -> Markup {
    html! {
        @if !view.lines.is_empty() || view.others > 0 {
            section.card.note aria-labelledby="claimable" {
                h2 #claimable { "What you can claim" }
                @if !view.lines.is_empty() { (table(frame, &view.lines)) }
                @if view.others > 0 {
                    p.soft { (view.others) " more service-months missed a promise. "
                        "See " a href="/claims" { "the claims" }
                        " or the page of each service for what can still be claimed." }
                }
            }
        }
    }
}

fn table(frame: &Frame, lines: &[ClaimableLine]) -> Markup {
    html! {
        table.stack {
            thead {
                tr {
                    th scope="col" { "Service and month" }
                    th scope="col" { "What was missed" }
                    th.number scope="col" { "Credit" }
                    th scope="col" { "Last day" }
                    th scope="col" { span.unseen { "Claim" } }
                }
            }
            tbody { @for line in lines { (row(frame, line)) } }
        }
    }
}

fn row(frame: &Frame, line: &ClaimableLine) -> Markup {
    html! {
        tr {
            th.wide scope="row" {
                a href={ "/services/" (line.service_id) "?month=" (line.month) } dir="auto" {
                    (line.service_name) }
                ", " (month(line.month))
            }
            td data-label="Missed" { (credit_kind(line.kind)) }
            td.number data-label="Credit" {
                @match line.amount {
                    Some(credit) if line.is_closed => strong { (money(credit)) },
                    Some(credit) => {
                        strong { (money(credit)) " so far" }
                        p.soft { "The month is open: more downtime adds to it" }
                    }
                    None => "set by a review",
                }
            }
            td data-label="Last day" { (last_day(frame, line.until, line.time_zone)) }
            td {
                a.button href=(claim_path(&line.service_id, line.month, line.kind)) {
                    "Claim" span.unseen { " " (credit_kind(line.kind)) ", " (line.service_name) ", "
                        (month(line.month)) }
                }
            }
        }
    }
}

/// Names the last day on which a claim is in time, and its exact end.
fn last_day(frame: &Frame, until: Option<Instant>, zone: Zone) -> Markup {
    html! {
        @match until {
            Some(until) => {
                strong { (day(zone.date(until.plus_s(-1)))) }
                p.soft { "before " (time(until, frame.zone)) }
            }
            None => { "No deadline while the outage is open" }
        }
    }
}

/// Tells the course of a month's claims and credits: claimed, decided, credited, or not claimed in time.
/// `closes_at` is the close of an open month, if it is known.
pub(crate) fn course(
    frame: &Frame,
    claims: &[Claim],
    entries: &[Entry],
    closes_at: Option<Instant>,
) -> Markup {
    let unclaimed = |kind: &CreditKind| !claims.iter().any(|claim| claim.kind == *kind);
    let lapsed = [CreditKind::Uptime, CreditKind::Performance].into_iter().filter(unclaimed);
    let lapsed: Vec<_> =
        lapsed.filter_map(|kind| Entry::standing(entries, kind, EntryState::Lapsed)).collect();
    html! {
        @if !claims.is_empty() || !lapsed.is_empty() {
            ol.plain.course aria-label="Course of the claim" {
                @for claim in claims { (steps(frame, claim, entries, closes_at)) }
                @for entry in lapsed {
                    li { (badge(Tone::Quiet, "Not claimed in time")) " "
                        (amount(entry.amount_minor, entry.currency)) " not paid" }
                }
            }
        }
    }
}

fn steps(frame: &Frame, claim: &Claim, entries: &[Entry], closes_at: Option<Instant>) -> Markup {
    let settles = |entry: &&Entry| entry.claim_id.as_ref() == Some(&claim.claim_id);
    let entry = Entry::standing(entries, claim.kind, EntryState::Approved).filter(settles);
    html! {
        li { (badge(Tone::Note, "Claimed")) " " (credit_kind(claim.kind)) ", on " (time(claim.filed_at, frame.zone)) }
        @match claim.decided_at {
            Some(at) if claim.state != ClaimState::Held => {
                li { (claim_outcome(claim.state, None)) " on " (time(at, frame.zone)) }
            }
            _ => li { (claim_outcome(ClaimState::Held, closes_at.map(|at| frame.zone.date(at)))) },
        }
        @if let Some(entry) = entry {
            li { (badge(Tone::Good, "Credited")) " " (amount(entry.amount_minor, entry.currency)) " "
                (billed(entry)) }
        }
    }
}
