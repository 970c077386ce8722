//! The outbox: notices written with their facts, delivered by the stream, with the index of what is due as backstop.

mod customers;

use std::collections::BTreeSet;

use events::notice::Subject;
use events::{Happening, NoticeRecord};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sla::exclusion::{Exclusion, Maintenance};
use sla::{CustomerId, Instant, Month, Service, ServiceId, Span};

use crate::keys::Key;
use crate::schema::{DUE, DUE_AT, PARTITION_KEY, SORT_KEY};
use crate::store::{BODY, Committed, Draft, Item, TableError, Transaction};
use crate::{Circular, Table, keys, standing};

pub use customers::{ToldCustomers, told_late};

/// Every value of the `due` attribute of what `send-notices` has to do begins so: the filter of its stream.
pub const OUTBOX: &str = "OUTBOX";
/// Index partitions of the outbox.
const OUTBOX_SHARDS: u8 = 1;
/// Services that one step of a fan-out reaches, of 100 items: the fan-out itself, and for each a notice, a reminder
/// and the marks of at most 3 months, (100 − 1) / 5.
const FANOUT_PAGE: usize = 19;
/// Notices that are marked as delivered in one transaction: the most it takes.
const DELIVERED_MAX: usize = 100;
/// Pages of one index partition that a sweep reads: beyond so many that cannot be read nothing is found.
const UNDONE_PAGES_MAX: usize = 10;
/// A customer's notices of a month that are listed.
const LISTED_MAX: i32 = 1000;

/// The attribute of a notice that was published to the topics of its audiences, and is still owed to its customer's own.
const OWED: &str = "owed";
/// What that attribute says.
const OWED_TO_OWN_TOPIC: &str = "own topic";

/// A notice that is to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Untold {
    /// The notice.
    pub record: NoticeRecord,
    /// Since when it is to be.
    pub due_at: Instant,
    /// Whether its audiences have it, and only its customer's own topic has not.
    pub own_topic_only: bool,
}

/// Something that `send-notices` has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Publish a notice.
    Notice(Box<Untold>),
    /// Tell many services.
    Fanout(Box<Fanout>),
    /// Tell every customer.
    Circular(Box<Circular>),
}

/// What is due in the outbox and cannot be read: it stays there, for a version that can.
#[derive(Debug)]
pub struct Unreadable {
    /// Its keys and its body, as far as there are any: the same from the stream and from the table.
    pub payload: serde_json::Value,
    /// Why it cannot be read.
    pub error: TableError,
}

/// What is due and undone.
#[derive(Debug, Default)]
pub struct Undone {
    /// What can be done.
    pub entries: Vec<Entry>,
    /// What cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// Since when the oldest of all that has been due.
    pub oldest_due_at: Option<Instant>,
}

/// A fact for many services, told in pages with deterministic ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fanout {
    /// Names the fact.
    pub cause: String,
    /// The fact.
    pub news: News,
    /// When it came to be.
    pub occurred_at: Instant,
    /// From when it is to be told.
    pub due_at: Instant,
    /// The last service that was told, or whose reminder to look again was written.
    pub told_to: Option<ServiceId>,
    /// How far the customers were told of maintenance, once all services are reminded to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<ToldCustomers>,
}

/// A fact for many services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A window was announced.
    Announced(Maintenance),
    /// A window begins in a day.
    Reminder(Maintenance),
    /// A window was shortened or cancelled.
    Changed(Maintenance),
    /// An exclusion was raised.
    Raised(Exclusion),
    /// An exclusion was approved, rejected or withdrawn.
    Decided(Exclusion),
}

impl News {
    /// Tells what the customer of a service may see of an exclusion; of maintenance each customer is told once.
    fn of_exclusion(&self, of: &Service, month: Month) -> Option<Happening> {
        let (service, id) = (Subject::of(of, month), &of.service_id);
        match self {
            Self::Announced(_) | Self::Reminder(_) | Self::Changed(_) => None,
            Self::Raised(exclusion) => {
                Some(Happening::ExclusionRaised { service, exclusion: exclusion.as_of_service(id) })
            }
            Self::Decided(exclusion) => {
                Some(Happening::ExclusionDecided { service, exclusion: exclusion.as_of_service(id) })
            }
        }
    }

    /// Returns the maintenance that it is about.
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

    /// Returns the services by name, or none if the directory must be paged through.
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

    /// Says whether what counts as downtime changes, so that breaches and warnings must be looked at again.
    const fn changes_downtime(&self) -> bool {
        matches!(self, Self::Announced(_) | Self::Changed(_) | Self::Decided(_))
    }
}

