//! What does not count: scheduled maintenance, and exclusions under the agreement's clauses (rules, 3).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::StaffId;
use crate::{ExclusionId, Instant, RegionId, Resolution, ServiceId, Span, Terms, WindowId};

/// A window or an exclusion may be this long at most: 31 days.
pub const WINDOW_S_MAX: i64 = 31 * 86_400;
/// Services that one window or exclusion may name; for more, name a region or all.
pub const NAMED_SERVICES_MAX: usize = 25;

/// Why a stretch of time does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// "… excluding scheduled maintenance."
    Maintenance,
    /// "Natural disasters, war, terrorism, and other events that cannot be predicted or controlled."
    ForceMajeure,
    /// "Failures or outages from third-party services …"
    ThirdParty,
    /// "Distributed denial of service (DDoS) attacks or other malicious activity …"
    CyberAttack,
}

impl WindowKind {
    /// Returns the kind's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::ForceMajeure => "force_majeure",
            Self::ThirdParty => "third_party",
            Self::CyberAttack => "cyber_attack",
        }
    }
}

/// A clause of "Exclusions and Limitations" under which time may be excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// Force majeure.
    ForceMajeure,
    /// Third-party outages.
    ThirdParty,
    /// Cyber attacks.
    CyberAttack,
}

impl Clause {
    /// Returns the clause's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForceMajeure => "force_majeure",
            Self::ThirdParty => "third_party",
            Self::CyberAttack => "cyber_attack",
        }
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
    /// Why it does not count.
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
    /// Why it does not count.
    pub kind: WindowKind,
    /// The window's or exclusion's id.
    pub id: String,
    /// The seconds that it takes out of the period. Where windows overlap, a second is listed with the one that
    /// starts first, so that the column adds up to the statement's excluded seconds.
    pub excluded_s: i64,
}

/// The windows of a period: what each takes out, and the ascending union of their slots.
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

/// Returns how many seconds of a span an ascending union of spans takes out.
pub fn excluded_s(span: Span, union: &[Span]) -> i64 {
    let first = union.partition_point(|window| window.end <= span.start);
    union[first..].iter().take_while(|w| w.start < span.end).map(|w| w.intersect(span).length_s()).sum()
}

/// What a maintenance window is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, try_from = "ScopeFields")]
pub enum Scope {
    /// Some services by name.
    Services {
        /// Their ids.
        services: BTreeSet<ServiceId>,
    },
    /// Every service of a region.
    Region {
        /// The region.
        region: RegionId,
    },
    /// Every service.
    All {
        /// Always true.
        all: bool,
    },
}

/// A scope as it is written: exactly one of the fields.
#[derive(Deserialize, JsonSchema)]
struct ScopeFields {
    services: Option<BTreeSet<ServiceId>>,
    region: Option<RegionId>,
    all: Option<bool>,
}

impl TryFrom<ScopeFields> for Scope {
    type Error = &'static str;
    fn try_from(fields: ScopeFields) -> Result<Self, Self::Error> {
        match fields {
            ScopeFields { services: Some(services), region: None, all: None } => {
                Ok(Self::Services { services })
            }
            ScopeFields { services: None, region: Some(region), all: None } => Ok(Self::Region { region }),
            ScopeFields { services: None, region: None, all: Some(all) } => Ok(Self::All { all }),
            _ => {
                Err("a scope has exactly one of `services` (a list of ids), `region` (an id) or `all` (true)")
            }
        }
    }
}

impl Scope {
    /// Says whether the scope names this service or its region, or all.
    pub fn covers(&self, service_id: &ServiceId, region: &RegionId) -> bool {
        match self {
            Self::Services { services } => services.contains(service_id),
            Self::Region { region: named } => named == region,
            Self::All { all } => *all,
        }
    }
}

/// Scheduled maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Maintenance {
    /// The window's id.
    pub window_id: WindowId,
    /// Its first instant.
    pub starts_at: Instant,
    /// The first instant after it (after shortening, the new one).
    pub ends_at: Instant,
    /// What it is about.
    pub scope: Scope,
    /// Why it is needed.
    pub reason: String,
    /// When it was announced.
    pub announced_at: Instant,
    /// When it was last shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortened_at: Option<Instant>,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Instant>,
}

