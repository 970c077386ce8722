//! The terms in force, to come and past, and a draft with the linter's findings and its changes.

use maud::{Markup, html};
use sla::Month;
use sla::Terms;
use sla::terms::{Finding, difference};

use super::changes::{Trail, trail};
use crate::form::{Field, FieldError};
use crate::frame::Frame;
use crate::portal::agreement::{clauses, differing};
use crate::table::{Column, table};
use crate::words::{Tone, badge, count, month};

/// A revision in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub revision: u32,
    /// The first month that it governs.
    pub effective_from: Month,
    /// Its digest.
    pub digest: String,
}

/// The page of the terms.
#[derive(Debug, Clone, PartialEq)]
pub struct TermsPage {
    /// The revision in force.
    pub in_force: Terms,
    /// The revisions to come, the next one first; the page compares each with its predecessor.
    pub coming: Vec<Terms>,
    /// All revisions, in display order.
    pub revisions: Vec<Revision>,
    /// The first month from which a revision published now can be in force.
    pub first_possible: Month,
    /// Their latest changes.
    pub trail: Trail,
}

/// The changes in a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsDifference {
    /// Number of the revision compared with: the one in force just before the draft.
    pub against: u32,
    /// The changes, a line each; empty if there are none.
    pub changes: Vec<String>,
}

/// The page of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The document as entered, or a first suggestion.
    pub document: String,
    /// True once the draft was checked; before that the page has no findings and no button to publish.
    pub is_checked: bool,
    /// Revision and first month that the draft names, if it can be read.
    pub names: Option<(u32, Month)>,
    /// Findings of the linter, and reasons why publishing now would be refused.
    pub findings: Vec<Finding>,
    /// Changes in the draft, if it can be read.
    pub difference: Option<TermsDifference>,
}

/// Renders the terms (`GET /terms`).
pub fn terms(frame: &Frame, view: &TermsPage) -> Markup {
    let before = std::iter::once(&view.in_force).chain(&view.coming);
    let listed = table(
        "Table of revisions",
        [
            Column::text("Revision"),
            Column::text("State"),
            Column::text("First month"),
            Column::wide("Digest"),
        ],
        view.revisions.iter().map(|own| revision_row(view, own)),
    );
    let body = html! {
        div.head {
            h1 { "Terms" }
            @if frame.mandates().staff { a.button href="/terms/draft" { "Draft a revision" } }
        }
        p { "A revision that is published now can be in force from "
            strong { (month(view.first_possible)) } " on." }
        section.card aria-labelledby="revisions" {
            h2 #revisions { "Revisions" }
            (listed)
        }
        @for (before, coming) in before.zip(&view.coming) {
            @let id = format!("coming-{}", coming.revision);
            section.card.note aria-labelledby=(id) {
                h2 id=(id) {
                    "Revision " (coming.revision) " takes effect in " (month(coming.effective_from))
                }
                (differing(&difference(before, coming)))
            }
        }
        section.card aria-labelledby="in-force" {
            h2 #in-force { "In force: revision " (view.in_force.revision) }
            details {
                summary { "Text as customers read it" }
                div.prose-page { (clauses(frame, &view.in_force)) }
            }
        }
        (trail(frame, &view.trail))
    };
    frame.page("Terms", &body)
}

fn since(first: Month) -> String {
    if first == Month::first() { "the beginning".to_owned() } else { month(first) }
}

fn revision_row(view: &TermsPage, own: &Revision) -> [Markup; 4] {
    let (tone, state) = match own.revision {
        number if number == view.in_force.revision => (Tone::Good, "In force"),
        number if number > view.in_force.revision => (Tone::Note, "Upcoming"),
        _ => (Tone::Quiet, "Past"),
    };
    [
        html! { (own.revision) },
        html! { (badge(tone, state)) },
        html! { (since(own.effective_from)) },
        html! { code.long { (own.digest) } },
    ]
}

