//! Customers: registered once, changed at any time, and erased once their contract has ended.

use events::command::{ChangeCustomer, ErasePersonalData, RegisterCustomer};
use events::text::Line;
use outcome::Failure;
use serde_json::Value;
use sla::service::Customer;
use table::Contract;

use crate::Desk;
use crate::answers::{saved, shown, unknown};

impl Desk<'_> {
    /// Registers a customer.
    pub async fn register_customer(&self, command: RegisterCustomer) -> Result<Value, Failure> {
        let RegisterCustomer { customer_id, name, email, .. } = command;
        let customer = Customer { customer_id, name: name.into_string(), email, erased_at: None };
        self.settle("register a customer", || async {
            let id = &customer.customer_id;
            if let Some(found) = self.table.customer(id).await? {
                return self.answer_again(&found.value, "customer_id", id);
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
            let present = &found.value.object;
            require_known(present)?;
            let changed = Customer {
                customer_id: customer_id.clone(),
                name: name.clone().unwrap_or_else(|| present.name.clone()),
                email: email.clone().or_else(|| present.email.clone()),
                erased_at: None,
            };
            let answer = shown(&changed)?;
            if changed == *present {
                return Ok(Some(answer));
            }
            found.value.object = changed;
            Ok(saved(self.table.save_customer(&found).await?, answer))
        })
        .await
    }

    /// Erases the personal data of a customer whose contract has ended. The customer's name and address end
    /// here, the rest with the next daily run.
    pub async fn erase_personal_data(&self, command: &ErasePersonalData) -> Result<Value, Failure> {
        let id = &command.customer_id;
        self.settle("erase personal data", || async {
            let found = self.table.customer(id).await?.ok_or_else(|| unknown_customer(id))?;
            if found.value.object.erased_at.is_some() {
                return shown(&found.value.object).map(Some);
            }
            if let Contract::Open(reason) = self.table.contract(id, self.now).await? {
                return Err(Failure::Conflict(format!("customer_id: {reason}")));
            }
            let erased = self.table.erase_customer(found, &self.by, self.now).await?;
            erased.map(|customer| shown(&customer)).transpose()
        })
        .await
    }
}

/// Refuses a change of a customer whose personal data are erased.
pub fn require_known(customer: &Customer) -> Result<(), Failure> {
    match customer.erased_at {
        None => Ok(()),
        Some(at) => Err(Failure::Conflict(format!(
            "customer_id: the personal data of `{}` were erased at {at}: register the customer under a new id",
            customer.customer_id
        ))),
    }
}

/// Returns the refusal of an unknown customer.
pub fn unknown_customer(id: &sla::CustomerId) -> Failure {
    unknown("customer_id", id, "register the customer first, with register_customer")
}
