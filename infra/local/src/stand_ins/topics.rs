//! A loopback stand-in for SNS: it answers the few calls that Nines makes and keeps, in order, the published
//! messages and the copy that each subscriber would have received. It delivers nothing. In process or on a
//! port.

mod register;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::register::{Attributes, SubscriptionRequest, arn_of};
use crate::error::LocalError;
use crate::stand_ins::log::Log;
use crate::stand_ins::wire::{Engine, Passage, ReplyFuture, Service, Tally, Wire, ask};

pub use self::register::{Register, RegisteredSubscription};

/// The most entries that SNS takes in one batch.
const BATCH_ENTRIES_MAX: usize = 10;

/// The most bytes that SNS takes in one message or batch: 256 KB.
const PUBLISH_BYTES_MAX: usize = 256 * 1024;

/// The most attributes read of a message, a topic or a subscription.
const ATTRIBUTES_MAX: usize = 10;

/// The longest name of a batch entry that SNS takes.
const ENTRY_ID_LEN_MAX: usize = 80;

/// The longest subject that SNS takes, in characters.
const SUBJECT_CHARS_MAX: usize = 99;

/// The subject of a request to confirm a subscription.
const CONFIRMATION: &str = "AWS Notification - Subscription Confirmation";

/// The namespace of SNS's answers.
const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

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

/// A store of messages, in order.
enum Shelf {
    Memory(Vec<Value>),
    File(Log),
}

impl Shelf {
    fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, LocalError> {
        match self {
            Shelf::Memory(values) => {
                let read = values.iter().cloned().map(serde_json::from_value);
                let fault = |e: serde_json::Error| LocalError::io("read", "memory".as_ref(), e.into());
                read.collect::<Result<_, _>>().map_err(fault)
            }
            Shelf::File(log) => log.read(),
        }
    }

    fn count(&self) -> usize {
        match self {
            Shelf::Memory(values) => values.len(),
            Shelf::File(log) => log.count(),
        }
    }

