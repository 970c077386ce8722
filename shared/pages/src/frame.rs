//! What surrounds every page, of the portal and of the desk: head, header with navigation, message, footer.

use maud::{DOCTYPE, Markup, html};
use sla::{Instant, Zone};

use crate::desk::Part;
use crate::words::{Tone, badge, time};

/// Who keeps the agreement (its first sentence).
pub(crate) const PROVIDER: &str = "Infopromo Communications";

/// A part of the portal, as the navigation names it, or of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The overview and each service.
    Services,
    /// Statements.
    Statements,
    /// Tickets.
    Tickets,
    /// Claims.
    Claims,
    /// Notices.
    Notices,
    /// The agreement.
    Agreement,
    /// None of them: errors, signing in.
    Elsewhere,
    /// Not of the portal: staff see it.
    Desk(Part),
}

impl Section {
    /// What the navigation lists: where, and what it is called.
    const LISTED: [(Self, &'static str, &'static str); 6] = [
        (Self::Services, "/", "Services"),
        (Self::Statements, "/statements", "Statements"),
        (Self::Tickets, "/tickets", "Tickets"),
        (Self::Claims, "/claims", "Claims"),
        (Self::Notices, "/notices", "Notices"),
        (Self::Agreement, "/agreement", "Agreement"),
    ];

    /// Lists what stands beside it.
    fn listed(self) -> Vec<(Self, &'static str, &'static str)> {
        match self {
            Self::Desk(_) => Part::LISTED.map(|(part, href, name)| (Self::Desk(part), href, name)).to_vec(),
            _ => Self::LISTED.to_vec(),
        }
    }
}

/// Who looks at the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The customer's name; at the desk what the person is, such as `Staff`.
    pub customer_name: String,
    /// The person, as they know themselves: an e-mail address or a name.
    pub label: String,
    /// The token that each of the page's forms carries.
    pub csrf: String,
}

/// What the page says of the request before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Something was done.
    Done(String),
    /// Something was not done, and why, in plain words.
    Failed(String),
}

/// What every page needs beside what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Who is signed in; none on pages for anyone.
    pub signed_in: Option<SignedIn>,
    /// Where the page belongs.
    pub section: Section,
    /// The zone in which times are shown; the UTC instant is shown on hover.
    pub zone: Zone,
    /// The instant at which the page was made.
    pub now: Instant,
    /// What is to be said first.
    pub message: Option<Message>,
    /// Where the style sheet is served: `assets::css().path`.
    pub css_path: String,
    /// Where the script is served: `assets::script().path`.
    pub script_path: String,
}

impl Frame {
    /// Says whether staff see the page, and not customers.
    pub(crate) const fn is_desk(&self) -> bool {
        matches!(self.section, Section::Desk(_))
    }

    /// Makes the hidden field by which a form is known to be ours.
    pub(crate) fn csrf(&self) -> Markup {
        let token = self.signed_in.as_ref().map_or("", |signed_in| signed_in.csrf.as_str());
        html! { input type="hidden" name="csrf" value=(token); }
    }

    /// Makes a whole page of its body, which begins with the only `h1`.
    pub(crate) fn page(&self, title: &str, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (title) " – " (PROVIDER) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href=(self.css_path);
                    script src=(self.script_path) defer {}
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    (self.header())
                    main #content tabindex="-1" {
                        @if let Some(message) = &self.message { (said(message)) }
                        (body)
                    }
                    (self.footer())
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.top {
                div.inner {
                    a.brand href="/" {
                        svg.logo viewBox="0 0 28 28" width="28" height="28" aria-hidden="true" {
                            rect width="28" height="28" rx="7" class="logo-ground" {}
                            path d="M7 19v-4M12 19v-7M17 19v-10M22 19v-13" class="logo-bars" {}
                        }
                        span { (PROVIDER) @if self.is_desk() { " " span.tag { "Desk" } } }
                    }
                    @if let Some(SignedIn { customer_name, label, .. }) = &self.signed_in {
                        div.who {
                            p { strong dir="auto" { (customer_name) } span.soft dir="auto" { (label) } }
                            form method="post" action="/sign-out" {
                                (self.csrf())
                                button.quiet type="submit" { "Sign out" }
                            }
                        }
                    }
                }
                @if self.signed_in.is_some() { (self.navigation()) }
            }
        }
    }

    fn navigation(&self) -> Markup {
        html! {
            nav aria-label=(if self.is_desk() { "Desk" } else { "Portal" }) {
                ul.inner {
                    @for (section, href, name) in self.section.listed() {
                        li {
                            @let current = (section == self.section).then_some("true");
                            a href=(href) aria-current=[current] { (name) }
                        }
                    }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        html! {
            footer.bottom {
                div.inner {
                    @if self.is_desk() {
                        p {
                            "As of " (time(self.now, self.zone)) ". Times are shown in " (self.zone)
                            "; a month begins at midnight in its service’s own zone."
                        }
                        p { "Whatever is done here is noted with your name." }
                    } @else { (self.figures_follow()) }
                }
            }
        }
    }

    fn figures_follow(&self) -> Markup {
        html! {
                    p {
                        "As of " (time(self.now, self.zone)) ". "
                        @if self.zone == Zone::UTC { "Times are shown in UTC." } @else {
                            "Times are shown in the time zone " (self.zone)
                            span.pointer { "; hold the pointer over one to see it in UTC" } "."
                        }
                    }
                    p {
                        "Every figure follows from the "
                        a href="/agreement" { "Service Level Agreement" }
                        " and can be computed again from its statement."
                    }
        }
    }
}

fn said(message: &Message) -> Markup {
    let (tone, word, text, role) = match message {
        Message::Done(text) => (Tone::Good, "Done", text, "status"),
        Message::Failed(text) => (Tone::Bad, "Not done", text, "alert"),
    };
    html! {
        div.message .(tone.class()) role=(role) {
            (badge(tone, word)) " " span dir="auto" { (text) }
        }
    }
}
