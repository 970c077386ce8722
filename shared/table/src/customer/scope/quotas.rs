//! Requests of a customer today, counted before anything is looked at: one read and one write a request, and
//! none beyond the quota. The notice to staff is written with the count that reaches it.

use events::{Happening, NoticeRecord};
use sla::quota::{DailyUsage, QuotaExceeded, QuotaReached, QuotaRequest, Quotas, claimable_months, day_of};
use sla::{Instant, Month, Zone};

use super::CustomerScope;
use crate::store::attempts::until_written;
use crate::store::{Draft, TableError, Transaction};
use crate::{Versioned, keys, outbox};

/// Seconds for which the counts are kept: their day. DynamoDB removes them some time later.
const KEPT_S: i64 = 86_400;
/// Services read at a time for a customer's service-months.
const SERVICES_PAGE: usize = 1000;
/// The most such pages, once a day: 10 × 1,000 services.
const SERVICES_PAGES_MAX: usize = 10;

impl CustomerScope {
    /// Counts a request against its quota, or refuses it without a write.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ask(
        &self,
        quotas: &Quotas,
        ask: QuotaRequest,
        now: Instant,
    ) -> Result<Result<(), QuotaExceeded>, TableError> {
        let key = keys::asked(self.customer_id(), day_of(now));
        until_written("count a request", || async {
            let found = self.table.store.get_one(&key).await?;
            let read: Option<Versioned<DailyUsage>> = found.as_ref().map(Versioned::of).transpose()?;
            let version = read.as_ref().and_then(|read| read.version);
            let before = read.map(|read| read.value).unwrap_or_default();
            let mut asked = before.clone();
            if asked.needs_service_months(quotas, ask) {
                asked.service_months = Some(self.service_months(now).await?);
            }
            let (admitted, reached) = asked.ask(quotas, ask, now);
            if asked == before {
                return Ok(Some(admitted));
            }
            let mut transaction = Transaction::default();
            let draft = Draft::with_body(&key, &asked)?.expires(day_of(now).plus_s(KEPT_S));
            transaction.put_versioned(draft, version);
            if let Some(reached) = reached {
                outbox::add(&mut transaction, &self.notice_of(reached, now), now)?;
            }
            // Not with the request's acceptance: what was asked counts, whatever becomes of it.
            Ok::<_, TableError>(self.table.store.plain().commit(transaction).await?.then(admitted))
        })
        .await
    }

    fn notice_of(&self, quota: QuotaReached, now: Instant) -> NoticeRecord {
        let identity = format!("{}|{}", quota.kind.as_str(), quota.day);
        let month = Some(Month::of(now, Zone::UTC));
        let happening = Happening::QuotaReached { quota };
        NoticeRecord::to_customer(self.customer_id(), month, now, happening, identity)
    }

    /// Counts the months of the customer's services that can be claimed by now.
    async fn service_months(&self, now: Instant) -> Result<u32, TableError> {
        let (mut months, mut after) = (0_u32, None);
        for _ in 0..SERVICES_PAGES_MAX {
            let ids = self.service_ids(after.as_ref(), SERVICES_PAGE).await?;
            for service in self.table.services(&ids).await? {
                months = months.saturating_add(claimable_months(&service, now));
            }
            match ids.into_iter().nth(SERVICES_PAGE - 1) {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        Ok(months)
    }
}
