//! A customer's own topic and its subscriptions. The topic's item lists all subscription ids under one
//! version: they are few, so one read tells a publisher whether there are any.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use events::change::{Object, Subject};
use events::{Change, Choice, Protocol};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sla::quota::{QuotaExceeded, QuotaRequest, Quotas, day_of};
use sla::{CustomerId, Instant, SubscriptionId, sha256_hex};

use super::CustomerScope;
use crate::keys::Key;
use crate::store::attempts::until_written;
use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Request, Table, Versioned, keys};

/// The most subscriptions of one customer: listing them asks SNS for the state of each.
pub const SUBSCRIPTIONS_MAX: usize = 20;

/// A day in seconds.
const DAY_S: i64 = 86_400;

/// A subscription to a customer's own topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The id, derived from the endpoint.
    pub subscription_id: SubscriptionId,
    /// The endpoint, and the choice of notices that it gets.
    #[serde(flatten)]
    pub choice: Choice,
    /// Instant at which the subscription was last requested.
    pub asked_at: Instant,
    /// The ARN, once SNS has assigned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_arn: Option<String>,
    /// The request that SNS has yet to receive, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueAtSns>,
}

/// A request that SNS has yet to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueAtSns {
    /// The subscription: SNS asks the endpoint's owner to confirm it.
    Subscription,
    /// The filter of notices: SNS sends no message.
    Filter,
}

/// The state of a subscription at SNS before a request for the same endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeAtSns {
    /// None: the endpoint's owner has to confirm a new one.
    Nothing,
    /// Pending: it waits for its confirmation, which can be sent again.
    Waiting,
    /// Confirmed: nothing more is needed.
    Confirmed,
}

/// A customer's own topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OwnTopic {
    /// The ARN, once the topic exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic_arn: Option<String>,
    /// The subscriptions, from the request until SNS has deleted them.
    subscriptions: BTreeSet<SubscriptionId>,
}

/// The outcome of a request for a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionOutcome {
    /// The request is recorded; SNS has yet to receive it.
    Noted(SubscriptionId),
    /// There are [`SUBSCRIPTIONS_MAX`] subscriptions already.
    TooMany,
    /// The day's quota of confirmations is used up.
    Beyond(QuotaExceeded),
    /// The address was sent a confirmation today, at any customer's request; holds the start of the next day.
    SentToday(Instant),
}

