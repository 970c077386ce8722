//! Customers and their services, with plan and fee by month.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quorum::Carrying;
use crate::{CustomerId, Instant, Money, Month, RegionId, Resolution, ServiceId, Span, Zone};

/// A service's plan (agreement, "Service Availability").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Standard.
    Standard,
    /// Premium.
    Premium,
    /// Enterprise.
    Enterprise,
}

impl Plan {
    /// Returns the plan's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Premium => "premium",
            Self::Enterprise => "enterprise",
        }
    }
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The customer's id.
    pub customer_id: CustomerId,
    /// The customer's name.
    pub name: String,
    /// Where to reach the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A service that a customer buys, and how it is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The service's id.
    pub service_id: ServiceId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Its name.
    pub name: String,
    /// The plan at activation.
    pub plan: Plan,
    /// The recurring monthly fee at activation.
    pub monthly_fee: Money,
    /// Its region.
    pub region: RegionId,
    /// The zone of its billing months.
    pub time_zone: Zone,
    /// From when it is provided.
    pub activated_at: Instant,
    /// Until when it is provided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated_at: Option<Instant>,
    /// The slot length in seconds.
    pub resolution_s: Resolution,
    /// How often it is checked, in seconds.
    pub check_interval_s: u32,
    /// How long a check is carried, in seconds; null for ever.
    pub max_silence_s: Option<u32>,
    /// How many probes must agree that it is down.
    pub quorum: u32,
    /// Plan and fee changes, ascending by month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PlanChange>,
}

/// A change of plan or fee from the start of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanChange {
    /// The first month with the change.
    pub from_month: Month,
    /// The new plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The new fee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_fee: Option<Money>,
}

impl Service {
    /// Returns plan and fee in force in a month.
    pub fn in_month(&self, month: Month) -> (Plan, Money) {
        let changes = self.changes.iter().filter(|change| change.from_month <= month);
        changes.fold((self.plan, self.monthly_fee), |(plan, fee), change| {
            (change.plan.unwrap_or(plan), change.monthly_fee.unwrap_or(fee))
        })
    }

    /// Returns `[activated, terminated)`.
    pub fn provided(&self) -> Span {
        Span::new(self.activated_at, self.terminated_at.unwrap_or(Instant::from_epoch_s(i64::MAX)))
    }

    /// Returns the slots of month ∩ [activated, terminated) ∩ (−∞, as_of), or `None` if there are none (rules, 4).
    pub fn period(&self, month: Month, as_of: Instant) -> Option<Span> {
        let known = Span::new(Instant::from_epoch_s(i64::MIN), as_of);
        let instants = month.bounds(self.time_zone).intersect(self.provided()).intersect(known);
        if instants.is_empty() {
            return None;
        }
        Some(self.resolution_s.slots_in(instants)).filter(|slots| !slots.is_empty())
    }

    /// Returns the instant at which a month is closed for this service.
    pub fn closes_at(&self, month: Month, close_after_h: i64) -> Instant {
        month.bounds(self.time_zone).end.plus_s(close_after_h * 3600)
    }

    /// Returns how its checks are carried.
    pub fn carrying(&self) -> Carrying {
        Carrying { resolution: self.resolution_s, max_silence_s: self.max_silence_s }
    }
}
