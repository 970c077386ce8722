//! The published revisions of the terms.

use sla::{Instant, Terms, TermsBook};

use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Circular, Table, keys};

/// Seconds for which a process caches the terms. A revision is published at least a day before it takes
/// effect, and zones ahead of UTC begin its month at most 14 h early.
const REMEMBERED_S: i64 = 300;

impl Table {
    /// Returns all revisions, from the cache if they were read within five minutes.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn terms_now(&self, now: Instant) -> Result<TermsBook, TableError> {
        let remembered = self.terms.lock().ok().and_then(|terms| terms.clone());
        if let Some((read_at, book)) = remembered
            && now >= read_at
            && now < read_at.plus_s(REMEMBERED_S)
        {
            return Ok(book);
        }
        let book = self.terms().await?;
        if let Ok(mut terms) = self.terms.lock() {
            *terms = Some((now, book.clone()));
        }
        Ok(book)
    }

    /// Reads all published revisions, after the built-in one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn terms(&self) -> Result<TermsBook, TableError> {
        let items = self.store.query(&keys::terms_partition(), "REVISION#", "REVISION#~").await?;
        let published = items.iter().map(|item| item.body()).collect::<Result<Vec<Terms>, _>>()?;
        Ok(TermsBook::new(published))
    }

    /// Stores a new revision with the circulars that announce it; `Conflict` if it exists.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn publish_terms(
        &self,
        terms: &Terms,
        circulars: &[Circular],
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        transaction.put_new(Draft::with_body(&keys::terms(terms.revision), terms)?);
        for circular in circulars {
            transaction.put_versioned(circular.draft()?, None);
        }
        let committed = self.store.commit(transaction).await;
        if let Ok(mut remembered) = self.terms.lock() {
            *remembered = None;
        }
        committed
    }

    /// Stores a new revision; `Conflict` if it exists.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn store_terms(&self, terms: &Terms) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        transaction.put_new(Draft::with_body(&keys::terms(terms.revision), terms)?);
        self.store.commit(transaction).await
    }
}
