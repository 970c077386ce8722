//! Registrations that were wrong: corrected, or taken back. Architecture invariant: what is stored under the
//! slots of a service (standing, summaries, marks) is replaced or removed with them, under the standing that
//! was read before its partition was looked through, so that a check that comes meanwhile stops the write.

use std::collections::BTreeSet;

use events::NoticeRecord;
use events::change::Subject;
use sla::service::Customer;
use sla::{CustomerId, Instant, Month, Service, ServiceId};

use crate::customer::people::{Directory, ObjectRecord, reading_mark};
use crate::index::{remove_number, rename};
use crate::keys::{self, Key, LAST};
use crate::service::standing::Standing;
use crate::store::{Committed, Draft, TableError, Transaction, Versioned};
use crate::{Table, outbox};

/// Kinds of items of one partition: there are some twenty.
const KINDS_MAX: usize = 40;
/// Kinds of items that a registration itself makes, or that only ask for a look.
const OF_REGISTRATION: [&str; 4] = ["SERVICE", "STANDING", "READING", "POKE"];
/// Months of a service whose summaries are removed: without a close there are at most some three.
const MONTHS_MAX: usize = 12;
/// Pokes that one transaction removes; with twelve summaries, the registration, the entries of the index and
/// the note these are 75 items of 100.
const POKES_MAX: i32 = 40;

/// Service as it is registered, with the kinds of what was recorded for it since.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The service.
    pub service: Versioned<ObjectRecord<Service>>,
    standing: Standing,
    kinds: BTreeSet<String>,
}

impl Registration {
    /// True if a month of the service is closed.
    pub fn is_closed(&self) -> bool {
        self.kinds.contains("STATEMENT")
    }

    /// True if a check of the service was accepted.
    pub fn is_checked(&self) -> bool {
        self.kinds.contains("TIMELINE") || !self.standing.probes_ever().is_empty()
    }

    /// Names what was recorded for the service, as people say it; registered alarms only if asked for.
    pub fn recorded(&self, with_alarms: bool) -> Vec<&'static str> {
        let kinds = self.kinds.iter().map(|kind| match kind.as_str() {
            "STATEMENT" | "INPUTS" => "a closed month",
            "TIMELINE" | "MEASURED" => "checks",
            "TICKET" => "a ticket",
            "BOOKS" => "a claim",
            "EXCLUSION" => "an exclusion",
            "ALARM" => "an alarm",
            "WINDOWS" => "maintenance",
            _ => "a decision",
        });
        let named: BTreeSet<&str> = kinds.filter(|kind| with_alarms || *kind != "an alarm").collect();
        named.into_iter().collect()
    }
}

