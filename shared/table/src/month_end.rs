//! How far a month's end has come: what is stated, what is still open, what was exported.

use std::collections::{BTreeMap, BTreeSet};

use sla::{Month, Service, ServiceId, Statement};

use crate::exports::{ExportRow, RowKind};
use crate::people::Directory;
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
    /// How many services there are in all, provided in the month or not.
    pub services: usize,
    /// Whether these are all, and all rows were read.
    pub is_whole: bool,
    /// The newest statement of each service that has one, by service.
    pub stated: Vec<Statement>,
    /// The first of the services that are provided in the month and have no statement.
    pub open: Vec<Service>,
    /// Whether more services are open than are named.
    pub is_more_open: bool,
}

impl Table {
    /// Reads how far a month's end has come.
    ///
    /// # Errors
    /// What DynamoDB answers, or a row that is none.
    pub async fn month_end(&self, month: Month) -> Result<MonthEnd, TableError> {
        let ids = self.directory_page(Directory::Services, None, SERVICES_MAX + 1).await?;
        let mut is_whole = ids.len() <= SERVICES_MAX;
        let mut stated: BTreeMap<ServiceId, Statement> = BTreeMap::new();
        for shard in 0..keys::MONTH_SHARDS {
            let (pk, to) = (keys::month_rows(month, shard), format!("STATEMENT#{}", keys::LAST));
            let (items, is_more) = self.store.query_page(&pk, "STATEMENT#", &to, ROWS_MAX).await?;
            is_whole &= !is_more;
            for item in items {
                let row: ExportRow = item.body()?;
                if row.kind == RowKind::Statement {
                    let fault = |error| TableError::new("read an export row", error);
                    let statement: Statement = serde_json::from_value(row.fact).map_err(fault)?;
                    stated.insert(statement.service_id.clone(), statement);
                }
            }
        }
        let without: BTreeSet<ServiceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let without: Vec<ServiceId> = without.into_iter().filter(|id| !stated.contains_key(id)).collect();
        let mut open = Vec::new();
        for some in without.chunks(OPEN_MAX) {
            let services = self.services(some).await?;
            open.extend(services.into_iter().filter(|service| service.is_provided_in(month)));
            if open.len() > OPEN_MAX {
                break;
            }
        }
        let is_more_open = open.len() > OPEN_MAX;
        open.truncate(OPEN_MAX);
        let stated = stated.into_values().collect();
        Ok(MonthEnd { services: ids.len().min(SERVICES_MAX), is_whole, stated, open, is_more_open })
    }

    /// Reads the last month whose bills are out.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn invoiced_to(&self) -> Result<Option<Month>, TableError> {
        self.store.get_one(&keys::invoiced(0)).await?.map(|item| item.body()).transpose()
    }
}