    fn append(&mut self, values: &[impl Serialize]) -> Result<(), LocalError> {
        match self {
            Shelf::Memory(kept) => {
                let written = values.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
                let fault = |e: serde_json::Error| LocalError::io("write", "memory".as_ref(), e.into());
                kept.extend(written.map_err(fault)?);
                Ok(())
            }
            Shelf::File(_) if values.is_empty() => Ok(()),
            Shelf::File(log) => log.append(values),
        }
    }
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
        Router::new().route("/", post(answer)).with_state(self.clone())
    }

    /// Builds the real SNS client over this stand-in, without a socket.
    pub fn client(&self, passage: Arc<dyn Passage>, tally: Tally) -> aws_sdk_sns::Client {
        Wire::new(Arc::new(Shim(self.router())), passage, tally).clients().sns()
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

/// The stand-in as the engine behind the SNS client.
struct Shim(Router);

impl Engine for Shim {
    fn service(&self) -> Service {
        Service::Sns
    }

    fn operation(&self, request: &Request<Bytes>) -> String {
        let form = String::from_utf8_lossy(request.body());
        let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
        action.unwrap_or("Unknown").to_owned()
    }

    fn answer(&self, request: Request<Bytes>) -> ReplyFuture {
        ask(self.0.clone(), request)
    }
}

/// The fields of a request in the AWS query protocol.
type Fields = BTreeMap<String, String>;

/// A refusal, as SNS answers it: code and message.
type Refusal = (&'static str, String);

async fn answer(State(topics): State<Topics>, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let fields: Fields = fields.into_iter().collect();
    let action = fields.get("Action").map_or("", String::as_str);
    let mut kept = topics.kept();
    let answer = match action {
        "Publish" => publish_one(&mut kept, &fields),
        "PublishBatch" => publish_batch(&mut kept, &fields),
        _ => register(&mut kept, action, &fields),
    };
    drop(kept);
    match answer {
        Ok(result) => xml(
            StatusCode::OK,
            format!(
                "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>\
                 <ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></{action}Response>"
            ),
        ),
        Err((code, message)) => xml(
            StatusCode::BAD_REQUEST,
            format!(
                "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>{}</Message></Error><RequestId>local</RequestId></ErrorResponse>",
                escape(&message)
            ),
        ),
    }
}

/// Answers a request about topics and subscriptions.
fn register(kept: &mut TopicsState, action: &str, fields: &Fields) -> Result<String, Refusal> {
    let attributes = read_attributes(fields);
    let text = |name: &str| fields.get(name).map_or("", String::as_str);
    let arn = text("SubscriptionArn");
    let mut asked = None;
    let change = |register: &mut Register| match action {
        "CreateTopic" => {
            let arn = register.make(text("Name"), attributes)?;
            Ok(format!("<TopicArn>{arn}</TopicArn>"))
        }
        "Subscribe" => {
            let topic = topic_name(fields)?;
            let wanted = SubscriptionRequest {
                topic: &topic,
                protocol: text("Protocol"),
                endpoint: text("Endpoint"),
                filter: attributes.get("FilterPolicy"),
            };
            let (arn, is_asked) = register.subscribe(&wanted)?;
            asked = is_asked.then(|| confirmation(&wanted));
            Ok(format!("<SubscriptionArn>{arn}</SubscriptionArn>"))
        }
        "SetSubscriptionAttributes" if text("AttributeName") == "FilterPolicy" => {
            register.set_filter(arn, text("AttributeValue")).map(|()| String::new())
        }
        "GetSubscriptionAttributes" => {
            let entry = |(key, value): (String, String)| {
                format!("<entry><key>{key}</key><value>{}</value></entry>", escape(&value))
            };
            let entries: String = register.attributes(arn)?.into_iter().map(entry).collect();
            Ok(format!("<Attributes>{entries}</Attributes>"))
        }
        "Unsubscribe" => register.unsubscribe(arn).map(|()| String::new()),
        other => Err(("InvalidAction", format!("the shim does not answer {other}"))),
    };
    let fault = |e: LocalError| ("InternalError", e.explain());
    let answer = kept.change(change).map_err(fault)??;
    kept.delivered.append(asked.as_slice()).map_err(fault)?;
    Ok(answer)
}

/// Builds the message by which SNS asks the owner of an endpoint to confirm its subscription.
fn confirmation(wanted: &SubscriptionRequest<'_>) -> DeliveredMessage {
    let SubscriptionRequest { topic, protocol, endpoint, .. } = *wanted;
    let topic_arn = arn_of(topic);
    let text =
        format!("You have chosen to subscribe to the topic {topic_arn}. To confirm it, follow the link.");
    let url = format!("https://sns.example/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token=local");
    let message = match protocol {
        "email" => Value::String(format!("{text}\n{url}")),
        _ => json!({
            "Type": "SubscriptionConfirmation", "TopicArn": topic_arn, "Token": "local", "Message": text,
            "SubscribeURL": url,
        }),
    };
    let subject = (protocol == "email").then(|| CONFIRMATION.to_owned());
    let (protocol, endpoint) = (protocol.to_owned(), endpoint.to_owned());
    DeliveredMessage { protocol, endpoint, subject, message, notice_id: Value::Null }
}

fn publish_one(kept: &mut TopicsState, fields: &Fields) -> Result<String, Refusal> {
    let topic = topic_name(fields)?;
    kept.register.exists(&topic)?;
    let SizedMessage { message, bytes } = read_message(fields, "", topic)?;
    if bytes > PUBLISH_BYTES_MAX {
        return Err((
            "InvalidParameter",
            format!("the message has {bytes} bytes, at most {PUBLISH_BYTES_MAX}"),
        ));
    }
    let ids = kept.keep(&[message]).map_err(|e| ("InternalError", e.explain()))?;
    Ok(ids.iter().map(|id| format!("<MessageId>{id}</MessageId>")).collect())
}

fn publish_batch(kept: &mut TopicsState, fields: &Fields) -> Result<String, Refusal> {
    let topic = topic_name(fields)?;
    kept.register.exists(&topic)?;
    let prefix = |place: usize| format!("PublishBatchRequestEntries.member.{place}.");
    let entry_ids: Vec<&String> =
        (1..).map_while(|place| fields.get(&format!("{}Id", prefix(place)))).collect();
    check_batch(&entry_ids)?;
    let (mut read, mut taken, mut failed) = (Vec::new(), Vec::new(), String::new());
    for (place, id) in (1..).zip(entry_ids) {
        match read_message(fields, &prefix(place), topic.clone()) {
            Ok(one) => {
                read.push(one);
                taken.push(id);
            }
            Err((code, message)) => {
                failed += &format!(
                    "<member><Id>{id}</Id><Code>{code}</Code><Message>{}</Message><SenderFault>true</SenderFault></member>",
                    escape(&message)
                );
            }
        }
    }
    let bytes: usize = read.iter().map(|one| one.bytes).sum();
    if bytes > PUBLISH_BYTES_MAX {
        return Err((
            "BatchRequestTooLong",
            format!("the batch has {bytes} bytes, at most {PUBLISH_BYTES_MAX}"),
        ));
    }
    let messages: Vec<PublishedMessage> = read.into_iter().map(|one| one.message).collect();
    let ids = kept.keep(&messages).map_err(|e| ("InternalError", e.explain()))?;
    let members: String = taken
        .iter()
        .zip(ids)
        .map(|(entry, id)| format!("<member><Id>{entry}</Id><MessageId>{id}</MessageId></member>"))
        .collect();
    Ok(format!("<Successful>{members}</Successful><Failed>{failed}</Failed>"))
}

fn check_batch(entry_ids: &[&String]) -> Result<(), Refusal> {
    if entry_ids.is_empty() {
        return Err(("EmptyBatchRequest", "the batch has no entries".to_owned()));
    }
    if entry_ids.len() > BATCH_ENTRIES_MAX {
        let count = entry_ids.len();
        return Err((
            "TooManyEntriesInBatchRequest",
            format!("{count} entries, at most {BATCH_ENTRIES_MAX}"),
        ));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if let Some(bad) = entry_ids.iter().find(|id| id.len() > ENTRY_ID_LEN_MAX || !id.chars().all(allowed)) {
        return Err(("InvalidBatchEntryId", format!("{bad}: at most 80 of A-Z a-z 0-9 - _")));
    }
    if entry_ids.iter().collect::<BTreeSet<_>>().len() < entry_ids.len() {
        return Err(("BatchEntryIdsNotDistinct", "two entries have the same Id".to_owned()));
    }
    Ok(())
}

fn topic_name(fields: &Fields) -> Result<String, Refusal> {
    let arn = fields.get("TopicArn").ok_or(("InvalidParameter", "TopicArn is missing".to_owned()))?;
    Ok(arn.rsplit(':').next().unwrap_or(arn).to_owned())
}

/// Reads the requested attributes of a topic or subscription.
fn read_attributes(fields: &Fields) -> Attributes {
    let attribute = |place: usize| {
        let entry = format!("Attributes.entry.{place}");
        let field = |name: &str| fields.get(&format!("{entry}.{name}")).cloned();
        Some((field("key")?, field("value")?))
    };
    (1..=ATTRIBUTES_MAX).map_while(attribute).collect()
}

/// A message with its size in bytes, as SNS counts it.
struct SizedMessage {
    message: PublishedMessage,
    bytes: usize,
}

fn read_message(fields: &Fields, prefix: &str, topic: String) -> Result<SizedMessage, Refusal> {
    let field = |name: &str| fields.get(&format!("{prefix}{name}")).cloned();
    let invalid = |what: &str| ("InvalidParameter", format!("Invalid parameter: {what}"));
    let body = field("Message").ok_or_else(|| invalid("Message is missing"))?;
    let attributes: BTreeMap<String, String> = (1..=ATTRIBUTES_MAX)
        .map_while(|place| {
            let entry = format!("MessageAttributes.entry.{place}");
            Some((field(&format!("{entry}.Name"))?, field(&format!("{entry}.Value.StringValue"))?))
        })
        .collect();
    let subject = field("Subject");
    let takes = |subject: &String| {
        (1..=SUBJECT_CHARS_MAX).contains(&subject.len())
            && subject.chars().all(|c| c == ' ' || c.is_ascii_graphic())
            && !subject.starts_with(' ')
    };
    if !subject.as_ref().is_none_or(takes) {
        return Err(invalid("Subject"));
    }
    let bytes = body.len() + attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let (default, email) = match field("MessageStructure").as_deref() {
        Some("json") => {
            let mut texts: BTreeMap<String, String> =
                serde_json::from_str(&body).map_err(|_| invalid("Message Structure - JSON message body"))?;
            let none = || invalid("Message Structure - No default entry in JSON message body");
            (texts.remove("default").ok_or_else(none)?, texts.remove("email"))
        }
        _ => (body, None),
    };
    let message = serde_json::from_str(&default).unwrap_or(Value::String(default));
    Ok(SizedMessage { message: PublishedMessage { topic, attributes, subject, message, email }, bytes })
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [("content-type", "text/xml")], body).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;

    use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};

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
