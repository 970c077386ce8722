//! Tickets: their events, their folded state, their deadlines and schedules. Architecture invariant: every
//! change of a ticket is one transaction with its notices, under the version of the ticket that was read.

mod claims;
pub(crate) mod following;
pub(crate) mod listing;
mod recording;
pub(crate) mod staff;
mod telling;

pub use recording::ReceivedEvent;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sla::claim::PassedOn;
use sla::id::StaffId;
use sla::ticket::deadline::Deadline;
use sla::ticket::log::News;
use sla::ticket::{Effect, Outlook, Ticket, TicketEvent, TicketLog, TicketRecord, TicketRow, TicketVerdicts};
use sla::{CustomerId, EventId, Instant, Month, Service, ServiceId, Terms, TicketId, Zone};

use crate::export::EXPORT_DUE;
use crate::store::attempts::until_written;
use crate::store::{Committed, Draft, Item, TableError, Transaction, VERSION_FIRST};
use crate::{Table, keys, outbox};

/// The index partition of claims that came with tickets and are not filed yet.
pub(crate) const CLAIMS_DUE: &str = "FILING#00";

/// The index partition of tickets with a clock threshold that is due or not armed yet.
pub(crate) const DEADLINES_DUE: &str = "DEADLINE#00";

/// List entries that one query reads: 250 KB at 250 bytes each.
const LISTED_AT_ONCE: i32 = 1000;
/// The most pages of a service's tickets in a month: 1,000 × 1,000, a million tickets.
const LISTED_PAGES_MAX: usize = 1000;
/// Whole tickets read at once: 2 MB at 20 KB, far above most.
const READ_AT_ONCE: usize = 100;

/// An event, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEvent {
    /// The event.
    #[serde(flatten)]
    pub event: TicketEvent,
    /// Instant at which it first arrived.
    pub received_at: Instant,
    /// The sender, if named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<StaffId>,
}

impl KeptEvent {
    /// Returns how the event came to support.
    fn passed_on(&self) -> PassedOn {
        PassedOn { received_at: self.received_at, by: self.by.clone().unwrap_or_else(StaffId::direct) }
    }
}

/// A ticket as stored: its folded state, its announced facts, and its armed schedules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTicket {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Number of stored events.
    pub event_count: usize,
    /// The record of the ticket beside its events.
    pub record: TicketRecord,
    /// The state that its events fold to; `None` before its opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<Present>,
    /// The deadlines that have schedules, in time order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub armed: Vec<Deadline>,
    /// The member of staff who has taken it, for the other staff to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    #[serde(skip)]
    version: Option<u64>,
}

/// The taking of a ticket by a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The person.
    pub by: StaffId,
    /// Instant at which they took it.
    pub at: Instant,
}

/// A changed ticket, with the armed deadlines and claims that the change concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedTicket {
    /// The ticket, as written.
    pub ticket: StoredTicket,
    /// The armed deadlines that no longer apply.
    pub moot: Vec<Deadline>,
    /// The events whose claims are to be compared now.
    pub claims: Vec<EventId>,
}

impl ChangedTicket {
    fn of(ticket: StoredTicket, moot: Vec<Deadline>) -> Self {
        Self { ticket, moot, claims: Vec::new() }
    }
}

/// The state that an open ticket's events fold to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// The ticket.
    pub ticket: Ticket,
    /// The time zone of its service, or UTC without a service.
    pub time_zone: Zone,
    /// The month of its opening.
    pub month: Month,
    /// The revision of the terms in force at its opening.
    pub terms_revision: u32,
}

/// A ticket, as exported with its month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketSnapshot {
    /// Its row; `None` if it was opened later.
    pub row: Option<TicketRow>,
    /// The validity of the row.
    pub validity: Validity,
}

/// The validity of an exported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// The row holds until an event changes the ticket, which marks it.
    Lasting,
    /// A clock is running, so its count changes by the second.
    Aging,
    /// The ticket has changed since the row's instant or is about to: an event may be dated slightly ahead.
    Overtaken,
}

