//! The notices of a month, in the caller's order; words and a sign show each severity.

use events::{Notice, Severity};
use maud::{Markup, html};
use sla::Month;

use crate::frame::Frame;
use crate::frame::months;
use crate::words::{Tone, badge, time};

/// The page that lists a month's notices.
#[derive(Debug, Clone, PartialEq)]
pub struct Notices {
    /// The month.
    pub month: Month,
    /// The previous month, if it is worth a link.
    pub earlier: Option<Month>,
    /// The next month, if it has begun.
    pub later: Option<Month>,
    /// The notices, in display order.
    pub notices: Vec<Notice>,
}

/// Renders the list (`GET /notices`).
pub fn notices(frame: &Frame, view: &Notices) -> Markup {
    let body = html! {
        div.head {
            h1 { "Notices" }
            a.button.second href="/subscriptions" { "Get notified" }
        }
        (months("/notices?month=", view.month, view.earlier, view.later))
        section.card aria-label="Notices" {
            @if view.notices.is_empty() { p.empty { "There are no notices for this month." } }
            ol.notices { @for notice in &view.notices { (item(frame, notice)) } }
        }
    };
    frame.page("Notices", &body)
}

fn item(frame: &Frame, notice: &Notice) -> Markup {
    let (tone, word) = match notice.severity {
        Severity::Info => (Tone::Note, "For information"),
        Severity::Warning => (Tone::Warn, "Warning"),
        Severity::Critical => (Tone::Bad, "Critical"),
    };
    html! {
        li {
            p { (badge(tone, word)) " " span.soft { (time(notice.occurred_at, frame.zone)) } }
            h2.small dir="auto" { (notice.subject) }
            p.prose dir="auto" { (notice.text) }
            p.links {
                // A link of this portal is relative, so that it leads nowhere else.
                @if let Some(path) = notice.claim_url.as_deref().filter(|url| url.starts_with("/claims/")) {
                    a href=(path) { "Claim the credit" }
                }
                @if let Some(ticket_id) = &notice.ticket_id {
                    a href={ "/tickets/" (ticket_id) } { "Ticket " (ticket_id) }
                }
                @if let Some(service_id) = &notice.service_id {
                    a href={ "/services/" (service_id)
                        @if let Some(month) = notice.month { "?month=" (month) } } { "Service " (service_id) }
                }
            }
        }
    }
}
