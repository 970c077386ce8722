//! Circulars: a fact announced to every customer, in pages with deterministic ids, and once to staff.

use events::{Happening, NoticeRecord};
use serde::{Deserialize, Serialize};
use sla::{CustomerId, Instant, Month};

use crate::store::schema::DUE;
use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Table, keys, outbox};

/// Customers that one step of a circular reaches: a notice each of 100 items, beside the notice to staff and
/// the circular itself.
const PAGE: usize = 50;

/// A fact announced to every customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Circular {
    /// The id of the fact.
    pub cause: String,
    /// The fact.
    pub happening: Happening,
    /// The month concerned, if any.
    pub month: Option<Month>,
    /// Instant at which the fact occurs.
    pub occurred_at: Instant,
    /// Instant from which the circular is sent.
    pub due_at: Instant,
    /// The last customer who was notified.
    pub told_to: Option<CustomerId>,
}

impl Circular {
    /// Builds a circular about a month that is sent from the instant at which its fact occurs.
    pub fn new(cause: String, happening: Happening, month: Month, occurred_at: Instant) -> Self {
        Self { cause, happening, month: Some(month), occurred_at, due_at: occurred_at, told_to: None }
    }

    pub(crate) fn draft(&self) -> Result<Draft, TableError> {
        Ok(Draft::with_body(&keys::circular(&self.cause), self)?
            .due(&outbox::shard_name(0), Some(self.due_at)))
    }

    /// Builds the notice to staff.
    fn to_staff(&self) -> NoticeRecord {
        NoticeRecord::general(self.month, self.occurred_at, self.happening.clone(), &self.cause)
    }

    fn to_customer(&self, id: &CustomerId) -> NoticeRecord {
        NoticeRecord::to_customer(id, self.month, self.occurred_at, self.happening.clone(), &self.cause)
    }
}

impl Table {
    /// Notifies the next page of customers, and staff with the first; returns false once all are notified.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or a directory entry is not an id.
    pub async fn circulate(&self, cause: &str, now: Instant) -> Result<bool, TableError> {
        let Some(item) = self.store.get_one(&keys::circular(cause)).await? else { return Ok(false) };
        let mut circular: Circular = item.body()?;
        if item.attribute(DUE).is_none() {
            return Ok(false);
        }
        let mut transaction = Transaction::default();
        if circular.told_to.is_none() {
            outbox::add(&mut transaction, &circular.to_staff(), now)?;
        }
        let page = self.customer_ids(circular.told_to.as_ref(), PAGE).await?;
        for id in &page {
            outbox::add(&mut transaction, &circular.to_customer(id), now)?;
        }
        let done = page.is_empty();
        circular.told_to = page.into_iter().last().or(circular.told_to);
        let draft = match done {
            true => Draft::with_body(&keys::circular(cause), &circular)?,
            false => circular.draft()?,
        };
        transaction.put_versioned(draft, item.version());
        match self.store.commit(transaction).await? {
            Committed::Done => Ok(!done),
            // The faster writer goes on with it.
            Committed::Conflict => Ok(false),
        }
    }
}
