//! Repeatable requests of customers and staff. Architecture invariant: a request is written with the first
//! transaction of its action, so that a refusal leaves no trace and a repetition finds the acceptance.

use std::sync::Arc;

use access::StaffAccess;
use serde_json::Value;
use sla::{CustomerId, Instant, sha256_hex};

use crate::keys::Key;
use crate::store::acceptance::{Acceptance, StoredRequest};
use crate::store::{Committed, Item, TableError, Transaction};
use crate::{Table, keys};

/// The longest answer that is kept, in bytes; for a longer one the command runs again, which is idempotent.
const ANSWER_BYTES_MAX: usize = 100 * 1000;

/// A request under its idempotency key. Clones share its acceptance.
#[derive(Debug, Clone)]
pub struct Request(Arc<Acceptance>);

/// An earlier acceptance under the same key.
#[derive(Debug, Clone, PartialEq)]
pub enum EarlierAcceptance {
    /// The same request, with its answer if one was kept.
    Same(Option<Value>),
    /// A different request.
    Another,
}

impl Request {
    fn new(key: Key, content: &str, now: Instant) -> Self {
        let content = sha256_hex(content.as_bytes());
        Self(Arc::new(Acceptance::new(key, content, now)))
    }

    /// Builds the request of a member of staff from its idempotency key.
    pub fn of_staff(access: &StaffAccess, request_key: &str, content: &str, now: Instant) -> Self {
        let key = keys::request_of_staff(access.staff_id(), &sha256_hex(request_key.as_bytes()));
        Self::new(key, content, now)
    }

    /// Builds the request of a customer from its idempotency key.
    pub(crate) fn of_customer(customer: &CustomerId, request_key: &str, content: &str, now: Instant) -> Self {
        Self::new(keys::request(customer, &sha256_hex(request_key.as_bytes())), content, now)
    }

    pub(crate) fn key(&self) -> Key {
        self.0.key.clone()
    }
}

/// Returns the error for a request that another process accepted meanwhile; a retry finds that acceptance.
pub(crate) fn overtaken() -> TableError {
    TableError::unexpected("accept a request", "it was accepted meanwhile")
}

impl Table {
    /// Finds a request accepted within the last 30 days by its idempotency key.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn accepted(&self, request: &Request) -> Result<Option<EarlierAcceptance>, TableError> {
        let Acceptance { key, content, now, .. } = &*request.0;
        // An item without expiry is an earlier version's, written before the request was accepted.
        let found = self.store.get_one(key).await?;
        let counts = |item: &Item| item.counts_until().is_some_and(|until| *now < until);
        let Some(item) = found.filter(counts) else { return Ok(None) };
        let stored: StoredRequest = item.body()?;
        if stored.content != *content {
            return Ok(Some(EarlierAcceptance::Another));
        }
        request.0.written();
        Ok(Some(EarlierAcceptance::Same(stored.answer)))
    }

    /// Returns a table whose first write also records the request as accepted.
    #[must_use]
    pub fn accepting(&self, request: &Request) -> Self {
        Self { store: self.store.accepting(request.0.clone()), ..self.clone() }
    }

    /// Completes a request: keeps its answer, if given, and records the acceptance if that is not done yet.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or another process accepted the request meanwhile.
    pub async fn accept(&self, request: &Request, answer: Option<&Value>) -> Result<(), TableError> {
        let acceptance = &request.0;
        let kept = answer.filter(|answer| answer.to_string().len() <= ANSWER_BYTES_MAX);
        let store = self.store.plain();
        let mut transaction = Transaction::default();
        if !acceptance.is_written() {
            transaction.put_expired(acceptance.draft(kept)?, acceptance.now);
            if store.commit(transaction).await? == Committed::Done {
                acceptance.written();
                return Ok(());
            }
            return Err(overtaken());
        }
        if kept.is_some() {
            transaction.put(acceptance.draft(kept)?);
        }
        store.commit_surely(transaction).await
    }
}
