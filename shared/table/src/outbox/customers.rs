//! Maintenance as customers are told of it: each customer once for a window, with the services that it covers.

use std::collections::{BTreeMap, BTreeSet};

use events::notice::{COVERED_MAX, Covered, CoveredService, Subject};
use events::{Happening, NoticeRecord};
use serde::{Deserialize, Serialize};
use sla::exclusion::Maintenance;
use sla::{CustomerId, Instant, Month, Service, ServiceId, TermsBook};

use super::{Fanout, News, add};
use crate::Table;
use crate::store::{TableError, Transaction};

/// Customers that one step of a fan-out of maintenance tells: a notice each and the fan-out itself, of 100 items;
/// few, as the services of each are read.
const FANOUT_CUSTOMERS: usize = 20;
/// Services that a fan-out reads of one customer.
const SERVICES_OF_CUSTOMER_MAX: usize = 5000;

/// How far a fan-out has come that tells each customer once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToldCustomers {
    /// The last customer who was told; none so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<CustomerId>,
}

/// Tells the customer of a service that is registered while a window over its region or all is ahead.
pub fn told_late(
    service: &Service,
    maintenance: &Maintenance,
    terms: &TermsBook,
    now: Instant,
) -> Option<NoticeRecord> {
    let news = News::Announced(maintenance.clone());
    let (happening, month) = news.of_maintenance(&[service], terms)?;
    let cause = format!("maintenance:{}:registered", maintenance.window_id);
    Some(NoticeRecord::about(service, Some(month), now, happening, cause))
}

impl News {
    /// Tells a customer of maintenance that covers some services, of which there is one at least.
    fn of_maintenance(&self, services: &[&Service], terms: &TermsBook) -> Option<(Happening, Month)> {
        let (first, maintenance) = (*services.first()?, self.maintenance()?);
        let own: BTreeSet<ServiceId> = services.iter().map(|service| service.service_id.clone()).collect();
        let listed = services.iter().take(COVERED_MAX).map(|service| CoveredService {
            service_id: service.service_id.clone(),
            service_name: service.name.clone(),
            counts: maintenance.counts_for(service, terms),
        });
        let others = services.len().saturating_sub(COVERED_MAX);
        let covered = Some(Covered { services: listed.collect(), others });
        let month = Month::of(maintenance.starts_at, first.time_zone);
        let (service, maintenance) = (Subject::of(first, month), maintenance.as_of_services(&own));
        let happening = match self {
            Self::Announced(_) => Happening::MaintenanceAnnounced { service, maintenance, covered },
            Self::Reminder(_) => Happening::MaintenanceReminder { service, maintenance, covered },
            Self::Changed(_) => Happening::MaintenanceChanged { service, maintenance, covered },
            Self::Raised(_) | Self::Decided(_) => return None,
        };
        Some((happening, month))
    }
}

impl Fanout {
    /// Says whether a service was registered after the window had been announced: its customer was told then.
    fn is_told_by_registration(&self, service: &Service) -> bool {
        let is_late = service.registered_at.is_some_and(|registered| registered > self.occurred_at);
        is_late && matches!(self.news, News::Announced(_))
    }
}

impl Table {
    /// Tells the next page of customers of maintenance, each once, whichever of their services it covers.
    pub(super) async fn tell_customers(
        &self,
        mut fanout: Fanout,
        version: Option<u64>,
        now: Instant,
    ) -> Result<bool, TableError> {
        let told = fanout.customers.take().and_then(|told| told.last);
        let (customers, by_customer) = self.next_customers(&fanout, told.as_ref()).await?;
        let terms = self.terms_now(now).await?;
        let mut transaction = Transaction::default();
        for (customer, services) in &by_customer {
            let is_news =
                |service: &&Service| fanout.news.covers(service) && !fanout.is_told_by_registration(service);
            let covered: Vec<&Service> = services.iter().filter(is_news).collect();
            let Some((happening, month)) = fanout.news.of_maintenance(&covered, &terms) else { continue };
            let record = NoticeRecord::to_customer(
                customer,
                Some(month),
                fanout.occurred_at,
                happening,
                &fanout.cause,
            );
            let only = (covered.len() == 1).then(|| covered[0].service_id.clone());
            add(&mut transaction, &NoticeRecord { service_id: only, ..record }, now)?;
        }
        let done = customers.is_none();
        fanout.customers = Some(ToldCustomers { last: customers.or(told) });
        self.told(&fanout, transaction, done, version).await
    }

    /// Returns the services of the next page of customers that a fan-out of maintenance may concern, and the last of
    /// these customers; none if there are no more.
    async fn next_customers(
        &self,
        fanout: &Fanout,
        told: Option<&CustomerId>,
    ) -> Result<(Option<CustomerId>, BTreeMap<CustomerId, Vec<Service>>), TableError> {
        let mut by_customer: BTreeMap<CustomerId, Vec<Service>> = BTreeMap::new();
        let last = match fanout.news.named() {
            // What is named fits into one page.
            Some(named) => {
                let named: Vec<ServiceId> = named.iter().cloned().collect();
                let services = if told.is_none() { self.services(&named).await? } else { Vec::new() };
                for service in services {
                    by_customer.entry(service.customer_id.clone()).or_default().push(service);
                }
                by_customer.keys().next_back().cloned()
            }
            None => {
                let customers = self.customer_ids(told, FANOUT_CUSTOMERS).await?;
                for customer in &customers {
                    let ids = self.services_of_customer(customer, None, SERVICES_OF_CUSTOMER_MAX).await?;
                    by_customer.insert(customer.clone(), self.services(&ids).await?);
                }
                customers.into_iter().last()
            }
        };
        for services in by_customer.values_mut() {
            services.sort_by(|a, b| a.service_id.cmp(&b.service_id));
        }
        Ok((last, by_customer))
    }
}
