//! Sources of webhooks: a list with its problems first, and a page for each with what it maps, what of it is
//! not mapped, its secret, and the configuration of its sender.

use std::collections::BTreeMap;

use events::Source;
use events::command::CommandName;
use events::source::{Choice, Mapping, Mode, Scheme, SourceKind, UnmappedAction};
use maud::{Markup, html};
use sla::Instant;
use sla::id::{QuarantineId, SourceId, StaffId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, folded};
use super::guide::guide;
use super::marks::{ago, next_page};
use super::sheets::KINDS;
use crate::form::{Field, FieldError, error_summary, titled};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge, count, duration, encoded, time};

/// Name of the field with a secret: what it holds is in no page, and is not kept with a form.
pub const SECRET_FIELD: &str = "secret";

/// The health of a source, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceHealth {
    /// It proves its life no more.
    Silent,
    /// It left something out of late.
    Lossy,
    /// Something of what it sends is not mapped.
    Unmapped,
    /// It can prove nothing: no secret was entered, and no message came.
    WithoutSecret,
    /// No message came.
    Unheard,
    /// It reports.
    Reporting,
    /// It was removed.
    Removed,
}

/// A source in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// The source.
    pub source_id: SourceId,
    /// Its kind.
    pub kind: SourceKind,
    /// Its health.
    pub health: SourceHealth,
    /// The receipt of its last message.
    pub last_message_at: Option<Instant>,
    /// The receipt of its last test message.
    pub last_test_at: Option<Instant>,
    /// Number of keys that no mapping fits.
    pub unmapped: usize,
}

/// The page that lists the sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The sources, in display order.
    pub sources: Vec<SourceLine>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<SourceId>,
}

/// A key that no mapping fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedLine {
    /// The series or ticket, as the sender names it.
    pub key: String,
    /// The words by which a mapping could name it, by their paths.
    pub words: BTreeMap<String, String>,
    /// The error, with its remedy.
    pub error: String,
    /// The last item of it in the quarantine.
    pub quarantine_id: QuarantineId,
    /// The last receipt.
    pub last_at: Instant,
    /// Number of minutes in which it came.
    pub count: u32,
}

/// The secrets of a source, of which nobody sees more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// None is stored.
    Missing,
    /// One is stored, or two if `has_previous`.
    Entered {
        /// True if the secret before it is valid as well.
        has_previous: bool,
    },
    /// Something is stored that is no secret.
    Unreadable,
}

/// The page of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePage {
    /// The source.
    pub source: Source,
    /// Its health.
    pub health: SourceHealth,
    /// The receipts of its last message, its last test message, and the last of which something was mapped.
    pub last_at: [Option<Instant>; 3],
    /// The last instant at which it proved that it lives.
    pub last_proof_at: Option<Instant>,
    /// Seconds from the sending of its last message to the receipt.
    pub skew_s: Option<i64>,
    /// The last loss: its instant and its error.
    pub last_loss: Option<(Instant, String)>,
    /// Keys that no mapping fits, in display order.
    pub unmapped: Vec<UnmappedLine>,
    /// Its secrets.
    pub secret: SecretState,
    /// The last entering of a secret at the desk, if one is known.
    pub entered: Option<(Instant, StaffId)>,
    /// Origin to which senders send, such as `https://hooks.example`.
    pub hooks: String,
    /// Errors of the form with a secret.
    pub errors: Vec<FieldError>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Returns the words for a kind.
fn kind_words(kind: SourceKind) -> &'static str {
    KINDS.iter().find(|(name, _)| *name == kind.as_str()).map_or(kind.as_str(), |(_, words)| words)
}

fn health(health: SourceHealth) -> Markup {
    match health {
        SourceHealth::Silent => badge(Tone::Bad, "Silent: it proves no life"),
        SourceHealth::Lossy => badge(Tone::Bad, "Something was left out"),
        SourceHealth::Unmapped => badge(Tone::Warn, "Not everything is mapped"),
        SourceHealth::WithoutSecret => badge(Tone::Warn, "No secret is entered"),
        SourceHealth::Unheard => badge(Tone::Note, "Nothing came yet"),
        SourceHealth::Reporting => badge(Tone::Good, "Reporting"),
        SourceHealth::Removed => badge(Tone::Quiet, "Removed"),
    }
}

/// Writes an instant with the time since it, or that there is none.
fn last(frame: &Frame, at: Option<Instant>) -> Markup {
    html! {
        @match at {
            Some(at) => { (time(at, frame.zone)) p.soft { (ago(frame, at)) } }
            None => "–",
        }
    }
}

