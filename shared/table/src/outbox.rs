//! The outbox: notices written with their facts and delivered through the stream, backed by a sweep of the
//! index.

mod customers;
mod delivery;

use std::collections::BTreeSet;

use events::NoticeRecord;
use serde::{Deserialize, Serialize};
use sla::exclusion::{Exclusion, Maintenance};
use sla::{CustomerId, Instant, Month, Service, ServiceId, Span};

use crate::keys::Key;
use crate::service::watch::watch_shard;
use crate::store::schema::DUE;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Table, keys};

pub use delivery::{
    Destinations, Due, Entry, UndeliveredNotice, UnfinishedEntries, Unreadable, due_of_image,
};

pub use customers::{ToldCustomers, told_late};

/// Prefix of the `due` attribute of all work for `send-notices`, by which its stream is filtered.
pub const OUTBOX: &str = "OUTBOX";
/// Index partitions of the outbox.
const OUTBOX_SHARDS: u8 = 1;
/// Services that one step of a fan-out reaches. Of 100 items one is the fan-out, and each service takes a
/// poke and a mark: (100 − 1) / 2.
const FANOUT_PAGE: usize = 49;
/// The most notices of a customer in a month that are listed.
const LISTED_MAX: i32 = 1000;

/// A fact for many services, announced in pages with deterministic ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fanout {
    /// The id of the fact.
    pub cause: String,
    /// The fact.
    pub news: News,
    /// Instant at which the fact occurred.
    pub occurred_at: Instant,
    /// Instant from which the fact is announced.
    pub due_at: Instant,
    /// The last service that was poked.
    pub told_to: Option<ServiceId>,
    /// Progress of notifying customers, which begins once all services are poked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<ToldCustomers>,
}

/// A fact for many services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A maintenance window was announced.
    Announced(Maintenance),
    /// A maintenance window begins in a day.
    Reminder(Maintenance),
    /// A maintenance window was shortened or cancelled.
    Changed(Maintenance),
    /// An exclusion was raised.
    Raised(Exclusion),
    /// An exclusion was approved, rejected or withdrawn.
    Decided(Exclusion),
}

impl News {
    /// Returns the maintenance concerned, if any.
    const fn maintenance(&self) -> Option<&Maintenance> {
        match self {
            Self::Announced(m) | Self::Reminder(m) | Self::Changed(m) => Some(m),
            Self::Raised(_) | Self::Decided(_) => None,
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Announced(m) | Self::Reminder(m) | Self::Changed(m) => Span::new(m.starts_at, m.ends_at),
            Self::Raised(x) | Self::Decided(x) => Span::new(x.starts_at, x.ends_at),
        }
    }

    /// Returns the services that are named, or `None` if the fan-out pages through the directory.
    fn named(&self) -> Option<&BTreeSet<ServiceId>> {
        match self {
            Self::Announced(m) | Self::Reminder(m) | Self::Changed(m) => match &m.scope {
                sla::Scope::Services { services } => Some(services),
                _ => None,
            },
            Self::Raised(x) | Self::Decided(x) => Some(&x.services),
        }
    }

    fn covers(&self, service: &Service) -> bool {
        let named = match self {
            Self::Announced(m) | Self::Reminder(m) | Self::Changed(m) => {
                m.scope.covers(&service.service_id, &service.region)
            }
            Self::Raised(x) | Self::Decided(x) => x.services.contains(&service.service_id),
        };
        named && service.provided().overlaps(self.span())
    }

    /// True if the fact changes which downtime counts, so that breaches and warnings must be assessed again.
    const fn changes_downtime(&self) -> bool {
        matches!(self, Self::Announced(_) | Self::Changed(_) | Self::Decided(_))
    }
}

impl Fanout {
    /// Builds a fan-out that is due at `due_at`.
    pub fn new(cause: String, news: News, occurred_at: Instant, due_at: Instant) -> Self {
        Self { cause, news, occurred_at, due_at, told_to: None, customers: None }
    }

    /// Returns the scope of the maintenance that it announces, if it announces maintenance.
    pub(crate) fn reach(&self) -> Option<&sla::Scope> {
        self.news.maintenance().map(|maintenance| &maintenance.scope)
    }

    /// Returns the services that it names; `None` if it goes to a region or to all.
    pub(crate) fn named(&self) -> Option<&BTreeSet<ServiceId>> {
        self.news.named()
    }

    /// Returns the time that the fact concerns.
    pub(crate) fn span(&self) -> Span {
        self.news.span()
    }

    pub(crate) fn draft(&self) -> Result<Draft, TableError> {
        Ok(Draft::with_body(&keys::fanout(&self.cause), self)?.due(&shard_name(0), Some(self.due_at)))
    }
}

/// Returns the index partitions of the outbox.
pub(crate) fn shards() -> impl Iterator<Item = String> {
    (0..OUTBOX_SHARDS).map(shard_name)
}

pub(crate) fn shard_name(shard: u8) -> String {
    format!("{OUTBOX}#{shard:02}")
}

