//! The form of a command: its effects, its fields, and the errors in the values that were sent.

use std::collections::BTreeMap;

use events::command::{self, CommandName, FieldKind, Mandate, Presence, Subject};
use maud::{Markup, html};
use sla::Zone;

use super::Part;
use super::sheets::{Choice, Entry, Offer, Sheet, posted_fields, sheet};
use super::subjects::{address, place};
use crate::form::{Field, FieldError, error_summary, titled};
use crate::frame::Frame;
use crate::words::{Tone, badge, encoded, short_number};

/// A command with the values of its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandForm {
    /// The command; the form posts to `/commands/{command}`.
    pub command: CommandName,
    /// Values by field name. Instants are written as `2026-06-01T02:00` (UTC), money as `499.00 EUR`,
    /// services one id a line, the scope of maintenance as `scope_kind` with `services` or `region`.
    pub values: BTreeMap<String, String>,
    /// Errors in the values; one of `scope` or `services[1]` is shown at the form's field for it.
    pub errors: Vec<FieldError>,
    /// The things from which the reader is to choose, where what was typed fits several.
    pub choices: Vec<FieldChoice>,
}

/// A thing that what was typed into a field may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChoice {
    /// The field.
    pub field: String,
    /// The value of the field if the thing is meant.
    pub value: String,
    /// The kind.
    pub kind: Subject,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Name of its customer, if it is of one.
    pub customer_name: Option<String>,
}

impl CommandForm {
    /// Builds the form of a command with known values filled in.
    pub fn with<const N: usize>(command: CommandName, values: [(&str, String); N]) -> Self {
        let values = values.map(|(name, value)| (name.to_owned(), value)).into();
        Self { command, values, errors: Vec::new(), choices: Vec::new() }
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Assigns each error to a field of the form, in its order: `services` for `services[1]`, `scope_kind` for
    /// `scope`.
    fn with_errors_at_fields(&self, sheet: &Sheet) -> Self {
        let at_field = |FieldError { field, text }: &FieldError| {
            let whole = field.split(['.', '[']).next().unwrap_or(field);
            let own = if whole == "scope" { "scope_kind" } else { whole };
            FieldError { field: own.to_owned(), text: text.clone() }
        };
        let mut errors: Vec<FieldError> = self.errors.iter().map(at_field).collect();
        errors.sort_by_key(|error| sheet.entries.iter().position(|entry| entry.name == error.field));
        Self { errors, ..self.clone() }
    }

    fn has_error(&self, name: &str) -> bool {
        self.errors.iter().any(|error| error.field == name)
    }

    /// True if the page that led here supplied the field's value, so that nobody needs to enter it.
    fn is_settled(&self, entry: &Entry) -> bool {
        matches!(entry.offer, Offer::Settled)
            && !self.value(entry.name).is_empty()
            && !self.has_error(entry.name)
    }
}

/// Renders the form of a command on its own page (`GET /services/new` and others, and `POST
/// /commands/{command}` when it is refused). A command that changes nothing has none.
pub fn command_page(frame: &Frame, form: &CommandForm) -> Markup {
    let Some(sheet) = sheet(form.command) else { return html! {} };
    let form = &form.with_errors_at_fields(sheet);
    let shown = sheet.entries.iter().filter(|entry| !form.is_settled(entry));
    let fields: Vec<&str> = shown.map(|entry| entry.name).collect();
    let settled: Vec<&Entry> = sheet.entries.iter().filter(|entry| form.is_settled(entry)).collect();
    let (href, name) = back(sheet, form);
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href=(href) { (name) } }
        (error_summary(&form.errors, &fields))
        h1 { (sheet.title) }
        @if !settled.is_empty() {
            dl.facts {
                @for entry in settled {
                    dt { (entry.label) }
                    dd { code dir="auto" { (form.value(entry.name)) } }
                }
            }
        }
        div.card { (drawn(frame, sheet, form, "")) }
    };
    frame.page(&titled(sheet.title, &form.errors), &body)
}

/// Renders a command's form within a page, or whose it is if it is not the reader's; `prefix` keeps its ids
/// distinct from those of other forms.
pub(crate) fn embedded(frame: &Frame, form: &CommandForm, prefix: &str) -> Markup {
    html! {
        @if !frame.offers(form.command) {
            p.soft { "This is done by " (people(form.command)) "." }
        } @else if let Some(sheet) = sheet(form.command) { (drawn(frame, sheet, form, prefix)) }
    }
}

/// Names the people whose command it is.
const fn people(command: CommandName) -> &'static str {
    match command.mandate() {
        Mandate::Finance(_) => "finance",
        Mandate::Staff(_) | Mandate::Anyone => "staff",
    }
}

/// Renders a command's form collapsed under its summary; nothing if it is not the reader's.
pub(crate) fn folded(frame: &Frame, form: &CommandForm, prefix: &str, summary: &str) -> Markup {
    html! {
        @if frame.offers(form.command) {
            details.command {
                summary { (summary) }
                (embedded(frame, form, prefix))
            }
        }
    }
}

