//! Delivery: the due entries of the outbox, from the stream or the sweep, and the record of their delivery.

use std::collections::BTreeSet;

use events::{Audience, NoticeRecord};
use serde_json::json;
use sla::Instant;

use super::{Fanout, OUTBOX, OUTBOX_SHARDS, notice_key, shard_name, shards};
use crate::keys::Key;
use crate::store::schema::{DUE, DUE_AT, PARTITION_KEY, SORT_KEY};
use crate::store::{BODY, Draft, Item, TableError, Transaction};
use crate::{Circular, Table, keys};

/// Notices that one transaction marks: DynamoDB's limit.
const MARKED_MAX: usize = 100;
/// Pages of one index partition that a sweep reads; entries behind that many unreadable ones are not found.
const UNDONE_PAGES_MAX: usize = 10;

/// Attribute of a notice that its audiences' topics have, while its customer's own topic has not.
const OWED: &str = "owed";
/// The only value of [`OWED`].
const OWED_TO_OWN_TOPIC: &str = "own topic";
/// Attribute of a partly delivered notice: the audiences, and perhaps the own topic, that have not got it.
const UNDELIVERED: &str = "untold";
/// The customer's own topic in [`UNDELIVERED`], beside the names of audiences.
const OWN_TOPIC: &str = "own";

/// A notice that is not fully published.
#[derive(Debug, Clone, PartialEq)]
pub struct UndeliveredNotice {
    /// The notice.
    pub record: NoticeRecord,
    /// Instant since which it has been due.
    pub due_at: Instant,
    /// The destinations that have not got it.
    pub owed: Destinations,
}

impl UndeliveredNotice {
    /// Returns its key and body in the form in which they are quarantined.
    ///
    /// # Errors
    /// Returns a [`TableError`] if the notice cannot be written as JSON.
    pub fn payload(&self) -> Result<serde_json::Value, TableError> {
        let Key { pk, sk } = notice_key(&self.record);
        let body = serde_json::to_string(&self.record);
        let body = body.map_err(|error| TableError::new("write a notice", error))?;
        Ok(json!({ PARTITION_KEY: pk, SORT_KEY: sk, BODY: body }))
    }
}

/// The destinations that have not got a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Destinations {
    /// The audiences.
    pub audiences: BTreeSet<Audience>,
    /// True if the customer's own topic, if it exists, has not got it.
    pub own_topic: bool,
}

impl Destinations {
    /// Reads the destinations that have not got a notice: all of them, unless the item says otherwise.
    fn of(record: &NoticeRecord, item: &Item) -> Self {
        let all = record.audiences().iter().copied();
        if item.attribute(OWED).is_some() {
            return Self { audiences: BTreeSet::new(), own_topic: true };
        }
        let Some(undelivered) = item.attribute(UNDELIVERED) else {
            return Self { audiences: all.collect(), own_topic: true };
        };
        let named = |name: &str| undelivered.split(' ').any(|other| other == name);
        Self {
            audiences: all.filter(|audience| named(audience.as_str())).collect(),
            own_topic: named(OWN_TOPIC),
        }
    }

    /// True if every destination has it.
    pub fn is_nothing(&self) -> bool {
        self.audiences.is_empty() && !self.own_topic
    }

    fn mark(&self, draft: Draft) -> Draft {
        if self.audiences.is_empty() {
            return draft.text(OWED, OWED_TO_OWN_TOPIC);
        }
        let names = self.audiences.iter().map(|audience| audience.as_str());
        let names: Vec<&str> = names.chain(self.own_topic.then_some(OWN_TOPIC)).collect();
        draft.text(UNDELIVERED, &names.join(" "))
    }
}

/// An entry of the outbox: work for `send-notices`.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Publishes a notice.
    Notice(Box<UndeliveredNotice>),
    /// Notifies many services.
    Fanout(Box<Fanout>),
    /// Notifies every customer.
    Circular(Box<Circular>),
}

/// The key of a due entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due(Key);

/// A due entry of the outbox that this version cannot read; it stays there for a version that can.
#[derive(Debug)]
pub struct Unreadable {
    /// The keys and the body, as far as present; the same from the stream and from the table.
    pub payload: serde_json::Value,
    /// The reason why it cannot be read.
    pub error: TableError,
}

/// The due entries that are not done.
#[derive(Debug, Default)]
pub struct UnfinishedEntries {
    /// The readable entries.
    pub entries: Vec<Entry>,
    /// The unreadable entries.
    pub unreadable: Vec<Unreadable>,
    /// Instant since which the oldest of all entries has been due.
    pub oldest_due_at: Option<Instant>,
}

