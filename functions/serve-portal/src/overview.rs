//! The overview: every service of the customer, now and in the last months.

use axum::extract::{Query, State};
use pages::Section;
use pages::portal::{Overview, ServiceCard, Upcoming};
use sla::availability::Seconds;
use sla::{ServiceId, Zone};
use table::SeenService;
use web::{Page, Parameters, Session, fault, optional, shown};

use crate::Portal;

/// Shows the overview.
pub async fn page(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<ServiceId> = optional("after", query.after.as_deref())?;
    let scope = portal.scope(&session.access)?;
    let seen = scope.overview(after.as_ref(), portal.now()).await.map_err(fault)?;
    let name = seen.customer.map_or_else(|| scope.customer_id().to_string(), |customer| customer.name);
    let zone = seen.services.first().map_or(Zone::UTC, |seen| seen.service.time_zone);
    let visit = portal.visit_as(&session, Section::Services, scope, (name, zone));
    let names = |ids: &[ServiceId]| {
        let own = seen.services.iter().filter(|seen| ids.contains(&seen.service.service_id));
        own.map(|seen| seen.service.name.clone()).collect()
    };
    let upcoming = seen
        .maintenance
        .iter()
        .map(|(maintenance, ids)| Upcoming { maintenance: maintenance.clone(), service_names: names(ids) });
    let maintenance = upcoming.collect();
    let services = seen.services.iter().map(card).collect();
    shown(pages::portal::overview(&visit.frame, &Overview { services, maintenance, after: seen.next }))
}

fn card(seen: &SeenService) -> ServiceCard {
    ServiceCard {
        service: seen.service.clone(),
        state: seen.present.state,
        since: seen.present.since,
        month: seen.month,
        seconds: so_far(seen),
        allowance: seen.allowance.unwrap_or_default(),
        days: seen.days.clone(),
    }
}

/// Adds up the days of the current month.
pub fn so_far(seen: &SeenService) -> Seconds {
    seen.present.days.iter().fold(Seconds::default(), |sum, day| sum.plus(day.seconds))
}
