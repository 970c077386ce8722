//! A service as staff see it: its fields, statements, exclusions and voids, and the commands about it.

use events::command::CommandName;
use maud::{Markup, html};
use sla::exclusion::Exclusion;
use sla::void::Void;
use sla::{Instant, Month, ProbeId, Service};

use super::changes::{Trail, trail};
use super::command::{CommandForm, folded};
use super::customers::provided;
use super::exclusions::exclusion_table;
use super::marks::{customer_link, time_in};
use super::voids::void_table;
use crate::frame::Frame;
use crate::portal::statements::{StatementLine, statement_table};
use crate::words::money;
use crate::words::{count, duration, encoded, month, plan};

/// The page of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServicePage {
    /// The service.
    pub service: Service,
    /// Name of its customer.
    pub customer_name: String,
    /// The probes that have checked it.
    pub probes: Vec<ProbeId>,
    /// Its newest statements, in display order.
    pub statements: Vec<StatementLine>,
    /// Its exclusions, in display order.
    pub exclusions: Vec<Exclusion>,
    /// Its voids, in display order.
    pub voids: Vec<Void>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders a service (`GET /services/{service_id}`).
pub fn service(frame: &Frame, view: &ServicePage) -> Markup {
    let ServicePage { service, customer_name, .. } = view;
    let id = encoded(service.service_id.as_str());
    let body = html! {
        nav.crumbs aria-label="Where you are" { (customer_link(&service.customer_id, customer_name)) }
        h1 dir="auto" { (service.name) }
        p.lead { (provided(frame, service)) " " code { (service.service_id) } }
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
