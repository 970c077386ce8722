//! Personal data, erased some years after the contract or once a command has ordered it.

use std::num::NonZeroU16;

use outcome::Failure;
use sla::{CustomerId, Instant};
use table::{Contract, Table};

/// Years for which personal data are kept after the end of the last service.
pub type Years = NonZeroU16;

/// Seconds of a year: 365.25 days.
const YEAR_S: i64 = 31_557_600;
/// Seconds after which a contract that has not ended is looked at again: 30 days.
const SOON_S: i64 = 30 * 86_400;

/// Orders the erasures whose time has come, and goes on with those that were ordered. One failure does not
/// stop the others.
pub async fn erase(table: &Table, now: Instant, kept_for: Option<Years>) -> Result<(), Failure> {
    let mut first_failure = None;
    for id in table.ended_customers(now).await? {
        if let Err(failure) = look_at(table, &id, now, kept_for).await {
            tracing::error!(customer_id = %id, "cannot look at an ended contract: {}", failure.message());
            first_failure.get_or_insert(failure);
        }
    }
    for id in table.erasures_due(now).await? {
        if let Err(error) = table.erase(&id, now).await {
            let failure = Failure::from(error);
            tracing::error!(customer_id = %id, "cannot erase personal data: {}", failure.message());
            first_failure.get_or_insert(failure);
        }
    }
    first_failure.map_or(Ok(()), Err)
}

/// Orders the erasure of a customer's personal data if they have been kept long enough, or looks again later:
/// at the latest after a year, as the setting may have changed.
async fn look_at(
    table: &Table,
    id: &CustomerId,
    now: Instant,
    kept_for: Option<Years>,
) -> Result<(), Failure> {
    let is_erased = table.customer(id).await?.is_none_or(|found| found.value.object.erased_at.is_some());
    let again = match table.contract(id, now).await? {
        _ if is_erased => None,
        Contract::Open(_) => Some(now.plus_s(SOON_S)),
        Contract::Ended(end) => {
            let due_at = end.zip(kept_for).map(|(end, years)| end.plus_s(i64::from(years.get()) * YEAR_S));
            match due_at {
                Some(due_at) if due_at <= now => {
                    table.erase_by_itself(id, now).await?;
                    None
                }
                due_at => Some(due_at.unwrap_or(Instant::from_epoch_s(i64::MAX)).min(now.plus_s(YEAR_S))),
            }
        }
    };
    Ok(table.look_at_end(id, again).await?)
}
