//! The trail: each change by its object and by its person, written in the transaction of the change.

use std::collections::{BTreeMap, BTreeSet};

use events::Change;
use events::change::{Hand, ListedChange, Object, Person, Subject};
use sla::CustomerId;
use sla::claim::Claim;
use sla::id::{ChangeId, StaffId};

use crate::store::noting::{ChangeNote, PersonName};
use crate::store::{Item, TableError};
use crate::{Table, keys};

/// Object or person whose changes are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangesOf {
    /// Those of an object.
    Object(Object),
    /// Those of a person, in any case of letters.
    Person(Person),
}

impl Table {
    /// Returns a table whose first transaction also notes a change in the trail, if there is one.
    #[must_use]
    pub fn noting(&self, change: Option<Change>, hand: &Hand) -> Self {
        let noting = change.map(|change| ChangeNote::new(change, hand.name.clone()));
        Self { store: self.store.noting(noting), ..self.clone() }
    }

    /// Returns a table whose first transaction also notes a change by a person of a customer.
    pub(crate) fn noting_of(&self, customer: &CustomerId, change: Change, hand: &Hand) -> Self {
        let noting = ChangeNote::of_customer(customer, change, hand.name.clone());
        Self { store: self.store.noting(Some(noting)), ..self.clone() }
    }

    /// Returns a table that adds neither a request nor a change to its transactions.
    #[must_use]
    pub fn adding_nothing(&self) -> Self {
        Self { store: self.store.plain(), ..self.clone() }
    }

    /// Returns a table that notes its change, if any, about an object that was found only now.
    pub(crate) fn about(&self, object: Object) -> Self {
        Self { store: self.store.about(object), ..self.clone() }
    }

    /// Lists up to `limit` changes of an object or a person, the newest first, after a given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn changes(
        &self,
        of: &ChangesOf,
        after: Option<&ChangeId>,
        limit: usize,
    ) -> Result<Vec<ListedChange>, TableError> {
        let pk = match of {
            ChangesOf::Object(object) => keys::changes_of_object(object),
            ChangesOf::Person(person) => keys::changes_of_person(person),
        };
        let to = after.map_or_else(|| keys::LAST.to_string(), ToString::to_string);
        // The query includes its bounds: the change after which the list continues is dropped.
        let limit = limit + usize::from(after.is_some());
        let found = self.store.query_some(&pk, " ", &to, false, i32::try_from(limit).unwrap_or(i32::MAX));
        let changes = found.await?.iter().map(Item::body).collect::<Result<Vec<Change>, _>>()?;
        let changes = changes.into_iter().filter(|change| Some(&change.change_id) != after);
        self.with_names(changes.take(limit).collect()).await
    }

    /// True if a person filed a claim: at the desk, directly, or by passing on its ticket.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn filed_by(&self, claim: &Claim, person: &StaffId) -> Result<bool, TableError> {
        if claim.passed_on.as_ref().is_some_and(|passed_on| person.is_same_person(passed_on.by.as_str())) {
            return Ok(true);
        }
        let object = Object::of(Subject::Claim, &[claim.claim_id.as_str()]);
        let pk = keys::changes_of_object(&object);
        // The first change of a claim is its filing.
        let first = self.store.query_some(&pk, " ", &keys::LAST.to_string(), true, 1).await?;
        let first = first.first().map(Item::body::<Change>).transpose()?;
        Ok(first.is_some_and(|first| first.act == "file_claim" && person.is_same_person(first.by.as_str())))
    }

    /// Adds the names of the people to changes.
    async fn with_names(&self, changes: Vec<Change>) -> Result<Vec<ListedChange>, TableError> {
        let people: BTreeSet<_> = changes.iter().flat_map(places_of_name).collect();
        let found = self.store.get(&people.into_iter().collect::<Vec<_>>()).await?;
        let called = |(key, item): (keys::Key, Item)| Ok((key, item.body::<PersonName>()?.name));
        let names = found.into_iter().map(called).collect::<Result<BTreeMap<_, _>, TableError>>()?;
        let listed = |change: Change| {
            let by_name = places_of_name(&change).find_map(|key| names.get(&key)).cloned();
            ListedChange { by_name: by_name.filter(|name| name != change.by.as_str()), change }
        };
        Ok(changes.into_iter().map(listed).collect())
    }
}

/// Returns where the name of a change's person may be: with the customer, or among staff.
fn places_of_name(change: &Change) -> impl Iterator<Item = keys::Key> {
    let of_customer = change.customer_id.as_ref().map(|id| keys::person_of_customer(id, &change.by));
    of_customer.into_iter().chain([keys::person(&change.by)])
}
