//! Entering anew: the index of what was stored before there was one.

use std::collections::BTreeSet;

use events::change::Subject;
use sla::service::Customer;
use sla::{CustomerId, Service, ServiceId};

use crate::Table;
use crate::customer::people::{ObjectRecord, listed_service};
use crate::index::{add_number, rename};
use crate::keys::{self, Key};
use crate::store::attempts::until_written;
use crate::store::{Draft, TableError, Transaction, Versioned};

/// Services that one transaction enters: 8 × 12 items.
const SERVICES: usize = 8;
/// Numbers that one transaction enters.
const NUMBERS: usize = 90;

impl Table {
    /// Enters a customer anew, with services, tickets, claims and exclusions; returns how many things these
    /// are, or `None` for an unknown customer. Each entry is checked against its thing as it was read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails; a repetition completes what was entered by then.
    pub async fn enter_anew(&self, id: &CustomerId) -> Result<Option<usize>, TableError> {
        let is_known = until_written("enter a customer anew", || self.try_to_enter(id)).await?;
        if !is_known {
            return Ok(None);
        }
        let (pk, prefix) = keys::services_of_customer(id);
        let listed = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let services: Vec<ServiceId> =
            listed.iter().filter_map(|item| keys::listed_service(&item.key)).collect();
        let mut numbers: BTreeSet<(Subject, String)> = BTreeSet::new();
        for some in services.chunks(SERVICES) {
            until_written("enter services anew", || self.try_to_enter_services(some)).await?;
            for service in some {
                let (pk, prefix) = keys::all_exclusions_of_service(service);
                let listed = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
                let ids = listed.iter().filter_map(|item| keys::listed_exclusion(&item.key));
                numbers.extend(ids.map(|id| (Subject::Exclusion, id.to_string())));
            }
        }
        let (pk, prefix) = keys::tickets_of_customer(id);
        let tickets = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let ids = tickets.iter().filter_map(|item| keys::listed_ticket(&item.key));
        numbers.extend(ids.map(|id| (Subject::Ticket, id.to_string())));
        let (pk, prefix) = keys::claims_of_customer(id);
        let claims = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let ids = claims.iter().filter(|item| keys::is_claim_of_customer(&item.key));
        numbers.extend(ids.map(|item| (Subject::Claim, keys::indexed(&item.key).to_owned())));
        let numbers: Vec<(Subject, String)> = numbers.into_iter().collect();
        for some in numbers.chunks(NUMBERS) {
            let mut transaction = Transaction::default();
            some.iter().for_each(|(kind, id)| add_number(&mut transaction, *kind, id));
            self.store.commit_surely(transaction).await?;
        }
        Ok(Some(1 + services.len() + numbers.len()))
    }

    async fn try_to_enter(&self, id: &CustomerId) -> Result<Option<bool>, TableError> {
        let Some(Versioned { value, version }) = self.customer(id).await? else { return Ok(Some(false)) };
        let Customer { name, erased_at, .. } = &value.object;
        let mut transaction = Transaction::default();
        transaction.check(keys::customer(id), version);
        rename(&mut transaction, Subject::Customer, id.as_str(), (None, Some(name)))?;
        if erased_at.is_none() {
            add_number(&mut transaction, Subject::Customer, id.as_str());
        }
        let (_, counted) = self.service_count(id).await?;
        let (pk, prefix) = keys::services_of_customer(id);
        let count = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?.len();
        if count > 0 {
            transaction.put_versioned(Draft::with_body(&keys::service_count(id), &count)?, counted);
        }
        Ok(self.store.commit(transaction).await?.then(true))
    }

    async fn try_to_enter_services(&self, ids: &[ServiceId]) -> Result<Option<()>, TableError> {
        let wanted: Vec<Key> = ids.iter().map(keys::service).collect();
        let mut transaction = Transaction::default();
        for item in self.store.get(&wanted).await?.values() {
            let service = item.body::<ObjectRecord<Service>>()?.object;
            let id = service.service_id.as_str();
            transaction.check(item.key.clone(), item.version());
            rename(&mut transaction, Subject::Service, id, (None, Some(&service.name)))?;
            add_number(&mut transaction, Subject::Service, id);
            transaction.put(listed_service(&service)?);
        }
        Ok(self.store.commit(transaction).await?.then(()))
    }
}
