//! Services as staff look for them: those in trouble first, and all of them.

use events::command::Subject;
use maud::{Markup, html};
use sla::assessment::Troubles;
use sla::{CustomerId, Month, Service, ServiceId};

use super::marks::{ago, service_link, service_links};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge, encoded, month, number, plan, short_number, time};

/// Columns of the list.
const COLUMNS: [Column; 5] = [
    Column::wide("Service"),
    Column::text("State"),
    Column::text("Plan"),
    Column::text("Region"),
    Column::text("Customer"),
];

/// The most lines of each trouble on the first page.
pub const LINES_MAX: usize = 8;

/// A kind of trouble, by which services are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// An outage is announced as open.
    Down,
    /// A probe is announced as silent.
    Silent,
    /// A warning of a used budget stands.
    AtRisk,
    /// The commitment can no longer be kept.
    Breached,
}

/// A service with its troubles.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLine {
    /// The service.
    pub service: Service,
    /// Its troubles; none as a rule.
    pub troubles: Troubles,
}

/// The services in trouble, as the first page shows them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServicesNow {
    /// The services in trouble, up to the limit of reading.
    pub lines: Vec<ServiceLine>,
    /// True if there are more than were read.
    pub is_capped: bool,
}

/// The page that lists services.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Services {
    /// The trouble by which they are chosen; `None` for all services.
    pub show: Option<Trouble>,
    /// The services, in display order.
    pub lines: Vec<ServiceLine>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<ServiceId>,
}

impl Trouble {
    /// Every kind, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Down, Self::Silent, Self::AtRisk, Self::Breached];

    /// Returns the word of the kind in an address (`?show=down`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Silent => "silent",
            Self::AtRisk => "at-risk",
            Self::Breached => "breached",
        }
    }

    /// Returns the kind of a word; `None` for another word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// True if a service has this trouble.
    pub fn is_of(self, troubles: &Troubles) -> bool {
        match self {
            Self::Down => troubles.down_since.is_some(),
            Self::Silent => troubles.silent_since.is_some(),
            Self::AtRisk => !troubles.at_risk.is_empty(),
            Self::Breached => !troubles.breached.is_empty(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Silent => "Silent",
            Self::AtRisk => "At risk",
            Self::Breached => "Breached",
        }
    }

    fn address(self) -> String {
        format!("/services?show={}", self.as_str())
    }
}

/// Renders the services in trouble on the first page.
pub(crate) fn services_now(frame: &Frame, view: &ServicesNow) -> Markup {
    html! {
        section.card aria-labelledby="now" {
            div.head {
                h2 #now { "Services in trouble" }
                a.button.second href="/services" { "All services" }
            }
            @if view.lines.is_empty() {
                p { (badge(Tone::Good, "No service is announced as down, silent, at risk or breached")) }
            }
            @for kind in Trouble::ALL {
                @let own: Vec<&ServiceLine> =
                    view.lines.iter().filter(|line| kind.is_of(&line.troubles)).collect();
                @if !own.is_empty() {
                    h3 { a href=(kind.address()) { (kind.name()) ": " (own.len()) @if view.is_capped { "+" } } }
                    ul.plain {
                        @for line in own.iter().take(LINES_MAX) {
                            li {
                                (service_link(&line.service.service_id, &line.service.name)) " "
                                (state(frame, kind, &line.troubles))
                            }
                        }
                        @if own.len() > LINES_MAX {
                            li {
                                a href=(kind.address()) {
                                    (number(i64::try_from(own.len() - LINES_MAX).unwrap_or(i64::MAX))) " more"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders one trouble of a service.
fn state(frame: &Frame, kind: Trouble, troubles: &Troubles) -> Markup {
    let months = |months: &std::collections::BTreeSet<Month>| {
        months.iter().map(|own| month(*own)).collect::<Vec<_>>().join(", ")
    };
    let since = |at: Option<sla::Instant>| {
        html! { @if let Some(at) = at { " since " (time(at, frame.zone)) ", " (ago(frame, at)) } }
    };
    html! {
        @match kind {
            Trouble::Down => { (badge(Tone::Bad, "Down")) (since(troubles.down_since)) },
            Trouble::Silent => { (badge(Tone::Warn, "Silent")) (since(troubles.silent_since)) },
            Trouble::AtRisk => { (badge(Tone::Warn, "At risk")) " " (months(&troubles.at_risk)) },
            Trouble::Breached => { (badge(Tone::Bad, "Breached")) " " (months(&troubles.breached)) },
        }
    }
}

/// Renders the list of services (`GET /services`).
pub fn services(frame: &Frame, view: &Services) -> Markup {
    let current = |show: Option<Trouble>| (view.show == show).then_some("page");
    let body = html! {
        h1 { "Services" }
        nav.filters aria-label="Which services" {
            a href="/services" aria-current=[current(None)] { "All" }
            @for kind in Trouble::ALL {
                " " a href=(kind.address()) aria-current=[current(Some(kind))] { (kind.name()) }
            }
        }
        section.card aria-label="Services" {
            @if view.lines.is_empty() {
                p.empty {
                    @match view.show {
                        None => "No service is registered yet.",
                        Some(_) => "No service.",
                    }
                }
            } @else {
                (table("Table of services", COLUMNS, view.lines.iter().map(|line| row(frame, line))))
            }
            @if let Some(after) = &view.after { (more(view.show, after)) }
        }
    };
    frame.page("Services", &body)
}

fn row(frame: &Frame, ServiceLine { service, troubles }: &ServiceLine) -> [Markup; 5] {
    let (own, _) = service.in_month(Month::of(frame.now, service.time_zone));
    let kinds = || Trouble::ALL.into_iter().filter(|kind| kind.is_of(troubles));
    let is_over = service.terminated_at.is_some_and(|end| end <= frame.now);
    [
        html! {
            (service_link(&service.service_id, &service.name))
            p.soft {
                (short_number(Subject::Service, service.service_id.as_str())) " · "
                (service_links([&service.service_id]))
            }
        },
        html! {
            @for kind in kinds() { p { (state(frame, kind, troubles)) } }
            @if is_over { (badge(Tone::Quiet, "Ended")) }
            @else if troubles.is_empty() { "Nothing announced" }
        },
        html! { (plan(own)) },
        html! { (service.region) },
        customer(&service.customer_id),
    ]
}

fn customer(id: &CustomerId) -> Markup {
    html! { a href={ "/customers/" (encoded(id.as_str())) } { code { (id) } } }
}

fn more(show: Option<Trouble>, after: &ServiceId) -> Markup {
    let show = show.map(|kind| format!("show={}&", kind.as_str())).unwrap_or_default();
    html! { p { a rel="next" href={ "/services?" (show) "after=" (encoded(after.as_str())) } { "More →" } } }
}
