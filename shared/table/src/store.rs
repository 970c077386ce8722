//! Reading and writing items: JSON bodies, versions, transactions that say whether another writer was faster.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, KeysAndAttributes, Put, TransactWriteItem,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sla::Instant;

use crate::ATTEMPTS_MAX;
use crate::keys::Key;
use crate::requests::{Acceptance, overtaken};
use crate::schema::{DUE, DUE_AT, EXPIRES_AT, PARTITION_KEY, SORT_KEY};

/// DynamoDB's item, by attribute.
pub type Attributes = HashMap<String, AttributeValue>;

/// The attribute of a JSON body.
pub const BODY: &str = "body";
/// The attribute of encoded slots.
pub const SLOTS: &str = "slots";
/// The attribute of an item's version.
const VERSION: &str = "version";
/// BatchGetItem takes this many keys.
const BATCH_KEYS_MAX: usize = 100;
/// Rounds of BatchGetItem for keys that were not processed.
const BATCH_ROUNDS_MAX: usize = 8;
/// The version of an item when it is written for the first time.
pub const VERSION_FIRST: u64 = 1;
/// Pages of one query: 1 MB each.
const PAGES_MAX: usize = 1000;

/// An operation on the table that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation}")]
pub struct TableError {
    operation: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl TableError {
    /// Names the operation and its cause.
    pub fn new(operation: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { operation, source: source.into() }
    }

    /// Names the operation that was given up, as other writers were faster each time.
    pub(crate) fn faster(operation: &'static str) -> Self {
        Self::unexpected(operation, format!("other writers were faster {ATTEMPTS_MAX} times"))
    }

    /// Names the operation and what is wrong with what the table holds or answers.
    pub fn unexpected(operation: &'static str, what: impl Into<String>) -> Self {
        Self { operation, source: what.into().into() }
    }
}

/// An item that was read.
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

    /// Reads the JSON body.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, TableError> {
        let text = self.attributes.get(BODY).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
        serde_json::from_str(text).map_err(|error| TableError::new("read an item's body", error))
    }

    /// Reads the JSON body, if there is one.
    pub fn body_if_any<T: DeserializeOwned>(&self) -> Result<Option<T>, TableError> {
        self.attributes.contains_key(BODY).then(|| self.body()).transpose()
    }

    /// Returns the encoded slots.
    pub fn slots(&self) -> Vec<u8> {
        self.attributes
            .get(SLOTS)
            .and_then(|value| value.as_b().ok())
            .map(|blob| blob.as_ref().to_vec())
            .unwrap_or_default()
    }

    /// Returns a text attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
    }

    /// Returns the version under which the item was read.
    pub fn version(&self) -> Option<u64> {
        self.attributes
            .get(VERSION)
            .and_then(|value| value.as_n().ok())
            .and_then(|number| number.parse().ok())
    }

    /// Returns the instant from which the item counts no more, if it has one: DynamoDB removes it up to two days later.
    pub fn counts_until(&self) -> Option<Instant> {
        let seconds = self.attributes.get(EXPIRES_AT).and_then(|value| value.as_n().ok());
        seconds.and_then(|seconds| seconds.parse().ok()).map(Instant::from_epoch_s)
    }
}

/// An item to write.
#[derive(Debug, Clone)]
pub struct Draft(Attributes);

impl Draft {
    /// Begins an item.
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

    fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Adds a text attribute.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.set(name, AttributeValue::S(text.to_owned()))
    }

    /// Gives the item a version of its writer's: that of another item, whose condition orders the writers.
    pub fn version(self, version: u64) -> Self {
        self.set(VERSION, AttributeValue::N(version.to_string()))
    }

    /// Makes the item count until an instant; DynamoDB removes it some time after.
    pub fn expires(self, at: Instant) -> Self {
        self.set(EXPIRES_AT, AttributeValue::N(at.epoch_s().to_string()))
    }

    /// Makes the item appear in the index of what is due.
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

/// Keys of what is due.
#[derive(Debug)]
pub struct DuePage {
    pub keys: Vec<Key>,
    /// Where the page ended, if there may be more.
    pub last: Option<Attributes>,
}

/// Whether a write happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// Everything was written.
    Done,
    /// Nothing was written: another writer was faster.
    Conflict,
}

