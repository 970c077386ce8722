//! A customer's view of the table. Architecture invariant: a scope comes from a verified token alone, and all
//! its reads and writes begin at that token's customer, so that no outside id leads to another customer's
//! items.

mod acts;
mod claimable;
mod overview;
mod quotas;
mod search;
mod subscriptions;

pub use acts::{NewClaim, NewTicket, RecordingOutcome, Reply};
pub use claimable::{Claimable, ClaimableMonths};
pub use overview::{Overview, SeenService, ServiceOrder};
pub use subscriptions::{BeforeAtSns, DueAtSns, SUBSCRIPTIONS_MAX, Subscription, SubscriptionOutcome};

use std::collections::BTreeMap;

use access::{CustomerAccess, StaffAccess};
use sla::claim::{Claim, ClaimWindow, window_closes_at};
use sla::exclusion::{Exclusion, Maintenance, WINDOW_S_MAX};
use sla::ledger::{CreditKind, Entry};
use sla::service::Customer;
use sla::summary::Summary;
use sla::ticket::Effect;
use sla::{
    ClaimId, CustomerId, Inputs, Instant, Month, Service, ServiceId, Span, Statement, TermsBook, TicketId,
    WindowKind, Zone,
};

use crate::store::{Item, TableError};
use crate::ticket::StoredTicket;
use crate::{KeptEvent, ObjectRecord, ServiceMonth, StoredStatement, Table, Versioned, keys};
use events::NoticeRecord;
use events::change::Via;

/// The most claims on one page.
const CLAIMS_MAX: usize = 200;
/// The most items read for them: beside each claim lies one entry at most.
const CLAIM_ITEMS_MAX: i32 = 400;
/// Past months whose statements are listed.
const STATED_MONTHS: usize = 36;
/// The most exclusions of a service shown for one month.
const EXCLUSIONS_MAX: i32 = 200;

/// The part of the table that one customer may see and change.
#[derive(Debug, Clone)]
pub struct CustomerScope {
    table: Table,
    access: CustomerAccess,
    /// Way by which the customer's acts come.
    via: Via,
}

/// A service-month with its inputs, statement, windows and claims.
#[derive(Debug, Clone)]
pub struct SeenMonth {
    /// The month's inputs: those of the newest statement, or the present ones if the month is open.
    pub inputs: Inputs,
    /// The newest statement or a provisional one; `None` before the service begins.
    pub statement: Option<Statement>,
    /// The exclusions that touch the month, in any state.
    pub exclusions: Vec<Exclusion>,
    /// The maintenance that touches the month.
    pub maintenance: Vec<Maintenance>,
    /// The month's claims.
    pub claims: Vec<Claim>,
    /// The ledger of the month, in the order of entry.
    pub entries: Vec<Entry>,
    /// The kinds of credit that can be claimed now, each with the end of its claim window if known.
    pub claimable: Vec<(CreditKind, Option<Instant>)>,
}

impl SeenMonth {
    /// True if the month is not closed yet.
    pub fn is_open(&self) -> bool {
        self.statement.as_ref().is_none_or(|statement| statement.provisional)
    }
}

/// A statement with the revisions, claims and ledger of its month.
#[derive(Debug, Clone)]
pub struct SeenStatement {
    /// The service.
    pub service: Service,
    /// The statement.
    pub statement: Statement,
    /// All revisions of the month, ascending.
    pub revisions: Vec<Statement>,
    /// The month's claims.
    pub claims: Vec<Claim>,
    /// The ledger of the month, in the order of entry.
    pub entries: Vec<Entry>,
}

/// A ticket with its events in their effective order, each with its effect.
#[derive(Debug, Clone)]
pub struct SeenTicket {
    /// The stored ticket.
    pub stored: StoredTicket,
    /// The events, each with its effect if it had one.
    pub events: Vec<(KeptEvent, Option<Effect>)>,
}

impl Table {
    /// Returns a member of staff's read-only view of a customer.
    pub fn seen_by(&self, access: &StaffAccess, customer_id: CustomerId) -> CustomerView {
        CustomerView(self.scope(&access.looking_at(customer_id)))
    }

    /// Returns the scope of a verified customer, whose acts come by pages.
    pub fn scope(&self, access: &CustomerAccess) -> CustomerScope {
        CustomerScope { table: self.clone(), access: access.clone(), via: Via::Portal }
    }
}

