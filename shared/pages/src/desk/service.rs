//! A service as staff see it: its fields, statements, exclusions and voids, and the commands about it.

use events::command::{CommandName, Subject};
use maud::{Markup, html};
use sla::availability::Seconds;
use sla::exclusion::Exclusion;
use sla::outage::Outage;
use sla::quorum::Stretch;
use sla::summary::ServiceState;
use sla::void::Void;
use sla::{Allowance, Instant, Month, ProbeId, Service, Span};

use super::changes::{Trail, trail};
use super::command::{CommandForm, folded};
use super::customers::provided;
use super::exclusions::exclusion_table;
use super::marks::{customer_link, time_in};
use super::voids::void_table;
use crate::frame::Frame;
use crate::portal::overview::state_badge;
use crate::portal::statements::{StatementLine, statement_table};
use crate::timeline::timeline;
use crate::words::money;
use crate::words::{
    Tone, badge, count, duration, encoded, month, percent, plan, promised, short_number, time,
};

/// The page of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServicePage {
    /// The service.
    pub service: Service,
    /// Name of its customer.
    pub customer_name: String,
    /// The probes that have checked it.
    pub probes: Vec<ProbeId>,
    /// Number of its targets, which Nines checks by itself.
    pub targets: usize,
    /// The current month so far.
    pub month: MonthSoFar,
    /// Its newest statements, in display order.
    pub statements: Vec<StatementLine>,
    /// Its exclusions, in display order.
    pub exclusions: Vec<Exclusion>,
    /// Its voids, in display order.
    pub voids: Vec<Void>,
    /// Its latest changes.
    pub trail: Trail,
}

/// The current month of a service, as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSoFar {
    /// The month.
    pub month: Month,
    /// The current state.
    pub state: ServiceState,
    /// Instant at which that state began, if known.
    pub since: Option<Instant>,
    /// Seconds of the month so far.
    pub seconds: Seconds,
    /// Allowed downtime of the whole month.
    pub allowance: Allowance,
    /// Combined statuses so far: `Account.combined`.
    pub combined: Vec<Stretch>,
    /// Excluded time: `Account.union`.
    pub union: Vec<Span>,
    /// The outages so far.
    pub outages: Vec<Outage>,
}

/// The most outages that a service's page lists, the latest ones.
const OUTAGES_MAX: usize = 50;

/// Renders a service (`GET /services/{service_id}`).
pub fn service(frame: &Frame, view: &ServicePage) -> Markup {
    let ServicePage { service, customer_name, .. } = view;
    let id = encoded(service.service_id.as_str());
    let body = html! {
        nav.crumbs aria-label="Where you are" { (customer_link(&service.customer_id, customer_name)) }
        h1 dir="auto" { (service.name) }
        p.lead {
            (state_badge(view.month.state))
            @if let Some(since) = view.month.since { span.soft { "since " (time(since, frame.zone)) } }
            (provided(frame, service)) " " (short_number(Subject::Service, service.service_id.as_str())) " · " code { (service.service_id) }
        }
        (month_so_far(frame, view))
        (fields(frame, view))
        section.card aria-labelledby="statements" {
            h2 #statements { "Statements" }
            @if view.statements.is_empty() { p.empty { "No month has been closed yet." } }
            @else { (statement_table(&view.statements)) }
        }
        section.card aria-labelledby="exclusions" {
            div.head {
                h2 #exclusions { "Exclusions" }
                @if frame.offers(CommandName::RaiseExclusion) {
                    a.button.second href={ "/exclusions/new?service_id=" (id) } { "Raise an exclusion" }
                }
            }
            @if view.exclusions.is_empty() { p.empty { "None." } }
            @else { (exclusion_table(frame, &view.exclusions, None, "Exclusions of the service")) }
        }
        section.card aria-labelledby="voids" {
            div.head {
                h2 #voids { "Voided checks" }
                @if frame.offers(CommandName::VoidChecks) {
                    a.button.second href={ "/voids/new?service_id=" (id) } { "Void a probe’s checks" }
                }
            }
            @if view.voids.is_empty() { p.empty { "None." } }
            @else { (void_table(frame, &view.voids, None, "Voids of the service")) }
        }
        @if frame.offers(CommandName::ChangeService) { (changes(frame, service)) }
        (trail(frame, &view.trail))
    };
    frame.page(&service.name, &body)
}

fn month_so_far(frame: &Frame, view: &ServicePage) -> Markup {
    let MonthSoFar { seconds, allowance, .. } = &view.month;
    let id = encoded(view.service.service_id.as_str());
    let (allowed_s, left_s) = (allowance.allowed_s(), allowance.allowed_s() - seconds.down);
    html! {
        section.card aria-labelledby="so-far" {
            div.head {
                h2 #so-far { (month(view.month.month)) " so far" }
                @if frame.offers(CommandName::AnnounceMaintenance) {
                    a.button.second href={ "/maintenance/new?service_id=" (id) } { "Announce maintenance" }
                }
            }
            dl.facts {
                dt { "Availability" }
                dd {
                    (percent(seconds.availability_pct().as_deref())) ", "
                    (promised(allowance.commitment_ppm)) " promised"
                }
                dt { "Downtime" }
                dd {
                    (duration(seconds.down)) " of " (duration(allowed_s)) " allowed"
                    @if left_s < 0 { ", " (badge(Tone::Bad, "no longer to be kept")) }
                }
                @if seconds.unknown > 0 { dt { "No data" } dd { (duration(seconds.unknown)) } }
                @if seconds.excluded > 0 { dt { "Excluded" } dd { (duration(seconds.excluded)) } }
            }
            (timeline(view.month.month, view.service.time_zone, &view.month.combined, &view.month.union))
            h3 { "Outages" }
            @if view.month.outages.is_empty() { p.empty { "None so far." } }
            ul.plain {
                @for outage in view.month.outages.iter().rev().take(OUTAGES_MAX) {
                    li { (outage_line(frame, &id, outage)) }
                }
            }
            @if view.month.outages.len() > OUTAGES_MAX {
                p.soft { "And " (view.month.outages.len() - OUTAGES_MAX) " earlier ones, as the customer’s page lists." }
            }
        }
    }
}