impl Fanout {
    /// Makes a fan-out that is told at `due_at`.
    pub fn new(cause: String, news: News, occurred_at: Instant, due_at: Instant) -> Self {
        Self { cause, news, occurred_at, due_at, told_to: None, customers: None }
    }

    pub(crate) fn draft(&self) -> Result<Draft, TableError> {
        Ok(Draft::with_body(&keys::fanout(&self.cause), self)?.due(&shard_name(0), Some(self.due_at)))
    }
}

/// Names the index partitions of the outbox.
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

/// Reads an entry from the new image of a stream record (DynamoDB JSON); `None` if it is nothing to do by `now`.
///
/// # Errors
/// An image of the outbox that is no entry, or does not say from when it is due.
pub fn entry_of_image(image: &serde_json::Value, now: Instant) -> Result<Option<Entry>, Unreadable> {
    let text =
        |name: &str| image.get(name).and_then(|value| value.get("S")).and_then(serde_json::Value::as_str);
    if !text(DUE).is_some_and(|due| due.starts_with(OUTBOX)) {
        return Ok(None);
    }
    let (pk, sk, body) = (text(PARTITION_KEY), text(SORT_KEY), text(BODY));
    let at = text(DUE_AT).unwrap_or_default().parse::<Instant>();
    if at.as_ref().is_ok_and(|at| *at > now) {
        return Ok(None);
    }
    let fault = |error| TableError::new("read from when a record of the stream is due", error);
    let owed = text(OWED);
    let read =
        at.map_err(fault).and_then(|at| entry(pk.unwrap_or_default(), body.unwrap_or_default(), at, owed));
    read.map(Some).map_err(|error| unreadable(pk, sk, body, error))
}

fn unreadable(pk: Option<&str>, sk: Option<&str>, body: Option<&str>, error: TableError) -> Unreadable {
    Unreadable { payload: json!({ PARTITION_KEY: pk, SORT_KEY: sk, BODY: body }), error }
}

fn entry(pk: &str, body: &str, due_at: Instant, owed: Option<&str>) -> Result<Entry, TableError> {
    let fault = |error| TableError::new("read the outbox", error);
    if pk.starts_with("FANOUT#") {
        serde_json::from_str(body).map(|fanout| Entry::Fanout(Box::new(fanout))).map_err(fault)
    } else if pk.starts_with("CIRCULAR#") {
        serde_json::from_str(body).map(|circular| Entry::Circular(Box::new(circular))).map_err(fault)
    } else {
        let own_topic_only = owed.is_some();
        let untold = |record| Entry::Notice(Box::new(Untold { record, due_at, own_topic_only }));
        serde_json::from_str(body).map(untold).map_err(fault)
    }
}