/// A ticket now, and as of an instant.
struct AsOf {
    present: Present,
    then: Option<Ticket>,
    backdated_count: u32,
}

/// A ticket with its events, as read.
struct LoadedTicket {
    stored: StoredTicket,
    log: TicketLog,
    receipts: claims::Receipts,
}

impl StoredTicket {
    fn new(ticket_id: TicketId) -> Self {
        Self {
            ticket_id,
            event_count: 0,
            record: TicketRecord::default(),
            present: None,
            armed: Vec::new(),
            taken: None,
            version: None,
        }
    }

    /// True if the given customer opened it.
    pub(crate) fn is_of(&self, customer_id: &CustomerId) -> bool {
        self.present.as_ref().is_some_and(|present| present.ticket.opening.customer_id == *customer_id)
    }

    pub(crate) fn of(item: &Item) -> Result<Self, TableError> {
        Ok(Self { version: item.version(), ..item.body()? })
    }

    /// Lists the ticket's future deadlines in time order: a schedule each.
    fn wanted(&self, terms: &Terms, now: Instant) -> Vec<Deadline> {
        let present = self.present.as_ref();
        present
            .map(|present| present.ticket.deadlines(terms, &self.record.announced, now))
            .unwrap_or_default()
    }

    /// Adds the ticket to a transaction, which fails if another writer changed it since it was read.
    ///
    /// The sweep of `keep-deadlines` sees the ticket at once if a schedule is missing, otherwise when due.
    fn save(
        &self,
        wanted: &[Deadline],
        transaction: &mut Transaction,
        now: Instant,
    ) -> Result<(), TableError> {
        let missing = wanted.iter().any(|deadline| !self.armed.contains(deadline));
        let due_at = if missing { Some(now) } else { wanted.first().map(|deadline| deadline.due_at) };
        let draft = Draft::with_body(&keys::ticket(&self.ticket_id), self)?.due(DEADLINES_DUE, due_at);
        transaction.put_versioned(draft, self.version);
        Ok(())
    }

    /// Removes the armed deadlines that are not wanted any more; returns those that have not fired yet.
    fn disarm(&mut self, wanted: &[Deadline], now: Instant) -> Vec<Deadline> {
        let (armed, mut moot): (Vec<_>, Vec<_>) =
            self.armed.drain(..).partition(|deadline| wanted.contains(deadline));
        self.armed = armed;
        moot.retain(|deadline| deadline.due_at > now);
        moot
    }

    /// Returns the version that the next write gives the ticket.
    fn next_version(&self) -> u64 {
        self.version.map_or(VERSION_FIRST, |version| version + 1)
    }

    /// Sets the version after a write.
    fn written(mut self) -> Self {
        self.version = Some(self.next_version());
        self
    }

    /// Marks the ticket's row as not exported yet, in the transaction that saves the ticket.
    ///
    /// The mark has the version under which the ticket is saved. Each change of the ticket thus brings
    /// another mark, and an export never touches a mark newer than the one that it read. The mark is due once
    /// the month can be closed: until then the daily run need not see it.
    fn mark_for_export(&self, present: &Present, terms: &Terms, transaction: &mut Transaction, now: Instant) {
        let key = keys::export_due_ticket(present.month, &self.ticket_id);
        let due_at = terms.closes_at(present.month, Zone::UTC).max(now);
        transaction.put(Draft::new(&key).version(self.next_version()).due(EXPORT_DUE, Some(due_at)));
    }
}

impl AsOf {
    fn snapshot(&self, as_of: Instant, now: Instant) -> TicketSnapshot {
        let Self { present, then, backdated_count } = self;
        let row = then.as_ref().map(|then| then.row(as_of, *backdated_count, present.terms_revision));
        let ticket = &present.ticket;
        let overtaken = ticket.last_event_at > as_of || ticket.verdicts(as_of) != ticket.verdicts(now);
        let validity = if overtaken {
            Validity::Overtaken
        } else if ticket.is_running() {
            Validity::Aging
        } else {
            Validity::Lasting
        };
        TicketSnapshot { row, validity }
    }
}

