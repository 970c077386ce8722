//! Imports: a file that is looked through before anything is registered, and what an import registered.

use events::command::{CommandName, RegisterService, Subject};
use events::import::{CellError, Given};
use maud::{Markup, html};
use sla::id::ImportId;
use sla::{CustomerId, ServiceId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded, folded};
use crate::form::{Field, FieldError};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::{Tone, badge, count, encoded, money, plan, short_number, time};

/// The page of a file to import.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportDraft {
    /// The file as entered.
    pub csv: String,
    /// The findings in it, once it was looked through.
    pub found: Option<ImportFindings>,
    /// The error of a file that cannot be looked through.
    pub error: Option<FieldError>,
}

/// Findings in a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportFindings {
    /// Customers to be registered.
    pub customers: Vec<CustomerId>,
    /// Services of the file, by line.
    pub services: Vec<Given<RegisterService>>,
    /// Those of them that are registered already.
    pub known: Vec<ServiceId>,
    /// Errors, by line.
    pub errors: Vec<CellError>,
}

/// The page of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPage {
    /// The import.
    pub import_id: ImportId,
    /// True if all of it is registered.
    pub is_whole: bool,
    /// True if it was taken back, or is being taken back.
    pub is_undone: bool,
    /// Customers that it registered.
    pub customers: Vec<CustomerId>,
    /// Services that it registered.
    pub services: Vec<ServiceId>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders a file to import (`GET` and `POST /imports/new`).
pub fn import_draft(frame: &Frame, view: &ImportDraft) -> Markup {
    let is_ready = view.found.as_ref().is_some_and(|found| found.errors.is_empty());
    let is_wrong = view.error.is_some() || view.found.as_ref().is_some_and(|found| !found.errors.is_empty());
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/customers" { "Customers" } }
        h1 { "Import services" }
        p.lead { "A service a line, with its customer. Nothing is registered before you have seen what \
            would be." }
        @if let Some(found) = &view.found {
            (verdict(found))
            (errors(&found.errors))
            @if is_ready {
                @let form = CommandForm::with(CommandName::ImportServices, [("csv", view.csv.clone())]);
                section.card aria-labelledby="confirm" {
                    h2 #confirm { "Import it" }
                    (embedded(frame, &form, "confirm-"))
                }
            }
            (services(frame, found))
        }
        section.card aria-labelledby="file" {
            h2 #file { "The file" }
            form method="post" action="/imports/new" novalidate {
                (frame.csrf())
                (file(view))
                button type="submit" .second[is_ready] { "Look through it" }
            }
        }
    };
    frame.page(if is_wrong { "Error: Import services" } else { "Import services" }, &body)
}

fn file(view: &ImportDraft) -> Markup {
    let hint = "Lines of CSV, or cells copied from a spreadsheet. The first line names the columns: customer_id, \
                customer_name, customer_email, service_id, name, plan, monthly_fee, currency, region, activated_at, and \
                if needed time_zone, statements_from, resolution_s, check_interval_s, max_silence_s, quorum.";
    let errors: Vec<FieldError> = view.error.iter().cloned().collect();
    Field { form: "", name: "csv", label: "CSV", hint, errors: &errors }.code(&view.csv, 16)
}

fn verdict(found: &ImportFindings) -> Markup {
    let (tone, words) = match found.errors.len() {
        0 => (Tone::Good, "It can be imported"),
        _ => (Tone::Bad, "It cannot be imported"),
    };
    let new = found.services.len().saturating_sub(found.known.len());
    html! {
        p.summary .(tone.class()) role="status" {
            (badge(tone, words))
            @if !found.errors.is_empty() { span { (count(found.errors.len(), "error", "errors")) } }
            span { (count(new, "new service", "new services")) }
            span { (count(found.customers.len(), "new customer", "new customers")) }
            @if !found.known.is_empty() {
                span { (count(found.known.len(), "service is registered already", "services are registered already")) }
            }
        }
    }
}