/// Returns the key of an outbox entry due by `now` from a stream record's new image (DynamoDB JSON); `None`
/// for any other image.
///
/// # Errors
/// Returns the payload as [`Unreadable`] if an image of the outbox has no key.
pub fn due_of_image(image: &serde_json::Value, now: Instant) -> Result<Option<Due>, Unreadable> {
    let text =
        |name: &str| image.get(name).and_then(|value| value.get("S")).and_then(serde_json::Value::as_str);
    let is_later = text(DUE_AT).and_then(|at| at.parse::<Instant>().ok()).is_some_and(|at| at > now);
    if is_later || !text(DUE).is_some_and(|due| due.starts_with(OUTBOX)) {
        return Ok(None);
    }
    match (text(PARTITION_KEY), text(SORT_KEY)) {
        (Some(pk), Some(sk)) => Ok(Some(Due(Key { pk: pk.to_owned(), sk: sk.to_owned() }))),
        (pk, sk) => {
            let error = TableError::unexpected("read a record of the stream", "it has no keys");
            Err(unreadable(pk, sk, text(BODY), error))
        }
    }
}

fn unreadable(pk: Option<&str>, sk: Option<&str>, body: Option<&str>, error: TableError) -> Unreadable {
    Unreadable { payload: json!({ PARTITION_KEY: pk, SORT_KEY: sk, BODY: body }), error }
}

/// Reads an outbox entry, and the instant since which it has been due.
fn entry(item: &Item) -> Result<(Instant, Entry), TableError> {
    let due_at = item.attribute(DUE_AT).unwrap_or_default().parse();
    let due_at = due_at.map_err(|error| TableError::new("read since when an entry is due", error))?;
    let fault = |error| TableError::new("read the outbox", error);
    let body = item.attribute(BODY).unwrap_or_default();
    let read = if item.key.pk.starts_with("FANOUT#") {
        serde_json::from_str(body).map(|fanout| Entry::Fanout(Box::new(fanout)))
    } else if item.key.pk.starts_with("CIRCULAR#") {
        serde_json::from_str(body).map(|circular| Entry::Circular(Box::new(circular)))
    } else {
        serde_json::from_str(body).map(|record| {
            let owed = Destinations::of(&record, item);
            Entry::Notice(Box::new(UndeliveredNotice { record, due_at, owed }))
        })
    };
    Ok((due_at, read.map_err(fault)?))
}

impl UnfinishedEntries {
    /// Adds an item if it is still due: it may have been done since the stream or the index was read.
    fn add(&mut self, item: &Item, now: Instant) {
        if !item.attribute(DUE).is_some_and(|due| due.starts_with(OUTBOX)) {
            return;
        }
        let due_at = match entry(item) {
            Ok((due_at, _)) if due_at > now => return,
            Ok((due_at, entry)) => {
                self.entries.push(entry);
                Some(due_at)
            }
            Err(error) => {
                let (pk, sk) = (Some(item.key.pk.as_str()), Some(item.key.sk.as_str()));
                self.unreadable.push(unreadable(pk, sk, item.attribute(BODY), error));
                item.attribute(DUE_AT).and_then(|at| at.parse().ok())
            }
        };
        self.oldest_due_at = self.oldest_due_at.into_iter().chain(due_at).min();
    }
}

impl Table {
    /// Lists at least `limit` overdue entries, if there are so many, and at most twice as many. Unreadable
    /// ones come on top, and hold back no other.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn undone(&self, now: Instant, limit: usize) -> Result<UnfinishedEntries, TableError> {
        let page = i32::try_from(limit).unwrap_or(i32::MAX);
        let mut undone = UnfinishedEntries::default();
        for shard in shards() {
            let mut start = None;
            for _ in 0..UNDONE_PAGES_MAX {
                let due = self.store.due_page(&shard, now, page, start).await?;
                self.add_due(&mut undone, &due.keys, now).await?;
                start = due.last;
                if start.is_none() || undone.entries.len() >= limit {
                    break;
                }
            }
        }
        Ok(undone)
    }

    /// Reads those entries shown by the stream that are still due; delivered ones are left out.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn still_due(&self, shown: Vec<Due>, now: Instant) -> Result<UnfinishedEntries, TableError> {
        let keys: Vec<Key> = shown.into_iter().map(|Due(key)| key).collect();
        let mut undone = UnfinishedEntries::default();
        self.add_due(&mut undone, &keys, now).await?;
        Ok(undone)
    }

    async fn add_due(
        &self,
        undone: &mut UnfinishedEntries,
        keys: &[Key],
        now: Instant,
    ) -> Result<(), TableError> {
        let mut found = self.store.get(keys).await?;
        for item in keys.iter().filter_map(|key| found.remove(key)) {
            undone.add(&item, now);
        }
        Ok(())
    }

    /// Marks notices as delivered, or with the destinations that have not got them; the latter stay due.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn mark_delivered(&self, notices: &[UndeliveredNotice]) -> Result<(), TableError> {
        for batch in notices.chunks(MARKED_MAX) {
            let mut transaction = Transaction::default();
            for UndeliveredNotice { record, due_at, owed } in batch {
                let draft = Draft::with_body(&notice_key(record), record)?;
                let shard = shard_name(keys::bucket(&record.notice_id, OUTBOX_SHARDS));
                transaction.put(match owed.is_nothing() {
                    true => draft,
                    false => owed.mark(draft.due(&shard, Some(*due_at))),
                });
            }
            self.store.commit_surely(transaction).await?;
        }
        Ok(())
    }
}
