//! The desk's first page: the queues that await a person, maintenance, and the latest month end.

use events::command::CommandName;
use maud::{Markup, html};
use sla::exclusion::Maintenance;
use sla::{CustomerId, Instant, ServiceId};

use super::maintenance::window_item;
use super::marks::ago;
use super::months::{MonthFruits, fruits};
use super::services::{ServicesNow, services_now};
use crate::frame::{Frame, PROVIDER};
use crate::words::{Tone, badge, month, time};

/// The size and age of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Queue {
    /// Number of items, up to the limit of counting.
    pub count: usize,
    /// True if there are more items than were counted.
    pub is_capped: bool,
    /// Instant since which the oldest item has waited.
    pub oldest: Option<Instant>,
}

/// The first steps of a provider, up to a service that is watched; each follows the one before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstSteps {
    /// The first customer, if one is registered.
    pub customer: Option<CustomerId>,
    /// The first service, if one is registered.
    pub service: Option<ServiceId>,
}

/// The first page of the desk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WaitingWork {
    /// The first steps, as long as one is left to take.
    pub first_steps: Option<FirstSteps>,
    /// The services in trouble.
    pub now: ServicesNow,
    /// Tickets that nobody has acknowledged.
    pub unacknowledged: Queue,
    /// Changes that await a second person.
    pub changes: Queue,
    /// Exclusions that await a second person.
    pub exclusions: Queue,
    /// Voids that await a second person.
    pub voids: Queue,
    /// Closed months in which missing data decides.
    pub indeterminate: Queue,
    /// Claims in review.
    pub claims: Queue,
    /// Months in which a metric missed its limit and nobody has decided yet.
    pub performance: Queue,
    /// Disputes of exclusions that stand.
    pub disputes: Queue,
    /// Quarantined input not replayed yet.
    pub quarantine: Queue,
    /// Roles of the terms in force that have no people.
    pub unstaffed: Vec<String>,
    /// Maintenance under way and to come, ascending.
    pub maintenance: Vec<Maintenance>,
    /// The last month that has ended.
    pub month_end: Option<MonthFruits>,
}

/// Renders the first page (`GET /`).
pub fn waiting(frame: &Frame, view: &WaitingWork) -> Markup {
    let queues = queues(view);
    let (busy, idle): (Vec<_>, Vec<_>) = queues.into_iter().partition(|(queue, ..)| queue.count > 0);
    let body = html! {
        h1 { "Now" }
        @if let Some(steps) = &view.first_steps { (first_steps(frame, steps)) }
        (services_now(frame, &view.now))
        @if !view.unstaffed.is_empty() {
            p.message.warn {
                (badge(Tone::Warn, "Nobody to call")) " Escalations to these roles name nobody: "
                span dir="auto" { (view.unstaffed.join(", ")) } ". " a href="/roles" { "Set their people" }
            }
        }
        h2 { "Needs a decision" }
        @if busy.is_empty() {
            p.summary.good { (badge(Tone::Good, "Nothing needs a decision")) }
        } @else {
            ul.queues {
                @for (queue, href, name, means) in &busy { (waiting_queue(frame, *queue, href, name, means)) }
            }
        }
        @if !idle.is_empty() && !busy.is_empty() {
            p.soft.idle {
                "Nothing waits in: "
                @for (index, (_, href, name, _)) in idle.iter().enumerate() {
                    @if index > 0 { ", " }
                    a href=(href) { (name.to_lowercase()) }
                }
                "."
            }
        }
        section.card aria-labelledby="maintenance" {
            div.head {
                h2 #maintenance { "Maintenance" }
                @if frame.offers(CommandName::AnnounceMaintenance) {
                    a.button.second href="/maintenance/new" { "Announce maintenance" }
                }
            }
            @if view.maintenance.is_empty() { p.empty { "None is under way or announced." } }
            ul.plain { @for window in &view.maintenance { (window_item(frame, window)) } }
        }
        section.card aria-labelledby="month-end" {
            h2 #month-end { "Last month’s close" }
            @match &view.month_end {
                Some(own) => {
                    p { a href={ "/months/" (own.month) } { (month(own.month)) } }
                    (fruits(own))
                }
                None => p.empty { "No month has ended yet." }
            }
        }
    };
    frame.page("Now", &body)
}