fn notice_key(record: &NoticeRecord) -> Key {
    keys::notice(record.customer_id.as_ref(), record.occurred_at, &record.notice_id)
}

/// Adds a notice to the transaction of its fact.
pub(crate) fn add(
    transaction: &mut Transaction,
    record: &NoticeRecord,
    now: Instant,
) -> Result<(), TableError> {
    let shard = shard_name(keys::bucket(&record.notice_id, OUTBOX_SHARDS));
    transaction.put(Draft::with_body(&notice_key(record), record)?.due(&shard, Some(now)));
    Ok(())
}

impl Table {
    /// Lists a customer's notices of a month (UTC), in time order.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn notices(
        &self,
        customer: &CustomerId,
        month: Month,
    ) -> Result<Vec<NoticeRecord>, TableError> {
        let (pk, prefix) = keys::customer_notices(customer, month);
        let to = format!("{prefix}{}", keys::LAST);
        let items = self.store.query_some(&pk, &prefix, &to, true, LISTED_MAX).await?;
        items.iter().map(|item| item.body()).collect()
    }

    /// Lists up to `limit` notices of a customer, latest first, from an instant on and before the given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub(crate) async fn notices_between(
        &self,
        customer: &CustomerId,
        since: Option<Instant>,
        before: Option<&(Instant, String)>,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, TableError> {
        let (pk, from, to) = keys::notices_between(customer, since, before);
        if to < from {
            return Ok(Vec::new());
        }
        // The query includes the bound itself.
        let wanted = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        let items = self.store.query_some(&pk, &from, &to, false, wanted).await?;
        items.iter().filter(|item| item.key.sk != to).take(limit).map(Item::body).collect()
    }

    /// Notifies the next page of services or customers; returns false once all are notified.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn fan_out(&self, cause: &str, now: Instant) -> Result<bool, TableError> {
        let key = keys::fanout(cause);
        let Some(item) = self.store.get_one(&key).await? else { return Ok(false) };
        let mut fanout: Fanout = item.body()?;
        if item.attribute(DUE).is_none() {
            return Ok(false);
        }
        if let News::Reminder(maintenance) = &fanout.news {
            let present = self.maintenance(&maintenance.window_id).await?.map(|made| made.value.object);
            let Some(present) = present.filter(|m| m.cancelled_at.is_none() && now < m.ends_at) else {
                return self.told(&fanout, Transaction::default(), true, item.version()).await;
            };
            fanout.news = News::Reminder(present);
        }
        if !fanout.news.changes_downtime() {
            fanout.customers.get_or_insert_default();
        }
        if fanout.customers.is_some() {
            return self.tell_customers(fanout, item.version(), now).await;
        }
        let (services, last) = self.next_services(&fanout).await?;
        fanout.told_to = last.or(fanout.told_to);
        let mut transaction = Transaction::default();
        for service in services.iter().filter(|service| fanout.news.covers(service)) {
            self.poke(&mut transaction, &fanout, service, now)?;
        }
        let done = services.is_empty();
        if done {
            fanout.customers = Some(ToldCustomers::default());
            return self.tell_customers(fanout, item.version(), now).await;
        }
        self.told(&fanout, transaction, false, item.version()).await
    }

    /// Returns the next page of services that a fan-out may concern, and the last of them.
    async fn next_services(&self, fanout: &Fanout) -> Result<(Vec<Service>, Option<ServiceId>), TableError> {
        let services = match fanout.news.named() {
            Some(named) => {
                let rest = named.iter().filter(|id| fanout.told_to.as_ref().is_none_or(|told| *id > told));
                self.services(&rest.take(FANOUT_PAGE).cloned().collect::<Vec<_>>()).await?
            }
            None => self.services_page(fanout.told_to.as_ref(), FANOUT_PAGE).await?,
        };
        let last = services.last().map(|service| service.service_id.clone());
        Ok((services, last))
    }

    /// Has a service assessed again, and after a decision its closed months restated.
    fn poke(
        &self,
        transaction: &mut Transaction,
        fanout: &Fanout,
        service: &Service,
        now: Instant,
    ) -> Result<(), TableError> {
        let key = keys::poke(&service.service_id, &fanout.cause);
        transaction.put(Draft::new(&key).due(&watch_shard(&service.service_id), Some(now)));
        if let News::Decided(_) = &fanout.news {
            self.mark_late(transaction, service, fanout.news.span(), &fanout.cause, now)?;
        }
        Ok(())
    }

    async fn told(
        &self,
        fanout: &Fanout,
        mut transaction: Transaction,
        done: bool,
        version: Option<u64>,
    ) -> Result<bool, TableError> {
        let draft =
            if done { Draft::with_body(&keys::fanout(&fanout.cause), fanout)? } else { fanout.draft()? };
        transaction.put_versioned(draft, version);
        match self.store.commit(transaction).await? {
            Committed::Done => Ok(!done),
            // The faster writer goes on with it.
            Committed::Conflict => Ok(false),
        }
    }
}
