//! A statement as the customer sees it, with the decisions that staff can make about its month.

use events::command::CommandName;
use maud::{Markup, html};
use sla::Statement;
use sla::availability::Verdict;
use sla::claim::Claim;

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded, folded};
use super::marks::{customer_link, service_link};
use super::reviews::claim_state_link;
use crate::frame::Frame;
use crate::portal::statement as portal;
use crate::table::{Column, table};
use crate::words::money;
use crate::words::{credit_kind, duration, number, percent, time};

/// The page of a statement at the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementPage {
    /// The customer's page.
    pub page: crate::portal::StatementPage,
    /// The customer's name.
    pub customer_name: String,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders a statement (`GET /statements/{service_id}/{month}`).
pub fn statement(frame: &Frame, view: &StatementPage) -> Markup {
    let StatementPage { page, customer_name, .. } = view;
    let own = &page.statement;
    let is_newest = !own.provisional && own.revision >= page.newest_revision;
    let body = html! {
        nav.crumbs aria-label="Where you are" { (service_link(&own.service_id, &page.service_name)) }
        (portal::heading(frame, page))
        p { "Customer: " (customer_link(&own.customer_id, customer_name)) }
        @if is_newest && is_open(own) { (review(frame, page)) }
        (portal::account(frame, page))
        (claims(frame, page))
        @if is_newest && frame.offers(CommandName::RestateMonth) { (restate(frame, own)) }
        (portal::grounds(frame, page))
        (trail(frame, &view.trail))
    };
    frame.page(&portal::title(page), &body)
}

/// True if unknown time leaves a question for a reviewer.
fn is_open(statement: &Statement) -> bool {
    statement.review.is_none()
        && match statement.verdict {
            Verdict::Indeterminate => true,
            Verdict::Breached => statement.seconds.unknown > 0,
            Verdict::Met | Verdict::NotApplicable => false,
        }
}

fn of_month(command: CommandName, statement: &Statement) -> CommandForm {
    let values = [("service_id", statement.service_id.to_string()), ("month", statement.month.to_string())];
    CommandForm::with(command, values)
}

fn review(frame: &Frame, page: &crate::portal::StatementPage) -> Markup {
    let statement = &page.statement;
    let at_most = statement.credit_at_most(&page.credit_terms, page.fee);
    let seconds = statement.seconds;
    let most_s = seconds.down + seconds.unknown;
    html! {
        section.card.note aria-labelledby="review" {
            h2 #review { "Review the month" }
            p {
                @if statement.verdict == Verdict::Indeterminate {
                    "For " strong { (duration(seconds.unknown)) }
                    " it is unknown whether the service was up, and that decides the verdict: "
                } @else {
                    "The promise was missed. For " strong { (duration(seconds.unknown)) }
                    " it is unknown whether the service was up: "
                }
                "availability is between " (percent(statement.worst_pct.as_deref())) " and "
                (percent(statement.best_pct.as_deref())) ", and "
                (percent(Some(&statement.commitment_pct))) " is promised."
            }
            dl.facts {
                dt { "Downtime, at least" } dd { (number(seconds.down)) " s (" (duration(seconds.down)) ")" }
                dt { "Downtime, at most" } dd { (number(most_s)) " s (" (duration(most_s)) ")" }
                dt { "Credit" }
                dd { (money(statement.credit.amount)) " as it is; up to " (money(at_most))
                    " if all unknown time was down" }
            }
            (embedded(frame, &of_month(CommandName::ReviewStatement, statement), "review-"))
        }
    }
}

fn claims(frame: &Frame, page: &crate::portal::StatementPage) -> Markup {
    let customer = || ("customer_id", page.statement.customer_id.to_string());
    let mut file = of_month(CommandName::FileClaim, &page.statement);
    file.values.extend([customer()].map(|(name, value)| (name.to_owned(), value)));
    html! {
        section.card aria-labelledby="claims" {
            h2 #claims { "Claims" }
            @if page.claims.is_empty() { p.empty { "None for this month." } } @else {
                (claim_table(frame, &page.claims))
            }
            (folded(frame, &file, "claim-", "File a claim for the customer"))
        }
    }
}

fn claim_table(frame: &Frame, claims: &[Claim]) -> Markup {
    table(
        "Table of claims",
        [
            Column::text("Claim"),
            Column::text("For"),
            Column::text("State"),
            Column::number("Amount"),
            Column::text("Filed"),
        ],
        claims.iter().map(|claim| {
            [
                html! { (claim_state_link(claim)) },
                html! { (credit_kind(claim.kind)) },
                html! { (crate::words::claim_state(claim.state)) },
                html! { (claim.amount.map_or_else(|| "–".to_owned(), money)) },
                html! { (time(claim.filed_at, frame.zone)) },
            ]
        }),
    )
}

fn restate(frame: &Frame, statement: &Statement) -> Markup {
    html! {
        section.card aria-labelledby="restate" {
            h2 #restate { "Restate the month" }
            p { "The daily run restates a closed month by itself after decisions about exclusions and voids, \
                 and for late checks in the customer’s favour. Anything else needs this command." }
            (folded(frame, &of_month(CommandName::RestateMonth, statement), "restate-", "Restate the month"))
        }
    }
}
