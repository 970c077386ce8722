//! The search of staff: things by id, by number, and by words of a customer's or a service's name; and the
//! lists of customers and services in the order of their names.

use std::collections::{BTreeMap, HashMap};

use events::change::Subject;
use events::search::{ASKED_WORDS_MAX, Number, asked_number, is_named, sorted_by, words};
use serde::de::DeserializeOwned;
use sla::claim::{Claim, ClaimState};
use sla::exclusion::Maintenance;
use sla::service::Customer;
use sla::{ClaimId, CustomerId, Instant, Month, Service, ServiceId, Zone};

use crate::customer::people::ObjectRecord;
use crate::keys::Key;
use crate::store::{Item, Run, TableError};
use crate::ticket::StoredTicket;
use crate::{Table, keys};

/// The most things that a search shows.
const FOUND_MAX: usize = 50;
/// The most entries of one number's beginning: six characters tell a billion things apart.
const NUMBERED_MAX: i32 = 20;
/// The most entries of one word that are looked at: one page of a query, of some 300 bytes each.
const WORDED_MAX: i32 = 1000;
/// Kinds of things that are found. Their items are read at once: 8 of an id, of a claim its 4 states, up to 20
/// times 4 of a number, and 51 of words: 142 keys are 2 calls, beside 2 queries and 1 call for customers.
const KINDS: [Subject; 8] = [
    Subject::Customer,
    Subject::Service,
    Subject::Ticket,
    Subject::Claim,
    Subject::Maintenance,
    Subject::Exclusion,
    Subject::Void,
    Subject::Import,
];

/// A thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The kind.
    pub kind: Subject,
    /// The id.
    pub id: String,
    /// What tells its number from the others that were found.
    pub number: String,
    /// The name: of a ticket its title, of a maintenance window its reason; none of other things without one.
    pub name: Option<String>,
    /// The customer with the name, if it is of one.
    pub customer: Option<(CustomerId, String)>,
    /// The service on whose page it is shown, if it has no page of its own.
    pub service_id: Option<ServiceId>,
    /// The month (UTC) of its start, if it is a span of time.
    pub month: Option<Month>,
}

/// The things that a search finds: by id, by number, then by name in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundThings {
    /// The things, up to 50.
    pub things: Vec<Found>,
    /// True if there may be more.
    pub is_more: bool,
}

/// A thing to look up.
type Candidate = (Subject, String);

/// A thing as read.
#[derive(Debug, Default)]
struct Read {
    name: Option<String>,
    customer: Option<CustomerId>,
    month: Option<Month>,
}

impl FoundThings {
    /// Cuts the things to as many as a search shows, and numbers them so that each is told from the others.
    pub(crate) fn of(mut things: Vec<Found>, is_more: bool) -> Self {
        let is_more = is_more || things.len() > FOUND_MAX;
        things.truncate(FOUND_MAX);
        let numbers: Vec<Number> = things.iter().map(|own| Number::of(own.kind, &own.id)).collect();
        for (own, number) in things.iter_mut().zip(&numbers) {
            number.among(numbers.iter()).clone_into(&mut own.number);
        }
        Self { things, is_more }
    }
}