impl Table {
    /// Lists at least `limit` entries that should have been done by now, if there are so many, and at most
    /// twice as many; and beside them what cannot be read, which holds back nothing.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn undone(&self, now: Instant, limit: usize) -> Result<Undone, TableError> {
        let page = i32::try_from(limit).unwrap_or(i32::MAX);
        let mut undone = Undone::default();
        for shard in shards() {
            let mut start = None;
            for _ in 0..UNDONE_PAGES_MAX {
                let due = self.store.due_page(&shard, now, page, start).await?;
                let mut found = self.store.get(&due.keys).await?;
                for item in due.keys.iter().filter_map(|key| found.remove(key)) {
                    let due_at = item.attribute(DUE_AT).and_then(|at| at.parse().ok());
                    undone.oldest_due_at = undone.oldest_due_at.into_iter().chain(due_at).min();
                    let body = item.attribute(BODY);
                    let due_at = due_at.unwrap_or(now);
                    match entry(&item.key.pk, body.unwrap_or_default(), due_at, item.attribute(OWED)) {
                        Ok(entry) => undone.entries.push(entry),
                        Err(error) => {
                            let (pk, sk) = (Some(item.key.pk.as_str()), Some(item.key.sk.as_str()));
                            undone.unreadable.push(unreadable(pk, sk, body, error));
                        }
                    }
                }
                start = due.last;
                if start.is_none() || undone.entries.len() >= limit {
                    break;
                }
            }
        }
        Ok(undone)
    }

    /// Marks notices as delivered.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn delivered(&self, records: &[NoticeRecord]) -> Result<(), TableError> {
        for batch in records.chunks(DELIVERED_MAX) {
            let mut transaction = Transaction::default();
            for record in batch {
                transaction.put(Draft::with_body(&notice_key(record), record)?);
            }
            if self.store.commit(transaction).await? == Committed::Conflict {
                return Err(TableError::unexpected("mark notices as delivered", "another writer was faster"));
            }
        }
        Ok(())
    }

    /// Notes of notices that their audiences have them, and that they are still owed to a customer's own topic. They
    /// stay due, so that the sweep tries again.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn owed_to_own_topic(&self, untold: &[Untold]) -> Result<(), TableError> {
        for batch in untold.chunks(DELIVERED_MAX) {
            let mut transaction = Transaction::default();
            for Untold { record, due_at, .. } in batch {
                let shard = shard_name(keys::bucket(&record.notice_id, OUTBOX_SHARDS));
                let draft = Draft::with_body(&notice_key(record), record)?.due(&shard, Some(*due_at));
                transaction.put(draft.text(OWED, OWED_TO_OWN_TOPIC));
            }
            self.store.commit_surely(transaction).await?;
        }
        Ok(())
    }

    /// Lists a customer's notices of a month (UTC), in order of time.
    ///
    /// # Errors
    /// What DynamoDB answers.
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

    /// Lists at most `limit` notices of a customer in a month (UTC), the latest first, before the given one.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub(crate) async fn latest_notices(
        &self,
        customer: &CustomerId,
        month: Month,
        before: Option<&(Instant, String)>,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, TableError> {
        let (pk, prefix) = keys::customer_notices(customer, month);
        let bound = before.map(|(at, id)| keys::notice(Some(customer), *at, id).sk);
        let end = format!("{prefix}{}", keys::LAST);
        let to = bound.clone().filter(|bound| *bound < end).unwrap_or(end);
        if to < prefix {
            return Ok(Vec::new());
        }
        // The bound itself is among what is found.
        let wanted = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        let items = self.store.query_some(&pk, &prefix, &to, false, wanted).await?;
        let others = items.iter().filter(|item| bound.as_ref() != Some(&item.key.sk));
        others.take(limit).map(Item::body).collect()
    }

    /// Tells the next page of services; returns false once everyone has been told.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn fan_out(&self, cause: &str, now: Instant) -> Result<bool, TableError> {
        let key = keys::fanout(cause);
        let Some(item) = self.store.get_one(&key).await? else { return Ok(false) };
        let mut fanout: Fanout = item.body()?;
        if item.attribute(DUE).is_none() {
            return Ok(false);
        }
        if let News::Reminder(maintenance) = &fanout.news {
            let present = self.maintenance(&maintenance.window_id).await?.map(|made| made.thing.thing);
            let Some(present) = present.filter(|m| m.cancelled_at.is_none() && now < m.ends_at) else {
                return self.told(&fanout, Transaction::default(), true, item.version()).await;
            };
            fanout.news = News::Reminder(present);
        }
        if fanout.news.maintenance().is_some() && !fanout.news.changes_downtime() {
            fanout.customers.get_or_insert_default();
        }
        if fanout.customers.is_some() {
            return self.tell_customers(fanout, item.version(), now).await;
        }
        let (services, last) = self.next_services(&fanout).await?;
        fanout.told_to = last.or(fanout.told_to);
        let mut transaction = Transaction::default();
        for service in services.iter().filter(|service| fanout.news.covers(service)) {
            self.tell(&mut transaction, &fanout, service, now)?;
        }
        let done = services.is_empty();
        if done && fanout.news.maintenance().is_some() {
            fanout.customers = Some(ToldCustomers::default());
            return self.tell_customers(fanout, item.version(), now).await;
        }
        self.told(&fanout, transaction, done, item.version()).await
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

    fn tell(
        &self,
        transaction: &mut Transaction,
        fanout: &Fanout,
        service: &Service,
        now: Instant,
    ) -> Result<(), TableError> {
        let span = fanout.news.span();
        let month = Month::of(span.start, service.time_zone);
        if let Some(happening) = fanout.news.of_exclusion(service, month) {
            let record =
                NoticeRecord::about(service, Some(month), fanout.occurred_at, happening, &fanout.cause);
            add(transaction, &record, now)?;
        }
        if fanout.news.changes_downtime() {
            let key = keys::poke(&service.service_id, &fanout.cause);
            transaction.put(Draft::new(&key).due(&standing::watch_shard(&service.service_id), Some(now)));
        }
        if let News::Decided(_) = &fanout.news {
            self.mark_late(transaction, service, span, &fanout.cause, now)?;
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
            // Whoever was faster goes on with it.
            Committed::Conflict => Ok(false),
        }
    }
}
