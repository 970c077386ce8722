//! Customers: registered once, changed at any time.

use events::command::{ChangeCustomer, RegisterCustomer};
use events::text::Line;
use outcome::Failure;
use serde_json::Value;
use sla::service::Customer;

use crate::Desk;
use crate::answers::{saved, shown, unknown};

impl Desk<'_> {
    /// Registers a customer.
    pub async fn register_customer(&self, command: RegisterCustomer) -> Result<Value, Failure> {
        let RegisterCustomer { customer_id, name, email, .. } = command;
        let customer = Customer { customer_id, name: name.into_string(), email };
        self.settle("register a customer", || async {
            let id = &customer.customer_id;
            if let Some(found) = self.table.customer(id).await? {
                return self.answer_again(&found.thing, "customer_id", id);
            }
            let (made, answer) = self.make(customer.clone())?;
            Ok(saved(self.table.save_customer(&made).await?, answer))
        })
        .await
    }

    /// Changes a customer's name or address; the last change counts, so there are no conflicts.
    pub async fn change_customer(&self, command: ChangeCustomer) -> Result<Value, Failure> {
        let ChangeCustomer { customer_id, name, email, .. } = command;
        if name.is_none() && email.is_none() {
            let message = "name, email: neither is given: give the new name, the new address, or both";
            return Err(Failure::BadRequest(message.to_owned()));
        }
        let name = name.map(Line::into_string);
        self.settle("change a customer", || async {
            let found = self.table.customer(&customer_id).await?;
            let mut found = found.ok_or_else(|| unknown_customer(&customer_id))?;
            let present = &found.thing.thing;
            let changed = Customer {
                customer_id: customer_id.clone(),
                name: name.clone().unwrap_or_else(|| present.name.clone()),
                email: email.clone().or_else(|| present.email.clone()),
            };
            let answer = shown(&changed)?;
            if changed == *present {
                return Ok(Some(answer));
            }
            found.thing.thing = changed;
            Ok(saved(self.table.save_customer(&found).await?, answer))
        })
        .await
    }
}

/// Returns the refusal of an unknown customer.
pub fn unknown_customer(id: &sla::CustomerId) -> Failure {
    unknown("customer_id", id, "register the customer first, with register_customer")
}
