//! The subscriptions to notices: each with its state and next step, and the form of a new one.

use std::collections::BTreeSet;

use events::{Choice, CustomerKind, Protocol, Severity};
use maud::{Markup, html};
use sla::{Instant, SubscriptionId};

use crate::form::{Field, FieldError, error_summary, titled};
use crate::frame::Frame;
use crate::words::{Tone, badge, count, time};

/// The state of a subscription, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenState {
    /// Recorded, but its creation was interrupted.
    Begun,
    /// Its recipient has yet to confirm it.
    Waiting,
    /// Notices are delivered.
    Confirmed,
    /// Lapsed, or ended by its recipient.
    Gone,
    /// The delivery service does not answer.
    Unknown,
}

/// A subscription in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionLine {
    /// The subscription.
    pub subscription_id: SubscriptionId,
    /// The customer's choice of address and notices.
    pub choice: Choice,
    /// Instant at which the customer asked for it.
    pub asked_at: Instant,
    /// Its current state.
    pub state: SeenState,
    /// Request key of the form that ends it.
    pub key: String,
}

/// Field values as the customer posted them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionValues {
    /// `email` or `https`; empty selects `email`.
    pub protocol: String,
    /// The address of delivery.
    pub endpoint: String,
    /// Names of the ticked kinds.
    pub kinds: BTreeSet<String>,
    /// Names of the ticked severities.
    pub severities: BTreeSet<String>,
}

/// The page of a customer's subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriptions {
    /// The subscriptions, in display order.
    pub lines: Vec<SubscriptionLine>,
    /// Limit on the number of subscriptions.
    pub lines_max: usize,
    /// Request key of the form.
    pub key: String,
    /// Values of the fields.
    pub values: SubscriptionValues,
    /// Errors in the fields.
    pub errors: Vec<FieldError>,
}

/// Topics as people call them, by prefix of the notice kinds.
const TOPICS: [(&str, &str); 10] = [
    ("outage.", "Outages"),
    ("availability.", "Promised availability"),
    ("performance.", "Latency, throughput and packet loss"),
    ("maintenance.", "Maintenance"),
    ("exclusion.", "Time that does not count"),
    ("ticket.", "Tickets"),
    ("statement.", "Statements"),
    ("claim.", "Claims"),
    ("credit.", "Credits"),
    ("terms.", "The agreement"),
];

/// Returns the meaning of a kind in words.
fn told(kind: CustomerKind) -> &'static str {
    match kind.as_str() {
        "outage.opened" => "A service is down",
        "outage.closed" => "It is up again",
        "availability.at_risk" => "Much of the allowed downtime is used",
        "availability.breached" => "A month misses its commitment",
        "availability.breach_withdrawn" => "A reported miss is withdrawn",
        "performance.missed" => "A metric misses its limit",
        "maintenance.announced" => "Maintenance is announced",
        "maintenance.reminder" => "It begins soon",
        "maintenance.changed" => "It is shortened or cancelled",
        "exclusion.raised" => "An exclusion is raised",
        "exclusion.decided" => "It is decided",
        "exclusion.disputed" => "It is disputed",
        "ticket.opened" => "A ticket is opened",
        "ticket.acknowledge_missed" => "It is acknowledged too late",
        "ticket.resolve_missed" => "It is resolved too late",
        "ticket.level_changed" => "Its level changes",
        "ticket.corrected" => "A verdict on it is corrected",
        "ticket.resolved" => "It is resolved",
        "statement.closed" => "A month is closed",
        "statement.restated" => "A statement is restated",
        "claim.received" => "A claim is received",
        "claim.decided" => "It is decided",
        "claim.window_closing" => "The claim deadline is near",
        "credit.approved" => "A credit is approved",
        "credit.reversed" => "It is reversed",
        "credit.lapsed" => "It lapses unclaimed",
        "terms.announced" => "A revision is announced",
        "terms.effective" => "It takes effect",
        other => other,
    }
}

const fn urgency(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "For information",
        Severity::Warning => "Warnings",
        Severity::Critical => "Critical",
    }
}

/// Renders the page (`GET /subscriptions`, and `POST /subscriptions` when it is refused).
pub fn subscriptions(frame: &Frame, view: &Subscriptions) -> Markup {
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/notices" { "Notices" } }
        (error_summary(&view.errors, &["protocol", "endpoint", "kinds", "severities"]))
        h1 { "Where notices are sent" }
        p { "All your notices are listed under Notices. They can also be sent to you: by e-mail as text, or \
             to an HTTPS address as JSON." }
        section.card aria-labelledby="subscribed" {
            h2 #subscribed { "Subscriptions" }
            @if view.lines.is_empty() { p.empty { "You have no subscriptions yet." } }
            ul.notices { @for line in &view.lines { (item(frame, line)) } }
        }
        @if view.lines.len() < view.lines_max || !view.errors.is_empty() { (form(frame, view)) } @else {
            p { "You have " (view.lines_max) " subscriptions, the maximum: end one to add another." }
        }
    };
    frame.page(&titled("Where notices are sent", &view.errors), &body)
}

