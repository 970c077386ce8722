//! Items and transactions: JSON bodies, versions, and commits that report when another writer was faster.

pub(crate) mod acceptance;
pub(crate) mod attempts;
mod error;
pub(crate) mod keys;
pub(crate) mod noting;
pub mod schema;

mod reads;
mod rehearsal;
mod writes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use events::change::Object;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sla::{Instant, OwnSilence};

use crate::keys::Key;
use acceptance::Acceptance;
pub use error::TableError;
use noting::{ChangeNote, NOTED_ITEMS_MAX};
use schema::{DUE, DUE_AT, EXPIRES_AT, PARTITION_KEY, SORT_KEY};

pub use reads::Run;

/// A DynamoDB item: values by attribute name.
pub type Attributes = HashMap<String, AttributeValue>;

/// Attribute that holds a JSON body.
pub const BODY: &str = "body";
/// Attribute that holds encoded slots.
pub const SLOTS: &str = "slots";
/// Attribute of encoded slots that holds the silence of their probe, if it has its own.
const SILENCE: &str = "max_silence_s";
/// Attribute that holds an item's version.
const VERSION: &str = "version";
/// Version of an item at its first write.
pub const VERSION_FIRST: u64 = 1;

/// An item, as read.
#[derive(Debug, Clone)]
pub struct Item {
    pub key: Key,
    attributes: Attributes,
}

impl Item {
    fn of(attributes: Attributes) -> Result<Self, TableError> {
        let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok()).cloned();
        match (text(PARTITION_KEY), text(SORT_KEY)) {
            (Some(pk), Some(sk)) => Ok(Self { key: Key { pk, sk }, attributes }),
            _ => Err(TableError::unexpected("read an item", "it has no keys")),
        }
    }

    /// Returns the JSON body.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        let text = self.attributes.get(BODY).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
        serde_json::from_str(text).map_err(|error| TableError::new("read an item's body", error))
    }

    /// Returns the JSON body, or `None` if there is none.
    pub fn body_if_any<T: DeserializeOwned>(&self) -> Result<Option<T>, TableError> {
        self.attributes.contains_key(BODY).then(|| self.body()).transpose()
    }

    /// Returns the encoded slots; empty if there are none.
    pub fn slots(&self) -> Vec<u8> {
        self.attributes
            .get(SLOTS)
            .and_then(|value| value.as_b().ok())
            .map(|blob| blob.as_ref().to_vec())
            .unwrap_or_default()
    }

    /// Returns the silence of the slots' probe, if it has its own.
    pub fn silence(&self) -> Result<Option<OwnSilence>, TableError> {
        let silence = self.attribute(SILENCE).map(serde_json::from_str).transpose();
        silence.map_err(|error| TableError::new("read a silence", error))
    }

    /// Returns a text attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    /// Returns the version of the item when it was read.
    pub fn version(&self) -> Option<u64> {
        self.attributes
            .get(VERSION)
            .and_then(|value| value.as_n().ok())
            .and_then(|number| number.parse().ok())
    }

    /// Returns the instant at which the item expires, if it does; DynamoDB removes it up to two days later.
    pub fn counts_until(&self) -> Option<Instant> {
        let seconds = self.attributes.get(EXPIRES_AT).and_then(|value| value.as_n().ok());
        seconds.and_then(|seconds| seconds.parse().ok()).map(Instant::from_epoch_s)
    }
}

/// An item to write.
#[derive(Debug, Clone)]
pub struct Draft(Attributes);

impl Draft {
    /// Begins an item without a body.
    pub fn new(key: &Key) -> Self {
        Self(key_attributes(key))
    }

    /// Begins an item with a JSON body.
    pub fn with_body<T: Serialize>(key: &Key, body: &T) -> Result<Self, TableError> {
        let json =
            serde_json::to_string(body).map_err(|error| TableError::new("write an item's body", error))?;
        Ok(Self::new(key).set(BODY, AttributeValue::S(json)))
    }

    /// Begins an item of encoded slots.
    pub fn with_slots(key: &Key, slots: Vec<u8>) -> Self {
        Self::new(key).set(SLOTS, AttributeValue::B(Blob::new(slots)))
    }