/// Renders the list (`GET /sources`).
pub fn sources(frame: &Frame, view: &Sources) -> Markup {
    let listed = table(
        "Table of sources",
        [
            Column::text("Source"),
            Column::text("State"),
            Column::text("Last message"),
            Column::text("Last test"),
            Column::text("Unmapped keys"),
        ],
        view.sources.iter().map(|line| row(frame, line)),
    );
    let body = html! {
        h1 { "Sources" }
        p { "Monitors and help desks that send webhooks. What no mapping fits waits in the "
            a href="/quarantine" { "quarantine" } "." }
        section.card aria-label="Registered sources" {
            @if view.sources.is_empty() { p.empty { "No source is registered." } } @else {
                (listed)
            }
            (next_page("/sources", view.after.as_ref().map(SourceId::as_str)))
        }
        @if frame.offers(CommandName::RegisterSource) { (connect()) }
    };
    frame.page("Sources", &body)
}

fn row(frame: &Frame, line: &SourceLine) -> [Markup; 5] {
    let href = address(&line.source_id);
    [
        html! { a href=(href) { code { (line.source_id) } } p.soft { (kind_words(line.kind)) } },
        html! { (health(line.health)) },
        html! { (last(frame, line.last_message_at)) },
        html! { (last(frame, line.last_test_at)) },
        html! { @if line.unmapped > 0 { a href={ (href) "#unmapped" } { (line.unmapped) } } @else { "0" } },
    ]
}

/// Offers the form of a new source, filled in for each kind.
fn connect() -> Markup {
    html! {
        section.card aria-labelledby="connect" {
            h2 #connect { "Connect a source" }
            p { "The form is filled in as the guide recommends it: put in your own services." }
            ul {
                @for (kind, words) in KINDS {
                    li { a href={ "/sources/new?kind=" (kind) } { (words) } }
                }
            }
        }
    }
}

fn address(id: &SourceId) -> String {
    format!("/sources/{}", encoded(id.as_str()))
}

/// Renders a source (`GET /sources/{source_id}`, and `POST /sources/{source_id}/secret` when it is refused).
pub fn source(frame: &Frame, view: &SourcePage) -> Markup {
    let source = &view.source;
    let is_removed = view.health == SourceHealth::Removed;
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/sources" { "Sources" } }
        (error_summary(&view.errors, &[SECRET_FIELD]))
        h1 { (source.source_id) }
        p.lead { (health(view.health)) " " (kind_words(source.kind)) }
        (heard(frame, view))
        @if !view.unmapped.is_empty() { (unmapped(frame, view)) }
        (mappings(frame, source, is_removed))
        (secret(frame, view))
        @if !is_removed {
            section.card aria-labelledby="sender" {
                h2 #sender { "Configure the sender" }
                dl.facts {
                    dt { "Address" }
                    dd { code.long { (hook(view)) } }
                    dt { "Proof" } dd { (proof(source)) }
                }
                p.soft { "From the handbook, with this source’s address. Capitals stand for your own values." }
                (guide(source.kind, &view.hooks, &source.source_id))
            }
            @if frame.offers(CommandName::ChangeSource) { (changes(frame, source)) }
        }
        (trail(frame, &view.trail))
    };
    frame.page(&titled(source.source_id.as_str(), &view.errors), &body)
}

fn hook(view: &SourcePage) -> String {
    let token = if view.source.auth.scheme == Scheme::PathToken { "/SECRET" } else { "" };
    format!("{}/hooks/{}{token}", view.hooks, view.source.source_id)
}

fn proof(source: &Source) -> Markup {
    let auth = &source.auth;
    let is_in_header = !matches!(auth.scheme, Scheme::PathToken | Scheme::StandardWebhooks);
    html! {
        code { (auth.scheme.as_str()) }
        @if is_in_header { ", in the header " code { (auth.header(source.kind)) } }
        @if let Some(name) = auth.timestamp_header() { ", with the time in " code { (name) } }
    }
}

