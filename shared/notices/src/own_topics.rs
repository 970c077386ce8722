//! Customers' own topics at SNS, and the subscriptions to them. Each call is idempotent: SNS returns an
//! existing topic or subscription.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, LazyLock};

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::subscribe::SubscribeError as SnsRefusal;
use events::Choice;
use outcome::{Dependency, Failure};
use serde_json::{Map, Value, json};
use sla::{CustomerId, sha256_hex};

/// Hexadecimal digits of a customer's digest in its topic's name: 128 bits.
const TOPIC_DIGITS: usize = 32;
/// Subscription attribute that selects its messages.
const FILTER: &str = "FilterPolicy";
/// Filter of a subscription that gets every message.
const NO_FILTER: &str = "{}";
/// Filter of a subscription that gets no message: no notice is of this kind.
const NOTHING: &str = r#"{"kind":["unsubscribed"]}"#;

/// The names and the encryption key of customers' own topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTopicsPlace {
    /// Prefix of their ARNs, followed by a digest of the customer's id.
    pub arn_prefix: String,
    /// The key that encrypts their messages at rest, if any.
    pub key_id: Option<String>,
}

/// A client of SNS, built when first needed: most pages need none.
#[derive(Clone)]
pub struct OwnTopics {
    client: Arc<LazyLock<Client, Box<dyn FnOnce() -> Client + Send>>>,
    place: OwnTopicsPlace,
}

/// The state of a subscription at SNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Pending: SNS has asked the endpoint's owner to confirm it.
    Waiting,
    /// Confirmed: messages are delivered.
    Confirmed,
    /// Gone: it lapsed, or the endpoint's owner ended it.
    Gone,
}

/// The reason why a call about a topic or subscription failed.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The call failed.
    #[error("cannot {operation}")]
    Call {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// SNS rejects the endpoint, with its reason.
    #[error("{0}")]
    Refused(String),
    /// The topic no longer exists.
    #[error("the customer's own topic does not exist")]
    NoTopic,
}

impl From<SubscribeError> for Failure {
    fn from(error: SubscribeError) -> Self {
        Self::fault(Dependency::Subscribing, error)
    }
}

impl fmt::Debug for OwnTopics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnTopics").field("place", &self.place).finish_non_exhaustive()
    }
}

fn failed<E: Error + Send + Sync + 'static>(operation: &'static str) -> impl Fn(E) -> SubscribeError {
    move |source| SubscribeError::Call { operation, source: source.into() }
}

/// Returns SNS's error code; empty for an error that is not SNS's own.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    error.as_service_error().and_then(|error| error.meta().code()).unwrap_or_default()
}

fn is_not_found<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(code(error), "NotFound" | "NotFoundException")
}

fn is_invalid<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(code(error), "InvalidParameter" | "InvalidParameterException")
}

fn is_too_many<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(code(error), "SubscriptionLimitExceeded" | "FilterPolicyLimitExceeded")
}

/// Returns the filter policy of a choice; `None` if it takes every message.
fn filter(Choice { kinds, severities, .. }: &Choice) -> Option<String> {
    let mut filter = Map::new();
    if !kinds.is_empty() {
        filter.insert("kind".to_owned(), json!(kinds));
    }
    if !severities.is_empty() {
        filter.insert("severity".to_owned(), json!(severities));
    }
    (!filter.is_empty()).then(|| Value::Object(filter).to_string())
}

impl OwnTopics {
    /// Builds the topics from a function that makes the client, and their names.
    pub fn new(client: impl FnOnce() -> Client + Send + 'static, place: OwnTopicsPlace) -> Self {
        Self { client: Arc::new(LazyLock::new(Box::new(client))), place }
    }