fn errors(errors: &[CellError]) -> Markup {
    let listed = table(
        "Table of errors",
        [Column::number("Line"), Column::text("Column"), Column::text("Value"), Column::wide("What to do")],
        errors.iter().map(|error| {
            [
                html! { (error.line) },
                html! { code { (error.column) } },
                html! { span dir="auto" { (error.value) } },
                html! { span dir="auto" { (error.error) } },
            ]
        }),
    );
    html! {
        @if !errors.is_empty() {
            section.card aria-labelledby="errors" {
                h2 #errors { "Errors" }
                (listed)
            }
        }
    }
}

fn services(frame: &Frame, found: &ImportFindings) -> Markup {
    let listed = table(
        "Table of services",
        [
            Column::number("Line"),
            Column::wide("Service"),
            Column::text("State"),
            Column::text("Customer"),
            Column::text("Plan"),
            Column::number("Monthly fee"),
            Column::text("Region"),
            Column::text("Provided from"),
        ],
        found.services.iter().map(|given| service(frame, found, given)),
    );
    html! {
        @if !found.services.is_empty() {
            section.card aria-labelledby="services" {
                h2 #services { "Services of the file" }
                (listed)
            }
        }
    }
}

fn service(frame: &Frame, found: &ImportFindings, given: &Given<RegisterService>) -> [Markup; 8] {
    let own = &given.registration;
    let (tone, state) = match found.known.contains(&own.service_id) {
        true => (Tone::Quiet, "Registered already"),
        false => (Tone::Note, "New"),
    };
    [
        html! { (given.line) },
        html! {
            span dir="auto" { (own.name.as_str()) }
            p.soft { code { (own.service_id) } }
        },
        html! { (badge(tone, state)) },
        html! { code { (own.customer_id) } },
        html! { (plan(own.plan)) },
        html! { (money(own.monthly_fee)) },
        html! { (own.region) },
        html! { (time(own.activated_at, frame.zone)) },
    ]
}

/// Renders an import (`GET /imports/{import_id}`).
pub fn import(frame: &Frame, view: &ImportPage) -> Markup {
    let undo = CommandForm::with(CommandName::UndoImport, [("import_id", view.import_id.to_string())]);
    let (tone, state) = match (view.is_undone, view.is_whole) {
        (true, _) => (Tone::Quiet, "Undone"),
        (false, true) => (Tone::Good, "Imported"),
        (false, false) => (Tone::Warn, "Interrupted: import the same file again, and it goes on"),
    };
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/customers" { "Customers" } }
        h1 { "Import" }
        p.lead { (badge(tone, state)) " " (short_number(Subject::Import, view.import_id.as_str())) " · " code { (view.import_id) } }
        section.card aria-labelledby="services" {
            h2 #services { (count(view.services.len(), "service", "services")) }
            @if view.services.is_empty() { p.empty { "None." } }
            ul { @for id in &view.services { li { (link(view, "/services/", id.as_str())) } } }
        }
        section.card aria-labelledby="customers" {
            h2 #customers { (count(view.customers.len(), "customer", "customers")) }
            @if view.customers.is_empty() { p.empty { "None." } }
            ul { @for id in &view.customers { li { (link(view, "/customers/", id.as_str())) } } }
        }
        @if !view.is_undone && frame.offers(CommandName::UndoImport) {
            section.card aria-labelledby="undo" {
                h2 #undo { "If it was wrong" }
                (folded(frame, &undo, "undo-", "Undo the import"))
            }
        }
        (trail(frame, &view.trail))
    };
    frame.page("Import", &body)
}

/// Renders an id, with a link to its page while there is one.
fn link(view: &ImportPage, start: &str, id: &str) -> Markup {
    html! {
        @if view.is_undone { code { (id) } }
        @else { a href={ (start) (encoded(id)) } { code { (id) } } }
    }
}
