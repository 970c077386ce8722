//! The list of tickets, and the form of a new one.

use events::change::Subject;
use maud::{Markup, html};
use sla::terms::LevelTerms;
use sla::ticket::{ClockKind, Level, Ticket};

use crate::form::{Field, FieldError, ServiceChoice, error_summary, offered, titled};
use crate::frame::Frame;
use crate::words::{Tone, badge, duration, level, short_number, ticket_verdict, time, within};

/// A ticket in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketLine {
    /// The ticket.
    pub ticket: Ticket,
    /// Name of its service, if it has one.
    pub service_name: Option<String>,
}

/// The page that lists tickets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tickets {
    /// The tickets, in display order; the page separates open ones from the others.
    pub tickets: Vec<TicketLine>,
}

/// Field values as the customer posted them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketValues {
    /// The service; empty for none.
    pub service_id: String,
    /// The level's number.
    pub level: String,
    /// `portal`, `chat`, `email` or `phone`.
    pub channel: String,
    /// A one-line summary.
    pub title: String,
    /// The problem in detail.
    pub description: String,
    /// The steps already tried.
    pub steps_tried: String,
    /// The earlier ticket; empty for none.
    pub links_to: String,
}

/// The form of a new ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketForm {
    /// Request key: posting the form twice opens one ticket.
    pub key: String,
    /// The customer's services.
    pub services: Vec<ServiceChoice>,
    /// The promises of each level.
    pub levels: LevelTerms,
    /// Values of the fields.
    pub values: TicketValues,
    /// Errors in the fields.
    pub errors: Vec<FieldError>,
}

impl Default for TicketValues {
    fn default() -> Self {
        let empty = String::new;
        Self {
            service_id: empty(),
            level: empty(),
            channel: "portal".to_owned(),
            title: empty(),
            description: empty(),
            steps_tried: empty(),
            links_to: empty(),
        }
    }
}

/// Renders the list (`GET /tickets`).
pub fn tickets(frame: &Frame, view: &Tickets) -> Markup {
    let (open, others): (Vec<_>, Vec<_>) =
        view.tickets.iter().partition(|line| line.ticket.resolve.runs_at(frame.now));
    let body = html! {
        div.head {
            h1 { "Tickets" }
            a.button href="/tickets/new" { "Open a ticket" }
        }
        section.card aria-labelledby="open" {
            h2 #open { "Open" }
            @if open.is_empty() { p.empty { "No ticket is open." } }
            @else { (list(frame, &open, "Open tickets")) }
        }
        section.card aria-labelledby="others" {
            h2 #others { "Resolved, closed and cancelled" }
            @if others.is_empty() { p.empty { "None yet." } }
            @else { (list(frame, &others, "Resolved, closed and cancelled tickets")) }
        }
    };
    frame.page("Tickets", &body)
}

/// Renders the state of a ticket in words with its sign.
pub(crate) fn standing(frame: &Frame, ticket: &Ticket) -> Markup {
    let waits = ticket.waits.last().is_some_and(|wait| wait.until.is_none());
    if ticket.cancelled_at.is_some() {
        badge(Tone::Quiet, "Cancelled")
    } else if !ticket.resolve.runs_at(frame.now) {
        badge(Tone::Good, "Resolved")
    } else if waits {
        badge(Tone::Warn, if frame.is_desk() { "Waiting for the customer" } else { "Waiting for you" })
    } else if ticket.acknowledge.runs_at(frame.now) {
        badge(Tone::Note, "Reported")
    } else {
        badge(Tone::Note, "In progress")
    }
}