    /// Creates a customer's own topic, or finds it; returns its ARN. A new topic is encrypted, and denies
    /// publishing without TLS from the start.
    ///
    /// # Errors
    /// Returns a [`SubscribeError`] if SNS fails.
    pub async fn make(&self, customer: &CustomerId) -> Result<String, SubscribeError> {
        let operation = "make a customer's own topic";
        let digest = sha256_hex(customer.as_str().as_bytes());
        let arn = format!("{}{}", self.place.arn_prefix, &digest[..TOPIC_DIGITS]);
        let name = arn.rsplit(':').next().unwrap_or_default();
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "NothingWithoutTls", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish",
                "Resource": arn, "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            }],
        });
        let mut request = self.client.create_topic().name(name).attributes("Policy", policy.to_string());
        if let Some(key_id) = &self.place.key_id {
            request = request.attributes("KmsMasterKeyId", key_id);
        }
        let made = request.send().await.map_err(failed(operation))?;
        Ok(made.topic_arn.unwrap_or(arn))
    }

    /// Subscribes an endpoint to a topic with the chosen filter, or changes the filter of the existing
    /// subscription; returns its ARN. SNS asks an unconfirmed endpoint again.
    ///
    /// # Errors
    /// Returns a [`SubscribeError`] if SNS fails.
    pub async fn subscribe(&self, topic_arn: &str, choice: &Choice) -> Result<String, SubscribeError> {
        let Some(filter) = filter(choice) else {
            let subscription_arn = self.find_or_make(topic_arn, choice).await?;
            self.choose(&subscription_arn, choice).await?;
            return Ok(subscription_arn);
        };
        let request = self.client.subscribe().topic_arn(topic_arn).protocol(choice.protocol.as_str());
        let request = request.endpoint(&choice.endpoint).attributes(FILTER, &filter);
        match request.return_subscription_arn(true).send().await {
            Ok(made) => Ok(made.subscription_arn.unwrap_or_default()),
            // Either the subscription exists with another filter, or the endpoint is invalid: a call without
            // filter tells which.
            Err(error) if is_invalid(&error) => {
                let subscription_arn = self.find_or_make(topic_arn, choice).await?;
                self.set_filter(&subscription_arn, &filter).await?;
                Ok(subscription_arn)
            }
            Err(error) => Err(refusal(error)),
        }
    }

    /// Subscribes an endpoint without a filter, or finds the existing subscription with any filter.
    async fn find_or_make(&self, topic_arn: &str, choice: &Choice) -> Result<String, SubscribeError> {
        let request = self.client.subscribe().topic_arn(topic_arn).protocol(choice.protocol.as_str());
        let request = request.endpoint(&choice.endpoint).return_subscription_arn(true);
        let made = request.send().await.map_err(refusal)?;
        Ok(made.subscription_arn.unwrap_or_default())
    }

    /// Changes the filter of a subscription, confirmed or not; SNS sends no message.
    ///
    /// # Errors
    /// Returns a [`SubscribeError`] if SNS fails.
    pub async fn choose(&self, subscription_arn: &str, choice: &Choice) -> Result<(), SubscribeError> {
        match filter(choice) {
            Some(filter) => self.set_filter(subscription_arn, &filter).await,
            None if self.has_filter(subscription_arn).await? => {
                self.set_filter(subscription_arn, NO_FILTER).await
            }
            None => Ok(()),
        }
    }

    /// Sets the filter of a subscription; succeeds if the subscription is gone.
    async fn set_filter(&self, subscription_arn: &str, filter: &str) -> Result<(), SubscribeError> {
        let request = self.client.set_subscription_attributes().subscription_arn(subscription_arn);
        match request.attribute_name(FILTER).attribute_value(filter).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_not_found(&error) => Ok(()),
            Err(error) if is_too_many(&error) => Err(SubscribeError::Refused(
                error
                    .as_service_error()
                    .and_then(|error| error.meta().message())
                    .unwrap_or_default()
                    .to_owned(),
            )),
            Err(error) => Err(failed("choose what a subscription gets")(error)),
        }
    }

    async fn has_filter(&self, subscription_arn: &str) -> Result<bool, SubscribeError> {
        let request = self.client.get_subscription_attributes().subscription_arn(subscription_arn);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if is_not_found(&error) => return Ok(false),
            Err(error) => return Err(failed("ask what a subscription gets")(error)),
        };
        let filter = answer.attributes.as_ref().and_then(|attributes| attributes.get(FILTER));
        Ok(filter.is_some_and(|filter| filter != NO_FILTER))
    }

    /// Reads the state of a subscription.
    ///
    /// # Errors
    /// Returns a [`SubscribeError`] if SNS fails.
    pub async fn state(&self, subscription_arn: &str) -> Result<SubscriptionState, SubscribeError> {
        let request = self.client.get_subscription_attributes().subscription_arn(subscription_arn);
        match request.send().await {
            Ok(answer) => {
                let attributes = answer.attributes.unwrap_or_default();
                let waiting = attributes.get("PendingConfirmation").is_some_and(|waits| waits == "true");
                Ok(if waiting { SubscriptionState::Waiting } else { SubscriptionState::Confirmed })
            }
            Err(error) if is_not_found(&error) => Ok(SubscriptionState::Gone),
            Err(error) => Err(failed("ask what has become of a subscription")(error)),
        }
    }

    /// Ends a subscription, even one whose ARN was never learned. SNS cannot end an unconfirmed one: a filter
    /// keeps all messages from it until it lapses.
    ///
    /// # Errors
    /// Returns a [`SubscribeError`] if SNS fails.
    pub async fn unsubscribe(
        &self,
        topic_arn: &str,
        choice: &Choice,
        subscription_arn: Option<&str>,
    ) -> Result<(), SubscribeError> {
        let learned = match subscription_arn {
            Some(known) => known.to_owned(),
            None => match self.find_or_make(topic_arn, choice).await {
                Ok(learned) => learned,
                // Without a topic, or if SNS rejected the endpoint, there is no subscription.
                Err(SubscribeError::NoTopic | SubscribeError::Refused(_)) => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        match self.client.unsubscribe().subscription_arn(&learned).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_not_found(&error) => Ok(()),
            Err(error) if is_invalid(&error) => self.set_filter(&learned, NOTHING).await,
            Err(error) => Err(failed("end a subscription")(error)),
        }
    }
}

fn refusal<R: fmt::Debug + Send + Sync + 'static>(error: SdkError<SnsRefusal, R>) -> SubscribeError {
    if is_not_found(&error) {
        return SubscribeError::NoTopic;
    }
    let too_many = is_too_many(&error);
    match error.as_service_error().and_then(|error| error.meta().message()) {
        Some(reason) if is_invalid(&error) || too_many => SubscribeError::Refused(reason.to_owned()),
        _ => failed("subscribe an endpoint")(error),
    }
}
