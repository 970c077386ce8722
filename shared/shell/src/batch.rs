//! Batches: the records of a queue or a stream, and the reply that lists those to deliver again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The reply to a batch (contract: `batchItemFailures`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReply {
    /// The records that failed.
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<FailedItem>,
}

/// A failed record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedItem {
    /// The message id for a queue, the sequence number for a stream.
    #[serde(rename = "itemIdentifier")]
    pub identifier: String,
}

impl BatchReply {
    /// Adds a record to deliver again.
    pub fn fail(&mut self, identifier: impl Into<String>) {
        self.failures.push(FailedItem { identifier: identifier.into() });
    }
}

/// A record of an SQS batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRecord {
    /// The id that names the message in the reply.
    pub message_id: String,
    /// The message.
    pub body: String,
}

fn records<'a>(event: &'a Value, source: &str) -> Option<&'a Vec<Value>> {
    let records = event.get("Records")?.as_array()?;
    let from = |record: &Value| record.get("eventSource").and_then(Value::as_str) == Some(source);
    (!records.is_empty() && records.iter().all(from)).then_some(records)
}

/// Returns the records of an SQS event, or `None` for any other event.
pub fn queue_records(event: &Value) -> Option<Vec<QueueRecord>> {
    let text =
        |record: &Value, name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let record = |record| QueueRecord { message_id: text(record, "messageId"), body: text(record, "body") };
    Some(records(event, "aws:sqs")?.iter().map(record).collect())
}

/// Returns the sequence numbers and new images of a DynamoDB stream event, or `None` for any other event.
pub fn stream_records(event: &Value) -> Option<Vec<(String, Option<&Value>)>> {
    let record = |record: &'_ Value| -> String {
        record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let records = records(event, "aws:dynamodb")?.iter();
    Some(records.map(|r| (record(r), r.pointer("/dynamodb/NewImage"))).collect())
}