fn outage_line(frame: &Frame, id: &str, outage: &Outage) -> Markup {
    let end = (!outage.ongoing).then_some(outage.ended_at);
    let ends_at = end.map(|end| format!("&ends_at={}", entered(end))).unwrap_or_default();
    html! {
        p {
            (time(outage.started_at, frame.zone)) " to "
            @match end { Some(end) => (time(end, frame.zone)), None => (badge(Tone::Bad, "still down")) }
            ": " (duration(outage.span().length_s())) ", " (duration(outage.down_s)) " counted"
        }
        @if frame.offers(CommandName::RaiseExclusion) {
            p {
                a href={
                    "/exclusions/new?service_id=" (id) "&starts_at=" (entered(outage.started_at)) (ends_at)
                } { "Exclude this outage" }
            }
        }
    }
}

/// Writes an instant as the field of a form takes it, in UTC.
fn entered(at: Instant) -> String {
    let text = at.to_string();
    text.trim_end_matches('Z').to_owned()
}

fn fields(frame: &Frame, view: &ServicePage) -> Markup {
    let service = &view.service;
    let (now_plan, now_fee) = service.in_month(Month::of(frame.now, service.time_zone));
    let silence = service.max_silence_s.map_or_else(
        || "indefinitely: only changes are reported".to_owned(),
        |silence_s| format!("for {}", duration(i64::from(silence_s))),
    );
    html! {
        section.card aria-labelledby="fields" {
            h2 #fields { "Plan and monitoring" }
            dl.facts {
                dt { "Plan and fee" } dd { (plan(now_plan)) ", " (money(now_fee)) " a month" }
                @for change in &service.changes {
                    dt { "From " (month(change.from_month)) }
                    dd {
                        @if let Some(own) = change.plan { (plan(own)) " plan" }
                        @if change.plan.is_some() && change.monthly_fee.is_some() { ", " }
                        @if let Some(fee) = change.monthly_fee { (money(fee)) " a month" }
                    }
                }
                dt { "Region" } dd { (service.region) }
                dt { "Months begin in" } dd { (service.time_zone) }
                dt { "Provided from" } dd { (time_in(frame, service.activated_at, service.time_zone)) }
                @if let Some(end) = service.terminated_at {
                    dt { "Provided until" } dd { (time_in(frame, end, service.time_zone)) }
                }
                dt { "Checked" }
                dd { "every " (duration(i64::from(service.check_interval_s))) ", in slots of "
                    (duration(service.resolution_s.seconds())) }
                dt { "A check holds" } dd { (silence) }
                dt { "Down if" } dd { (count(to_usize(service.quorum), "probe says so", "probes say so")) }
                dt { "Tickets" }
                dd { a href={ "/tickets?service_id=" (encoded(service.service_id.as_str())) } { "About this service" } }
                dt { "Probes" }
                dd {
                    @if view.probes.is_empty() { "None has checked it yet" }
                    @for (index, probe) in view.probes.iter().enumerate() {
                        @if index > 0 { ", " }
                        code { (probe) }
                    }
                }
                dt { "Checked by Nines" }
                dd {
                    a href={ "/targets?service_id=" (encoded(service.service_id.as_str())) } {
                        @if view.targets == 0 { "No target" } @else { (count(view.targets, "target", "targets")) }
                    }
                }
            }
        }
    }
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn changes(frame: &Frame, service: &Service) -> Markup {
    let id = || ("service_id", service.service_id.to_string());
    let next = Month::of(frame.now.max(service.activated_at), service.time_zone).next();
    let change = CommandForm::with(CommandName::ChangeService, [id(), ("from_month", next.to_string())]);
    let correct = CommandForm::with(CommandName::CorrectService, [id()]);
    let alarm = CommandForm::with(CommandName::RegisterAlarm, [id()]);
    let end = CommandForm::with(CommandName::TerminateService, [id()]);
    let is_over = |end: Option<Instant>| end.is_some_and(|end| end <= frame.now);
    html! {
        section.card aria-labelledby="changes" {
            h2 #changes { "Change it" }
            @if is_over(service.terminated_at) {
                p { "The service has ended: nothing is left to change." }
            } @else {
                (folded(frame, &change, "change-", "Change the plan or fee from a future month"))
                (folded(frame, &correct, "correct-", "Correct its registration"))
                (folded(frame, &alarm, "alarm-", "Register a CloudWatch alarm that watches it"))
                @if service.terminated_at.is_none() { (folded(frame, &end, "end-", "End the service")) }
            }
        }
    }
}