/// Writes that happen together or not at all.
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
    /// The conditions of the whole table: an item that must not exist yet, one that must be as it was read, and one that
    /// must not count any more.
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

impl Transaction {
    /// Returns how many items are written.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes an item whose content follows from its key, or whose writers another item of the transaction orders.
    pub(crate) fn put(&mut self, draft: Draft) {
        self.0.push(Write::Put { item: draft.0, condition: None });
    }

    /// Writes an item that must not exist yet.
    pub(crate) fn put_new(&mut self, draft: Draft) {
        self.0.push(Write::Put { item: draft.0, condition: Some(Condition::Absent) });
    }

    /// Writes an item in the place of one that never expired or has expired, or of none.
    pub(crate) fn put_expired(&mut self, draft: Draft, now: Instant) {
        self.0.push(Write::Put { item: draft.0, condition: Some(Condition::Expired(now)) });
    }

    /// Writes an item under the version that was read (`None`: it did not exist).
    pub(crate) fn put_versioned(&mut self, draft: Draft, read: Option<u64>) {
        let version = read.map_or(VERSION_FIRST, |version| version + 1);
        let item = draft.version(version).0;
        self.0.push(Write::Put { item, condition: Some(read.map_or(Condition::Absent, Condition::Version)) });
    }

    /// Writes an item that must be as it was read, and leaves it its version.
    pub(crate) fn put_as_read(&mut self, draft: Draft, read: u64) {
        let item = draft.version(read).0;
        self.0.push(Write::Put { item, condition: Some(Condition::Version(read)) });
    }

    /// Requires that an item is as it was read (`None`: it did not exist), and leaves it alone.
    pub(crate) fn check(&mut self, key: Key, read: Option<u64>) {
        self.0.push(Write::Check { key, condition: read.map_or(Condition::Absent, Condition::Version) });
    }

    /// Removes an item.
    pub(crate) fn delete(&mut self, key: Key) {
        self.0.push(Write::Delete { key, condition: None });
    }

    /// Removes an item that must be as it was read.
    pub(crate) fn delete_as_read(&mut self, key: Key, read: u64) {
        self.0.push(Write::Delete { key, condition: Some(Condition::Version(read)) });
    }
}

/// A client and the table's name.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    name: String,
    accepting: Option<Arc<Acceptance>>,
}

