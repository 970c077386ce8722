//! The overview: totals, what can be claimed, and each service with its state and its month so far. Few
//! services are cards with their last 90 days; many are lines by region, those with problems first.

use std::collections::BTreeMap;

use crate::timeline::spent;
use chrono::{Datelike, Days, NaiveDate};
use maud::{Markup, html};
use sla::availability::Seconds;
use sla::day::Day;
use sla::exclusion::Maintenance;
use sla::summary::ServiceState;
use sla::{Allowance, Instant, Month, Service, ServiceId};

use crate::frame::Frame;
use crate::portal::claimable::{ClaimableList, claimable};
use crate::words::promised;
use crate::words::{Tone, badge, count, day, duration, month, percent as shown, plan, span, time};

/// Days that the bars show.
const DAYS_SHOWN: u64 = 90;
/// Number of services from which on each takes one line.
const LINES_FROM: usize = 12;
/// Links to days in a card. Eleven cards of ten links are 110 links of 120 bytes, 13 KB.
const DAYS_LINKED: usize = 10;
/// Drawing units from one bar to the next; the bar itself takes 4.
const STEP: u64 = 6;

/// A service on the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCard {
    /// The service.
    pub service: Service,
    /// Its current state.
    pub state: ServiceState,
    /// Instant at which that state began, if known.
    pub since: Option<Instant>,
    /// The current month.
    pub month: Month,
    /// Seconds of the month so far.
    pub seconds: Seconds,
    /// Allowed downtime of the whole month, including the time to come, without announced maintenance.
    pub allowance: Allowance,
    /// Seconds of downtime at which the customer is first warned in this month.
    pub warned_at_s: Option<i64>,
    /// The last 90 days in the service's zone, ascending; days may be missing.
    pub days: Vec<Day>,
}

/// A maintenance window that is under way or to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The window.
    pub maintenance: Maintenance,
    /// Names of the customer's services that it covers.
    pub service_names: Vec<String>,
}

/// The overview page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// The customer's services, in display order.
    pub services: Vec<ServiceCard>,
    /// Maintenance of these services in the next 14 days, ascending.
    pub maintenance: Vec<Upcoming>,
    /// Credits that can be claimed.
    pub claimable: ClaimableList,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<ServiceId>,
}

/// Prospect of a month's commitment, by the downtime that is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prospect {
    Kept,
    AtRisk,
    Breached,
}

impl ServiceCard {
    fn prospect(&self) -> Prospect {
        let down_s = self.seconds.down;
        if self.allowance.agreed_s > 0 && down_s >= self.allowance.breaking_s() {
            Prospect::Breached
        } else if self.warned_at_s.is_some_and(|warned_at_s| down_s >= warned_at_s) {
            Prospect::AtRisk
        } else {
            Prospect::Kept
        }
    }

    /// Returns the place of the service in display order: problems first. Those from 5 on are none.
    fn rank(&self) -> u8 {
        match (self.state, self.prospect()) {
            (ServiceState::Down, _) => 0,
            (_, Prospect::Breached) => 1,
            (ServiceState::Unknown, _) => 2,
            (ServiceState::Degraded, _) => 3,
            (_, Prospect::AtRisk) => 4,
            (ServiceState::Maintenance, _) => 5,
            (ServiceState::Up, _) => 6,
        }
    }

    fn is_problem(&self) -> bool {
        self.rank() < 5
    }
}

/// Renders the overview (`GET /`).
pub fn overview(frame: &Frame, view: &Overview) -> Markup {
    let mut services: Vec<&ServiceCard> = view.services.iter().collect();
    // Of equal urgency, in the order of names.
    services.sort_by_key(|card| card.rank());
    let body = html! {
        h1 { "Services" }
        (summary(view))
        (claimable(frame, &view.claimable))
        @if !view.maintenance.is_empty() { (upcoming(frame, &view.maintenance)) }
        @if services.is_empty() {
            p.empty { "No service is registered for you yet. Its state will be shown here." }
        } @else if services.len() < LINES_FROM {
            (legend())
            ul.services {
                @for card in services { (service_card(frame, card)) }
            }
        } @else { (groups(frame, &services)) }
        @if let Some(after) = &view.after {
            p { a rel="next" href={ "/?after=" (after) } { "More services →" } }
        }
    };
    frame.page("Services", &body)
}

