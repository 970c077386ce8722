//! A service's month with everything behind its figures.

use axum::extract::Path;
use axum::http::HeaderMap;
use chrono::NaiveDate;
use events::claim_path;
use schemars::JsonSchema;
use serde::Serialize;
use sla::availability::{Seconds, percent_of_ppm};
use sla::exclusion::Exclusion;
use sla::ledger::CreditKind;
use sla::outage::Outage;
use sla::performance::{Limit, written};
use sla::quorum::Stretch;
use sla::statement::OtherOutages;
use sla::summary::ServiceState;
use sla::{Instant, Metric, Month, Plan, RegionId, ServiceId, Status, Zone};
use web::part;

use super::{Answer, Caller, MaintenanceWindow};

/// Limit on the listed stretches of a timeline: an answer of half a megabyte.
const STRETCHES_MAX: usize = 5000;

/// A month of a service.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServiceMonth {
    /// The service.
    service_id: ServiceId,
    /// Its name.
    name: String,
    /// Its plan in the month.
    plan: Plan,
    /// The region of the provider's network.
    region: RegionId,
    /// The zone of the month.
    time_zone: Zone,
    /// The month.
    month: Month,
    /// The service's current state, only for the current month.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<ServiceState>,
    /// Instant since which it has had this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Instant>,
    /// Every second of the month so far, or of the whole of it, exactly once.
    seconds: Seconds,
    /// up / (up + down), in percent; absent while there is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    availability_pct: Option<String>,
    /// (up + unknown) / agreed, in percent: if all that is unknown was up.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_pct: Option<String>,
    /// up / agreed, in percent: if all that is unknown was down.
    #[serde(skip_serializing_if = "Option::is_none")]
    worst_pct: Option<String>,
    /// Availability promised for the month, in percent.
    commitment_pct: String,
    /// The agreed seconds of the whole month, as far as exclusions are known.
    agreed_s: i64,
    /// The most seconds of downtime that keep the promise.
    allowed_down_s: i64,
    /// The status slot by slot, in order of time: at most 5,000 stretches.
    timeline: Vec<TimelineStretch>,
    /// Where a timeline of more stretches is cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline_cut_at: Option<Instant>,
    /// The outages, in order of time.
    outages: Vec<Outage>,
    /// Outages that are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<OtherOutages>,
    /// Maintenance that touches the month, cancelled windows among it.
    maintenance: Vec<MaintenanceWindow>,
    /// Exclusions that touch the month, whatever became of them, with their evidence.
    exclusions: Vec<Exclusion>,
    /// Daily means of the metrics: always all three, in their order.
    performance: Vec<MetricDays>,
    /// The newest revision of the month's statement; absent while the month is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_revision: Option<u32>,
    /// Claims that can still be made for the month.
    claimable: Vec<OpenClaim>,
}

/// A stretch of time in which a service had one status.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TimelineStretch {
    /// Its first instant.
    starts_at: Instant,
    /// The first instant after it.
    ends_at: Instant,
    /// The status, before anything is excluded.
    status: Status,
}

/// The daily means of a metric.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MetricDays {
    /// The metric; its name includes the unit.
    metric: Metric,
    /// The limit promised for the month's mean: less than this, for throughput at least this; null if none.
    limit: Option<String>,
    /// The days on which something was measured, ascending.
    days: Vec<DayMean>,
}

/// The mean of a day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayMean {
    /// The day, in the service's zone.
    date: NaiveDate,
    /// The mean of what was measured in counted time, with three decimals, truncated.
    mean: String,
}

/// A claim that can still be made in time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpenClaim {
    /// The kind of credit to claim.
    kind: CreditKind,
    /// The first instant at which it is late; absent while an outage is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
    /// Path of the portal's claim form, filled for this claim.
    claim_url: String,
}

impl From<pages::MetricDays> for MetricDays {
    fn from(view: pages::MetricDays) -> Self {
        let pages::MetricDays { metric, limit, days } = view;
        let bound = limit.map(|limit| match limit {
            Limit::Below(bound) | Limit::AtLeast(bound) => bound,
        });
        let day = |(date, value)| DayMean { date, mean: written(metric, value) };
        Self {
            metric,
            limit: bound.map(|bound| written(metric, bound)),
            days: days.into_iter().map(day).collect(),
        }
    }
}

impl From<&Stretch> for TimelineStretch {
    fn from(stretch: &Stretch) -> Self {
        Self { starts_at: stretch.span.start, ends_at: stretch.span.end, status: stretch.status }
    }
}

impl From<pages::portal::ServiceMonth> for ServiceMonth {
    fn from(view: pages::portal::ServiceMonth) -> Self {
        let pages::portal::ServiceMonth { service, month, seconds, allowance, .. } = view;
        let claimable = view.claims.into_iter().map(|pages::portal::OpenClaim { kind, until }| OpenClaim {
            kind,
            until,
            claim_url: claim_path(&service.service_id, month, kind),
        });
        Self {
            claimable: claimable.collect(),
            plan: service.in_month(month).0,
            service_id: service.service_id,
            name: service.name,
            region: service.region,
            time_zone: service.time_zone,
            month,
            state: view.since.map(|_| view.state),
            since: view.since,
            seconds,
            availability_pct: seconds.availability_pct(),
            best_pct: seconds.best_pct(),
            worst_pct: seconds.worst_pct(),
            commitment_pct: percent_of_ppm(allowance.commitment_ppm),
            agreed_s: allowance.agreed_s,
            allowed_down_s: allowance.allowed_s(),
            timeline: view.combined.iter().take(STRETCHES_MAX).map(TimelineStretch::from).collect(),
            timeline_cut_at: view.combined.get(STRETCHES_MAX).map(|stretch| stretch.span.start),
            outages: view.outages,
            others: view.others,
            maintenance: view.maintenance.into_iter().map(MaintenanceWindow::from).collect(),
            exclusions: view.exclusions,
            performance: view.charts.into_iter().map(MetricDays::from).collect(),
            statement_revision: view.statement_revision,
        }
    }
}

/// Shows a month of a service (`GET /services/{service_id}/months/{month}`).
pub async fn show(
    caller: Caller,
    Path((service_id, month)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let (id, month): (ServiceId, Month) = (part("service_id", &service_id)?, part("month", &month)?);
    let view = crate::service::find(&caller.scope, &id, month, caller.now).await?;
    web::json(&headers, &ServiceMonth::from(view))
}