    /// Adds the silence of the slots' probe, if it has its own. It lies beside the slots, as whoever confirms
    /// them reads nothing else.
    pub fn silence(self, silence: Option<OwnSilence>) -> Self {
        match silence {
            Some(silence) => {
                let text = silence.max_silence_s().map_or_else(|| "null".to_owned(), |s| s.to_string());
                self.text(SILENCE, &text)
            }
            None => self,
        }
    }

    fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Adds a text attribute.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.set(name, AttributeValue::S(text.to_owned()))
    }

    /// Sets the version of another item whose condition orders the writers of this one.
    pub fn version(self, version: u64) -> Self {
        self.set(VERSION, AttributeValue::N(version.to_string()))
    }

    /// Sets the expiry; DynamoDB removes the item some time later.
    pub fn expires(self, at: Instant) -> Self {
        self.set(EXPIRES_AT, AttributeValue::N(at.epoch_s().to_string()))
    }

    /// Adds the item to the index of due items, if an instant is given.
    pub fn due(self, what: &str, at: Option<Instant>) -> Self {
        match at {
            Some(at) => self
                .set(DUE, AttributeValue::S(what.to_owned()))
                .set(DUE_AT, AttributeValue::S(at.to_string())),
            None => self,
        }
    }
}

fn key_attributes(key: &Key) -> Attributes {
    HashMap::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(key.pk.clone())),
        (SORT_KEY.to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

/// A page of keys from the index of due items.
#[derive(Debug)]
pub struct DuePage {
    pub keys: Vec<Key>,
    /// Position at which the page ended, if there may be more.
    pub last: Option<Attributes>,
}

/// Items that one transaction of DynamoDB takes.
pub const ITEMS_MAX: usize = 100;

/// The outcome of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// Everything was written.
    Done,
    /// Nothing was written: another writer was faster.
    Conflict,
}

/// An object with the version under which it was read.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// The object.
    pub value: T,
    /// The version; `None` if the object is not stored yet.
    pub version: Option<u64>,
}

impl<T: DeserializeOwned> Versioned<T> {
    /// Reads an object from an item's body.
    pub(crate) fn of(item: &Item) -> Result<Self, TableError> {
        Ok(Self { value: item.body()?, version: item.version() })
    }
}

/// Writes that happen all together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Transaction(Vec<Write>);

#[derive(Debug, Clone)]
enum Write {
    Put { item: Attributes, condition: Option<Condition> },
    Delete { key: Key, condition: Option<Condition> },
    Check { key: Key, condition: Condition },
}

#[derive(Debug, Clone, Copy)]
enum Condition {
    Absent,
    Version(u64),
    Expired(Instant),
}

impl Condition {
    /// Returns the condition expression and its value: the item must not exist, must be unchanged since it
    /// was read, or must have no expiry still to come.
    fn expression(self) -> (&'static str, Option<(String, AttributeValue)>) {
        match self {
            Self::Absent => ("attribute_not_exists(PK)", None),
            Self::Version(version) => {
                ("version = :read", Some((":read".to_owned(), AttributeValue::N(version.to_string()))))
            }
            Self::Expired(now) => (
                "attribute_not_exists(expires_at) OR expires_at <= :now",
                Some((":now".to_owned(), AttributeValue::N(now.epoch_s().to_string()))),
            ),
        }
    }
}

impl Committed {
    /// Returns a value if everything was written, and nothing if another writer was faster.
    pub fn then<T>(self, value: T) -> Option<T> {
        (self == Self::Done).then_some(value)
    }
}

impl Transaction {
    /// Returns the number of writes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are no writes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes an item without a condition: its content follows from its key, or another item of the
    /// transaction orders its writers.
    pub(crate) fn put(&mut self, draft: Draft) {
        self.0.push(Write::Put { item: draft.0, condition: None });
    }

    /// Writes an item if it does not exist.
    pub(crate) fn put_new(&mut self, draft: Draft) {
        self.0.push(Write::Put { item: draft.0, condition: Some(Condition::Absent) });
    }

    /// Writes an item unless the present one has an expiry still to come.
    pub(crate) fn put_expired(&mut self, draft: Draft, now: Instant) {
        self.0.push(Write::Put { item: draft.0, condition: Some(Condition::Expired(now)) });
    }