impl CustomerScope {
    /// Lists the customer's subscriptions in the order of their ids.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, TableError> {
        let topic = self.own_topic().await?.value;
        let wanted: Vec<Key> =
            topic.subscriptions.iter().map(|id| keys::subscription(self.customer_id(), id)).collect();
        let found = self.table.store.get(&wanted).await?;
        wanted.iter().filter_map(|key| found.get(key)).map(|item| item.body()).collect()
    }

    /// Returns the id of the customer's subscription with the endpoint of a choice.
    pub fn subscription_id(&self, choice: &Choice) -> SubscriptionId {
        SubscriptionId::leading_to(self.customer_id(), choice.protocol.as_str(), &choice.endpoint)
    }

    /// Reads a subscription of the customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn subscription(
        &self,
        id: &SubscriptionId,
    ) -> Result<Option<Versioned<Subscription>>, TableError> {
        let found = self.table.store.get_one(&keys::subscription(self.customer_id(), id)).await?;
        found.as_ref().map(Versioned::of).transpose()
    }

    /// Returns the ARN of the customer's own topic, once it exists.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn own_topic_arn(&self) -> Result<Option<String>, TableError> {
        self.table.own_topic_arn(self.customer_id()).await
    }

    async fn own_topic(&self) -> Result<Versioned<OwnTopic>, TableError> {
        let found = self.table.store.get_one(&keys::own_topic(self.customer_id())).await?;
        let read = found.as_ref().map(Versioned::of).transpose()?;
        Ok(read.unwrap_or(Versioned { value: OwnTopic::default(), version: None }))
    }

    /// Records a customer's request for a subscription before SNS receives it, replacing an earlier one for
    /// the same endpoint. A confirmation is counted here, before anything else is looked at; each address
    /// gets one a day.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ask_to_subscribe(
        &self,
        choice: &Choice,
        at_sns: BeforeAtSns,
        quotas: &Quotas,
        now: Instant,
    ) -> Result<SubscriptionOutcome, TableError> {
        let customer = self.customer_id();
        let id = self.subscription_id(choice);
        let noting = self.noting(self.asking(choice, now)?);
        let (sent, tomorrow) = mark_of_today(choice, now);
        let is_counted = AtomicBool::new(false);
        until_written("note a subscription", || async {
            let mut topic = self.own_topic().await?;
            let before = self.subscription(&id).await?;
            let new = topic.value.subscriptions.insert(id.clone());
            let mut transaction = Transaction::default();
            let sent_today = self.table.store.get_one(&sent).await?.is_some();
            let due = match (at_sns, before.as_ref().map(|before| &before.value)) {
                // A confirmation that was granted but may not have been sent is not counted again.
                (_, Some(Subscription { due: Some(DueAtSns::Subscription), .. })) => DueAtSns::Subscription,
                (BeforeAtSns::Confirmed, Some(_)) => DueAtSns::Filter,
                // The address was asked today; once it confirms, it gets the notices chosen now.
                (BeforeAtSns::Waiting, Some(_)) if sent_today => DueAtSns::Filter,
                _ => {
                    if !is_counted.swap(true, Ordering::Relaxed)
                        && let Err(beyond) = self.ask(quotas, QuotaRequest::Confirmation, now).await?
                    {
                        return Ok(Some(SubscriptionOutcome::Beyond(beyond)));
                    }
                    if sent_today {
                        return Ok(Some(SubscriptionOutcome::SentToday(tomorrow)));
                    }
                    transaction.put_new(Draft::new(&sent).expires(tomorrow));
                    DueAtSns::Subscription
                }
            };
            if topic.value.subscriptions.len() > SUBSCRIPTIONS_MAX {
                return Ok(Some(SubscriptionOutcome::TooMany));
            }
            let version = before.as_ref().and_then(|before| before.version);
            let subscription = Subscription {
                subscription_id: id.clone(),
                choice: choice.clone(),
                asked_at: now,
                subscription_arn: before.and_then(|before| before.value.subscription_arn),
                due: Some(due),
            };
            if new {
                transaction.put_versioned(
                    Draft::with_body(&keys::own_topic(customer), &topic.value)?,
                    topic.version,
                );
            }
            let key = keys::subscription(customer, &id);
            transaction.put_versioned(Draft::with_body(&key, &subscription)?, version);
            Ok::<_, TableError>(
                noting.store.commit(transaction).await?.then(SubscriptionOutcome::Noted(id.clone())),
            )
        })
        .await
    }

    /// Builds the change of asking for a subscription: the trail keeps what is sent, and no address.
    fn asking(&self, choice: &Choice, now: Instant) -> Result<Change, TableError> {
        let object = Object::of(Subject::Subscription, &[self.subscription_id(choice).as_str()]);
        let details = json!({
            "protocol": choice.protocol, "kinds": choice.kinds, "severities": choice.severities,
        });
        self.change(("subscribe", now), object, details)
    }

    /// Records the ARN of the customer's own topic.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn own_topic_made(&self, topic_arn: &str) -> Result<(), TableError> {
        until_written("note a customer's own topic", || async {
            let Versioned { value: mut topic, version } = self.own_topic().await?;
            if topic.topic_arn.as_deref() == Some(topic_arn) {
                return Ok(Some(()));
            }
            topic.topic_arn = Some(topic_arn.to_owned());
            let mut transaction = Transaction::default();
            transaction
                .put_versioned(Draft::with_body(&keys::own_topic(self.customer_id()), &topic)?, version);
            Ok::<_, TableError>(self.table.store.commit(transaction).await?.then(()))
        })
        .await
    }

    /// Records that SNS has a subscription as it was read; `Conflict` if it was changed meanwhile, so that
    /// SNS may hold outdated choices.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn subscribed(
        &self,
        read: &Versioned<Subscription>,
        subscription_arn: &str,
    ) -> Result<Committed, TableError> {
        let key = keys::subscription(self.customer_id(), &read.value.subscription_id);
        let subscription_arn = Some(subscription_arn.to_owned());
        let subscription = Subscription { subscription_arn, due: None, ..read.value.clone() };
        let mut transaction = Transaction::default();
        transaction.put_versioned(Draft::with_body(&key, &subscription)?, read.version);
        self.table.store.commit(transaction).await
    }

    /// Takes back a request that SNS rejected, and the subscription if SNS never had it. Counted
    /// confirmations stay counted. `Conflict` if the subscription was changed meanwhile.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn not_taken(
        &self,
        read: &Versioned<Subscription>,
        request: &Request,
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        if read.value.subscription_arn.is_none() {
            self.add_forgotten(&mut transaction, read).await?;
        } else {
            let key = keys::subscription(self.customer_id(), &read.value.subscription_id);
            let subscription = Subscription { due: None, ..read.value.clone() };
            transaction.put_versioned(Draft::with_body(&key, &subscription)?, read.version);
        }
        transaction.delete(request.key());
        // Nothing came of it: the trail forgets it as well.
        for key in keys::of_change(&self.asking(&read.value.choice, read.value.asked_at)?) {
            transaction.delete(key);
        }
        self.table.store.plain().commit(transaction).await
    }

    /// Deletes a subscription as it was read, once SNS has; `Conflict` if it was changed meanwhile.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn forget_subscription(
        &self,
        read: &Versioned<Subscription>,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        self.add_forgotten(&mut transaction, read).await?;
        let object = Object::of(Subject::Subscription, &[read.value.subscription_id.as_str()]);
        let noting = self.noting(self.change(("unsubscribe", now), object, json!({}))?);
        noting.store.commit(transaction).await
    }

    async fn add_forgotten(
        &self,
        transaction: &mut Transaction,
        read: &Versioned<Subscription>,
    ) -> Result<(), TableError> {
        let Some(version) = read.version else { return Ok(()) };
        let id = &read.value.subscription_id;
        let mut topic = self.own_topic().await?;
        topic.value.subscriptions.remove(id);
        transaction.put_versioned(
            Draft::with_body(&keys::own_topic(self.customer_id()), &topic.value)?,
            topic.version,
        );
        transaction.delete_as_read(keys::subscription(self.customer_id(), id), version);
        Ok(())
    }
}

