//! The list of a customer's statements: the newest revision of each service-month.

use crate::words::encoded;
use maud::{Markup, html};
use sla::availability::Verdict;
use sla::{Money, Month, ServiceId};

use crate::frame::Frame;
use crate::words::money;
use crate::words::{month, percent, verdict};

/// A statement in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service_name: String,
    /// The month.
    pub month: Month,
    /// The newest revision.
    pub revision: u32,
    /// Verdict on the commitment.
    pub verdict: Verdict,
    /// Availability in percent.
    pub availability_pct: Option<String>,
    /// Commitment in percent.
    pub commitment_pct: String,
    /// Credit of the month: the statement's `credit.amount`.
    pub credit: Money,
}

/// The page that lists statements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statements {
    /// The statements, in display order.
    pub statements: Vec<StatementLine>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<String>,
}

/// Renders the list (`GET /statements`).
pub fn statements(frame: &Frame, view: &Statements) -> Markup {
    let body = html! {
        h1 { "Statements" }
        p { "Soon after the end of a month, its statement accounts for every second of the month and shows \
             the credit." }
        section.card aria-label="Statements" {
            @if view.statements.is_empty() {
                p.empty { "No month has been closed yet." }
            } @else { (statement_table(&view.statements)) }
            @if let Some(after) = &view.after {
                p { a rel="next" href={ "/statements?after=" (encoded(after)) } { "Earlier statements →" } }
            }
        }
    };
    frame.page("Statements", &body)
}

/// Lists statements in a table.
pub(crate) fn statement_table(lines: &[StatementLine]) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="Table of statements" {
            table.stack {
                thead {
                    tr {
                        th scope="col" { "Month" }
                        th scope="col" { "Service" }
                        th scope="col" { "Commitment" }
                        th.number scope="col" { "Availability" }
                        th.number scope="col" { "Promised" }
                        th.number scope="col" { "Worth" }
                    }
                }
                tbody { @for line in lines { (row(line)) } }
            }
        }
    }
}

fn row(line: &StatementLine) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href={ "/statements/" (line.service_id) "/" (line.month) } { (month(line.month)) }
                @if line.revision > 1 { p.soft { "revision " (line.revision) } }
            }
            td.wide data-label="Service" dir="auto" { (line.service_name) }
            td data-label="Commitment" { (verdict(line.verdict)) }
            td.number data-label="Availability" { (percent(line.availability_pct.as_deref())) }
            td.number data-label="Promised" { (percent(Some(&line.commitment_pct))) }
            td.number data-label="Worth" {
                @if line.credit.minor > 0 {
                    strong { (money(line.credit)) }
                } @else { "–" }
            }
        }
    }
}