fn item(frame: &Frame, line: &SubscriptionLine) -> Markup {
    let Choice { protocol, endpoint, kinds, severities } = &line.choice;
    let how = match protocol {
        Protocol::Email => "E-mail",
        Protocol::Https => "HTTPS",
    };
    html! {
        li {
            p { (state(line.state)) " " span.soft { (how) } }
            h3.small.address dir="auto" { (endpoint) }
            p { (what_to_do(line.state, *protocol)) }
            p.soft {
                "Receives "
                @if kinds.is_empty() { "every kind of notice" } @else {
                    (count(kinds.len(), "kind of notice", "kinds of notices"))
                }
                @if severities.is_empty() { ", of every severity" } @else {
                    ", of severity: " (listed(severities.iter().map(|severity| urgency(*severity))))
                }
                ". Requested on " (time(line.asked_at, frame.zone)) "."
            }
            @if !kinds.is_empty() {
                details {
                    summary { "Which kinds" }
                    ul { @for kind in kinds { li { (topic_of(*kind)) ": " (told(*kind)) } } }
                }
            }
            form method="post" action={ "/subscriptions/" (line.subscription_id) "/end" } {
                (frame.csrf())
                input type="hidden" name="key" value=(line.key);
                button.quiet type="submit" aria-label={ "Unsubscribe " (endpoint) } { "Unsubscribe" }
            }
        }
    }
}

fn listed(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn topic_of(kind: CustomerKind) -> &'static str {
    let of = |(prefix, _): &&(&str, &str)| kind.as_str().starts_with(prefix);
    TOPICS.iter().find(of).map_or("Other", |(_, topic)| topic)
}

fn state(state: SeenState) -> Markup {
    match state {
        SeenState::Begun => badge(Tone::Warn, "Not finished"),
        SeenState::Waiting => badge(Tone::Warn, "Waiting for confirmation"),
        SeenState::Confirmed => badge(Tone::Good, "Confirmed"),
        SeenState::Gone => badge(Tone::Bad, "Ended"),
        SeenState::Unknown => badge(Tone::Quiet, "State unknown"),
    }
}

const fn what_to_do(state: SeenState, protocol: Protocol) -> &'static str {
    match (state, protocol) {
        (SeenState::Begun, _) => "Its setup was interrupted: subscribe again below; nothing is set up twice.",
        (SeenState::Waiting, Protocol::Email) => {
            "A message was sent to this address. To confirm, follow its link within 3 days; to get another \
             message, subscribe again."
        }
        (SeenState::Waiting, Protocol::Https) => {
            "A SubscriptionConfirmation message was posted to this address. To confirm, your program has to \
             fetch its SubscribeURL within 3 days; to get another message, subscribe again."
        }
        (SeenState::Confirmed, _) => "Notices are sent to this address as they occur.",
        (SeenState::Gone, _) => {
            "It was not confirmed in time, or its recipient ended it: subscribe again below, or end it here."
        }
        (SeenState::Unknown, _) => "The delivery service does not answer: reload this page in a minute.",
    }
}

fn form(frame: &Frame, view: &Subscriptions) -> Markup {
    let Subscriptions { key, values, errors, .. } = view;
    let field = |name, label, hint| Field { form: "", name, label, hint, errors };
    let chosen = if values.protocol.is_empty() { Protocol::Email.as_str() } else { &values.protocol };
    let protocols = [(Protocol::Email, "E-mail, as text"), (Protocol::Https, "HTTPS, as a POST of JSON")];
    let protocols = html! {
        @for (protocol, words) in protocols {
            @let id = if protocol == Protocol::Email { "protocol" } else { "protocol-https" };
            div.choice {
                input type="radio" id=(id) name="protocol" value=(protocol.as_str())
                    checked[chosen == protocol.as_str()];
                label for=(id) { (words) }
            }
        }
    };
    html! {
        form.card method="post" action="/subscriptions" novalidate {
            h2 { "Get notified" }
            (frame.csrf())
            input type="hidden" name="key" value=(key);
            (field("protocol", "Delivery", "").group(&protocols))
            (field("endpoint", "Address", "An e-mail address, or an address that begins with https://")
                .line(&values.endpoint, true))
            (field("severities", "Severity", "Select none to receive everything.")
                .group(&severity_boxes(values)))
            (field("kinds", "Kinds of notice", "Select none to receive everything.")
                .group(&kind_boxes(values)))
            button type="submit" { "Get notified" }
        }
    }
}

fn severity_boxes(values: &SubscriptionValues) -> Markup {
    html! {
        @for (nth, severity) in Severity::ALL.into_iter().rev().enumerate() {
            @let name = format!("severities.{}", severity.as_str());
            @let id = if nth == 0 { "severities" } else { name.as_str() };
            (tick(&name, id, urgency(severity), values.severities.contains(severity.as_str())))
        }
    }
}

fn kind_boxes(values: &SubscriptionValues) -> Markup {
    let first = CustomerKind::NAMES[0];
    html! {
        div.topics {
            @for (prefix, topic) in TOPICS {
                div role="group" aria-label=(topic) {
                    p.topic { (topic) }
                    @for kind in CustomerKind::all().filter(|kind| kind.as_str().starts_with(prefix)) {
                        @let name = format!("kinds.{}", kind.as_str());
                        @let id = if kind.as_str() == first { "kinds" } else { name.as_str() };
                        (tick(&name, id, told(kind), values.kinds.contains(kind.as_str())))
                    }
                }
            }
        }
    }
}

fn tick(name: &str, id: &str, words: &str, checked: bool) -> Markup {
    html! {
        div.choice {
            input type="checkbox" id=(id) name=(name) value="on" checked[checked];
            label for=(id) { (words) }
        }
    }
}
