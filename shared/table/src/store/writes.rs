//! Writes, all or nothing. A commit is retried here after a collision with another transaction or throttling;
//! after a change by another writer the caller has to read anew.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem};

use super::{
    Attributes, Committed, Condition, ITEMS_MAX, Store, TableError, Transaction, Write, key_attributes,
};
use crate::customer::requests::overtaken;
use crate::store::attempts::Attempts;

/// Reasons by which DynamoDB reports that throttling cancelled a transaction; the names differ by request.
const THROTTLED: [&str; 4] =
    ["ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingError", "ThrottlingException"];

/// The reason why a write did not happen.
enum WriteFailure {
    /// A condition does not hold: another writer was faster.
    Faster,
    /// Another transaction holds an item: the same write may succeed in a moment.
    Busy,
    /// A partition is throttled: the same write may succeed later.
    Throttled(TableError),
    /// Any other reason.
    Failed(TableError),
}

impl Store {
    /// Writes everything or nothing; the first commit also records the accepted request, and notes the
    /// change.
    pub async fn commit(&self, mut transaction: Transaction) -> Result<Committed, TableError> {
        if transaction.is_empty() {
            return self.commit_alone(transaction).await;
        }
        let acceptance = self.accepting.as_ref().filter(|acceptance| !acceptance.is_written());
        let noting: Vec<_> = self.noting.iter().filter(|noting| !noting.is_written()).collect();
        transaction.0.extend(self.beside().0.clone());
        if let Some(acceptance) = acceptance {
            acceptance.add_to(&mut transaction)?;
        }
        for noting in &noting {
            let known = match noting.person() {
                Some(person) => self.get_one(&person).await?,
                None => None,
            };
            noting.add_to(&mut transaction, known.as_ref())?;
        }
        let committed = self.commit_alone(transaction).await?;
        match (committed, acceptance) {
            (Committed::Done, _) => {
                acceptance.into_iter().for_each(|acceptance| acceptance.written());
                noting.iter().for_each(|noting| noting.written());
                self.beside().0.clear();
            }
            (Committed::Conflict, Some(acceptance)) => {
                if self.get_one(acceptance.key()).await?.is_some_and(|item| acceptance.is_overtaken_by(&item))
                {
                    return Err(overtaken());
                }
            }
            (Committed::Conflict, None) => {}
        }
        Ok(committed)
    }

    /// Writes all or nothing: a single put as such, more as a transaction. Retries while the table is busy.
    async fn commit_alone(&self, transaction: Transaction) -> Result<Committed, TableError> {
        let count = transaction.len();
        if count > ITEMS_MAX {
            let error = format!("{count} items are more than the {ITEMS_MAX} that one takes");
            return Err(TableError::unexpected("write a transaction", error));
        }
        if let Some(rehearsal) = &self.rehearsal {
            let holds = Box::pin(self.rehearse(rehearsal, &transaction)).await?;
            return Ok(if holds { Committed::Done } else { Committed::Conflict });
        }
        let mut attempts = Attempts::default();
        let mut held_up = Ok(Committed::Conflict);
        while attempts.begin().await {
            // Boxed: the futures of SDK calls are large, and each caller's would hold them.
            held_up = match Box::pin(self.write(&transaction)).await {
                Ok(()) => return Ok(Committed::Done),
                Err(WriteFailure::Faster) => return Ok(Committed::Conflict),
                Err(WriteFailure::Failed(error)) => return Err(error),
                // The caller sees the other transaction's effect when it reads anew.
                Err(WriteFailure::Busy) => Ok(Committed::Conflict),
                Err(WriteFailure::Throttled(error)) => Err(error),
            };
        }
        held_up
    }

    /// Writes a transaction that has no conditions.
    pub async fn commit_surely(&self, transaction: Transaction) -> Result<(), TableError> {
        match self.commit(transaction).await? {
            Committed::Done => Ok(()),
            Committed::Conflict => Err(TableError::faster("write items")),
        }
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), WriteFailure> {
        match transaction.0.as_slice() {
            [] => Ok(()),
            [Write::Put { item, condition }] => self.put(item.clone(), *condition).await,
            writes => self.transact(writes.to_vec()).await,
        }
    }

    async fn put(&self, item: Attributes, condition: Option<Condition>) -> Result<(), WriteFailure> {
        let mut request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        if let Some((expression, value)) = condition.map(Condition::expression) {
            request = request
                .condition_expression(expression)
                .set_expression_attribute_values(value.map(|v| [v].into()));
        }
        let Err(error) = request.send().await else { return Ok(()) };
        Err(match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => WriteFailure::Faster,
            Some(PutItemError::TransactionConflictException(_)) => WriteFailure::Busy,
            _ => WriteFailure::Failed(TableError::new("write an item", error)),
        })
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), WriteFailure> {
        let fault = |error| WriteFailure::Failed(TableError::new("write a transaction", error));
        let mut request = self.client.transact_write_items();
        for write in writes {
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
        request.send().await.map(drop).map_err(refusal)
    }
}

/// Classifies the reasons why a transaction was cancelled.
fn refusal(error: SdkError<TransactWriteItemsError>) -> WriteFailure {
    let codes: Vec<&str> = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => return WriteFailure::Busy,
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
            codes.filter(|code| *code != "None").collect()
        }
        _ => Vec::new(),
    };
    let is_throttled = codes.iter().any(|code| THROTTLED.contains(code));
    let passes = |code: &&str| {
        matches!(*code, "ConditionalCheckFailed" | "TransactionConflict") || THROTTLED.contains(code)
    };
    if codes.is_empty() || !codes.iter().all(passes) {
        WriteFailure::Failed(TableError::new("write a transaction", error))
    } else if codes.contains(&"ConditionalCheckFailed") {
        WriteFailure::Faster
    } else if is_throttled {
        WriteFailure::Throttled(TableError::new("write a transaction", error))
    } else {
        WriteFailure::Busy
    }
}
