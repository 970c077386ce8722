//! Excluded time: scheduled maintenance, and exclusions under the agreement's clauses (rules, 3).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::clause::Clause;

use crate::id::StaffId;
use crate::named;
use crate::terms::ExclusionTerms;
use crate::{
    CustomerId, ExclusionId, Instant, RegionId, Resolution, Service, ServiceId, Span, Terms, TermsBook,
    WindowId,
};

/// Longest window or exclusion: 31 days.
pub const WINDOW_S_MAX: i64 = 31 * 86_400;
/// Limit on the services named by one window or exclusion; for more, name a region or all.
pub const NAMED_SERVICES_MAX: usize = 25;

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

/// The services that a maintenance window covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, try_from = "ScopeFields")]
pub enum Scope {
    /// Services by id.
    Services {
        /// The ids of the services.
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

/// A scope as written: exactly one of the fields.
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
    /// True if the scope covers a service in a region.
    pub fn covers(&self, service_id: &ServiceId, region: &RegionId) -> bool {
        match self {
            Self::Services { services } => services.contains(service_id),
            Self::Region { region: named } => named == region,
            Self::All { all } => *all,
        }
    }
}

/// A scheduled maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Maintenance {
    /// The window's id.
    pub window_id: WindowId,
    /// First instant of the window.
    pub starts_at: Instant,
    /// End of the window, after any shortening.
    pub ends_at: Instant,
    /// The services that it covers.
    pub scope: Scope,
    /// The reason for it.
    pub reason: String,
    /// Instant of the announcement.
    pub announced_at: Instant,
    /// Instant of the last shortening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortened_at: Option<Instant>,
    /// Instant of the cancellation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Instant>,
}

/// A reason for refusing a window, an exclusion or a dispute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The window is empty.
    #[error("ends_at: {1} is not after starts_at {0}: give an end after the start")]
    Empty(Instant, Instant),
    /// The window is longer than 31 days.
    #[error("ends_at: {1} lies more than 31 days after starts_at {0}: split it")]
    TooLong(Instant, Instant),
    /// The list of services is empty or too long.
    #[error("services: {0} named, but 1 to {NAMED_SERVICES_MAX} can be: split it, or name a region or all")]
    Services(usize),
    /// The scope is `{"all": false}`.
    #[error("scope: all is false: name services or a region, or write true")]
    NotAll,
    /// The announcement is too late.
    #[error(
        "starts_at: {0} is less than {1} h after the announcement at {2}: maintenance on shorter notice counts as downtime"
    )]
    Notice(Instant, i64, Instant),
    /// The window is over.
    #[error("the window ended at {0}: what has happened cannot be changed")]
    Over(Instant),
    /// The window has been cancelled.
    #[error("the window was cancelled at {0}: announce a new one")]
    Cancelled(Instant),
    /// The window has begun.
    #[error("the window began at {0}: it can only be shortened now")]
    Begun(Instant),
    /// The new end is in the past or not inside the window.
    #[error(
        "ends_at: {0} must lie after {1}, not before now ({2}), and before the present end {3}: windows are never extended"
    )]
    NotShorter(Instant, Instant, Instant, Instant),
    /// The exclusion covers future time.
    #[error("ends_at: {0} lies after now ({1}): exclusions are raised for the past")]
    Future(Instant, Instant),
    /// The exclusion is raised too late.
    #[error("ends_at: {0} lies more than {1} days before now ({2}): exclusions are raised within {1} days")]
    TooLate(Instant, i64, Instant),
    /// The terms do not list the clause.
    #[error("clause: `{0}` is not listed by the terms: raise it under one of {1}")]
    Clause(&'static str, String),
    /// The exclusion covers none of the customer's services, so the customer may not learn that it exists.
    #[error("exclusion_id: `{0}` is not known: give the id that the notice names")]
    NotCovered(ExclusionId),
    /// The customer has already made another statement.
    #[error(
        "statement: `{0}` disputed the exclusion with another one at {1}: repeat it as it was, or add to it in a ticket"
    )]
    Disputed(CustomerId, Instant),
    /// The exclusion has no effect: the time counts.
    #[error("the exclusion is {0}: the time counts as downtime, so that there is nothing to dispute")]
    NothingToDispute(&'static str),
    /// The time for disputes is over.
    #[error("the exclusion could be disputed before {0}, and now is {1}: open a ticket if it is wrong")]
    DisputeOver(Instant, Instant),
    /// The person who raised it would decide it.
    #[error("decided_by: `{0}` raised the exclusion: another person must decide it")]
    SamePerson(StaffId),
    /// The state of the exclusion does not allow the step.
    #[error("the exclusion is {0}: only one that is {1}; raise a new one if need be")]
    State(&'static str, &'static str),
}

