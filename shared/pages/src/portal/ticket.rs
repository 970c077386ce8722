//! A ticket: its two live clocks, the possible actions, and its history.

use events::change::Subject;
use maud::{Markup, html};
use sla::ticket::{Clock, ClockKind, Effect, LevelReason, Notes, Ticket, TicketEvent, TicketHappening};
use sla::{Instant, ServiceId, Zone, sha256_hex};

use crate::form::Field;
use crate::frame::Frame;
use crate::portal::tickets::standing;
use crate::words::{
    Tone, badge, channel, duration, level, month, remaining, short_number, ticket_verdict, time, within,
};

/// The page of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketPage {
    /// The ticket.
    pub ticket: Ticket,
    /// Id and name of its service, if it has one; the live part does not show them.
    pub service: Option<(ServiceId, String)>,
    /// Events with their effects, in order of occurrence.
    pub events: Vec<(TicketEvent, Effect)>,
    /// Number of events that arrived late and corrected a verdict.
    pub backdated_count: u32,
    /// The first instant at which a resolved ticket can no longer be reopened.
    pub reopen_until: Option<Instant>,
    /// Request key; each button adds its kind. At most 50 characters.
    pub key: String,
}

/// Renders a ticket (`GET /tickets/{ticket_id}`).
pub fn ticket(frame: &Frame, view: &TicketPage) -> Markup {
    let TicketPage { ticket, .. } = view;
    let opening = &ticket.opening;
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/tickets" { "Tickets" } }
        h1 dir="auto" { (opening.title) }
        p.soft { "Ticket " (short_number(Subject::Ticket, ticket.ticket_id.as_str())) " · " code { (ticket.ticket_id) } }
        div data-poll={ "/tickets/" (ticket.ticket_id) "/state" } { (ticket_state(frame, view)) }
        div.live role="status" data-poll-note {}
        section.card aria-labelledby="report" {
            h2 #report { "The report" }
            dl.facts {
                dt { "Opened" }
                dd { (time(opening.opened_at, frame.zone)) ", " (channel(opening.channel)) }
                @if let Some((service_id, name)) = &view.service {
                    dt { "Service" } dd { a href={ "/services/" (service_id) } dir="auto" { (name) } }
                }
                @if let Some(earlier) = &opening.links_to {
                    dt { "Follows up on" } dd { a href={ "/tickets/" (earlier) } { (earlier) } }
                }
                dt { "Description" }
                dd.prose dir="auto" { (opening.description.as_deref().unwrap_or("No description given.")) }
            }
        }
    };
    frame.page(&opening.title, &body)
}

/// Renders the live part of a ticket (`GET /tickets/{ticket_id}/state`), which the script puts in place.
pub fn ticket_state(frame: &Frame, view: &TicketPage) -> Markup {
    let TicketPage { ticket, .. } = view;
    html! {
        p.lead { (standing(frame, ticket)) " " span.soft { (level(ticket.level)) } }
        div.clocks {
            (clock_card(frame, ClockKind::Acknowledge, &ticket.acknowledge))
            (clock_card(frame, ClockKind::Resolve, &ticket.resolve))
        }
        (pauses(frame, view))
        (actions(frame, view))
        section.card aria-labelledby="history" {
            h2 #history { "History" }
            ol.history {
                @for (event, effect) in &view.events { (happened(frame, event, effect)) }
            }
        }
    }
}

/// Returns the `ETag` of the live part: it stays the same while only the time on the clocks changes.
pub fn ticket_state_tag(frame: &Frame, view: &TicketPage) -> String {
    let marks = ClockKind::ALL.map(|kind| {
        let clock = view.ticket.clock(kind);
        let passed = |threshold_s: i64| clock.elapsed_s(frame.now) > threshold_s;
        let target = clock.promise.target_s.is_some_and(passed);
        (clock.runs_at(frame.now), target, passed(clock.promise.limit_s), clock.verdict(frame.now))
    });
    let TicketPage { ticket, events, backdated_count, .. } = view;
    let reopens = view.reopen_until.is_some_and(|until| frame.now < until);
    let shown = format!("{:?}", (marks, reopens, ticket, events, backdated_count, frame.zone));
    let digest = sha256_hex(shown.as_bytes());
    digest.get(..32).unwrap_or(&digest).to_owned()
}

