//! The record of an accepted request, written with its action.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::Instant;

use crate::keys::Key;
use crate::store::{Draft, Item, TableError, Transaction};

/// Seconds for which a key is remembered: 30 days. After that the object that the request made answers.
const REMEMBERED_S: i64 = 30 * 86_400;

/// An accepted request, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredRequest {
    /// Digest of the request's content.
    pub(crate) content: String,
    /// Instant at which it was accepted.
    at: Instant,
    /// The answer, if it cannot be derived from the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Value>,
}

/// The record of an accepted request, to be written with its action.
#[derive(Debug)]
pub struct Acceptance {
    pub(crate) key: Key,
    pub(crate) content: String,
    pub(crate) now: Instant,
    is_written: AtomicBool,
}

impl Acceptance {
    pub(crate) const fn new(key: Key, content: String, now: Instant) -> Self {
        Self { key, content, now, is_written: AtomicBool::new(false) }
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn is_written(&self) -> bool {
        self.is_written.load(Ordering::Acquire)
    }

    pub(crate) fn written(&self) {
        self.is_written.store(true, Ordering::Release);
    }

    pub(crate) fn add_to(&self, transaction: &mut Transaction) -> Result<(), TableError> {
        transaction.put_expired(self.draft(None)?, self.now);
        Ok(())
    }

    /// True if another process accepted the key, so that this one can no longer be the first.
    pub(crate) fn is_overtaken_by(&self, found: &Item) -> bool {
        found.counts_until().is_some_and(|until| self.now < until) && !self.is_written()
    }

    pub(crate) fn draft(&self, answer: Option<&Value>) -> Result<Draft, TableError> {
        let stored = StoredRequest { content: self.content.clone(), at: self.now, answer: answer.cloned() };
        Ok(Draft::with_body(&self.key, &stored)?.expires(self.now.plus_s(REMEMBERED_S)))
    }
}