/// Returns the key of the mark that a choice's address was sent a confirmation today, and the start of the
/// next day. The address is kept as a digest: other customers must not learn it.
fn mark_of_today(choice: &Choice, now: Instant) -> (Key, Instant) {
    let today = day_of(now);
    let to = match choice.protocol {
        Protocol::Email => choice.endpoint.to_ascii_lowercase(),
        Protocol::Https => choice.endpoint.clone(),
    };
    (keys::confirmation_to(&sha256_hex(to.as_bytes()), today), today.plus_s(DAY_S))
}

impl Table {
    /// Returns the ARN of a customer's own topic, once it exists.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn own_topic_arn(&self, customer: &CustomerId) -> Result<Option<String>, TableError> {
        let found = self.store.get_one(&keys::own_topic(customer)).await?;
        Ok(found.map(|item| item.body::<OwnTopic>()).transpose()?.and_then(|topic| topic.topic_arn))
    }

    /// Returns the own topics of the given customers that have at least one subscription.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn own_topics(
        &self,
        customers: &BTreeSet<&CustomerId>,
    ) -> Result<BTreeMap<CustomerId, String>, TableError> {
        let wanted: Vec<Key> = customers.iter().map(|customer| keys::own_topic(customer)).collect();
        let mut topics = BTreeMap::new();
        for (key, item) in self.store.get(&wanted).await? {
            let OwnTopic { topic_arn, subscriptions } = item.body()?;
            if let (Some(customer), Some(arn), false) =
                (keys::customer_of(&key), topic_arn, subscriptions.is_empty())
            {
                topics.insert(customer, arn);
            }
        }
        Ok(topics)
    }
}
