//! Windows: the excluded time of a service, as a union of slots.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clause::Clause;
use crate::named;
use crate::{Instant, Resolution, Span};

named! {
    /// The kind of excluded time.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum WindowKind {
        /// "… excluding scheduled maintenance."
        Maintenance = "maintenance",
        /// "Natural disasters, war, terrorism, and other events that cannot be predicted or controlled."
        ForceMajeure = "force_majeure",
        /// "Failures or outages from third-party services …"
        ThirdParty = "third_party",
        /// "Distributed denial of service (DDoS) attacks or other malicious activity …"
        CyberAttack = "cyber_attack",
    }
}

impl From<Clause> for WindowKind {
    fn from(clause: Clause) -> Self {
        match clause {
            Clause::ForceMajeure => Self::ForceMajeure,
            Clause::ThirdParty => Self::ThirdParty,
            Clause::CyberAttack => Self::CyberAttack,
        }
    }
}

/// A stretch of time that does not count for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// Its first instant.
    pub starts_at: Instant,
    /// The first instant after it.
    pub ends_at: Instant,
    /// The kind.
    pub kind: WindowKind,
    /// The window's or exclusion's id.
    pub id: String,
}

impl Window {
    /// Returns the window's span.
    pub fn span(&self) -> Span {
        Span::new(self.starts_at, self.ends_at)
    }
}

/// A window as a statement lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Excluded {
    /// The window's first instant.
    pub starts_at: Instant,
    /// The first instant after the window.
    pub ends_at: Instant,
    /// The kind.
    pub kind: WindowKind,
    /// The window's or exclusion's id.
    pub id: String,
    /// The seconds that it takes out of the period. Where windows overlap, a second is listed with the window
    /// that starts first, so that the column adds up to the statement's excluded seconds.
    pub excluded_s: i64,
}

/// Lists the windows of a period with the seconds each takes out, and the ascending union of their slots.
pub fn exclude(windows: &[Window], resolution: Resolution, period: Span) -> (Vec<Excluded>, Vec<Span>) {
    let mut sorted: Vec<&Window> = windows.iter().filter(|w| w.span().overlaps(period)).collect();
    sorted.sort_by(|a, b| {
        (a.starts_at, a.ends_at, a.kind, &a.id).cmp(&(b.starts_at, b.ends_at, b.kind, &b.id))
    });
    let mut union: Vec<Span> = Vec::new();
    let mut listed = Vec::with_capacity(sorted.len());
    for window in sorted {
        let slots = resolution.slots_in(window.span()).intersect(period);
        let taken_to = union.last().map_or(period.start, |last| last.end);
        let own = Span::new(slots.start.max(taken_to), slots.end);
        if !own.is_empty() {
            match union.last_mut() {
                Some(last) if last.end == own.start => last.end = own.end,
                _ => union.push(own),
            }
        }
        let Window { starts_at, ends_at, kind, id } = window.clone();
        listed.push(Excluded { starts_at, ends_at, kind, id, excluded_s: own.length_s() });
    }
    (listed, union)
}

/// Returns the seconds of a span that an ascending union of spans covers.
pub fn excluded_s(span: Span, union: &[Span]) -> i64 {
    let first = union.partition_point(|window| window.end <= span.start);
    union[first..].iter().take_while(|w| w.start < span.end).map(|w| w.intersect(span).length_s()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn overlapping_windows_are_a_union_whose_parts_add_up() {
        let window = |id: &str, start: &str, end: &str| Window {
            starts_at: at(start),
            ends_at: at(end),
            kind: WindowKind::Maintenance,
            id: id.into(),
        };
        let windows = [
            window("b", "2026-06-10T01:00:00Z", "2026-06-10T03:00:30Z"),
            window("a", "2026-06-10T00:00:00Z", "2026-06-10T02:00:00Z"),
            window("c", "2026-06-10T01:30:00Z", "2026-06-10T01:40:00Z"),
            window("d", "2026-06-11T00:00:00Z", "2026-06-11T00:00:01Z"),
        ];
        let period = Span::new(at("2026-06-10T00:30:00Z"), at("2026-07-01T00:00:00Z"));
        let (listed, union) = exclude(&windows, 60.try_into().unwrap(), period);
        let seconds: Vec<_> = listed.iter().map(|x| (x.id.as_str(), x.excluded_s)).collect();
        assert_eq!(seconds, [("a", 5400), ("b", 3660), ("c", 0), ("d", 60)]);
        assert_eq!(union.iter().map(|s| s.length_s()).sum::<i64>(), 5400 + 3660 + 60);
        assert_eq!(union.len(), 2);
    }
}
