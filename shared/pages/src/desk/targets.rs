//! Targets of the prober: a list, and a page for each with what is checked, what its probe reported last, and
//! the forms about it.

use events::Target;
use events::command::CommandName;
use events::target::{DnsCheck, TargetCheck};
use maud::{Markup, html};
use sla::timeline::SlotReport;
use sla::{ServiceId, Status, TargetId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, folded};
use super::marks::{ago, next_page, service_links};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge, duration, encoded, time};

/// Checks with which a new target begins: name, words, and the value of the form.
const EXAMPLES: [(&str, &str, &str); 4] = [
    (
        "http",
        "A page or an API, over HTTP or HTTPS",
        r#"{"http": {"url": "https://HOST/", "status": ["200-299"]}}"#,
    ),
    ("tcp", "A port, over TCP", r#"{"tcp": {"host": "HOST", "port": 443}}"#),
    ("tls", "A certificate, over TLS", r#"{"tls": {"host": "HOST", "port": 443, "certificate_days": 14}}"#),
    ("dns", "A name, over DNS", r#"{"dns": {"name": "HOST", "record": "A"}}"#),
];

/// The page that lists the targets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    /// The service whose targets are listed; `None` for those of all.
    pub service_id: Option<ServiceId>,
    /// The targets, in display order.
    pub targets: Vec<Target>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<TargetId>,
}

/// The page of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetPage {
    /// The target.
    pub target: Target,
    /// True if it was removed.
    pub is_removed: bool,
    /// The last report of its probe: that of all targets of its service in its region.
    pub last: Option<SlotReport>,
    /// Reasons why its checks do not count as they should.
    pub warnings: Vec<String>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Returns the form of a new target, for a service and a kind of check if they are known.
pub fn new_target(service_id: Option<&ServiceId>, kind: Option<&str>) -> CommandForm {
    let mut form = CommandForm::with(CommandName::RegisterTarget, []);
    let example = EXAMPLES.iter().find(|(name, ..)| Some(*name) == kind);
    form.values.extend(service_id.map(|id| ("service_id".to_owned(), id.to_string())));
    form.values.extend(example.map(|(.., check)| ("check".to_owned(), (*check).to_owned())));
    form
}

/// Renders the list of targets (`GET /targets`).
pub fn targets(frame: &Frame, view: &Targets) -> Markup {
    let listed = table(
        "Table of targets",
        [
            Column::text("Target"),
            Column::text("Service"),
            Column::wide("What is checked"),
            Column::text("From"),
            Column::text("Every"),
        ],
        view.targets.iter().map(row),
    );
    let body = html! {
        h1 { "Targets" }
        p.lead { "What Nines checks by itself, from outside." }
        @if let Some(id) = &view.service_id {
            p { "Those of " (service_links([id])) ". " a href="/targets" { "All targets" } }
        }
        section.card aria-label="Registered targets" {
            @if view.targets.is_empty() { p.empty { "No target is registered." } } @else {
                (listed)
            }
            (next_page("/targets", view.after.as_ref().map(TargetId::as_str)))
        }
        @if frame.offers(CommandName::RegisterTarget) { (register(view.service_id.as_ref())) }
    };
    frame.page("Targets", &body)
}

fn row(target: &Target) -> [Markup; 5] {
    [
        html! { a href=(address(&target.target_id)) { code { (target.target_id) } } },
        html! { (service_links([&target.service_id])) },
        html! { (checked(&target.check)) },
        html! { code { (target.region) } },
        html! { (duration(target.interval_s.get().into())) },
    ]
}

/// Offers the form of a new target, filled in for each kind of check.
fn register(service_id: Option<&ServiceId>) -> Markup {
    let service = service_id.map(|id| format!("&service_id={}", encoded(id.as_str()))).unwrap_or_default();
    html! {
        section.card aria-labelledby="register" {
            h2 #register { "Register a target" }
            p { "A service is checked from a region each minute. With a quorum it needs targets in as many regions." }
            ul {
                @for (kind, words, _) in EXAMPLES {
                    li { a href={ "/targets/new?kind=" (kind) (service) } { (words) } }
                }
            }
        }
    }
}

fn address(id: &TargetId) -> String {
    format!("/targets/{}", encoded(id.as_str()))
}

/// Names what a target checks.
fn checked(check: &TargetCheck) -> Markup {
    html! {
        @match check {
            TargetCheck::Http(http) => { code.long dir="auto" { (http.url) } },
            TargetCheck::Tcp(tcp) => { "TCP " code { (tcp.host) ":" (tcp.port) } },
            TargetCheck::Tls(tls) => { "TLS " code { (tls.host) ":" (tls.port) } },
            TargetCheck::Dns(DnsCheck { name, record, .. }) => { "DNS " code { (name) " " (record.as_str()) } },
        }
    }
}

/// Renders a target (`GET /targets/{target_id}`).
pub fn target(frame: &Frame, view: &TargetPage) -> Markup {
    let TargetPage { target, is_removed, .. } = view;
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/targets" { "Targets" } }
        h1 { (target.target_id) }
        p.lead { (state(view)) " " (checked(&target.check)) }
        @for warning in &view.warnings { div.message.warn { p dir="auto" { (warning) } } }
        section.card aria-labelledby="checked" {
            h2 #checked { "What is checked" }
            dl.facts {
                dt { "Service" } dd { (service_links([&target.service_id])) }
                dt { "From" } dd { code { (target.region) } ", as its probe" }
                dt { "Every" } dd { (duration(target.interval_s.get().into())) }
                dt { "A try may take" } dd { (duration(target.timeout().as_secs().cast_signed())) }
                dt { "Last report of the probe" }
                dd {
                    @match view.last {
                        Some(SlotReport { slot, .. }) => { (time(slot, frame.zone)) ", " (ago(frame, slot)) },
                        None => "None yet: run-checks in this region sends the first",
                    }
                }
                dt { "In full" } dd { pre { (written(&target.check)) } }
            }
            p.soft {
                "All targets of a service in a region are one probe: the worst of them counts. Why one is not up "
                "stands in the log of " code { "run-checks" } "."
            }
        }
        @if !is_removed && frame.offers(CommandName::ChangeTarget) { (changes(frame, target)) }
        (trail(frame, &view.trail))
    };
    frame.page(target.target_id.as_str(), &body)
}

fn state(view: &TargetPage) -> Markup {
    match view.last.map(|last| last.status) {
        _ if view.is_removed => badge(Tone::Quiet, "Removed"),
        None => badge(Tone::Note, "No report yet"),
        Some(Status::Up) => badge(Tone::Good, "Its probe said up"),
        Some(Status::Degraded) => badge(Tone::Warn, "Its probe said degraded"),
        Some(Status::Down) => badge(Tone::Bad, "Its probe said down"),
        Some(Status::Unknown) => badge(Tone::Warn, "Its probe could not tell"),
    }
}

/// Writes a check as its field takes it.
fn written(check: &TargetCheck) -> String {
    serde_json::to_string_pretty(check).unwrap_or_default()
}

fn changes(frame: &Frame, target: &Target) -> Markup {
    let id = || ("target_id", target.target_id.to_string());
    let interval = ("interval_s", target.interval_s.to_string());
    let timeout = ("timeout_s", target.timeout().as_secs().to_string());
    let check = ("check", written(&target.check));
    let change = CommandForm::with(CommandName::ChangeTarget, [id(), check, interval, timeout]);
    let remove = CommandForm::with(CommandName::RemoveTarget, [id()]);
    html! {
        section.card aria-labelledby="changes" {
            h2 #changes { "Change it" }
            (folded(frame, &change, "change-", "Change what is checked, and how often"))
            (folded(frame, &remove, "remove-", "Remove the target"))
        }
    }
}
