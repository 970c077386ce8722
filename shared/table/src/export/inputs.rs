//! Inputs of exported statements, read for many services at once.

use std::collections::HashMap;

use sla::{Inputs, Month, ServiceId};

use crate::Table;
use crate::keys::{self, Key};
use crate::service::statements::StoredStatement;
use crate::store::{Item, TableError};

impl Table {
    /// Reads the inputs of a month's statements, each given by service and revision, in the given order.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails, or a statement or its inputs are not stored as expected.
    pub async fn inputs_of(
        &self,
        month: Month,
        wanted: &[(ServiceId, u32)],
    ) -> Result<Vec<Inputs>, TableError> {
        let keys: Vec<Key> =
            wanted.iter().map(|(id, revision)| keys::statement(id, month, *revision)).collect();
        let found = self.store.get(&keys).await?;
        let stored = keys.iter().map(|key| stored(&found, key)).collect::<Result<Vec<_>, _>>()?;
        let whole = stored.iter().filter(|stored| stored.inputs_parts == 1);
        let found = self.store.get(&whole.flat_map(StoredStatement::inputs_keys).collect::<Vec<_>>()).await?;
        let mut inputs = Vec::with_capacity(stored.len());
        for stored in &stored {
            inputs.push(match stored.inputs_parts {
                1 => stored.read_inputs(&found)?,
                _ => self.inputs(stored).await?,
            });
        }
        Ok(inputs)
    }
}

fn stored(found: &HashMap<Key, Item>, key: &Key) -> Result<StoredStatement, TableError> {
    let item = found.get(key);
    item.ok_or_else(|| TableError::unexpected("read inputs", format!("no {}", key.sk)))?.body()
}