fn names(clauses: &[Clause]) -> String {
    let names: Vec<&str> = clauses.iter().map(|clause| clause.as_str()).collect();
    names.join(", ")
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
    /// Announces a window at `announced_at`, with the notice that the terms require.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the span or the scope is impossible, or the notice too short.
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

    /// Shortens the window.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the window is over or cancelled, or the new end is in the past or outside
    /// it.
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
    /// Returns a [`WindowError`] if the window has begun, is over or was cancelled.
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

    /// Returns the window as shown to the customer of a service: without other services' ids.
    #[must_use]
    pub fn as_of_service(&self, service_id: &ServiceId) -> Self {
        self.as_of_services(&BTreeSet::from([service_id.clone()]))
    }

    /// Returns the window as shown to the customer of these services: without other services' ids.
    #[must_use]
    pub fn as_of_services(&self, own: &BTreeSet<ServiceId>) -> Self {
        let scope = match &self.scope {
            Scope::Services { services } => Scope::Services { services: services & own },
            wider => wider.clone(),
        };
        Self { scope, ..self.clone() }
    }

    /// True if the window takes out time of a service that its scope covers.
    pub fn counts_for(&self, service: &Service, terms: &TermsBook) -> bool {
        matches!(self.scope, Scope::Services { .. }) || service.has_notice_of(self.starts_at, terms)
    }

    /// Returns the excluded time, unless the window is cancelled.
    pub fn window(&self) -> Option<Window> {
        self.cancelled_at.is_none().then(|| Window {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            kind: WindowKind::Maintenance,
            id: self.window_id.to_string(),
        })
    }
}

/// The ruling on an exclusion or a void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// The time does not count.
    Approve,
    /// The time counts.
    Reject,
}

/// A step that a person takes with an exclusion or a void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The person.
    pub by: StaffId,
    /// The reason.
    pub note: String,
    /// Instant of the step.
    pub at: Instant,
}

/// A customer's counter-statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dispute {
    /// The customer.
    pub customer_id: CustomerId,
    /// The customer's statement.
    pub statement: String,
    /// Instant of the dispute.
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
    /// The evidence that the clause applies.
    pub evidence: String,
    /// The person who raised it.
    pub raised_by: StaffId,
    /// Instant at which it was raised.
    pub raised_at: Instant,
    /// The ruling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// The decision behind the ruling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Step>,
    /// The withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Step>,
    /// First instant at which a customer can no longer dispute it; none before it is raised, and after it is
    /// rejected or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_until: Option<Instant>,
    /// The customers' counter-statements, at most one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
}

