//! Queues for staff: items stay in the sparse index for as long as they wait, oldest first.

use crate::service::queue::Queue;
use sla::exclusion::Exclusion;
use sla::void::Void;
use sla::{Instant, Month, ServiceId, Statement};

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
        let (keys, is_more) = self.queue(Queue::Disputes, Some(now.plus_s(-DISPUTE_SHOWN_S)), limit).await?;
        let first: Vec<Exclusion> = self.made(&keys).await?;
        Ok(QueueHead { first: first.into_iter().filter(|e| e.dispute_until.is_some()).collect(), is_more })
    }

    /// Reads the newest statements of closed months whose verdict depends on missing data.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn undecided_statements(&self, limit: usize) -> Result<QueueHead<Statement>, TableError> {
        let (keys, is_more) = self.queue(Queue::Statements, None, limit).await?;
        let mut first = Vec::new();
        for (service_id, month) in keys.iter().filter_map(keys::reviewed) {
            first.extend(self.undecided(&service_id, month).await?);
        }
        Ok(QueueHead { first, is_more })
    }

    async fn undecided(&self, id: &ServiceId, month: Month) -> Result<Option<Statement>, TableError> {
        let newest: Option<StoredStatement> = self.newest_statement(id, month).await?;
        Ok(newest.map(|stored| stored.statement).filter(Statement::waits_for_review))
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
        let from = from.unwrap_or(Instant::from_epoch_s(0));
        let ask_for = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        let by = Instant::from_epoch_s(NEVER);
        let mut keys = self.store.due_between(queue.partition(), from, by, ask_for).await?;
        let is_more = keys.len() > limit;
        keys.truncate(limit);
        Ok((keys, is_more))
    }
}
