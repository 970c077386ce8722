//! Voids: a broken probe's checks that one person calls false, for a second person to decide.

use events::command::{CommandName, Subject};
use maud::{Markup, html};
use sla::effect::Effect;
use sla::id::StaffId;
use sla::void::Void;
use sla::{Month, Span, Zone};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded};
use super::effect::effect;
use super::marks::{ago, by, own_note, service_link, service_links, span_in, void_state};
use crate::frame::Frame;
use crate::frame::months;
use crate::table::{Column, table};
use crate::words::{Tone, badge, encoded, month, short_number, span, time};

/// The page that lists voids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voids {
    /// The reader, who cannot decide a void that they raised.
    pub reader: StaffId,
    /// Voids that await a second person, the oldest first.
    pub waiting: Vec<Void>,
    /// Decided voids that touch `month`, in display order.
    pub decided: Vec<Void>,
    /// The month (UTC) of `decided`.
    pub month: Month,
}

/// The page of a void.
#[derive(Debug, Clone, PartialEq)]
pub struct VoidPage {
    /// The void.
    pub void: Void,
    /// The reader, who cannot decide a void that they raised.
    pub reader: StaffId,
    /// Name of the service.
    pub service_name: String,
    /// Zone of its months.
    pub time_zone: Zone,
    /// The effect that approving it would have, while it waits.
    pub effect: Option<Effect>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders the list (`GET /voids`).
pub fn voids(frame: &Frame, view: &Voids) -> Markup {
    let body = html! {
        div.head {
            h1 { "Voids" }
            @if frame.offers(CommandName::VoidChecks) {
                a.button href="/voids/new" { "Void a probe’s checks" }
            }
        }
        section.card aria-labelledby="waiting" {
            h2 #waiting { "Waiting for a second person" }
            p.soft { "Until one is approved, the checks count as reported." }
            @if view.waiting.is_empty() { p.empty { "None." } }
            @else { (void_table(frame, &view.waiting, Some(&view.reader), "Waiting voids")) }
        }
        section.card aria-labelledby="decided" {
            h2 #decided { "Decided, touching " (month(view.month)) }
            @if view.decided.is_empty() { p.empty { "None." } }
            @else { (void_table(frame, &view.decided, None, "Decided voids")) }
            (months("/voids?month=", view.month, Some(view.month.previous()), Some(view.month.next())))
        }
    };
    frame.page("Voids", &body)
}

/// Lists voids; for a given reader it marks those that another person must decide.
pub(crate) fn void_table(frame: &Frame, voids: &[Void], reader: Option<&StaffId>, label: &str) -> Markup {
    let columns = [
        Column::text("Void"),
        Column::text("State"),
        Column::text("Probe"),
        Column::wide("Time"),
        Column::text("Raised"),
    ];
    let row = |own: &Void| {
        [
            html! { a href={ "/voids/" (encoded(own.void_id.as_str())) } { code { (own.void_id) } } },
            html! { (void_state(own)) (own_note(reader, &own.raised_by)) },
            html! { code { (own.probe) } p.soft { "of " (service_links([&own.service_id])) } },
            span(Span::new(own.starts_at, own.ends_at), frame.zone),
            by(frame, &own.raised_by, own.raised_at),
        ]
    };
    table(label, columns, voids.iter().map(row))
}

/// Renders a void (`GET /voids/{void_id}`).
pub fn void(frame: &Frame, view: &VoidPage) -> Markup {
    let own = &view.void;
    let decide = CommandForm::with(CommandName::DecideVoid, [("void_id", own.void_id.to_string())]);
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/voids" { "Voids" } }
        h1 { "Probe " (own.probe) }
        p.lead { (void_state(own)) " " (short_number(Subject::Void, own.void_id.as_str())) " · " code { (own.void_id) } }
        section.card aria-labelledby="grounds" {
            h2 #grounds { "Details" }
            dl.facts {
                dt { "Service" } dd { (service_link(&own.service_id, &view.service_name)) }
                dt { "Time" } dd { (span_in(frame, Span::new(own.starts_at, own.ends_at), view.time_zone)) }
                dt { "Evidence" } dd.prose dir="auto" { (own.evidence) }
                dt { "Raised" }
                dd { "by " strong { (own.raised_by) } ", " (time(own.raised_at, frame.zone)) ", "
                    (ago(frame, own.raised_at)) }
                @if let Some(step) = &own.decision {
                    dt { "Decided" }
                    dd { "by " strong { (step.by) } ", " (time(step.at, frame.zone))
                        p.prose dir="auto" { (step.note) } }
                }
            }
        }
        @if let Some(approval) = &view.effect { (effect(approval)) }
        @if own.ruling.is_none() {
            section.card.note aria-labelledby="decide" {
                h2 #decide { "Decide it" }
                @if view.reader.is_same_person(own.raised_by.as_str()) {
                    p { (badge(Tone::Warn, "Another person must decide")) }
                    p { "You raised this void, and nobody decides their own." }
                } @else { (embedded(frame, &decide, "decide-")) }
            }
        }
        (trail(frame, &view.trail))
    };
    frame.page(&format!("Void {}", own.void_id), &body)
}