/// Renders a draft (`GET` and `POST /terms/draft`).
pub fn terms_draft(frame: &Frame, view: &Draft) -> Markup {
    let errors = view.findings.iter().filter(|finding| finding.is_error()).count();
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/terms" { "Terms" } }
        h1 { "Draft a revision" }
        @if view.is_checked {
            (verdict(view, errors))
            (findings(&view.findings))
            @if let Some(found) = &view.difference { (changes(found)) }
            @if errors == 0 { (publish(frame, view)) }
        }
        section.card aria-labelledby="write" {
            h2 #write { "The document" }
            form method="post" action="/terms/draft" novalidate {
                (frame.csrf())
                (document(view))
                button type="submit" .second[view.is_checked && errors == 0] { "Check it" }
            }
        }
    };
    let title = if errors > 0 { "Error: Draft a revision" } else { "Draft a revision" };
    frame.page(title, &body)
}

fn document(view: &Draft) -> Markup {
    let none: &[FieldError] = &[];
    let hint = "TOML or JSON, as the command “terms show” writes it. Checking it changes nothing.";
    let field = Field { form: "", name: "document", label: "Terms", hint, errors: none };
    field.code(&view.document, 24)
}

fn verdict(view: &Draft, errors: usize) -> Markup {
    let warnings = view.findings.len() - errors;
    let (tone, words) = match (errors, warnings) {
        (0, 0) => (Tone::Good, "It can be published"),
        (0, _) => (Tone::Warn, "It can be published"),
        _ => (Tone::Bad, "It cannot be published"),
    };
    html! {
        p.summary .(tone.class()) role="status" {
            (badge(tone, words))
            @if errors > 0 { span { (count(errors, "error", "errors")) } }
            @if warnings > 0 { span { (count(warnings, "warning", "warnings")) } }
        }
    }
}

fn findings(findings: &[Finding]) -> Markup {
    let listed = table(
        "Table of findings",
        [Column::text("Place"), Column::text("Severity"), Column::wide("Message")],
        findings.iter().map(|finding| {
            [
                html! { code { (finding.field) } },
                html! {
                    @if finding.is_error() { (badge(Tone::Bad, "Error")) }
                    @else { (badge(Tone::Warn, "Warning")) }
                },
                html! { span dir="auto" { (finding.message) } },
            ]
        }),
    );
    html! {
        @if !findings.is_empty() {
            section.card aria-labelledby="findings" {
                h2 #findings { "Findings" }
                (listed)
            }
        }
    }
}

fn changes(found: &TermsDifference) -> Markup {
    html! {
        section.card aria-labelledby="difference" {
            h2 #difference { "Changes against revision " (found.against) }
            @if found.changes.is_empty() { p.empty { "No promise changes." } }
            @else { (differing(&found.changes)) }
        }
    }
}

/// Offers to publish the document exactly as it was checked.
fn publish(frame: &Frame, view: &Draft) -> Markup {
    html! {
        section.card.note aria-labelledby="publish" {
            h2 #publish { "Publish it" }
            form method="post" action="/terms" {
                (frame.csrf())
                input type="hidden" name="document" value=(view.document);
                (publishing(view))
                button.danger type="submit" { "Publish it to every customer" }
            }
        }
    }
}

fn publishing(view: &Draft) -> Markup {
    html! {
        div.message.effects.warn {
            p { strong { "What this does" } }
            dl.facts {
                @if let Some((revision, first)) = view.names {
                    dt { "Revision" }
                    dd { "Revision " (revision) ", exactly as checked, is in force from " (month(first))
                        " on." }
                }
                dt { "Time" }
                dd { "Months that begin and tickets that are opened from then on are judged by it." }
                dt { "Notices" }
                dd { "Every customer is notified at once, with the changes, and again when it takes effect." }
                dt { "For good" }
                dd { "A published revision is never edited: a mistake is corrected in the next revision." }
            }
        }
    }
}
