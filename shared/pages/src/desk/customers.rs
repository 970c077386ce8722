//! The list of customers, and a customer with the services.

use std::collections::BTreeMap;

use events::command::{CommandName, Subject};
use maud::{Markup, html};
use sla::service::Customer;
use sla::{CustomerId, Instant, Month, Service, ServiceId};

use super::changes::{Trail, trail};
use super::command::{CommandForm, embedded, folded};
use super::marks::{customer_link, next_page, service_link};
use crate::frame::Frame;
use crate::table::{Column, table};
use crate::words::money;
use crate::words::{Tone, badge, encoded, plan, short_number, time};

/// The page that lists customers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Customers {
    /// The customers, in display order.
    pub customers: Vec<Customer>,
    /// How many services each has.
    pub services: BTreeMap<CustomerId, usize>,
    /// Cursor of the next page (`after`), if there is one.
    pub after: Option<CustomerId>,
}

/// The page of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerPage {
    /// The customer.
    pub customer: Customer,
    /// The customer's services, in display order.
    pub services: Vec<Service>,
    /// Cursor of the next page of services (`after`), if there is one.
    pub after: Option<ServiceId>,
    /// The customer's own topic at SNS, if there is one.
    pub topic_arn: Option<String>,
    /// Its latest changes.
    pub trail: Trail,
}

/// Renders the list (`GET /customers`).
pub fn customers(frame: &Frame, view: &Customers) -> Markup {
    let listed = table(
        "Table of customers",
        [
            Column::wide("Customer"),
            Column::text("Number"),
            Column::number("Services"),
            Column::text("E-mail"),
        ],
        view.customers.iter().map(|customer| {
            let id = &customer.customer_id;
            [
                html! { (customer_link(id, &customer.name)) p.soft { code { (id) } } },
                html! { (short_number(Subject::Customer, id.as_str())) },
                html! { (view.services.get(id).copied().unwrap_or_default()) },
                html! { span dir="auto" { (customer.email.as_deref().unwrap_or("–")) } },
            ]
        }),
    );
    let body = html! {
        div.head {
            h1 { "Customers" }
            @if frame.offers(CommandName::RegisterCustomer) {
                a.button href="/customers/new" { "Register a customer" }
                a.button.second href="/imports/new" { "Import services" }
            }
        }
        section.card aria-label="Customers" {
            @if view.customers.is_empty() { p.empty { "No customer is registered yet." } } @else {
                (listed)
            }
            (next_page("/customers", view.after.as_ref().map(CustomerId::as_str)))
        }
    };
    frame.page("Customers", &body)
}

/// Renders a customer (`GET /customers/{customer_id}`).
pub fn customer(frame: &Frame, view: &CustomerPage) -> Markup {
    let Customer { customer_id, name, email, erased_at } = &view.customer;
    let here = format!("/customers/{}", encoded(customer_id.as_str()));
    let change = CommandForm::with(
        CommandName::ChangeCustomer,
        [
            ("customer_id", customer_id.to_string()),
            ("name", name.clone()),
            ("email", email.clone().unwrap_or_default()),
        ],
    );
    let index = CommandForm::with(CommandName::IndexCustomer, [("customer_id", customer_id.to_string())]);
    let erase = CommandForm::with(CommandName::ErasePersonalData, [("customer_id", customer_id.to_string())]);
    let body = html! {
        nav.crumbs aria-label="Where you are" { a href="/customers" { "Customers" } }
        h1 dir="auto" { (name) }
        p.lead {
            (short_number(Subject::Customer, customer_id.as_str())) " " code { (customer_id) }
            @if let Some(email) = email { span.soft dir="auto" { (email) } }
        }
        p.links { a href={ "/tickets?customer_id=" (encoded(customer_id.as_str())) } { "Tickets" } }
        @if let Some(at) = erased_at { (erased(frame, *at, view.topic_arn.as_deref())) }
        section.card aria-labelledby="services" {
            div.head {
                h2 #services { "Services" }
                @if frame.offers(CommandName::RegisterService) && erased_at.is_none() {
                    a.button.second href={ "/services/new?customer_id=" (encoded(customer_id.as_str())) } {
                        "Register a service"
                    }
                }
            }
            @if view.services.is_empty() { p.empty { "None is registered yet." } }
            @else { (service_table(frame, &view.services)) }
            (next_page(&here, view.after.as_ref().map(ServiceId::as_str)))
        }
        @if frame.offers(CommandName::ChangeCustomer) && erased_at.is_none() {
            section.card aria-labelledby="change" {
                h2 #change { "Change name or address" }
                (embedded(frame, &change, ""))
                (folded(frame, &index, "index-", "Enter anew into the search"))
            }
            section.card aria-labelledby="erase" {
                h2 #erase { "Personal data" }
                p {
                    "They are erased some years after the last service has ended, or on request once the contract has \
                     ended."
                }
                (folded(frame, &erase, "erase-", "Erase the personal data now"))
            }
        }
        (trail(frame, &view.trail))
    };
    frame.page(name, &body)
}

/// Says that a customer's personal data are erased, and what is left to do at SNS.
fn erased(frame: &Frame, at: Instant, topic_arn: Option<&str>) -> Markup {
    html! {
        section.card aria-labelledby="erased" {
            h2 #erased { "Personal data" }
            p {
                "The personal data were erased at " (time(at, frame.zone)) ". Texts of tickets, claims and notices end \
                 with the daily run that follows. Figures and the trail stay."
            }
            @if let Some(arn) = topic_arn {
                p {
                    "Addresses of subscribers are at SNS until the customer's own topic is deleted there: " code { (arn) }
                }
            }
        }
    }
}

fn service_table(frame: &Frame, services: &[Service]) -> Markup {
    table(
        "Table of services",
        [
            Column::wide("Service"),
            Column::text("State"),
            Column::text("Plan"),
            Column::number("Monthly fee"),
            Column::text("Region"),
            Column::text("Provided from"),
        ],
        services.iter().map(|service| {
            let (own, fee) = service.in_month(Month::of(frame.now, service.time_zone));
            [
                html! {
                    (service_link(&service.service_id, &service.name))
                    p.soft {
                        (short_number(Subject::Service, service.service_id.as_str())) " · "
                        code { (service.service_id) }
                    }
                },
                html! { (provided(frame, service)) },
                html! { (plan(own)) },
                html! { (money(fee)) },
                html! { (service.region) },
                html! { (time(service.activated_at, frame.zone)) },
            ]
        }),
    )
}

/// Says whether a service is provided now.
pub(crate) fn provided(frame: &Frame, service: &Service) -> Markup {
    match service.terminated_at {
        Some(end) if end <= frame.now => badge(Tone::Quiet, "Ended"),
        Some(_) => badge(Tone::Warn, "Ends"),
        None if service.activated_at > frame.now => badge(Tone::Note, "Upcoming"),
        None => badge(Tone::Good, "Provided"),
    }
}
