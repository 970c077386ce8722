//! Publishing to one topic per audience, in batches of ten, with attributes to filter by.

use std::collections::BTreeSet;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use events::{Audience, Notice, NoticeRecord};

use crate::word;

/// PublishBatch takes this many messages.
const BATCH_MAX: usize = 10;
/// PublishBatch takes this many bytes: 256 KiB, less 4 KiB for attributes and ids.
const BATCH_BYTES_MAX: usize = 252 * 1024;

/// The topics' ARNs, one per audience.
#[derive(Debug, Clone)]
pub struct Topics {
    /// For customers.
    pub customer: String,
    /// For operations.
    pub operations: String,
    /// For finance.
    pub finance: String,
}

impl Topics {
    fn arn(&self, audience: Audience) -> &str {
        match audience {
            Audience::Customer => &self.customer,
            Audience::Operations => &self.operations,
            Audience::Finance => &self.finance,
        }
    }
}

/// A client of SNS and the topics.
#[derive(Debug, Clone)]
pub struct Publisher {
    client: Client,
    topics: Topics,
}

/// Why a batch was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The call failed.
    #[error("cannot publish to the topic for {audience}")]
    Call {
        /// Whose topic.
        audience: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A notice cannot be written as a message.
    #[error("cannot write notice {notice_id}")]
    Message {
        /// Which notice.
        notice_id: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

struct Message {
    notice_id: String,
    bytes: usize,
    entry: PublishBatchRequestEntry,
}

impl Publisher {
    /// Takes a client and the topics.
    pub fn new(client: Client, topics: Topics) -> Self {
        Self { client, topics }
    }

    /// Publishes notices to every audience that they concern; returns the ids of those that some topic refused.
    ///
    /// # Errors
    /// A call that failed; what was published by then may be published again, with the same ids.
    pub async fn publish(&self, records: &[NoticeRecord]) -> Result<BTreeSet<String>, PublishError> {
        let mut refused = BTreeSet::new();
        for audience in Audience::ALL {
            let concerned = records.iter().filter(|record| record.audiences().contains(&audience));
            let messages =
                concerned.map(|record| message(&word(record), audience)).collect::<Result<Vec<_>, _>>()?;
            for batch in batches(messages) {
                refused.extend(self.publish_batch(audience, batch).await?);
            }
        }
        Ok(refused)
    }

    async fn publish_batch(
        &self,
        audience: Audience,
        batch: Vec<Message>,
    ) -> Result<Vec<String>, PublishError> {
        let (ids, entries): (Vec<_>, Vec<_>) = batch.into_iter().map(|m| (m.notice_id, m.entry)).unzip();
        let entries = entries.into_iter().enumerate().map(|(nth, mut entry)| {
            entry.id = nth.to_string();
            entry
        });
        let request = self.client.publish_batch().topic_arn(self.topics.arn(audience));
        let answer = request.set_publish_batch_request_entries(Some(entries.collect())).send().await;
        let answer = answer
            .map_err(|source| PublishError::Call { audience: audience.as_str(), source: source.into() })?;
        let failed = answer.failed().iter().filter_map(|failed| failed.id().parse::<usize>().ok());
        Ok(failed.filter_map(|nth| ids.get(nth).cloned()).collect())
    }
}

fn message(notice: &Notice, audience: Audience) -> Result<Message, PublishError> {
    let fault = |source: Box<dyn std::error::Error + Send + Sync>| PublishError::Message {
        notice_id: notice.notice_id.clone(),
        source,
    };
    let body = serde_json::to_string(notice).map_err(|error| fault(error.into()))?;
    let attribute =
        |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
    let mut attributes = vec![
        ("kind", notice.kind.as_str()),
        ("severity", notice.severity.as_str()),
        ("audience", audience.as_str()),
    ];
    attributes.extend(notice.customer_id.as_ref().map(|id| ("customer_id", id.as_str())));
    attributes.extend(notice.service_id.as_ref().map(|id| ("service_id", id.as_str())));
    let bytes = body.len();
    let mut entry = PublishBatchRequestEntry::builder().id("0").message(body);
    for (name, value) in attributes {
        entry = entry.message_attributes(name, attribute(value).map_err(|error| fault(error.into()))?);
    }
    let entry = entry.build().map_err(|error| fault(error.into()))?;
    Ok(Message { notice_id: notice.notice_id.clone(), bytes, entry })
}

fn batches(messages: Vec<Message>) -> Vec<Vec<Message>> {
    let mut batches: Vec<Vec<Message>> = Vec::new();
    for message in messages {
        let full = |batch: &Vec<Message>| {
            batch.len() == BATCH_MAX
                || batch.iter().map(|m| m.bytes).sum::<usize>() + message.bytes > BATCH_BYTES_MAX
        };
        match batches.last_mut().filter(|batch| !full(batch)) {
            Some(batch) => batch.push(message),
            None => batches.push(vec![message]),
        }
    }
    batches
}
