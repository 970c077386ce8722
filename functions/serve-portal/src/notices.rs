//! Notices: everything that the customer was told, month by month, in its original wording.

use axum::extract::{Query, State};
use pages::Section;
use pages::portal::Notices;
use sla::{Month, Zone};
use web::{Page, Parameters, Session, fault, optional, shown};

use crate::Portal;

/// Notices per page.
const PAGE_MAX: usize = 1000;

/// Shows the notices of a month (UTC), the latest first.
pub async fn page(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = portal.visit(&session, Section::Notices).await?;
    let present = Month::of(visit.now, Zone::UTC);
    let month = optional("month", query.month.as_deref())?.unwrap_or(present);
    let records = visit.scope.notices(month, None, PAGE_MAX).await.map_err(fault)?;
    let notices = records.iter().map(wording::word).collect();
    let earlier = Some(month.previous()).filter(|_| month > Month::first());
    let later = Some(month.next()).filter(|later| *later <= present);
    shown(pages::portal::notices(&visit.frame, &Notices { month, earlier, later, notices }))
}
