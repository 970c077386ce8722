//! The agreement as text, clause by clause in its own order, with every figure taken from the terms.

use maud::{Markup, html};
use sla::terms::{ClaimMode, ClockPromise, CreditStep, LevelPromise, difference};
use sla::ticket::{ClockKind, Level, Threshold};
use sla::{Month, Plan, Terms};

use crate::frame::Frame;
use crate::portal::tickets::meant;
use crate::words::promised;
use crate::words::{Tone, badge, clause, decimal, level, month, plan, within};

/// An earlier revision of the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastTerms {
    /// Its number.
    pub revision: u32,
    /// The first month that it governed.
    pub effective_from: Month,
}

/// The page of one revision of the agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The revision shown.
    pub terms: Terms,
    /// SHA-256 of `terms`, in hexadecimal.
    pub digest: String,
    /// The number of the revision in force.
    pub in_force: u32,
    /// The announced next revision, if any; the page of the revision in force compares the two.
    pub coming: Option<Terms>,
    /// The past revisions, in the order in which they are shown.
    pub past: Vec<PastTerms>,
}

/// Renders a revision (`GET /agreement`, `GET /agreement/{revision}`).
pub fn agreement(frame: &Frame, view: &Agreement) -> Markup {
    let terms = &view.terms;
    let since = terms.effective_from;
    let (tone, state) = match terms.revision {
        own if own == view.in_force => (Tone::Good, "In force"),
        own if own > view.in_force => (Tone::Note, "Upcoming"),
        _ => (Tone::Quiet, "Past"),
    };
    let body = html! {
        h1 { "Service Level Agreement" }
        p.lead {
            (badge(tone, state)) " "
            span.soft { "Revision " (terms.revision) ", "
                @if since == Month::first() { "from the beginning" } @else { "from " (month(since)) " on" } }
        }
        @if terms.revision != view.in_force {
            p.message.note { "This is not the revision in force: "
                a href="/agreement" { "see revision " (view.in_force) } "." }
        }
        @if let Some(coming) = view.coming.as_ref().filter(|_| terms.revision == view.in_force) {
            (changes(terms, coming))
        }
        div.card.prose-page { (clauses(frame, terms)) }
        section.card aria-labelledby="revisions" {
            h2 #revisions { "Revisions" }
            @if view.past.is_empty() { p.empty { "There is no earlier revision." } }
            ul {
                @for past in &view.past {
                    li { a href={ "/agreement/" (past.revision) } { "Revision " (past.revision) }
                        @if past.effective_from == Month::first() { ", from the beginning" }
                        @else { ", from " (month(past.effective_from)) " on" } }
                }
            }
            p.soft { "Digest of revision " (terms.revision) ": " code.long { (view.digest) } }
        }
    };
    frame.page("Service Level Agreement", &body)
}

/// Writes the text of a revision, clause by clause.
pub(crate) fn clauses(frame: &Frame, terms: &Terms) -> Markup {
    html! {
        (availability(terms)) (support(terms)) (performance(terms)) (credits(terms)) (exclusions(terms))
        (reporting(frame, terms)) (levels()) (updates(terms))
    }
}

/// Lists the differences between two revisions.
pub(crate) fn differing(lines: &[String]) -> Markup {
    html! {
        ul {
            @for line in lines {
                @match line.split_once(": ") {
                    Some((what, how)) => li { strong { (what) } ": " (how) },
                    None => li { (line) },
                }
            }
        }
    }
}

fn changes(terms: &Terms, coming: &Terms) -> Markup {
    html! {
        section.card.note aria-labelledby="coming" {
            h2 #coming { "Revision " (coming.revision) " takes effect in " (month(coming.effective_from)) }
            (differing(&difference(terms, coming)))
            p { a href={ "/agreement/" (coming.revision) } { "Read revision " (coming.revision) } }
        }
    }
}

fn availability(terms: &Terms) -> Markup {
    html! {
        h2 { "Service availability" }
        table {
            thead { tr { th scope="col" { "Plan" } th.number scope="col" { "Uptime" }
                th.number scope="col" { "Measured in steps of" } } }
            tbody {
                @for own in Plan::ALL {
                    @let promise = terms.promise(own);
                    tr { th scope="row" { (plan(own)) } td.number { (promised(promise.commitment_ppm)) }
                        td.number { (promise.resolution_s) " s" } }
                }
            }
        }
        p { "Downtime is calculated for each month, to the second, without scheduled maintenance. \
             Maintenance is announced at least " (terms.maintenance.notice_h) " h ahead, and you are \
             reminded "
            (terms.maintenance.reminder_h) " h ahead; any overrun is downtime." }
        p { "Time for which we have no data is not counted as up. Where it decides the verdict, the month is \
             reviewed." }
        p { "A month is closed " (terms.close_after_h) " h after its end. Before a breach, you are warned at "
            (listed(&terms.warnings_pct)) " of the allowed downtime." }
    }
}

