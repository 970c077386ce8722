//! A service's month: minute by minute, with its outages, exclusions and measurements.

use crate::frame::months;
use events::change::Subject;
use events::claim_path;
use maud::{Markup, html};
use sla::availability::Seconds;
use sla::claim::Claim;
use sla::exclusion::{Exclusion, Maintenance};
use sla::ledger::{CreditKind, Entry};
use sla::outage::Outage;
use sla::quorum::Stretch;
use sla::statement::OtherOutages;
use sla::summary::ServiceState;
use sla::{Allowance, Instant, Month, Service, ServiceId, Span};

use crate::chart::{MetricDays, chart};
use crate::frame::zone_note;
use crate::frame::{Frame, SignedIn};
use crate::portal::claimable::course;
use crate::portal::overview::{budget, state_badge};
use crate::timeline::timeline;
use crate::words::promised;
use crate::words::{
    Tone, badge, clause, count, credit_kind, duration, month, number, percent as shown, plan, short_number,
    span, time,
};

/// A claim that can still be made in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenClaim {
    /// The kind of credit to claim.
    pub kind: CreditKind,
    /// The first instant at which it is late; none while an outage is open.
    pub until: Option<Instant>,
}

/// The page of a service's month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMonth {
    /// The service.
    pub service: Service,
    /// Its current state; only the page of the current month shows it.
    pub state: ServiceState,
    /// Instant at which that state began, if known.
    pub since: Option<Instant>,
    /// The month shown.
    pub month: Month,
    /// Seconds of the month so far, or of the whole month once it is over.
    pub seconds: Seconds,
    /// Allowed downtime of the whole month.
    pub allowance: Allowance,
    /// Combined statuses over the period: `Account.combined`.
    pub combined: Vec<Stretch>,
    /// Excluded time: `Account.union`.
    pub union: Vec<Span>,
    /// The month's outages.
    pub outages: Vec<Outage>,
    /// Count and total of the outages beyond those listed.
    pub others: Option<OtherOutages>,
    /// Maintenance that touches the month, including cancelled windows.
    pub maintenance: Vec<Maintenance>,
    /// Exclusions that touch the month, in whatever state.
    pub exclusions: Vec<Exclusion>,
    /// Daily means of the metrics.
    pub charts: Vec<MetricDays>,
    /// The previous month, if the service was provided then.
    pub earlier: Option<Month>,
    /// The next month, if it has begun.
    pub later: Option<Month>,
    /// Newest revision of the month's statement; `None` while the month is open.
    pub statement_revision: Option<u32>,
    /// Claims that can still be made.
    pub claims: Vec<OpenClaim>,
    /// Claims made for the month.
    pub made: Vec<Claim>,
    /// The ledger of the month, in the order of entry.
    pub entries: Vec<Entry>,
    /// The instant at which the month is closed, while it is open.
    pub closes_at: Option<Instant>,
}

/// Renders a service's month (`GET /services/{service_id}`).
pub fn service(frame: &Frame, view: &ServiceMonth) -> Markup {
    let ServiceMonth { service, .. } = view;
    let title = format!("{}, {}", service.name, month(view.month));
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/" { "Services" } }
        h1 dir="auto" { (service.name) }
        p.lead {
            @if Month::of(frame.now, service.time_zone) == view.month {
                (state_badge(view.state))
                @if let Some(since) = view.since { span.soft { " since " (time(since, frame.zone)) } }
                span.soft { " · " }
            }
            span.soft { (plan(service.in_month(view.month).0)) " plan · " (service.region) " · "
                (short_number(Subject::Service, service.service_id.as_str())) " · " code { (service.service_id) } }
        }
        (months(&format!("/services/{}?month=", service.service_id), view.month, view.earlier, view.later))
        (figures(frame, view))
        section.card aria-labelledby="minutes" {
            h2 #minutes { "Minute by minute" }
            (zone_note(service.time_zone, frame))
            (timeline(view.month, service.time_zone, &view.combined, &view.union))
        }
        (outages(frame, view))
        (maintenance(frame, &view.maintenance))
        (exclusions(frame, view))
        section aria-labelledby="measured" {
            h2 #measured { "Performance" }
            @if view.charts.is_empty() { p.empty { "Nothing was measured in this month." } }
            div.charts {
                @for metric in &view.charts { (chart(metric, view.month, metric.metric.as_str())) }
            }
        }
    };
    frame.page(&title, &body)
}

