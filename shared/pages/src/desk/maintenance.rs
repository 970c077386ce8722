//! The calendar of scheduled maintenance: the windows under way, then those of a month, day by day.

use chrono::NaiveDate;
use events::change::{Object, Subject};
use events::command::CommandName;
use maud::{Markup, html};
use sla::exclusion::Maintenance;
use sla::{Month, Span};

use super::changes::trail_of;
use super::command::{CommandForm, folded};
use super::marks::{scope, window_state};
use crate::frame::Frame;
use crate::frame::months;
use crate::words::{short_number, span, time};

/// The page of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceMonth {
    /// The month, in UTC.
    pub month: Month,
    /// The previous month, if it is worth a link.
    pub earlier: Option<Month>,
    /// The next month, if it is worth a link.
    pub later: Option<Month>,
    /// Windows under way now, in any month.
    pub under_way: Vec<Maintenance>,
    /// Windows that begin in the month, ascending, including those cancelled or under way.
    pub windows: Vec<Maintenance>,
}

/// Renders the calendar (`GET /maintenance`).
pub fn maintenance(frame: &Frame, view: &MaintenanceMonth) -> Markup {
    let day = |window: &&Maintenance| frame.zone.date(window.starts_at);
    let is_under_way =
        |window: &&Maintenance| view.under_way.iter().any(|other| other.window_id == window.window_id);
    let others: Vec<&Maintenance> = view.windows.iter().filter(|window| !is_under_way(window)).collect();
    let days: Vec<&[&Maintenance]> = others.chunk_by(|a, b| day(a) == day(b)).collect();
    let body = html! {
        div.head {
            h1 { "Maintenance" }
            @if frame.offers(CommandName::AnnounceMaintenance) {
                a.button href="/maintenance/new" { "Announce maintenance" }
            }
        }
        @if !view.under_way.is_empty() {
            section.card.note aria-labelledby="under-way" {
                h2 #under-way { "Under way" }
                ul.plain { @for window in &view.under_way { (window_item(frame, window)) } }
            }
        }
        (months("/maintenance?month=", view.month, view.earlier, view.later))
        @if days.is_empty() {
            section.card aria-label="Days" { p.empty { "No other maintenance begins in this month." } }
        }
        @for windows in days {
            @if let Some(first) = windows.first() { (calendar_day(frame, day(first), windows)) }
        }
    };
    frame.page("Maintenance", &body)
}

fn calendar_day(frame: &Frame, date: NaiveDate, windows: &[&Maintenance]) -> Markup {
    let id = format!("day-{date}");
    html! {
        section.card.day aria-labelledby=(id) {
            h2 id=(id) { (date.format("%A, %-d\u{a0}%B")) }
            ul.plain { @for window in windows { (window_item(frame, window)) } }
        }
    }
}

/// Renders a window with its possible commands.
pub(crate) fn window_item(frame: &Frame, window: &Maintenance) -> Markup {
    let id = &window.window_id;
    let is_open = window.cancelled_at.is_none() && window.ends_at > frame.now;
    let shorten = CommandForm::with(CommandName::ShortenMaintenance, [("window_id", id.to_string())]);
    let cancel = CommandForm::with(CommandName::CancelMaintenance, [("window_id", id.to_string())]);
    html! {
        li.window id={ "window-" (id) } {
            p {
                (window_state(frame, window)) " "
                (span(Span::new(window.starts_at, window.ends_at), frame.zone))
            }
            p dir="auto" { (window.reason) }
            p.soft { "Covers: " (scope(&window.scope)) " · " (short_number(Subject::Maintenance, id.as_str())) " · " code { (id) } }
            p.soft {
                "Announced " (time(window.announced_at, frame.zone))
                @if let Some(at) = window.shortened_at { ", shortened " (time(at, frame.zone)) }
                @if let Some(at) = window.cancelled_at { ", cancelled " (time(at, frame.zone)) }
                " · " a href=(trail_of(&Object::of(Subject::Maintenance, &[id.as_str()]))) { "Who did what" }
            }
            @if is_open {
                (folded(frame, &shorten, &format!("shorten-{id}-"), "Shorten this window"))
                @if window.starts_at > frame.now {
                    (folded(frame, &cancel, &format!("cancel-{id}-"), "Cancel this window"))
                }
            }
        }
    }
}
