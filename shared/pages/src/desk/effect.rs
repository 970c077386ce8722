//! Effect of a change, in figures before and after it: what a second person decides by.

use maud::{Markup, html};
use sla::Money;
use sla::effect::{Cost, Effect, Figures, MonthEffect, Recipients};

use super::marks::{customer_link, service_link};
use crate::table::{Column, table};
use crate::words::{count, duration, encoded, money, month, percent, verdict};

/// Renders an effect as a card.
pub(crate) fn effect(effect: &Effect) -> Markup {
    let (changed, unchanged): (Vec<_>, Vec<_>) =
        effect.months.iter().partition(|month| month.before != month.after);
    html! {
        section.card aria-labelledby="effect" {
            h2 #effect { "What it would do" }
            @if changed.is_empty() { p { "No figure of a month changes." } } @else { (months(&changed)) }
            @if !unchanged.is_empty() && !changed.is_empty() {
                p.soft { (count(unchanged.len(), "other month", "other months")) " would stay as it is." }
            }
            @if effect.others > 0 {
                p.soft { (count(effect.others, "more month", "more months")) " would be looked at, too many to list." }
            }
            @if !effect.costs.is_empty() { (costs(&effect.costs)) }
            p { (told(effect)) }
        }
    }
}

fn told(effect: &Effect) -> Markup {
    let kinds = effect.notices.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    html! {
        @match &effect.told {
            Recipients::Everyone(None) => { "Every customer is notified." }
            Recipients::Everyone(Some(region)) => {
                "Every customer with a service in the region " (region) " is notified."
            }
            Recipients::Customers(customers) if customers.is_empty() => { "No customer is notified." }
            Recipients::Customers(customers) => {
                "Notified: "
                @for (index, id) in customers.iter().enumerate() {
                    @if index > 0 { ", " }
                    (customer_link(id, id.as_str()))
                }
                "."
            }
        }
        @if !kinds.is_empty() { " " span.soft { "Notices: " (kinds) "." } }
    }
}

fn months(months: &[&MonthEffect]) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="Figures before and after" {
            table {
                thead {
                    tr {
                        th scope="col" { "Month" }
                        th scope="col" { "When" }
                        th.number scope="col" { "Downtime" }
                        th.number scope="col" { "Excluded" }
                        th.number scope="col" { "Unknown" }
                        th.number scope="col" { "Availability" }
                        th scope="col" { "Verdict" }
                        th.number scope="col" { "Credit" }
                        th.number scope="col" { "Credited" }
                    }
                }
                tbody { @for own in months { (month_rows(own)) } }
            }
        }
    }
}

fn month_rows(own: &MonthEffect) -> Markup {
    let address = format!("/statements/{}/{}", encoded(own.service_id.as_str()), own.month);
    html! {
        tr {
            th.wide scope="rowgroup" rowspan="2" {
                (service_link(&own.service_id, own.service_id.as_str()))
                p.soft { a href=(address) { (month(own.month)) } @if own.is_open { ", still open" } }
            }
            (figures("Now", &own.before))
        }
        tr { (figures("Then", &own.after)) }
    }
}

fn figures(when: &str, own: &Figures) -> Markup {
    let credit = |certain: Money, most: Money| match certain == most {
        true => money(certain),
        false => format!("{} to {}", money(certain), money(most)),
    };
    html! {
        td { (when) }
        td.number { (duration(own.down_s)) }
        td.number { (duration(own.excluded_s)) }
        td.number { (duration(own.unknown_s)) }
        td.number { (percent(own.availability_pct.as_deref())) }
        td { (verdict(own.verdict)) }
        td.number { (credit(own.credit, own.credit_max)) }
        td.number { (money(own.credited)) }
    }
}

fn costs(costs: &[Cost]) -> Markup {
    let listed = table(
        "Credits of closed months under the revision",
        [
            Column::text("Closed months"),
            Column::number("Statements"),
            Column::number("Credits as stated"),
            Column::number("Under this revision"),
        ],
        costs.iter().map(|own| {
            let amount = |minor| money(Money { minor, currency: own.currency });
            [
                html! { (month(own.from)) " to " (month(own.to)) },
                html! { (own.statements) },
                html! { (amount(own.stated_minor)) },
                html! { (amount(own.supposed_minor)) },
            ]
        }),
    );
    html! {
        (listed)
        @if costs.iter().any(|own| own.is_part) {
            p.soft { "Of the services, those were computed whose ids come first in the directory." }
        }
    }
}