/// Why a window or an exclusion is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// No time at all.
    #[error("ends_at: {1} is not after starts_at {0}: give an end after the start")]
    Empty(Instant, Instant),
    /// Longer than 31 days.
    #[error("ends_at: {1} lies more than 31 days after starts_at {0}: split it")]
    TooLong(Instant, Instant),
    /// Names too many services, or none.
    #[error("services: {0} named, but 1 to {NAMED_SERVICES_MAX} can be: split it, or name a region or all")]
    Services(usize),
    /// `{"all": false}`.
    #[error("scope: all is false: name services or a region, or write true")]
    NotAll,
    /// Announced too late.
    #[error(
        "starts_at: {0} is less than {1} h after the announcement at {2}: maintenance on shorter notice counts as downtime"
    )]
    Notice(Instant, i64, Instant),
    /// Already over.
    #[error("the window ended at {0}: what has happened cannot be changed")]
    Over(Instant),
    /// Cancelled before.
    #[error("the window was cancelled at {0}: announce a new one")]
    Cancelled(Instant),
    /// Already begun.
    #[error("the window began at {0}: it can only be shortened now")]
    Begun(Instant),
    /// Shortening to an instant that is past or not inside the window.
    #[error(
        "ends_at: {0} must lie after {1}, not before now ({2}), and before the present end {3}: windows are never extended"
    )]
    NotShorter(Instant, Instant, Instant, Instant),
    /// A clause that the terms do not have.
    #[error("clause: {} is no clause of the terms in force: they have {}", .0.as_str(), .1)]
    Clause(Clause, String),
    /// An exclusion for time to come.
    #[error("ends_at: {0} lies after now ({1}): exclusions are raised for the past")]
    Future(Instant, Instant),
    /// An exclusion raised too late.
    #[error("ends_at: {0} lies more than {1} days before now ({2}): exclusions are raised within {1} days")]
    TooLate(Instant, i64, Instant),
    /// The same person raised and decides.
    #[error("decided_by: `{0}` raised the exclusion: another person must decide it")]
    SamePerson(StaffId),
    /// The state does not allow it.
    #[error("the exclusion is {0}: only one that is {1}; raise a new one if need be")]
    State(&'static str, &'static str),
}

fn check_span(span: Span) -> Result<(), WindowError> {
    if span.is_empty() {
        Err(WindowError::Empty(span.start, span.end))
    } else if span.length_s() > WINDOW_S_MAX {
        Err(WindowError::TooLong(span.start, span.end))
    } else {
        Ok(())
    }
}

fn check_services(services: &BTreeSet<ServiceId>) -> Result<(), WindowError> {
    if (1..=NAMED_SERVICES_MAX).contains(&services.len()) {
        Ok(())
    } else {
        Err(WindowError::Services(services.len()))
    }
}

impl Maintenance {
    /// Announces a window at `announced_at` under the terms' notice.
    ///
    /// # Errors
    /// An impossible span or scope, or too short a notice.
    pub fn announce(self, terms: &Terms) -> Result<Self, WindowError> {
        check_span(Span::new(self.starts_at, self.ends_at))?;
        match &self.scope {
            Scope::Services { services } => check_services(services)?,
            Scope::All { all: false } => return Err(WindowError::NotAll),
            Scope::Region { .. } | Scope::All { .. } => {}
        }
        let notice_h = terms.maintenance.notice_h;
        if self.starts_at < self.announced_at.plus_s(notice_h * 3600) {
            return Err(WindowError::Notice(self.starts_at, notice_h, self.announced_at));
        }
        Ok(self)
    }

    /// Ends the window earlier.
    ///
    /// # Errors
    /// A window that is over or cancelled; an end outside of it or in the past.
    pub fn shorten(&self, ends_at: Instant, now: Instant) -> Result<Self, WindowError> {
        self.check_open(now)?;
        if ends_at <= self.starts_at || ends_at < now || ends_at >= self.ends_at {
            return Err(WindowError::NotShorter(ends_at, self.starts_at, now, self.ends_at));
        }
        Ok(Self { ends_at, shortened_at: Some(now), ..self.clone() })
    }

    /// Cancels the window before it begins.
    ///
    /// # Errors
    /// A window that has begun, is over, or was cancelled.
    pub fn cancel(&self, now: Instant) -> Result<Self, WindowError> {
        self.check_open(now)?;
        if now >= self.starts_at {
            return Err(WindowError::Begun(self.starts_at));
        }
        Ok(Self { cancelled_at: Some(now), ..self.clone() })
    }

