//! The frame around every page of portal and desk: head, header with navigation, message, footer.

use crate::assets;
use crate::words::month;
use events::command::{CommandName, Mandate};
use maud::{DOCTYPE, Markup, html};
use sla::Month;
use sla::{Instant, Zone};

use crate::words::{Tone, badge, time};

/// The provider, as the agreement's first sentence names it.
pub(crate) const PROVIDER: &str = "Infopromo Communications";

/// The most new notices that the navigation counts.
pub const UNREAD_MAX: usize = 9;

/// The part of portal or desk to which a page belongs.
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
    /// No part: errors, signing in.
    Elsewhere,
    /// A part of the desk, which only staff see.
    Desk(Part),
}

/// A part of the desk, as the navigation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything that awaits a person.
    Waiting,
    /// Tickets.
    Tickets,
    /// Customers and their services.
    Customers,
    /// Services.
    Services,
    /// Sources of webhooks.
    Sources,
    /// Targets of the prober.
    Targets,
    /// Scheduled maintenance.
    Maintenance,
    /// Exclusions.
    Exclusions,
    /// Voids.
    Voids,
    /// Statements, claims and disputes that wait for a person.
    Reviews,
    /// Month ends.
    Months,
    /// The terms.
    Terms,
    /// Roles of the escalation chain.
    Roles,
    /// Input that could not be accepted.
    Quarantine,
    /// The trail: who did what.
    Changes,
    /// No part: errors, signing in.
    Elsewhere,
}

impl Part {
    /// Navigation entries of the desk: part, path, label.
    pub(crate) const LISTED: [(Self, &'static str, &'static str); 15] = [
        (Self::Waiting, "/", "Now"),
        (Self::Tickets, "/tickets", "Tickets"),
        (Self::Customers, "/customers", "Customers"),
        (Self::Services, "/services", "Services"),
        (Self::Sources, "/sources", "Sources"),
        (Self::Targets, "/targets", "Targets"),
        (Self::Maintenance, "/maintenance", "Maintenance"),
        (Self::Exclusions, "/exclusions", "Exclusions"),
        (Self::Voids, "/voids", "Voids"),
        (Self::Reviews, "/reviews", "Reviews"),
        (Self::Months, "/months", "Months"),
        (Self::Terms, "/terms", "Terms"),
        (Self::Roles, "/roles", "Roles"),
        (Self::Quarantine, "/quarantine", "Quarantine"),
        (Self::Changes, "/changes", "Changes"),
    ];

    /// Returns the path of the part, and its label in the navigation.
    pub(crate) fn listed(self) -> (&'static str, &'static str) {
        let own = Self::LISTED.iter().find(|(part, ..)| *part == self);
        own.map_or(("/", "Now"), |(_, path, label)| (*path, *label))
    }
}

impl Section {
    /// Navigation entries of the portal: section, path, label.
    const LISTED: [(Self, &'static str, &'static str); 6] = [
        (Self::Services, "/", "Services"),
        (Self::Statements, "/statements", "Statements"),
        (Self::Tickets, "/tickets", "Tickets"),
        (Self::Claims, "/claims", "Claims"),
        (Self::Notices, "/notices", "Notices"),
        (Self::Agreement, "/agreement", "Agreement"),
    ];

    /// Lists the navigation entries of the section's application, portal or desk.
    fn listed(self) -> Vec<(Self, &'static str, &'static str)> {
        match self {
            Self::Desk(_) => Part::LISTED.map(|(part, href, name)| (Self::Desk(part), href, name)).to_vec(),
            _ => Self::LISTED.to_vec(),
        }
    }
}

/// The signed-in reader of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Name of the customer; at the desk the person's role, such as `Staff`.
    pub customer_name: String,
    /// Name of the person, as they know it: an e-mail address or a name.
    pub label: String,
    /// CSRF token that each form of the page carries.
    pub csrf: String,
    /// Mandates of the person at the desk; none in the portal.
    pub mandates: Mandates,
}

/// Mandates of a person at the desk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mandates {
    /// True for the subjects of staff.
    pub staff: bool,
    /// True for what is billed.
    pub finance: bool,
}

