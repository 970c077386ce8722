//! A month minute by minute: a row per local day, each state with its own height and shape.

use chrono::{Datelike, Days, NaiveDate};
use maud::{Markup, html};
use sla::availability::Seconds;
use sla::quorum::Stretch;
use sla::{Month, Span, Status, Zone};

use crate::words::duration;

/// Minimum width of a mark in minutes, so that a single minute is visible on a phone.
const MARK_MIN: i64 = 4;
/// Upper bound on the days of a month.
const DAYS_MAX: u64 = 32;

/// The drawn kind of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shade {
    Up,
    Degraded,
    Down,
    Unknown,
    Excluded,
}

impl Shade {
    const ALL: [Self; 5] = [Self::Up, Self::Degraded, Self::Down, Self::Unknown, Self::Excluded];

    const fn of(status: Status) -> Self {
        match status {
            Status::Up => Self::Up,
            Status::Degraded => Self::Degraded,
            Status::Down => Self::Down,
            Status::Unknown => Self::Unknown,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Unknown => "unknown",
            Self::Excluded => "excluded",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Up => "Up: a line in the middle",
            Self::Degraded => "Degraded, counts as up: a broad band",
            Self::Down => "Down: the whole height",
            Self::Unknown => "Unknown: hollow",
            Self::Excluded => "Excluded: below the line",
        }
    }

    /// Returns the path of `minutes` from the minute `from` on, in a row of 18 units.
    fn draw(self, from: i64, minutes: i64) -> String {
        let bar = |top: i64, height: i64| format!("M{from} {top}h{minutes}v{height}h-{minutes}z");
        match self {
            Self::Up => bar(7, 4),
            Self::Degraded => bar(4, 10),
            Self::Down => bar(0, 18),
            Self::Unknown => bar(2, 2) + &bar(14, 2),
            Self::Excluded => bar(12, 6),
        }
    }
}

/// A local day of the month.
struct Row {
    /// Day of the month, by which other pages link to the row.
    day: u32,
    label: String,
    minutes: i64,
    paths: [String; 5],
    degraded_s: i64,
    seconds: Seconds,
}

/// Draws a month in the zone of its days; `combined` and `union` come from the month's account.
pub(crate) fn timeline(month: Month, zone: Zone, combined: &[Stretch], union: &[Span]) -> Markup {
    let rows = rows(month, zone, combined, union);
    let width = rows.iter().map(|row| row.minutes).max().unwrap_or(1440);
    html! {
        ul.legend aria-label="How time is drawn" {
            @for shade in Shade::ALL {
                li {
                    svg.row viewBox="0 0 36 18" width="36" height="18" aria-hidden="true" {
                        path.(shade.class()) d=(shade.draw(0, 36)) {}
                    }
                    (shade.words())
                }
            }
        }
        table.minutes {
            caption.unseen { "Each day of the month, with the time that was not up" }
            thead {
                tr {
                    th scope="col" { "Day" }
                    th.hours scope="col" { span { "0 h" } span { "6" } span { "12" } span { "18" } span {
                        "24" } }
                    th scope="col" { "Not up" }
                }
            }
            tbody {
                @for row in &rows { (drawn(row, width)) }
            }
        }
    }
}

fn drawn(row: &Row, width: i64) -> Markup {
    html! {
        tr id={ "day-" (row.day) } {
            th scope="row" { (row.label) }
            td {
                svg.row viewBox={ "0 0 " (width) " 18" } preserveAspectRatio="none" height="18"
                    aria-hidden="true" {
                    @for hour in [6, 12, 18] {
                        path.grid d={ "M" (hour * 60) " 0v18" } {}
                    }
                    @for (shade, path) in Shade::ALL.into_iter().zip(&row.paths) {
                        @if !path.is_empty() { path.(shade.class()) d=(path) {} }
                    }
                }
            }
            td {
                @if row.seconds.period == 0 { span.soft { "–" } }
                @else if row.seconds.up == row.seconds.period && row.degraded_s == 0 { span.soft { "up" } }
                @else { (spent_words(row)) }
            }
        }
    }
}

fn spent_words(row: &Row) -> String {
    let mut parts = Vec::new();
    if row.seconds.up != row.seconds.period {
        parts.push(spent(row.seconds));
    }
    if row.degraded_s > 0 {
        parts.push(format!("{} degraded", duration(row.degraded_s)));
    }
    parts.join(", ")
}

fn rows(month: Month, zone: Zone, combined: &[Stretch], union: &[Span]) -> Vec<Row> {
    let bounds = month.bounds(zone);
    let first = zone.date(bounds.start);
    let days = (0..DAYS_MAX).filter_map(|ahead| {
        let date = first.checked_add_days(Days::new(ahead))?;
        let next = date.checked_add_days(Days::new(1))?;
        let day = Span::new(zone.midnight(date), zone.midnight(next)).intersect(bounds);
        (!day.is_empty()).then(|| row(date, day, combined, union))
    });
    days.collect()
}