    fn check_open(&self, now: Instant) -> Result<(), WindowError> {
        match self.cancelled_at {
            Some(at) => Err(WindowError::Cancelled(at)),
            None if now >= self.ends_at => Err(WindowError::Over(self.ends_at)),
            None => Ok(()),
        }
    }

    /// Returns what does not count, if the window stands.
    pub fn window(&self) -> Option<Window> {
        self.cancelled_at.is_none().then(|| Window {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            kind: WindowKind::Maintenance,
            id: self.window_id.to_string(),
        })
    }
}

/// How an exclusion was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// The time does not count.
    Approve,
    /// The time counts.
    Reject,
}

/// A step in the life of an exclusion, by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Who.
    pub by: StaffId,
    /// Why.
    pub note: String,
    /// When.
    pub at: Instant,
}

/// An exclusion under a clause of the agreement: raised by one person with evidence, decided by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exclusion {
    /// The exclusion's id.
    pub exclusion_id: ExclusionId,
    /// The services whose time it covers.
    pub services: BTreeSet<ServiceId>,
    /// The clause.
    pub clause: Clause,
    /// The first instant that it covers.
    pub starts_at: Instant,
    /// The first instant after that.
    pub ends_at: Instant,
    /// What shows that the clause applies.
    pub evidence: String,
    /// Who raised it.
    pub raised_by: StaffId,
    /// When it was raised.
    pub raised_at: Instant,
    /// How it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// By whom, why and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Step>,
    /// Who withdrew it, why and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Step>,
}

impl Exclusion {
    /// Raises an exclusion at `raised_at`.
    ///
    /// # Errors
    /// An impossible span or list, a clause that the terms do not have, time to come, or time too long past.
    pub fn raise(self, terms: &Terms) -> Result<Self, WindowError> {
        check_span(Span::new(self.starts_at, self.ends_at))?;
        check_services(&self.services)?;
        let clauses = &terms.exclusions.clauses;
        if !clauses.contains(&self.clause) {
            let clauses: Vec<&str> = clauses.iter().map(|clause| clause.as_str()).collect();
            return Err(WindowError::Clause(self.clause, clauses.join(", ")));
        }
        let (now, days) = (self.raised_at, terms.exclusions.raise_days);
        if self.ends_at > now {
            Err(WindowError::Future(self.ends_at, now))
        } else if self.ends_at.plus_s(days * 86_400) < now {
            Err(WindowError::TooLate(self.ends_at, days, now))
        } else {
            Ok(self)
        }
    }