fn figures(frame: &Frame, view: &ServiceMonth) -> Markup {
    let seconds = view.seconds;
    let available = seconds.availability_pct();
    let best = seconds.best_pct();
    let worst = seconds.worst_pct();
    html! {
        div.figures {
            div.card {
                h2.small { "Availability" }
                p.big { (shown(available.as_deref())) }
                p.soft { (promised(view.allowance.commitment_ppm)) " promised" }
                @if seconds.unknown > 0 {
                    p.soft { "Between " (shown(worst.as_deref())) " and " (shown(best.as_deref()))
                        ": there is no data for " (duration(seconds.unknown)) }
                }
            }
            div.card {
                h2.small { "Downtime" }
                p.big { (duration(seconds.down)) }
                (budget(view.allowance, seconds))
                @if seconds.excluded > 0 { p.soft { (duration(seconds.excluded)) " excluded" } }
            }
            div.card {
                h2.small { "Money" }
                @match view.statement_revision {
                    Some(revision) => {
                        p { "The month is closed." }
                        p {
                            a href={ "/statements/" (view.service.service_id) "/" (view.month) } {
                                "See its statement, revision " (revision)
                            }
                        }
                    }
                    None => p { "The month is open: its statement is made after it ends." }
                }
                (course(frame, &view.made, &view.entries, view.closes_at))
                @for claim in &view.claims {
                    p { (claim_button(&view.service.service_id, view.month, *claim)) }
                    p.soft { (in_time(frame, claim.until)) }
                }
            }
        }
    }
}

/// Links to the form of a claim that can still be made.
pub(crate) fn claim_button(service_id: &ServiceId, own: Month, claim: OpenClaim) -> Markup {
    html! {
        a.button href=(claim_path(service_id, own, claim.kind)) {
            "Claim a credit: " (credit_kind(claim.kind).to_lowercase())
        }
    }
}

/// Says how long a claim is in time.
pub(crate) fn in_time(frame: &Frame, until: Option<Instant>) -> Markup {
    html! {
        @match until {
            Some(until) => { "You can claim until " (time(until, frame.zone)) },
            None => "You can claim while the outage is open, and for some days after it",
        }
    }
}

fn outages(frame: &Frame, view: &ServiceMonth) -> Markup {
    html! {
        section.card aria-labelledby="outages" {
            h2 #outages { "Outages" }
            @if view.outages.is_empty() {
                p.empty { "No downtime was found in this month." }
            } @else {
                (outage_table(frame, &view.outages, view.others.as_ref()))
            }
        }
    }
}

/// Lists outages with their counted and excluded seconds.
pub(crate) fn outage_table(frame: &Frame, outages: &[Outage], others: Option<&OtherOutages>) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="Table of outages" {
            table.stack {
                thead {
                    tr {
                        th scope="col" { "Began" }
                        th scope="col" { "Ended" }
                        th.number scope="col" { "Lasted" }
                        th.number scope="col" { "Counted" }
                        th.number scope="col" { "Excluded" }
                    }
                }
                tbody {
                    @for outage in outages {
                        tr {
                            th scope="row" { (time(outage.started_at, frame.zone)) }
                            td data-label="Ended" {
                                @if outage.ongoing { (badge(Tone::Bad, "Still down")) }
                                @else { (time(outage.ended_at, frame.zone)) }
                            }
                            td.number data-label="Lasted" { (duration(outage.span().length_s())) }
                            td.number data-label="Counted" { (number(outage.down_s)) " s" }
                            td.number data-label="Excluded" { (number(outage.excluded_s)) " s" }
                        }
                    }
                }
            }
        }
        @if let Some(others) = others {
            p { "And " (count(others.count, "more outage", "more outages")) ", " (duration(others.down_s))
                " in total." }
        }
    }
}

