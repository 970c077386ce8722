//! A statement: the derivation of its number step by step, its credit, and how to verify it.

use crate::words::money;
use maud::{Markup, html};
use sla::availability::Verdict;
use sla::claim::{Claim, ClaimState};
use sla::credit::Credit;
use sla::ledger::{CreditKind, Entry, EntryState};
use sla::statement::NamedProbes;
use sla::terms::{CreditStep, CreditTerms};
use sla::{Instant, Money, Service, Span, Statement, TermsBook};

use crate::frame::zone_note;
use crate::frame::{Frame, PROVIDER, SignedIn};
use crate::portal::claimable::course;
use crate::portal::claims::{ClaimLine, claim_table};
use crate::portal::service::{OpenClaim, claim_button, in_time, outage_table};
use crate::words::{
    Tone, amount, badge, billed, claim_state, count, credit_kind, duration, entry_state, metric,
    metric_verdict, month, number, percent, plan, span, time, unit, verdict, window,
};

/// Drawing units of the line of outages.
const MARKS_WIDTH: i64 = 1000;
/// Minimum width of a mark, so that a single minute is visible.
const MARK_MIN: i64 = 3;

/// The page of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementPage {
    /// The statement.
    pub statement: Statement,
    /// The service's name.
    pub service_name: String,
    /// Monthly fee in force that month.
    pub fee: Money,
    /// The credit rule of the terms in force.
    pub credit_terms: CreditTerms,
    /// The month's newest revision.
    pub newest_revision: u32,
    /// The other revisions: number and verdict, ascending.
    pub revisions: Vec<(u32, Verdict)>,
    /// Ledger entries of the month, in order.
    pub entries: Vec<Entry>,
    /// The month's claims.
    pub claims: Vec<Claim>,
    /// Claims that can still be made.
    pub open_claims: Vec<OpenClaim>,
}

impl StatementPage {
    /// Describes one of the revisions of a month's statement, without entries and claims.
    pub fn of(service: &Service, statement: Statement, revisions: &[Statement], terms: &TermsBook) -> Self {
        let terms =
            terms.revision(statement.terms.revision).unwrap_or_else(|| terms.in_force(statement.month));
        let others = revisions.iter().filter(|other| other.revision != statement.revision);
        Self {
            service_name: service.name.clone(),
            fee: service.in_month(statement.month).1,
            credit_terms: terms.credits.clone(),
            newest_revision: revisions.last().map_or(statement.revision, |newest| newest.revision),
            revisions: others.map(|other| (other.revision, other.verdict)).collect(),
            entries: Vec::new(),
            claims: Vec::new(),
            open_claims: Vec::new(),
            statement,
        }
    }
}

/// Renders a statement (`GET /statements/{service_id}/{month}`).
pub fn statement(frame: &Frame, view: &StatementPage) -> Markup {
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/statements" { "Statements" } }
        (heading(frame, view))
        (parties(frame, view))
        (account(frame, view))
        (claims(frame, view))
        (grounds(frame, view))
    };
    frame.page(&title(view), &body)
}

/// Returns the title of a statement's page.
pub(crate) fn title(view: &StatementPage) -> String {
    format!("Statement of {}, {}", view.service_name, month(view.statement.month))
}

/// Names the statement, and links to the newest revision if that is not this one.
pub(crate) fn heading(frame: &Frame, view: &StatementPage) -> Markup {
    let statement = &view.statement;
    html! {
        h1 dir="auto" { (view.service_name) ", " (month(statement.month)) }
        p.lead {
            (verdict(statement.verdict)) " "
            span.soft {
                @if statement.provisional { "Provisional" } @else { "Revision " (statement.revision) }
                ", as of " (time(statement.as_of, frame.zone)) " · " (plan(statement.plan)) " plan · "
                code { (statement.service_id) }
            }
        }
        @if statement.revision < view.newest_revision {
            p.message.warn { "This revision has been replaced: "
                a href={ "/statements/" (statement.service_id) "/" (statement.month) } {
                    "see revision " (view.newest_revision) } "." }
        }
    }
}

/// Names the parties, which stand on paper alone: on the screen the frame names them.
fn parties(frame: &Frame, view: &StatementPage) -> Markup {
    html! {
        dl.facts.paper {
            dt { "Provider" } dd { (PROVIDER) }
            @if let Some(SignedIn { customer_name, .. }) = &frame.signed_in {
                dt { "Customer" } dd dir="auto" { (customer_name) " (" (view.statement.customer_id) ")" }
            }
            dt { "Digest" } dd { code.long { (view.statement.digest) } }
        }
    }
}

