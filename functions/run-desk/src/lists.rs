//! What is shown: services, statements and notices.

use events::desk::{ListNotices, ListServices, ShowService, ShowStatement};
use serde_json::{Value, json};
use shell::Failure;

use crate::Desk;
use crate::answers::shown;
use crate::customers::unknown_customer;

/// Services of one page.
const PAGE_MAX: usize = 100;

impl Desk<'_> {
    /// Shows a service.
    pub async fn show_service(&self, command: ShowService) -> Result<Value, Failure> {
        shown(&self.known_service(&command.service_id).await?.thing.thing)
    }

    /// Shows a stored statement: the newest revision, or the one asked for.
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

    /// Lists a page of services; `next` is there if there is more.
    pub async fn list_services(&self, command: ListServices) -> Result<Value, Failure> {
        let services = self.table.services_page(command.after.as_ref(), PAGE_MAX + 1).await?;
        match services.get(..PAGE_MAX).filter(|_| services.len() > PAGE_MAX) {
            Some(page) => {
                let next = page.last().map(|service| &service.service_id);
                Ok(json!({ "services": page, "next": next }))
            }
            None => Ok(json!({ "services": services })),
        }
    }

    /// Lists a customer's notices of a month (UTC), in order of time, as they are worded.
    pub async fn list_notices(&self, command: ListNotices) -> Result<Value, Failure> {
        let ListNotices { customer_id, month } = command;
        let records = self.table.notices(&customer_id, month).await?;
        if records.is_empty() && self.table.customer(&customer_id).await?.is_none() {
            return Err(unknown_customer(&customer_id));
        }
        let notices: Vec<_> = records.iter().map(notices::word).collect();
        Ok(json!({ "notices": notices }))
    }
}
