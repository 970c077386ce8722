//! A customer's own topic and the subscriptions to it. The topic's item lists the ids of all subscriptions, under its
//! version: there are never too many, and whoever publishes sees in one read whether there are any.

use std::collections::{BTreeMap, BTreeSet};

use events::Choice;
use serde::{Deserialize, Serialize};
use sla::{CustomerId, Instant, SubscriptionId, sha256_hex};

use super::CustomerScope;
use crate::keys::Key;
use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Attempts, Table, Versioned, keys};

/// Subscriptions of one customer: SNS is asked for the state of each when they are listed.
pub const SUBSCRIPTIONS_MAX: usize = 20;

/// Hexadecimal digits of a request's digest: 64 bits tell those of one instant apart.
const REQUEST_DIGITS: usize = 16;

/// A subscription to a customer's own topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Names it by where it leads.
    pub subscription_id: SubscriptionId,
    /// Where notices are sent, and which.
    #[serde(flatten)]
    pub choice: Choice,
    /// When it was asked for, so that an older request never undoes a newer one.
    pub asked_at: Instant,
    /// The digests of the requests of that instant: the last of them stands, and none is taken twice.
    pub asked_by: BTreeSet<String>,
    /// Its ARN, once SNS has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_arn: Option<String>,
}

/// A customer's own topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OwnTopic {
    /// Its ARN, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic_arn: Option<String>,
    /// The subscriptions, from when they are asked for until SNS has forgotten them.
    subscriptions: BTreeSet<SubscriptionId>,
}

/// What asking for a subscription came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is noted, now or before; SNS may still have to be asked.
    Noted(SubscriptionId),
    /// There are [`SUBSCRIPTIONS_MAX`] already.
    TooMany,
}

