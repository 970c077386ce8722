//! Customers and services, and directories that page through them without a scan.

use std::collections::BTreeMap;

use events::change::Subject;
use events::search::sorted_by;
use events::{InputError, NoticeRecord};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::service::Customer;
use sla::{CustomerId, Instant, Service, ServiceId};

use crate::index::{add_number, rename};
use crate::service::watch::watch_shard;
use crate::store::{Committed, Draft, Run, TableError, Transaction, Versioned};
use crate::{Standing, Table, keys, outbox};

/// Partitions of a directory, by hash of the id.
pub const DIRECTORY_BUCKETS: u8 = 64;
/// The most remembered answers to changes of one object; an older command gets the object as it is.
const ANSWERS_MAX: usize = 16;
/// Index partition of services whose months before registration are to be closed; the daily run reads it.
const READING_DUE: &str = "LATE#READING";
/// The most such services that one daily run handles.
const READING_MAX: i32 = 100;
/// Index partition of the ends of services, after which customers' personal data are erased.
pub(crate) const ENDS_DUE: &str = "LATE#END";
/// The most services whose settings one process caches.
const SETTINGS_MAX: usize = 10_000;

/// Builds the mark that the months before a service's registration are to be closed for reading.
pub(crate) fn reading_mark(service: &Service) -> Draft {
    Draft::new(&keys::reading(&service.service_id)).due(READING_DUE, service.registered_at)
}

/// Builds the entry of a service in its customer's list, which has its name.
pub(crate) fn listed_service(service: &Service) -> Result<Draft, TableError> {
    let key = keys::service_of_customer(&service.customer_id, &service.service_id);
    Draft::with_body(&key, &service.name)
}

/// A directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// All customers.
    Customers,
    /// All services.
    Services,
}

impl Directory {
    const fn name(self) -> &'static str {
        match self {
            Self::Customers => "CUSTOMERS",
            Self::Services => "SERVICES",
        }
    }
}

/// An object with the command that created it and the latest ones that changed it, for repetitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectRecord<T> {
    /// The object as it is now.
    #[serde(rename = "thing")]
    pub object: T,
    /// The command that created it.
    pub by: Value,
    /// The answer to that command.
    pub answer: Value,
    /// The latest commands that changed it, with their answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    since: Vec<AnsweredCommand>,
}

/// A command with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct AnsweredCommand {
    by: Value,
    answer: Value,
}

impl<T> ObjectRecord<T> {
    /// Builds a new object with its command and answer.
    pub fn new(object: T, by: Value, answer: Value) -> Self {
        Self { object, by, answer, since: Vec::new() }
    }

    /// Replaces the object, and records the command that changed it and its answer.
    #[must_use]
    pub fn changed(mut self, object: T, by: Value, answer: Value) -> Self {
        self.since.push(AnsweredCommand { by, answer });
        if self.since.len() > ANSWERS_MAX {
            self.since.remove(0);
        }
        Self { object, ..self }
    }

    /// Replaces an object that itself records the command.
    #[must_use]
    pub fn with(self, object: T) -> Self {
        Self { object, ..self }
    }

    /// Returns the answer given to a command that created or changed the object.
    pub fn answer_to(&self, by: &Value) -> Option<&Value> {
        let since = self.since.iter().rev().map(|answered| (&answered.by, &answered.answer));
        since.chain([(&self.by, &self.answer)]).find(|(other, _)| *other == by).map(|(_, answer)| answer)
    }
}