/// Lists many services: those with problems, then the others by region.
fn groups(frame: &Frame, services: &[&ServiceCard]) -> Markup {
    let (problems, others): (Vec<&ServiceCard>, Vec<&ServiceCard>) =
        services.iter().partition(|card| card.is_problem());
    let mut regions: BTreeMap<&str, Vec<&ServiceCard>> = BTreeMap::new();
    for card in others {
        regions.entry(card.service.region.as_str()).or_default().push(card);
    }
    html! {
        @if !problems.is_empty() { (group(frame, "problems", "Needs attention", &problems, true)) }
        @for ((region, cards), nth) in regions.iter().zip(1..) {
            (group(frame, &format!("region-{nth}"), region, cards, false))
        }
    }
}

fn group(frame: &Frame, id: &str, heading: &str, cards: &[&ServiceCard], with_region: bool) -> Markup {
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) { (heading) " " span.soft { "(" (cards.len()) ")" } }
            ul.plain.lines { @for card in cards { (line(frame, card, with_region)) } }
        }
    }
}

/// Renders a service in one line: state, name, availability and what is left of its downtime.
fn line(frame: &Frame, card: &ServiceCard, with_region: bool) -> Markup {
    let ServiceCard { service, seconds, .. } = card;
    html! {
        li {
            p { (state_badge(card.state)) }
            p.name {
                a href={ "/services/" (service.service_id) } dir="auto" { (service.name) }
                @if with_region { " " span.soft { (service.region) } }
                @if let Some(since) = card.since.filter(|_| card.is_problem()) {
                    " " span.soft.since { "since " (time(since, frame.zone)) }
                }
            }
            p.figure { (shown(seconds.availability_pct().as_deref())) }
            p.soft { (prospect_badge(card.prospect())) (left(card.allowance, *seconds)) }
        }
    }
}

fn prospect_badge(prospect: Prospect) -> Markup {
    html! {
        @match prospect {
            Prospect::Kept => {},
            Prospect::AtRisk => { (badge(Tone::Warn, "At risk")) " " },
            Prospect::Breached => { (badge(Tone::Bad, "Breached")) " " },
        }
    }
}

/// Renders a service's state in words with its sign.
pub(crate) fn state_badge(state: ServiceState) -> Markup {
    match state {
        ServiceState::Up => badge(Tone::Good, "Up"),
        ServiceState::Degraded => badge(Tone::Warn, "Degraded"),
        ServiceState::Down => badge(Tone::Bad, "Down"),
        ServiceState::Unknown => badge(Tone::Quiet, "Unknown"),
        ServiceState::Maintenance => badge(Tone::Note, "In maintenance"),
    }
}

/// Counts the services by state, and those whose month is breached or at risk.
fn summary(view: &Overview) -> Markup {
    let services = &view.services;
    let of = |state| services.iter().filter(|card| card.state == state).count();
    let told = [
        (ServiceState::Down, Tone::Bad, "down"),
        (ServiceState::Degraded, Tone::Warn, "degraded"),
        (ServiceState::Unknown, Tone::Quiet, "unknown"),
        (ServiceState::Maintenance, Tone::Note, "in maintenance"),
    ];
    let others: Vec<_> = told.into_iter().map(|(state, tone, word)| (of(state), tone, word)).collect();
    let tone = others.iter().find(|(number, ..)| *number > 0).map_or(Tone::Good, |(_, tone, _)| *tone);
    let with = |prospect| services.iter().filter(|card| card.prospect() == prospect).count();
    let months =
        [(with(Prospect::Breached), "breached this month"), (with(Prospect::AtRisk), "at risk this month")];
    html! {
        @if !services.is_empty() {
            p.summary .(tone.class()) {
                @if of(ServiceState::Up) == services.len() {
                    (badge(Tone::Good, "All services are up"))
                } @else {
                    (badge(tone, &format!("{} of {} up", of(ServiceState::Up), services.len())))
                    @for (number, _, word) in &others {
                        @if *number > 0 { span { (number) " " (word) } }
                    }
                }
                @for (number, words) in months {
                    @if number > 0 { span { (number) " " (words) } }
                }
            }
            @if view.after.is_some() {
                p.soft { "The figures are of the " (services.len()) " services on this page." }
            }
        }
    }
}

fn upcoming(frame: &Frame, maintenance: &[Upcoming]) -> Markup {
    html! {
        section.card aria-labelledby="maintenance" {
            h2 #maintenance { "Maintenance in the next 14 days" }
            ul.plain {
                @for Upcoming { maintenance, service_names } in maintenance {
                    li {
                        p {
                            @if maintenance.starts_at <= frame.now { (badge(Tone::Note, "Under way")) }
                            @else { (badge(Tone::Quiet, "Upcoming")) }
                            " " (span(sla::Span::new(maintenance.starts_at, maintenance.ends_at), frame.zone))
                        }
                        p dir="auto" { (maintenance.reason) }
                        p.soft dir="auto" { (service_names.join(", ")) }
                    }
                }
            }
        }
    }
}

