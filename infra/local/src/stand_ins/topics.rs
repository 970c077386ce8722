//! A loopback stand-in for SNS: it answers the few calls that Nines makes and keeps, in order, the published
//! messages and the copy that each subscriber would have received. It delivers nothing. In process or on a
//! port.

mod interface;
mod register;
mod shelf;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::register::arn_of;
use self::shelf::Shelf;
use crate::error::LocalError;
use crate::stand_ins::log::Log;
use crate::stand_ins::wire::{Passage, Tally, Wire};

pub use self::register::{Register, RegisteredSubscription};

/// The file of published messages in a state folder.
const PUBLISHED_FILE: &str = "published.ndjson";

/// The file of deliveries in a state folder.
const DELIVERED_FILE: &str = "delivered.ndjson";

/// The file of topics and subscriptions in a state folder.
const REGISTER_FILE: &str = "subscriptions.ndjson";

/// One message as it was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedMessage {
    /// The topic's name, such as `nines-customer`.
    pub topic: String,
    /// The message attributes.
    pub attributes: BTreeMap<String, String>,
    /// The subject, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The message body: the notice.
    pub message: Value,
    /// The text sent by e-mail, if it differs from the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A message as a subscriber would have received it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveredMessage {
    /// `email` or `https`.
    pub protocol: String,
    /// The e-mail address or URL.
    pub endpoint: String,
    /// The subject, if the message has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text of a letter, or the notice.
    pub message: Value,
    /// The notice's id; null for a request to confirm the subscription.
    pub notice_id: Value,
}

/// The topics of one system.
#[derive(Clone)]
pub struct Topics(Arc<Mutex<TopicsState>>);

/// The state of the topics.
struct TopicsState {
    published: Shelf,
    delivered: Shelf,
    register: Register,
    register_file: Option<Log>,
}

/// Returns the ARN of an audience's topic.
pub fn topic_arn(audience: &str) -> String {
    arn_of(&format!("nines-{audience}"))
}

/// Returns the place of customers' own topics.
pub fn own_topics() -> notices::OwnTopicsPlace {
    notices::OwnTopicsPlace { arn_prefix: topic_arn("customer-"), key_id: None }
}

impl Topics {
    /// Keeps everything in memory.
    pub fn memory() -> Self {
        Topics::with(TopicsState {
            published: Shelf::Memory(Vec::new()),
            delivered: Shelf::Memory(Vec::new()),
            register: Register::default(),
            register_file: None,
        })
    }

    /// Keeps everything in files of a state folder, one JSON line each, starting with the content of earlier
    /// runs.
    pub fn open(state: &Path) -> Result<Self, LocalError> {
        let register_file = Log::open(&state.join(REGISTER_FILE))?;
        Ok(Topics::with(TopicsState {
            published: Shelf::File(Log::open(&state.join(PUBLISHED_FILE))?),
            delivered: Shelf::File(Log::open(&state.join(DELIVERED_FILE))?),
            register: register_file.read()?.pop().unwrap_or_default(),
            register_file: Some(register_file),
        }))
    }

    /// Returns an independent copy, in memory.
    pub fn fork(&self) -> Result<Self, LocalError> {
        let kept = self.kept();
        Ok(Topics::with(TopicsState {
            published: Shelf::Memory(kept.published.read()?),
            delivered: Shelf::Memory(kept.delivered.read()?),
            register: kept.register.clone(),
            register_file: None,
        }))
    }

    fn with(kept: TopicsState) -> Self {
        Topics(Arc::new(Mutex::new(kept)))
    }

    /// Returns the published messages so far, in order.
    pub fn published(&self) -> Result<Vec<PublishedMessage>, LocalError> {
        self.kept().published.read()
    }

    /// Returns the number of published messages so far.
    pub fn published_count(&self) -> usize {
        self.kept().published.count()
    }

    /// Returns the deliveries so far, in order.
    pub fn delivered(&self) -> Result<Vec<DeliveredMessage>, LocalError> {
        self.kept().delivered.read()
    }

