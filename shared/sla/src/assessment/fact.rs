//! Facts about a service to announce: outages, used budgets, breaches, claim windows, silence.

use serde::{Deserialize, Serialize};

use crate::settlement::WindowClosing;
use crate::terms::ClaimTerms;
use crate::{Instant, Money, Month, ProbeId};

/// A fact about a service to announce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The service went down, or an outage announced as ended continues.
    OutageOpened {
        /// Start of the first down slot.
        started_at: Instant,
        /// Number of this opening: 1, then one more each time that late checks show the outage to have
        /// continued.
        opening: u32,
    },
    /// The service is no longer known to be down.
    OutageClosed {
        /// Start of the first down slot.
        started_at: Instant,
        /// End of the last down slot; equal to the start if no down slot is left.
        ended_at: Instant,
        /// Seconds that count as downtime.
        down_s: i64,
        /// Seconds that are excluded.
        excluded_s: i64,
    },
    /// A share of the month's allowed downtime is used up.
    AtRisk(Budget),
    /// The month can no longer keep its commitment.
    Breached(Breach),
    /// An announced breach is uncertain again.
    BreachWithdrawn(Breach),
    /// The claim window of a breach is about to close, and nobody has claimed.
    WindowClosing(WindowClosing),
    /// A probe fell silent.
    Silent(Silence),
}

/// The used share of a month's allowed downtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The month.
    pub month: Month,
    /// The reached percentage of the allowed downtime.
    pub threshold_pct: i64,
    /// Number of this warning within the month, starting at 1. It is given again if downtime falls below the
    /// threshold and reaches it once more.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub episode: u32,
    /// Instant at which it was reached.
    pub occurred_at: Instant,
    /// Counted downtime so far, in seconds.
    pub down_s: i64,
    /// Most seconds of downtime that keep the commitment.
    pub allowed_s: i64,
    /// The commitment.
    pub commitment_pct: String,
}

const fn first() -> u32 {
    1
}

const fn is_first(episode: &u32) -> bool {
    *episode == first()
}

/// A breach, as announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The month.
    pub month: Month,
    /// Number of this breach within the month, starting at 1.
    pub episode: u32,
    /// Instant at which it became certain, or uncertain again.
    pub occurred_at: Instant,
    /// Counted downtime so far, in seconds.
    pub down_s: i64,
    /// Most seconds of downtime that keep the commitment.
    pub allowed_s: i64,
    /// Best availability that is still possible.
    pub best_pct: Option<String>,
    /// The commitment.
    pub commitment_pct: String,
    /// The credit for the counted downtime, if none is added.
    pub credit: Money,
    /// The largest credit that the month can earn.
    pub credit_max: Money,
    /// The rules for claiming it.
    pub claims: ClaimTerms,
    /// First instant at which a claim is late, as things stand; none while an outage is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Instant>,
}

/// A probe that fell silent, or a service that was never checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The probe; none if the service was never checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeId>,
    /// The first slot without a known status.
    pub since: Instant,
}