pub(crate) fn clock_card(frame: &Frame, kind: ClockKind, clock: &Clock) -> Markup {
    let (name, done) = match kind {
        ClockKind::Acknowledge => ("Acknowledgement", "Acknowledged"),
        ClockKind::Resolve => ("Resolution", "Resolved"),
    };
    let (elapsed_s, limit_s) = (clock.elapsed_s(frame.now), clock.promise.limit_s);
    let runs = clock.runs_at(frame.now);
    let at = |elapsed_s: i64| time(clock.instant_of(elapsed_s), frame.zone);
    html! {
        section.card.clock aria-labelledby=(kind.as_str()) data-clock[runs]
            data-elapsed=[runs.then_some(elapsed_s)]
            data-limit=[runs.then_some(limit_s)] data-target=[clock.promise.target_s.filter(|_| runs)] {
            h2 id=(kind.as_str()) { (name) }
            p {
                (ticket_verdict(clock.verdict(frame.now))) " "
                @if clock.promise.target_s.is_some_and(|target_s| elapsed_s > target_s) {
                    (badge(Tone::Warn, "Target missed"))
                }
            }
            p.big role="timer" data-shown { (duration(elapsed_s)) }
            (dial(clock, elapsed_s))
            @if runs { p data-left { (left(clock, elapsed_s)) } }
            dl.facts {
                dt { "Counts from" } dd { (time(clock.started_at, frame.zone)) }
                @if let Some(target_s) = clock.promise.target_s {
                    dt { "Target" } dd { (within(target_s)) ", " (at(target_s)) }
                }
                dt { "Limit" } dd { (within(limit_s)) ", " (at(limit_s)) }
                @if let Some(at) = clock.done_at() { dt { (done) } dd { (time(at, frame.zone)) } }
                @if let Some(miss) = clock.miss(frame.now) {
                    dt { "Missed" } dd { (time(miss.at, frame.zone)) ", limit " (within(miss.limit_s)) }
                }
                @for gap in &clock.gaps {
                    dt { "Not counted" }
                    dd { (time(gap.start, frame.zone)) " to " (time(gap.end, frame.zone))
                        ", between its resolution and its reopening" }
                }
            }
        }
    }
}

/// Says how much time is left; the script writes the same words each second.
pub(crate) fn left(clock: &Clock, elapsed_s: i64) -> String {
    let limit_s = clock.promise.limit_s;
    match clock.promise.target_s {
        Some(target_s) if elapsed_s <= target_s => {
            format!(
                "{} left until the target, {} until the limit",
                remaining(target_s - elapsed_s),
                remaining(limit_s - elapsed_s)
            )
        }
        _ if elapsed_s <= limit_s => format!("{} left until the limit", remaining(limit_s - elapsed_s)),
        _ => format!("{} over the limit", remaining(elapsed_s - limit_s)),
    }
}

fn dial(clock: &Clock, elapsed_s: i64) -> Markup {
    let limit_s = clock.promise.limit_s.max(1);
    let place = |seconds: i64| (seconds.saturating_mul(200) / limit_s).clamp(0, 200);
    let class = match clock.promise.target_s {
        _ if elapsed_s > limit_s => "bad",
        Some(target_s) if elapsed_s > target_s => "warn",
        _ => "good",
    };
    html! {
        svg.budget viewBox="0 0 200 12" preserveAspectRatio="none" height="12" aria-hidden="true" {
            rect.ground y="2" width="200" height="8" {}
            rect.(class) y="2" width=(place(elapsed_s)) height="8" data-fill {}
            @if let Some(target_s) = clock.promise.target_s {
                rect.target x=(place(target_s)) width="1" height="12" {}
            }
        }
    }
}

pub(crate) fn pauses(frame: &Frame, view: &TicketPage) -> Markup {
    let ticket = &view.ticket;
    let you = if frame.is_desk() { "the customer" } else { "you" };
    html! {
        @if !ticket.waits.is_empty() || ticket.reopened_count > 0 || view.backdated_count > 0 {
            section.card aria-labelledby="beside" {
                h2 #beside { "Pauses and corrections" }
                ul {
                    @for wait in &ticket.waits {
                        li {
                            @match wait.until {
                                Some(until) => {
                                    "We waited for " (you) " from " (time(wait.since, frame.zone)) " to "
                                    (time(until, frame.zone))
                                },
                                None => { "We have been waiting for " (you) " since " (time(wait.since, frame.zone)) },
                            }
                            "."
                        }
                    }
                    @if !ticket.waits.is_empty() {
                        li {
                            "Without these pauses the resolution "
                            @if ticket.resolve.runs_at(frame.now) { "has taken " } @else { "took " }
                            (duration(ticket.resolve_net_s(frame.now)))
                            ". The agreement grants no pauses: the verdict covers the whole time."
                        }
                    }
                    @if ticket.reopened_count > 0 { li { "Reopened: " (ticket.reopened_count) "." } }
                    @if view.backdated_count > 0 {
                        li { "Events that arrived late and corrected a verdict: " (view.backdated_count) "." }
                    }
                }
            }
        }
    }
}

pub(crate) fn happened(frame: &Frame, event: &TicketEvent, effect: &Effect) -> Markup {
    let Notes { note, internal_note } = &event.notes;
    html! {
        li {
            p { (time(event.occurred_at, frame.zone)) " " strong { (words(frame.is_desk(), &event.happening)) } }
            @match effect {
                Effect::Effective => {},
                Effect::WithoutEffect(why) => p.soft { "Without effect: " (dated(why, frame.zone)) },
                Effect::Refused(why) => p.soft { "Refused: " (dated(why, frame.zone)) },
            }
            @if let Some(note) = note {
                @if frame.is_desk() { p.soft { "Note that the customer reads" } }
                p.prose dir="auto" { (note) }
            }
            @if let Some(note) = internal_note.as_ref().filter(|_| frame.is_desk()) {
                p.soft { "Note that staff alone read" }
                p.prose dir="auto" { (note) }
            }
        }
    }
}