impl Table {
    /// Announces everything due on a ticket's clocks by now. Returns the number of thresholds reached, and
    /// the ticket if it changed or lacks schedules; `None` for an unknown ticket.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn keep_ticket(
        &self,
        id: &TicketId,
        now: Instant,
    ) -> Result<Option<(usize, ChangedTicket)>, TableError> {
        until_written("keep a ticket's deadlines", || async {
            let Some(item) = self.store.get_one(&keys::ticket(id)).await? else { return Ok(Some(None)) };
            let mut stored = StoredTicket::of(&item)?;
            let Some(present) = stored.present.clone() else {
                return Ok(Some(Some((0, ChangedTicket::of(stored, Vec::new())))));
            };
            let terms = self.terms_now(now).await?.in_force(present.month).clone();
            let (facts, record) = stored.record.due(&present.ticket, &terms, now);
            if facts.is_empty() {
                return Ok(Some(Some((0, ChangedTicket::of(stored, Vec::new())))));
            }
            let mut transaction = Transaction::default();
            if (record.acknowledge, record.resolve) != (stored.record.acknowledge, stored.record.resolve) {
                stored.mark_for_export(&present, &terms, &mut transaction, now);
            }
            stored.record = record;
            let wanted = stored.wanted(&terms, now);
            // Only fired schedules are removed: time alone makes no later deadline moot.
            let _fired = stored.disarm(&wanted, now);
            stored.save(&wanted, &mut transaction, now)?;
            // A ticket from before the list enters it with its next threshold.
            stored.enlist(None, &mut transaction)?;
            let fired = facts.iter().filter(|fact| matches!(fact, sla::ticket::Fact::Reached(_))).count();
            let news: Vec<News> = facts.into_iter().map(News::Clock).collect();
            self.tell_news(&mut transaction, &stored, &news, now).await?;
            Ok::<_, TableError>(
                self.store
                    .commit(transaction)
                    .await?
                    .then(Some((fired, ChangedTicket::of(stored.written(), Vec::new())))),
            )
        })
        .await
    }

    /// Lists up to `limit` tickets with clock thresholds due by now or schedules missing.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn tickets_due(&self, now: Instant, limit: i32) -> Result<Vec<TicketId>, TableError> {
        let due = self.store.due(DEADLINES_DUE, now, limit).await?;
        Ok(due.iter().filter_map(keys::ticket_of).collect())
    }

    /// Lists the deadlines of a ticket that have no schedule yet.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn unarmed(&self, stored: &StoredTicket, now: Instant) -> Result<Vec<Deadline>, TableError> {
        let Some(present) = &stored.present else { return Ok(Vec::new()) };
        let book = self.terms_now(now).await?;
        let mut wanted = stored.wanted(book.in_force(present.month), now);
        wanted.retain(|deadline| !stored.armed.contains(deadline));
        Ok(wanted)
    }

    /// Records that schedules exist for all of a ticket's deadlines, unless it was changed since it was read:
    /// the writer of the change creates the schedules that it then needs.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn note_armed(&self, stored: &StoredTicket, now: Instant) -> Result<Committed, TableError> {
        let Some(present) = &stored.present else { return Ok(Committed::Done) };
        let wanted = stored.wanted(self.terms_now(now).await?.in_force(present.month), now);
        let armed = StoredTicket { armed: wanted.clone(), ..stored.clone() };
        let mut transaction = Transaction::default();
        armed.save(&wanted, &mut transaction, now)?;
        self.store.commit(transaction).await
    }

    /// Reads a ticket with its events in their effective order, each with its effect.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ticket(
        &self,
        id: &TicketId,
        now: Instant,
    ) -> Result<Option<(StoredTicket, Vec<(KeptEvent, Option<Effect>)>)>, TableError> {
        self.ticket_of(id, None, now).await
    }

    /// Reads a ticket; `None` if it is not the given owner's, at the same cost as for an unknown one.
    pub(crate) async fn ticket_of(
        &self,
        id: &TicketId,
        owner: Option<&CustomerId>,
        now: Instant,
    ) -> Result<Option<(StoredTicket, Vec<(KeptEvent, Option<Effect>)>)>, TableError> {
        let items = self.ticket_items(id).await?;
        let Some((first, rest)) = items.split_first() else { return Ok(None) };
        let stored = StoredTicket::of(first)?;
        if owner.is_some_and(|owner| !stored.is_of(owner)) {
            return Ok(None);
        }
        let mut kept = rest.iter().map(Item::body::<KeptEvent>).collect::<Result<Vec<_>, _>>()?;
        let opening = stored.present.as_ref().map(|present| present.ticket.opening.event_id.clone());
        kept.sort_by_key(|kept| {
            let event = &kept.event;
            (Some(&event.event_id) != opening.as_ref(), event.occurred_at, event.event_id.clone())
        });
        let folded = match &stored.present {
            Some(present) => {
                let book = self.terms_now(now).await?;
                Ticket::fold(kept.iter().map(|kept| &kept.event), book.in_force(present.month))
            }
            None => None,
        };
        let effect = |id: &EventId| folded.as_ref().and_then(|folded| folded.effects.get(id).cloned());
        let events = kept.into_iter().map(|kept| (kept.clone(), effect(&kept.event.event_id))).collect();
        Ok(Some((stored, events)))
    }

    /// Reads tickets as of an instant; tickets of another month are missing from the answer.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ticket_snapshots(
        &self,
        month: Month,
        ids: &[TicketId],
        as_of: Instant,
        now: Instant,
    ) -> Result<BTreeMap<TicketId, TicketSnapshot>, TableError> {
        let mut snapshots = BTreeMap::new();
        self.look_at(ids, as_of, now, |ticket| {
            if ticket.present.month == month {
                snapshots.insert(ticket.present.ticket.ticket_id.clone(), ticket.snapshot(as_of, now));
            }
        })
        .await?;
        Ok(snapshots)
    }

    /// Returns the verdicts as of an instant on a service's tickets of a month, by ticket id.
    pub(crate) async fn month_tickets(
        &self,
        service: &Service,
        month: Month,
        as_of: Instant,
        now: Instant,
    ) -> Result<Vec<TicketVerdicts>, TableError> {
        let (pk, prefix) = keys::service_tickets(&service.service_id, month);
        let (mut from, to) = (prefix.clone(), format!("{prefix}{}", keys::LAST));
        let mut verdicts = BTreeMap::new();
        for _ in 0..LISTED_PAGES_MAX {
            let (page, is_more) = self.store.query_page(&pk, &from, &to, LISTED_AT_ONCE).await?;
            let mut to_read = Vec::new();
            for item in &page {
                let Some(id) = keys::ticket_of_service(&item.key) else { continue };
                let outlook: Option<Outlook> = item.body_if_any()?;
                match outlook.and_then(|outlook| outlook.verdicts(&id, as_of)) {
                    Some(known) => drop(verdicts.insert(id, known)),
                    // The outlook is too old or, from an earlier version, missing.
                    None => to_read.push(id),
                }
            }
            self.look_at(&to_read, as_of, now, |AsOf { then, .. }| {
                verdicts.extend(then.map(|then| (then.ticket_id.clone(), then.verdicts(as_of))));
            })
            .await?;
            match page.last().filter(|_| is_more) {
                Some(last) => from = format!("{}!", last.key.sk),
                None => return Ok(verdicts.into_values().collect()),
            }
        }
        let limit = format!("it has more than {LISTED_PAGES_MAX} pages of {LISTED_AT_ONCE} tickets");
        Err(TableError::unexpected("list a month's tickets", limit))
    }

    /// Passes opened tickets to `look`, now and as of an instant, in chunks that limit the memory.
    async fn look_at(
        &self,
        ids: &[TicketId],
        as_of: Instant,
        now: Instant,
        mut look: impl FnMut(AsOf),
    ) -> Result<(), TableError> {
        if ids.is_empty() {
            return Ok(());
        }
        let book = self.terms_now(now).await?;
        for ids in ids.chunks(READ_AT_ONCE) {
            let wanted: Vec<_> = ids.iter().map(keys::ticket).collect();
            let found = self.store.get(&wanted).await?;
            for item in wanted.iter().filter_map(|key| found.get(key)) {
                let StoredTicket { ticket_id, record, present, .. } = StoredTicket::of(item)?;
                let Some(present) = present else { continue };
                let then = if present.ticket.last_event_at <= as_of {
                    Some(present.ticket.clone())
                } else {
                    let log = self.load_ticket(&ticket_id).await?.log;
                    let by_then = log.values().filter(|event| event.occurred_at <= as_of);
                    Ticket::fold(by_then, book.in_force(present.month)).map(|folded| folded.ticket)
                };
                look(AsOf { present, then, backdated_count: record.backdated_count });
            }
        }
        Ok(())
    }

    async fn ticket_items(&self, id: &TicketId) -> Result<Vec<Item>, TableError> {
        let from = keys::ticket(id);
        self.store.query(&from.pk, &from.sk, &format!("{}{}", from.sk, keys::LAST)).await
    }

    async fn load_ticket(&self, id: &TicketId) -> Result<LoadedTicket, TableError> {
        until_written("read a ticket", || async {
            let items = self.ticket_items(id).await?;
            let Some((first, rest)) = items.split_first() else {
                return Ok(Some(LoadedTicket {
                    stored: StoredTicket::new(id.clone()),
                    log: TicketLog::new(),
                    receipts: claims::Receipts::new(),
                }));
            };
            let stored = StoredTicket::of(first)?;
            let kept = rest.iter().map(Item::body::<KeptEvent>).collect::<Result<Vec<_>, _>>()?;
            // A query is not a snapshot: a concurrent write shows in the count.
            if kept.len() == stored.event_count {
                let receipt = |kept: &KeptEvent| (kept.event.event_id.clone(), kept.passed_on());
                let receipts = kept.iter().map(receipt).collect();
                let log = kept.into_iter().map(|kept| (kept.event.event_id.clone(), kept.event)).collect();
                return Ok(Some(LoadedTicket { stored, log, receipts }));
            }
            Ok::<_, TableError>(None)
        })
        .await
    }

    async fn service_of(&self, id: Option<&ServiceId>) -> Result<Option<Service>, TableError> {
        let Some(id) = id else { return Ok(None) };
        Ok(self.settings(std::slice::from_ref(id)).await?.into_iter().next())
    }

    async fn tell_news(
        &self,
        transaction: &mut Transaction,
        stored: &StoredTicket,
        news: &[News],
        now: Instant,
    ) -> Result<(), TableError> {
        let Some(present) = &stored.present else { return Ok(()) };
        let service = self.service_of(present.ticket.opening.service_id.as_ref()).await?;
        let book = self.terms_now(now).await?;
        let escalates = news.iter().any(|news| matches!(news, News::Clock(sla::ticket::Fact::Escalated(..))));
        let roles = if escalates { self.roles().await? } else { Vec::new() };
        let context = telling::NoticeContext {
            roles: &roles,
            present,
            service: service.as_ref(),
            terms: book.in_force(present.month),
            record: &stored.record,
        };
        for news in news {
            outbox::add(transaction, &context.notice(news, now)?, now)?;
        }
        Ok(())
    }
}