    /// Returns the topics that were made, with their subscriptions.
    pub fn register(&self) -> Register {
        self.kept().register.clone()
    }

    /// Holds back confirmations of new subscriptions, or gives them at once again.
    pub fn hold_confirmations(&self, held: bool) -> Result<(), LocalError> {
        self.kept().change(|register| register.hold(held))
    }

    /// Confirms the subscriptions of an endpoint.
    pub fn confirm(&self, endpoint: &str) -> Result<(), LocalError> {
        self.kept().change(|register| register.confirm(endpoint))
    }

    /// Removes the subscriptions of an endpoint, as its owner may request.
    pub fn forget(&self, endpoint: &str) -> Result<(), LocalError> {
        self.kept().change(|register| register.subscriptions.retain(|_, one| one.endpoint != endpoint))
    }

    /// Removes a topic with its subscriptions.
    pub fn forget_topic(&self, name: &str) -> Result<(), LocalError> {
        self.kept().change(|register| {
            register.topics.remove(name);
            register.subscriptions.retain(|_, one| one.topic != name);
        })
    }

    /// Builds the HTTP interface: SNS at `/`.
    pub fn router(&self) -> Router {
        interface::router(self.clone())
    }

    /// Builds the real SNS client over this stand-in, without a socket.
    pub fn client(&self, passage: Arc<dyn Passage>, tally: Tally) -> aws_sdk_sns::Client {
        Wire::new(Arc::new(interface::Shim(self.router())), passage, tally).clients().sns()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, TopicsState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TopicsState {
    /// Keeps messages and their deliveries; returns each message's identifier: its place in the order.
    fn keep(&mut self, messages: &[PublishedMessage]) -> Result<Vec<String>, LocalError> {
        let first = self.published.count();
        let ids = (first..first + messages.len())
            .map(|place| format!("00000000-0000-0000-0000-{:012}", place + 1))
            .collect();
        let delivered: Vec<DeliveredMessage> = messages.iter().flat_map(|one| self.deliveries(one)).collect();
        self.published.append(messages)?;
        self.delivered.append(&delivered)?;
        Ok(ids)
    }

    fn deliveries(&self, published: &PublishedMessage) -> Vec<DeliveredMessage> {
        let PublishedMessage { topic, attributes, subject, message, email } = published;
        let deliver = |one: &RegisteredSubscription| {
            let letter = email.as_ref().filter(|_| one.protocol == "email");
            DeliveredMessage {
                protocol: one.protocol.clone(),
                endpoint: one.endpoint.clone(),
                subject: subject.clone(),
                message: letter.map_or_else(|| message.clone(), |text| Value::String(text.clone())),
                notice_id: message.get("notice_id").cloned().unwrap_or_default(),
            }
        };
        self.register.subscribed_to(topic, attributes).map(|(_, one)| deliver(one)).collect()
    }

    /// Changes the register and saves it.
    fn change<T>(&mut self, change: impl FnOnce(&mut Register) -> T) -> Result<T, LocalError> {
        let before = self.register.clone();
        let changed = change(&mut self.register);
        let file = self.register_file.as_mut().filter(|_| self.register != before);
        file.map_or(Ok(()), |file| file.replace(std::slice::from_ref(&self.register)))?;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;

    use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
    use serde_json::json;

    use super::interface::PUBLISH_BYTES_MAX;
    use super::*;
    use crate::stand_ins::wire::OpenPassage;

    fn client(topics: &Topics) -> aws_sdk_sns::Client {
        topics.client(Arc::new(OpenPassage), Tally::default())
    }

    fn attribute(value: &str) -> MessageAttributeValue {
        MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
    }

    fn entry(id: &str, message: &str) -> PublishBatchRequestEntry {
        PublishBatchRequestEntry::builder()
            .id(id)
            .message(message)
            .message_attributes("kind", attribute("outage.opened & more"))
            .build()
            .unwrap()
    }

    #[tokio::test]
    async fn the_sdk_publishes_one_and_many_and_both_are_kept_in_order() {
        let topics = Topics::memory();
        let sns = client(&topics);
        let arn = topic_arn("customer");
        let one = sns.publish().topic_arn(&arn).subject("An outage").message(r#"{"n":1}"#);
        let one = one.message_attributes("severity", attribute("warning")).send().await.unwrap();
        assert_eq!(one.message_id(), Some("00000000-0000-0000-0000-000000000001"));
        let many = sns.publish_batch().topic_arn(topic_arn("finance"));
        let entries = vec![entry("a", r#"{"n":2}"#), entry("b", "plain ☂ text")];
        let many = many.set_publish_batch_request_entries(Some(entries)).send().await.unwrap();
        let ids: Vec<_> = many.successful().iter().filter_map(|one| one.id()).collect();
        assert_eq!((ids, many.failed().len()), (vec!["a", "b"], 0));
        insta::assert_snapshot!(serde_json::to_string_pretty(&topics.published().unwrap()).unwrap());
    }

    #[tokio::test]
    async fn each_request_asks_for_a_confirmation_until_there_is_one() {
        let topics = Topics::memory();
        let sns = client(&topics);
        topics.hold_confirmations(true).unwrap();
        let subscribe = |protocol: &'static str, endpoint: &'static str| {
            let request = sns.subscribe().topic_arn(topic_arn("customer")).protocol(protocol);
            request.endpoint(endpoint).send()
        };
        let asked = || topics.delivered().unwrap().len();
        for nth in 1..=3 {
            subscribe("email", "ops@example.com").await.unwrap();
            assert_eq!(asked(), nth);
        }
        topics.confirm("ops@example.com").unwrap();
        subscribe("email", "ops@example.com").await.unwrap();
        assert_eq!(asked(), 3, "it is confirmed");
        subscribe("https", "https://hooks.example.com/nines").await.unwrap();
        let last = topics.delivered().unwrap().pop().unwrap();
        assert_eq!((last.message["Type"].as_str(), last.subject), (Some("SubscriptionConfirmation"), None));
    }

    #[tokio::test]
    async fn a_batch_that_sns_would_refuse_is_refused() {
        let topics = Topics::memory();
        let sns = client(&topics);
        let big = "x".repeat(PUBLISH_BYTES_MAX);
        let batches = [
            (0..11).map(|n| entry(&n.to_string(), "{}")).collect(),
            vec![entry("a", "{}"), entry("a", "{}")],
            vec![entry("a:b", "{}")],
            vec![entry("a", &big)],
        ];
        let mut codes = Vec::new();
        for entries in batches {
            let batch = sns.publish_batch().topic_arn(topic_arn("customer"));
            let refused = batch.set_publish_batch_request_entries(Some(entries)).send().await.unwrap_err();
            codes.push(refused.into_service_error().meta().code().unwrap_or_default().to_owned());
        }
        assert_eq!(
            codes,
            [
                "TooManyEntriesInBatchRequest",
                "BatchEntryIdsNotDistinct",
                "InvalidBatchEntryId",
                "BatchRequestTooLong"
            ]
        );
        assert_eq!(topics.published_count(), 0);
    }

    #[tokio::test]
    async fn what_was_published_survives_a_restart_without_a_line_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PUBLISHED_FILE);
        let sns = client(&Topics::open(folder.path()).unwrap());
        sns.publish().topic_arn(topic_arn("customer")).message(r#"{"n":1}"#).send().await.unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"topic\":").unwrap();
        let topics = Topics::open(folder.path()).unwrap();
        client(&topics).publish().topic_arn(topic_arn("customer")).message("two").send().await.unwrap();
        let messages: Vec<Value> = topics.published().unwrap().into_iter().map(|p| p.message).collect();
        assert_eq!(messages, [json!({"n": 1}), json!("two")]);
        assert_eq!(topics.published_count(), 2);
    }
}
