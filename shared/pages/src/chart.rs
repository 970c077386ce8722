//! What was measured, a bar per day against its limit; the same figures stand in a table below.

use chrono::NaiveDate;
use maud::{Markup, html};
use sla::Metric;
use sla::performance::Limit;

use crate::words::{day, limit, measured, metric};

/// The height of a chart in its own units.
const HEIGHT: u64 = 120;
/// Units from one day to the next.
const STEP: usize = 10;

/// The daily means of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricDays {
    /// What was measured; values are in its stored unit: µs, kbit/s or parts per million.
    pub metric: Metric,
    /// What is promised of the month's mean.
    pub limit: Option<Limit>,
    /// The days on which something was measured, ascending.
    pub days: Vec<(NaiveDate, u32)>,
}

/// Draws the chart of a metric; `id` names its heading.
pub(crate) fn chart(view: &MetricDays, id: &str) -> Markup {
    let bound = view.limit.map(|limit| match limit {
        Limit::Below(bound) | Limit::AtLeast(bound) => bound,
    });
    let highest = view.days.iter().map(|(_, value)| *value).chain(bound).max().unwrap_or(1).max(1);
    // A tenth of the height stays free above the highest.
    let scaled = |value: u32| u64::from(value) * (HEIGHT * 10) / (u64::from(highest) * 11);
    let width = view.days.len().max(1) * STEP;
    html! {
        section.card.chart aria-labelledby=(id) {
            h3 id=(id) { (metric(view.metric)) }
            p.soft {
                @match view.limit {
                    Some(promised) => { "Promised for the month’s mean: " (limit(view.metric, promised)) },
                    None => "Nothing is promised here",
                }
            }
            @if view.days.is_empty() {
                p.empty { "Nothing was measured." }
            } @else {
                svg viewBox={ "0 0 " (width) " " (HEIGHT) } preserveAspectRatio="none" height=(HEIGHT)
                    role="img" aria-label=(told(view)) {
                    @for ((date, value), x) in view.days.iter().zip((0..).step_by(STEP)) {
                        (bar(view, *date, *value, x, scaled(*value).max(1)))
                    }
                    @if let Some(bound) = bound {
                        path.limit d={ "M0 " (HEIGHT - scaled(bound)) "h" (width) }
                            vector-effect="non-scaling-stroke" {}
                    }
                }
                @if let (Some((first, _)), Some((last, _))) = (view.days.first(), view.days.last()) {
                    p.ends.soft { span { (day(*first)) } span { (day(*last)) } }
                }
                (figures(view))
            }
        }
    }
}

fn bar(view: &MetricDays, date: NaiveDate, value: u32, x: usize, height: u64) -> Markup {
    let over = breaks(view.limit, value);
    html! {
        g {
            title { (day(date)) ": " (measured(view.metric, value)) }
            rect.over[over] x=(x + 1) y=(HEIGHT - height) width=(STEP - 2) height=(height) {}
            // What is beyond its limit has a cap, beside its colour.
            @if over { rect.cap x=(x) y=((HEIGHT - height).saturating_sub(4)) width=(STEP) height="4" {} }
        }
    }
}

const fn breaks(limit: Option<Limit>, value: u32) -> bool {
    match limit {
        Some(Limit::Below(bound)) => value >= bound,
        Some(Limit::AtLeast(bound)) => value < bound,
        None => false,
    }
}

fn told(view: &MetricDays) -> String {
    let values = || view.days.iter().map(|(_, value)| *value);
    let (Some(least), Some(most)) = (values().min(), values().max()) else { return String::new() };
    let over = values().filter(|value| breaks(view.limit, *value)).count();
    format!(
        "{} per day from {} to {}; {over} of {} days beyond the limit",
        metric(view.metric),
        measured(view.metric, least),
        measured(view.metric, most),
        view.days.len()
    )
}

fn figures(view: &MetricDays) -> Markup {
    html! {
        details {
            summary { "Figures of each day" }
            table {
                thead {
                    tr {
                        th scope="col" { "Day" }
                        th.number scope="col" { "Mean" }
                        th scope="col" { "Limit" }
                    }
                }
                tbody {
                    @for (date, value) in &view.days {
                        tr {
                            th scope="row" { (day(*date)) }
                            td.number { (measured(view.metric, *value)) }
                            td { @if breaks(view.limit, *value) { "beyond" } @else { "within" } }
                        }
                    }
                }
            }
        }
    }
}
