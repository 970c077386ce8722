//! The interface of the stand-in: SNS's requests in the AWS query protocol, and its answers in XML.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde_json::{Value, json};

use super::register::{Attributes, Refusal, Register, SubscriptionRequest, arn_of};
use super::{DeliveredMessage, PublishedMessage, Topics, TopicsState};
use crate::error::LocalError;
use crate::stand_ins::wire::{Engine, ReplyFuture, Service, ask};

/// The most entries that SNS takes in one batch.
const BATCH_ENTRIES_MAX: usize = 10;

/// The most bytes that SNS takes in one message or batch: 256 KB.
pub(super) const PUBLISH_BYTES_MAX: usize = 256 * 1024;

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

/// Builds the HTTP interface of topics: SNS at `/`.
pub(super) fn router(topics: Topics) -> Router {
    Router::new().route("/", post(answer)).with_state(topics)
}

/// The stand-in as the engine behind the SNS client.
pub(super) struct Shim(pub(super) Router);

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