impl Store {
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name, accepting: None }
    }

    /// Returns a store whose first transaction also writes that a request was accepted.
    pub fn accepting(&self, acceptance: Arc<Acceptance>) -> Self {
        Self { accepting: Some(acceptance), ..self.clone() }
    }

    /// Returns a store that writes nothing beside what it is given.
    pub fn plain(&self) -> Self {
        Self { accepting: None, ..self.clone() }
    }

    /// Returns how many items the store adds to the next transaction.
    pub fn added(&self) -> usize {
        usize::from(self.accepting.as_ref().is_some_and(|acceptance| !acceptance.is_written()))
    }

    /// Reads items by key, consistently; what does not exist is missing from the answer.
    pub async fn get(&self, keys: &[Key]) -> Result<HashMap<Key, Item>, TableError> {
        let mut found = HashMap::new();
        for batch in keys.chunks(BATCH_KEYS_MAX) {
            let mut wanted: Vec<Attributes> = batch.iter().map(key_attributes).collect();
            for round in 0..=BATCH_ROUNDS_MAX {
                if wanted.is_empty() {
                    break;
                }
                if round == BATCH_ROUNDS_MAX {
                    return Err(TableError::unexpected(
                        "read items",
                        "keys stay unprocessed: the table is throttled",
                    ));
                }
                let request =
                    KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
                let request = request.map_err(|error| TableError::new("read items", error))?;
                let answer = self.client.batch_get_item().request_items(&self.name, request).send().await;
                let answer = answer.map_err(|error| TableError::new("read items", error))?;
                for attributes in answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default()
                {
                    let item = Item::of(attributes)?;
                    found.insert(item.key.clone(), item);
                }
                let rest = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
                wanted = rest.map(|keys| keys.keys).unwrap_or_default();
            }
        }
        Ok(found)
    }

    /// Reads one item, consistently.
    pub async fn get_one(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key_attributes(key)));
        let answer =
            request.consistent_read(true).send().await.map_err(|e| TableError::new("read an item", e))?;
        answer.item.map(Item::of).transpose()
    }

    /// Reads a partition's items from one sort key to another, inclusively, ascending.
    pub async fn query(&self, pk: &str, from: &str, to: &str) -> Result<Vec<Item>, TableError> {
        let request = self.between(pk, from, to);
        let mut items = Vec::new();
        let mut start = None;
        for _ in 0..PAGES_MAX {
            let answer = request.clone().set_exclusive_start_key(start).send().await;
            let answer = answer.map_err(|error| TableError::new("query a partition", error))?;
            for attributes in answer.items.unwrap_or_default() {
                items.push(Item::of(attributes)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
        Err(TableError::unexpected("query a partition", format!("it has more than {PAGES_MAX} pages")))
    }

    /// Reads at most `limit` of a partition's items from one sort key to another, in either direction.
    pub async fn query_some(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        ascending: bool,
        limit: i32,
    ) -> Result<Vec<Item>, TableError> {
        let request = self.between(pk, from, to).scan_index_forward(ascending).limit(limit);
        let answer = request.send().await.map_err(|error| TableError::new("query a partition", error))?;
        answer.items.unwrap_or_default().into_iter().map(Item::of).collect()
    }

    /// Reads the first of a partition's items from one sort key to another: at most `limit`, and 1 MB; says whether
    /// there may be more.
    pub async fn query_page(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        limit: i32,
    ) -> Result<(Vec<Item>, bool), TableError> {
        let answer = self.between(pk, from, to).limit(limit).send().await;
        let answer = answer.map_err(|error| TableError::new("query a partition", error))?;
        let is_more = answer.last_evaluated_key.is_some();
        let items = answer.items.unwrap_or_default().into_iter().map(Item::of).collect::<Result<_, _>>()?;
        Ok((items, is_more))
    }

    fn between(
        &self,
        pk: &str,
        from: &str,
        to: &str,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("PK = :pk AND SK BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
            .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
    }

    /// Lists the keys of what is due by an instant, earliest first, at most `limit`.
    pub async fn due(&self, what: &str, by: Instant, limit: i32) -> Result<Vec<Key>, TableError> {
        self.due_page(what, by, limit, None).await.map(|page| page.keys)
    }

    /// Lists the keys of what is due by an instant, earliest first, at most `limit`, from where a page ended.
    pub async fn due_page(
        &self,
        what: &str,
        by: Instant,
        limit: i32,
        after: Option<Attributes>,
    ) -> Result<DuePage, TableError> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(DUE)
            .key_condition_expression("due = :due AND due_at <= :by")
            .expression_attribute_values(":due", AttributeValue::S(what.to_owned()))
            .expression_attribute_values(":by", AttributeValue::S(by.to_string()))
            .set_exclusive_start_key(after)
            .limit(limit);
        let answer = request.send().await.map_err(|error| TableError::new("query what is due", error))?;
        let key = |item| Item::of(item).map(|item| item.key);
        let keys = answer.items.unwrap_or_default().into_iter().map(key).collect::<Result<_, _>>()?;
        Ok(DuePage { keys, last: answer.last_evaluated_key })
    }

    /// Lists the keys of what is due from one instant to another, inclusively, earliest first, at most `limit`.
    pub async fn due_between(
        &self,
        what: &str,
        from: Instant,
        by: Instant,
        limit: i32,
    ) -> Result<Vec<Key>, TableError> {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(DUE)
            .key_condition_expression("due = :due AND due_at BETWEEN :from AND :by")
            .expression_attribute_values(":due", AttributeValue::S(what.to_owned()))
            .expression_attribute_values(":from", AttributeValue::S(from.to_string()))
            .expression_attribute_values(":by", AttributeValue::S(by.to_string()))
            .limit(limit);
        let answer = request.send().await.map_err(|error| TableError::new("query what is due", error))?;
        answer.items.unwrap_or_default().into_iter().map(|item| Ok(Item::of(item)?.key)).collect()
    }

    /// Writes everything or nothing; the first time with the request that is accepted by it.
    pub async fn commit(&self, mut transaction: Transaction) -> Result<Committed, TableError> {
        let acceptance = self.accepting.as_ref().filter(|acceptance| !acceptance.is_written());
        let Some(acceptance) = acceptance.filter(|_| !transaction.is_empty()) else {
            return self.commit_alone(transaction).await;
        };
        acceptance.add_to(&mut transaction)?;
        let committed = self.commit_alone(transaction).await?;
        match committed {
            Committed::Done => acceptance.written(),
            Committed::Conflict => {
                if self.get_one(acceptance.key()).await?.is_some_and(|item| acceptance.is_overtaken_by(&item))
                {
                    return Err(overtaken());
                }
            }
        }
        Ok(committed)
    }

    /// Writes everything or nothing: one put as such, more as a transaction.
    async fn commit_alone(&self, mut transaction: Transaction) -> Result<Committed, TableError> {
        match transaction.0.pop() {
            None => Ok(Committed::Done),
            Some(Write::Put { item, condition }) if transaction.is_empty() => self.put(item, condition).await,
            Some(last) => {
                transaction.0.push(last);
                self.transact(transaction).await
            }
        }
    }

    /// Writes what no condition guards: only another transaction under way can be in its way, so it is tried again.
    pub async fn commit_surely(&self, transaction: Transaction) -> Result<(), TableError> {
        for _ in 0..ATTEMPTS_MAX {
            if self.commit(transaction.clone()).await? == Committed::Done {
                return Ok(());
            }
        }
        Err(TableError::faster("write items"))
    }

    async fn put(&self, item: Attributes, condition: Option<Condition>) -> Result<Committed, TableError> {
        let mut request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        if let Some((expression, value)) = condition.map(Condition::expression) {
            request = request
                .condition_expression(expression)
                .set_expression_attribute_values(value.map(|v| [v].into()));
        }
        match request.send().await {
            Ok(_) => Ok(Committed::Done),
            Err(error) => match error.as_service_error() {
                Some(
                    PutItemError::ConditionalCheckFailedException(_)
                    | PutItemError::TransactionConflictException(_),
                ) => Ok(Committed::Conflict),
                _ => Err(TableError::new("write an item", error)),
            },
        }
    }

    async fn transact(&self, transaction: Transaction) -> Result<Committed, TableError> {
        let fault = |error| TableError::new("write a transaction", error);
        let mut request = self.client.transact_write_items();
        for write in transaction.0 {
            let builder = TransactWriteItem::builder();
            let write = match write {
                Write::Put { item, condition } => {
                    let mut put = Put::builder().table_name(&self.name).set_item(Some(item));
                    if let Some((expression, value)) = condition.map(Condition::expression) {
                        put = put.condition_expression(expression);
                        put = put.set_expression_attribute_values(value.map(|v| [v].into()));
                    }
                    builder.put(put.build().map_err(fault)?)
                }
                Write::Delete { key, condition } => {
                    let mut delete =
                        Delete::builder().table_name(&self.name).set_key(Some(key_attributes(&key)));
                    if let Some((expression, value)) = condition.map(Condition::expression) {
                        delete = delete.condition_expression(expression);
                        delete = delete.set_expression_attribute_values(value.map(|v| [v].into()));
                    }
                    builder.delete(delete.build().map_err(fault)?)
                }
                Write::Check { key, condition } => {
                    let (expression, value) = condition.expression();
                    let check = ConditionCheck::builder()
                        .table_name(&self.name)
                        .set_key(Some(key_attributes(&key)))
                        .condition_expression(expression)
                        .set_expression_attribute_values(value.map(|v| [v].into()));
                    builder.condition_check(check.build().map_err(fault)?)
                }
            };
            request = request.transact_items(write.build());
        }
        match request.send().await {
            Ok(_) => Ok(Committed::Done),
            Err(error) if faster(&error) => Ok(Committed::Conflict),
            Err(error) => Err(TableError::new("write a transaction", error)),
        }
    }
}

/// Says whether a transaction was cancelled because of another writer, and for no other reason.
fn faster<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return matches!(
            error.as_service_error(),
            Some(TransactWriteItemsError::TransactionInProgressException(_))
        );
    };
    let codes = || cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    let conflict = |code: &str| matches!(code, "ConditionalCheckFailed" | "TransactionConflict");
    codes().any(conflict) && codes().all(|code| code == "None" || conflict(code))
}