fn listed(percentages: &[i64]) -> String {
    let shares: Vec<String> = percentages.iter().map(|share| format!("{share}\u{a0}%")).collect();
    match shares.split_last() {
        None => "no share".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn support(terms: &Terms) -> Markup {
    html! {
        h2 { "Support response time" }
        (promises(terms, ClockKind::Acknowledge, "We acknowledge"))
        p { "The limit is our commitment; the target is what we aim at. The clock runs from your report, \
             around the clock and without pauses." }
        h2 { "Incident resolution" }
        (promises(terms, ClockKind::Resolve, "We resolve"))
        p { "A resolved ticket can be reopened within " (terms.tickets.reopen_days)
            " days: its clock continues, and the time in between does not count." }
    }
}

fn promises(terms: &Terms, clock: ClockKind, heading: &str) -> Markup {
    html! {
        table {
            thead {
                tr { th scope="col" { "Level" } th scope="col" { (heading) } th scope="col" { "Target" } }
            }
            tbody {
                @for own in Level::ALL {
                    @let ClockPromise { target_s, limit_s } = terms.levels.promise(own).of(clock);
                    tr {
                        th scope="row" { (level(own)) }
                        td { "within " (within(limit_s)) }
                        td { (target_s.map_or_else(|| "–".to_owned(), within)) }
                    }
                }
            }
        }
    }
}

fn performance(terms: &Terms) -> Markup {
    let metrics = &terms.metrics;
    let millis = |limit_us: u32| format!("less than {}\u{a0}ms", decimal(i64::from(limit_us), 1_000));
    let mbps = |floor_kbps: u32| format!("at least {}\u{a0}Mbps", decimal(i64::from(floor_kbps), 1_000));
    html! {
        h2 { "Performance metrics" }
        p { "For each month’s mean, outside excluded time, we promise:" }
        ul {
            li { "Network latency: " (millis(metrics.latency.limit_us)) "."
                @for own in &metrics.latency.regions {
                    " In the region " (own.region) ": "
                    (own.limit_us.map_or_else(|| "nothing is promised".to_owned(), millis)) "."
                }
            }
            li { "Throughput: " (mbps(metrics.throughput_floor_kbps)) "."
                @for own in Plan::ALL {
                    @if let Some(floor_kbps) = terms.promise(own).throughput_floor_kbps {
                        " " (plan(own)) " plan: " (mbps(floor_kbps)) "."
                    }
                }
            }
            li { "Packet loss: less than " (promised(i64::from(metrics.loss_limit_ppm))) "." }
        }
    }
}

fn credits(terms: &Terms) -> Markup {
    let step = match terms.credits.step {
        CreditStep::ProRata => "in proportion",
        CreditStep::Started => "as a whole percent",
        CreditStep::Whole => "not at all",
    };
    html! {
        h2 { "Service credits" }
        p { "If the availability of a month falls below the commitment of your plan, you are credited "
            strong { (terms.credits.rate_pct) "\u{a0}% of the monthly fee for every 1\u{a0}% of downtime" }
            ", at most " (terms.credits.cap_pct) "\u{a0}% of the fee. Part of a percent counts " (step) "." }
        @match terms.claims.mode {
            ClaimMode::Claimed => p { "To claim a credit, tell us within " (terms.claims.window_days)
                " days of the service failure, here or through support. You are reminded "
                    (terms.claims.reminder_h)
                " h before the deadline. Credits are applied to your next bill." },
            ClaimMode::Automatic => p { "Credits are given at the close of the month, without a claim, and \
                 applied to your next bill." },
        }
        p { "A metric that misses its limit may earn a credit too: each such claim is reviewed." }
    }
}

fn exclusions(terms: &Terms) -> Markup {
    html! {
        h2 { "Exclusions and limitations" }
        p { "Time can be excluded because of:" }
        ul { @for own in &terms.exclusions.clauses { li { (clause(*own)) } } }
        p { "An exclusion is raised with evidence within " (terms.exclusions.raise_days)
            " days and decided by a second person. Until it is approved, its time counts. You see every \
             exclusion with its evidence, and can dispute it within " (terms.exclusions.dispute_days) " \
             days." }
    }
}

fn reporting(frame: &Frame, terms: &Terms) -> Markup {
    html! {
        h2 { "Reporting and escalation" }
        ol {
            li { "Contact support, around the clock: by this portal, live chat, e-mail, or phone in urgent \
                 cases." }
            li { "Provide details: your service, what is wrong, and what you have tried." }
            li { "Track progress: a ticket’s page shows its clocks as they run. "
                @if !frame.is_desk() { a href="/tickets/new" { "Open a ticket" } } }
        }
        @for own in Level::ALL { (escalation(own, terms.levels.promise(own))) }
    }
}

fn escalation(own: Level, promise: &LevelPromise) -> Markup {
    html! {
        @if !promise.escalation.is_empty() {
            p { "Until it is acknowledged, a ticket of level " (own.number()) " is escalated:" }
            ul {
                @for step in &promise.escalation {
                    li {
                        @match step.threshold {
                            Threshold::Percent(percent) => { "at " (percent) "\u{a0}% of the limit" },
                            Threshold::Target => "when the target is missed",
                            Threshold::Limit => "when the limit is missed",
                        }
                        ": to the " (step.role)
                    }
                }
            }
        }
    }
}

fn levels() -> Markup {
    html! {
        h2 { "Priority levels" }
        dl.facts {
            @for own in Level::ALL {
                dt { (level(own)) }
                dd { (meant(own)) "." }
            }
        }
    }
}

fn updates(terms: &Terms) -> Markup {
    html! {
        h2 { "Updates and revisions" }
        p { "A new revision is announced at least " (terms.notice_days)
            " days ahead, with all its changes. A month is judged by the revision in force at its start, a \
             ticket by the one in force at its opening." }
    }
}
