//! The overview: every service of the customer, now and in the last months.

use axum::extract::{Query, State};
use pages::Section;
use pages::portal::{Overview, ServiceCard, Upcoming};
use sla::availability::Seconds;
use sla::{Service, ServiceId, Zone};
use table::{SeenService, ServiceOrder};
use web::{Page, Parameters, Session, fault, optional, shown};

use crate::Portal;
use crate::claims::claimable;

/// Months that are looked at for what can be claimed: 3 calls each with one probe, 9 of the 20, beside at most
/// 11. A page among several reads its summaries month by month, in up to 4 calls more, and looks at one month less.
const CLAIMABLE_MAX: usize = 3;
/// Days ahead for which maintenance is shown.
const DAYS_AHEAD: i64 = 14;
/// A day in seconds.
const DAY_S: i64 = 86_400;

/// Shows the overview.
pub async fn page(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<ServiceId> = optional("after", query.after.as_deref())?;
    let scope = portal.scope(&session.access)?;
    let seen = scope.overview(after.as_ref(), ServiceOrder::Name, portal.now()).await.map_err(fault)?;
    let name = seen.customer.map_or_else(|| scope.customer_id().to_string(), |customer| customer.name);
    let zone = seen.services.first().map_or(Zone::UTC, |seen| seen.service.time_zone);
    let visit = portal.visit_as(&session, Section::Services, scope, (name, zone));
    let services: Vec<Service> = seen.services.iter().map(|seen| seen.service.clone()).collect();
    let claims = visit.scope.claims().await.map_err(fault)?;
    let is_one_of_several = after.is_some() || seen.next.is_some();
    // A page among several has no call left for the count of notices.
    let visit = if is_one_of_several { visit } else { visit.counting(&session).await? };
    let limit = CLAIMABLE_MAX - usize::from(is_one_of_several);
    let claimable = claimable(&visit.scope, &services, &claims, limit, visit.now).await?;
    let shown_until = visit.now.plus_s(DAYS_AHEAD * DAY_S);
    let names = |ids: &[ServiceId]| {
        let own = seen.services.iter().filter(|seen| ids.contains(&seen.service.service_id));
        own.map(|seen| seen.service.name.clone()).collect()
    };
    let upcoming =
        seen.maintenance.iter().filter(|(maintenance, _)| maintenance.starts_at < shown_until).map(
            |(maintenance, ids)| Upcoming { maintenance: maintenance.clone(), service_names: names(ids) },
        );
    let maintenance = upcoming.collect();
    let services = seen.services.iter().map(card).collect();
    let view = Overview { services, maintenance, claimable, after: seen.next };
    shown(pages::portal::overview(&visit.frame, &view))
}

fn card(seen: &SeenService) -> ServiceCard {
    ServiceCard {
        service: seen.service.clone(),
        state: seen.present.state,
        since: seen.present.since,
        month: seen.month,
        seconds: so_far(seen),
        allowance: seen.allowance.unwrap_or_default(),
        warned_at_s: seen.warned_at_s,
        days: seen.days.clone(),
    }
}

/// Adds up the days of the current month.
pub fn so_far(seen: &SeenService) -> Seconds {
    seen.present.days.iter().fold(Seconds::default(), |sum, day| sum.plus(day.seconds))
}
