//! How far a month's end has come: what is stated, what is still open, what was exported.

use std::collections::{BTreeMap, BTreeSet};

use sla::ledger::Entry;
use sla::{Month, Service, ServiceId, Statement};

use crate::customer::people::Directory;
use crate::export::{ExportRow, RowKind};
use crate::store::TableError;
use crate::{Table, keys};

/// Services that one look covers; of more, the first ones are shown.
const SERVICES_MAX: usize = 5000;
/// Rows of a partition that one look reads: 16 partitions, two revisions and two entries of 5,000 services.
const ROWS_MAX: i32 = 1250;
/// Services that are named as open.
const OPEN_MAX: usize = 100;

/// A month's end as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthEnd {
    /// Whether all services and all rows were read.
    pub is_whole: bool,
    /// The newest statement of each service that has one, by service.
    pub stated: Vec<Statement>,
    /// What was entered in the ledger, in no order.
    pub entries: Vec<Entry>,
    /// The first of the services that are provided in the month and have no statement.
    pub open: Vec<Service>,
    /// How many such services there are.
    pub open_count: usize,
}

impl Table {
    /// Reads how far a month's end has come.
    ///
    /// # Errors
    /// What DynamoDB answers, or a row that is none.
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
                    // In order of their revisions: the newest comes last.
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
    /// What DynamoDB answers.
    pub async fn invoiced_to(&self) -> Result<Option<Month>, TableError> {
        self.store.get_one(&keys::invoiced(0)).await?.map(|item| item.body()).transpose()
    }
}