/// Writes a reason with its instants in the reader's zone.
fn dated(why: &str, zone: Zone) -> Markup {
    html! {
        @for (word, index) in why.split(' ').zip(0..) {
            @if index > 0 { " " }
            @let bare = word.trim_end_matches([',', '.', ':', ';']);
            @match bare.parse::<Instant>() {
                Ok(at) => { (time(at, zone)) (word.strip_prefix(bare).unwrap_or_default()) },
                Err(_) => (word),
            }
        }
    }
}

fn words(is_desk: bool, happening: &TicketHappening) -> String {
    match happening {
        TicketHappening::Opened { level: own, .. } => format!("Opened at {}", level(*own).to_lowercase()),
        TicketHappening::Acknowledged => "Acknowledged: we are working on it".to_owned(),
        TicketHappening::LevelChanged { level: own, reason } => {
            let why = match reason {
                LevelReason::Misclassified => "it was misclassified, so both clocks count from the opening",
                LevelReason::Worsened => "it has worsened, so the resolution clock starts again",
            };
            format!("Changed to {}: {why}", level(*own).to_lowercase())
        }
        TicketHappening::WaitingOnCustomer if is_desk => "The customer was asked for something".to_owned(),
        TicketHappening::Resumed if is_desk => "The customer has answered".to_owned(),
        TicketHappening::WaitingOnCustomer => "We need something from you".to_owned(),
        TicketHappening::Resumed => "You have answered".to_owned(),
        TicketHappening::Resolved => "Resolved".to_owned(),
        TicketHappening::Reopened => "Reopened".to_owned(),
        TicketHappening::Closed => "Closed".to_owned(),
        TicketHappening::Cancelled => "Cancelled".to_owned(),
        TicketHappening::Claim { service_id, month: own } => {
            format!("A credit is claimed for {service_id}, {}", month(*own))
        }
    }
}

/// Renders the box for the customer's words beside a reply: the answer under the question, or the reason.
fn note_box(view: &TicketPage, kind: &str) -> Markup {
    let (label, question) = match kind {
        "resumed" => ("Your answer (optional)", question(view)),
        "reopened" => ("What is still wrong? (optional)", None),
        _ => return html! {},
    };
    let prefix = format!("{kind}-");
    let hint = "Do not enter passwords or other secrets.";
    let field = Field { form: &prefix, name: "note", label, hint, errors: &[] };
    html! {
        @if let Some(question) = question {
            p { strong { "We need something from you" } }
            p.prose dir="auto" { (question) }
        }
        (field.prose(""))
    }
}

/// Finds the note with which support asked last.
fn question(view: &TicketPage) -> Option<&str> {
    let asks = |(event, effect): &&(TicketEvent, Effect)| {
        event.happening == TicketHappening::WaitingOnCustomer && *effect == Effect::Effective
    };
    view.events.iter().rev().find(asks).and_then(|(event, _)| event.notes.note.as_deref())
}

fn actions(frame: &Frame, view: &TicketPage) -> Markup {
    let TicketPage { ticket, .. } = view;
    let runs = ticket.resolve.runs_at(frame.now);
    let cancelled = ticket.cancelled_at.is_some();
    let waits = ticket.waits.last().is_some_and(|wait| wait.until.is_none());
    let reopens = !runs && !cancelled && view.reopen_until.is_some_and(|until| frame.now < until);
    let offered = [
        (runs && waits, "resumed", "I have answered", "Ends our wait: support goes on with your answer."),
        (reopens, "reopened", "Reopen it", "The problem is back: the resolution clock continues."),
        (runs && !cancelled, "closed", "Close it", "The problem is solved: both clocks stop."),
        (runs && !cancelled, "cancelled", "Cancel it", "It was a mistake or a duplicate: both clocks end."),
    ];
    html! {
        section.card.actions aria-labelledby="actions" {
            h2 #actions { "What you can do" }
            @if !offered.iter().any(|(offer, ..)| *offer) {
                p { "This ticket is finished. "
                    a href="/tickets/new" { "Open a new ticket" } " that links to it if you need us again." }
            }
            @for (_, kind, name, means) in offered.into_iter().filter(|(offer, ..)| *offer) {
                form method="post" action={ "/tickets/" (ticket.ticket_id) "/events" } {
                    (frame.csrf())
                    input type="hidden" name="key" value={ (view.key) "-" (kind) };
                    input type="hidden" name="kind" value=(kind);
                    (note_box(view, kind))
                    button.second type="submit" aria-describedby={ "does-" (kind) } { (name) }
                    p.soft id={ "does-" (kind) } { (means) }
                }
            }
            @if let Some(until) = view.reopen_until.filter(|_| reopens) {
                p.soft { "It can be reopened before " (time(until, frame.zone)) "." }
            }
        }
    }
}
