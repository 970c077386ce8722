//! Queues for staff: items stay in the sparse index for as long as they wait, oldest first.

use crate::service::queue::Queue;
use sla::claim::Claim;
use sla::exclusion::Exclusion;
use sla::void::Void;
use sla::{Instant, Statement};

use crate::keys::Key;
use crate::service::quarantine::QuarantineEntry;
use crate::store::{Item, TableError};
use crate::{StoredStatement, Table, keys};

/// Seconds for which staff see a dispute after its deadline.
const DISPUTE_SHOWN_S: i64 = 30 * 86_400;
/// The upper bound of every query of a queue, in seconds since the epoch: the end of the year 9999.
const NEVER: i64 = 253_402_300_799;

/// The head of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueHead<T> {
    /// The oldest waiting items.
    pub first: Vec<T>,
    /// True if there are more.
    pub is_more: bool,
}

/// The length of a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueLength {
    /// The number of waiting items, up to a limit.
    pub count: usize,
    /// True if there are more.
    pub is_more: bool,
    /// The instant of the first place.
    pub oldest: Option<Instant>,
}

/// Returns the earliest deadline of the disputes that staff see: 30 days before.
pub fn disputes_from(now: Instant) -> Instant {
    now.plus_s(-DISPUTE_SHOWN_S)
}

impl Table {
    /// Reads the exclusions that wait for a second person.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn waiting_exclusions(&self, limit: usize) -> Result<QueueHead<Exclusion>, TableError> {
        let (keys, is_more) = self.queue(Queue::Exclusions, None, limit).await?;
        let first: Vec<Exclusion> = self.made(&keys).await?;
        // The index lags a little: an item decided meanwhile no longer waits.
        Ok(QueueHead { first: first.into_iter().filter(|e| e.state() == "raised").collect(), is_more })
    }

    /// Reads the voids that wait for a second person.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn waiting_voids(&self, limit: usize) -> Result<QueueHead<Void>, TableError> {
        let (keys, is_more) = self.queue(Queue::Voids, None, limit).await?;
        let first: Vec<Void> = self.made(&keys).await?;
        Ok(QueueHead { first: first.into_iter().filter(|void| void.decision.is_none()).collect(), is_more })
    }

    /// Reads the disputed exclusions: until they are withdrawn, or 30 days after the deadline for disputes.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn disputed_exclusions(
        &self,
        now: Instant,
        limit: usize,
    ) -> Result<QueueHead<Exclusion>, TableError> {
        let (keys, is_more) = self.queue(Queue::Disputes, Some(disputes_from(now)), limit).await?;
        let first: Vec<Exclusion> = self.made(&keys).await?;
        Ok(QueueHead { first: first.into_iter().filter(|e| e.dispute_until.is_some()).collect(), is_more })
    }

    /// Reads the newest statements of closed months whose verdict depends on missing data.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn undecided_statements(&self, limit: usize) -> Result<QueueHead<Statement>, TableError> {
        self.marked(Queue::Statements, None, limit, Statement::waits_for_review).await
    }

    /// Reads the newest statements in which a metric missed its limit, of those issued from an instant on.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn findings(&self, from: Instant, limit: usize) -> Result<QueueHead<Statement>, TableError> {
        self.marked(Queue::Findings, Some(from), limit, Statement::misses_a_metric).await
    }

    /// Reads the statements whose revision a queue's marks name. The index lags a little: one that is wanted
    /// no longer is left out.
    async fn marked(
        &self,
        queue: Queue,
        from: Option<Instant>,
        limit: usize,
        is_wanted: impl Fn(&Statement) -> bool,
    ) -> Result<QueueHead<Statement>, TableError> {
        let (marks, is_more) = self.queue(queue, from, limit).await?;
        let found = self.store.get(&marks).await?;
        let mut wanted = Vec::new();
        for mark in &marks {
            let Some((item, (id, month))) = found.get(mark).zip(keys::reviewed(mark)) else { continue };
            let revision = match item.body_if_any()? {
                Some(revision) => Some(revision),
                // A mark of before marks named the revision.
                None => self.newest_statement(&id, month).await?.map(|stored| stored.statement.revision),
            };
            wanted.extend(revision.map(|revision| keys::statement(&id, month, revision)));
        }
        let found = self.store.get(&wanted).await?;
        let statements = wanted.iter().filter_map(|key| found.get(key)).map(Item::body::<StoredStatement>);
        let first = statements.map(|stored| stored.map(|stored| stored.statement));
        let first: Vec<Statement> = first.collect::<Result<_, _>>()?;
        Ok(QueueHead { first: first.into_iter().filter(is_wanted).collect(), is_more })
    }

    /// Reads the claims that wait for a person.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn claims_in_review(&self, limit: usize) -> Result<QueueHead<Claim>, TableError> {
        let (wanted, is_more) = self.queue(Queue::Claims, None, limit).await?;
        let found = self.store.get(&wanted).await?;
        let first =
            wanted.iter().filter_map(|key| found.get(key)).map(Item::body).collect::<Result<_, _>>()?;
        Ok(QueueHead { first, is_more })
    }

    /// Counts what waits in a queue from an instant on, up to `limit`, by the index alone, which lags a little.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn queue_length(
        &self,
        queue: Queue,
        from: Option<Instant>,
        limit: usize,
    ) -> Result<QueueLength, TableError> {
        let waiting = self.waiting(queue, from, limit).await?;
        Ok(QueueLength {
            count: waiting.len().min(limit),
            is_more: waiting.len() > limit,
            oldest: waiting.first().map(|(_, since)| *since),
        })
    }

    /// Reads the quarantined input that has not been replayed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn waiting_quarantine(&self, limit: usize) -> Result<QueueHead<QuarantineEntry>, TableError> {
        let (wanted, is_more) = self.queue(Queue::Quarantine, None, limit).await?;
        let mut found = self.store.get(&wanted).await?;
        let items = wanted.iter().filter_map(|key| found.remove(key));
        let first = items.map(|item| Item::body::<QuarantineEntry>(&item)).collect::<Result<Vec<_>, _>>()?;
        Ok(QueueHead { first: first.into_iter().filter(|q| q.replayed_at.is_none()).collect(), is_more })
    }

    pub(crate) async fn queue(
        &self,
        queue: Queue,
        from: Option<Instant>,
        limit: usize,
    ) -> Result<(Vec<Key>, bool), TableError> {
        let waiting = self.waiting(queue, from, limit).await?;
        let is_more = waiting.len() > limit;
        Ok((waiting.into_iter().take(limit).map(|(key, _)| key).collect(), is_more))
    }

    /// Lists the keys in a queue, each with the instant of its place: one more than `limit` if there are more.
    async fn waiting(
        &self,
        queue: Queue,
        from: Option<Instant>,
        limit: usize,
    ) -> Result<Vec<(Key, Instant)>, TableError> {
        let from = from.unwrap_or(Instant::from_epoch_s(0));
        let ask_for = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        self.store.due_between(queue.partition(), from, Instant::from_epoch_s(NEVER), ask_for).await
    }
}
