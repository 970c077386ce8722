//! Quotas (rules, 11): how much a customer may ask of portal and API within a UTC day. What was asked counts,
//! whatever becomes of it; what is beyond is refused until an instant, and staff are told once of each kind.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ticket::Level;
use crate::{Instant, Month, Service, named};

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

named! {
    /// A kind of request that has a quota.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum QuotaKind {
        /// Tickets.
        Tickets = "tickets",
        /// Replies to tickets.
        Replies = "replies",
        /// Disputes of exclusions.
        Disputes = "disputes",
        /// Confirmations of subscriptions.
        Confirmations = "confirmations",
        /// Claims.
        Claims = "claims",
    }
}

/// The quotas of each customer, a setting of the portal; a field that is left out has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Tickets a day.
    pub tickets: u32,
    /// Tickets of level 1 that are taken in an hour once the day's tickets are used up.
    pub level_1_an_hour: u32,
    /// Replies to tickets a day.
    pub replies: u32,
    /// Disputes a day.
    pub disputes: u32,
    /// Confirmations of subscriptions a day.
    pub confirmations: u32,
    /// Claims a day, beside those for each service-month.
    pub claims: u32,
    /// Claims a day for each service-month that the customer can claim.
    pub claims_per_service_month: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            tickets: 200,
            level_1_an_hour: 20,
            replies: 500,
            disputes: 50,
            confirmations: 20,
            claims: 50,
            claims_per_service_month: 2,
        }
    }
}

/// A request that has a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaRequest {
    /// A ticket of a level.
    Ticket(Level),
    /// A reply to a ticket.
    Reply,
    /// A dispute of an exclusion.
    Dispute,
    /// A confirmation of a subscription.
    Confirmation,
    /// A claim.
    Claim,
}

impl QuotaRequest {
    /// Returns the kind whose quota it counts against.
    pub const fn kind(self) -> QuotaKind {
        match self {
            Self::Ticket(_) => QuotaKind::Tickets,
            Self::Reply => QuotaKind::Replies,
            Self::Dispute => QuotaKind::Disputes,
            Self::Confirmation => QuotaKind::Confirmations,
            Self::Claim => QuotaKind::Claims,
        }
    }
}

/// A customer's requests of a UTC day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyUsage {
    /// The requests that were let through, by kind.
    counts: BTreeMap<QuotaKind, u32>,
    /// The kinds whose quota was reached, of which staff were told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    told: BTreeSet<QuotaKind>,
    /// The start of the last hour in which a ticket of level 1 was let through beyond the quota, and their
    /// number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level_1: Option<(Instant, u32)>,
    /// The customer's service-months, once its claims came near the quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_months: Option<u32>,
}

/// A quota that a customer has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuotaReached {
    /// The kind of requests.
    pub kind: QuotaKind,
    /// The most of them within a day.
    pub limit: u32,
    /// Start of the day, in UTC.
    pub day: Instant,
    /// Start of the next day, when further requests are let through again.
    pub until: Instant,
}

/// A request beyond its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The quota of {limit} {} a day is used up{}: try again from {until} on.",
    kind.as_str(), if *.an_hour { ", and so are this hour's tickets of level 1" } else { "" }
)]
pub struct QuotaExceeded {
    /// The kind of requests.
    pub kind: QuotaKind,
    /// The most of them within a day.
    pub limit: u32,
    /// True if an hour's tickets of level 1 are used up as well.
    pub an_hour: bool,
    /// The first instant at which such a request is let through again.
    pub until: Instant,
}

/// Returns the start of an instant's UTC day.
pub const fn day_of(now: Instant) -> Instant {
    start_of(now, DAY_S)
}

const fn start_of(now: Instant, length_s: i64) -> Instant {
    Instant::from_epoch_s(now.epoch_s() - now.epoch_s().rem_euclid(length_s))
}

/// Returns the number of a service's months that can be claimed by now, the present one included.
pub fn claimable_months(service: &Service, now: Instant) -> u32 {
    let present = Month::of(now, service.time_zone);
    let months = std::iter::successors(Some(service.counted_from()), |month| Some(month.next()));
    let counted = months.take_while(|month| *month <= present && service.is_counted_in(*month)).count();
    u32::try_from(counted).unwrap_or(u32::MAX)
}

impl DailyUsage {
    fn count(&self, kind: QuotaKind) -> u32 {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// True if the customer's service-months decide the request, and are not known yet.
    pub fn needs_service_months(&self, quotas: &Quotas, ask: QuotaRequest) -> bool {
        let near = self.count(QuotaKind::Claims).saturating_add(1) >= quotas.claims;
        ask == QuotaRequest::Claim && near && self.service_months.is_none()
    }

    fn limit(&self, quotas: &Quotas, kind: QuotaKind) -> u32 {
        match kind {
            QuotaKind::Tickets => quotas.tickets,
            QuotaKind::Replies => quotas.replies,
            QuotaKind::Disputes => quotas.disputes,
            QuotaKind::Confirmations => quotas.confirmations,
            QuotaKind::Claims => {
                let months = self.service_months.unwrap_or_default();
                quotas.claims.saturating_add(quotas.claims_per_service_month.saturating_mul(months))
            }
        }
    }

    /// Counts a request of the day, or refuses it. Also returns the quota that is reached with it, of which
    /// staff are not told yet.
    pub fn ask(
        &mut self,
        quotas: &Quotas,
        ask: QuotaRequest,
        now: Instant,
    ) -> (Result<(), QuotaExceeded>, Option<QuotaReached>) {
        let (kind, day) = (ask.kind(), day_of(now));
        let (limit, until) = (self.limit(quotas, kind), day.plus_s(DAY_S));
        let admitted = if self.count(kind) < limit {
            *self.counts.entry(kind).or_default() += 1;
            Ok(())
        } else if ask == QuotaRequest::Ticket(Level::Critical) {
            self.ask_beyond(quotas, limit, now)
        } else {
            Err(QuotaExceeded { kind, limit, an_hour: false, until })
        };
        let reached = (self.count(kind) >= limit && self.told.insert(kind)).then_some(QuotaReached {
            kind,
            limit,
            day,
            until,
        });
        (admitted, reached)
    }

    /// Counts a ticket of level 1 beyond the day's quota, or refuses it until the next hour.
    fn ask_beyond(&mut self, quotas: &Quotas, limit: u32, now: Instant) -> Result<(), QuotaExceeded> {
        let hour = start_of(now, HOUR_S);
        let taken = self.level_1.filter(|(of, _)| *of == hour).map_or(0, |(_, taken)| taken);
        if taken < quotas.level_1_an_hour {
            self.level_1 = Some((hour, taken + 1));
            return Ok(());
        }
        Err(QuotaExceeded { kind: QuotaKind::Tickets, limit, an_hour: true, until: hour.plus_s(HOUR_S) })
    }
}
