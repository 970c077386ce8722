//! A trial: what the last message of a source that was kept would become by its present mappings. Nothing of
//! it is recorded.

use events::command::CommandName;
use events::source::TicketKind;
use maud::{Markup, html};
use sla::id::{QuarantineId, SourceId};
use sla::{Instant, ProbeId, ServiceId, Status, TicketId};

use super::marks::{ago, service_links};
use crate::frame::Frame;
use crate::words::{Tone, badge, encoded, time};

/// Outcome of one item of a message, were it taken in.
#[derive(Debug, Clone, PartialEq)]
pub enum TrialLine {
    /// A sighting of a service.
    Sighting {
        /// The service.
        service_id: ServiceId,
        /// The probe.
        probe: ProbeId,
        /// The start of the failure, with its status.
        failed: Option<(Instant, Status)>,
        /// The end of the failure, or a good measurement.
        cleared_at: Option<Instant>,
        /// The metrics, each with its unit.
        measured: Vec<(f64, &'static str)>,
    },
    /// Events of a ticket.
    Ticket {
        /// The ticket.
        ticket_id: TicketId,
        /// The changes.
        changes: Vec<(TicketKind, Instant)>,
        /// Registrations that are missing before the ticket can be opened.
        lacks: Vec<String>,
    },
    /// A proof of life.
    Proof(Instant),
    /// Test messages.
    Test(usize),
    /// Something from which nothing follows, by its name.
    Nothing(String),
    /// An item that no mapping fits: its key, and what is wrong.
    Unmapped(String, String),
    /// Something that cannot be taken in, and why.
    Refused(String),
}

/// A message that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedMessage {
    /// Its place in the quarantine.
    pub quarantine_id: QuarantineId,
    /// The receipt.
    pub received_at: Instant,
    /// True if it was taken in since.
    pub is_replayed: bool,
    /// The outcomes of its items.
    pub lines: Vec<TrialLine>,
}

/// The page of a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialPage {
    /// The source.
    pub source_id: SourceId,
    /// The message; `None` if none is kept.
    pub message: Option<TriedMessage>,
}

/// Renders a trial (`GET /sources/{source_id}/trial`).
pub fn trial(frame: &Frame, view: &TrialPage) -> Markup {
    let title = "What the message would become";
    let body = html! {
        nav.crumbs aria-label="Where you are" {
            a href={ "/sources/" (encoded(view.source_id.as_str())) } { (view.source_id) }
        }
        h1 { (title) }
        @match &view.message {
            None => {
                p { "No message of this source is kept: what is mapped is recorded at once, and what is not \
                     waits in the quarantine until it is replayed." }
            }
            Some(message) => {
                p { "By the mappings as they are now. Nothing of this is recorded." }
                (result(frame, message))
            }
        }
    };
    frame.page(title, &body)
}

fn result(frame: &Frame, message: &TriedMessage) -> Markup {
    let input = format!("/quarantine/{}", encoded(message.quarantine_id.as_str()));
    let may_replay = !message.is_replayed && frame.offers(CommandName::ReplayQuarantine);
    html! {
        section.card aria-labelledby="result" {
            h2 #result { "The message" }
            p {
                "Received " (time(message.received_at, frame.zone)) ", " (ago(frame, message.received_at)) ". "
                a href=(input) { "Its text" }
            }
            @if message.lines.is_empty() { p.empty { "It says nothing." } }
            ul.plain { @for line in &message.lines { li { (shown(frame, line)) } } }
            @if message.is_replayed { p { (badge(Tone::Good, "Replayed")) } }
            @if may_replay {
                form method="post" action={ "/commands/" (CommandName::ReplayQuarantine.as_str()) } {
                    (frame.csrf())
                    input type="hidden" name="quarantine_id" value=(message.quarantine_id);
                    p { "It is taken in whole, or not at all. What is refused stays as it is." }
                    button type="submit" { "Replay it" }
                }
            }
        }
    }
}

fn shown(frame: &Frame, line: &TrialLine) -> Markup {
    match line {
        TrialLine::Sighting { service_id, probe, failed, cleared_at, measured } => html! {
            p {
                (badge(Tone::Good, "Checks")) " " (service_links([service_id])) ", by the probe " code { (probe) }
            }
            @if let Some((at, status)) = failed {
                p.soft { (status_words(*status)) " from " (time(*at, frame.zone)) }
            }
            @if let Some(at) = cleared_at {
                p.soft {
                    "up from " (time(*at, frame.zone))
                    @for (number, unit) in measured { ", " (number) " " (unit) }
                }
            }
        },
        TrialLine::Ticket { ticket_id, changes, lacks } => html! {
            p {
                (badge(if lacks.is_empty() { Tone::Good } else { Tone::Warn }, "Ticket")) " " code { (ticket_id) }
            }
            @for (kind, at) in changes {
                p.soft { (kind.as_str().replace('_', " ")) " at " (time(*at, frame.zone)) }
            }
            @for lack in lacks { p dir="auto" { (lack) } }
        },
        TrialLine::Proof(at) => {
            html! { p { (badge(Tone::Good, "Proof of life")) " " (time(*at, frame.zone)) } }
        }
        TrialLine::Test(number) => html! {
            p { (badge(Tone::Note, "Test")) " " (number) ", which is no check" }
        },
        TrialLine::Nothing(name) => html! {
            p { (badge(Tone::Quiet, "Nothing")) " " span dir="auto" { (name) } }
        },
        TrialLine::Unmapped(key, error) => html! {
            p { (badge(Tone::Warn, "Not mapped")) " " code dir="auto" { (key) } }
            p.soft dir="auto" { (error) }
        },
        TrialLine::Refused(error) => html! {
            p { (badge(Tone::Bad, "Refused")) } p.soft dir="auto" { (error) }
        },
    }
}

const fn status_words(status: Status) -> &'static str {
    match status {
        Status::Up => "up",
        Status::Degraded => "degraded",
        Status::Down => "down",
        Status::Unknown => "unknown",
    }
}
