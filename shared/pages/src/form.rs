//! Form fields and their errors, which appear in a summary that links to each field and beside the field.

use maud::{Markup, html};
use sla::ServiceId;

/// An error in a form's field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Name under which the field was posted; empty for the form as a whole.
    pub field: String,
    /// The error, and what would be right.
    pub text: String,
}

/// A service that a form offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceChoice {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub name: String,
}

/// A field without its control.
pub(crate) struct Field<'a> {
    /// Prefix of the field's ids on a page with several forms; otherwise empty.
    pub(crate) form: &'a str,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) errors: &'a [FieldError],
}

impl Field<'_> {
    fn error(&self) -> Option<&FieldError> {
        self.errors.iter().find(|error| error.field == self.name)
    }

    /// Returns the id of the control, or of the first of several.
    pub(crate) fn id(&self) -> String {
        format!("{}{}", self.form, self.name)
    }

    /// Returns the ids of the hint and the error, for `aria-describedby`.
    pub(crate) fn described_by(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id()));
        let error = self.error().map(|_| format!("{}-error", self.id()));
        let named: Vec<String> = hint.into_iter().chain(error).collect();
        (!named.is_empty()).then(|| named.join(" "))
    }

    pub(crate) fn invalid(&self) -> Option<&'static str> {
        self.error().map(|_| "true")
    }

    /// Puts label, hint and error before a control that has the field's id.
    pub(crate) fn around(&self, control: &Markup) -> Markup {
        html! {
            div.field .wrong[self.error().is_some()] {
                label for=(self.id()) { (self.label) }
                (self.words())
                (control)
            }
        }
    }

    /// Puts legend, hint and error before several controls; the first has the field's id.
    pub(crate) fn group(&self, controls: &Markup) -> Markup {
        html! {
            fieldset.field .wrong[self.error().is_some()] aria-describedby=[self.described_by()] {
                legend { (self.label) }
                (self.words())
                (controls)
            }
        }
    }

    fn words(&self) -> Markup {
        html! {
            @if !self.hint.is_empty() { p.hint id={ (self.id()) "-hint" } { (self.hint) } }
            @if let Some(error) = self.error() {
                p.error id={ (self.id()) "-error" } { strong { "Error: " } (error.text) }
            }
        }
    }

    pub(crate) fn line(&self, value: &str, required: bool) -> Markup {
        self.around(&html! {
            input type="text" id=(self.id()) name=(self.name) value=(value) required[required] dir="auto"
                autocomplete="off" aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
        })
    }

    /// Renders a line that suggests values while it is filled in; with none it is a plain line.
    pub(crate) fn suggested(&self, value: &str, offered: impl Iterator<Item = &'static str>) -> Markup {
        let offered: Vec<&str> = offered.collect();
        let list = (!offered.is_empty()).then(|| format!("{}-list", self.id()));
        self.around(&html! {
            input type="text" id=(self.id()) name=(self.name) value=(value) dir="auto" autocomplete="off"
                list=[&list] aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
            @if let Some(id) = &list { datalist id=(id) { @for value in offered { option value=(value); } } }
        })
    }

    /// Renders a field for a secret: it is not shown, kept or filled in.
    pub(crate) fn secret(&self) -> Markup {
        self.around(&html! {
            input type="password" id=(self.id()) name=(self.name) required dir="ltr" autocomplete="off"
                spellcheck="false" aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
        })
    }

    pub(crate) fn prose(&self, value: &str) -> Markup {
        // HTML drops a line break right after the tag; the extra one protects a leading one of the value.
        self.around(&html! {
            textarea id=(self.id()) name=(self.name) rows="5" dir="auto"
                aria-describedby=[self.described_by()] aria-invalid=[self.invalid()] { "\n" (value) }
        })
    }

    /// Renders an input for an instant in UTC, to the minute.
    pub(crate) fn instant(&self, value: &str, required: bool) -> Markup {
        self.around(&html! {
            input type="datetime-local" id=(self.id()) name=(self.name) value=(value) required[required]
                aria-describedby=[self.described_by()] aria-invalid=[self.invalid()];
        })
    }

    /// Renders a text area for machine-readable text: ids, JSON, a document.
    pub(crate) fn code(&self, value: &str, rows: u32) -> Markup {
        self.around(&html! {
            textarea.code id=(self.id()) name=(self.name) rows=(rows) dir="auto" spellcheck="false"
                autocomplete="off" aria-describedby=[self.described_by()] aria-invalid=[self.invalid()] {
                "\n" (value)
            }
        })
    }

    /// Renders a selection of (value, words) pairs; `none` labels the empty choice, if that is allowed.
    pub(crate) fn choice(&self, value: &str, none: Option<&str>, choices: &[(String, String)]) -> Markup {
        self.around(&html! {
            select id=(self.id()) name=(self.name) aria-describedby=[self.described_by()]
                aria-invalid=[self.invalid()] {
                @if let Some(words) = none { option value="" selected[value.is_empty()] { (words) } }
                @for (own, words) in choices {
                    option value=(own) selected[own == value] { (words) }
                }
            }
        })
    }
}

/// Lists the errors, with a link to each field.
pub(crate) fn error_summary(errors: &[FieldError], fields: &[&str]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.error-summary role="alert" tabindex="-1" aria-labelledby="problem" data-focus {
                h2 #problem { "There is a problem" }
                ul {
                    @for error in errors {
                        li {
                            @if fields.contains(&error.field.as_str()) {
                                a href={ "#" (error.field) } { (error.text) }
                            } @else { (error.text) }
                        }
                    }
                }
            }
        }
    }
}

/// Prefixes the title of a page that has errors, so that the browser tab says so.
pub(crate) fn titled(title: &str, errors: &[FieldError]) -> String {
    if errors.is_empty() { title.to_owned() } else { format!("Error: {title}") }
}

/// Converts services to the (value, words) pairs of a selection.
pub(crate) fn offered(services: &[ServiceChoice]) -> Vec<(String, String)> {
    let offer = |ServiceChoice { service_id, name }: &ServiceChoice| {
        (service_id.to_string(), format!("{name} ({service_id})"))
    };
    services.iter().map(offer).collect()
}
