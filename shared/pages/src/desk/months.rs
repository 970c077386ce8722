//! Month ends: progress of the close, its verdicts, the exports to finance, and the bills.

use events::command::CommandName;
use maud::{Markup, html};
use sla::availability::Verdict;
use sla::{Instant, Money, Month, ServiceId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, folded};
use super::marks::{next_page, time_in};
use crate::frame;
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::money;
use crate::words::{self, Tone, badge, encoded, number, time, verdict};

/// Progress of a month's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthLine {
    /// The month.
    pub month: Month,
    /// Number of services provided in it.
    pub services: usize,
    /// Number of services whose month is closed.
    pub closed: usize,
    /// Number of services whose closed month is indeterminate and awaits a person.
    pub indeterminate: usize,
    /// Its export and bills.
    pub fruits: MonthFruits,
    /// True if all services were counted; of very many, only the first are.
    pub is_whole: bool,
}

/// The fruits of a month's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthFruits {
    /// The month.
    pub month: Month,
    /// Last complete revision of its export, which follows the close of its last service; 0 before the first.
    pub export_revision: u32,
    /// True if its bills are out.
    pub is_invoiced: bool,
}

/// The page that lists months.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Months {
    /// The months, in display order.
    pub months: Vec<MonthLine>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<Month>,
}

/// A service whose month is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenService {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// Instant of the month's close.
    pub closes_at: Instant,
    /// Zone of its months.
    pub time_zone: sla::Zone,
}

/// Number and worth of the statements with one verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictTotal {
    /// The verdict.
    pub verdict: Verdict,
    /// Number of newest revisions with this verdict.
    pub statements: usize,
    /// Sum of their credits, in each currency.
    pub worth: Vec<Money>,
}

/// Ledger totals of a month in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyTotal {
    /// Approved credits less reversals, in minor units.
    pub payable_minor: i64,
    /// Lapsed credits, in minor units.
    pub lapsed_minor: i64,
    /// The currency.
    pub currency: sla::Currency,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name, such as `credits.csv`.
    pub name: String,
    /// Number of its rows, if it has any.
    pub rows: Option<u64>,
    /// Its SHA-256.
    pub sha256: String,
}

/// A revision of a month's export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRevision {
    /// Its number.
    pub revision: u32,
    /// Instant at which its rows were frozen.
    pub frozen_at: Instant,
    /// The SHA-256 of its manifest, once all its files are written.
    pub manifest_sha256: Option<String>,
    /// Its files, in display order.
    pub files: Vec<ExportFile>,
}

/// The page of a month's end.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthPage {
    /// Progress of the month's end.
    pub line: MonthLine,
    /// The previous month, if it is worth a link.
    pub earlier: Option<Month>,
    /// The next month, if it is worth a link.
    pub later: Option<Month>,
    /// Services whose month is still open, the next to close first; possibly not all.
    pub open: Vec<OpenService>,
    /// Totals by verdict.
    pub totals: Vec<VerdictTotal>,
    /// Ledger totals by currency.
    pub entered: Vec<CurrencyTotal>,
    /// Revisions of its export, ascending.
    pub exports: Vec<ExportRevision>,
    /// The last month whose bills are out.
    pub invoiced_to: Option<Month>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders the list (`GET /months`).
pub fn months(frame: &Frame, view: &Months) -> Markup {
    let listed = table(
        "Table of months",
        [
            Column::text("Month"),
            Column::text("State"),
            Column::number("Services"),
            Column::number("Closed"),
            Column::number("Indeterminate"),
            Column::text("Export"),
            Column::text("Bills"),
        ],
        view.months.iter().map(row),
    );
    let body = html! {
        h1 { "Months" }
        p { "A month is closed for each service some hours after its end; once all are closed, finance gets \
             the export." }
        section.card aria-label="Months" {
            @if view.months.is_empty() { p.empty { "No month has ended yet." } } @else {
                (listed)
            }
            (next_page("/months", view.after.map(|after| after.to_string()).as_deref()))
        }
    };
    frame.page("Months", &body)
}

fn row(line: &MonthLine) -> [Markup; 7] {
    [
        html! { a href={ "/months/" (line.month) } { (words::month(line.month)) } },
        html! { (state(line)) },
        html! { (shown(line.services)) },
        html! { (shown(line.closed)) },
        html! { (shown(line.indeterminate)) },
        html! { (exported(&line.fruits)) },
        html! { (invoiced(&line.fruits)) },
    ]
}

fn shown(count: usize) -> String {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn state(line: &MonthLine) -> Markup {
    if line.services == 0 {
        badge(Tone::Quiet, "No service")
    } else if line.closed < line.services {
        badge(Tone::Note, "Closing")
    } else if line.indeterminate > 0 {
        badge(Tone::Warn, "Closed, waiting for reviews")
    } else {
        badge(Tone::Good, "Closed")
    }
}

fn exported(fruits: &MonthFruits) -> Markup {
    html! { @if fruits.export_revision > 0 { "Revision " (fruits.export_revision) } @else { "Not yet" } }
}

const fn invoiced(fruits: &MonthFruits) -> &'static str {
    if fruits.is_invoiced { "Out" } else { "Not out" }
}

/// Renders the export and the bills of a month in a line.
pub(crate) fn fruits(fruits: &MonthFruits) -> Markup {
    html! { p.soft { "Export: " (exported(fruits)) " · Bills: " (invoiced(fruits).to_lowercase()) } }
}