    /// Writes an item if its version is still the one that was read (`None`: it did not exist).
    pub(crate) fn put_versioned(&mut self, draft: Draft, read: Option<u64>) {
        let version = read.map_or(VERSION_FIRST, |version| version + 1);
        let item = draft.version(version).0;
        self.0.push(Write::Put { item, condition: Some(read.map_or(Condition::Absent, Condition::Version)) });
    }

    /// Writes an item as it was read, with another body; one that has a version, only if it is unchanged.
    pub(crate) fn put_body<T: Serialize>(&mut self, item: &Item, body: &T) -> Result<(), TableError> {
        let written = Draft::with_body(&item.key, body)?;
        let draft = Draft(item.attributes.clone().into_iter().chain(written.0).collect());
        match item.version() {
            Some(version) => self.put_versioned(draft, Some(version)),
            None => self.put(draft),
        }
        Ok(())
    }

    /// Writes an item if it is unchanged since it was read, and keeps its version.
    pub(crate) fn put_as_read(&mut self, draft: Draft, read: u64) {
        let item = draft.version(read).0;
        self.0.push(Write::Put { item, condition: Some(Condition::Version(read)) });
    }

    /// Requires that an item is unchanged since it was read (`None`: it did not exist), without writing it.
    pub(crate) fn check(&mut self, key: Key, read: Option<u64>) {
        self.0.push(Write::Check { key, condition: read.map_or(Condition::Absent, Condition::Version) });
    }

    /// Removes an item.
    pub(crate) fn delete(&mut self, key: Key) {
        self.0.push(Write::Delete { key, condition: None });
    }

    /// Removes an item if its version is still the one that was read.
    pub(crate) fn delete_versioned(&mut self, key: Key, read: Option<u64>) {
        self.0.push(Write::Delete { key, condition: read.map(Condition::Version) });
    }

    /// Removes an item if it is unchanged since it was read.
    pub(crate) fn delete_as_read(&mut self, key: Key, read: u64) {
        self.0.push(Write::Delete { key, condition: Some(Condition::Version(read)) });
    }
}

/// The client and the table's name, with the request to accept and the change to note at the first commit.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    name: String,
    accepting: Option<Arc<Acceptance>>,
    /// Changes that the first transaction notes as well, until it has.
    noting: Vec<Arc<ChangeNote>>,
    /// Writes that the first transaction makes as well, until it has.
    beside: Arc<Mutex<Transaction>>,
    rehearsal: Option<Arc<rehearsal::Rehearsal>>,
}

impl Store {
    pub fn new(client: Client, name: String) -> Self {
        let beside = Arc::default();
        Self { client, name, accepting: None, noting: Vec::new(), beside, rehearsal: None }
    }

    /// Returns a store whose first transaction also records that a request was accepted.
    pub fn accepting(&self, acceptance: Arc<Acceptance>) -> Self {
        Self { accepting: Some(acceptance), ..self.clone() }
    }

    /// Returns a store whose first transaction makes these writes as well.
    pub fn with(&self, beside: Transaction) -> Self {
        Self { beside: Arc::new(Mutex::new(beside)), ..self.clone() }
    }

    /// Returns a store whose first transaction also notes a change, if there is one.
    pub fn noting(&self, noting: Option<ChangeNote>) -> Self {
        let mut store = self.clone();
        store.noting.extend(noting.map(Arc::new));
        store
    }

    /// Returns a store that notes the same change about another object.
    pub fn about(&self, object: Object) -> Self {
        let mut store = self.clone();
        if let Some(last) = store.noting.pop() {
            store.noting.push(Arc::new(last.about(object)));
        }
        store
    }

    /// Returns a store that adds nothing to its transactions.
    pub fn plain(&self) -> Self {
        Self { accepting: None, noting: Vec::new(), beside: Arc::default(), ..self.clone() }
    }

    /// Locks the writes beside the next transaction; a poisoned lock guards whole values only.
    pub(crate) fn beside(&self) -> MutexGuard<'_, Transaction> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the most items that the store adds to the next transaction: an accepted request is one, a
    /// noted change three.
    pub fn added(&self) -> usize {
        let accepts = self.accepting.as_ref().is_some_and(|acceptance| !acceptance.is_written());
        let notes = self.noting.iter().filter(|noting| !noting.is_written()).count();
        let beside = self.beside().len();
        usize::from(accepts) + notes * NOTED_ITEMS_MAX + beside
    }
}
