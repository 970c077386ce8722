//! A customer's belief: the fold of the notices published about a service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sla::{Instant, Month};

/// A notice about the availability of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvailabilityNotice {
    /// The service is down.
    Opened {
        /// Its first down slot.
        started_at: i64,
        /// Number of times that this outage has been announced.
        opening: u64,
    },
    /// It is no longer known to be down.
    Closed {
        /// Its first down slot.
        started_at: i64,
        /// The first instant after its last.
        ended_at: i64,
        /// Counted seconds.
        down_s: i64,
        /// Seconds that do not count.
        excluded_s: i64,
    },
    /// A share of the month's allowed downtime is used up.
    AtRisk {
        /// The month.
        month: Month,
        /// The share in percent.
        threshold_pct: i64,
    },
    /// The month is breached.
    Breached {
        /// The month.
        month: Month,
        /// Number of this breach within the month.
        episode: u64,
    },
    /// The breach is withdrawn: it is no longer certain.
    Withdrawn {
        /// The month.
        month: Month,
        /// Number of the withdrawn breach.
        episode: u64,
    },
}

impl AvailabilityNotice {
    /// Reads a notice; none if it is of another kind.
    pub fn of(notice: &Value) -> Option<Self> {
        let data = &notice["data"];
        let at = |name: &str| data[name].as_str()?.parse::<Instant>().ok().map(Instant::epoch_s);
        let month = || notice["month"].as_str()?.parse().ok();
        let episode = || data["breach"]["episode"].as_u64();
        Some(match notice["kind"].as_str()? {
            "outage.opened" => {
                Self::Opened { started_at: at("started_at")?, opening: data["opening"].as_u64()? }
            }
            "outage.closed" => Self::Closed {
                started_at: at("started_at")?,
                ended_at: at("ended_at")?,
                down_s: data["down_s"].as_i64()?,
                excluded_s: data["excluded_s"].as_i64()?,
            },
            "availability.at_risk" => {
                Self::AtRisk { month: month()?, threshold_pct: data["budget"]["threshold_pct"].as_i64()? }
            }
            "availability.breached" => Self::Breached { month: month()?, episode: episode()? },
            "availability.breach_withdrawn" => Self::Withdrawn { month: month()?, episode: episode()? },
            _ => return None,
        })
    }
}

/// A customer's present belief about a service.
#[derive(Clone, Debug, Default)]
pub struct Belief {
    /// Outages by their starts, with their ends; none while one is open.
    pub outages: BTreeMap<i64, Option<i64>>,
    /// Breaches by month: the newest episode, and whether it stands.
    breaches: BTreeMap<Month, (u64, bool)>,
    /// The ids of the notices.
    ids: BTreeSet<String>,
}

impl Belief {
    /// Takes in the notices of one invocation, in any order; returns the new ones.
    pub fn hear(&mut self, notices: &[Value]) -> Vec<AvailabilityNotice> {
        let new = notices.iter().filter(|notice| self.ids.insert(notice["notice_id"].to_string()));
        let said: Vec<AvailabilityNotice> = new.filter_map(AvailabilityNotice::of).collect();
        let is_opening = |said: &&AvailabilityNotice| matches!(said, AvailabilityNotice::Opened { .. });
        let (openings, others): (Vec<&AvailabilityNotice>, Vec<&AvailabilityNotice>) =
            said.iter().partition(is_opening);
        for said in openings.into_iter().chain(others) {
            match *said {
                AvailabilityNotice::Opened { started_at, .. } => {
                    self.outages.insert(started_at, None);
                }
                AvailabilityNotice::Closed { started_at, ended_at, .. } => {
                    self.outages.insert(started_at, Some(ended_at));
                }
                AvailabilityNotice::Breached { month, episode } => self.turn(month, episode, true),
                AvailabilityNotice::Withdrawn { month, episode } => self.turn(month, episode, false),
                AvailabilityNotice::AtRisk { .. } => {}
            }
        }
        said
    }

    fn turn(&mut self, month: Month, episode: u64, stands: bool) {
        let known = self.breaches.entry(month).or_insert((episode, stands));
        if episode > known.0 {
            *known = (episode, stands);
        } else if episode == known.0 {
            known.1 &= stands;
        }
    }

    /// True if the last notice about the month's breaches says that it is breached.
    pub fn is_breached(&self, month: Month) -> bool {
        self.breaches.get(&month).is_some_and(|(_, stands)| *stands)
    }

    /// Returns the months with any notice of a breach.
    pub fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.breaches.keys().copied()
    }
}
