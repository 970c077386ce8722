//! Form kept over the end of its session: a page that holds the posted fields until they can be sent again.

use maud::{Markup, html};

use crate::frame::Frame;

/// A form that was posted, and not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptForm {
    /// The reason in a few words.
    pub title: String,
    /// The reason, and what to do.
    pub text: String,
    /// Path that it was posted to.
    pub action: String,
    /// Fields without the session's secret: names and values.
    pub fields: Vec<(String, String)>,
    /// Address that begins a sign-in; `None` if the reader is signed in.
    pub begin: Option<String>,
}

/// Renders the form: whoever is not signed in signs in beside it, and everybody looks at it before it is
/// sent.
pub fn kept_form(frame: &Frame, view: &KeptForm) -> Markup {
    let written = view.fields.iter().filter(|(name, text)| is_written(name) && !text.trim().is_empty());
    let body = html! {
        div.plain {
            h1 { (view.title) }
            p dir="auto" { (view.text) }
            @if let Some(begin) = &view.begin {
                p { a.button href=(begin) target="_blank" rel="noopener" { "Sign in, in another window" } }
                p { "Then come back to this page, and go on." }
            }
        }
        section.card aria-labelledby="written" {
            h2 #written { "What you wrote" }
            dl.facts {
                @for (name, text) in written {
                    dt { (words(name)) }
                    dd.prose dir="auto" { (text) }
                }
            }
            form method="post" action=(view.action) {
                @if view.begin.is_none() { (frame.csrf()) }
                @else { input type="hidden" name="csrf" value="ended"; }
                @for (name, text) in &view.fields { input type="hidden" name=(name) value=(text); }
                button type="submit" { @if view.begin.is_some() { "Go on" } @else { "Send it" } }
            }
        }
    };
    frame.page(&view.title, &body)
}

/// Renders the page that a sign-in beside a form ends at.
pub fn signed_in_beside(frame: &Frame) -> Markup {
    let body = html! {
        div.plain {
            h1 { "You are signed in" }
            p { "Close this window, and go on in the one with your form." }
            p { a href="/" { "Or begin at the first page" } }
        }
    };
    frame.page("You are signed in", &body)
}

/// True for what a person writes; the other fields tell the form where it belongs.
fn is_written(name: &str) -> bool {
    !matches!(name, "key" | "return_to")
}

/// Writes a field's name as words.
fn words(name: &str) -> String {
    let mut characters = name.chars().map(|c| if matches!(c, '_' | '.') { ' ' } else { c });
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