fn row(date: NaiveDate, day: Span, combined: &[Stretch], union: &[Span]) -> Row {
    let first = combined.partition_point(|stretch| stretch.span.end <= day.start);
    let within = combined[first..].iter().take_while(|stretch| stretch.span.start < day.end);
    let mut paths: [String; 5] = Default::default();
    let mut degraded_s = 0;
    let mut clipped = Vec::new();
    for stretch in within {
        let stretch = Stretch { span: stretch.span.intersect(day), status: stretch.status };
        for (span, shade) in pieces(stretch, union) {
            if shade == Shade::Degraded {
                degraded_s += span.length_s();
            }
            let (from, to) = (minute(day, span.start), minute(day, span.end));
            let wide = if shade == Shade::Up { to - from } else { (to - from).max(MARK_MIN) };
            paths[shade as usize].push_str(&shade.draw(from, wide));
        }
        clipped.push(stretch);
    }
    let seconds = Seconds::partition(&clipped, union);
    let (day_of_month, label) = (date.day(), date.format("%a %-d").to_string());
    Row { day: day_of_month, label, minutes: day.length_s() / 60, paths, degraded_s, seconds }
}

fn minute(day: Span, at: sla::Instant) -> i64 {
    (at.epoch_s() - day.start.epoch_s()) / 60
}

/// Splits a stretch at the excluded time.
fn pieces(stretch: Stretch, union: &[Span]) -> Vec<(Span, Shade)> {
    let own = Shade::of(stretch.status);
    let mut cut = Vec::new();
    let mut from = stretch.span.start;
    let first = union.partition_point(|span| span.end <= stretch.span.start);
    for excluded in union[first..].iter().take_while(|span| span.start < stretch.span.end) {
        let excluded = excluded.intersect(stretch.span);
        cut.push((Span::new(from, excluded.start), own));
        cut.push((excluded, Shade::Excluded));
        from = excluded.end;
    }
    cut.push((Span::new(from, stretch.span.end), own));
    cut.retain(|(span, _)| !span.is_empty());
    cut
}

/// Writes the seconds of a day that were not up, by kind, or `up`.
pub(crate) fn spent(seconds: Seconds) -> String {
    let parts = [(seconds.down, "down"), (seconds.unknown, "unknown"), (seconds.excluded, "excluded")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(part_s, _)| *part_s > 0)
        .map(|(part_s, word)| format!("{} {word}", duration(*part_s)))
        .collect();
    if parts.is_empty() { "up".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span::new(from.parse().unwrap(), to.parse().unwrap())
    }

    #[track_caller]
    fn check(zone: &str, month: &str, expect: (usize, &str, i64, i64)) {
        let (zone, month): (Zone, Month) = (zone.parse().unwrap(), month.parse().unwrap());
        let up = Stretch { span: month.bounds(zone), status: Status::Up };
        let rows = rows(month, zone, &[up], &[]);
        let short = rows.iter().find(|row| row.minutes != 1440).unwrap_or(&rows[0]);
        let minutes = rows.iter().map(|row| row.minutes).sum();
        assert_eq!((rows.len(), short.label.as_str(), short.minutes, minutes), expect);
    }

    #[test]
    fn every_local_day_has_a_row_of_its_own_length() {
        check("UTC", "2026-06", (30, "Mon 1", 1440, 720 * 60));
        check("Europe/Berlin", "2026-03", (31, "Sun 29", 1380, 743 * 60));
        check("Europe/Berlin", "2026-10", (31, "Sun 25", 1500, 745 * 60));
    }

    #[test]
    fn what_is_excluded_is_drawn_as_such_and_the_rest_as_it_was() {
        let stretch =
            Stretch { span: span("2026-06-03T12:00:00Z", "2026-06-03T13:00:00Z"), status: Status::Down };
        let union = [
            span("2026-06-03T11:00:00Z", "2026-06-03T12:10:00Z"),
            span("2026-06-03T12:30:00Z", "2026-06-03T12:40:00Z"),
            span("2026-06-03T14:00:00Z", "2026-06-03T15:00:00Z"),
        ];
        let shades = pieces(stretch, &union);
        let shades: Vec<_> = shades.iter().map(|(span, shade)| (span.length_s() / 60, *shade)).collect();
        assert_eq!(
            shades,
            [(10, Shade::Excluded), (20, Shade::Down), (10, Shade::Excluded), (20, Shade::Down)]
        );
    }

    #[test]
    fn a_single_minute_is_wide_enough_to_be_seen() {
        let down =
            Stretch { span: span("2026-06-03T12:00:00Z", "2026-06-03T12:01:00Z"), status: Status::Down };
        let row =
            row(NaiveDate::default(), span("2026-06-03T00:00:00Z", "2026-06-04T00:00:00Z"), &[down], &[]);
        assert_eq!(row.paths[Shade::Down as usize], "M720 0h4v18h-4z");
        assert_eq!(row.seconds.down, 60);
    }
}