/// Returns the queues, each with its page, its name, and what it means.
const fn queues(view: &WaitingWork) -> [(Queue, &'static str, &'static str, &'static str); 9] {
    [
        (
            view.unacknowledged,
            "/tickets?show=unacknowledged",
            "Unacknowledged tickets",
            "Nobody has taken them up, and their clocks run",
        ),
        (view.changes, "/waiting", "Changes", "A second person approves or rejects each, by its effect"),
        (view.exclusions, "/exclusions", "Exclusions", "A second person approves or rejects each"),
        (view.voids, "/voids", "Voids", "A second person says whether the probe was broken"),
        (
            view.indeterminate,
            "/reviews#indeterminate",
            "Indeterminate months",
            "Unknown time decides: review needed",
        ),
        (view.claims, "/reviews#claims", "Claims in review", "Each needs a verdict or an amount"),
        (
            view.performance,
            "/reviews#performance",
            "Performance findings",
            "A metric missed its limit in a month",
        ),
        (view.disputes, "/reviews#disputes", "Disputes", "A customer says that excluded time must count"),
        (view.quarantine, "/quarantine", "Quarantined input", "Not counted until corrected and replayed"),
    ]
}

fn first_steps(frame: &Frame, FirstSteps { customer, service }: &FirstSteps) -> Markup {
    let done = html! { " " (badge(Tone::Good, "Done")) };
    html! {
        section.card.note aria-labelledby="begin" {
            h2 #begin { "Begin here" }
            p { "Three steps lead to a service whose every second is accounted for:" }
            ol {
                li {
                    @match customer {
                        Some(id) => { a href={ "/customers/" (id) } { "Register a customer" } (done) },
                        None if frame.offers(CommandName::RegisterCustomer) => {
                            a href="/customers/new" { "Register your first customer" }
                        },
                        None => "Staff register the first customer",
                    }
                    ": who has the agreement with you."
                }
                li {
                    @match (customer, service) {
                        (_, Some(id)) => { a href={ "/services/" (id) } { "Register a service" } (done) },
                        (Some(customer), None) if frame.offers(CommandName::RegisterService) => {
                            a href={ "/services/new?customer_id=" (customer) } {
                                "Register its first service"
                            }
                        },
                        _ => "Register its first service",
                    }
                    ": the plan says what is promised, the fee what a breach is worth."
                }
                li {
                    "Have it watched: "
                    @if frame.offers(CommandName::RegisterSource) {
                        a href="/sources/new" { "a monitor that you have" }
                    } @else { "a monitor that you have" }
                    " sends its checks as a source of webhooks, or Nines checks "
                    @if frame.offers(CommandName::RegisterTarget) {
                        a href="/targets/new?kind=http" { "a target" }
                    } @else { "a target" }
                    " by itself."
                }
            }
        }
    }
}

fn waiting_queue(frame: &Frame, queue: Queue, href: &str, name: &str, means: &str) -> Markup {
    html! {
        li.card {
            p.big { (queue.count) @if queue.is_capped { "+" } }
            div {
                h2.small { a href=(href) { (name) } }
                p.soft { (means) }
            }
            p.soft {
                @if let Some(oldest) = queue.oldest {
                    @if queue.count == 1 { "Since " } @else { "The oldest since " }
                    (time(oldest, frame.zone)) ", " (ago(frame, oldest))
                }
            }
        }
    }
}

/// Renders the page for readers who are not signed in; `href` starts the sign-in.
pub fn sign_in(frame: &Frame, href: &str) -> Markup {
    let body = html! {
        div.plain {
            h1 { "The desk of " (PROVIDER) }
            p { "Staff decide here on exclusions, reviews, claims, maintenance and the terms." }
            p { a.button href=(href) { "Sign in" } }
        }
    };
    frame.page("Sign in", &body)
}
