//! A loopback stand-in for SNS: it answers the few calls that Nines makes and keeps what was
//! published, in order. It delivers to nobody. In process or on a port.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::embedded::{ACCOUNT, REGION};
use crate::error::LocalError;
use crate::log::Log;
use crate::wire::{Engine, Passage, ReplyFuture, Service, Tally, Wire, ask};

/// The most entries that SNS takes in one batch.
const BATCH_ENTRIES_MAX: usize = 10;

/// The most bytes that SNS takes in one message or batch: 256 KB.
const PUBLISH_BYTES_MAX: usize = 256 * 1024;

/// The most attributes of a message that are read.
const ATTRIBUTES_MAX: usize = 10;

/// The longest name of a batch entry that SNS takes.
const ENTRY_ID_LEN_MAX: usize = 80;

/// The namespace of SNS's answers.
const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// One message as it was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The topic's name, such as `nines-customer`.
    pub topic: String,
    /// The message attributes.
    pub attributes: BTreeMap<String, String>,
    /// The subject, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The message body: the notice.
    pub message: Value,
}

/// The topics of one system.
#[derive(Clone)]
pub struct Topics(Arc<Mutex<Shelf>>);

/// Where published messages are kept.
enum Shelf {
    Memory(Vec<Published>),
    File(Log),
}

/// The address of the topic of one audience.
pub fn topic_arn(audience: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:nines-{audience}")
}

impl Topics {
    /// Keeps messages in memory.
    pub fn memory() -> Self {
        Topics::with(Shelf::Memory(Vec::new()))
    }

    /// Keeps messages in a file, one JSON line each, and finds those of earlier runs there.
    pub fn open(path: &Path) -> Result<Self, LocalError> {
        Ok(Topics::with(Shelf::File(Log::open(path)?)))
    }

    /// Topics of their own in memory, holding what these hold.
    pub fn fork(&self) -> Result<Self, LocalError> {
        Ok(Topics::with(Shelf::Memory(self.published()?)))
    }

    fn with(shelf: Shelf) -> Self {
        Topics(Arc::new(Mutex::new(shelf)))
    }

    /// Everything published so far, in order.
    pub fn published(&self) -> Result<Vec<Published>, LocalError> {
        match &*self.shelf() {
            Shelf::Memory(messages) => Ok(messages.clone()),
            Shelf::File(log) => log.read(),
        }
    }

    /// The number of messages published so far.
    pub fn published_count(&self) -> usize {
        match &*self.shelf() {
            Shelf::Memory(messages) => messages.len(),
            Shelf::File(log) => log.count(),
        }
    }

    /// The HTTP interface: SNS at `/`.
    pub fn router(&self) -> Router {
        Router::new().route("/", post(publish)).with_state(self.clone())
    }

    /// Builds the real SNS client over this shim, without a socket.
    pub fn client(&self, passage: Arc<dyn Passage>, tally: Tally) -> aws_sdk_sns::Client {
        Wire::new(Arc::new(Shim(self.router())), passage, tally).clients().sns()
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the messages and answers the identifier of each: its place in the order.
    fn keep(&self, messages: Vec<Published>) -> Result<Vec<String>, LocalError> {
        let mut shelf = self.shelf();
        let first = match &*shelf {
            Shelf::Memory(kept) => kept.len(),
            Shelf::File(log) => log.count(),
        };
        let ids = (first..first + messages.len())
            .map(|place| format!("00000000-0000-0000-0000-{:012}", place + 1))
            .collect();
        match &mut *shelf {
            Shelf::Memory(kept) => kept.extend(messages),
            Shelf::File(log) => log.append(&messages)?,
        }
        Ok(ids)
    }
}

/// The shim as an engine behind the SNS client.
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

/// Why SNS would refuse a request: its code and what to say.
type Refusal = (&'static str, String);

async fn publish(State(topics): State<Topics>, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let fields: Fields = fields.into_iter().collect();
    let action = fields.get("Action").map_or("", String::as_str);
    let answer = match action {
        "Publish" => publish_one(&topics, &fields),
        "PublishBatch" => publish_batch(&topics, &fields),
        other => Err(("InvalidAction", format!("the shim answers Publish and PublishBatch, not {other}"))),
    };
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

fn publish_one(topics: &Topics, fields: &Fields) -> Result<String, Refusal> {
    let message = read_message(fields, "", topic_name(fields)?)?;
    let bytes = size(&message);
    if bytes > PUBLISH_BYTES_MAX {
        return Err((
            "InvalidParameter",
            format!("the message has {bytes} bytes, at most {PUBLISH_BYTES_MAX}"),
        ));
    }
    let ids = topics.keep(vec![message]).map_err(|e| ("InternalError", e.explain()))?;
    Ok(ids.iter().map(|id| format!("<MessageId>{id}</MessageId>")).collect())
}

fn publish_batch(topics: &Topics, fields: &Fields) -> Result<String, Refusal> {
    let topic = topic_name(fields)?;
    let prefix = |place: usize| format!("PublishBatchRequestEntries.member.{place}.");
    let entry_ids: Vec<&String> =
        (1..).map_while(|place| fields.get(&format!("{}Id", prefix(place)))).collect();
    check_batch(&entry_ids)?;
    let messages = (1..=entry_ids.len())
        .map(|place| read_message(fields, &prefix(place), topic.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    let bytes: usize = messages.iter().map(size).sum();
    if bytes > PUBLISH_BYTES_MAX {
        return Err((
            "BatchRequestTooLong",
            format!("the batch has {bytes} bytes, at most {PUBLISH_BYTES_MAX}"),
        ));
    }
    let ids = topics.keep(messages).map_err(|e| ("InternalError", e.explain()))?;
    let members: String = entry_ids
        .iter()
        .zip(ids)
        .map(|(entry, id)| format!("<member><Id>{entry}</Id><MessageId>{id}</MessageId></member>"))
        .collect();
    Ok(format!("<Successful>{members}</Successful><Failed/>"))
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

fn read_message(fields: &Fields, prefix: &str, topic: String) -> Result<Published, Refusal> {
    let field = |name: &str| fields.get(&format!("{prefix}{name}")).cloned();
    let body = field("Message").ok_or(("InvalidParameter", "Message is missing".to_owned()))?;
    let attributes = (1..=ATTRIBUTES_MAX)
        .map_while(|place| {
            let entry = format!("MessageAttributes.entry.{place}");
            Some((field(&format!("{entry}.Name"))?, field(&format!("{entry}.Value.StringValue"))?))
        })
        .collect();
    let message = serde_json::from_str(&body).unwrap_or(Value::String(body));
    Ok(Published { topic, attributes, subject: field("Subject"), message })
}

fn size(message: &Published) -> usize {
    let attributes: usize = message.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    message.message.to_string().len() + attributes
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
    use serde_json::json;

    use super::*;
    use crate::wire::OpenPassage;

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
        let path = folder.path().join("published.ndjson");
        let sns = client(&Topics::open(&path).unwrap());
        sns.publish().topic_arn(topic_arn("customer")).message(r#"{"n":1}"#).send().await.unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"topic\":").unwrap();
        let topics = Topics::open(&path).unwrap();
        client(&topics).publish().topic_arn(topic_arn("customer")).message("two").send().await.unwrap();
        let messages: Vec<Value> = topics.published().unwrap().into_iter().map(|p| p.message).collect();
        assert_eq!(messages, [json!({"n": 1}), json!("two")]);
        assert_eq!(topics.published_count(), 2);
    }
}
