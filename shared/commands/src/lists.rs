//! Queries: services, statements and notices.

use events::command::{ListNotices, ListServices, ShowService, ShowStatement};
use outcome::Failure;
use serde_json::{Value, json};
use sla::ServiceId;
use table::Directory;

use crate::Desk;
use crate::answers::shown;
use crate::customers::unknown_customer;

/// Services on one page.
const PAGE_MAX: usize = 100;
/// Ids on one page: 1,000 × (64 + 3) bytes are 67 KB; a state machine passes on at most 256 KB.
const PAGE_IDS_MAX: usize = 1000;

impl Desk<'_> {
    /// Shows a service.
    pub async fn show_service(&self, command: ShowService) -> Result<Value, Failure> {
        shown(&self.known_service(&command.service_id).await?.value.object)
    }

    /// Shows a stored statement: the given revision, or the newest.
    pub async fn show_statement(&self, command: ShowStatement) -> Result<Value, Failure> {
        let ShowStatement { service_id, month, revision } = command;
        let found = match revision {
            Some(revision) => self.table.statement(&service_id, month, revision).await?,
            None => self.table.newest_statement(&service_id, month).await?,
        };
        if let Some(stored) = found {
            return shown(&stored.statement);
        }
        self.known_service(&service_id).await?;
        let which = revision.map(|revision| format!(" in revision {revision}")).unwrap_or_default();
        Err(Failure::NotFound(format!(
            "month: `{service_id}` has no statement of {month}{which}: a month is closed some hours after \
             its end; ask close-month for a provisional one, or leave the revision out for the newest"
        )))
    }

    /// Lists a page of services or of their ids; `next` is present if there are more.
    pub async fn list_services(&self, command: ListServices) -> Result<Value, Failure> {
        if command.ids_only {
            return self.list_service_ids(command.after.as_ref()).await;
        }
        let services = self.table.services_page(command.after.as_ref(), PAGE_MAX + 1).await?;
        match services.get(..PAGE_MAX).filter(|_| services.len() > PAGE_MAX) {
            Some(page) => {
                let next = page.last().map(|service| &service.service_id);
                Ok(json!({ "services": page, "next": next }))
            }
            None => Ok(json!({ "services": services })),
        }
    }

    async fn list_service_ids(&self, after: Option<&ServiceId>) -> Result<Value, Failure> {
        let after = after.map(ServiceId::as_str);
        let ids = self.table.directory_page(Directory::Services, after, PAGE_IDS_MAX + 1).await?;
        match ids.get(..PAGE_IDS_MAX).filter(|_| ids.len() > PAGE_IDS_MAX) {
            Some(page) => Ok(json!({ "service_ids": page, "next": page.last() })),
            None => Ok(json!({ "service_ids": ids })),
        }
    }

    /// Lists a customer's notices of a month (UTC), worded, in time order.
    pub async fn list_notices(&self, command: ListNotices) -> Result<Value, Failure> {
        let ListNotices { customer_id, month } = command;
        let records = self.table.notices(&customer_id, month).await?;
        if records.is_empty() && self.table.customer(&customer_id).await?.is_none() {
            return Err(unknown_customer(&customer_id));
        }
        let notices: Vec<_> = records.iter().map(wording::word).collect();
        Ok(json!({ "notices": notices }))
    }
}
