//! Scheduled maintenance: announced in time, then shortened or cancelled, but never extended.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::{WindowError, check_services, check_span};
use super::window::{Window, WindowKind};
use crate::{Instant, RegionId, Service, ServiceId, Span, Terms, TermsBook, WindowId};

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
}
