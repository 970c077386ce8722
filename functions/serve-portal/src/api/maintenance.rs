//! Maintenance as a customer sees it: time, reason and their own services; the rest of the scope is not for
//! them.

use schemars::JsonSchema;
use serde::Serialize;
use sla::exclusion::Maintenance;
use sla::{Instant, ServiceId, WindowId};

/// Scheduled maintenance.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MaintenanceWindow {
    /// The window.
    window_id: WindowId,
    /// Its first instant.
    starts_at: Instant,
    /// The first instant after it (after shortening, the new one).
    ends_at: Instant,
    /// Why it is needed.
    reason: String,
    /// When it was announced.
    announced_at: Instant,
    /// When it was last shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    shortened_at: Option<Instant>,
    /// When it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Instant>,
}

/// Maintenance that is under way or to come.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Upcoming {
    /// The window.
    #[serde(flatten)]
    window: MaintenanceWindow,
    /// The services of this page that it covers.
    services: Vec<ServiceId>,
}

impl From<Maintenance> for MaintenanceWindow {
    fn from(maintenance: Maintenance) -> Self {
        let Maintenance {
            window_id,
            starts_at,
            ends_at,
            scope: _,
            reason,
            announced_at,
            shortened_at,
            cancelled_at,
        } = maintenance;
        Self { window_id, starts_at, ends_at, reason, announced_at, shortened_at, cancelled_at }
    }
}

impl From<(Maintenance, Vec<ServiceId>)> for Upcoming {
    fn from((maintenance, services): (Maintenance, Vec<ServiceId>)) -> Self {
        Self { window: maintenance.into(), services }
    }
}
