//! Pages that need no sign-in: errors, signing in, and on a laptop the choice of an identity and the demo.

use maud::{DOCTYPE, Markup, html};

use crate::frame::{Frame, PROVIDER};
use crate::words::{Tone, badge};

/// The page of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// The error in a few words.
    pub title: String,
    /// Advice to the reader.
    pub what_to_do: String,
}

/// The page of a reader who has signed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// Address that ends the identity provider's own session; `None` if it names none.
    pub ends_at: Option<String>,
    /// Address that begins a sign-in.
    pub begin: String,
}

/// A person whom the local issuer can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name on the button.
    pub label: String,
    /// The person's role and rights, in words.
    pub description: String,
    /// Value that the form posts for this person.
    pub value: String,
}

/// The page of the local issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerChoice {
    /// Address to which the form is posted.
    pub action: String,
    /// The name under which the chosen value is posted.
    pub name: String,
    /// Hidden fields that the form passes on: names and values.
    pub carried: Vec<(String, String)>,
    /// The identities to choose from.
    pub identities: Vec<Identity>,
    /// Path of the style sheet.
    pub css_path: String,
}

/// The page of the local demo: a target to break and mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// True if the target is broken.
    pub is_broken: bool,
    /// Path that the prober asks for.
    pub health: &'static str,
    /// Seconds between two checks.
    pub every_s: u32,
    /// Path that leads to the portal.
    pub portal: &'static str,
    /// Path of the style sheet.
    pub css_path: String,
}

/// Renders an error.
pub fn error(frame: &Frame, view: &Failure) -> Markup {
    let body = html! {
        div.plain {
            p.soft { "Error " (view.status) }
            h1 { (view.title) }
            p dir="auto" { (view.what_to_do) }
            p { a href="/" { @if frame.is_desk() { "Go to the desk" } @else { "Go to your services" } } }
        }
    };
    frame.page(&view.title, &body)
}

/// Renders the page for readers who are not signed in; `href` starts the sign-in.
pub fn sign_in(frame: &Frame, href: &str) -> Markup {
    let body = html! {
        div.plain {
            h1 { "Your services, accounted for" }
            p { "See the state of each service, every second of a month, your tickets on the clock, and the \
                 credits that are due to you." }
            p { a.button href=(href) { "Sign in" } }
            p { a href="/agreement" { "Read the Service Level Agreement" } }
        }
    };
    frame.page("Sign in", &body)
}

/// Renders the page of a reader who has signed out.
pub fn signed_out(frame: &Frame, view: &SignedOut) -> Markup {
    let body = html! {
        div.plain {
            h1 { "You are signed out" }
            @match &view.ends_at {
                Some(ends_at) => {
                    p { "Your session with the identity provider ends as well, in a moment." }
                    p { a.button href=(ends_at) { "End it now" } }
                }
                None => {
                    p { "Your identity provider may still know you: it names no way to end its own session. On a \
                         shared computer sign out there too, or close the browser." }
                    p { a.button href=(view.begin) { "Sign in" } }
                }
            }
        }
    };
    frame.page("You are signed out", &body)
}

/// Renders the local issuer's choice of an identity.
pub fn issuer_choice(view: &IssuerChoice) -> Markup {
    let body = html! {
        p { (badge(Tone::Warn, "Local stand-in")) }
        h1 { "Choose an identity" }
        p { "This page stands in for " (PROVIDER)
            "’s identity provider on this machine. It asks for no password and protects \
             nothing: it is for trials only." }
        form method="post" action=(view.action) {
            @for (name, value) in &view.carried {
                input type="hidden" name=(name) value=(value);
            }
            ul.plain.identities {
                @for Identity { label, description, value } in &view.identities {
                    li {
                        button.identity type="submit" name=(view.name) value=(value) {
                            strong dir="auto" { (label) }
                            span.soft dir="auto" { (description) }
                        }
                    }
                }
            }
        }
    };
    local("Choose an identity – local stand-in", &view.css_path, &body)
}

/// Renders the local demo with its switch.
pub fn demo(view: &Demo) -> Markup {
    let body = html! {
        @if view.is_broken {
            p { (badge(Tone::Bad, "Broken")) }
            h1 { "The demo is broken" }
            p { code { (view.health) } " answers 503. The next check sees it, and the outage lasts until you \
                 mend it: every second counts." }
            form method="post" action="/" {
                button type="submit" name="switch" value="mend" { "Mend it" }
            }
        } @else {
            p { (badge(Tone::Good, "Works")) }
            h1 { "The demo works" }
            p { "This page stands for a service of a provider. Nines asks for " code { (view.health) }
                " every " (view.every_s) " s, and 200 is up." }
            form method="post" action="/" {
                button.danger type="submit" name="switch" value="break" { "Break it" }
            }
        }
        p.soft { "Its customer sees it in the " a href=(view.portal) { "portal" } "." }
    };
    let title = if view.is_broken { "Broken" } else { "Works" };
    local(&format!("{title} – local demo"), &view.css_path, &body)
}

/// Wraps a body into a page of this machine alone, which belongs to neither portal nor desk.
fn local(title: &str, css_path: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(css_path);
            }
            body {
                main #content {
                    div.plain { (body) }
                }
            }
        }
    }
}