impl Table {
    /// Finds things by id, by number, and customers and services by words of their names.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn search(&self, asked: &str) -> Result<FoundThings, TableError> {
        let asked = asked.trim();
        let mut candidates: Vec<Candidate> = KINDS.map(|kind| (kind, asked.to_owned())).to_vec();
        if let Some(number) = asked_number(asked) {
            let (pk, from, to) = keys::numbers(&number);
            let numbered = self.store.query_some(&pk, &from, &to, true, NUMBERED_MAX).await?;
            let candidate =
                |item: &Item| Some((keys::indexed_kind(&item.key)?, keys::indexed(&item.key).to_owned()));
            candidates.extend(numbered.iter().filter_map(candidate));
        }
        let (mut named, mut is_more) = self.named(&words(asked)).await?;
        is_more |= named.len() > FOUND_MAX;
        named.truncate(FOUND_MAX + 1);
        candidates.extend(named);
        Ok(FoundThings::of(self.found(candidates).await?, is_more))
    }

    /// Lists customers and services whose names have words that begin so, in the order of their names. The
    /// longest word is looked up, as the fewest names have it; the others are looked for in these names.
    async fn named(&self, asked: &[String]) -> Result<(Vec<Candidate>, bool), TableError> {
        let asked = asked.get(..ASKED_WORDS_MAX).unwrap_or(asked);
        let Some(longest) = asked.iter().max_by_key(|word| word.chars().count()) else {
            return Ok((Vec::new(), false));
        };
        let (pk, from, to) = keys::words(longest);
        let items = self.store.query_some(&pk, &from, &to, true, WORDED_MAX).await?;
        let mut found = Vec::new();
        for item in &items {
            let name: String = item.body()?;
            if let Some(kind) = keys::indexed_kind(&item.key).filter(|_| is_named(&name, asked)) {
                found.push((sorted_by(&name), kind.as_str(), kind, keys::indexed(&item.key)));
            }
        }
        found.sort_by(|a, b| (&a.0, a.1, a.3).cmp(&(&b.0, b.1, b.3)));
        let found = found.into_iter().map(|(_, _, kind, id)| (kind, id.to_owned())).collect();
        Ok((found, items.len() >= usize::try_from(WORDED_MAX).unwrap_or(usize::MAX)))
    }

    /// Reads things, each once; those that are unknown, or of an erased customer, are missing.
    async fn found(&self, candidates: Vec<Candidate>) -> Result<Vec<Found>, TableError> {
        let wanted: Vec<Key> = candidates.iter().flat_map(|(kind, id)| places(*kind, id)).collect();
        let items = self.store.get(&wanted).await?;
        let mut read: Vec<(Subject, String, Read)> = Vec::new();
        for (kind, id) in candidates {
            if !read.iter().any(|(other, own, _)| (*other, own) == (kind, &id))
                && let Some(own) = thing(kind, &id, &items)?
            {
                read.push((kind, id, own));
            }
        }
        let customers: Vec<CustomerId> = read.iter().filter_map(|(.., own)| own.customer.clone()).collect();
        let customers = self.customers(&customers).await?;
        let customers: BTreeMap<&CustomerId, &Customer> =
            customers.iter().map(|customer| (&customer.customer_id, customer)).collect();
        let is_erased =
            |id: &CustomerId| customers.get(id).is_some_and(|customer| customer.erased_at.is_some());
        read.retain(|(.., own)| !own.customer.as_ref().is_some_and(is_erased));
        let found = |(kind, id, Read { name, customer, month }): (Subject, String, Read)| {
            let customer = customer.filter(|_| kind != Subject::Customer);
            let customer = customer.map(|id| {
                let name =
                    customers.get(&id).map_or_else(|| id.to_string(), |customer| customer.name.clone());
                (id, name)
            });
            Found { kind, id, number: String::new(), name, customer, service_id: None, month }
        };
        Ok(read.into_iter().map(found).collect())
    }

    /// Lists up to `limit` customers in the order of their names, after one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn customers_by_name(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, TableError> {
        let after = match after {
            Some(id) => {
                let found = self.customer(id).await?;
                let name = found.map_or_else(|| id.to_string(), |found| found.value.object.name);
                Some(keys::named(Subject::Customer, &sorted_by(&name), id.as_str()).sk)
            }
            None => None,
        };
        let ids = self.names(Subject::Customer, after.as_deref(), limit).await?;
        let ids: Vec<CustomerId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let found = self.customers(&ids).await?;
        let mut by_id: HashMap<CustomerId, Customer> =
            found.into_iter().map(|own| (own.customer_id.clone(), own)).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }

    /// Lists up to `limit` services in the order of their names, after one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn services_by_name(
        &self,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<Service>, TableError> {
        let after = match after {
            Some(id) => {
                let found = self.service(id).await?;
                let name = found.map_or_else(|| id.to_string(), |found| found.value.object.name);
                Some(keys::named(Subject::Service, &sorted_by(&name), id.as_str()).sk)
            }
            None => None,
        };
        let ids = self.names(Subject::Service, after.as_deref(), limit).await?;
        let ids: Vec<ServiceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let found = self.services(&ids).await?;
        let mut by_id: HashMap<ServiceId, Service> =
            found.into_iter().map(|own| (own.service_id.clone(), own)).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }

    /// Lists ids in the order of their names, after a place in it: at most 8 queries.
    async fn names(
        &self,
        kind: Subject,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, TableError> {
        let runs = keys::names_after(kind, after).into_iter().map(|(pk, from, to)| Run { pk, from, to });
        self.store.list(runs, limit, |item| Ok(Some(keys::indexed(&item.key).to_owned()))).await
    }
}

/// Returns where a thing lies: a claim under one of its states; nowhere what is no id.
fn places(kind: Subject, id: &str) -> Vec<Key> {
    match kind {
        Subject::Customer => id.parse().iter().map(keys::customer).collect(),
        Subject::Service => id.parse().iter().map(keys::service).collect(),
        Subject::Ticket => id.parse().iter().map(keys::ticket).collect(),
        Subject::Claim => {
            let id: Result<ClaimId, _> = id.parse();
            id.iter().flat_map(|id| ClaimState::ALL.map(|state| keys::claim_in_state(state, id))).collect()
        }
        Subject::Maintenance => id.parse().iter().map(keys::maintenance).collect(),
        Subject::Exclusion => id.parse().iter().map(keys::exclusion).collect(),
        Subject::Void => id.parse().iter().map(keys::void).collect(),
        Subject::Import => id.parse().iter().map(keys::import).collect(),
        _ => Vec::new(),
    }
}

/// Reads a thing's name and customer, if it is there.
fn thing(kind: Subject, id: &str, items: &HashMap<Key, Item>) -> Result<Option<Read>, TableError> {
    let Some(item) = places(kind, id).iter().find_map(|key| items.get(key)) else { return Ok(None) };
    let of = |name: Option<String>, customer: Option<CustomerId>| Read { name, customer, month: None };
    let begun = |at: Instant| Some(Month::of(at, Zone::UTC));
    Ok(Some(match kind {
        Subject::Customer => {
            let customer: Customer = object(item)?;
            of(Some(customer.name), Some(customer.customer_id))
        }
        Subject::Service => {
            let service: Service = object(item)?;
            of(Some(service.name), Some(service.customer_id))
        }
        Subject::Ticket => {
            let Some(present) = StoredTicket::of(item)?.present else { return Ok(None) };
            let opening = present.ticket.opening;
            of(Some(opening.title), Some(opening.customer_id))
        }
        Subject::Claim => of(None, Some(item.body::<Claim>()?.customer_id)),
        Subject::Maintenance => {
            let window: Maintenance = object(item)?;
            Read { month: begun(window.starts_at), ..of(Some(window.reason), None) }
        }
        _ => Read::default(),
    }))
}

fn object<T: DeserializeOwned>(item: &Item) -> Result<T, TableError> {
    Ok(item.body::<ObjectRecord<T>>()?.object)
}
