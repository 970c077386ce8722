//! Notices: everything that the customer was told, month by month, in its original wording.

use axum::http::HeaderMap;
use events::{Notice, NoticeRecord};
use schemars::JsonSchema;
use serde::Serialize;
use sla::{Instant, Month, Zone};
use web::{fault, optional};

use super::{Answer, ApiParameters, Caller, cursor};

/// Notices per page.
const PAGE_MAX: usize = 100;
/// The list's name in its cursors.
pub(crate) const LIST: &str = "notices";
/// Limit on the notice id in a cursor: a kind and a digest.
const ID_BYTES_MAX: usize = 128;

/// A page of notices.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Notices {
    /// The month (UTC).
    month: Month,
    /// The notices, the latest first; at most 100.
    notices: Vec<Notice>,
    /// The `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Reads the place of a notice in the list.
pub(crate) fn place(parts: &[&str]) -> Option<(Instant, String)> {
    let [occurred_at, id] = parts else { return None };
    let fits = id.len() <= ID_BYTES_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(())?;
    Some((occurred_at.parse().ok()?, (*id).to_owned()))
}

/// Lists the notices of a month (`GET /notices`).
pub(super) async fn list(caller: Caller, ApiParameters(query): ApiParameters, headers: HeaderMap) -> Answer {
    let present = Month::of(caller.now, Zone::UTC);
    let month = optional("month", query.month.as_deref())?.unwrap_or(present);
    let before = cursor::read(LIST, query.after.as_deref(), place)?;
    let found = caller.scope.notices(month, before.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
    let page: Vec<&NoticeRecord> = found.iter().take(PAGE_MAX).collect();
    let last = page.last().filter(|_| found.len() > PAGE_MAX);
    let next = last.map(|last| cursor::write(LIST, &[&last.occurred_at, &last.notice_id]));
    let notices = page.into_iter().filter(|record| record.is_for_customers()).map(wording::word).collect();
    web::json(&headers, &Notices { month, notices, next })
}
