//! Tickets at the desk: the queue by next deadline, and a ticket with its acts and both notes.

use events::command::{CommandName, Subject};
use maud::{Markup, html};
use sla::id::StaffId;
use sla::ticket::{Channel, Clock, ClockKind, Ticket, TicketState};
use sla::{CustomerId, Instant, ServiceId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded, folded};
use super::marks::service_link;
use crate::frame::Frame;
use crate::portal::TicketPage;
use crate::portal::ticket::{clock_card, happened, left, pauses};
use crate::portal::tickets::standing;
use crate::words::{channel, encoded, level, short_number, ticket_verdict, time};

/// A filter of the queue, which is an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Show {
    /// All open tickets.
    #[default]
    All,
    /// Open tickets that the reader has taken.
    Mine,
    /// Open tickets that nobody has acknowledged.
    Unacknowledged,
    /// Open tickets that wait for the customer.
    Waiting,
    /// Tickets that were resolved, closed or cancelled, the latest first.
    Resolved,
}

/// A ticket of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// Name of its customer.
    pub customer_name: String,
    /// Name of its service, if it has one.
    pub service_name: Option<String>,
    /// The person who has taken it.
    pub taken_by: Option<StaffId>,
}

/// The page that lists tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketQueue {
    /// The filter.
    pub show: Show,
    /// The only customer whose tickets are listed, if the address names one.
    pub customer_id: Option<CustomerId>,
    /// The only service whose tickets are listed, if the address names one.
    pub service_id: Option<ServiceId>,
    /// The tickets, in order.
    pub tickets: Vec<QueuedTicket>,
    /// The place after which the next page continues.
    pub after: Option<String>,
}

/// The page of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskTicket {
    /// The ticket, as its customer sees it, but with all notes.
    pub page: TicketPage,
    /// Name of its customer.
    pub customer_name: String,
    /// The person who has taken it, and when.
    pub taken: Option<(StaffId, Instant)>,
    /// The reader.
    pub reader: StaffId,
    /// Its latest changes at desk and portal; the live part does not show them.
    pub trail: Option<Trail>,
}

impl Show {
    /// Filters in the order of the page.
    const ALL: [Self; 5] = [Self::All, Self::Mine, Self::Unacknowledged, Self::Waiting, Self::Resolved];

    /// Finds a filter by its word in an address.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|show| show.as_str() == word)
    }

    /// Returns the word in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mine => "mine",
            Self::Unacknowledged => "unacknowledged",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
        }
    }

    /// Returns the state of the tickets that the filter shows.
    pub const fn state(self) -> TicketState {
        match self {
            Self::All | Self::Mine => TicketState::Open,
            Self::Unacknowledged => TicketState::Unacknowledged,
            Self::Waiting => TicketState::Waiting,
            Self::Resolved => TicketState::Finished,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::All => "All open",
            Self::Mine => "Mine",
            Self::Unacknowledged => "Unacknowledged",
            Self::Waiting => "Waiting for the customer",
            Self::Resolved => "Finished",
        }
    }
}

/// Renders the queue (`GET /tickets`).
pub fn tickets(frame: &Frame, view: &TicketQueue) -> Markup {
    let of =
        |name: &str, id: Option<&str>| id.map(|id| format!("&{name}={}", encoded(id))).unwrap_or_default();
    let kept = of("customer_id", view.customer_id.as_ref().map(CustomerId::as_str))
        + &of("service_id", view.service_id.as_ref().map(ServiceId::as_str));
    let new = kept.strip_prefix('&').map(|kept| format!("?{kept}")).unwrap_or_default();
    let body = html! {
        div.head {
            h1 { "Tickets" }
            @if frame.offers(CommandName::OpenTicket) {
                a.button href={ "/tickets/new" (new) } { "Open a ticket" }
            }
        }
        nav.links aria-label="Filters" {
            @for show in Show::ALL {
                @if show == view.show { strong { (show.words()) } }
                @else { a href={ "/tickets?show=" (show.as_str()) (kept) } { (show.words()) } }
            }
        }
        section.card aria-labelledby="listed" {
            h2 #listed { (view.show.words()) }
            @if let Some(id) = &view.customer_id { p.soft { "Of customer " code { (id) } "." } }
            @if let Some(id) = &view.service_id { p.soft { "About service " code { (id) } "." } }
            @if view.tickets.is_empty() { p.empty { "None." } }
            @else { (queue(frame, &view.tickets, "Table of tickets")) }
            @if let Some(after) = &view.after {
                p { a rel="next" href={ "/tickets?show=" (view.show.as_str()) (kept) "&after=" (encoded(after)) } {
                    "Further tickets"
                } }
            }
        }
    };
    frame.page("Tickets", &body)
}

