//! Notices of maintenance and exclusions to customers: one for each customer and window, naming the services
//! that it covers.

use std::collections::{BTreeMap, BTreeSet};

use events::notice::{COVERED_MAX, CoveredService, CoveredServices, Subject};
use events::{Happening, NoticeRecord};
use serde::{Deserialize, Serialize};
use sla::exclusion::Maintenance;
use sla::{CustomerId, Instant, Month, Service, ServiceId, TermsBook};

use super::{Fanout, News, add};
use crate::Table;
use crate::store::{TableError, Transaction};

/// Customers that one step of a fan-out notifies. A notice each and the fan-out are far below
/// 100 items; the number is small because each customer's services are read.
const FANOUT_CUSTOMERS: usize = 20;
/// The most services of one customer that a fan-out reads.
const SERVICES_OF_CUSTOMER_MAX: usize = 5000;

/// The progress of a fan-out that notifies each customer once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ToldCustomers {
    /// The last notified customer, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<CustomerId>,
}

/// Builds the notice to the customer of a service that is registered when maintenance over its region or all
/// services is already announced.
pub fn told_late(
    service: &Service,
    maintenance: &Maintenance,
    terms: &TermsBook,
    now: Instant,
) -> Option<NoticeRecord> {
    let news = News::Announced(maintenance.clone());
    let (happening, month) = news.of_services(&[service], terms)?;
    let cause = format!("maintenance:{}:registered", maintenance.window_id);
    Some(NoticeRecord::about(service, Some(month), now, happening, cause))
}

impl News {
    /// Builds the happening for the customer of services that it covers; `None` if there are none.
    fn of_services(&self, services: &[&Service], terms: &TermsBook) -> Option<(Happening, Month)> {
        let first = *services.first()?;
        let own: BTreeSet<ServiceId> = services.iter().map(|service| service.service_id.clone()).collect();
        let month_in = |service: &Service| Month::of(self.span().start, service.time_zone);
        let month = month_in(first);
        let listed = services.iter().take(COVERED_MAX).map(|service| CoveredService {
            service_id: service.service_id.clone(),
            service_name: service.name.clone(),
            counts: self.maintenance().is_none_or(|maintenance| maintenance.counts_for(service, terms)),
            month: Some(month_in(service)).filter(|own| *own != month),
        });
        let others = services.len().saturating_sub(COVERED_MAX);
        let covered = Some(CoveredServices { services: listed.collect(), others });
        let service = Subject::of(first, month);
        let happening = match self {
            Self::Announced(m) => {
                Happening::MaintenanceAnnounced { service, maintenance: m.as_of_services(&own), covered }
            }
            Self::Reminder(m) => {
                Happening::MaintenanceReminder { service, maintenance: m.as_of_services(&own), covered }
            }
            Self::Changed(m) => {
                Happening::MaintenanceChanged { service, maintenance: m.as_of_services(&own), covered }
            }
            Self::Raised(x) => {
                Happening::ExclusionRaised { service, exclusion: x.as_of_services(&own), covered }
            }
            Self::Decided(x) => {
                Happening::ExclusionDecided { service, exclusion: x.as_of_services(&own), covered }
            }
        };
        Some((happening, month))
    }
}

impl Fanout {
    /// True if a service was registered after the announcement: its customer was notified at registration.
    fn is_told_by_registration(&self, service: &Service) -> bool {
        let is_late = service.registered_at.is_some_and(|registered| registered > self.occurred_at);
        is_late && matches!(self.news, News::Announced(_))
    }
}

impl Table {
    /// Notifies the next page of customers, once each, whichever of their services the window covers.
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
            let Some((happening, month)) = fanout.news.of_services(&covered, &terms) else { continue };
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

    /// Returns the last of the next page of customers that a fan-out may concern, and their services; the
    /// customer is `None` if there are no more.
    async fn next_customers(
        &self,
        fanout: &Fanout,
        told: Option<&CustomerId>,
    ) -> Result<(Option<CustomerId>, BTreeMap<CustomerId, Vec<Service>>), TableError> {
        let mut by_customer: BTreeMap<CustomerId, Vec<Service>> = BTreeMap::new();
        let last = match fanout.news.named() {
            // The named services fit into one page.
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
