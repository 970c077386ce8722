//! The quarantine: rejected input, the reasons, and the form to mend and replay it.

use events::command::CommandName;
use maud::{Markup, html};
use sla::Instant;
use sla::id::{QuarantineId, SourceId, StaffId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded};
use super::marks::{ago, next_page};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge, encoded, number, time};

/// The origin of quarantined input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputSource {
    /// A check within a batch.
    Check,
    /// A record for `record-checks` that could not be read.
    Record,
    /// A ticket event within a batch.
    TicketEvent,
    /// A record for `record-tickets` that could not be read.
    TicketRecord,
    /// An outbox entry that is due and cannot be read.
    Outbox,
}

impl InputSource {
    const fn words(self) -> &'static str {
        match self {
            Self::Check => "A check",
            Self::Record => "A record of checks that cannot be read",
            Self::TicketEvent => "A ticket event",
            Self::TicketRecord => "A record of ticket events that cannot be read",
            Self::Outbox => "A notice in the outbox that cannot be read",
        }
    }
}

/// Quarantined input in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineLine {
    /// Its id.
    pub quarantine_id: QuarantineId,
    /// Its origin.
    pub source: InputSource,
    /// The source of webhooks that sent it, if one did.
    pub source_id: Option<SourceId>,
    /// The error, and what would be right.
    pub error: String,
    /// Instant of its first arrival.
    pub received_at: Instant,
    /// Instant at which it was accepted after all.
    pub replayed_at: Option<Instant>,
}

/// The page that lists quarantined input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quarantine {
    /// The inputs, in display order.
    pub inputs: Vec<QuarantineLine>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<QuarantineId>,
}

/// The page of quarantined input.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarantinedInput {
    /// Its line in the list.
    pub line: QuarantineLine,
    /// Its length in bytes.
    pub length: usize,
    /// Its SHA-256.
    pub sha256: String,
    /// True if `payload` is the whole input.
    pub is_whole: bool,
    /// The input as text; JSON is written over several lines.
    pub payload: String,
    /// Its replays, in order.
    pub replays: Vec<ReplayLine>,
    /// Its latest changes.
    pub trail: Trail,
}

/// A replay of quarantined input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayLine {
    /// Instant at which it was ordered.
    pub at: Instant,
    /// The person who ordered it.
    pub by: StaffId,
    /// SHA-256 of the replayed content.
    pub content: String,
    /// The replayed content, if it differs from the input as stored.
    pub changed_to: Option<String>,
    /// Numbers of accepted and of already known checks or events; `None` until the replay is complete.
    pub outcome: Option<(usize, usize)>,
}

/// Renders the list (`GET /quarantine`).
pub fn quarantine(frame: &Frame, view: &Quarantine) -> Markup {
    let listed = table(
        "Table of quarantined input",
        [
            Column::wide("Input"),
            Column::text("State"),
            Column::wide("What is wrong"),
            Column::text("Received"),
        ],
        view.inputs.iter().map(|line| row(frame, line)),
    );
    let body = html! {
        h1 { "Quarantine" }
        p { "Input that could not be processed, kept as received. It does not count until it is replayed." }
        section.card aria-label="Quarantined input" {
            @if view.inputs.is_empty() { p.empty { "Nothing is quarantined." } } @else {
                (listed)
            }
            (next_page("/quarantine", view.after.as_ref().map(QuarantineId::as_str)))
        }
    };
    frame.page("Quarantine", &body)
}

fn row(frame: &Frame, line: &QuarantineLine) -> [Markup; 4] {
    [
        html! {
            a href={ "/quarantine/" (encoded(line.quarantine_id.as_str())) } { (line.source.words()) }
            p.soft { code { (line.quarantine_id) } }
            @if let Some(id) = &line.source_id { p.soft { "of " (source_link(id)) } }
        },
        html! { (state(line)) },
        html! { span dir="auto" { (line.error) } },
        html! { (time(line.received_at, frame.zone)) p.soft { (ago(frame, line.received_at)) } },
    ]
}

