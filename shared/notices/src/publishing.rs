//! Publishing, in batches of ten, to a topic for each audience and to customers' own topics.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::error::Error;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish_batch::PublishBatchError as BatchError;
use aws_sdk_sns::types::builders::PublishBatchRequestEntryBuilder;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use events::{Audience, Notice, NoticeRecord};
use outcome::{Dependency, Failure};
use serde_json::{Value, json};
use sla::CustomerId;

use wording::{letter, word_linked};

/// Messages that one PublishBatch accepts.
const BATCH_MAX: usize = 10;
/// Bytes that one PublishBatch accepts: 256 KiB, less 4 KiB for attributes and ids.
const BATCH_BYTES_MAX: usize = 252 * 1024;
/// Parts of SNS error codes that report throttling.
const THROTTLED: [&str; 3] = ["Throttl", "RequestLimitExceeded", "TooManyRequests"];
/// Parts of SNS error codes that report an invalid message, which no retry can deliver.
const FAULTS_OF_MESSAGES: [&str; 4] =
    ["BatchRequestTooLong", "InvalidParameter", "ParameterValueInvalid", "Validation"];

/// The topics' ARNs, one for each audience.
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

/// The client of SNS and the topics.
#[derive(Debug, Clone)]
pub struct Publisher {
    client: Client,
    topics: Topics,
    /// The portal's origin, to which notices link.
    portal: Option<String>,
}

/// Notices that a destination has not got, with the reason.
#[derive(Debug)]
pub struct UndeliveredNotices {
    /// The audience; for an own topic, the customer's.
    pub audience: Audience,
    /// The ids of the notices.
    pub notice_ids: Vec<String>,
    /// The reason, common to all of them.
    pub error: PublishError,
}

/// The reason why notices were not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The call failed.
    #[error("cannot publish to the topic for {audience}")]
    Call {
        /// The topic's audience.
        audience: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// SNS did not answer, or throttles.
    #[error("SNS takes nothing at the moment for {audience}")]
    Unanswered {
        /// The topic's audience.
        audience: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// SNS was not called, because the call before got no answer.
    #[error("SNS did not answer the call before")]
    NotAsked,
    /// SNS rejects an entry of a batch.
    #[error("SNS refuses the message: {code}: {message}")]
    Refused {
        /// SNS's error code.
        code: String,
        /// SNS's error text.
        message: String,
    },
    /// A customer's own topic does not exist.
    #[error("the customer's own topic does not exist")]
    NoTopic,
    /// A notice cannot be written as a message.
    #[error("cannot write notice {notice_id}")]
    Message {
        /// The notice's id.
        notice_id: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        Self::fault(Dependency::Publishing, error)
    }
}

impl PublishError {
    fn of(source: SdkError<BatchError>, audience: Audience) -> Self {
        let code = source.code().unwrap_or_default().to_owned();
        let audience = audience.as_str();
        if source.as_service_error().is_none() || THROTTLED.iter().any(|throttled| code.contains(throttled)) {
            Self::Unanswered { audience, source: source.into() }
        } else if is_of_the_message(&code) {
            Self::Refused { code, message: source.message().unwrap_or_default().to_owned() }
        } else {
            Self::Call { audience, source: source.into() }
        }
    }

    /// True if a retry cannot help: the message itself is rejected.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused { code, .. } => is_of_the_message(code),
            Self::Message { .. } => true,
            Self::Call { .. } | Self::Unanswered { .. } | Self::NotAsked | Self::NoTopic => false,
        }
    }

    /// True if SNS would not answer other calls now either.
    pub fn is_unanswered(&self) -> bool {
        matches!(self, Self::Unanswered { .. } | Self::NotAsked)
    }
}

fn is_of_the_message(code: &str) -> bool {
    FAULTS_OF_MESSAGES.iter().any(|fault| code.contains(fault))
}

#[derive(Clone)]
struct Message {
    notice_id: String,
    bytes: usize,
    entry: PublishBatchRequestEntry,
}

impl Publisher {
    /// Builds a publisher from a client and the topics.
    pub fn new(client: Client, topics: Topics) -> Self {
        Self { client, topics, portal: None }
    }

    /// Returns the publisher with links to the portal at an origin, if it is known.
    #[must_use]
    pub fn linking(self, portal: Option<String>) -> Self {
        Self { portal, ..self }
    }

    /// Publishes each notice to its audiences; returns the notices that an audience has not got. A batch that
    /// fails does not hold back others.
    pub async fn publish(&self, owed: &[(&NoticeRecord, &BTreeSet<Audience>)]) -> Vec<UndeliveredNotices> {
        let mut left = Vec::new();
        for audience in Audience::ALL {
            let concerned = owed.iter().filter(|(_, audiences)| audiences.contains(&audience));
            let write = |notice: &Notice| message(notice, audience);
            let messages = written(
                concerned.map(|(record, _)| *record),
                self.portal.as_deref(),
                audience,
                write,
                &mut left,
            );
            left.extend(self.publish_to(self.topics.arn(audience), audience, messages).await);
        }
        left
    }