fn list(frame: &Frame, lines: &[&TicketLine], label: &str) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(label) {
            table.stack {
                thead {
                    tr {
                        th scope="col" { "Ticket" }
                        th scope="col" { "State" }
                        th scope="col" { "Level" }
                        th scope="col" { "Opened" }
                        @for kind in ClockKind::ALL { th scope="col" { (done(kind)) } }
                    }
                }
                tbody {
                    @for TicketLine { ticket, service_name } in lines.iter().copied() {
                        tr {
                            th.wide scope="row" {
                                a href={ "/tickets/" (ticket.ticket_id) } dir="auto" {
                                    (ticket.opening.title)
                                }
                                p.soft { (short_number(Subject::Ticket, ticket.ticket_id.as_str())) " · " code { (ticket.ticket_id) }
                                    @if let Some(name) = service_name { " · " span dir="auto" { (name) } } }
                            }
                            td data-label="State" { (standing(frame, ticket)) }
                            td data-label="Level" { (level(ticket.level)) }
                            td data-label="Opened" { (time(ticket.opening.opened_at, frame.zone)) }
                            @for kind in ClockKind::ALL {
                                @let clock = ticket.clock(kind);
                                td data-label=(done(kind)) {
                                    (ticket_verdict(clock.verdict(frame.now)))
                                    p.soft { (duration(clock.elapsed_s(frame.now))) " of "
                                        (within(clock.promise.limit_s)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

const fn done(kind: ClockKind) -> &'static str {
    match kind {
        ClockKind::Acknowledge => "Acknowledged",
        ClockKind::Resolve => "Resolved",
    }
}

/// Renders the form of a new ticket (`GET /tickets/new`, and `POST /tickets` when it is refused).
pub fn ticket_form(frame: &Frame, view: &TicketForm) -> Markup {
    let TicketForm { key, services, values, errors, .. } = view;
    let fields = ["service_id", "level", "channel", "title", "description", "steps_tried", "links_to"];
    let field = |name, label, hint| Field { form: "", name, label, hint, errors };
    let channels = [
        ("portal", "This portal"),
        ("chat", "Live chat"),
        ("email", "E-mail"),
        ("phone", "Phone: call our line for urgent cases"),
    ];
    let channels = channels.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/tickets" { "Tickets" } }
        (error_summary(errors, &fields))
        h1 { "Open a ticket" }
        p { "The acknowledgement and resolution clocks start when you send this form. Support is available \
             24 hours a day, every day." }
        form.card method="post" action="/tickets" novalidate {
            (frame.csrf())
            input type="hidden" name="key" value=(key);
            (field("service_id", "Which service is it about?", "")
                .choice(&values.service_id, Some("None, or several"), &offered(services)))
            (level_field(view))
            (field("title", "Summary in one line", "For example: no calls reach our Berlin office")
                .line(&values.title, true))
            (field("description", "What happens, and since when? (optional)",
                "Do not enter passwords or other secrets.").prose(&values.description))
            (field("steps_tried", "What have you tried? (optional)", "").prose(&values.steps_tried))
            (field("links_to", "Earlier ticket that this follows up on (optional)", "Enter its id.")
                .line(&values.links_to, false))
            (field("channel", "How should we reach you?", "").choice(&values.channel, None, &channels))
            button type="submit" { "Open the ticket" }
        }
    };
    frame.page(&titled("Open a ticket", errors), &body)
}

fn level_field(view: &TicketForm) -> Markup {
    let (name, label) = ("level", "How urgent is it?");
    let field = Field { form: "", name, label, hint: "", errors: &view.errors };
    field.group(&html! {
        @for (own, index) in Level::ALL.into_iter().zip(0..) {
            @let id = if index == 0 { "level".to_owned() } else { format!("level-{}", own.number()) };
            @let promise = view.levels.promise(own);
            div.choice {
                input type="radio" id=(id) name="level" value=(own.number()) required aria-describedby={ (id)
                    "-means" }
                    checked[view.values.level == own.number().to_string()];
                label for=(id) { (level(own)) }
                p.hint id={ (id) "-means" } {
                    (meant(own)) ". We acknowledge within " (within(promise.acknowledge.limit_s))
                    " and resolve within " (within(promise.resolve.limit_s)) "."
                }
            }
        }
    })
}

/// Describes a level (agreement, "Priority Levels and Response Times").
pub(crate) const fn meant(level: Level) -> &'static str {
    match level {
        Level::Critical => "Total failure of services in production, or severe performance degradation",
        Level::Degraded => "Partial failure, or a major issue that does not stop the service",
        Level::General => "Minor interruption, question or request",
    }
}
