//! Claims from ticket events, compared again whenever the events change. Each comparison is written under the
//! version of the ticket that was read, so that one that comes too late writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use events::change;
use events::notice::Subject;
use events::telling::claim_notices;
use sla::claim::{Claim, ClaimEvent, Filing, PassedOn};
use sla::ticket::fold::FoldedTicket;
use sla::ticket::{Ticket, TicketHappening};
use sla::{CustomerId, EventId, Instant, Month, ServiceId, TicketId};

use super::{CLAIMS_DUE, LoadedTicket};
use crate::index::remove_number;
use crate::keys::Key;
use crate::service::statements::list_claim;
use crate::store::attempts::until_written;
use crate::store::{Committed, TableError, Transaction};
use crate::{CompanionItems, Table, keys, outbox};

/// A ticket as read for its claims.
struct Claimant {
    folded: FoldedTicket,
    /// Every customer named by an opening.
    customers: BTreeSet<CustomerId>,
    key: Key,
    version: Option<u64>,
}

impl Table {
    /// Lists up to `limit` ticket events whose claims are to be compared.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn claims_to_compare(
        &self,
        now: Instant,
        limit: i32,
    ) -> Result<Vec<(TicketId, EventId)>, TableError> {
        let due = self.store.due(CLAIMS_DUE, now, limit).await?;
        Ok(due.iter().filter_map(keys::event_of_claim_to_file).collect())
    }

    /// Aligns claims with a ticket: those to the service-month that the event claims, or all of the ticket's
    /// if the event opened it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn compare_claims(
        &self,
        id: &TicketId,
        event: &EventId,
        now: Instant,
    ) -> Result<(), TableError> {
        until_written("compare a ticket's claims", || async {
            Ok::<_, TableError>(self.try_to_compare(id, event, now).await?.then(()))
        })
        .await?;
        let mut transaction = Transaction::default();
        transaction.delete(keys::claim_to_file(id, event));
        self.store.commit_surely(transaction).await
    }

    async fn try_to_compare(
        &self,
        id: &TicketId,
        event: &EventId,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let LoadedTicket { stored, log, receipts } = self.load_ticket(id).await?;
        let Some(present) = &stored.present else { return Ok(Committed::Done) };
        let book = self.terms_now(now).await?;
        let Some(folded) = Ticket::fold(log.values(), book.in_force(present.month)) else {
            return Ok(Committed::Done);
        };
        let customer = |happening: &TicketHappening| match happening {
            TicketHappening::Opened { customer_id, .. } => Some(customer_id.clone()),
            _ => None,
        };
        let customers = log.values().filter_map(|event| customer(&event.happening)).collect();
        let mut months: BTreeMap<(&ServiceId, Month), Vec<ClaimEvent<'_>>> = BTreeMap::new();
        for (id, one) in &log {
            let claimed = receipts.get(id).and_then(|passed_on| ClaimEvent::of(one, passed_on, &folded));
            if let Some(claim) = claimed {
                months.entry((claim.service_id, claim.month)).or_default().push(claim);
            }
        }
        if months.values().flatten().any(|claim| claim.event_id == event) {
            months.retain(|_, claims| claims.iter().any(|claim| claim.event_id == event));
        }
        let claimant =
            Claimant { folded: folded.clone(), customers, key: keys::ticket(id), version: stored.version };
        for claims in months.values() {
            let filings: Vec<Filing> = claims.iter().map(|claim| claim.filing(&folded)).collect();
            if self.compare_month(&claimant, &filings, now).await? == Committed::Conflict {
                return Ok(Committed::Conflict);
            }
        }
        Ok(Committed::Done)
    }

    /// Compares the recorded claims to one service-month with the filings of a ticket.
    async fn compare_month(
        &self,
        claimant: &Claimant,
        filings: &[Filing],
        now: Instant,
    ) -> Result<Committed, TableError> {
        let Some(filing) = Filing::joined(filings) else { return Ok(Committed::Done) };
        let (service_id, month) = (&filing.service_id, filing.month);
        let mut is_filed = false;
        if let Some(known) = self.service_month(service_id, month).await? {
            let ticket = &claimant.folded.ticket.ticket_id;
            is_filed = Claim::file(&filing, &known.service, 1, true, now).is_ok();
            let wanted = Some(&filing).filter(|_| is_filed);
            let changed = Claim::compared(&known.claims, ticket, wanted, &known.service, now);
            if !changed.is_empty() {
                let posting = self.take_in(&known, &changed, now).await?;
                let checked = Some((claimant.key.clone(), claimant.version));
                let beside = CompanionItems { checked, ..CompanionItems::default() };
                if self.post(&known, &posting, &beside, now).await? == Committed::Conflict {
                    return Ok(Committed::Conflict);
                }
            }
        }
        if is_filed && claimant.customers.len() < 2 {
            return Ok(Committed::Done);
        }
        for filing in filings {
            if self.compare_astray(claimant, filing, is_filed, now).await? == Committed::Conflict {
                return Ok(Committed::Conflict);
            }
        }
        Ok(Committed::Done)
    }

    /// Records a claim about a service that the customer does not have, and notifies the customer. Removes
    /// such a claim if the ticket has moved to another customer, or if the claim is filed after all.
    async fn compare_astray(
        &self,
        claimant: &Claimant,
        filing: &Filing,
        is_filed: bool,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let wanted = Claim::astray(filing, now);
        let mut transaction = Transaction::default();
        let (mut is_listed, mut unlisted) = (false, None);
        // At most ten openings name as many customers.
        for customer in &claimant.customers {
            let key = keys::claim_of_customer(customer, wanted.month, &wanted.claim_id);
            let Some(item) = self.store.get_one(&key).await? else { continue };
            if is_filed || *customer != wanted.customer_id {
                transaction.delete(key);
                unlisted = Some(item.body::<Claim>()?);
            } else {
                is_listed = true;
            }
        }
        // The list by state holds the claim once, whichever customer it belongs to.
        if let Some(claim) = unlisted.filter(|_| is_filed) {
            transaction.delete(keys::claim_in_state(claim.state, &claim.claim_id));
            remove_number(&mut transaction, change::Subject::Claim, claim.claim_id.as_str());
        }
        if !is_filed && !is_listed {
            list_claim(&mut transaction, &wanted, None)?;
            for notice in claim_notices(None::<&Subject>, &wanted, None) {
                outbox::add(&mut transaction, &notice, now)?;
            }
        }
        if transaction.is_empty() {
            return Ok(Committed::Done);
        }
        transaction.check(claimant.key.clone(), claimant.version);
        self.store.commit(transaction).await
    }
}

/// Receipts of a ticket's events, by event.
pub type Receipts = BTreeMap<EventId, PassedOn>;