    /// Publishes notices to their customers' own topics; returns those that are still owed. A topic that
    /// fails does not hold back others. A topic that does not exist has no subscribers, so nothing is owed to
    /// it.
    pub async fn publish_own(
        &self,
        records: &[&NoticeRecord],
        topics: &BTreeMap<CustomerId, String>,
    ) -> Vec<UndeliveredNotices> {
        let mut owed: Vec<UndeliveredNotices> = Vec::new();
        for (customer, arn) in topics {
            let concerned = records.iter().copied().filter(|record| {
                record.customer_id.as_ref() == Some(customer)
                    && record.audiences().contains(&Audience::Customer)
            });
            let mut left = Vec::new();
            let messages =
                written(concerned, self.portal.as_deref(), Audience::Customer, own_message, &mut left);
            if owed.iter().any(|owed| owed.error.is_unanswered()) {
                left.extend(UndeliveredNotices::of(Audience::Customer, &messages, PublishError::NotAsked));
            } else {
                left.extend(self.publish_to(arn, Audience::Customer, messages).await);
            }
            for left in left {
                let lost = matches!(left.error, PublishError::NoTopic);
                let error = &left.error as &dyn Error;
                tracing::error!(%customer, lost, error, "cannot publish to a customer's own topic");
                owed.extend((!lost).then_some(left));
            }
        }
        owed
    }

    /// Publishes messages to a topic batch by batch; returns those that it has not got. A batch that is
    /// rejected for one message is published message by message, so that there are at most as many calls as
    /// messages and batches.
    async fn publish_to(
        &self,
        topic_arn: &str,
        audience: Audience,
        messages: Vec<Message>,
    ) -> Vec<UndeliveredNotices> {
        let mut left: Vec<UndeliveredNotices> = Vec::new();
        let mut rest = VecDeque::from(batches(messages));
        while let Some(batch) = rest.pop_front() {
            match self.publish_batch(topic_arn, audience, &batch).await {
                Ok(refused) => left.extend(refused),
                Err(error) if error.is_final() && batch.len() > 1 => {
                    batch.into_iter().rev().for_each(|message| rest.push_front(vec![message]));
                }
                Err(error) => {
                    let goes_on = !error.is_unanswered();
                    left.extend(UndeliveredNotices::of(audience, &batch, error));
                    if !goes_on {
                        let rest: Vec<Message> = rest.into_iter().flatten().collect();
                        left.extend(UndeliveredNotices::of(audience, &rest, PublishError::NotAsked));
                        break;
                    }
                }
            }
        }
        left
    }

    async fn publish_batch(
        &self,
        topic_arn: &str,
        audience: Audience,
        batch: &[Message],
    ) -> Result<Vec<UndeliveredNotices>, PublishError> {
        let entries = batch.iter().enumerate().map(|(nth, message)| {
            let mut entry = message.entry.clone();
            entry.id = nth.to_string();
            entry
        });
        let request = self.client.publish_batch().topic_arn(topic_arn);
        let answer = request.set_publish_batch_request_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(|source| match source.as_service_error() {
            Some(BatchError::NotFoundException(_)) if topic_arn != self.topics.arn(audience) => {
                PublishError::NoTopic
            }
            _ => PublishError::of(source, audience),
        })?;
        let refused = answer.failed().iter().filter_map(|failed| {
            let message = batch.get(failed.id().parse::<usize>().ok()?)?;
            let (code, text) = (failed.code().to_owned(), failed.message().unwrap_or_default().to_owned());
            let error = PublishError::Refused { code, message: text };
            UndeliveredNotices::of(audience, std::slice::from_ref(message), error)
        });
        Ok(refused.collect())
    }
}

impl UndeliveredNotices {
    /// Groups undelivered messages under one reason; `None` if there are none.
    fn of(audience: Audience, messages: &[Message], error: PublishError) -> Option<Self> {
        let notice_ids: Vec<String> = messages.iter().map(|message| message.notice_id.clone()).collect();
        (!notice_ids.is_empty()).then_some(Self { audience, notice_ids, error })
    }
}

/// Renders notices as messages; those that fail go to `left`.
fn written<'a>(
    records: impl Iterator<Item = &'a NoticeRecord>,
    portal: Option<&str>,
    audience: Audience,
    write: impl Fn(&Notice) -> Result<Message, PublishError>,
    left: &mut Vec<UndeliveredNotices>,
) -> Vec<Message> {
    // Only a customer can claim.
    let portal = portal.filter(|_| audience == Audience::Customer);
    let mut messages = Vec::new();
    for record in records {
        match write(&word_linked(record, portal)) {
            Ok(message) => messages.push(message),
            Err(error) => {
                left.push(UndeliveredNotices { audience, notice_ids: vec![record.notice_id.clone()], error })
            }
        }
    }
    messages
}

fn unwritable(notice: &Notice) -> impl Fn(Box<dyn Error + Send + Sync>) -> PublishError {
    let notice_id = notice.notice_id.clone();
    move |source| PublishError::Message { notice_id: notice_id.clone(), source }
}

/// Renders a notice as JSON for programs.
fn message(notice: &Notice, audience: Audience) -> Result<Message, PublishError> {
    let fault = unwritable(notice);
    let body = serde_json::to_string(notice).map_err(|error| fault(error.into()))?;
    let bytes = body.len();
    let entry = PublishBatchRequestEntry::builder().id("0").message(body);
    let entry = with_attributes(entry, notice, audience)?.build().map_err(|error| fault(error.into()))?;
    Ok(Message { notice_id: notice.notice_id.clone(), bytes, entry })
}

/// Renders a notice as JSON for programs, and as text for e-mail.
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

/// Adds the attributes by which subscriptions filter.
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
    if let Some(addresses) = addresses(notice) {
        let value =
            MessageAttributeValue::builder().data_type("String.Array").string_value(addresses).build();
        entry = entry.message_attributes("to", value.map_err(|error| unwritable(notice)(error.into()))?);
    }
    Ok(entry)
}

/// Returns the addresses that an escalation reaches, as a list in JSON, by which a subscription of an address is
/// filtered.
fn addresses(notice: &Notice) -> Option<String> {
    let people = notice.data.pointer("/to/people")?.as_array()?;
    let addresses: Vec<&Value> = people.iter().filter_map(|person| person.get("address")).collect();
    serde_json::to_string(&addresses).ok()
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