impl CustomerScope {
    /// Lists the customer's subscriptions in the order of their ids.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, TableError> {
        let topic = self.own_topic().await?.thing;
        let wanted: Vec<Key> =
            topic.subscriptions.iter().map(|id| keys::subscription(self.customer_id(), id)).collect();
        let found = self.table.store.get(&wanted).await?;
        wanted.iter().filter_map(|key| found.get(key)).map(|item| item.body()).collect()
    }

    /// Reads a subscription of the customer.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn subscription(
        &self,
        id: &SubscriptionId,
    ) -> Result<Option<Versioned<Subscription>>, TableError> {
        let found = self.table.store.get_one(&keys::subscription(self.customer_id(), id)).await?;
        found.as_ref().map(Versioned::of).transpose()
    }

    /// Returns the ARN of the customer's own topic, once it is made.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn own_topic_arn(&self) -> Result<Option<String>, TableError> {
        Ok(self.own_topic().await?.thing.topic_arn)
    }

    async fn own_topic(&self) -> Result<Versioned<OwnTopic>, TableError> {
        let found = self.table.store.get_one(&keys::own_topic(self.customer_id())).await?;
        let read = found.as_ref().map(Versioned::of).transpose()?;
        Ok(read.unwrap_or(Versioned { thing: OwnTopic::default(), version: None }))
    }

    /// Notes what the customer asks for, before anything is asked of SNS. What was asked for the same place before is
    /// changed by it, unless that is newer.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn ask_to_subscribe(
        &self,
        choice: &Choice,
        (request_key, at): (&str, Instant),
    ) -> Result<Asked, TableError> {
        let customer = self.customer_id();
        let request = sha256_hex(request_key.as_bytes())[..REQUEST_DIGITS].to_owned();
        let id = SubscriptionId::leading_to(customer, choice.protocol.as_str(), &choice.endpoint);
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let mut topic = self.own_topic().await?;
            let before = self.subscription(&id).await?;
            let newer = |before: &Versioned<Subscription>| {
                let Subscription { asked_at, asked_by, .. } = &before.thing;
                *asked_at > at || (*asked_at == at && asked_by.contains(&request))
            };
            if before.as_ref().is_some_and(newer) {
                return Ok(Asked::Noted(id));
            }
            let new = topic.thing.subscriptions.insert(id.clone());
            if topic.thing.subscriptions.len() > SUBSCRIPTIONS_MAX {
                return Ok(Asked::TooMany);
            }
            let version = before.as_ref().and_then(|before| before.version);
            let of_instant = before.as_ref().filter(|before| before.thing.asked_at == at);
            let asked_by = of_instant.map(|before| before.thing.asked_by.clone()).unwrap_or_default();
            let subscription = Subscription {
                subscription_id: id.clone(),
                choice: choice.clone(),
                asked_at: at,
                asked_by: asked_by.into_iter().chain([request.clone()]).collect(),
                subscription_arn: before.and_then(|before| before.thing.subscription_arn),
            };
            let mut transaction = Transaction::default();
            if new {
                transaction.put_versioned(
                    Draft::with_body(&keys::own_topic(customer), &topic.thing)?,
                    topic.version,
                );
            }
            let key = keys::subscription(customer, &id);
            transaction.put_versioned(Draft::with_body(&key, &subscription)?, version);
            if self.table.store.commit(transaction).await? == Committed::Done {
                return Ok(Asked::Noted(id));
            }
        }
        Err(TableError::faster("note a subscription"))
    }

    /// Notes the ARN of the customer's own topic.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn own_topic_made(&self, topic_arn: &str) -> Result<(), TableError> {
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let Versioned { thing: mut topic, version } = self.own_topic().await?;
            if topic.topic_arn.as_deref() == Some(topic_arn) {
                return Ok(());
            }
            topic.topic_arn = Some(topic_arn.to_owned());
            let mut transaction = Transaction::default();
            transaction
                .put_versioned(Draft::with_body(&keys::own_topic(self.customer_id()), &topic)?, version);
            if self.table.store.commit(transaction).await? == Committed::Done {
                return Ok(());
            }
        }
        Err(TableError::faster("note a customer's own topic"))
    }

    /// Notes that SNS has a subscription as it was read; `Conflict` if it was changed meanwhile, so that SNS may have
    /// been told what no longer holds.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn subscribed(
        &self,
        read: &Versioned<Subscription>,
        subscription_arn: &str,
    ) -> Result<Committed, TableError> {
        let key = keys::subscription(self.customer_id(), &read.thing.subscription_id);
        let mut transaction = Transaction::default();
        if read.thing.subscription_arn.as_deref() == Some(subscription_arn) {
            transaction.check(key, read.version);
        } else {
            let subscription_arn = Some(subscription_arn.to_owned());
            let subscription = Subscription { subscription_arn, ..read.thing.clone() };
            transaction.put_versioned(Draft::with_body(&key, &subscription)?, read.version);
        }
        self.table.store.commit(transaction).await
    }

    /// Forgets a subscription as it was read, once SNS has; `Conflict` if it was changed meanwhile.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn forget_subscription(&self, read: &Versioned<Subscription>) -> Result<Committed, TableError> {
        let Some(version) = read.version else { return Ok(Committed::Done) };
        let id = &read.thing.subscription_id;
        let mut topic = self.own_topic().await?;
        topic.thing.subscriptions.remove(id);
        let mut transaction = Transaction::default();
        transaction.put_versioned(
            Draft::with_body(&keys::own_topic(self.customer_id()), &topic.thing)?,
            topic.version,
        );
        transaction.delete_as_read(keys::subscription(self.customer_id(), id), version);
        self.table.store.commit(transaction).await
    }
}

impl Table {
    /// Returns the own topics of those customers who have one that somebody is subscribed to.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn own_topics(
        &self,
        customers: &BTreeSet<&CustomerId>,
    ) -> Result<BTreeMap<CustomerId, String>, TableError> {
        let wanted: Vec<Key> = customers.iter().map(|customer| keys::own_topic(customer)).collect();
        let mut topics = BTreeMap::new();
        for (key, item) in self.store.get(&wanted).await? {
            let OwnTopic { topic_arn, subscriptions } = item.body()?;
            if let (Some(customer), Some(arn), false) =
                (keys::customer_of_own_topic(&key), topic_arn, subscriptions.is_empty())
            {
                topics.insert(customer, arn);
            }
        }
        Ok(topics)
    }
}
