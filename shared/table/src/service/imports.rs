//! Imports: which customers and services each registers, and how far it has come.

use std::collections::BTreeMap;

use events::change::Subject;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::id::ImportId;
use sla::{CustomerId, Instant, ServiceId};

use crate::index::add_number;
use crate::store::{Committed, Draft, TableError, Transaction, Versioned};
use crate::{Table, keys};

/// Import of customers and services. It holds ids only: of 250 services, each with its customer, with a
/// digest of 64 bytes, some 60 KB of an item's 400.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The import.
    pub import_id: ImportId,
    /// Instant at which it was begun.
    pub begun_at: Instant,
    /// Customers that it registers, each with the digest of the command that does.
    pub customers: BTreeMap<CustomerId, String>,
    /// Services that it registers, each with the digest of the command that does.
    pub services: BTreeMap<ServiceId, String>,
    /// The answer to the command that gives it.
    pub answer: Value,
    /// State of it.
    pub state: ImportState,
}

/// State of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Some of it may not be registered: a repetition goes on.
    Begun,
    /// All of it is registered.
    Whole,
    /// It is being taken back: a repetition goes on.
    Undoing,
    /// It was taken back, with the answer to the command that did.
    Undone(Value),
}

impl Table {
    /// Reads an import.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn import(&self, id: &ImportId) -> Result<Option<Versioned<Import>>, TableError> {
        self.store.get_one(&keys::import(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Writes an import under the version that was read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_import(&self, import: &Versioned<Import>) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        let draft = Draft::with_body(&keys::import(&import.value.import_id), &import.value)?;
        transaction.put_versioned(draft, import.version);
        if import.version.is_none() {
            add_number(&mut transaction, Subject::Import, import.value.import_id.as_str());
        }
        self.store.commit(transaction).await
    }
}