/// Draws the outages and the excluded time of the period as marks on one line.
fn marks(statement: &Statement) -> Markup {
    let period = statement.period;
    let place =
        |at: Instant| (at.epoch_s() - period.start.epoch_s()) * MARKS_WIDTH / period.length_s().max(1);
    let mark = |span: Span, top: i64, height: i64| {
        let span = span.intersect(period);
        let (from, to) = (place(span.start), place(span.end));
        let width = (to - from).max(MARK_MIN);
        format!("M{from} {top}h{width}v{height}h-{width}z")
    };
    let down: String = statement.outages.iter().map(|outage| mark(outage.span(), 0, 18)).collect();
    let excluded = statement.excluded.iter().map(|part| mark(Span::new(part.starts_at, part.ends_at), 12, 6));
    let excluded: String = excluded.collect();
    let told = format!(
        "Outages and excluded time of the period: {}, {}",
        count(statement.outages.len(), "outage", "outages"),
        count(statement.excluded.len(), "excluded span", "excluded spans")
    );
    html! {
        svg.row.marks viewBox={ "0 0 " (MARKS_WIDTH) " 18" } preserveAspectRatio="none" height="18" role="img"
            aria-label=(told) {
            rect.ground y="7" width=(MARKS_WIDTH) height="4" {}
            @if !down.is_empty() { path.down d=(down) {} }
            @if !excluded.is_empty() { path.excluded d=(excluded) {} }
        }
    }
}

/// Shows how the number comes about and what it is worth.
pub(crate) fn account(frame: &Frame, view: &StatementPage) -> Markup {
    html! { (steps(frame, view)) (credit(frame, view)) (ledger(view)) }
}

/// Shows the evidence behind the number, and how to verify it.
pub(crate) fn grounds(frame: &Frame, view: &StatementPage) -> Markup {
    let statement = &view.statement;
    html! {
        section.card aria-labelledby="outages" {
            h2 #outages { "Outages" }
            (marks(statement))
            @if statement.outages.is_empty() { p.empty { "None." } }
            @else { (outage_table(frame, &statement.outages, statement.others.as_ref())) }
            (carried(statement.carried_for_ever.as_ref()))
        }
        (excluded(frame, statement))
        (performance(statement))
        (tickets(statement))
        (proof(frame, view))
    }
}

/// Derives the verdict step by step, starting from the period.
fn steps(frame: &Frame, view: &StatementPage) -> Markup {
    let statement = &view.statement;
    let seconds = statement.seconds;
    html! {
        section.card aria-labelledby="steps" {
            h2 #steps { "How the verdict is reached" }
            (zone_note(statement.time_zone, frame))
            ol.steps {
                li {
                    h3 { "Every second of the period" }
                    p { (span(statement.period, frame.zone)) }
                    (seconds_table(statement))
                }
                li {
                    h3 { "Availability" }
                    p { "up ÷ (up + down) = " (number(seconds.up)) " ÷ " (number(seconds.up + seconds.down))
                        " = "
                        strong { (percent(statement.availability_pct.as_deref())) } }
                    p.soft { "Percentages are cut off after four decimals, never rounded up." }
                }
                li {
                    h3 { "Time for which we have no data" }
                    @if seconds.unknown == 0 { p { "None: the state of every second is known." } } @else {
                        p { "If all of it was up: " (number(seconds.up + seconds.unknown)) " ÷ "
                            (number(seconds.agreed())) " = "
                            strong { (percent(statement.best_pct.as_deref())) } }
                        p { "If all of it was down: " (number(seconds.up)) " ÷ " (number(seconds.agreed()))
                            " = "
                            strong { (percent(statement.worst_pct.as_deref())) } }
                    }
                }
                li {
                    h3 { "Verdict" }
                    p { "Promised: " strong { (percent(Some(&statement.commitment_pct))) } ". "
                        (verdict(statement.verdict)) " " (because(statement)) }
                }
                @if let Some(review) = &statement.review {
                    li {
                        h3 { "Review" }
                        p { (review.by) " reviewed the month: " (verdict(review.verdict.verdict())) ", with "
                            (duration(review.down_s)) " of downtime." }
                        p.prose dir="auto" { (review.reason) }
                    }
                }
            }
        }
    }
}

