//! Batches: records of a queue or a stream, and the reply that names those to be delivered again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The reply to a batch (contract: `batchItemFailures`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReply {
    /// The records that failed.
    #[serde(rename = "batchItemFailures")]
    pub failures: Vec<FailedItem>,
}

/// A record that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedItem {
    /// The message id of a queue, the sequence number of a stream.
    #[serde(rename = "itemIdentifier")]
    pub identifier: String,
}

impl BatchReply {
    /// Adds a record that is to be delivered again.
    pub fn fail(&mut self, identifier: impl Into<String>) {
        self.failures.push(FailedItem { identifier: identifier.into() });
    }
}

/// A record of an SQS batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRecord {
    /// Names the message in the reply.
    pub message_id: String,
    /// What was sent.
    pub body: String,
}

fn records<'a>(event: &'a Value, source: &str) -> Option<&'a Vec<Value>> {
    let records = event.get("Records")?.as_array()?;
    let from = |record: &Value| record.get("eventSource").and_then(Value::as_str) == Some(source);
    (!records.is_empty() && records.iter().all(from)).then_some(records)
}

/// Returns the records of an SQS event, or `None` if it is none.
pub fn queue_records(event: &Value) -> Option<Vec<QueueRecord>> {
    let text =
        |record: &Value, name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let record = |record| QueueRecord { message_id: text(record, "messageId"), body: text(record, "body") };
    Some(records(event, "aws:sqs")?.iter().map(record).collect())
}

/// Returns the sequence numbers and new images of a DynamoDB stream event, or `None` if it is none.
pub fn stream_records(event: &Value) -> Option<Vec<(String, Option<&Value>)>> {
    let record = |record: &'_ Value| -> String {
        record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let records = records(event, "aws:dynamodb")?.iter();
    Some(records.map(|r| (record(r), r.pointer("/dynamodb/NewImage"))).collect())
}
