//! The form of a command: its effects, its fields, and the errors in the values that were sent.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::marks::segment;
use super::sheets::{Choice, Entry, Sheet, Takes, sheet};
use crate::form::{Field, FieldError, error_summary, titled};
use crate::frame::Frame;
use crate::words::{Tone, badge};

/// A command with the values of its form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandForm {
    /// Name of the command, such as `raise_exclusion`; the form posts to `/commands/{command}`.
    pub command: String,
    /// Values by field name. Instants are written as `2026-06-01T02:00` (UTC), money as `499.00 EUR`,
    /// services one id a line, the scope of maintenance as `scope_kind` with `services` or `region`.
    pub values: BTreeMap<String, String>,
    /// Errors in the values; one of `scope` or `services[1]` is shown at the form's field for it.
    pub errors: Vec<FieldError>,
}

impl CommandForm {
    /// Builds the form of a command with known values filled in.
    pub(crate) fn with<const N: usize>(command: &str, values: [(&str, String); N]) -> Self {
        let values = values.map(|(name, value)| (name.to_owned(), value)).into();
        Self { command: command.to_owned(), values, errors: Vec::new() }
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Assigns each error to a field of the form: `services` for `services[1]`, `scope_kind` for `scope`.
    fn with_errors_at_fields(&self) -> Self {
        let at_field = |FieldError { field, text }: &FieldError| {
            let whole = field.split(['.', '[']).next().unwrap_or(field);
            let own = if whole == "scope" { "scope_kind" } else { whole };
            FieldError { field: own.to_owned(), text: text.clone() }
        };
        Self { errors: self.errors.iter().map(at_field).collect(), ..self.clone() }
    }

    fn has_error(&self, name: &str) -> bool {
        self.errors.iter().any(|error| error.field == name)
    }

    /// True if the page that led here supplied the field's value, so that nobody needs to enter it.
    fn is_settled(&self, entry: &Entry) -> bool {
        matches!(entry.takes, Takes::Known)
            && !self.value(entry.name).is_empty()
            && !self.has_error(entry.name)
    }
}

/// True if a command has a form, as each that changes something does.
pub fn has_form(command: &str) -> bool {
    sheet(command).is_some()
}

/// Renders the form of a command on its own page (`GET /services/new` and others, and `POST
/// /commands/{command}` when it is refused).
pub fn command_page(frame: &Frame, form: &CommandForm) -> Markup {
    let Some(sheet) = sheet(&form.command) else { return no_form(frame, form) };
    let form = &form.with_errors_at_fields();
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

/// Renders a command's form within a page; `prefix` keeps its ids distinct from those of other forms.
pub(crate) fn embedded(frame: &Frame, form: &CommandForm, prefix: &str) -> Markup {
    html! { @if let Some(sheet) = sheet(&form.command) { (drawn(frame, sheet, form, prefix)) } }
}

/// Renders a command's form collapsed under its summary.
pub(crate) fn folded(frame: &Frame, form: &CommandForm, prefix: &str, summary: &str) -> Markup {
    html! {
        details.command {
            summary { (summary) }
            (embedded(frame, form, prefix))
        }
    }
}

fn no_form(frame: &Frame, form: &CommandForm) -> Markup {
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/" { "What waits" } }
        h1 { "There is no such form" }
        p { "Nothing was changed: the desk has no form for " code dir="auto" { (form.command) } "." }
    };
    frame.page("There is no such form", &body)
}

/// Returns the link back: the page of the command's object, or the list of its kind.
fn back(sheet: &Sheet, form: &CommandForm) -> (String, &'static str) {
    let (list, name) = sheet.list;
    match sheet.about {
        Some((start, fields)) if fields.iter().all(|field| !form.value(field).is_empty()) => {
            let rest = fields.iter().map(|field| format!("/{}", segment(form.value(field))));
            (rest.fold(start.to_owned(), |address, part| address + &part), "Back to what it is about")
        }
        _ => (list.to_owned(), name),
    }
}

fn drawn(frame: &Frame, sheet: &Sheet, form: &CommandForm, prefix: &str) -> Markup {
    html! {
        form method="post" action={ "/commands/" (form.command) } novalidate {
            (frame.csrf())
            (effects(sheet))
            @for entry in sheet.entries { (control(entry, form, prefix)) }
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

fn control(entry: &Entry, form: &CommandForm, prefix: &str) -> Markup {
    let Entry { name, label, hint, .. } = entry;
    let value = form.value(name);
    let words = if entry.is_required { (*label).to_owned() } else { format!("{label} (optional)") };
    let field = Field { form: prefix, name, label: &words, hint, errors: &form.errors };
    match &entry.takes {
        Takes::Known if form.is_settled(entry) => html! { input type="hidden" name=(name) value=(value); },
        Takes::Known | Takes::Line => field.line(value, entry.is_required),
        Takes::Instant => field.instant(value, entry.is_required),
        Takes::Prose => field.prose(value),
        Takes::Lines => field.code(value, 3),
        Takes::Code => field.code(value, 16),
        Takes::Options(options) => {
            let offered = options.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned()));
            let none = if entry.is_required { "Choose" } else { "As it is, or the default" };
            field.choice(value, Some(none), &offered.collect::<Vec<_>>())
        }
        Takes::Choices(choices) => field.group(&radios(&field.id(), name, value, choices)),
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
