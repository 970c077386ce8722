//! Notices: everything that the customer was told, the latest first, in its original wording. Only the first
//! page without a filter counts as a look, after which what it shows is no longer new.

use axum::extract::{Query, State};
use axum::http::header;
use events::{Happening, NoticeRecord};
use pages::Section;
use pages::portal::{Headline, KindGroup, Notices};
use sla::id::RegionId;
use sla::{Instant, Month, ServiceId, Zone};
use table::CustomerScope;
use web::{Page, PageError, Parameters, Session, fault, optional, shown};

use crate::Portal;
use crate::api::cursor;
use crate::api::notices::{LIST, place};

/// Notices per page.
const PAGE_MAX: usize = 50;
/// Notices per read: those that customers do not get lie between.
const READ_AT_ONCE: usize = 100;
/// Reads of a page: 1,000 notices. A page of a filter that finds less than 50 among them continues behind them.
const READS_MAX: usize = 10;
/// Outages of a region that begin, or end, within three minutes share a headline.
const TOGETHER_S: i64 = 180;

/// A notice's place in the list.
type Place = (Instant, String);

/// Shows the notices, page by page.
pub async fn page(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let month: Option<Month> = optional("month", query.month.as_deref())?;
    let group: Option<KindGroup> = optional("kind", query.kind.as_deref())?;
    let service_id: Option<ServiceId> = optional("service_id", query.service_id.as_deref())?;
    let after = cursor::read(LIST, query.after.as_deref(), place)?;
    let mut visit = portal.visit_with_services(&session, Section::Notices).await?;
    let is_first = after.is_none();
    let is_whole = group.is_none() && service_id.is_none();
    let from = after.or_else(|| month.map(|month| (month.bounds(Zone::UTC).end, String::new())));
    let is_wanted = |record: &NoticeRecord| {
        record.is_for_customers()
            && group.is_none_or(|group| group.has(record.happening.kind()))
            && service_id.as_ref().is_none_or(|id| record.concerns(id))
    };
    let (records, older) = read(&visit.scope, from, is_wanted).await?;
    let region = |id: &ServiceId| {
        let own = visit.services().iter().find(|service| service.service_id == *id);
        own.map(|service| service.region.clone())
    };
    let view = Notices {
        headlines: headlines(&records, region),
        group,
        service_id,
        month,
        services: visit.choices(),
        older: older.map(|(at, id)| cursor::write(LIST, &[&at, &id])),
        is_first,
        marked_from: session.looks.marked_from(visit.now),
    };
    let is_look = is_first && is_whole && month.is_none();
    if is_look {
        visit.frame.unread = 0;
    }
    let mut answer = shown(pages::portal::notices(&visit.frame, &view))?;
    if is_look {
        answer.headers_mut().append(header::SET_COOKIE, session.looks.cookie(visit.now));
    }
    Ok(answer)
}

/// Reads a page of wanted notices, and the place after which the next one continues.
async fn read(
    scope: &CustomerScope,
    mut before: Option<Place>,
    is_wanted: impl Fn(&NoticeRecord) -> bool,
) -> Result<(Vec<NoticeRecord>, Option<Place>), PageError> {
    let mut found = Vec::new();
    for _ in 0..READS_MAX {
        let read = scope.notices_between(None, before.as_ref(), READ_AT_ONCE).await.map_err(fault)?;
        let is_end = read.len() < READ_AT_ONCE;
        for record in read {
            if found.len() == PAGE_MAX {
                return Ok((found, before));
            }
            before = Some((record.occurred_at, record.notice_id.clone()));
            if is_wanted(&record) {
                found.push(record);
            }
        }
        if is_end {
            return Ok((found, None));
        }
    }
    Ok((found, before))
}

/// Puts the outages of a region that begin, or end, together under one headline, at the place of the latest.
fn headlines(records: &[NoticeRecord], region_of: impl Fn(&ServiceId) -> Option<RegionId>) -> Vec<Headline> {
    let mut headlines: Vec<(Option<Instant>, Headline)> = Vec::new();
    for record in records {
        let at = match &record.happening {
            Happening::OutageOpened { started_at, .. } => Some(*started_at),
            Happening::OutageClosed { ended_at, .. } => Some(*ended_at),
            _ => None,
        };
        let region = record.service_id.as_ref().filter(|_| at.is_some()).and_then(&region_of);
        let notice = wording::word(record);
        let is_own = |(own, headline): &&mut (Option<Instant>, Headline)| {
            let together =
                own.zip(at).is_some_and(|(own, at)| (own.epoch_s() - at.epoch_s()).abs() <= TOGETHER_S);
            together
                && region.is_some()
                && headline.region == region
                && headline.notices.iter().all(|other| other.kind == notice.kind)
        };
        match headlines.iter_mut().find(is_own) {
            Some((_, headline)) => headline.notices.push(notice),
            None => headlines.push((at, Headline { notices: vec![notice], region })),
        }
    }
    headlines.into_iter().map(|(_, headline)| headline).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_link_of_a_notice_is_a_route_of_the_portal() {
        let routes: BTreeSet<&str> = crate::paths().collect();
        for (kind, pattern, _) in wording::links::LINKS {
            let path = pattern.split(['?', '#']).next().unwrap_or_default();
            assert!(routes.contains(path), "{kind}: {pattern}");
        }
        assert!(routes.contains("/claims/new"));
    }
}