impl Exclusion {
    /// Raises an exclusion at `raised_at`.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the span or the list is impossible, the terms do not list the clause, or
    /// the time lies in the future or too far in the past.
    pub fn raise(self, terms: &Terms) -> Result<Self, WindowError> {
        check_span(Span::new(self.starts_at, self.ends_at))?;
        check_services(&self.services)?;
        let ExclusionTerms { clauses, raise_days: days, dispute_days } = &terms.exclusions;
        let (now, days) = (self.raised_at, *days);
        if !clauses.contains(&self.clause) {
            Err(WindowError::Clause(self.clause.as_str(), names(clauses)))
        } else if self.ends_at > now {
            Err(WindowError::Future(self.ends_at, now))
        } else if self.ends_at.plus_s(days * 86_400) < now {
            Err(WindowError::TooLate(self.ends_at, days, now))
        } else {
            Ok(Self { dispute_until: Some(now.plus_s(dispute_days * 86_400)), ..self })
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

    /// Decides a raised exclusion. Approval restarts the time for disputes.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the person raised it, or the exclusion is no longer open.
    pub fn decide(&self, ruling: Ruling, step: Step) -> Result<Self, WindowError> {
        if step.by.is_same_person(self.raised_by.as_str()) {
            return Err(WindowError::SamePerson(step.by));
        }
        match self.state() {
            "raised" => {
                let anew = |until: Instant| step.at.plus_s(Span::new(self.raised_at, until).length_s());
                let dispute_until = self.dispute_until.filter(|_| ruling == Ruling::Approve).map(anew);
                Ok(Self { ruling: Some(ruling), decision: Some(step), dispute_until, ..self.clone() })
            }
            state => Err(WindowError::State(state, "raised can be decided")),
        }
    }

    /// Withdraws a raised or approved exclusion: its seconds count again.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the exclusion was rejected or withdrawn.
    pub fn withdraw(&self, step: Step) -> Result<Self, WindowError> {
        match self.state() {
            "raised" | "approved" => Ok(Self { withdrawal: Some(step), dispute_until: None, ..self.clone() }),
            state => Err(WindowError::State(state, "raised or approved can be withdrawn")),
        }
    }

    /// True if the exclusion covers time of a service.
    pub fn covers(&self, service: &Service) -> bool {
        let span = Span::new(self.starts_at, self.ends_at);
        self.services.contains(&service.service_id) && service.provided().overlaps(span)
    }

    /// Records a customer's dispute. Repeating it has no effect, and it cannot be changed.
    ///
    /// `services` are those that the exclusion names.
    ///
    /// # Errors
    /// Returns a [`WindowError`] if the exclusion covers no service of the customer or has no effect, or the
    /// customer's statement is a second one or too late.
    pub fn dispute(&self, dispute: Dispute, services: &[Service]) -> Result<Self, WindowError> {
        if !services.iter().any(|s| s.customer_id == dispute.customer_id && self.covers(s)) {
            return Err(WindowError::NotCovered(self.exclusion_id.clone()));
        }
        match self.disputed_by(&dispute.customer_id) {
            Some(other) if other.statement == dispute.statement => return Ok(self.clone()),
            Some(other) => return Err(WindowError::Disputed(dispute.customer_id, other.at)),
            None => {}
        }
        let until = self.dispute_until.ok_or_else(|| WindowError::NothingToDispute(self.state()))?;
        if dispute.at >= until {
            return Err(WindowError::DisputeOver(until, dispute.at));
        }
        let mut disputed = self.clone();
        disputed.disputes.push(dispute);
        Ok(disputed)
    }

    /// Returns the dispute of a customer.
    pub fn disputed_by(&self, customer_id: &CustomerId) -> Option<&Dispute> {
        self.disputes.iter().find(|dispute| dispute.customer_id == *customer_id)
    }

    /// Returns the exclusion without disputes, each of which concerns only its customer.
    #[must_use]
    pub fn without_disputes(&self) -> Self {
        Self { disputes: Vec::new(), ..self.clone() }
    }

    /// Returns the exclusion as shown to the customer of a service: without other services and without
    /// disputes.
    #[must_use]
    pub fn as_of_service(&self, service_id: &ServiceId) -> Self {
        Self { services: BTreeSet::from([service_id.clone()]), ..self.without_disputes() }
    }

    /// Returns the exclusion as shown to the customer of a service, including that customer's own dispute.
    #[must_use]
    pub fn as_of_customer(&self, service: &Service) -> Self {
        let own = self.disputed_by(&service.customer_id).cloned();
        Self { disputes: own.into_iter().collect(), ..self.as_of_service(&service.service_id) }
    }

    /// Returns the excluded time, if the exclusion is approved and stands.
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
            dispute_until: None,
            disputes: Vec::new(),
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
    fn an_exclusion_is_raised_under_a_clause_of_the_terms() {
        let mut terms = Terms::built_in();
        terms.exclusions.clauses = vec![Clause::ForceMajeure, Clause::CyberAttack];
        insta::assert_snapshot!(exclusion().raise(&terms).unwrap_err());
        assert!(Exclusion { clause: Clause::CyberAttack, ..exclusion() }.raise(&terms).is_ok());
    }

    fn service(service_id: &str, customer_id: &str) -> Service {
        serde_json::from_value(serde_json::json!({
            "service_id": service_id, "customer_id": customer_id, "name": "Uplink", "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "time_zone": "UTC",
            "activated_at": "2026-06-01T00:00:00Z", "resolution_s": 60, "check_interval_s": 60,
            "max_silence_s": 120, "quorum": 1,
        }))
        .unwrap()
    }

    fn dispute(at_text: &str) -> Dispute {
        let (customer_id, statement) = ("acme".parse().unwrap(), "The carrier was up.".to_owned());
        Dispute { customer_id, statement, at: at(at_text) }
    }

    #[test]
    fn a_customer_disputes_for_fourteen_days_after_the_latest_word() {
        let services = [service("svc", "acme"), service("other", "globex")];
        let raised = exclusion().raise(&Terms::built_in()).unwrap();
        let approved = raised.decide(Ruling::Approve, step("bob")).unwrap();
        let disputed = |exclusion: &Exclusion, at| exclusion.dispute(dispute(at), &services);
        for (exclusion, last, late) in [
            (&raised, "2026-06-24T23:59:59Z", "2026-06-25T00:00:00Z"),
            (&approved, "2026-06-25T23:59:59Z", "2026-06-26T00:00:00Z"),
        ] {
            let disputed_last = disputed(exclusion, last).unwrap();
            assert_eq!(disputed_last.disputes, [dispute(last)]);
            assert_eq!(disputed_last.window(), exclusion.window(), "no second changes");
            let error = disputed(exclusion, late).unwrap_err();
            assert_eq!(error, WindowError::DisputeOver(at(late), at(late)));
            let again = disputed_last.dispute(dispute(late), &services).unwrap();
            assert_eq!(again, disputed_last, "the same again is answered, however late");
        }
        let before = disputed(&raised, "2026-06-12T00:00:00Z").unwrap();
        let decided = before.decide(Ruling::Approve, step("bob")).unwrap();
        assert_eq!(decided.disputes.len(), 1, "what was said stays");
        let with = |change: fn(&mut Dispute)| {
            let mut dispute = dispute("2026-06-12T00:00:00Z");
            change(&mut dispute);
            decided.dispute(dispute, &services).unwrap_err().to_string()
        };
        let now = "2026-06-13T00:00:00Z";
        let shown = [
            with(|dispute| dispute.statement = "Other.".into()),
            with(|dispute| dispute.customer_id = "globex".parse().unwrap()),
            disputed(&raised, "2026-06-25T00:00:00Z").unwrap_err().to_string(),
            disputed(&raised.withdraw(step("ann")).unwrap(), now).unwrap_err().to_string(),
            disputed(&approved.withdraw(step("ann")).unwrap(), now).unwrap_err().to_string(),
            disputed(&raised.decide(Ruling::Reject, step("bob")).unwrap(), now).unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(shown.join("\n"));
        let ended = Service { terminated_at: Some(at("2026-06-10T02:00:00Z")), ..service("svc", "acme") };
        let error = raised.dispute(dispute(now), &[ended]).unwrap_err();
        assert_eq!(error, WindowError::NotCovered("x-1".parse().unwrap()), "it takes nothing out of it");
    }

    #[test]
    fn a_customer_sees_neither_other_services_nor_what_others_said() {
        let services = ["svc".parse().unwrap(), "other".parse().unwrap()].into();
        let raised = Exclusion { services, ..exclusion() }.raise(&Terms::built_in()).unwrap();
        let both = [service("svc", "acme"), service("other", "globex")];
        let disputed = raised.dispute(dispute("2026-06-12T00:00:00Z"), &both).unwrap();
        let seen = disputed.as_of_service(&"other".parse().unwrap());
        assert_eq!((seen.services.len(), seen.disputes.len()), (1, 0));
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