fn seconds_table(statement: &Statement) -> Markup {
    let seconds = statement.seconds;
    let parts = [
        ("Up", seconds.up, "the service was available; this includes degraded time"),
        ("Down", seconds.down, "the service was not available, and the time counts"),
        ("Unknown", seconds.unknown, "no data: not counted as up"),
        ("Excluded", seconds.excluded, "maintenance and exclusions: not counted at all"),
    ];
    html! {
        div.scroll role="region" tabindex="0" aria-label="Seconds of the period" {
            table {
                thead {
                    tr {
                        th scope="col" { "Part" }
                        th.number scope="col" { "Seconds" }
                        th.number scope="col" { "Time" }
                    }
                }
                tbody {
                    @for (name, part_s, means) in parts {
                        tr {
                            th scope="row" { (name) p.soft { (means) } }
                            td.number { (number(part_s)) }
                            td.number { (duration(part_s)) }
                        }
                    }
                }
                tfoot {
                    tr {
                        th scope="row" { "Period" p.soft { "the sum of the four" } }
                        td.number { (number(seconds.period)) }
                        td.number { (duration(seconds.period)) }
                    }
                }
            }
        }
    }
}

fn because(statement: &Statement) -> &'static str {
    if statement.review.is_some() {
        return "The time without data was reviewed, as the next step shows.";
    }
    match statement.verdict {
        Verdict::Met => "The promise was kept, even if all unknown time had been down.",
        Verdict::Breached => "The promise was missed, even if all unknown time had been up.",
        Verdict::Indeterminate => "The missing data decides the verdict: review needed.",
        Verdict::NotApplicable => "No time counts: all of it is excluded.",
    }
}

fn credit(frame: &Frame, view: &StatementPage) -> Markup {
    let StatementPage { statement, fee, credit_terms, .. } = view;
    let credit = &statement.credit;
    let (down_s, agreed_s) = (statement.counted_down_s(), statement.seconds.agreed());
    html! {
        section.card aria-labelledby="credit" {
            h2 #credit { "Credit" }
            p.big { (money(credit.amount)) }
            @if statement.revision == view.newest_revision { (fate(frame, view)) }
            @if statement.verdict == Verdict::Breached {
                p { "Downtime is " (number(down_s)) " of " (number(agreed_s))
                    " agreed seconds. Every 1\u{a0}% of it earns a credit of "
                    (credit_terms.rate_pct) "\u{a0}% of the monthly fee, at most "
                    (credit_terms.cap_pct)
                    "\u{a0}%: " strong { (percent(credit.share_pct.as_deref())) } " of " (money(*fee))
                    ", rounded once." }
            } @else {
                p { "A credit is due only if the promise is missed; the monthly fee is " (money(*fee)) "." }
            }
            @if credit.amount_max != credit.amount {
                p { "It would be " strong { (money(credit.amount_max)) }
                    " if the service had been down for all of the unknown time; a review decides that." }
            }
            (readings(credit_terms.step, credit))
        }
    }
}

