//! Lists of tickets: the open ones by their next deadline, the finished ones by their end. An entry has what a
//! list is filtered by, so that no ticket is read that is not shown.

use serde::{Deserialize, Serialize};
use sla::id::StaffId;
use sla::ticket::{Ticket, TicketState};
use sla::{CustomerId, Instant, ServiceId, TicketId};

use super::{LISTED_AT_ONCE, Present, StoredTicket};
use crate::store::{Draft, Item, TableError, Transaction};
use crate::{Table, keys};

/// Pages of entries that one list reads: 10 × 1,000. A list that finds too few by then goes on from there.
const FILTERED_PAGES_MAX: usize = 10;

/// The tickets that a list asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedTickets {
    /// The state.
    pub state: TicketState,
    /// The customer; any if none.
    pub customer_id: Option<CustomerId>,
    /// The service; any if none.
    pub service_id: Option<ServiceId>,
    /// The person who has taken them; anybody or nobody if none.
    pub taken_by: Option<StaffId>,
    /// The place after which to continue.
    pub after: Option<(Instant, TicketId)>,
}

/// A page of tickets.
#[derive(Debug, Clone)]
pub struct TicketList {
    /// The tickets, in order.
    pub tickets: Vec<StoredTicket>,
    /// The place after which the next page continues, if there is one.
    pub next: Option<(Instant, TicketId)>,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    customer_id: CustomerId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_id: Option<ServiceId>,
    is_unacknowledged: bool,
    is_waiting: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_by: Option<StaffId>,
}

impl WantedTickets {
    /// Builds the question for all tickets in a state.
    pub const fn of(state: TicketState) -> Self {
        Self { state, customer_id: None, service_id: None, taken_by: None, after: None }
    }

    fn admits(&self, entry: &Entry) -> bool {
        let is_in = match self.state {
            TicketState::Open | TicketState::Finished => true,
            TicketState::Unacknowledged => entry.is_unacknowledged,
            TicketState::Waiting => entry.is_waiting,
        };
        let is_of = self.customer_id.as_ref().is_none_or(|id| *id == entry.customer_id);
        let is_about = self.service_id.as_ref().is_none_or(|id| Some(id) == entry.service_id.as_ref());
        let is_theirs = self.taken_by.as_ref().is_none_or(|id| {
            entry.taken_by.as_ref().is_some_and(|taken_by| taken_by.is_same_person(id.as_str()))
        });
        is_in && is_of && is_about && is_theirs
    }

    fn is_filtered(&self) -> bool {
        matches!(self.state, TicketState::Unacknowledged | TicketState::Waiting)
            || self.customer_id.is_some()
            || self.service_id.is_some()
            || self.taken_by.is_some()
    }
}

/// Returns the key of a ticket in the list where it belongs.
fn place(ticket: &Ticket) -> keys::Key {
    keys::listed_by(ticket.is_in(TicketState::Open), ticket.next_at(), &ticket.ticket_id)
}

/// Returns the place that the key of an entry names.
fn place_of(item: &Item) -> Option<(Instant, TicketId)> {
    let (at, id) = item.key.sk.split_once('#')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

impl StoredTicket {
    /// Lists the ticket where it belongs now, in the transaction that saves it.
    pub(super) fn enlist(
        &self,
        earlier: Option<&Present>,
        transaction: &mut Transaction,
    ) -> Result<(), TableError> {
        let Some(Present { ticket, .. }) = &self.present else { return Ok(()) };
        let key = place(ticket);
        if let Some(before) = earlier.map(|earlier| place(&earlier.ticket)).filter(|before| *before != key) {
            transaction.delete(before);
        }
        let entry = Entry {
            customer_id: ticket.opening.customer_id.clone(),
            service_id: ticket.opening.service_id.clone(),
            is_unacknowledged: ticket.is_in(TicketState::Unacknowledged),
            is_waiting: ticket.is_in(TicketState::Waiting),
            taken_by: self.taken.as_ref().map(|taken| taken.by.clone()),
        };
        transaction.put(Draft::with_body(&key, &entry)?);
        Ok(())
    }
}

impl Table {
    /// Lists up to `limit` tickets: open ones by their next deadline, finished ones by their end, the latest
    /// first.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn list_tickets(&self, wanted: &WantedTickets, limit: usize) -> Result<TicketList, TableError> {
        let is_open = wanted.state != TicketState::Finished;
        let pk = keys::ticket_list(is_open);
        let (mut from, mut to) = (" ".to_owned(), keys::LAST.to_string());
        let (mut places, mut last) = (Vec::new(), wanted.after.clone());
        let at_once = match wanted.is_filtered() {
            true => LISTED_AT_ONCE,
            false => i32::try_from(limit + 2).unwrap_or(LISTED_AT_ONCE),
        };
        for _ in 0..FILTERED_PAGES_MAX {
            if let Some((at, id)) = &last {
                let sk = keys::listed_by(is_open, *at, id).sk;
                if is_open { from = format!("{sk}!") } else { to = sk }
            }
            let items = self.store.query_some(&pk, &from, &to, is_open, at_once).await?;
            let before = last.clone();
            for item in &items {
                let Some(place) = place_of(item).filter(|place| Some(place) != before.as_ref()) else {
                    continue;
                };
                if wanted.admits(&item.body()?) {
                    if places.len() == limit {
                        return self.at_places(places, last).await;
                    }
                    places.push(place.clone());
                }
                last = Some(place);
            }
            if items.len() < usize::try_from(at_once).unwrap_or(usize::MAX) {
                return self.at_places(places, None).await;
            }
        }
        self.at_places(places, last).await
    }

    async fn at_places(
        &self,
        places: Vec<(Instant, TicketId)>,
        next: Option<(Instant, TicketId)>,
    ) -> Result<TicketList, TableError> {
        let wanted: Vec<keys::Key> = places.iter().map(|(_, id)| keys::ticket(id)).collect();
        let found = self.store.get(&wanted).await?;
        let tickets = wanted.iter().filter_map(|key| found.get(key)).map(StoredTicket::of);
        Ok(TicketList { tickets: tickets.collect::<Result<_, _>>()?, next })
    }
}
