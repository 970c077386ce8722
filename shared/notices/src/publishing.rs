//! Publishing to one topic per audience, and to customers' own topics, in batches of ten, with attributes to filter by.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use aws_sdk_sns::Client;
use aws_sdk_sns::operation::publish_batch::PublishBatchError;
use aws_sdk_sns::types::builders::PublishBatchRequestEntryBuilder;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use events::{Audience, Notice, NoticeRecord};
use serde_json::json;
use sla::CustomerId;

use crate::{letter, word};

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
        source: Box<dyn Error + Send + Sync>,
    },
    /// A customer's own topic is not there.
    #[error("the customer's own topic does not exist")]
    NoTopic,
    /// A notice cannot be written as a message.
    #[error("cannot write notice {notice_id}")]
    Message {
        /// Which notice.
        notice_id: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
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
                refused.extend(self.publish_batch(self.topics.arn(audience), audience, batch).await?);
            }
        }
        Ok(refused)
    }

    /// Publishes notices to the own topics of the customers that they concern; returns the ids of those that are still
    /// owed to one. A topic that fails holds back no other. One that is not there has no subscribers left who could miss
    /// anything: nothing is owed to it.
    pub async fn publish_own(
        &self,
        records: &[&NoticeRecord],
        topics: &BTreeMap<CustomerId, String>,
    ) -> BTreeSet<String> {
        let mut owed = BTreeSet::new();
        for (customer, arn) in topics {
            let concerned = records.iter().filter(|record| {
                record.customer_id.as_ref() == Some(customer)
                    && record.audiences().contains(&Audience::Customer)
            });
            let mut messages = Vec::new();
            for record in concerned {
                match own_message(&word(record)) {
                    Ok(message) => messages.push(message),
                    Err(error) => {
                        tracing::error!(%customer, error = &error as &dyn Error, "cannot write a message");
                        owed.insert(record.notice_id.clone());
                    }
                }
            }
            for batch in batches(messages) {
                let ids: Vec<String> = batch.iter().map(|message| message.notice_id.clone()).collect();
                match self.publish_batch(arn, Audience::Customer, batch).await {
                    Ok(refused) => owed.extend(refused),
                    Err(error) => {
                        let lost = matches!(error, PublishError::NoTopic);
                        tracing::error!(
                            %customer, lost, error = &error as &dyn Error, "cannot publish to a customer's own topic"
                        );
                        owed.extend(ids.into_iter().filter(|_| !lost));
                    }
                }
            }
        }
        owed
    }

    async fn publish_batch(
        &self,
        topic_arn: &str,
        audience: Audience,
        batch: Vec<Message>,
    ) -> Result<Vec<String>, PublishError> {
        let (ids, entries): (Vec<_>, Vec<_>) = batch.into_iter().map(|m| (m.notice_id, m.entry)).unzip();
        let entries = entries.into_iter().enumerate().map(|(nth, mut entry)| {
            entry.id = nth.to_string();
            entry
        });
        let request = self.client.publish_batch().topic_arn(topic_arn);
        let answer = request.set_publish_batch_request_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(|source| match source.as_service_error() {
            Some(PublishBatchError::NotFoundException(_)) if topic_arn != self.topics.arn(audience) => {
                PublishError::NoTopic
            }
            _ => PublishError::Call { audience: audience.as_str(), source: source.into() },
        })?;
        let failed = answer.failed().iter().filter_map(|failed| failed.id().parse::<usize>().ok());
        Ok(failed.filter_map(|nth| ids.get(nth).cloned()).collect())
    }
}

fn unwritable(notice: &Notice) -> impl Fn(Box<dyn Error + Send + Sync>) -> PublishError {
    let notice_id = notice.notice_id.clone();
    move |source| PublishError::Message { notice_id: notice_id.clone(), source }
}

/// Writes a notice for programs.
fn message(notice: &Notice, audience: Audience) -> Result<Message, PublishError> {
    let fault = unwritable(notice);
    let body = serde_json::to_string(notice).map_err(|error| fault(error.into()))?;
    let bytes = body.len();
    let entry = PublishBatchRequestEntry::builder().id("0").message(body);
    let entry = with_attributes(entry, notice, audience)?.build().map_err(|error| fault(error.into()))?;
    Ok(Message { notice_id: notice.notice_id.clone(), bytes, entry })
}

/// Writes a notice for programs, and for whoever reads it in a letter.
fn own_message(notice: &Notice) -> Result<Message, PublishError> {
    let fault = unwritable(notice);
    let body = serde_json::to_string(notice).map_err(|error| fault(error.into()))?;
    let texts = json!({ "default": body, "email": letter::text(notice) }).to_string();
    let bytes = texts.len();
    let entry = PublishBatchRequestEntry::builder().id("0").message_structure("json").message(texts);
    let entry = with_attributes(entry.subject(letter::subject(notice)), notice, Audience::Customer)?;
    let entry = entry.build().map_err(|error| fault(error.into()))?;
    Ok(Message { notice_id: notice.notice_id.clone(), bytes, entry })
}

/// Adds what subscriptions filter by.
fn with_attributes(
    mut entry: PublishBatchRequestEntryBuilder,
    notice: &Notice,
    audience: Audience,
) -> Result<PublishBatchRequestEntryBuilder, PublishError> {
    let attribute =
        |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
    let mut attributes = vec![
        ("kind", notice.kind.as_str()),
        ("severity", notice.severity.as_str()),
        ("audience", audience.as_str()),
    ];
    attributes.extend(notice.customer_id.as_ref().map(|id| ("customer_id", id.as_str())));
    attributes.extend(notice.service_id.as_ref().map(|id| ("service_id", id.as_str())));
    for (name, value) in attributes {
        let value = attribute(value).map_err(|error| unwritable(notice)(error.into()))?;
        entry = entry.message_attributes(name, value);
    }
    Ok(entry)
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