fn heard(frame: &Frame, view: &SourcePage) -> Markup {
    let [message, test, mapped] = view.last_at;
    let at = |at: Option<Instant>| {
        html! {
            @match at { Some(at) => { (time(at, frame.zone)) ", " (ago(frame, at)) } None => "None" }
        }
    };
    html! {
        section.card aria-labelledby="heard" {
            h2 #heard { "What it sent of late" }
            dl.facts {
                dt { "Last message" } dd { (at(message)) }
                dt { "Last test" } dd { (at(test)) }
                dt { "Last mapped" } dd { (at(mapped)) }
                @if view.source.mode == Mode::Heartbeats {
                    dt { "Last proof of life" } dd { (at(view.last_proof_at)) }
                }
                @if let Some(skew_s) = view.skew_s {
                    dt { "Sent before its receipt" } dd { (skew(skew_s)) }
                }
                @if let Some((at, error)) = &view.last_loss {
                    dt { "Left out" }
                    dd { (time(*at, frame.zone)) ": " span dir="auto" { (error) } }
                }
            }
            @if view.unmapped.is_empty() {
                p.soft { "What is mapped is recorded at once, and its message is not kept." }
            } @else {
                p {
                    a href={ (address(&view.source.source_id)) "/trial" } {
                        "What would the last message become?"
                    }
                }
            }
        }
    }
}

/// Writes the seconds from sending to receipt; a clock that is ahead gives fewer than none.
fn skew(skew_s: i64) -> String {
    if skew_s < 0 { format!("{} ahead of our clock", duration(-skew_s)) } else { duration(skew_s) }
}

fn unmapped(frame: &Frame, view: &SourcePage) -> Markup {
    let listed = table(
        "Table of unmapped keys",
        [
            Column::wide("Key"),
            Column::wide("What is wrong"),
            Column::text("Last"),
            Column::wide("What to do"),
        ],
        view.unmapped.iter().enumerate().map(|(place, line)| unmapped_row(frame, view, (place, line))),
    );
    html! {
        section.card.note aria-labelledby="unmapped" {
            h2 #unmapped { (count(view.unmapped.len(), "key is not mapped", "keys are not mapped")) }
            p { "Map a key, then take in what has waited for it." }
            (listed)
        }
    }
}

