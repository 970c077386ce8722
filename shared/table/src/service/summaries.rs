//! Summaries of service-months, side by side in the customer's partition, so that one query reads many.
//! Architecture invariant: a summary is written with all other results of an assessment, under the standing.

use sla::summary::Summary;
use sla::{CustomerId, Month};

use crate::store::{Draft, Item, TableError, Transaction};
use crate::{Table, keys};

/// Adds a service-month's summary to the transaction that changes its inputs.
pub(crate) fn add(
    transaction: &mut Transaction,
    customer: &CustomerId,
    summary: &Summary,
) -> Result<(), TableError> {
    let key = keys::summary(customer, summary.month, &summary.service_id);
    transaction.put(Draft::with_body(&key, summary)?);
    Ok(())
}

impl Table {
    /// Reads a customer's summaries in a range of months, by month and service.
    pub(crate) async fn summaries(
        &self,
        customer: &CustomerId,
        from: Month,
        to: Month,
    ) -> Result<Vec<Summary>, TableError> {
        let (pk, from, to) = keys::summaries(customer, from, to);
        self.store.query(&pk, &from, &to).await?.iter().map(Item::body).collect()
    }
}