/// A customer's scope as staff see it: read-only.
#[derive(Debug, Clone)]
pub struct CustomerView(CustomerScope);

impl CustomerView {
    /// Reads a month of a service as its customer sees it, closed or open.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn month(
        &self,
        id: &ServiceId,
        month: Month,
        now: Instant,
    ) -> Result<Option<SeenMonth>, TableError> {
        self.0.month(id, month, now).await
    }

    /// Reads a statement as its customer sees it, the newest or the given revision.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn statement(
        &self,
        id: &ServiceId,
        month: Month,
        revision: Option<u32>,
    ) -> Result<Option<SeenStatement>, TableError> {
        self.0.statement(id, month, revision).await
    }

    /// Lists the closed months of the customer's services, the latest first.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn stated_months(&self, now: Instant) -> Result<Vec<Summary>, TableError> {
        self.0.stated_months(now).await
    }
}

impl CustomerScope {
    /// Returns the scope of a program, whose acts come by the API.
    #[must_use]
    pub fn by_api(self) -> Self {
        Self { via: Via::Api, ..self }
    }

    /// Returns the customer.
    pub fn customer_id(&self) -> &CustomerId {
        self.access.customer_id()
    }

    /// Returns the person, by the issuer's name for them.
    pub fn who(&self) -> &str {
        self.access.who()
    }