/// Lists what the other readings of the clause would give, folded.
fn readings(in_force: CreditStep, credit: &Credit) -> Markup {
    let alternatives = [
        (CreditStep::ProRata, "In proportion", credit.alternatives.pro_rata, "a part counts in proportion"),
        (
            CreditStep::Started,
            "For each percent begun",
            credit.alternatives.started,
            "a part counts as a whole percent",
        ),
        (CreditStep::Whole, "For each full percent", credit.alternatives.whole, "a part does not count"),
    ];
    html! {
        details {
            summary { "Other readings of the clause" }
            div.scroll role="region" tabindex="0" aria-label="Counting methods" {
                table {
                    thead { tr { th scope="col" { "Method" } th.number scope="col" { "Amount" } } }
                    tbody {
                        @for (step, name, worth, means) in alternatives {
                            tr {
                                th scope="row" {
                                    (name) " "
                                    @if step == in_force { span.tag { "in force" } }
                                    p.soft { (means) }
                                }
                                td.number { (money(worth)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Says what became of the amount, or what it waits for, as sums: what is paid, and what is not and why.
fn fate(frame: &Frame, view: &StatementPage) -> Markup {
    let standing = |state| Entry::standing(&view.entries, CreditKind::Uptime, state);
    let of_uptime =
        || view.claims.iter().filter(|claim| claim.kind == CreditKind::Uptime && claim.is_first());
    let undecided = of_uptime().find(|claim| matches!(claim.state, ClaimState::Held | ClaimState::Review));
    let rejected = of_uptime().find(|claim| claim.state == ClaimState::Rejected);
    let open = view.open_claims.iter().find(|claim| claim.kind == CreditKind::Uptime);
    let worth = view.statement.credit.amount;
    let nothing = money(Money { minor: 0, ..worth });
    html! {
        @if let Some(entry) = standing(EntryState::Approved) {
            p.fate { (badge(Tone::Good, "Credited")) " "
                (amount(entry.amount_minor, entry.currency)) " " (billed(entry)) }
        } @else if let Some(entry) = standing(EntryState::Lapsed) {
            p.fate { (badge(Tone::Quiet, "Not claimed in time")) " "
                (nothing) " paid; " (amount(entry.amount_minor, entry.currency)) " not claimed in time" }
        } @else if let Some(claim) = undecided {
            p.fate { (claim_state(claim.state)) " " (nothing) " paid so far; your claim is not decided yet" }
        } @else if let Some(open) = open {
            p { (badge(Tone::Warn, "Waiting for your claim")) " " (nothing) " paid so far; " (money(worth))
                " can be claimed" }
            p { (in_time(frame, open.until)) }
            p.fate { (claim_button(&view.statement.service_id, view.statement.month, *open)) }
        } @else if rejected.is_some() && worth.minor > 0 {
            p.fate { (badge(Tone::Bad, "Rejected")) " " (nothing) " paid; your claim to " (money(worth))
                " was rejected" }
        }
    }
}

fn ledger(view: &StatementPage) -> Markup {
    html! {
        section.card aria-labelledby="ledger" {
            h2 #ledger { "Ledger entries" }
            @if view.entries.is_empty() {
                p.empty { "There are no entries for this month." }
            } @else {
                div.scroll role="region" tabindex="0" aria-label="Table of entries" {
                    table.stack {
                        thead {
                            tr {
                                th scope="col" { "Entry" }
                                th scope="col" { "For" }
                                th scope="col" { "State" }
                                th.number scope="col" { "Amount" }
                                th scope="col" { "Where" }
                            }
                        }
                        tbody {
                            @for entry in &view.entries {
                                tr {
                                    th scope="row" { code { (entry.credit_id) } }
                                    td data-label="For" { (credit_kind(entry.kind)) }
                                    td data-label="State" { (entry_state(entry.state)) }
                                    td.number data-label="Amount" {
                                        (amount(entry.amount_minor, entry.currency))
                                    }
                                    td data-label="Where" { (billed(entry))
                                        @if let Some(reversed) = &entry.reverses {
                                            p.soft { "reverses " code { (reversed) } } } }
                                }
                            }
                        }
                    }
                }
                p.soft { "Entries are never edited: what changes is reversed and re-entered." }
            }
        }
    }
}

fn claims(frame: &Frame, view: &StatementPage) -> Markup {
    let name = |claim: &Claim| ClaimLine {
        claim: claim.clone(),
        service_name: Some(view.service_name.clone()),
        entry: Entry::standing(&view.entries, claim.kind, EntryState::Approved)
            .filter(|entry| entry.claim_id.as_ref() == Some(&claim.claim_id))
            .cloned(),
        closes_at: None,
    };
    let lines: Vec<ClaimLine> = view.claims.iter().map(name).collect();
    html! {
        section.card aria-labelledby="claims" {
            h2 #claims { "Claims" }
            (course(frame, &view.claims, &view.entries, None))
            @if lines.is_empty() { p.empty { "None for this month." } } @else { (claim_table(frame, &lines)) }
        }
    }
}

/// Names the probes whose last report counts until they report anew.
fn carried(named: Option<&NamedProbes>) -> Markup {
    html! {
        @if let Some(named) = named {
            p.soft {
                "Some probes report changes alone, and what they said last counts until they say something else: "
                @for (nth, probe) in named.probes.iter().enumerate() {
                    @if nth > 0 { ", " } code { (probe) }
                }
                @if named.others > 0 { " and " (named.others) " others" } "."
            }
        }
    }
}

fn excluded(frame: &Frame, statement: &Statement) -> Markup {
    html! {
        section.card aria-labelledby="excluded" {
            h2 #excluded { "Excluded time" }
            @if statement.excluded.is_empty() { p.empty { "None." } } @else {
                div.scroll role="region" tabindex="0" aria-label="Table of excluded time" {
                    table.stack {
                        thead {
                            tr {
                                th scope="col" { "Why" }
                                th scope="col" { "From" }
                                th scope="col" { "To" }
                                th.number scope="col" { "Seconds" }
                                th scope="col" { "Reference" }
                            }
                        }
                        tbody {
                            @for part in &statement.excluded {
                                tr {
                                    th scope="row" { (window(part.kind)) }
                                    td data-label="From" { (time(part.starts_at, frame.zone)) }
                                    td data-label="To" { (time(part.ends_at, frame.zone)) }
                                    td.number data-label="Seconds" { (number(part.excluded_s)) }
                                    td data-label="Reference" { code { (part.id) } }
                                }
                            }
                        }
                    }
                }
                @if !frame.is_desk() {
                    p.links { a href={ "/services/" (statement.service_id) "?month=" (statement.month) } {
                        "See the evidence, and dispute it" } }
                }
            }
        }
    }
}

fn performance(statement: &Statement) -> Markup {
    let figure = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    html! {
        section.card aria-labelledby="performance" {
            h2 #performance { "Performance" }
            div.scroll role="region" tabindex="0" aria-label="Table of performance" {
                table.stack {
                    thead {
                        tr {
                            th scope="col" { "Metric" }
                            th scope="col" { "Promise" }
                            th.number scope="col" { "Mean" }
                            th.number scope="col" { "p50" }
                            th.number scope="col" { "p95" }
                            th.number scope="col" { "p99" }
                            th.number scope="col" { "Limit" }
                            th.number scope="col" { "Samples" }
                        }
                    }
                    tbody {
                        @for figures in &statement.performance {
                            tr {
                                th scope="row" { (metric(figures.metric)) ", " (unit(figures.metric)) }
                                td data-label="Promise" { (metric_verdict(figures.verdict)) }
                                td.number data-label="Mean" { (figure(&figures.mean)) }
                                td.number data-label="p50" { (figure(&figures.p50)) }
                                td.number data-label="p95" { (figure(&figures.p95)) }
                                td.number data-label="p99" { (figure(&figures.p99)) }
                                td.number data-label="Limit" { (figure(&figures.limit)) }
                                td.number data-label="Samples" {
                                    (number(i64::try_from(figures.samples).unwrap_or(i64::MAX)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tickets(statement: &Statement) -> Markup {
    let figures = &statement.tickets;
    let rows = [
        ("Acknowledged", figures.acknowledge_met, figures.acknowledge_missed),
        ("Resolved", figures.resolve_met, figures.resolve_missed),
    ];
    html! {
        section.card aria-labelledby="tickets" {
            h2 #tickets { "Tickets" }
            p { "Opened in the month: " (figures.opened) ". Clocks still running at its close: "
                (figures.running) "." }
            table {
                thead { tr { th scope="col" { "Promise" } th.number scope="col" { "Kept" }
                    th.number scope="col" { "Missed" } } }
                tbody {
                    @for (name, met, missed) in rows {
                        tr { th scope="row" { (name) " in time" } td.number { (met) } td.number { (missed) } }
                    }
                }
            }
        }
    }
}

fn proof(frame: &Frame, view: &StatementPage) -> Markup {
    let statement = &view.statement;
    let here = format!("/statements/{}/{}", statement.service_id, statement.month);
    let of = |file: &str| format!("{here}/{file}?revision={}", statement.revision);
    let terms = statement.terms.revision;
    let terms = if frame.is_desk() { "/terms".to_owned() } else { format!("/agreement/{terms}") };
    html! {
        section.card aria-labelledby="proof" {
            h2 #proof { "Proof" }
            dl.facts {
                dt { "Digest" } dd { code.long { (statement.digest) } }
                dt { "Terms" } dd { a href=(terms) {
                    (statement.terms.id) ", revision " (statement.terms.revision) } " "
                    code.long { (statement.terms.digest) } }
            }
            details {
                summary { "How to verify it" }
                p { "The digest is the SHA-256 of the statement’s canonical JSON (RFC 8785) without the field "
                    code { "digest" } ". To verify it, remove the field, write the JSON canonically and hash \
                         it, for example:" }
                pre tabindex="0" { "jq -cSj 'del(.digest)' statement.json | sha256sum" }
            }
            @if !statement.provisional && !frame.is_desk() {
                p.links { a.button.second href=(of("statement.json")) { "Download JSON" }
                    a.button.second href=(of("statement.csv")) { "Download CSV" } }
            }
            @if !view.revisions.is_empty() {
                h3 { "Other revisions" }
                ul.plain {
                    @for (revision, own) in &view.revisions {
                        li { a href={ (here) "?revision=" (revision) } { "Revision " (revision) } " "
                            (verdict(*own)) }
                    }
                }
            }
        }
    }
}