fn unmapped_row(frame: &Frame, view: &SourcePage, (place, line): (usize, &UnmappedLine)) -> [Markup; 4] {
    let page = address(&view.source.source_id);
    let input = encoded(line.quarantine_id.as_str());
    [
        html! {
            code dir="auto" { (line.key) }
            @for (path, word) in &line.words { p.soft dir="auto" { (path) " = " (word) } }
        },
        html! { span dir="auto" { (line.error) } },
        html! {
            (time(line.last_at, frame.zone))
            p.soft { "in " (count(to_usize(line.count), "minute", "minutes")) }
        },
        html! {
            @if frame.offers(CommandName::MapSource) && view.health != SourceHealth::Removed {
                (map_to(&view.source, &page, (place, &line.key)))
            }
            p { a href={ (page) "/trial?id=" (input) } { "What it would become" } }
            p { a href={ "/quarantine/" (input) } { "Its last message" } }
        },
    ]
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Asks what a key is about; the form of the mapping follows, filled in.
fn map_to(source: &Source, page: &str, (place, key): (usize, &str)) -> Markup {
    let (name, label) =
        if source.tells_tickets() { ("customer_id", "Customer") } else { ("service_id", "Service") };
    let id = format!("map-{place}");
    html! {
        form method="get" action={ (page) "/map" } {
            input type="hidden" name="key" value=(key);
            label for=(id) { (label) " (id)" }
            input type="text" id=(id) name=(name) autocomplete="off" spellcheck="false";
            button.second type="submit" { "Map to it" }
        }
    }
}

fn mappings(frame: &Frame, source: &Source, is_removed: bool) -> Markup {
    let listed = table(
        "Table of mappings",
        [Column::wide("If"), Column::wide("It is about"), Column::wide("As it is written")],
        source.map.iter().map(mapping_row),
    );
    html! {
        section.card aria-labelledby="mappings" {
            div.head {
                h2 #mappings { "What its messages mean" }
                @if frame.offers(CommandName::MapSource) && !is_removed {
                    a.button.second href={ (address(&source.source_id)) "/map" } { "Change the mappings" }
                }
            }
            p { (mode(source)) }
            @if source.map.is_empty() { p.empty { "Nothing is mapped." } } @else {
                (listed)
            }
        }
    }
}

/// Words the mode of a source, and the fate of what it does not map.
fn mode(source: &Source) -> String {
    let mode = match source.mode {
        _ if source.tells_tickets() => "Each message is an event of a ticket.",
        Mode::Edges => "A failure begins and ends as its messages say, and holds in between.",
        Mode::Heartbeats => "Its last word holds for as long as it proves that it lives.",
    };
    let unmapped = match source.unmapped {
        UnmappedAction::Quarantine => "What no mapping fits waits in the quarantine.",
        UnmappedAction::Ignore => "What no mapping fits is ignored.",
    };
    format!("{mode} {unmapped}")
}

fn mapping_row(mapping: &Mapping) -> [Markup; 3] {
    let written = serde_json::to_string(mapping).unwrap_or_default();
    [
        html! {
            @if mapping.when.is_empty() { "Always" }
            @for (path, word) in &mapping.when { p dir="auto" { (path.as_str()) " = " (word) } }
        },
        html! {
            @if mapping.heartbeat { "The life of the source" }
            @if let Some(pattern) = &mapping.ticket_id { p { "Ticket " code { (pattern.as_str()) } } }
            @if let Some(service) = &mapping.service_id { (choice("Service", service)) }
            @if let Some(customer) = &mapping.customer_id { (choice("Customer", customer)) }
        },
        html! { code.long dir="auto" { (written) } },
    ]
}

fn choice<T: std::fmt::Display>(what: &str, choice: &Choice<T>) -> Markup {
    html! {
        @match choice {
            Choice::Always(value) => p { (what) " " code { (value) } },
            Choice::By(table) => {
                p dir="auto" { (what) " by " (table.path.as_str()) ":" }
                @for (word, value) in &table.words { p.soft dir="auto" { (word) " → " code { (value) } } }
            }
        }
    }
}

fn secret(frame: &Frame, view: &SourcePage) -> Markup {
    let (tone, words) = match view.secret {
        SecretState::Missing => (Tone::Warn, "None is entered: everything that it sends is refused"),
        SecretState::Entered { has_previous: false } => (Tone::Good, "Entered"),
        SecretState::Entered { has_previous: true } => {
            (Tone::Good, "Entered; the one before is valid as well")
        }
        SecretState::Unreadable => (Tone::Bad, "What is stored cannot be read: enter it anew"),
    };
    html! {
        section.card aria-labelledby="proof" {
            h2 #proof { "Secret" }
            dl.facts {
                dt { "State" } dd { (badge(tone, words)) }
                @if let Some((at, by)) = &view.entered {
                    dt { "Last entered" } dd { (time(*at, frame.zone)) " by " b dir="auto" { (by) } }
                }
            }
            @if frame.mandates().staff { (secret_forms(frame, view)) }
            @else { p.soft { "It is entered by staff." } }
        }
    }
}

fn secret_forms(frame: &Frame, view: &SourcePage) -> Markup {
    let is_removed = view.health == SourceHealth::Removed;
    let has_previous = matches!(view.secret, SecretState::Entered { has_previous: true });
    let hint = "16 to 1,000 visible ASCII characters, such as openssl rand -hex 32 writes. Nothing shows it \
                again: give the same one to the sender.";
    let field = Field { form: "", name: SECRET_FIELD, label: "New secret", hint, errors: &view.errors };
    let act = |act: &str, content: &Markup| {
        html! {
            form method="post" action={ (address(&view.source.source_id)) "/secret" } novalidate {
                (frame.csrf())
                input type="hidden" name="act" value=(act);
                (content)
            }
        }
    };
    html! {
        @if !is_removed {
            (act("enter_secret", &html! {
                (field.secret())
                @if view.secret != SecretState::Missing {
                    p.soft { "The present one stays valid beside it, until you end it." }
                }
                button type="submit" { "Enter the secret" }
            }))
        }
        @if has_previous {
            (act("end_previous_secret", &html! {
                p { "Once the sender has the new secret, end the one before." }
                button.second type="submit" { "End the previous secret" }
            }))
        }
        @if view.secret != SecretState::Missing {
            details.command {
                summary { "Remove the secrets" }
                (act("remove_secret", &html! {
                    p { "Everything that the sender sends is refused, within a minute." }
                    button.danger type="submit" { "Remove the secrets" }
                }))
            }
        }
    }
}

fn changes(frame: &Frame, source: &Source) -> Markup {
    let of = |command| CommandForm::with(command, [("source_id", source.source_id.to_string())]);
    html! {
        section.card aria-labelledby="changes" {
            h2 #changes { "Change it" }
            (folded(frame, &of(CommandName::ChangeSource), "change-", "Change its proof, times or mode"))
            (folded(frame, &of(CommandName::RemoveSource), "remove-", "Remove the source"))
        }
    }
}
