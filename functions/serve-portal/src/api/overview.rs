//! The overview: every service of the customer, now and in the last months.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use sla::availability::{Seconds, percent_of_ppm};
use sla::day::Day;
use sla::summary::ServiceState;
use sla::{Allowance, CustomerId, Instant, Month, Plan, RegionId, ServiceId, Zone};
use table::{SeenService, ServiceOrder};

use super::{Answer, ApiParameters, Caller, Upcoming, cursor};
use web::fault;

use crate::overview::so_far;

/// The list's name in its cursors.
const LIST: &str = "services";

/// A page of the customer's services.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// The customer.
    customer_id: CustomerId,
    /// Its name; absent before it is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<String>,
    /// The services, by id; at most 75.
    services: Vec<ServiceNow>,
    /// Maintenance that is under way or to come in the present months and the next 14 days, ascending.
    maintenance: Vec<Upcoming>,
    /// The `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A service from afar.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServiceNow {
    /// The service.
    service_id: ServiceId,
    /// Its name.
    name: String,
    /// Its plan in the present month.
    plan: Plan,
    /// The region of the provider's network.
    region: RegionId,
    /// The zone of its months and days.
    time_zone: Zone,
    /// Its current state.
    state: ServiceState,
    /// Instant since which it has had this status, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    /// The present month in its zone.
    month: Month,
    /// Every second of the month so far, exactly once.
    seconds: Seconds,
    /// up / (up + down) so far, in percent; absent while there is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_pct: Option<String>,
    /// Availability promised for the month, in percent; absent if the service is not provided in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment_pct: Option<String>,
    /// The most seconds of downtime that keep the promise, as far as exclusions are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_down_s: Option<i64>,
    /// The latest days, at most 90, the present one last; days without the service are missing.
    days: Vec<Day>,
}

impl From<SeenService> for ServiceNow {
    fn from(seen: SeenService) -> Self {
        let seconds = so_far(&seen);
        let SeenService { service, month, present, allowance, days, .. } = seen;
        Self {
            plan: service.in_month(month).0,
            service_id: service.service_id,
            name: service.name,
            region: service.region,
            time_zone: service.time_zone,
            state: present.state,
            since: present.since,
            month,
            seconds,
            availability_pct: seconds.availability_pct(),
            commitment_pct: allowance.map(|allowance| percent_of_ppm(allowance.commitment_ppm)),
            allowed_down_s: allowance.map(Allowance::allowed_s),
            days,
        }
    }
}

/// Shows a page of services (`GET /overview`).
pub async fn show(caller: Caller, ApiParameters(query): ApiParameters, headers: HeaderMap) -> Answer {
    let after = cursor::read(LIST, query.after.as_deref(), |parts| match parts {
        [id] => id.parse::<ServiceId>().ok(),
        _ => None,
    })?;
    let seen = caller.scope.overview(after.as_ref(), ServiceOrder::Id, caller.now).await.map_err(fault)?;
    let overview = Overview {
        customer_id: caller.scope.customer_id().clone(),
        customer_name: seen.customer.map(|customer| customer.name),
        services: seen.services.into_iter().map(ServiceNow::from).collect(),
        maintenance: seen.maintenance.into_iter().map(Upcoming::from).collect(),
        next: seen.next.map(|id| cursor::write(LIST, &[&id])),
    };
    web::json(&headers, &overview)
}
