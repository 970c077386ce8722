//! The note of a change in the trail, written with the change. Beside it stands the last name by which the
//! issuer called the person: outside the trail, that of a customer's person with the customer, so that it can
//! be erased.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use events::Change;
use events::change::Object;
use serde::{Deserialize, Serialize};
use sla::CustomerId;

use crate::keys::{self, Key};
use crate::store::{Draft, Item, TableError, Transaction};

/// Items of a note: the change by its object and by its person, and the person's name if it is new.
pub(crate) const NOTED_ITEMS_MAX: usize = 3;

/// The last name by which the issuer called a person.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PersonName {
    /// The name.
    pub(crate) name: String,
}

/// The note of a change, to be written with it.
#[derive(Debug)]
pub(crate) struct ChangeNote {
    change: Change,
    name: Option<String>,
    /// Key of the name.
    person: Key,
    is_written: Arc<AtomicBool>,
}

impl ChangeNote {
    pub(crate) fn new(change: Change, name: Option<String>) -> Self {
        let person = keys::person(&change.by);
        Self { change, name, person, is_written: Arc::default() }
    }

    /// Builds the note of a change by a person of a customer.
    pub(crate) fn of_customer(customer: &CustomerId, change: Change, name: Option<String>) -> Self {
        let person = keys::person_of_customer(customer, &change.by);
        Self { person, ..Self::new(change, name) }
    }

    /// Returns the same note about another object.
    pub(crate) fn about(&self, object: Object) -> Self {
        let change = Change { object, ..self.change.clone() };
        let (name, person) = (self.name.clone(), self.person.clone());
        Self { change, name, person, is_written: Arc::clone(&self.is_written) }
    }

    pub(crate) fn is_written(&self) -> bool {
        self.is_written.load(Ordering::Acquire)
    }

    pub(crate) fn written(&self) {
        self.is_written.store(true, Ordering::Release);
    }

    /// Returns the key of the person's name, if a name is given.
    pub(crate) fn person(&self) -> Option<Key> {
        self.name.as_ref().map(|_| self.person.clone())
    }

    /// Adds the note to a transaction, with the person's name if it is not the `known` one.
    pub(crate) fn add_to(
        &self,
        transaction: &mut Transaction,
        known: Option<&Item>,
    ) -> Result<(), TableError> {
        for key in keys::of_change(&self.change) {
            transaction.put(Draft::with_body(&key, &self.change)?);
        }
        let Some(name) = &self.name else { return Ok(()) };
        let before = known.map(Item::body::<PersonName>).transpose()?;
        // A name that is the id says nothing, unless another one was known.
        let before = before.map_or_else(|| self.change.by.to_string(), |called| called.name);
        if before != *name {
            let called = PersonName { name: name.clone() };
            transaction.put(Draft::with_body(&self.person, &called)?);
        }
        Ok(())
    }
}