/// Renders the progress of a month's end, in words and as a bar.
fn progress(line: &MonthLine) -> Markup {
    let done = (line.closed * 200).checked_div(line.services).unwrap_or(200);
    html! {
        p {
            (state(line)) " "
            (shown(line.closed)) " of " (shown(line.services))
            @if line.services == 1 { " service" } @else { " services" } " closed"
            @if !line.is_whole { " of those counted here; there are more" }
            @if line.indeterminate > 0 {
                ", " a href="/reviews#indeterminate" { (shown(line.indeterminate)) " indeterminate" }
            }
        }
        svg.budget viewBox="0 0 200 8" preserveAspectRatio="none" height="8" aria-hidden="true" {
            rect.ground width="200" height="8" {}
            rect.good width=(done) height="8" {}
        }
        (fruits(&line.fruits))
    }
}

/// Renders a month's end (`GET /months/{month}`).
pub fn month(frame: &Frame, view: &MonthPage) -> Markup {
    let line = &view.line;
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/months" { "Months" } }
        h1 { (words::month(line.month)) }
        (frame::months("/months/", line.month, view.earlier, view.later))
        section.card aria-labelledby="progress" {
            h2 #progress { "The close" }
            (progress(line))
            (open(frame, view))
        }
        (totals(view))
        (exports(frame, view))
        (bills(frame, view))
        (trail(frame, &view.trail))
    };
    frame.page(&format!("Month end of {}", words::month(line.month)), &body)
}

fn open(frame: &Frame, view: &MonthPage) -> Markup {
    let listed = table(
        "Services that are not closed yet",
        [Column::wide("Service"), Column::text("Closes")],
        view.open.iter().map(|own| {
            [
                html! {
                    a href={ "/services/" (encoded(own.service_id.as_str())) } dir="auto" {
                        (own.service_name)
                    }
                },
                html! {
                    (time_in(frame, own.closes_at, own.time_zone))
                    @if own.closes_at <= frame.now { " " (badge(Tone::Warn, "Due")) }
                },
            ]
        }),
    );
    html! {
        @if !view.open.is_empty() {
            h3 { "Not closed yet" }
            (listed)
            @if view.open.len() < view.line.services - view.line.closed.min(view.line.services) {
                p.soft { "More services close later." }
            }
        }
    }
}

fn totals(view: &MonthPage) -> Markup {
    let listed = table(
        "Statements by verdict",
        [Column::text("Verdict"), Column::number("Statements"), Column::number("Worth")],
        view.totals.iter().map(|total| {
            [
                html! { (verdict(total.verdict)) },
                html! { (shown(total.statements)) },
                html! {
                    @if total.worth.is_empty() { "–" }
                    @for worth in &total.worth { p { (money(*worth)) } }
                },
            ]
        }),
    );
    html! {
        section.card aria-labelledby="totals" {
            h2 #totals { "Result" }
            @if view.totals.is_empty() { p.empty { "No statement yet." } } @else {
                (listed)
            }
            @if !view.entered.is_empty() {
                h3 { "Entered in the ledger" }
                dl.facts {
                    @for own in &view.entered {
                        dt { (own.currency) }
                        dd {
                            (words::amount(own.payable_minor, own.currency)) " payable, "
                            (words::amount(own.lapsed_minor, own.currency)) " lapsed"
                        }
                    }
                }
            }
        }
    }
}

fn exports(frame: &Frame, view: &MonthPage) -> Markup {
    html! {
        section.card aria-labelledby="exports" {
            h2 #exports { "Exports" }
            @if view.exports.is_empty() {
                p.empty { "The first revision is written once every service is closed." }
            }
            @for own in &view.exports {
                h3 {
                    "Revision " (own.revision) " "
                    @if own.manifest_sha256.is_some() { (badge(Tone::Good, "Written")) }
                    @else { (badge(Tone::Note, "Being written")) }
                }
                p.soft { "Rows as of " (time(own.frozen_at, frame.zone)) }
                @if !own.files.is_empty() { (files(own)) }
                @if let Some(digest) = &own.manifest_sha256 {
                    p { "Manifest: " code.long { (digest) } }
                }
            }
        }
    }
}

fn files(own: &ExportRevision) -> Markup {
    let columns = [Column::text("File"), Column::number("Rows"), Column::wide("SHA-256")];
    let rows = |rows: u64| number(i64::try_from(rows).unwrap_or(i64::MAX));
    let row = |file: &ExportFile| {
        [
            html! { code { (file.name) } },
            html! { (file.rows.map_or_else(|| "–".to_owned(), rows)) },
            html! { code.long { (file.sha256) } },
        ]
    };
    table(&format!("Files of revision {}", own.revision), columns, own.files.iter().map(row))
}

fn bills(frame: &Frame, view: &MonthPage) -> Markup {
    let mark = CommandForm::with(CommandName::MarkInvoiced, [("month", view.line.month.to_string())]);
    html! {
        section.card aria-labelledby="bills" {
            h2 #bills { "Bills" }
            p {
                @match view.invoiced_to {
                    Some(last) => { "The bills are out up to " strong { (words::month(last)) } "." },
                    None => "No month is marked as invoiced yet.",
                }
            }
            @if view.line.fruits.is_invoiced {
                p { "Credits entered now appear on later bills than this month’s." }
            } @else {
                (folded(frame, &mark, "invoiced-", "Mark the month as invoiced"))
            }
        }
    }
}
