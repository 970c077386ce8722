//! The search of a customer: among that customer's own things alone, in at most 12 calls.

use std::collections::BTreeMap;

use events::change::Subject;
use events::search::{Number, asked_number, is_named, words};
use sla::exclusion::{Exclusion, Maintenance, Window};
use sla::{Instant, Month, Service, ServiceId, Span, WindowKind, Zone};

use super::CustomerScope;
use crate::keys::{self, Key};
use crate::search::{Found, FoundThings};
use crate::service::windows::window_keys;
use crate::store::TableError;
use crate::{ObjectRecord, Versioned};

/// The latest tickets that are searched: 3 calls.
const TICKETS_MAX: usize = 200;
/// The first services, by name, whose windows are searched: 1 call for the services, 3 for their windows of
/// three months, 225 and those of regions and all services.
const WINDOWED_MAX: usize = 75;
/// The most windows and exclusions that are read for what was asked.
const WINDOWS_MAX: usize = 50;
/// Seconds before and after the present month in which windows are searched: a month.
const MONTH_S: i64 = 31 * 86_400;

/// What is asked for.
struct Question<'a> {
    id: &'a str,
    number: Option<String>,
    words: Vec<String>,
}

impl Question<'_> {
    fn is_of(&self, kind: Subject, id: &str) -> bool {
        let begins = |asked: &String| Number::of(kind, id).begins_with(asked);
        id == self.id || self.number.as_ref().is_some_and(begins)
    }

    fn names(&self, kind: Subject, id: &str, name: &str) -> bool {
        self.is_of(kind, id) || is_named(name, &self.words)
    }
}

fn found(kind: Subject, id: &str, name: Option<String>) -> Found {
    let (number, id) = (String::new(), id.to_owned());
    Found { kind, id, number, name, customer: None, service_id: None, month: None }
}

impl CustomerScope {
    /// Finds the customer's own services and latest tickets by id, number or words of a name, and claims,
    /// maintenance and exclusions by id or number.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn search(&self, asked: &str, now: Instant) -> Result<FoundThings, TableError> {
        let asked = asked.trim();
        let question = Question { id: asked, number: asked_number(asked), words: words(asked) };
        let services = self.table.named_services(self.customer_id()).await?;
        let mut things: Vec<Found> = Vec::new();
        for (id, name) in &services {
            if question.names(Subject::Service, id.as_str(), name) {
                things.push(found(Subject::Service, id.as_str(), Some(name.clone())));
            }
        }
        let mut tickets = self.tickets(None, TICKETS_MAX).await?;
        if let Ok(id) = asked.parse()
            && tickets.iter().all(|ticket| ticket.ticket_id != id)
        {
            tickets.extend(self.ticket_alone(&id).await?);
        }
        for ticket in tickets {
            let (id, present) = (ticket.ticket_id, ticket.present);
            let title = present.map(|present| present.ticket.opening.title).unwrap_or_default();
            if question.names(Subject::Ticket, id.as_str(), &title) {
                things.push(found(Subject::Ticket, id.as_str(), Some(title)));
            }
        }
        for (claim, _) in self.claims().await? {
            if question.is_of(Subject::Claim, claim.claim_id.as_str()) {
                let own = found(Subject::Claim, claim.claim_id.as_str(), None);
                things.push(Found { service_id: Some(claim.service_id), month: Some(claim.month), ..own });
            }
        }
        things.extend(self.windows_asked(&question, &services, now).await?);
        Ok(FoundThings::of(things, false))
    }

    /// Finds maintenance and exclusions that cover a service of the customer.
    async fn windows_asked(
        &self,
        question: &Question<'_>,
        services: &[(ServiceId, String)],
        now: Instant,
    ) -> Result<Vec<Found>, TableError> {
        let mut covered = self.windows_of(services, now).await?;
        covered.retain(|(kind, id), _| question.is_of(*kind, id));
        // An exclusion that waits or was rejected excludes nothing, and is found by its id.
        if let Ok(id) = question.id.parse()
            && let Some(exclusion) = self.table.exclusion(&id).await?
            && let Some((own, _)) =
                services.iter().find(|(own, _)| exclusion.value.object.services.contains(own))
        {
            covered.insert((Subject::Exclusion, id.to_string()), own.clone());
        }
        let key = |(kind, id): &(Subject, String)| match kind {
            Subject::Maintenance => id.parse().ok().map(|id| keys::maintenance(&id)),
            _ => id.parse().ok().map(|id| keys::exclusion(&id)),
        };
        let wanted: Vec<_> = covered
            .into_iter()
            .take(WINDOWS_MAX)
            .filter_map(|(own, service)| Some((key(&own)?, own, service)))
            .collect();
        let keys: Vec<Key> = wanted.iter().map(|(key, ..)| key.clone()).collect();
        let items = self.table.store.get(&keys).await?;
        let mut things = Vec::new();
        for (key, (kind, id), service) in wanted {
            let Some(item) = items.get(&key) else { continue };
            let starts_at = match kind {
                Subject::Maintenance => {
                    Versioned::<ObjectRecord<Maintenance>>::of(item)?.value.object.starts_at
                }
                _ => Versioned::<ObjectRecord<Exclusion>>::of(item)?.value.object.starts_at,
            };
            let month = Some(Month::of(starts_at, Zone::UTC));
            things.push(Found { service_id: Some(service), month, ..found(kind, &id, None) });
        }
        Ok(things)
    }

    /// Reads the windows of some months that cover services, each with the first of these by name.
    async fn windows_of(
        &self,
        services: &[(ServiceId, String)],
        now: Instant,
    ) -> Result<BTreeMap<(Subject, String), ServiceId>, TableError> {
        let ids: Vec<ServiceId> = services.iter().take(WINDOWED_MAX).map(|(id, _)| id.clone()).collect();
        let services: Vec<Service> = self.table.services(&ids).await?;
        let span = Span::new(now.plus_s(-MONTH_S), now.plus_s(MONTH_S));
        let mut wanted: Vec<Key> = services.iter().flat_map(|service| window_keys(service, span)).collect();
        wanted.sort();
        wanted.dedup();
        let items = self.table.store.get(&wanted).await?;
        let mut covered = BTreeMap::new();
        for service in &services {
            for item in window_keys(service, span).iter().filter_map(|key| items.get(key)) {
                for window in item.body::<Vec<Window>>()? {
                    let kind = match window.kind {
                        WindowKind::Maintenance => Subject::Maintenance,
                        _ => Subject::Exclusion,
                    };
                    covered.entry((kind, window.id)).or_insert_with(|| service.service_id.clone());
                }
            }
        }
        Ok(covered)
    }
}
