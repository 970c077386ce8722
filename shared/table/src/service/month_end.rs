//! Progress of a month's end: stated, open and exported services.

use std::collections::{BTreeMap, BTreeSet};

use sla::ledger::Entry;
use sla::{Month, Service, ServiceId, Statement};

use crate::customer::people::Directory;
use crate::export::{ExportRow, RowKind};
use crate::store::TableError;
use crate::{Table, keys};

/// Services that one report covers; if there are more, the first ones are shown.
const SERVICES_MAX: usize = 5000;
/// Rows read of each partition: 16 partitions, two revisions and two entries of 5,000 services.
const ROWS_MAX: i32 = 1250;
/// Open services that are listed by name.
const OPEN_MAX: usize = 100;

/// The progress of a month's end.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthEnd {
    /// True if all services and all rows were read.
    pub is_whole: bool,
    /// The newest statement of each stated service, by service id.
    pub stated: Vec<Statement>,
    /// The ledger entries, in no order.
    pub entries: Vec<Entry>,
    /// The first of the services provided in the month that have no statement.
    pub open: Vec<Service>,
    /// Number of all such services.
    pub open_count: usize,
}

impl Table {
    /// Reads the progress of a month's end.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or a row cannot be read.
    pub async fn month_end(&self, month: Month) -> Result<MonthEnd, TableError> {
        let ids = self.directory_page(Directory::Services, None, SERVICES_MAX + 1).await?;
        let mut is_whole = ids.len() <= SERVICES_MAX;
        let (mut stated, mut entries) = (BTreeMap::<ServiceId, Statement>::new(), Vec::<Entry>::new());
        let fault = |error| TableError::new("read an export row", error);
        for shard in 0..keys::MONTH_SHARDS {
            let (pk, to) = (keys::month_rows(month, shard), keys::LAST.to_string());
            let (items, is_more) = self.store.query_page(&pk, " ", &to, ROWS_MAX).await?;
            is_whole &= !is_more;
            for item in items {
                let row: ExportRow = item.body()?;
                match row.kind {
                    RowKind::Credit => entries.push(serde_json::from_value(row.fact).map_err(fault)?),
                    // Rows come in revision order: the newest comes last.
                    RowKind::Statement => {
                        let statement: Statement = serde_json::from_value(row.fact).map_err(fault)?;
                        stated.insert(statement.service_id.clone(), statement);
                    }
                }
            }
        }
        let without: BTreeSet<ServiceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let without: Vec<ServiceId> = without.into_iter().filter(|id| !stated.contains_key(id)).collect();
        let mut open = Vec::new();
        for some in without.chunks(OPEN_MAX) {
            let services = self.services(some).await?;
            open.extend(services.into_iter().filter(|service| service.is_stated_in(month)));
        }
        let open_count = open.len();
        open.truncate(OPEN_MAX);
        let stated = stated.into_values().collect();
        Ok(MonthEnd { is_whole, stated, entries, open, open_count })
    }

    /// Reads the last month whose bills are out.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn invoiced_to(&self) -> Result<Option<Month>, TableError> {
        self.store.get_one(&keys::invoiced(0)).await?.map(|item| item.body()).transpose()
    }
}
