//! Requests that a customer or a person at the desk may send again: each key remembers what it was first sent with, and when. What a
//! request does is idempotent by its ids and that instant, so whoever repeats it completes it or finds it done.

use access::StaffAccess;
use serde::{Deserialize, Serialize};
use sla::{CustomerId, Instant, sha256_hex};

use crate::keys::Key;
use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Table, keys};

/// What is remembered of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Request {
    /// The digest of what was asked.
    content: String,
    /// When it first was.
    at: Instant,
}

/// What a key says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remembered {
    /// It is the request of this instant, sent now or before.
    At(Instant),
    /// The key was sent with something else before.
    Another,
}

impl Table {
    /// Remembers a customer's request under its key, or finds it.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub(crate) async fn remember(
        &self,
        customer: &CustomerId,
        request_key: &str,
        content: &str,
        now: Instant,
    ) -> Result<Remembered, TableError> {
        let key = keys::request(customer, &sha256_hex(request_key.as_bytes()));
        self.remember_at(&key, content, now).await
    }

    /// Remembers a request of a person at the desk under its key, or finds it.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn remember_of_staff(
        &self,
        access: &StaffAccess,
        request_key: &str,
        content: &str,
        now: Instant,
    ) -> Result<Remembered, TableError> {
        let key = keys::request_of_staff(access.staff_id(), &sha256_hex(request_key.as_bytes()));
        self.remember_at(&key, content, now).await
    }

    async fn remember_at(&self, key: &Key, content: &str, now: Instant) -> Result<Remembered, TableError> {
        let request = Request { content: sha256_hex(content.as_bytes()), at: now };
        let mut transaction = Transaction::default();
        transaction.put_new(Draft::with_body(key, &request)?);
        if self.store.commit(transaction).await? == Committed::Done {
            return Ok(Remembered::At(now));
        }
        let before = self.remembered_at(key, content).await?;
        before.ok_or_else(|| TableError::faster("remember a request"))
    }

    /// Finds a customer's request by its key, if it was ever made.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub(crate) async fn remembered(
        &self,
        customer: &CustomerId,
        request_key: &str,
        content: &str,
    ) -> Result<Option<Remembered>, TableError> {
        let key = keys::request(customer, &sha256_hex(request_key.as_bytes()));
        self.remembered_at(&key, content).await
    }

    async fn remembered_at(&self, key: &Key, content: &str) -> Result<Option<Remembered>, TableError> {
        let Some(found) = self.store.get_one(key).await? else { return Ok(None) };
        let before: Request = found.body()?;
        let same = before.content == sha256_hex(content.as_bytes());
        Ok(Some(if same { Remembered::At(before.at) } else { Remembered::Another }))
    }
}