/// Returns the link back: the page of the command's subject, or the list of its kind.
fn back(sheet: &Sheet, form: &CommandForm) -> (String, &'static str) {
    match sheet.about.and_then(|subject| place(subject).1) {
        Some(page) if page.1.iter().all(|field| !form.value(field).is_empty()) => {
            (address(page, |field| encoded(form.value(field))), "Back to its page")
        }
        _ => {
            let subject = sheet.about.or(form.command.subject());
            let (href, name) = subject.map_or(Part::Waiting, |subject| place(subject).0).listed();
            (href.to_owned(), name)
        }
    }
}

fn drawn(frame: &Frame, sheet: &Sheet, form: &CommandForm, prefix: &str) -> Markup {
    let posted = posted_fields(form.command);
    let field = |entry: &Entry| posted.iter().find(|field| field.name == entry.name);
    let (folded, open): (Vec<&Entry>, Vec<&Entry>) =
        sheet.entries.iter().partition(|entry| matches!(entry.offer, Offer::Advanced));
    let is_needed =
        folded.iter().any(|entry| form.has_error(entry.name) || !form.value(entry.name).is_empty());
    html! {
        form method="post" action={ "/commands/" (form.command.as_str()) } novalidate {
            (frame.csrf())
            (effects(sheet))
            @for entry in open {
                @if let Some(field) = field(entry) { (control(field, entry, form, prefix)) }
            }
            @if !folded.is_empty() {
                details.advanced open[is_needed] {
                    summary { "Advanced" }
                    @for entry in folded {
                        @if let Some(field) = field(entry) { (control(field, entry, form, prefix)) }
                    }
                }
            }
            button.danger[sheet.is_final && !sheet.asks()] type="submit" { (sheet.button) }
        }
    }
}

/// States in advance the command's effects on time, money and people.
fn effects(sheet: &Sheet) -> Markup {
    html! {
        @if !sheet.effects.is_empty() {
            div.message.effects .(if sheet.is_final { "warn" } else { "note" }) {
                p { strong { "What this does" } }
                dl.facts { @for (what, effect) in sheet.effects { dt { (what) } dd { (effect) } } }
            }
        }
    }
}

fn control(posted: &command::Field, entry: &Entry, form: &CommandForm, prefix: &str) -> Markup {
    let Entry { name, label, hint, .. } = entry;
    let value = form.value(name);
    let is_required = posted.presence == Presence::Required;
    let words = if is_required { (*label).to_owned() } else { format!("{label} (optional)") };
    let field = Field { form: prefix, name, label: &words, hint, errors: &form.errors };
    if form.is_settled(entry) {
        return html! { input type="hidden" name=(name) value=(value); };
    }
    let drawn = match (&entry.offer, posted.kind) {
        (Offer::Options(options), _) => {
            let offered = options.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned()));
            let none = if is_required { "Choose" } else { "Unchanged, or the default" };
            field.choice(value, Some(none), &offered.collect::<Vec<_>>())
        }
        (Offer::Zones, _) => {
            field.suggested(value, prefix.is_empty().then(Zone::names).into_iter().flatten())
        }
        (Offer::Choices(choices), _) => field.group(&radios(&field.id(), name, value, choices)),
        (_, FieldKind::Instant) => field.instant(value, is_required),
        (_, FieldKind::Prose) => field.prose(value),
        (_, FieldKind::Services) => field.code(value, 3),
        (_, FieldKind::Json | FieldKind::Csv) => field.code(value, 16),
        (
            _,
            FieldKind::Line
            | FieldKind::Text
            | FieldKind::Amount
            | FieldKind::Number
            | FieldKind::Choice
            | FieldKind::Flag
            | FieldKind::Scope
            | FieldKind::Signer,
        ) => field.line(value, is_required),
    };
    html! { (drawn) (things(&field.id(), label, name, &form.choices)) }
}

/// Renders the things that what was typed may mean. They come after what was typed, under the same name: of two
/// values the last one counts.
fn things(id: &str, label: &str, name: &str, choices: &[FieldChoice]) -> Markup {
    let own = || choices.iter().filter(|choice| choice.field == name).enumerate();
    html! {
        @if own().next().is_some() {
            fieldset.choices {
                legend { (label) ": which one?" }
                @for (nth, choice) in own() {
                    @let own = format!("{id}-choice-{nth}");
                    div.choice {
                        input type="radio" id=(own) name=(name) value=(choice.value);
                        label for=(own) dir="auto" { (choice.name) }
                        p.hint {
                            (short_number(choice.kind, &choice.id)) " · " code { (choice.id) }
                            @if let Some(name) = &choice.customer_name { " · " span dir="auto" { (name) } }
                        }
                    }
                }
            }
        }
    }
}

/// Renders choices that are hard to confuse: each says what it means, and none is preselected.
fn radios(id: &str, name: &str, chosen: &str, choices: &[Choice]) -> Markup {
    html! {
        div.choices {
            @for (index, choice) in choices.iter().enumerate() {
                @let own = if index == 0 { id.to_owned() } else { format!("{id}-{}", choice.value) };
                div.choice {
                    input type="radio" id=(own) name=(name) value=(choice.value) required
                        aria-describedby={ (own) "-means" } checked[chosen == choice.value];
                    label for=(own) {
                        @if choice.tone == Tone::Note { (choice.words) }
                        @else { (badge(choice.tone, choice.words)) }
                    }
                    p.hint id={ (own) "-means" } { (choice.means) }
                }
            }
        }
    }
}