impl Table {
    /// Reads a customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn customer(
        &self,
        id: &CustomerId,
    ) -> Result<Option<Versioned<ObjectRecord<Customer>>>, TableError> {
        self.store.get_one(&keys::customer(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Reads a service.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn service(
        &self,
        id: &ServiceId,
    ) -> Result<Option<Versioned<ObjectRecord<Service>>>, TableError> {
        self.store.get_one(&keys::service(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Reads customers; unknown ones are missing from the answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn customers(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, TableError> {
        let wanted: Vec<_> = ids.iter().map(keys::customer).collect();
        self.made(&wanted).await
    }

    /// Reads services with the commands that made them; unknown ones are missing from the answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn service_records(&self, ids: &[ServiceId]) -> Result<Vec<ObjectRecord<Service>>, TableError> {
        let wanted: Vec<_> = ids.iter().map(keys::service).collect();
        self.store.get(&wanted).await?.values().map(|item| Ok(Versioned::of(item)?.value)).collect()
    }

    /// Reads services; unknown ones are missing from the answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn services(&self, ids: &[ServiceId]) -> Result<Vec<Service>, TableError> {
        let wanted: Vec<_> = ids.iter().map(keys::service).collect();
        self.made(&wanted).await
    }

    /// Writes a changed customer under the version that was read; a new one also enters the directory.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_customer(
        &self,
        customer: &Versioned<ObjectRecord<Customer>>,
    ) -> Result<Committed, TableError> {
        let Customer { customer_id: id, name, .. } = &customer.value.object;
        let before = self.stored_before::<Customer>(&keys::customer(id), customer.version).await?;
        let mut transaction = Transaction::default();
        transaction.put_versioned(Draft::with_body(&keys::customer(id), &customer.value)?, customer.version);
        let before = before.as_ref().map(|before| before.name.as_str());
        rename(&mut transaction, Subject::Customer, id.as_str(), (before, Some(name)))?;
        if customer.version.is_none() {
            add_number(&mut transaction, Subject::Customer, id.as_str());
        }
        self.enter(&mut transaction, Directory::Customers, id.as_str(), customer.version);
        self.store.commit(transaction).await
    }

    /// Writes a changed service under the version that was read; a new one enters the directory and gets a
    /// standing.
    ///
    /// The sweep assesses a service at its end, which changes what is announced.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_service(
        &self,
        service: &Versioned<ObjectRecord<Service>>,
    ) -> Result<Committed, TableError> {
        self.write_service(service, Transaction::default()).await
    }

    /// Writes a new service with the notices to its customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn register_service(
        &self,
        service: &Versioned<ObjectRecord<Service>>,
        notices: &[NoticeRecord],
        now: Instant,
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        for notice in notices {
            outbox::add(&mut transaction, notice, now)?;
        }
        self.write_service(service, transaction).await
    }

    pub(crate) async fn write_service(
        &self,
        service: &Versioned<ObjectRecord<Service>>,
        mut transaction: Transaction,
    ) -> Result<Committed, TableError> {
        let settings = &service.value.object;
        let id = &settings.service_id;
        let before = self.stored_before::<Service>(&keys::service(id), service.version).await?;
        transaction.put_versioned(Draft::with_body(&keys::service(id), &service.value)?, service.version);
        let before = before.as_ref().map(|before| before.name.as_str());
        rename(&mut transaction, Subject::Service, id.as_str(), (before, Some(&settings.name)))?;
        if before != Some(&settings.name) {
            transaction.put(listed_service(settings)?);
        }
        self.enter(&mut transaction, Directory::Services, id.as_str(), service.version);
        if service.version.is_none() {
            add_number(&mut transaction, Subject::Service, id.as_str());
            let (count, version) = self.service_count(&settings.customer_id).await?;
            let key = keys::service_count(&settings.customer_id);
            transaction.put_versioned(Draft::with_body(&key, &(count + 1))?, version);
            let standing = Standing::nothing(settings);
            transaction.put_versioned(standing.draft(id)?, None);
        }
        if service.version.is_none() && settings.months_for_reading().next().is_some() {
            transaction.put(reading_mark(settings));
        }
        if let Some(end) = settings.terminated_at {
            // An announced end leaves a smaller budget, of which more may be used than warnings were given for.
            let at_once = Some(settings.activated_at.min(end));
            transaction.put(Draft::new(&keys::poke(id, keys::ENDING)).due(&watch_shard(id), at_once));
            transaction.put(Draft::new(&keys::poke(id, keys::END)).due(&watch_shard(id), Some(end)));
            transaction.put(Draft::new(&keys::contract_end(&settings.customer_id)).due(ENDS_DUE, Some(end)));
        }
        let committed = self.store.commit(transaction).await;
        self.forget(id);
        committed
    }

    /// Reads an object as it is stored before a change, which writes it under the version that was read.
    async fn stored_before<T: DeserializeOwned>(
        &self,
        key: &keys::Key,
        version: Option<u64>,
    ) -> Result<Option<T>, TableError> {
        if version.is_none() {
            return Ok(None);
        }
        let found = self.store.get_one(key).await?;
        found.as_ref().map(|item| Ok(Versioned::<ObjectRecord<T>>::of(item)?.value.object)).transpose()
    }

    /// Reads how many services a customer has, with the version of the count.
    pub(crate) async fn service_count(&self, id: &CustomerId) -> Result<(usize, Option<u64>), TableError> {
        let found = self.store.get_one(&keys::service_count(id)).await?;
        found.map_or(Ok((0, None)), |item| Ok((item.body()?, item.version())))
    }

    /// Reads how many services customers have; one without any is missing from the answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn service_counts(
        &self,
        ids: &[CustomerId],
    ) -> Result<BTreeMap<CustomerId, usize>, TableError> {
        let wanted: Vec<_> = ids.iter().map(keys::service_count).collect();
        let found = self.store.get(&wanted).await?;
        let counted = ids.iter().zip(&wanted).filter_map(|(id, key)| Some((id, found.get(key)?)));
        counted.map(|(id, item)| Ok((id.clone(), item.body()?))).collect()
    }

    /// Lists services whose months before registration are to be closed for reading.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn reading_due(&self, now: Instant) -> Result<Vec<ServiceId>, TableError> {
        let due = self.store.due(READING_DUE, now, READING_MAX).await?;
        Ok(due.iter().filter_map(keys::reading_service).collect())
    }

    /// Records that the months before a service's registration are closed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn reading_done(&self, id: &ServiceId) -> Result<(), TableError> {
        let mut transaction = Transaction::default();
        transaction.delete(keys::reading(id));
        self.store.commit_surely(transaction).await
    }

    /// Returns the key of an id in a directory.
    pub(crate) fn entry_of(directory: Directory, id: &str) -> keys::Key {
        let pk = keys::directory(directory.name(), keys::bucket(id, DIRECTORY_BUCKETS));
        keys::Key { pk, sk: id.to_owned() }
    }

    fn enter(&self, transaction: &mut Transaction, directory: Directory, id: &str, version: Option<u64>) {
        if version.is_none() {
            transaction.put(Draft::new(&Self::entry_of(directory, id)));
        }
    }

    /// Lists up to `limit` ids of a directory after the given one; an empty page is the end.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn directory_page(
        &self,
        directory: Directory,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, TableError> {
        let partition = |bucket| keys::directory(directory.name(), bucket);
        let of_id = |id| partition(keys::bucket(id, DIRECTORY_BUCKETS));
        let after = after.map(|id| keys::Key { pk: of_id(id), sk: id.to_owned() });
        let runs = Run::all((0..DIRECTORY_BUCKETS).map(partition), after.as_ref());
        self.store.list(runs, limit, |item| Ok(Some(item.key.sk.clone()))).await
    }

    /// Lists up to `limit` services of the directory after the given one; an empty page is the end.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or a directory entry is not an id.
    pub async fn services_page(
        &self,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<Service>, TableError> {
        let ids = self.directory_page(Directory::Services, after.map(ServiceId::as_str), limit).await?;
        let ids: Result<Vec<ServiceId>, _> = ids.iter().map(|id| id.parse()).collect();
        let ids = ids.map_err(|error| TableError::new("read the directory", InputError::new(error)))?;
        self.services(&ids).await
    }

    /// Lists up to `limit` customers of the directory after the given one; an empty page is the end.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or a directory entry is not an id.
    pub async fn customers_page(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, TableError> {
        self.customers(&self.customer_ids(after, limit).await?).await
    }

    /// Lists up to `limit` ids of customers after the given one; an empty page is the end.
    pub(crate) async fn customer_ids(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<CustomerId>, TableError> {
        let ids = self.directory_page(Directory::Customers, after.map(CustomerId::as_str), limit).await?;
        let ids = ids.iter().map(|id| id.parse()).collect::<Result<_, sla::IdError>>();
        ids.map_err(|error| TableError::new("read the directory", error))
    }

    /// Lists up to `limit` ids of a customer's services after the given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn services_of_customer(
        &self,
        customer_id: &CustomerId,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<ServiceId>, TableError> {
        let (pk, prefix) = keys::services_of_customer(customer_id);
        let from = after.map_or_else(|| prefix.clone(), |id| format!("{prefix}{id}!"));
        let to = format!("{prefix}{}", keys::LAST);
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let listed = self.store.query_some(&pk, &from, &to, true, limit).await?;
        Ok(listed.iter().filter_map(|item| keys::listed_service(&item.key)).collect())
    }

    /// Lists the ids and names of a customer's services in the order of their names: one read of some 120
    /// bytes each. A service that was stored without its name here has its id in its place.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn named_services(&self, id: &CustomerId) -> Result<Vec<(ServiceId, String)>, TableError> {
        let (pk, prefix) = keys::services_of_customer(id);
        let listed = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let mut named = Vec::with_capacity(listed.len());
        for item in &listed {
            if let Some(id) = keys::listed_service(&item.key) {
                let name = item.body_if_any()?.unwrap_or_else(|| id.to_string());
                named.push((id, name));
            }
        }
        named.sort_by_cached_key(|(id, name)| (sorted_by(name), id.clone()));
        Ok(named)
    }

    /// Lists up to `limit` ids of a customer's services in the order of their names, after one of them.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn services_of_customer_by_name(
        &self,
        customer: &CustomerId,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<ServiceId>, TableError> {
        let named = self.named_services(customer).await?;
        // After a service that is gone, the list begins again.
        let place = after.and_then(|after| named.iter().position(|(id, _)| id == after));
        let from = place.map_or(0, |place| place + 1);
        Ok(named.into_iter().skip(from).take(limit).map(|(id, _)| id).collect())
    }

    /// Reads services for their immutable settings, from the cache where possible.
    pub(crate) async fn settings(&self, ids: &[ServiceId]) -> Result<Vec<Service>, TableError> {
        let remembered =
            |id: &ServiceId| self.settings.lock().ok().and_then(|settings| settings.get(id).cloned());
        let (known, unknown): (Vec<_>, Vec<_>) =
            ids.iter().map(|id| (id, remembered(id))).partition(|(_, s)| s.is_some());
        let mut services: Vec<Service> = known.into_iter().filter_map(|(_, service)| service).collect();
        let unknown: Vec<ServiceId> = unknown.into_iter().map(|(id, _)| id.clone()).collect();
        if !unknown.is_empty() {
            let read = self.services(&unknown).await?;
            if let Ok(mut settings) = self.settings.lock() {
                if settings.len() + read.len() > SETTINGS_MAX {
                    settings.clear();
                }
                settings.extend(read.iter().map(|service| (service.service_id.clone(), service.clone())));
            }
            services.extend(read);
        }
        Ok(services)
    }

    /// Drops a service from the cache.
    pub(crate) fn forget(&self, id: &ServiceId) {
        if let Ok(mut settings) = self.settings.lock() {
            settings.remove(id);
        }
    }
}