fn maintenance(frame: &Frame, windows: &[Maintenance]) -> Markup {
    html! {
        section.card aria-labelledby="maintenance" {
            h2 #maintenance { "Scheduled maintenance" }
            @if windows.is_empty() { p.empty { "None in this month." } }
            ul.plain {
                @for window in windows {
                    li {
                        p {
                            @if window.cancelled_at.is_some() { (badge(Tone::Quiet, "Cancelled")) }
                            @else if window.ends_at <= frame.now { (badge(Tone::Good, "Over")) }
                            @else if window.starts_at <= frame.now { (badge(Tone::Note, "Under way")) }
                            @else { (badge(Tone::Note, "Upcoming")) }
                            " " (span(Span::new(window.starts_at, window.ends_at), frame.zone))
                        }
                        p dir="auto" { (window.reason) }
                        p.soft { "Announced " (time(window.announced_at, frame.zone))
                            @if let Some(at) = window.shortened_at { ", shortened " (time(at, frame.zone)) }
                            @if let Some(at) = window.cancelled_at { ", cancelled " (time(at, frame.zone)) }
                        }
                    }
                }
            }
        }
    }
}

fn exclusions(frame: &Frame, view: &ServiceMonth) -> Markup {
    html! {
        section.card aria-labelledby="exclusions" {
            h2 #exclusions { "Exclusions" }
            p.soft { "Time that, in our view, does not count, and why. Until an exclusion is approved, its \
                 time counts." }
            @if view.exclusions.is_empty() { p.empty { "None in this month." } }
            @for exclusion in &view.exclusions { (exclusion_article(frame, view, exclusion)) }
        }
    }
}

fn exclusion_article(frame: &Frame, view: &ServiceMonth, exclusion: &Exclusion) -> Markup {
    let Exclusion { exclusion_id, evidence, .. } = exclusion;
    let covered = Span::new(exclusion.starts_at, exclusion.ends_at);
    let steps = [("Decided", &exclusion.decision), ("Withdrawn", &exclusion.withdrawal)];
    let (tone, state) = match exclusion.state() {
        "approved" => (Tone::Note, "Approved: does not count"),
        "rejected" => (Tone::Quiet, "Rejected: counts"),
        "withdrawn" => (Tone::Quiet, "Withdrawn: counts"),
        _ => (Tone::Warn, "Raised: counts until approved"),
    };
    html! {
        article.exclusion {
            h3 { (clause(exclusion.clause)) }
            p { (badge(tone, state)) " " (span(covered, frame.zone)) }
            dl.facts {
                dt { "Evidence" } dd.prose dir="auto" { (evidence) }
                dt { "Raised" }
                dd { "by " (exclusion.raised_by) ", " (time(exclusion.raised_at, frame.zone)) }
                @for (what, step) in steps {
                    @if let Some(step) = step {
                        dt { (what) }
                        dd { "by " (step.by) ", " (time(step.at, frame.zone))
                            @if !step.note.is_empty() { ": " span dir="auto" { (step.note) } } }
                    }
                }
                @for dispute in &exclusion.disputes {
                    dt { "Disputed" }
                    dd { (time(dispute.at, frame.zone)) ": " span.prose dir="auto" { (dispute.statement) } }
                }
                dt { "Reference" } dd { (short_number(Subject::Exclusion, exclusion_id.as_str())) " · " code { (exclusion_id) } }
            }
            (dispute(frame, view, exclusion))
        }
    }
}

/// Offers the form to dispute an exclusion, once and while its dispute period runs.
fn dispute(frame: &Frame, view: &ServiceMonth, exclusion: &Exclusion) -> Markup {
    let Some(until) = exclusion.dispute_until.filter(|until| *until > frame.now) else { return html! {} };
    let Some(SignedIn { .. }) = &frame.signed_in else { return html! {} };
    if exclusion.disputed_by(&view.service.customer_id).is_some() {
        return html! { p.soft { "You have disputed this exclusion. We will decide and notify you." } };
    }
    let field = format!("statement-{}", exclusion.exclusion_id);
    let here = format!("/services/{}?month={}", view.service.service_id, view.month);
    html! {
        details {
            summary { "Dispute this exclusion" }
            form method="post" action={ "/exclusions/" (exclusion.exclusion_id) "/disputes" } {
                (frame.csrf())
                input type="hidden" name="return_to" value=(here);
                label for=(field) { "Why should this time count?" }
                p.hint id={ (field) "-hint" } {
                    "You can dispute it once, before " (time(until, frame.zone)) "."
                }
                textarea id=(field) name="statement" rows="4" required aria-describedby={ (field) "-hint" } {}
                button type="submit" { "Dispute it" }
            }
        }
    }
}