impl Table {
    /// Reads a service with the kinds of what was recorded for it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn registration(&self, id: &ServiceId) -> Result<Option<Registration>, TableError> {
        let found = self.store.get(&[keys::service(id), keys::standing(id)]).await?;
        let (Some(service), Some(standing)) = (found.get(&keys::service(id)), found.get(&keys::standing(id)))
        else {
            return Ok(None);
        };
        let mut kinds = self.kinds_in(&keys::of_service(id)).await?;
        if !self.kinds_in(&keys::windows_of_service(id, Month::first()).pk).await?.is_empty() {
            kinds.insert("WINDOWS".to_owned());
        }
        kinds.retain(|kind| !OF_REGISTRATION.contains(&kind.as_str()));
        Ok(Some(Registration { service: Versioned::of(service)?, standing: Standing::of(standing)?, kinds }))
    }

    /// Lists the kinds of items of a partition, each by one read.
    async fn kinds_in(&self, pk: &str) -> Result<BTreeSet<String>, TableError> {
        let (mut kinds, mut from) = (BTreeSet::new(), " ".to_owned());
        for _ in 0..KINDS_MAX {
            let items = self.store.query_some(pk, &from, &LAST.to_string(), true, 1).await?;
            let Some(item) = items.first() else { break };
            let kind = item.key.sk.split('#').next().unwrap_or_default().to_owned();
            from = format!("{kind}#{LAST}");
            kinds.insert(kind);
        }
        Ok(kinds)
    }

    /// Writes a corrected service with notices to its customer. If its slots are others, its standing begins
    /// anew and its summaries are removed; in any case the next sweep looks at it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn correct_service(
        &self,
        before: &Registration,
        corrected: &Versioned<ObjectRecord<Service>>,
        notices: &[NoticeRecord],
        now: Instant,
    ) -> Result<Committed, TableError> {
        let (was, is) = (&before.service.value.object, &corrected.value.object);
        let mut transaction = Transaction::default();
        for notice in notices {
            outbox::add(&mut transaction, notice, now)?;
        }
        let mut standing = before.standing.clone();
        if !was.is_measured_like(is) {
            standing.begin_anew(is);
            summaries(was, now).into_iter().for_each(|key| transaction.delete(key));
            match is.months_for_reading().next() {
                Some(_) => transaction.put(reading_mark(is)),
                None => transaction.delete(keys::reading(&is.service_id)),
            }
        }
        standing.due_at = Some(now);
        standing.save(&is.service_id, &mut transaction)?;
        self.write_service(corrected, transaction).await
    }

    /// Removes a service for which nothing was recorded.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn unregister_service(
        &self,
        registration: &Registration,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let service = &registration.service.value.object;
        let id = &service.service_id;
        let mut transaction = Transaction::default();
        transaction.delete_versioned(keys::service(id), registration.service.version);
        transaction.delete_versioned(keys::standing(id), registration.standing.version());
        transaction.delete(Self::entry_of(Directory::Services, id.as_str()));
        transaction.delete(keys::service_of_customer(&service.customer_id, id));
        rename(&mut transaction, Subject::Service, id.as_str(), (Some(&service.name), None))?;
        remove_number(&mut transaction, Subject::Service, id.as_str());
        let key = keys::service_count(&service.customer_id);
        match self.service_count(&service.customer_id).await? {
            (count @ 2.., version) => {
                transaction.put_versioned(Draft::with_body(&key, &(count - 1))?, version);
            }
            (_, version) => transaction.delete_versioned(key, version),
        }
        transaction.delete(keys::reading(id));
        transaction.delete(keys::trouble(id));
        let (pk, prefix) = keys::pokes(id);
        let pokes = self.store.query_some(&pk, &prefix, &format!("{prefix}{LAST}"), true, POKES_MAX).await?;
        pokes.into_iter().for_each(|poke| transaction.delete(poke.key));
        summaries(service, now).into_iter().for_each(|key| transaction.delete(key));
        let committed = self.store.commit(transaction).await;
        self.forget(id);
        committed
    }

    /// True if nothing is stored of a customer but the registration.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn is_only_registered(&self, id: &CustomerId) -> Result<bool, TableError> {
        let customer = keys::customer(id);
        Ok(self.kinds_in(&customer.pk).await?.iter().all(|kind| *kind == customer.sk))
    }

    /// Removes a customer of whom nothing else is stored.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn unregister_customer(
        &self,
        customer: &Versioned<ObjectRecord<Customer>>,
    ) -> Result<Committed, TableError> {
        let Customer { customer_id: id, name, .. } = &customer.value.object;
        let mut transaction = Transaction::default();
        rename(&mut transaction, Subject::Customer, id.as_str(), (Some(name), None))?;
        remove_number(&mut transaction, Subject::Customer, id.as_str());
        transaction.delete_versioned(keys::customer(id), customer.version);
        transaction.delete(Self::entry_of(Directory::Customers, id.as_str()));
        self.store.commit(transaction).await
    }
}

/// Returns the keys of the summaries that a service may have without a close.
fn summaries(service: &Service, now: Instant) -> Vec<Key> {
    let last = Month::of(now, service.time_zone).next();
    let months = std::iter::successors(Some(service.counted_from()), |month| Some(month.next()));
    let months = months.take_while(|month| *month <= last).take(MONTHS_MAX);
    months.map(|month| keys::summary(&service.customer_id, month, &service.service_id)).collect()
}