/// The outcome of the reader's previous request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The request succeeded.
    Done(String),
    /// The request failed; the text says why in plain words.
    Failed(String),
    /// The request was recorded, and refused by its decision.
    Rejected(String),
}

/// The context that every page needs beside its own content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The reader; `None` on pages for anyone.
    pub signed_in: Option<SignedIn>,
    /// The part that the navigation highlights.
    pub section: Section,
    /// Zone in which times are shown; hovering over one shows the UTC instant.
    pub zone: Zone,
    /// Instant at which the page is rendered.
    pub now: Instant,
    /// The message at the top of the page.
    pub message: Option<Message>,
    /// Number of notices that are new to the reader, for the navigation.
    pub unread: usize,
    /// Path of the style sheet: `assets::css().path`.
    pub css_path: String,
    /// Path of the script: `assets::script().path`.
    pub script_path: String,
}

impl Frame {
    /// Builds the frame of a page without a message.
    pub fn new(section: Section, zone: Zone, now: Instant, signed_in: Option<SignedIn>) -> Self {
        Self {
            signed_in,
            section,
            zone,
            now,
            message: None,
            unread: 0,
            css_path: assets::css().path.to_owned(),
            script_path: assets::script().path.to_owned(),
        }
    }

    /// True if the page belongs to the desk, where staff read it.
    pub(crate) const fn is_desk(&self) -> bool {
        matches!(self.section, Section::Desk(_))
    }

    /// Returns what the reader may change at the desk.
    pub(crate) fn mandates(&self) -> Mandates {
        self.signed_in.as_ref().map(|signed_in| signed_in.mandates).unwrap_or_default()
    }

    /// True if a command is the reader's to give: only then is its form offered.
    pub(crate) fn offers(&self, command: CommandName) -> bool {
        match command.mandate() {
            Mandate::Anyone => true,
            Mandate::Staff(_) => self.mandates().staff,
            Mandate::Finance(_) => self.mandates().finance,
        }
    }

    /// Renders the hidden field that carries the CSRF token.
    pub(crate) fn csrf(&self) -> Markup {
        let token = self.signed_in.as_ref().map_or("", |signed_in| signed_in.csrf.as_str());
        html! { input type="hidden" name="csrf" value=(token); }
    }

    /// Wraps a body, which begins with the only `h1`, into a whole page.
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
                        form.search role="search" method="get" action="/search" {
                            label.unseen for="search-words" { "Search by name, id or number" }
                            input #search-words type="search" name="words" maxlength="200" placeholder="Name, id or number";
                            button.quiet type="submit" { "Search" }
                        }
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
                            a href=(href) aria-current=[current] {
                                (name)
                                @if section == Section::Notices { (self.unread()) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Renders the number of new notices.
    fn unread(&self) -> Markup {
        html! {
            @if self.unread > 0 {
                " " span.tag {
                    @if self.unread > UNREAD_MAX { (UNREAD_MAX) "+" } @else { (self.unread) }
                    span.unseen { " new" }
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
                        p { "Every change made here is recorded under your name." }
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
        Message::Rejected(text) => (Tone::Warn, "Rejected", text, "status"),
        Message::Failed(text) => (Tone::Bad, "Not done", text, "alert"),
    };
    html! {
        div.message .(tone.class()) role=(role) {
            (badge(tone, word)) " " span dir="auto" { (text) }
        }
    }
}

/// Links to the neighbours of a month; `before` is the address up to the month.
pub(crate) fn months(before: &str, shown: Month, earlier: Option<Month>, later: Option<Month>) -> Markup {
    html! {
        nav.months aria-label="Months" {
            @match earlier {
                Some(earlier) => a rel="prev" href={ (before) (earlier) } { "← " (month(earlier)) },
                None => span {},
            }
            strong { (month(shown)) }
            @match later {
                Some(later) => a rel="next" href={ (before) (later) } { (month(later)) " →" },
                None => span {},
            }
        }
    }
}

/// Names the zone in which the service's days and months begin, if it is not the reader's.
pub(crate) fn zone_note(own: Zone, frame: &Frame) -> Markup {
    html! {
        @if own != frame.zone {
            p.soft {
                "Days and months begin at midnight in " (own) ", the zone in which this service is billed."
            }
        }
    }
}
