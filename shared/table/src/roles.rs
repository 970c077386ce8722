//! Roles of the escalation chain, with the people whom an escalation reaches.

use serde::{Deserialize, Serialize};
use sla::duty::DutyPerson;

use crate::store::{Committed, Draft, TableError, Transaction, Versioned};
use crate::{Table, keys};

/// Limit on the roles: the terms have at most 60 steps, 20 for each level.
pub const ROLES_MAX: usize = 100;

/// A role with its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The name, as the terms have it.
    pub role: String,
    /// The people, in the order in which they were given.
    pub people: Vec<DutyPerson>,
}

impl Table {
    /// Reads a role.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn role(&self, role: &str) -> Result<Option<Versioned<Role>>, TableError> {
        self.store.get_one(&keys::role(role)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Lists the roles that were set, by name; at most [`ROLES_MAX`].
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn roles(&self) -> Result<Vec<Role>, TableError> {
        let limit = i32::try_from(ROLES_MAX).unwrap_or(i32::MAX);
        let to = format!("ROLE#{}", keys::LAST);
        let items = self.store.query_some(&keys::terms_partition(), "ROLE#", &to, true, limit).await?;
        items.iter().map(|item| item.body()).collect()
    }

    /// Writes a role under the version that was read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_role(&self, role: &Versioned<Role>) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        transaction
            .put_versioned(Draft::with_body(&keys::role(&role.value.role), &role.value)?, role.version);
        self.store.commit(transaction).await
    }
}
