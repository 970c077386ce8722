//! Changes that wait for a second person: the list, and each with its effect and the form that decides it.

use events::command::CommandName;
use maud::{Markup, html};
use serde_json::Value;
use sla::id::StaffId;
use sla::proposal::{Proposal, ProposalState};

use super::command::{CommandForm, embedded};
use super::effect::effect;
use super::marks::{ago, by, own_note};
use super::sheets::sheet;
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge, encoded, time};

/// The page that lists changes that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposals {
    /// The reader, who cannot decide a change that they proposed.
    pub reader: StaffId,
    /// Changes that wait, the oldest first.
    pub waiting: Vec<Proposal>,
    /// True if there are more.
    pub is_more: bool,
}

/// The page of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalPage {
    /// The change.
    pub proposal: Proposal,
    /// The reader, who cannot decide a change that they proposed.
    pub reader: StaffId,
    /// Lines of the difference, for a revision of the terms.
    pub difference: Vec<String>,
}

/// Returns the title of a change: that of its form, or of a publication of terms.
fn title(proposal: &Proposal) -> &'static str {
    let command = proposal.change.get("command").and_then(Value::as_str).and_then(CommandName::of);
    command.and_then(sheet).map_or("Publish a revision of the terms", |sheet| sheet.title)
}

/// Renders the list (`GET /waiting`).
pub fn proposals(frame: &Frame, view: &Proposals) -> Markup {
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/" { "Needs a decision" } }
        h1 { "Changes that wait for a second person" }
        p.lead { "Each takes effect once another person approves it, and lapses after 14 days." }
        @if view.waiting.is_empty() { p.empty { "None." } } @else { (proposal_table(frame, view)) }
        @if view.is_more { p.soft { "There are more: decide these first." } }
    };
    frame.page("Changes that wait", &body)
}

fn proposal_table(frame: &Frame, view: &Proposals) -> Markup {
    let columns = [Column::text("Change"), Column::text("Proposed"), Column::text("Lapses")];
    let row = |own: &Proposal| {
        [
            html! {
                a href={ "/waiting/" (encoded(own.change_id.as_str())) } { (title(own)) }
                (own_note(Some(&view.reader), &own.proposed_by))
            },
            by(frame, &own.proposed_by, own.proposed_at),
            time(own.lapses_at, frame.zone),
        ]
    };
    table("Changes that wait", columns, view.waiting.iter().map(row))
}

/// Renders a change (`GET /waiting/{change_id}`).
pub fn proposal(frame: &Frame, view: &ProposalPage) -> Markup {
    let own = &view.proposal;
    let state = own.state(frame.now);
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/waiting" { "Changes that wait" } }
        h1 { (title(own)) }
        p.lead { (state_badge(state)) " " code { (own.change_id) } }
        section.card aria-labelledby="change" {
            h2 #change { "The change" }
            dl.facts {
                (fields(own))
                dt { "Proposed" }
                dd { "by " strong { (own.proposed_by) } ", " (time(own.proposed_at, frame.zone)) ", "
                    (ago(frame, own.proposed_at)) }
                (outcome(frame, own, state))
            }
            @if !view.difference.is_empty() {
                ul { @for line in &view.difference { li dir="auto" { (line) } } }
            }
        }
        (effect(&own.effect))
        @if state == ProposalState::Waiting { (decide(frame, view)) }
    };
    frame.page(title(own), &body)
}

fn state_badge(state: ProposalState) -> Markup {
    match state {
        ProposalState::Waiting => badge(Tone::Warn, "Needs a second person"),
        ProposalState::Approved => badge(Tone::Good, "Approved"),
        ProposalState::Rejected => badge(Tone::Bad, "Rejected"),
        ProposalState::Lapsed => badge(Tone::Quiet, "Lapsed"),
    }
}

/// Lists the command's fields by the words of its form.
fn fields(own: &Proposal) -> Markup {
    let command = own.change.get("command").and_then(Value::as_str).and_then(CommandName::of);
    let signer = command.and_then(CommandName::signed_by);
    let label = |name: &str| {
        let entry =
            command.and_then(sheet).and_then(|sheet| sheet.entries.iter().find(|entry| entry.name == name));
        entry.map_or_else(|| name.to_owned(), |entry| entry.label.to_owned())
    };
    let given = own.change.as_object().into_iter().flatten();
    let given = given.filter(|(name, value)| {
        !value.is_null() && *name != "command" && command.is_some() && Some(name.as_str()) != signer
    });
    html! {
        @for (name, value) in given {
            dt { (label(name)) }
            dd.prose dir="auto" {
                @match value {
                    Value::String(text) => { (text) }
                    other => { code { (other) } }
                }
            }
        }
    }
}

fn outcome(frame: &Frame, own: &Proposal, state: ProposalState) -> Markup {
    html! {
        @if let Some(step) = &own.decision {
            dt { "Decided" }
            dd { "by " strong { (step.by) } ", " (time(step.at, frame.zone))
                p.prose dir="auto" { (step.note) } }
        } @else {
            dt { @if state == ProposalState::Lapsed { "Lapsed" } @else { "Lapses" } }
            dd { (time(own.lapses_at, frame.zone)) }
        }
    }
}

fn decide(frame: &Frame, view: &ProposalPage) -> Markup {
    let own = &view.proposal;
    let form = CommandForm::with(CommandName::DecideChange, [("change_id", own.change_id.to_string())]);
    html! {
        section.card.note aria-labelledby="decide" {
            h2 #decide { "Decide it" }
            @if view.reader.is_same_person(own.proposed_by.as_str()) {
                p { (badge(Tone::Warn, "Another person must decide")) }
                p { "You proposed this change. It takes effect once somebody else approves it." }
            } @else { (embedded(frame, &form, "decide-")) }
        }
    }
}