fn source_link(id: &SourceId) -> Markup {
    html! { a href={ "/sources/" (encoded(id.as_str())) } { code { (id) } } }
}

fn state(line: &QuarantineLine) -> Markup {
    match (line.replayed_at, line.source) {
        (Some(_), _) => badge(Tone::Good, "Replayed"),
        (None, InputSource::Outbox) => badge(Tone::Note, "Waiting for a version that can read it"),
        (None, _) => badge(Tone::Warn, "Waiting"),
    }
}

/// Renders quarantined input (`GET /quarantine/{quarantine_id}`).
pub fn quarantined(frame: &Frame, view: &QuarantinedInput) -> Markup {
    let line = &view.line;
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/quarantine" { "Quarantine" } }
        h1 { (line.source.words()) }
        p.lead { (state(line)) " " code { (line.quarantine_id) } }
        section.card aria-labelledby="error" {
            h2 #error { "What is wrong" }
            p.prose dir="auto" { (line.error) }
            dl.facts {
                @if let Some(id) = &line.source_id {
                    dt { "Sent by" } dd { (source_link(id)) ", where its key can be mapped" }
                }
                dt { "Received" }
                dd { (time(line.received_at, frame.zone)) ", " (ago(frame, line.received_at)) }
                @if let Some(at) = line.replayed_at { dt { "Replayed" } dd { (time(at, frame.zone)) } }
                dt { "Length" }
                dd { (number(i64::try_from(view.length).unwrap_or(i64::MAX))) " bytes"
                    @if !view.is_whole { ", of which only the beginning was kept" } }
                dt { "SHA-256" } dd { code.long { (view.sha256) } }
            }
        }
        section.card aria-labelledby="kept" {
            h2 #kept { "Input as stored" }
            pre.prose tabindex="0" dir="auto" { (view.payload) }
        }
        @if !view.replays.is_empty() { (replays(frame, &view.replays)) }
        (replay(frame, view))
        (trail(frame, &view.trail))
    };
    frame.page(line.source.words(), &body)
}

fn replays(frame: &Frame, replays: &[ReplayLine]) -> Markup {
    html! {
        section.card aria-labelledby="replays" {
            h2 #replays { "Replays" }
            @for replay in replays {
                dl.facts {
                    dt { "Replayed" } dd { (time(replay.at, frame.zone)) " by " b dir="auto" { (replay.by) } }
                    dt { "Result" }
                    dd {
                        @match replay.outcome {
                            Some((accepted, duplicates)) => {
                                (accepted) " accepted, " (duplicates) " already known"
                            }
                            None => { "Not finished: replay it again" }
                        }
                    }
                    dt { "SHA-256" } dd { code.long { (replay.content) } }
                }
                @match &replay.changed_to {
                    Some(changed_to) => { pre.prose tabindex="0" dir="auto" { (changed_to) } }
                    None => { p.soft { "As stored." } }
                }
            }
        }
    }
}

fn replay(frame: &Frame, view: &QuarantinedInput) -> Markup {
    let id = &view.line.quarantine_id;
    let payload = if view.is_whole { view.payload.clone() } else { String::new() };
    let form = CommandForm::with(
        CommandName::ReplayQuarantine,
        [("quarantine_id", id.to_string()), ("payload", payload)],
    );
    html! {
        section.card.note aria-labelledby="replay" {
            h2 #replay { "Correct and replay" }
            @if view.line.source == InputSource::Outbox {
                p { "It is still in the outbox. Deploy a version that can read it; the sweep of send-notices \
                     then delivers it." }
            } @else {
                @if view.line.replayed_at.is_some() {
                    p { "It was replayed. The same content counts once; changed content is recorded under \
                         your name." }
                }
                @if !view.is_whole { p { "Only its beginning was kept: enter the whole input." } }
                (embedded(frame, &form, "replay-"))
            }
        }
    }
}