    /// Returns the state: `raised`, `approved`, `rejected` or `withdrawn`.
    pub fn state(&self) -> &'static str {
        match (&self.withdrawal, self.ruling) {
            (Some(_), _) => "withdrawn",
            (None, Some(Ruling::Approve)) => "approved",
            (None, Some(Ruling::Reject)) => "rejected",
            (None, None) => "raised",
        }
    }

    /// Decides a raised exclusion.
    ///
    /// # Errors
    /// The person who raised it, or an exclusion that is no longer open.
    pub fn decide(&self, ruling: Ruling, step: Step) -> Result<Self, WindowError> {
        if step.by == self.raised_by {
            return Err(WindowError::SamePerson(step.by));
        }
        match self.state() {
            "raised" => Ok(Self { ruling: Some(ruling), decision: Some(step), ..self.clone() }),
            state => Err(WindowError::State(state, "raised can be decided")),
        }
    }

    /// Withdraws a raised or approved exclusion: its seconds count again.
    ///
    /// # Errors
    /// An exclusion that was rejected or withdrawn.
    pub fn withdraw(&self, step: Step) -> Result<Self, WindowError> {
        match self.state() {
            "raised" | "approved" => Ok(Self { withdrawal: Some(step), ..self.clone() }),
            state => Err(WindowError::State(state, "raised or approved can be withdrawn")),
        }
    }

    /// Returns what does not count, if the exclusion is approved and stands.
    pub fn window(&self) -> Option<Window> {
        (self.state() == "approved").then(|| Window {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            kind: self.clause.into(),
            id: self.exclusion_id.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn maintenance(announced_at: &str) -> Maintenance {
        Maintenance {
            window_id: "w-1".parse().unwrap(),
            starts_at: at("2026-06-10T02:00:00Z"),
            ends_at: at("2026-06-10T04:00:00Z"),
            scope: Scope::All { all: true },
            reason: "switch replacement".into(),
            announced_at: at(announced_at),
            shortened_at: None,
            cancelled_at: None,
        }
    }

    #[test]
    fn maintenance_needs_its_notice_to_the_second() {
        let terms = Terms::built_in();
        assert!(maintenance("2026-06-07T02:00:00Z").announce(&terms).is_ok());
        insta::assert_snapshot!(maintenance("2026-06-07T02:00:01Z").announce(&terms).unwrap_err(), @"starts_at: 2026-06-10T02:00:00Z is less than 72 h after the announcement at 2026-06-07T02:00:01Z: maintenance on shorter notice counts as downtime");
    }

    #[test]
    fn maintenance_is_shortened_or_cancelled_but_never_extended() {
        let window = maintenance("2026-06-01T00:00:00Z");
        let shorten = |ends_at: &str, now: &str| window.shorten(at(ends_at), at(now));
        assert_eq!(
            shorten("2026-06-10T03:00:00Z", "2026-06-10T03:00:00Z").unwrap().ends_at,
            at("2026-06-10T03:00:00Z")
        );
        for (ends_at, now) in [
            ("2026-06-10T04:00:00Z", "2026-06-09T00:00:00Z"),
            ("2026-06-10T05:00:00Z", "2026-06-09T00:00:00Z"),
            ("2026-06-10T02:00:00Z", "2026-06-09T00:00:00Z"),
            ("2026-06-10T02:30:00Z", "2026-06-10T02:30:01Z"),
            ("2026-06-10T03:30:00Z", "2026-06-10T04:00:00Z"),
        ] {
            assert!(shorten(ends_at, now).is_err(), "{ends_at} at {now}");
        }
        assert!(window.cancel(at("2026-06-10T01:59:59Z")).unwrap().window().is_none());
        assert!(window.cancel(at("2026-06-10T02:00:00Z")).is_err());
    }

    fn exclusion() -> Exclusion {
        Exclusion {
            exclusion_id: "x-1".parse().unwrap(),
            services: ["svc".parse().unwrap()].into(),
            clause: Clause::ThirdParty,
            starts_at: at("2026-06-10T02:00:00Z"),
            ends_at: at("2026-06-10T04:00:00Z"),
            evidence: "carrier report 4711".into(),
            raised_by: "ann".parse().unwrap(),
            raised_at: at("2026-06-11T00:00:00Z"),
            ruling: None,
            decision: None,
            withdrawal: None,
        }
    }

    fn step(by: &str) -> Step {
        Step { by: by.parse().unwrap(), note: "checked".into(), at: at("2026-06-12T00:00:00Z") }
    }

    #[test]
    fn an_exclusion_takes_two_people() {
        let raised = exclusion().raise(&Terms::built_in()).unwrap();
        assert_eq!(raised.window(), None, "until approved the time counts as downtime");
        insta::assert_snapshot!(raised.decide(Ruling::Approve, step("ann")).unwrap_err(), @"decided_by: `ann` raised the exclusion: another person must decide it");
        let approved = raised.decide(Ruling::Approve, step("bob")).unwrap();
        assert!(approved.window().is_some());
        assert!(approved.decide(Ruling::Reject, step("cyd")).is_err(), "decided once");
        assert_eq!(
            approved.withdraw(step("bob")).unwrap().window(),
            None,
            "a withdrawn approval restores the seconds"
        );
        assert_eq!(raised.decide(Ruling::Reject, step("bob")).unwrap().window(), None);
    }

    #[test]
    fn an_exclusion_is_raised_for_the_past_and_in_time() {
        let terms = Terms::built_in();
        let raise = |now: &str| Exclusion { raised_at: at(now), ..exclusion() }.raise(&terms);
        assert!(raise("2026-06-10T04:00:00Z").is_ok() && raise("2026-07-10T04:00:00Z").is_ok());
        assert!(raise("2026-06-10T03:59:59Z").is_err() && raise("2026-07-10T04:00:01Z").is_err());
    }

    #[test]
    fn an_exclusion_needs_a_clause_of_the_terms() {
        let mut terms = Terms::built_in();
        terms.exclusions.clauses.retain(|clause| *clause != exclusion().clause);
        insta::assert_snapshot!(exclusion().raise(&terms).unwrap_err());
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