fn service_card(frame: &Frame, card: &ServiceCard) -> Markup {
    let ServiceCard { service, seconds, .. } = card;
    let available = seconds.availability_pct();
    let best = seconds.best_pct();
    let worst = seconds.worst_pct();
    html! {
        li.card {
            div.is {
                h2 { a href={ "/services/" (service.service_id) } dir="auto" { (service.name) } }
                p.soft { (plan(service.in_month(card.month).0)) " plan, " (service.region) }
                p {
                    (state_badge(card.state))
                    @if let Some(since) = card.since {
                        " " span.soft.since { "since " (time(since, frame.zone)) }
                    }
                }
            }
            div.was {
                (bars(&card.days, service.time_zone.date(frame.now)))
                p.ends.soft { span { (DAYS_SHOWN) " days ago" } span { "today" } }
                (days_not_up(card))
            }
            div.month {
                p {
                    strong.figure { (shown(available.as_deref())) }
                    span.soft { " in " (month(card.month))
                        @if card.allowance.agreed_s > 0 {
                            ", " (promised(card.allowance.commitment_ppm)) " promised" } }
                }
                @if seconds.unknown > 0 {
                    p.soft {
                        "Between " (shown(worst.as_deref())) " and " (shown(best.as_deref()))
                        ": there is no data for " (duration(seconds.unknown))
                    }
                }
                @if card.prospect() != Prospect::Kept { p { (prospect_badge(card.prospect())) } }
                (budget(card.allowance, *seconds))
            }
        }
    }
}

/// Links to the latest days that were not up all day, minute by minute.
fn days_not_up(card: &ServiceCard) -> Markup {
    let is_up = |day: &&Day| matches!(Look::of(Some(day.seconds)), Look::Up | Look::Missing);
    let days: Vec<&Day> = card.days.iter().rev().filter(|day| !is_up(day)).take(DAYS_LINKED).collect();
    let id = &card.service.service_id;
    html! {
        @if !days.is_empty() {
            details {
                summary { "Latest days that were not up all day" }
                ul {
                    @for own in days {
                        @let (date, at) = (own.date, own.date.format("%Y-%m"));
                        li { a href={ "/services/" (id) "?month=" (at) "#day-" (date.day()) } { (day(date)) }
                            ": " (spent(own.seconds)) }
                    }
                }
            }
        }
    }
}

/// Shows how much of the allowed downtime is left; unknown time may have used some of it, and what nothing is
/// known of may have used all.
pub(crate) fn budget(allowance: Allowance, seconds: Seconds) -> Markup {
    let allowed_s = allowance.allowed_s();
    let left_s = allowed_s - seconds.down;
    let certain_s = if seconds.period == 0 { 0 } else { (left_s - seconds.unknown).max(0) };
    let place = |part_s: i64| (part_s.max(0) * 200).checked_div(allowed_s).unwrap_or(0).min(200);
    let tone = if place(certain_s) < 50 { Tone::Warn } else { Tone::Good };
    let doubtful = place(left_s) - place(certain_s);
    html! {
        svg.budget viewBox="0 0 200 8" preserveAspectRatio="none" height="8" aria-hidden="true" {
            @if left_s < 0 {
                rect.bad width="200" height="8" {}
            } @else {
                rect.ground width="200" height="8" {}
                rect.(tone.class()) width=(place(certain_s)) height="8" {}
                // Hollow, like unknown time everywhere.
                @if doubtful > 0 {
                    rect.hollow x=(place(certain_s)) width=(doubtful) height="8" {}
                    path.unknown d={ "M" (place(certain_s)) " 0h" (doubtful) "v2h-" (doubtful) "zm0 6h"
                        (doubtful) "v2h-" (doubtful) "z" } {}
                }
            }
        }
        p { (left(allowance, seconds)) }
    }
}

/// Says how much of the allowed downtime is left.
fn left(allowance: Allowance, seconds: Seconds) -> Markup {
    let allowed_s = allowance.allowed_s();
    let left_s = allowed_s - seconds.down;
    html! {
        @if allowance.agreed_s == 0 {
            "No time of this month counts"
        } @else if left_s < 0 {
            strong { (duration(-left_s)) " more downtime" } " than the " (duration(allowed_s)) " allowed"
        } @else if seconds.period == 0 || (seconds.up == 0 && seconds.down == 0 && seconds.unknown > 0) {
            strong { "No data" } ", so what is left of " (duration(allowed_s)) " downtime is unknown"
        } @else if seconds.unknown == 0 {
            strong { (duration(left_s)) } " of " (duration(allowed_s)) " downtime left"
        } @else if seconds.unknown <= left_s {
            strong { (duration(left_s - seconds.unknown)) " to " (duration(left_s)) } " of "
            (duration(allowed_s)) " downtime left"
        } @else {
            strong { "At most " (duration(left_s)) } " of " (duration(allowed_s))
            " downtime left: there is no data for " (duration(seconds.unknown))
        }
    }
}

