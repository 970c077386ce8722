//! Topics and their subscriptions, as SNS keeps them: a repeated request finds the existing one, a differing
//! request is refused. Each request asks the endpoint's owner for a confirmation until there is one, which is
//! given at once, unless confirmations are held back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stand_ins::account::{ACCOUNT, REGION};

/// The longest name of a topic that SNS takes.
const NAME_LEN_MAX: usize = 256;

/// The filter of a subscription that receives everything.
const NO_FILTER: &str = "{}";

/// The topics that always exist: one per audience.
const AUDIENCES: [&str; 3] = ["nines-customer", "nines-operations", "nines-finance"];

/// The attributes of a topic or of a message, by name.
pub(super) type Attributes = BTreeMap<String, String>;
/// A refusal, as SNS answers it: code and message.
pub(super) type Refusal = (&'static str, String);

/// Topics and subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// The topics that were made, by name, with their attributes.
    pub topics: BTreeMap<String, Attributes>,
    /// The subscriptions, by ARN.
    pub subscriptions: BTreeMap<String, RegisteredSubscription>,
    /// Number of subscriptions ever made, for their ARNs.
    made: u64,
    /// True if new subscriptions wait for confirmation.
    held: bool,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredSubscription {
    /// The topic's name.
    pub topic: String,
    /// `email` or `https`.
    pub protocol: String,
    /// The e-mail address or URL.
    pub endpoint: String,
    /// The attribute values that it receives; everything if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<BTreeMap<String, Vec<String>>>,
    /// True if its owner has confirmed it.
    pub confirmed: bool,
}

/// A request to subscribe.
pub(super) struct SubscriptionRequest<'a> {
    pub(super) topic: &'a str,
    pub(super) protocol: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) filter: Option<&'a String>,
}

/// Returns the ARN of a topic.
pub(super) fn arn_of(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

fn invalid(what: &str) -> Refusal {
    ("InvalidParameter", format!("Invalid parameter: {what}"))
}

fn no_subscription() -> Refusal {
    ("NotFound", "Subscription does not exist".to_owned())
}

impl Register {
    /// Returns a refusal if a topic does not exist.
    pub(super) fn exists(&self, topic: &str) -> Result<(), Refusal> {
        if AUDIENCES.contains(&topic) || self.topics.contains_key(topic) {
            return Ok(());
        }
        Err(("NotFound", "Topic does not exist".to_owned()))
    }

    /// Makes a topic, or finds one with the same attributes.
    pub(super) fn make(&mut self, name: &str, attributes: Attributes) -> Result<String, Refusal> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !(1..=NAME_LEN_MAX).contains(&name.len()) || !name.chars().all(allowed) {
            return Err(invalid("Topic Name"));
        }
        let found = self.topics.entry(name.to_owned()).or_insert_with(|| attributes.clone());
        if attributes.iter().any(|(key, value)| found.get(key) != Some(value)) {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        Ok(arn_of(name))
    }

    /// Subscribes an endpoint, or finds its subscription; true if its owner is asked to confirm it.
    pub(super) fn subscribe(&mut self, wanted: &SubscriptionRequest<'_>) -> Result<(String, bool), Refusal> {
        let SubscriptionRequest { topic, protocol, endpoint, filter } = *wanted;
        self.exists(topic)?;
        let good = match protocol {
            "email" => endpoint.contains('@'),
            "https" => endpoint.starts_with("https://"),
            _ => return Err(invalid("Protocol")),
        };
        if !good {
            return Err(invalid("Endpoint"));
        }
        let filter = filter.map(|text| read_filter(text)).transpose()?;
        let same = |one: &RegisteredSubscription| {
            one.topic == topic && one.protocol == protocol && one.endpoint == endpoint
        };
        if let Some((arn, found)) = self.subscriptions.iter().find(|(_, one)| same(one)) {
            if filter.is_some_and(|filter| filter != found.filter) {
                return Err(invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            return Ok((arn.clone(), !found.confirmed));
        }
        self.made += 1;
        let arn = format!("{}:00000000-0000-0000-0000-{:012}", arn_of(topic), self.made);
        let subscribed = RegisteredSubscription {
            topic: topic.to_owned(),
            protocol: protocol.to_owned(),
            endpoint: endpoint.to_owned(),
            filter: filter.flatten(),
            confirmed: !self.held,
        };
        self.subscriptions.insert(arn.clone(), subscribed);
        Ok((arn, true))
    }

    /// Sets the filter of a subscription.
    pub(super) fn set_filter(&mut self, arn: &str, filter: &str) -> Result<(), Refusal> {
        let found = self.subscriptions.get_mut(arn).ok_or_else(no_subscription)?;
        found.filter = read_filter(filter)?;
        Ok(())
    }

    /// Returns the attributes of a subscription.
    pub(super) fn attributes(&self, arn: &str) -> Result<Attributes, Refusal> {
        let RegisteredSubscription { protocol, endpoint, filter, confirmed, .. } =
            self.subscriptions.get(arn).ok_or_else(no_subscription)?;
        let filter = filter.as_ref().map(|filter| serde_json::to_string(filter).unwrap_or_default());
        let told = [
            ("SubscriptionArn", Some(arn.to_owned())),
            ("Protocol", Some(protocol.clone())),
            ("Endpoint", Some(endpoint.clone())),
            ("PendingConfirmation", Some((!confirmed).to_string())),
            ("FilterPolicy", filter),
        ];
        let given = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(given.collect())
    }

    /// Ends a subscription. A missing one counts as ended; one that awaits confirmation cannot be ended.
    pub(super) fn unsubscribe(&mut self, arn: &str) -> Result<(), Refusal> {
        if self.subscriptions.get(arn).is_some_and(|found| !found.confirmed) {
            return Err(invalid("Cannot unsubscribe a subscription that is pending confirmation"));
        }
        self.subscriptions.remove(arn);
        Ok(())
    }

    /// Returns the confirmed subscriptions that receive a message of a topic with these attributes.
    pub(super) fn subscribed_to<'a>(
        &'a self,
        topic: &'a str,
        attributes: &'a Attributes,
    ) -> impl Iterator<Item = (&'a String, &'a RegisteredSubscription)> {
        self.subscriptions.iter().filter(move |(_, one)| {
            let passes = |(name, values): (&String, &Vec<String>)| {
                attributes.get(name).is_some_and(|value| values.contains(value))
            };
            let filtered = one.filter.iter().flatten();
            one.topic == topic && one.confirmed && filtered.into_iter().all(passes)
        })
    }

    /// Holds back confirmations of new subscriptions, or gives them at once again.
    pub(super) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Confirms the subscriptions of an endpoint.
    pub(super) fn confirm(&mut self, endpoint: &str) {
        let waiting = self.subscriptions.values_mut().filter(|one| one.endpoint == endpoint);
        waiting.for_each(|one| one.confirmed = true);
    }
}

/// Parses a filter of exact values, the only kind used here; an empty filter is none.
fn read_filter(text: &str) -> Result<Option<BTreeMap<String, Vec<String>>>, Refusal> {
    if text == NO_FILTER {
        return Ok(None);
    }
    let filter: Value =
        serde_json::from_str(text).map_err(|_| invalid("FilterPolicy: failed to parse JSON"))?;
    let read = serde_json::from_value(filter)
        .map_err(|_| invalid("FilterPolicy: the shim takes lists of exact values alone"))?;
    Ok(Some(read))
}