    /// Reads the customer; `None` if it is not registered.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn customer(&self) -> Result<Option<Customer>, TableError> {
        Ok(self.table.customer(self.customer_id()).await?.map(|found| found.value.object))
    }

    /// Reads a service of the customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn service(&self, id: &ServiceId) -> Result<Option<Service>, TableError> {
        let found = self.table.service(id).await?.map(|found| found.value.object);
        Ok(found.filter(|service| service.customer_id == *self.customer_id()))
    }

    /// Lists up to `limit` services of the customer after the given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn services(
        &self,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<Service>, TableError> {
        self.table.services(&self.service_ids(after, limit).await?).await
    }

    /// Lists up to `limit` ids of the customer's services after the given one.
    async fn service_ids(
        &self,
        after: Option<&ServiceId>,
        limit: usize,
    ) -> Result<Vec<ServiceId>, TableError> {
        self.table.services_of_customer(self.customer_id(), after, limit).await
    }

    /// Reads all revisions of the terms, which are the same for every customer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn terms(&self, now: Instant) -> Result<TermsBook, TableError> {
        self.table.terms_now(now).await
    }

    /// Reads a service-month; `None` if the service is not the customer's.
    async fn own_month(&self, id: &ServiceId, month: Month) -> Result<Option<ServiceMonth>, TableError> {
        self.table.service_month_of(id, month, Some(self.customer_id())).await
    }

    /// Reads a month of a service, closed or open; `None` if the service is not the customer's.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn month(
        &self,
        id: &ServiceId,
        month: Month,
        now: Instant,
    ) -> Result<Option<SeenMonth>, TableError> {
        let Some(known) = self.own_month(id, month).await? else { return Ok(None) };
        let (mut inputs, statement) = match &known.newest {
            Some(newest) => (self.table.inputs(newest).await?, Some(newest.statement.clone())),
            None => {
                let inputs = self.table.gather(&known, now, now).await?;
                let fault = |error| TableError::new("account for a month", error);
                let statement = inputs.statement().map_err(fault)?;
                (inputs, statement)
            }
        };
        let exclusions = self.exclusions(&known.service, month).await?;
        let maintenance = self.maintenance(&inputs).await?;
        let claimable = self.claimable(&known, &inputs, now).await?;
        let claims = known.listed_claims();
        inputs.service.name = known.service.name;
        let entries = known.entries;
        Ok(Some(SeenMonth { inputs, statement, exclusions, maintenance, claims, entries, claimable }))
    }

    /// Lists the breaches that the customer was told of and can still claim.
    async fn claimable(
        &self,
        known: &ServiceMonth,
        inputs: &Inputs,
        now: Instant,
    ) -> Result<Vec<(CreditKind, Option<Instant>)>, TableError> {
        let announcements = &known.standing.announcements;
        let (reminders, days) = (announcements.reminders(inputs.month), inputs.terms.claims.window_days);
        let zone = inputs.service.time_zone;
        let mut claimable = Vec::new();
        if announcements.breached(inputs.month) {
            let fault = |error| TableError::new("account for a month", error);
            let end = inputs.outages_end().map_err(fault)?;
            let after = self.table.outage_after(known, &[inputs], now).await?;
            let window = ClaimWindow::of(reminders.breach_at, end.or_after(after), days, zone);
            claimable.extend(window.admits(now).then_some((CreditKind::Uptime, window.until())));
        }
        if let Some(missed_at) = reminders.missed_at {
            let until = window_closes_at(missed_at, days, zone);
            claimable.extend((now < until).then_some((CreditKind::Performance, Some(until))));
        }
        Ok(claimable)
    }

    async fn exclusions(&self, service: &Service, month: Month) -> Result<Vec<Exclusion>, TableError> {
        let bounds = month.bounds(service.time_zone);
        let earliest = bounds.start.plus_s(-WINDOW_S_MAX);
        let (pk, from, to) = keys::exclusions_of_service(&service.service_id, earliest, bounds.end);
        let listed = self.table.store.query_some(&pk, &from, &to, true, EXCLUSIONS_MAX).await?;
        let wanted: Vec<keys::Key> = listed
            .iter()
            .filter_map(|item| keys::listed_exclusion(&item.key))
            .map(|id| keys::exclusion(&id))
            .collect();
        let found = self.table.store.get(&wanted).await?;
        let read =
            |item| Ok(Versioned::<ObjectRecord<Exclusion>>::of(item)?.value.object.as_of_customer(service));
        let exclusions: Result<Vec<Exclusion>, TableError> =
            wanted.iter().filter_map(|key| found.get(key)).map(read).collect();
        let touches = |x: &Exclusion| x.starts_at < bounds.end && x.ends_at > bounds.start;
        Ok(exclusions?.into_iter().filter(touches).collect())
    }

    async fn maintenance(&self, inputs: &Inputs) -> Result<Vec<Maintenance>, TableError> {
        let of_maintenance = inputs.windows.iter().filter(|window| window.kind == WindowKind::Maintenance);
        let wanted: Vec<keys::Key> = of_maintenance
            .filter_map(|window| window.id.parse().ok())
            .map(|id| keys::maintenance(&id))
            .collect();
        let found = self.table.store.get(&wanted).await?;
        let id = &inputs.service.service_id;
        let read =
            |item| Ok(Versioned::<ObjectRecord<Maintenance>>::of(item)?.value.object.as_of_service(id));
        wanted.iter().filter_map(|key| found.get(key)).map(read).collect()
    }

    /// Lists the closed months of the customer's services, the latest first.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn stated_months(&self, now: Instant) -> Result<Vec<Summary>, TableError> {
        let to = Month::of(now, Zone::UTC);
        let mut from = to;
        for _ in 0..STATED_MONTHS {
            from = from.previous();
        }
        let mut summaries = self.table.summaries(self.customer_id(), from, to).await?;
        summaries.retain(|summary| summary.stated.is_some());
        summaries.sort_by(|a, b| b.month.cmp(&a.month).then_with(|| a.service_id.cmp(&b.service_id)));
        Ok(summaries)
    }

    /// Reads a statement of a service, the newest or the given revision, with what belongs to its month.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn statement(
        &self,
        id: &ServiceId,
        month: Month,
        revision: Option<u32>,
    ) -> Result<Option<SeenStatement>, TableError> {
        let Some(known) = self.own_month(id, month).await? else { return Ok(None) };
        let claims = known.listed_claims();
        let Some(StoredStatement { statement: newest, .. }) = known.newest else { return Ok(None) };
        let (pk, prefix) = keys::statements(id, Some(month));
        let earlier = match newest.revision.checked_sub(1).filter(|before| *before > 0) {
            Some(before) => {
                self.table.store.query(&pk, &prefix, &keys::statement(id, month, before).sk).await?
            }
            None => Vec::new(),
        };
        let read = |item: &Item| Ok(item.body::<StoredStatement>()?.statement);
        let mut revisions: Vec<Statement> = earlier.iter().map(read).collect::<Result<_, TableError>>()?;
        revisions.push(newest);
        let wanted = revision.map_or_else(
            || revisions.last(),
            |number| revisions.iter().find(|statement| statement.revision == number),
        );
        let Some(statement) = wanted.cloned() else { return Ok(None) };
        let (service, entries) = (known.service, known.entries);
        Ok(Some(SeenStatement { service, statement, revisions, claims, entries }))
    }

    /// Lists at most `limit` tickets of the customer, the latest opened first, before the given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn tickets(
        &self,
        before: Option<(Instant, &TicketId)>,
        limit: usize,
    ) -> Result<Vec<StoredTicket>, TableError> {
        let (pk, prefix) = keys::tickets_of_customer(self.customer_id());
        let to = match before {
            Some((opened_at, id)) => keys::ticket_of_customer(self.customer_id(), opened_at, id).sk,
            None => format!("{prefix}{}", keys::LAST),
        };
        // The query includes the bound itself.
        let wanted = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        let listed = self.table.store.query_some(&pk, &prefix, &to, false, wanted).await?;
        let ids = listed.iter().filter_map(|item| keys::listed_ticket(&item.key));
        let keys: Vec<keys::Key> = ids
            .filter(|id| before.is_none_or(|(_, before)| id != before))
            .take(limit)
            .map(|id| keys::ticket(&id))
            .collect();
        let found = self.table.store.get(&keys).await?;
        keys.iter().filter_map(|key| found.get(key)).map(StoredTicket::of).collect()
    }

    /// Reads a ticket of the customer with its events, without the notes that staff alone read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ticket(&self, id: &TicketId, now: Instant) -> Result<Option<SeenTicket>, TableError> {
        let seen = self.table.ticket_of(id, Some(self.customer_id()), now).await?;
        let for_customer = |(mut kept, effect): (KeptEvent, Option<Effect>)| {
            kept.event.notes.internal_note = None;
            (kept, effect)
        };
        Ok(seen.map(|(stored, events)| {
            let events = events.into_iter().map(for_customer).collect();
            SeenTicket { stored, events }
        }))
    }

    /// Reads a ticket of the customer without its events: one read, for repeated calls.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ticket_alone(&self, id: &TicketId) -> Result<Option<StoredTicket>, TableError> {
        let found = self.table.store.get_one(&keys::ticket(id)).await?;
        let stored = found.as_ref().map(StoredTicket::of).transpose()?;
        Ok(stored.filter(|stored| stored.is_of(self.customer_id())))
    }

    /// Lists the customer's latest claims, the latest month first, each with the ledger entry that settles
    /// it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn claims(&self) -> Result<Vec<(Claim, Option<Entry>)>, TableError> {
        let (pk, prefix) = keys::claims_of_customer(self.customer_id());
        let to = format!("{prefix}{}", keys::LAST);
        let items = self.table.store.query_some(&pk, &prefix, &to, false, CLAIM_ITEMS_MAX).await?;
        let (mut claims, mut entries) = (Vec::<Claim>::new(), BTreeMap::<ClaimId, Entry>::new());
        for item in items {
            if keys::is_entry_of_claim(&item.key) {
                let entry: Entry = item.body()?;
                entries.extend(entry.claim_id.clone().map(|id| (id, entry)));
            } else {
                claims.push(item.body()?);
            }
        }
        claims.sort_by(|a, b| (b.month, b.filed_at, &a.claim_id).cmp(&(a.month, a.filed_at, &b.claim_id)));
        claims.truncate(CLAIMS_MAX);
        let with_entry = |claim: Claim| {
            let entry = entries.remove(&claim.claim_id);
            (claim, entry)
        };
        Ok(claims.into_iter().map(with_entry).collect())
    }

    /// Lists at most `limit` notices of a month (UTC), the latest first, before the given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn notices(
        &self,
        month: Month,
        before: Option<&(Instant, String)>,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, TableError> {
        let Span { start, end } = month.bounds(Zone::UTC);
        let end = (end, String::new());
        let before = before.filter(|before| **before < end).unwrap_or(&end);
        self.table.notices_between(self.customer_id(), Some(start), Some(before), limit).await
    }

    /// Lists at most `limit` notices, the latest first, from an instant on and before the given one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn notices_between(
        &self,
        since: Option<Instant>,
        before: Option<&(Instant, String)>,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, TableError> {
        self.table.notices_between(self.customer_id(), since, before, limit).await
    }
}