/// The look of a day; each kind has its own shape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Up,
    Down,
    Unknown,
    Excluded,
    Missing,
}

impl Look {
    fn of(seconds: Option<Seconds>) -> Self {
        match seconds {
            None => Self::Missing,
            Some(seconds) if seconds.period == 0 => Self::Missing,
            Some(seconds) if seconds.down > 0 => Self::Down,
            Some(seconds) if seconds.unknown > 0 => Self::Unknown,
            Some(seconds) if seconds.excluded > 0 => Self::Excluded,
            Some(_) => Self::Up,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Unknown => "unknown",
            Self::Excluded => "excluded",
            Self::Missing => "missing",
        }
    }

    /// Returns the path of the day's shape, relative to its place: up is a bar, down a taller bar with a gap,
    /// unknown hollow, excluded cut in three, missing a dot.
    const fn shape(self) -> &'static str {
        match self {
            Self::Up => "v20h4v-20z",
            Self::Down => "m0-6v4h4v-4zm0 7v19h4v-19z",
            Self::Unknown => "v20h4v-20zm1 1h2v18h-2z",
            Self::Excluded => "v5h4v-5zm0 7v6h4v-6zm0 8v5h4v-5z",
            Self::Missing => "m0 17v3h4v-3z",
        }
    }

    fn path(self, x: u64) -> String {
        format!("M{x} 8{}", self.shape())
    }
}

/// Draws the last days: all days up in one path, each other day with its own words.
fn bars(days: &[Day], today: NaiveDate) -> Markup {
    let dates = (0..DAYS_SHOWN).rev().filter_map(|back| today.checked_sub_days(Days::new(back)));
    let found = |date| days.iter().find(|day| day.date == date).map(|day| day.seconds);
    let looks: Vec<_> = dates.map(|date| (date, found(date))).collect();
    let of = |look| looks.iter().filter(|(_, seconds)| Look::of(*seconds) == look).count();
    let (mut all_up, mut all_missing) = (String::new(), String::new());
    for ((_, seconds), x) in looks.iter().zip((0..).map(|place| place * STEP)) {
        match Look::of(*seconds) {
            Look::Up => all_up.push_str(&Look::Up.path(x)),
            Look::Missing => all_missing.push_str(&Look::Missing.path(x)),
            _ => {}
        }
    }
    html! {
        svg.days viewBox={ "0 0 " (DAYS_SHOWN * STEP - 2) " 30" } preserveAspectRatio="none" height="34"
            role="img" aria-label=(told(&of)) {
            path.up d=(all_up) {}
            @if !all_missing.is_empty() { path.missing d=(all_missing) {} }
            @for ((date, seconds), x) in looks.iter().zip((0..).map(|place| place * STEP)) {
                @let look = Look::of(*seconds);
                @if let (Some(seconds), false) = (seconds, matches!(look, Look::Up | Look::Missing)) {
                    path.(look.class()) d=(look.path(x)) fill-rule="evenodd" {
                        title { (day(*date)) ": " (spent(*seconds)) }
                    }
                }
            }
        }
    }
}

fn told(of: &dyn Fn(Look) -> usize) -> String {
    let days = |look| count(of(look), "day", "days");
    format!(
        "The last {DAYS_SHOWN} days: {} up all day, {} with downtime, {} with time without data, {} with excluded \
         time, {} without a record",
        days(Look::Up),
        days(Look::Down),
        days(Look::Unknown),
        days(Look::Excluded),
        days(Look::Missing)
    )
}

fn legend() -> Markup {
    let entries = [
        (Look::Up, "Up all day"),
        (Look::Down, "Some downtime"),
        (Look::Unknown, "Some time unknown"),
        (Look::Excluded, "Some time excluded"),
        (Look::Missing, "No record"),
    ];
    html! {
        ul.legend aria-label="How days are drawn" {
            @for (look, words) in entries {
                li {
                    svg viewBox="0 0 4 30" preserveAspectRatio="none" width="8" height="26"
                        aria-hidden="true" {
                        path.(look.class()) d=(look.path(0)) fill-rule="evenodd" {}
                    }
                    (words)
                }
            }
        }
    }
}
