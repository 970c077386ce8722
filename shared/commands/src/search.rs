//! The search of staff.

use events::command::{IndexCustomer, Search};
use outcome::Failure;
use serde_json::{Value, json};
use table::Found;

use crate::Desk;
use crate::customers::unknown_customer;

impl Desk<'_> {
    /// Enters a customer anew into the lists by name and the search.
    pub async fn index_customer(&self, command: &IndexCustomer) -> Result<Value, Failure> {
        let id = &command.customer_id;
        let entered = self.table.enter_anew(id).await?.ok_or_else(|| unknown_customer(id))?;
        Ok(json!({ "customer_id": id, "entered": entered }))
    }

    /// Finds things by id, number or words of a name.
    pub async fn search(&self, command: Search) -> Result<Value, Failure> {
        let found = self.table.search(command.words.as_str()).await?;
        let hits: Vec<Value> = found.things.iter().map(hit).collect();
        Ok(match found.is_more {
            true => json!({ "hits": hits, "is_more": true }),
            false => json!({ "hits": hits }),
        })
    }
}

/// Writes a thing that was found; what it does not have is absent.
fn hit(found: &Found) -> Value {
    let (customer_id, customer_name) = found.customer.clone().unzip();
    let mut hit = json!({
        "kind": found.kind.as_str(), "id": found.id, "number": found.number, "name": found.name,
        "customer_id": customer_id, "customer_name": customer_name,
    });
    if let Some(fields) = hit.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    hit
}
