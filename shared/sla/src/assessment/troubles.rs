//! Troubles: the announcements about a service that still stand, which staff look at first.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Announcements;
use crate::{Instant, Month};

/// The troubles of a service, by what is announced of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles {
    /// Start of the outage that is announced as open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down_since: Option<Instant>,
    /// The first slot without a known status of the probe that has been silent longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_since: Option<Instant>,
    /// Open months with a warning of their used budget, and without a breach.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub at_risk: BTreeSet<Month>,
    /// Open months that can no longer keep their commitment.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub breached: BTreeSet<Month>,
}

impl Troubles {
    /// True if nothing is announced that still stands.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Announcements {
    /// Returns the troubles that the announcements tell of.
    pub fn troubles(&self) -> Troubles {
        let open = || self.months.iter().filter(|(month, _)| !self.is_closed(**month));
        let breached: BTreeSet<Month> =
            open().filter(|(_, announced)| announced.breached).map(|(month, _)| *month).collect();
        let warned =
            open().filter(|(_, announced)| !announced.warned_pct.is_empty()).map(|(month, _)| *month);
        Troubles {
            down_since: self
                .outages
                .last()
                .filter(|last| last.ended_at.is_none())
                .map(|last| last.started_at),
            silent_since: self.silent.iter().map(|silence| silence.since).min(),
            at_risk: warned.filter(|month| !breached.contains(month)).collect(),
            breached,
        }
    }
}
