//! Shared marks of the desk: states in words and by a sign, times in the service's own zone, links.

use maud::{Markup, html};
use sla::exclusion::{Exclusion, Maintenance, Ruling};
use sla::id::StaffId;
use sla::void::Void;
use sla::{CustomerId, Instant, Scope, ServiceId, Span, Zone};

use crate::frame::Frame;
use crate::words::{Tone, badge, duration, encoded, span, time};

/// Writes an instant in the reader's zone, and in `zone` if that differs.
pub(crate) fn time_in(frame: &Frame, at: Instant, zone: Zone) -> Markup {
    html! {
        (time(at, frame.zone))
        @if zone != frame.zone { " " span.soft.since { "(" (zone.local(at)) ")" } }
    }
}

/// Writes a span in the reader's zone, and in `zone` if that differs.
pub(crate) fn span_in(frame: &Frame, own: Span, zone: Zone) -> Markup {
    html! { (span(own, frame.zone)) (span_local(frame, own, zone)) }
}

/// Writes a span in `zone`, unless that is the reader's zone.
pub(crate) fn span_local(frame: &Frame, own: Span, zone: Zone) -> Markup {
    html! {
        @if zone != frame.zone {
            p.soft { (zone.local(own.start)) " to " (zone.local(own.end)) ", in " (zone) }
        }
    }
}

/// Writes the time since an instant, such as `12 min ago`.
pub(crate) fn ago(frame: &Frame, at: Instant) -> String {
    let passed_s = frame.now.epoch_s() - at.epoch_s();
    // Minutes do not matter once days have passed.
    let rounded_s = match passed_s {
        ..60 => return "just now".to_owned(),
        60..86_400 => passed_s - passed_s % 60,
        _ => passed_s - passed_s % 3_600,
    };
    format!("{}\u{a0}ago", duration(rounded_s))
}

/// Renders the state of an exclusion.
pub(crate) fn exclusion_state(exclusion: &Exclusion) -> Markup {
    match (&exclusion.withdrawal, exclusion.ruling) {
        (Some(_), _) => badge(Tone::Quiet, "Withdrawn: counts"),
        (None, Some(Ruling::Approve)) => badge(Tone::Good, "Approved: does not count"),
        (None, Some(Ruling::Reject)) => badge(Tone::Bad, "Rejected: counts"),
        (None, None) => badge(Tone::Warn, "Waiting for a second person"),
    }
}

/// Renders the state of a void.
pub(crate) fn void_state(void: &Void) -> Markup {
    match void.ruling {
        Some(Ruling::Approve) => badge(Tone::Good, "Approved: counts as unknown"),
        Some(Ruling::Reject) => badge(Tone::Bad, "Rejected: counts as reported"),
        None => badge(Tone::Warn, "Waiting for a second person"),
    }
}

/// Renders the state of a maintenance window.
pub(crate) fn window_state(frame: &Frame, window: &Maintenance) -> Markup {
    if window.cancelled_at.is_some() {
        badge(Tone::Quiet, "Cancelled")
    } else if window.ends_at <= frame.now {
        badge(Tone::Quiet, "Over")
    } else if window.starts_at <= frame.now {
        badge(Tone::Warn, "Under way")
    } else {
        badge(Tone::Note, "Upcoming")
    }
}

/// Writes the scope of a window.
pub(crate) fn scope(scope: &Scope) -> Markup {
    html! {
        @match scope {
            Scope::All { .. } => "All services",
            Scope::Region { region } => { "Every service of the region " (region) },
            Scope::Services { services } => (service_links(services)),
        }
    }
}

/// Says of a thing that its reader raised that another person must decide it.
pub(crate) fn own_note(reader: Option<&StaffId>, raised_by: &StaffId) -> Markup {
    let is_own = reader.is_some_and(|reader| reader.is_same_person(raised_by.as_str()));
    html! { @if is_own { p.soft { "Yours: another must decide" } } }
}

/// Writes who raised a thing, and when.
pub(crate) fn by(frame: &Frame, raised_by: &StaffId, at: Instant) -> Markup {
    html! { "by " (raised_by) p.soft { (time(at, frame.zone)) } }
}

/// Links to services by their ids.
pub(crate) fn service_links<'a>(services: impl IntoIterator<Item = &'a ServiceId>) -> Markup {
    html! {
        @for (index, service_id) in services.into_iter().enumerate() {
            @if index > 0 { ", " }
            a href={ "/services/" (encoded(service_id.as_str())) } { code { (service_id) } }
        }
    }
}

/// Links to a service by its name.
pub(crate) fn service_link(service_id: &ServiceId, name: &str) -> Markup {
    html! { a href={ "/services/" (encoded(service_id.as_str())) } dir="auto" { (name) } }
}

/// Links to a customer by their name.
pub(crate) fn customer_link(customer_id: &CustomerId, name: &str) -> Markup {
    html! { a href={ "/customers/" (encoded(customer_id.as_str())) } dir="auto" { (name) } }
}

/// Links to the next page of a list, if there is one.
pub(crate) fn next_page(list: &str, after: Option<&str>) -> Markup {
    html! {
        @if let Some(after) = after {
            p { a rel="next" href={ (list) "?after=" (encoded(after)) } { "More →" } }
        }
    }
}
