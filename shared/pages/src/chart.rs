//! Performance charts: a bar per day against the metric's limit, and the same figures in a table below.

use chrono::{NaiveDate, TimeDelta};
use maud::{Markup, html};
use sla::performance::Limit;
use sla::{Metric, Month, Zone};

use crate::words::{day, limit, measured, metric};

/// Height of a chart in pixels; its width is flexible.
const HEIGHT: u64 = 120;
/// Height of a line of the limit's label, in pixels.
const LINE_HEIGHT: u64 = 14;
/// The full width, in hundredths of a percent.
const WIDTH: i64 = 10_000;

/// The daily means of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricDays {
    /// The metric; its values are in its stored unit: µs, kbit/s or parts per million.
    pub metric: Metric,
    /// The limit promised for the month's mean, if any.
    pub limit: Option<Limit>,
    /// The days with measurements and their means, ascending.
    pub days: Vec<(NaiveDate, u32)>,
}

/// The horizontal axis: the days of a month side by side.
#[derive(Clone, Copy)]
struct Axis {
    first: NaiveDate,
    days: i64,
}

impl Axis {
    fn of(month: Month) -> Self {
        let first = |month: Month| Zone::UTC.date(month.start(Zone::UTC));
        let days = first(month.next()).signed_duration_since(first(month)).num_days();
        Self { first: first(month), days: days.max(1) }
    }

    /// The last day.
    fn last(self) -> NaiveDate {
        self.first.checked_add_signed(TimeDelta::days(self.days - 1)).unwrap_or(self.first)
    }

    /// Returns the left edge of a date's bar in hundredths of a percent, or `None` if it lies in another
    /// month.
    fn place(self, date: NaiveDate) -> Option<i64> {
        let ahead = date.signed_duration_since(self.first).num_days();
        (0..self.days).contains(&ahead).then(|| ahead * WIDTH / self.days)
    }

    /// Returns the width of a day in hundredths of a percent.
    const fn step(self) -> i64 {
        WIDTH / self.days
    }
}

/// Draws a metric's chart of a month; `id` names its heading.
pub(crate) fn chart(view: &MetricDays, month: Month, id: &str) -> Markup {
    let axis = Axis::of(month);
    html! {
        section.card.chart aria-labelledby=(id) {
            h3 id=(id) { (metric(view.metric)) }
            p.soft {
                @match view.limit {
                    Some(promised) => { "Promised for the month’s mean: " (limit(view.metric, promised)) },
                    None => "No limit is promised",
                }
            }
            @if view.days.is_empty() {
                p.empty { "Nothing was measured." }
            } @else {
                (plot(view, axis))
                (figures(view))
            }
        }
    }
}

fn plot(view: &MetricDays, axis: Axis) -> Markup {
    let bound = view.limit.map(|limit| match limit {
        Limit::Below(bound) | Limit::AtLeast(bound) => bound,
    });
    let highest = view.days.iter().map(|(_, value)| *value).chain(bound).max().unwrap_or(1).max(1);
    // A tenth of the height stays free above the highest bar.
    let scaled = |value: u32| u64::from(value) * (HEIGHT * 10) / (u64::from(highest) * 11);
    html! {
        div.plot role="img" aria-label=(told(view)) {
            svg height=(HEIGHT) aria-hidden="true" {
                @for (date, value) in &view.days {
                    @if let Some(place) = axis.place(*date) {
                        (bar(view, (*date, *value), (place, axis.step()), scaled(*value).max(1)))
                    }
                }
                @if let Some(bound) = bound { (limit_line(HEIGHT - scaled(bound))) }
            }
            @if let Some(bound) = bound {
                // The label stands at its line, or as close to it as the height admits.
                @let y = (HEIGHT - scaled(bound)).clamp(LINE_HEIGHT, HEIGHT - LINE_HEIGHT);
                svg.scale height=(HEIGHT) aria-hidden="true" {
                    text x="4" y=(y - 2) { "Limit" }
                    text x="4" y=(y + LINE_HEIGHT - 3) { (measured(view.metric, bound)) }
                }
            }
        }
        p.ends.soft .labelled[bound.is_some()] { span { (day(axis.first)) } span { (day(axis.last())) } }
    }
}

/// Draws the limit over the bars, with an edge in the background colour that keeps it visible on any bar.
fn limit_line(y: u64) -> Markup {
    html! {
        line.edge x1="0" x2="100%" y1=(y) y2=(y) {}
        line.limit x1="0" x2="100%" y1=(y) y2=(y) {}
    }
}

fn bar(view: &MetricDays, (date, value): (NaiveDate, u32), (place, step): (i64, i64), height: u64) -> Markup {
    let over = breaks(view.limit, value);
    let top = HEIGHT - height;
    html! {
        g {
            title { (day(date)) ": " (measured(view.metric, value)) }
            rect.over[over] x=(part(place + step / 10)) y=(top) width=(part(step * 4 / 5)) height=(height) {}
            // A bar beyond the limit has a cap: colour alone must not tell.
            @if over { rect.cap x=(part(place)) y=(top.saturating_sub(4)) width=(part(step)) height="4" {} }
        }
    }
}

/// Writes hundredths of a percent as a percentage.
fn part(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_stands_at_its_date_and_days_of_other_months_nowhere() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let axis = Axis::of("2026-06".parse().unwrap());
        assert_eq!((axis.first, axis.last(), axis.step()), (date("2026-06-01"), date("2026-06-30"), 333));
        let places = ["2026-05-31", "2026-06-01", "2026-06-16", "2026-06-30", "2026-07-01"];
        assert_eq!(
            places.map(|text| axis.place(date(text))),
            [None, Some(0), Some(5_000), Some(9_666), None]
        );
        assert_eq!(Axis::of("2026-02".parse().unwrap()).last(), date("2026-02-28"));
        assert_eq!([0, 5_000, 9_666].map(part), ["0.00%", "50.00%", "96.66%"]);
    }

    #[test]
    fn a_day_without_a_measurement_is_a_gap() {
        let days = ["2026-06-01", "2026-06-16"].map(|date| (date.parse().unwrap(), 20_000));
        let view = MetricDays { metric: Metric::LatencyMs, limit: None, days: days.to_vec() };
        let drawn = chart(&view, "2026-06".parse().unwrap(), "latency").into_string();
        assert!(drawn.contains(r#" x="0.33%""#) && drawn.contains(r#" x="50.33%""#), "{drawn}");
        assert_eq!(drawn.matches("<rect").count(), 2);
    }
}