fn queue(frame: &Frame, tickets: &[QueuedTicket], label: &str) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(label) {
            table.stack {
                thead {
                    tr {
                        th scope="col" { "Ticket" }
                        th scope="col" { "Customer" }
                        th scope="col" { "State" }
                        th scope="col" { "Level" }
                        th scope="col" { "Clock" }
                        th scope="col" { "Taken by" }
                    }
                }
                tbody {
                    @for QueuedTicket { ticket, customer_name, service_name, taken_by } in tickets {
                        tr {
                            th.wide scope="row" {
                                a href={ "/tickets/" (ticket.ticket_id) } dir="auto" { (ticket.opening.title) }
                                p.soft { (short_number(Subject::Ticket, ticket.ticket_id.as_str())) " · " code { (ticket.ticket_id) }
                                    @if let Some(name) = service_name { " · " span dir="auto" { (name) } } }
                            }
                            td data-label="Customer" dir="auto" { (customer_name) }
                            td data-label="State" { (standing(frame, ticket)) }
                            td data-label="Level" { (level(ticket.level)) }
                            (clock_cell(frame, ticket))
                            td data-label="Taken by" {
                                @match taken_by { Some(by) => (by), None => span.soft { "Nobody" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the clock whose commitment is due next; the script counts it.
fn clock_cell(frame: &Frame, ticket: &Ticket) -> Markup {
    let runs = |clock: &Clock| clock.runs_at(frame.now);
    let (name, clock) = match runs(&ticket.acknowledge) {
        true => ("Acknowledge", &ticket.acknowledge),
        false => ("Resolve", &ticket.resolve),
    };
    let elapsed_s = clock.elapsed_s(frame.now);
    html! {
        @if runs(clock) {
            td data-label="Clock" data-clock data-elapsed=(elapsed_s) data-limit=(clock.promise.limit_s)
                data-target=[clock.promise.target_s] {
                (name) ": " span data-left { (left(clock, elapsed_s)) }
            }
        } @else {
            td data-label="Clock" {
                (ticket_verdict(clock.verdict(frame.now)))
                p.soft { (time(ticket.next_at(), frame.zone)) }
            }
        }
    }
}

/// Renders a ticket (`GET /tickets/{ticket_id}`).
pub fn ticket(frame: &Frame, view: &DeskTicket) -> Markup {
    let TicketPage { ticket, service, .. } = &view.page;
    let opening = &ticket.opening;
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/tickets" { "Tickets" } }
        h1 dir="auto" { (opening.title) }
        p.soft { "Ticket " (short_number(Subject::Ticket, ticket.ticket_id.as_str())) " · " code { (ticket.ticket_id) } }
        div data-poll={ "/tickets/" (ticket.ticket_id) "/state" } { (ticket_state(frame, view)) }
        div.live role="status" data-poll-note {}
        (acts(frame, view))
        section.card aria-labelledby="report" {
            h2 #report { "The report" }
            dl.facts {
                dt { "Customer" }
                dd { a href={ "/customers/" (opening.customer_id) } dir="auto" { (view.customer_name) } }
                @if let Some((service_id, name)) = service {
                    dt { "Service" } dd { (service_link(service_id, name)) }
                }
                dt { "Opened" }
                dd { (time(opening.opened_at, frame.zone)) ", " (reached(opening.channel)) }
                @if let Some(earlier) = &opening.links_to {
                    dt { "Follows up on" } dd { a href={ "/tickets/" (earlier) } { (earlier) } }
                }
                dt { "Description" }
                dd.prose dir="auto" { (opening.description.as_deref().unwrap_or("No description given.")) }
                dt { "Attachments" } dd { "Left out: they are not kept here." }
            }
        }
        @if let Some(own) = &view.trail { (trail(frame, own)) }
    };
    frame.page(&opening.title, &body)
}

/// Says by which channel the customer reached support.
const fn reached(by: Channel) -> &'static str {
    match by {
        Channel::Portal => "in the portal",
        other => channel(other),
    }
}

/// Renders the live part of a ticket (`GET /tickets/{ticket_id}/state`), which the script puts in place.
pub fn ticket_state(frame: &Frame, view: &DeskTicket) -> Markup {
    let TicketPage { ticket, events, reopen_until, .. } = &view.page;
    html! {
        p.lead { (standing(frame, ticket)) " " span.soft { (level(ticket.level)) } }
        p {
            @match &view.taken {
                Some((by, at)) => { "Taken by " strong { (by) } ", " (time(*at, frame.zone)) "." },
                None => "Nobody has taken it.",
            }
            @if let Some(until) = reopen_until.filter(|until| frame.now < *until) {
                " It can be reopened before " (time(until, frame.zone)) "."
            }
        }
        div.clocks {
            (clock_card(frame, ClockKind::Acknowledge, &ticket.acknowledge))
            (clock_card(frame, ClockKind::Resolve, &ticket.resolve))
        }
        (pauses(frame, &view.page))
        section.card aria-labelledby="history" {
            h2 #history { "History" }
            ol.history { @for (event, effect) in events { (happened(frame, event, effect)) } }
        }
    }
}

/// Renders the acts that the ticket takes now. They stand outside the live part, which would wipe what is typed.
fn acts(frame: &Frame, view: &DeskTicket) -> Markup {
    let TicketPage { ticket, reopen_until, key, .. } = &view.page;
    let form = |command: CommandName| {
        let event_id = format!("{key}-{}", command.as_str());
        CommandForm::with(command, [("ticket_id", ticket.ticket_id.to_string()), ("event_id", event_id)])
    };
    let runs = ticket.is_in(TicketState::Open);
    let waits = ticket.is_in(TicketState::Waiting);
    let reopens =
        !runs && ticket.cancelled_at.is_none() && reopen_until.is_some_and(|until| frame.now < until);
    let is_mine = view.taken.as_ref().is_some_and(|(by, _)| by.is_same_person(view.reader.as_str()));
    let offered = [
        (ticket.is_in(TicketState::Unacknowledged), CommandName::AcknowledgeTicket, "Acknowledge"),
        (runs && !is_mine, CommandName::TakeTicket, "Take"),
        (runs && !waits, CommandName::AskCustomer, "Ask the customer"),
        (runs && waits, CommandName::ResumeTicket, "End the wait"),
        (runs, CommandName::ChangeLevel, "Change the level"),
        (runs, CommandName::ResolveTicket, "Resolve"),
        (reopens, CommandName::ReopenTicket, "Reopen"),
    ];
    html! {
        section.card aria-labelledby="acts" {
            h2 #acts { "What you can do" }
            @if !runs && !reopens { p { "This ticket is finished." } }
            @else if !frame.offers(CommandName::ResolveTicket) {
                (embedded(frame, &form(CommandName::ResolveTicket), "resolve_ticket-"))
            }
            @for (_, command, name) in offered.into_iter().filter(|(offer, ..)| *offer) {
                (folded(frame, &form(command), &format!("{}-", command.as_str()), name))
            }
        }
    }
}
