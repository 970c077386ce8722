//! The list of exclusions, pending and decided, and an exclusion with its evidence and effects.

use events::command::{CommandName, Subject};
use maud::{Markup, html};
use sla::availability::Verdict;
use sla::effect::Effect;
use sla::exclusion::Exclusion;
use sla::id::StaffId;
use sla::{CustomerId, Month, ServiceId, Span, Zone};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded, folded};
use super::effect::effect;
use super::marks::{
    ago, by, customer_link, exclusion_state, own_note, service_link, service_links, span_local,
};
use crate::frame::Frame;
use crate::frame::months;
use crate::table::{Column, table};
use crate::words::{Tone, badge, clause, duration, encoded, month, short_number, span, time, verdict};

/// The page that lists exclusions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusions {
    /// The reader, who cannot decide an exclusion that they raised.
    pub reader: StaffId,
    /// Exclusions that await a second person, the oldest first.
    pub waiting: Vec<Exclusion>,
    /// Exclusions that are decided or withdrawn and touch `month`, in display order.
    pub decided: Vec<Exclusion>,
    /// The month (UTC) of `decided`.
    pub month: Month,
}

/// A month of a service that an exclusion touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoveredMonth {
    /// The month.
    pub month: Month,
    /// Newest revision and verdict; `None` while the month is open.
    pub closed: Option<(u32, Verdict)>,
}

/// A service that an exclusion covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredService {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// Its customer.
    pub customer_id: CustomerId,
    /// Name of the customer.
    pub customer_name: String,
    /// Zone of its months.
    pub time_zone: Zone,
    /// Seconds of downtime within the exclusion, if they were counted.
    pub down_s: Option<i64>,
    /// Months that the exclusion touches, ascending.
    pub months: Vec<CoveredMonth>,
}

/// The page of an exclusion.
#[derive(Debug, Clone, PartialEq)]
pub struct ExclusionPage {
    /// The exclusion.
    pub exclusion: Exclusion,
    /// The reader, who cannot decide an exclusion that they raised.
    pub reader: StaffId,
    /// The covered services, as far as they are known.
    pub covered: Vec<CoveredService>,
    /// The effect that approving it would have, while it waits.
    pub effect: Option<Effect>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders the list (`GET /exclusions`).
pub fn exclusions(frame: &Frame, view: &Exclusions) -> Markup {
    let body = html! {
        div.head {
            h1 { "Exclusions" }
            @if frame.offers(CommandName::RaiseExclusion) {
                a.button href="/exclusions/new" { "Raise an exclusion" }
            }
        }
        section.card aria-labelledby="waiting" {
            h2 #waiting { "Waiting for a second person" }
            p.soft { "Until one is approved, its time counts." }
            @if view.waiting.is_empty() { p.empty { "None." } }
            @else { (exclusion_table(frame, &view.waiting, Some(&view.reader), "Waiting exclusions")) }
        }
        section.card aria-labelledby="decided" {
            h2 #decided { "Decided, touching " (month(view.month)) }
            @if view.decided.is_empty() { p.empty { "None." } }
            @else { (exclusion_table(frame, &view.decided, None, "Decided exclusions")) }
            (months("/exclusions?month=", view.month, Some(view.month.previous()), Some(view.month.next())))
        }
    };
    frame.page("Exclusions", &body)
}

/// Lists exclusions; for a given reader it marks those that another person must decide.
pub(crate) fn exclusion_table(
    frame: &Frame,
    exclusions: &[Exclusion],
    reader: Option<&StaffId>,
    label: &str,
) -> Markup {
    let columns = [
        Column::text("Exclusion"),
        Column::text("State"),
        Column::wide("Time covered"),
        Column::wide("Services"),
        Column::text("Raised"),
    ];
    let row = |own: &Exclusion| {
        [
            html! {
                a href={ "/exclusions/" (encoded(own.exclusion_id.as_str())) } { (clause(own.clause)) }
                p.soft { (short_number(Subject::Exclusion, own.exclusion_id.as_str())) " · " code { (own.exclusion_id) } }
            },
            html! {
                (exclusion_state(own))
                (own_note(reader, &own.raised_by))
                @if !own.disputes.is_empty() { p { (badge(Tone::Warn, "Disputed")) } }
            },
            span(Span::new(own.starts_at, own.ends_at), frame.zone),
            service_links(&own.services),
            by(frame, &own.raised_by, own.raised_at),
        ]
    };
    table(label, columns, exclusions.iter().map(row))
}

/// Renders an exclusion (`GET /exclusions/{exclusion_id}`).
pub fn exclusion(frame: &Frame, view: &ExclusionPage) -> Markup {
    let own = &view.exclusion;
    let title = format!("{}: {}", clause(own.clause), own.exclusion_id);
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/exclusions" { "Exclusions" } }
        h1 { (clause(own.clause)) }
        p.lead { (exclusion_state(own)) " " (short_number(Subject::Exclusion, own.exclusion_id.as_str())) " · " code { (own.exclusion_id) } }
        section.card aria-labelledby="grounds" {
            h2 #grounds { "Details" }
            (facts(frame, own))
        }
        (covered(frame, view))
        (disputes(frame, view))
        @if let Some(approval) = &view.effect { (effect(approval)) }
        @if own.ruling.is_none() && own.withdrawal.is_none() { (decide(frame, view)) }
        @let may_be_withdrawn = matches!(own.state(), "raised" | "approved");
        @if may_be_withdrawn && frame.offers(CommandName::WithdrawExclusion) {
            section.card aria-labelledby="withdraw" {
                h2 #withdraw { "Withdraw it" }
                p { "It can be withdrawn, even by the person who raised it." }
                (folded(frame, &about(CommandName::WithdrawExclusion, own), "withdraw-", "Withdraw this exclusion"))
            }
        }
        (trail(frame, &view.trail))
    };
    frame.page(&title, &body)
}

fn about(command: CommandName, exclusion: &Exclusion) -> CommandForm {
    CommandForm::with(command, [("exclusion_id", exclusion.exclusion_id.to_string())])
}

fn facts(frame: &Frame, own: &Exclusion) -> Markup {
    let steps = [("Decided", &own.decision), ("Withdrawn", &own.withdrawal)];
    html! {
        dl.facts {
            dt { "Time covered" } dd { (span(Span::new(own.starts_at, own.ends_at), frame.zone)) }
            dt { "Evidence" } dd.prose dir="auto" { (own.evidence) }
            dt { "Raised" }
            dd {
                "by " strong { (own.raised_by) } ", " (time(own.raised_at, frame.zone)) ", "
                (ago(frame, own.raised_at))
            }
            @for (what, step) in steps {
                @if let Some(step) = step {
                    dt { (what) }
                    dd { "by " strong { (step.by) } ", " (time(step.at, frame.zone))
                        p.prose dir="auto" { (step.note) } }
                }
            }
        }
    }
}

fn covered(frame: &Frame, view: &ExclusionPage) -> Markup {
    let own = Span::new(view.exclusion.starts_at, view.exclusion.ends_at);
    let unknown =
        view.exclusion.services.iter().filter(|id| !view.covered.iter().any(|c| c.service_id == **id));
    let unknown: Vec<&ServiceId> = unknown.collect();
    let listed = table(
        "Services that it covers",
        [
            Column::wide("Service"),
            Column::text("Customer"),
            Column::number("Down in that time"),
            Column::wide("Months that it touches"),
        ],
        view.covered.iter().map(|service| covered_row(frame, service, own)),
    );
    html! {
        section.card aria-labelledby="covered" {
            h2 #covered { "What it covers" }
            (listed)
            @if !unknown.is_empty() { p { "Also: " (service_links(unknown)) } }
        }
    }
}

fn covered_row(frame: &Frame, service: &CoveredService, own: Span) -> [Markup; 4] {
    let id = encoded(service.service_id.as_str());
    [
        html! {
            (service_link(&service.service_id, &service.service_name))
            (span_local(frame, own, service.time_zone))
        },
        html! { (customer_link(&service.customer_id, &service.customer_name)) },
        html! { (service.down_s.map_or_else(|| "–".to_owned(), duration)) },
        html! {
            @for covered in &service.months {
                p {
                    @match covered.closed {
                        Some((revision, found)) => {
                            a href={ "/statements/" (id) "/" (covered.month) } { (month(covered.month)) }
                            " " (verdict(found)) " " span.soft { "closed, revision " (revision) }
                        }
                        None => { (month(covered.month)) " " span.soft { "open" } }
                    }
                }
            }
        },
    ]
}

fn disputes(frame: &Frame, view: &ExclusionPage) -> Markup {
    let own = &view.exclusion;
    let name = |id: &CustomerId| {
        let found = view.covered.iter().find(|service| service.customer_id == *id);
        found.map_or_else(|| id.to_string(), |service| service.customer_name.clone())
    };
    let may_be_disputed = own.dispute_until.filter(|until| *until > frame.now);
    html! {
        section.card aria-labelledby="disputes" {
            h2 #disputes { "Disputes" }
            @if let Some(until) = may_be_disputed {
                p.soft { "It can be disputed before " (time(until, frame.zone)) "." }
            }
            @if own.disputes.is_empty() { p.empty { "None so far." } }
            @for dispute in &own.disputes {
                article.exclusion {
                    h3 { (customer_link(&dispute.customer_id, &name(&dispute.customer_id))) }
                    p.soft { (time(dispute.at, frame.zone)) }
                    p.prose dir="auto" { (dispute.statement) }
                }
            }
            @if may_be_disputed.is_some() {
                (folded(frame, &about(CommandName::DisputeExclusion, own), "dispute-", "Record a dispute"))
            }
        }
    }
}

fn decide(frame: &Frame, view: &ExclusionPage) -> Markup {
    html! {
        section.card.note aria-labelledby="decide" {
            h2 #decide { "Decide it" }
            @if view.reader.is_same_person(view.exclusion.raised_by.as_str()) {
                p { (badge(Tone::Warn, "Another person must decide")) }
                p { "You raised this exclusion, and nobody decides their own." }
            } @else { (embedded(frame, &about(CommandName::DecideExclusion, &view.exclusion), "decide-")) }
        }
    }
}
