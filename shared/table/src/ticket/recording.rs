//! Recording ticket events: the events, their effects on the ticket and the notices are one transaction.

use std::collections::BTreeMap;

use events::InputError;
use events::change::Subject;
use events::ticket::read_ticket_event;
use serde_json::Value;
use sla::id::{QuarantineId, StaffId};
use sla::ticket::deadline::Deadline;
use sla::ticket::fold::FoldedTicket;
use sla::ticket::log::{Reception, Recording, receive};
use sla::ticket::{Effect, Opening, Outlook, Ticket, TicketEvent, TicketHappening, TicketLog};
use sla::{EventId, Instant, Month, Terms, TicketId, Zone};

use super::{CLAIMS_DUE, ChangedTicket, KeptEvent, LoadedTicket, Present, StoredTicket};
use crate::index::add_number;
use crate::service::quarantine::{QuarantineEntry, Source};
use crate::service::record::Outcome;
use crate::store::attempts::until_written;
use crate::store::{Committed, Draft, TableError, Transaction, VERSION_FIRST};
use crate::{Table, keys};

/// The most events of one ticket: 2,000 of about 300 bytes are one page of a query.
const EVENTS_MAX: usize = 2000;
/// New events of one ticket in one transaction; the rest of its 100 items is for their consequences.
const FRESH_MAX: usize = 20;
/// The most events that wait for the opening of their ticket.
const PARKED_MAX: usize = 40;
/// The most openings of one ticket: 10 × 405 KB are read with it, and fit into an answer of 6 MB.
const OPENINGS_MAX: usize = 10;
/// Bytes of text of the events in one transaction: half of its 4 MB.
const FRESH_BYTES_MAX: usize = 2 * 1000 * 1000;
/// Bytes of the notes of one ticket: beside 10 openings of 405 KB they fit into an answer of 6 MB, even where
/// JSON escapes every byte.
const NOTES_BYTES_MAX: usize = 900 * 1000;
/// Items of a transaction: DynamoDB's limit.
const ITEMS_MAX: usize = 100;

/// A ticket event, as received.
#[derive(Debug, Clone)]
pub struct ReceivedEvent {
    /// The event.
    pub event: TicketEvent,
    /// Its JSON, kept if it is quarantined.
    pub raw: Value,
}

/// The events of one ticket that are recorded together, each with its index among all received events.
type Group<'a> = [(usize, &'a ReceivedEvent)];

/// The outcomes of a group's events, and the ticket if they changed it.
type GroupOutcome = (Vec<(usize, Outcome)>, Option<Box<ChangedTicket>>);

/// The terms and the month by which a ticket is judged: those of its opening.
struct JudgingTerms {
    time_zone: Zone,
    month: Month,
    terms: Terms,
}

/// A ticket's events before and after some were received.
struct Logs {
    before: TicketLog,
    after: TicketLog,
    /// The senders of the received events, as far as named.
    senders: BTreeMap<EventId, StaffId>,
}

impl ReceivedEvent {
    /// Returns the sender, if named; it is not part of the content by which a repetition is recognised.
    fn sender(&self) -> Option<(EventId, StaffId)> {
        let by = self.raw.get("by")?.as_str()?.parse().ok()?;
        Some((self.event.event_id.clone(), by))
    }
}

impl Logs {
    fn has_new(&self) -> bool {
        self.after.len() > self.before.len()
    }
}

impl Table {
    /// Reads ticket events as they arrived; each unreadable or refused one is returned with its error.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn receive_ticket_events(
        &self,
        items: Vec<Value>,
        now: Instant,
    ) -> Result<Vec<Result<ReceivedEvent, (Value, InputError)>>, TableError> {
        let mut received = Vec::with_capacity(items.len());
        for raw in items {
            let event = match read_ticket_event(&raw) {
                Err(error) => Err(error),
                Ok(event) => {
                    self.admit_event(&event, now).await?.map_or(Ok(event), |e| Err(InputError::new(e)))
                }
            };
            received.push(match event {
                Ok(event) => Ok(ReceivedEvent { event, raw }),
                Err(error) => Err((raw, error)),
            });
        }
        Ok(received)
    }

    /// Records ticket events that were received; returns their outcomes in order, and the changed tickets.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails; a repetition completes what was recorded by then.
    pub async fn record_tickets(
        &self,
        received: &[ReceivedEvent],
        now: Instant,
    ) -> Result<(Vec<Outcome>, Vec<ChangedTicket>), TableError> {
        let mut outcomes = vec![Outcome::Duplicate; received.len()];
        let mut groups: BTreeMap<&TicketId, Vec<(usize, &ReceivedEvent)>> = BTreeMap::new();
        for (index, received) in received.iter().enumerate() {
            groups.entry(&received.event.ticket_id).or_default().push((index, received));
        }
        let mut changed = Vec::new();
        for (ticket_id, group) in groups {
            let mut of_ticket: Option<ChangedTicket> = None;
            for some in parts(&group) {
                let (own, latest) = self.record_group(ticket_id, some, now).await?;
                own.into_iter().for_each(|(index, outcome)| outcomes[index] = outcome);
                of_ticket = latest_of(of_ticket, latest);
            }
            changed.extend(of_ticket);
        }
        Ok((outcomes, changed))
    }

    /// Returns the first refusal among events that were admitted, by the rest of their tickets, without
    /// writing anything.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ticket_refusal(
        &self,
        received: &[ReceivedEvent],
        now: Instant,
    ) -> Result<Option<String>, TableError> {
        for ReceivedEvent { event, .. } in received {
            let mut loaded = self.load_ticket(&event.ticket_id).await?;
            if let [Reception::Another(_)] = receive(&mut loaded.log, std::slice::from_ref(event)).as_slice()
            {
                return Ok(Some(another(event)));
            }
            if let Some(judged) = self.judged_by(&loaded.log, now).await?
                && let Some(folded) = Ticket::fold(loaded.log.values(), &judged.terms)
                && let Some(Effect::Refused(error)) = folded.effects.get(&event.event_id)
            {
                return Ok(Some(error.clone()));
            }
        }
        Ok(None)
    }

    /// Returns the reason why an event is refused, independent of the rest of its ticket.
    pub(crate) async fn admit_event(
        &self,
        event: &TicketEvent,
        now: Instant,
    ) -> Result<Option<String>, TableError> {
        if let Err(error) = event.admit(now) {
            return Ok(Some(error.to_string()));
        }
        let TicketHappening::Opened { customer_id, service_id, .. } = &event.happening else {
            return Ok(None);
        };
        match self.customer(customer_id).await?.map(|found| found.value.object.erased_at) {
            None => {
                return Ok(Some(format!(
                    "customer_id: `{customer_id}` is not registered: register the customer, then replay"
                )));
            }
            Some(Some(erased_at)) => {
                return Ok(Some(format!(
                    "customer_id: the personal data of `{customer_id}` were erased at {erased_at}: register the \
                     customer under a new id, then replay"
                )));
            }
            Some(None) => {}
        }
        let Some(service_id) = service_id else { return Ok(None) };
        match self.settings(std::slice::from_ref(service_id)).await?.first() {
            None => {
                Ok(Some(format!("service_id: `{service_id}` is not registered: register it, then replay")))
            }
            Some(service) if service.customer_id != *customer_id => Ok(Some(format!(
                "service_id: `{service_id}` is not a service of `{customer_id}`: give the customer's own service, or \
                 leave it out"
            ))),
            Some(_) => Ok(None),
        }
    }

    /// Records a group; if it is too much for the ticket, each event alone, so that none stops another.
    async fn record_group(
        &self,
        id: &TicketId,
        group: &Group<'_>,
        now: Instant,
    ) -> Result<GroupOutcome, TableError> {
        if let Ok(done) = self.record_at_once(id, group, now).await? {
            return Ok(done);
        }
        let (mut outcomes, mut changed) = (Vec::with_capacity(group.len()), None);
        for one in group.chunks(1) {
            match self.record_at_once(id, one, now).await? {
                Ok((own, latest)) => {
                    outcomes.extend(own);
                    changed = latest_of(changed, latest);
                }
                Err(error) => {
                    outcomes.extend(one.iter().map(|(index, _)| (*index, Outcome::Refused(error.clone()))));
                }
            }
        }
        Ok((outcomes, changed.map(Box::new)))
    }

    /// Records a group in one transaction, or returns the reason why the ticket cannot take it.
    async fn record_at_once(
        &self,
        id: &TicketId,
        group: &Group<'_>,
        now: Instant,
    ) -> Result<Result<GroupOutcome, String>, TableError> {
        until_written("record ticket events", || Box::pin(self.try_to_record(id, group, now))).await
    }

    /// Tries to record a group once; returns nothing if another writer was faster.
    async fn try_to_record(
        &self,
        id: &TicketId,
        group: &Group<'_>,
        now: Instant,
    ) -> Result<Option<Result<GroupOutcome, String>>, TableError> {
        let LoadedTicket { mut stored, log: before, .. } = self.load_ticket(id).await?;
        let events: Vec<TicketEvent> = group.iter().map(|(_, received)| received.event.clone()).collect();
        let mut after = before.clone();
        let receptions = receive(&mut after, &events);
        let senders = group.iter().filter_map(|(_, received)| received.sender()).collect();
        let logs = Logs { before, after, senders };
        let judged = self.judged_by(&logs.after, now).await?;
        if let Some(error) = too_many(id, &logs, judged.is_some()) {
            return Ok(Some(Err(error)));
        }
        let recording =
            judged.as_ref().map(|judged| stored.record.follow(&logs.before, &logs.after, &judged.terms, now));
        let folded = recording.as_ref().and_then(|recording| recording.folded.as_ref());
        let effects = folded.map(|folded| folded.effects.clone()).unwrap_or_default();
        let claims = match &recording {
            Some(Recording { earlier, folded: Some(folded), .. }) => {
                compared_by(earlier.as_ref(), folded, &logs.after)
            }
            _ => Vec::new(),
        };
        let mut changed = None;
        if logs.has_new() {
            let (mut transaction, moot) = match judged.as_ref().zip(recording) {
                Some((judged, recording)) => {
                    self.transaction_of(&mut stored, &logs, recording, judged, now).await?
                }
                None => (parked(&mut stored, &logs, now)?, Vec::new()),
            };
            mark_claims(&mut transaction, id, &claims, now);
            if transaction.len() + self.store.added() > ITEMS_MAX {
                let error = "event_id: the event would change what too many others of its ticket come to: open a \
                             new ticket that links to this one";
                return Ok(Some(Err(error.to_owned())));
            }
            if self.store.commit(transaction).await? == Committed::Conflict {
                return Ok(None);
            }
            changed = Some(Box::new(ChangedTicket { ticket: stored.written(), moot, claims }));
        }
        let mut outcomes = Vec::with_capacity(group.len());
        for ((index, received), reception) in group.iter().zip(&receptions) {
            let outcome = match (reception, effects.get(&received.event.event_id)) {
                (Reception::Another(_), _) => Outcome::Refused(another(&received.event)),
                (_, Some(Effect::Refused(error))) => Outcome::Ineffective(error.clone()),
                (Reception::Kept, _) => Outcome::Accepted,
                (Reception::Known, _) => Outcome::Duplicate,
            };
            outcomes.push((*index, outcome));
        }
        Ok(Some(Ok((outcomes, changed))))
    }

    /// Returns the terms and the month by which a ticket is judged, once it is open.
    async fn judged_by(&self, log: &TicketLog, now: Instant) -> Result<Option<JudgingTerms>, TableError> {
        let Some(opening) = Opening::of(log.values()) else { return Ok(None) };
        let service = self.service_of(opening.service_id.as_ref()).await?;
        let time_zone = service.map_or(Zone::UTC, |service| service.time_zone);
        let month = Month::of(opening.opened_at, time_zone);
        let terms = self.terms_now(now).await?.in_force(month).clone();
        Ok(Some(JudgingTerms { time_zone, month, terms }))
    }

    /// Builds the transaction of new events: the events, the ticket's state, its notices and its marks.
    async fn transaction_of(
        &self,
        stored: &mut StoredTicket,
        logs: &Logs,
        recording: Recording,
        JudgingTerms { time_zone, month, terms }: &JudgingTerms,
        now: Instant,
    ) -> Result<(Transaction, Vec<Deadline>), TableError> {
        let mut transaction = Transaction::default();
        let Recording { earlier: before, folded: Some(folded), record, news } = recording else {
            return Ok((transaction, Vec::new()));
        };
        let present = Present {
            ticket: folded.ticket.clone(),
            time_zone: *time_zone,
            month: *month,
            terms_revision: terms.revision,
        };
        let earlier = stored.present.replace(present.clone());
        stored.record = record;
        stored.event_count = logs.after.len();
        let wanted = stored.wanted(terms, now);
        let moot = stored.disarm(&wanted, now);
        stored.save(&wanted, &mut transaction, now)?;
        add_events(&mut transaction, logs, now)?;
        list(&mut transaction, earlier.as_ref(), &present)?;
        stored.enlist(earlier.as_ref(), &mut transaction)?;
        stored.mark_for_export(&present, terms, &mut transaction, now);
        let refused_before = refusals(&before, &logs.after, now)?;
        let refused = refusals(&Some(folded), &logs.after, now)?;
        for (id, aside) in refused.iter().filter(|(id, _)| !refused_before.contains_key(*id)) {
            // A version lets a replay write it as it was read, like any other quarantined input.
            transaction.put(Draft::with_body(&keys::quarantine(id), aside)?.version(VERSION_FIRST));
        }
        // An event that counts after all, thanks to a later arrival, no longer waits.
        for id in refused_before.keys().filter(|id| !refused.contains_key(*id)) {
            transaction.delete(keys::quarantine(id));
        }
        self.tell_news(&mut transaction, stored, &news, now).await?;
        Ok((transaction, moot))
    }
}

/// Splits a group into parts that fit a transaction.
fn parts<'a, 'b>(group: &'b Group<'a>) -> Vec<&'b Group<'a>> {
    let (mut parts, mut rest) = (Vec::new(), group);
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |(_, received): &&(usize, &ReceivedEvent)| {
            bytes += received.event.text_bytes_max();
            bytes <= FRESH_BYTES_MAX
        };
        let count = rest.iter().take(FRESH_MAX).take_while(fits).count().max(1);
        let (part, left) = rest.split_at(count);
        parts.push(part);
        rest = left;
    }
    parts
}

/// Builds the transaction of events that wait for the opening of their ticket.
fn parked(stored: &mut StoredTicket, logs: &Logs, now: Instant) -> Result<Transaction, TableError> {
    let mut transaction = Transaction::default();
    add_events(&mut transaction, logs, now)?;
    stored.event_count = logs.after.len();
    stored.save(&[], &mut transaction, now)?;
    Ok(transaction)
}

fn add_events(transaction: &mut Transaction, logs: &Logs, now: Instant) -> Result<(), TableError> {
    for (event_id, event) in logs.after.iter().filter(|(id, _)| !logs.before.contains_key(*id)) {
        let by = logs.senders.get(event_id).cloned();
        let kept = KeptEvent { event: event.clone(), received_at: now, by };
        transaction.put(Draft::with_body(&keys::ticket_event(&event.ticket_id, event_id), &kept)?);
    }
    Ok(())
}

/// Returns the reason why a ticket cannot take the new events, if they are too many.
fn too_many(id: &TicketId, logs: &Logs, is_open: bool) -> Option<String> {
    let count = logs.after.len();
    if logs.has_new() && count > EVENTS_MAX {
        return Some(format!(
            "ticket_id: `{id}` has {EVENTS_MAX} events: open a new ticket that links to it"
        ));
    }
    let openings = |log: &TicketLog| log.values().filter(|event| event.is_opening()).count();
    if openings(&logs.after) > OPENINGS_MAX.max(openings(&logs.before)) {
        return Some(format!(
            "ticket_id: `{id}` has been opened {OPENINGS_MAX} times: open a new ticket that links to it"
        ));
    }
    let notes = |log: &TicketLog| log.values().map(|event| event.notes.bytes()).sum::<usize>();
    if notes(&logs.after) > NOTES_BYTES_MAX.max(notes(&logs.before)) {
        return Some(format!(
            "note: the notes of `{id}` have {NOTES_BYTES_MAX} bytes: open a new ticket that links to it"
        ));
    }
    (logs.has_new() && !is_open && count > PARKED_MAX).then(|| {
        format!(
            "ticket_id: `{id}` has not been opened and {PARKED_MAX} events wait for it: send its opening, then \
             replay"
        )
    })
}

/// Returns the later of two states of a ticket, with the moot deadlines and claims of both.
fn latest_of(earlier: Option<ChangedTicket>, later: Option<Box<ChangedTicket>>) -> Option<ChangedTicket> {
    let Some(mut later) = later else { return earlier };
    if let Some(earlier) = earlier {
        later.moot.extend(earlier.moot);
        later.claims.extend(earlier.claims);
    }
    Some(*later)
}

fn another(event: &TicketEvent) -> String {
    format!(
        "event_id: `{}` is known with other content, and the first is kept: give the corrected event an event_id of \
         its own",
        event.event_id
    )
}

/// Lists the refused events in their quarantined form.
fn refusals(
    folded: &Option<FoldedTicket>,
    log: &TicketLog,
    now: Instant,
) -> Result<BTreeMap<QuarantineId, QuarantineEntry>, TableError> {
    let mut refused = BTreeMap::new();
    for (event_id, effect) in folded.iter().flat_map(|folded| &folded.effects) {
        let (Effect::Refused(error), Some(event)) = (effect, log.get(event_id)) else { continue };
        let payload =
            serde_json::to_value(event).map_err(|error| TableError::new("write a ticket event", error))?;
        let aside = QuarantineEntry::new(Source::TicketEvent, &payload, error.clone(), now)?;
        refused.insert(aside.quarantine_id.clone(), aside);
    }
    Ok(refused)
}

/// Lists the events whose claims are to be compared: each claim that newly counts, and an earlier opening
/// that moves the ticket to another customer.
fn compared_by(earlier: Option<&FoldedTicket>, folded: &FoldedTicket, log: &TicketLog) -> Vec<EventId> {
    let counts = |folded: &FoldedTicket, id: &EventId| {
        folded.effects.get(id).is_some_and(|effect| !matches!(effect, Effect::Refused(_)))
    };
    let is_claim = |id: &EventId| {
        log.get(id).is_some_and(|event| matches!(event.happening, TicketHappening::Claim { .. }))
    };
    let is_new = |id: &EventId| counts(folded, id) && !earlier.is_some_and(|earlier| counts(earlier, id));
    let (claims, new) = (log.keys().filter(|id| is_claim(id)), |id: &&EventId| is_new(id));
    let opening = &folded.ticket.opening;
    let moved = earlier.is_some_and(|earlier| earlier.ticket.opening.customer_id != opening.customer_id);
    let opened = Some(&opening.event_id).filter(|_| moved && claims.clone().any(|id| counts(folded, id)));
    claims.filter(new).chain(opened).cloned().collect()
}

/// Marks claims to be compared; the sweep of `keep-deadlines` sees them until they are.
fn mark_claims(transaction: &mut Transaction, ticket: &TicketId, claims: &[EventId], now: Instant) {
    for event in claims {
        transaction.put(Draft::new(&keys::claim_to_file(ticket, event)).due(CLAIMS_DUE, Some(now)));
    }
}

/// Lists a ticket under its customer, and with its outlook under its service and month; a late arrival of an
/// earlier opening may move it.
fn list(
    transaction: &mut Transaction,
    earlier: Option<&Present>,
    present: &Present,
) -> Result<(), TableError> {
    let of_customer = |Present { ticket: Ticket { ticket_id, opening, .. }, .. }: &Present| {
        keys::ticket_of_customer(&opening.customer_id, opening.opened_at, ticket_id)
    };
    let of_service = |present: &Present| {
        let Ticket { ticket_id, opening, .. } = &present.ticket;
        let key = keys::service_ticket(opening.service_id.as_ref()?, present.month, ticket_id);
        Some((key, Outlook::of(&present.ticket)))
    };
    let (before, after) = (earlier.map(of_customer), of_customer(present));
    if before.as_ref() != Some(&after) {
        if before.is_none() {
            add_number(transaction, Subject::Ticket, present.ticket.ticket_id.as_str());
        }
        before.into_iter().for_each(|key| transaction.delete(key));
        transaction.put(Draft::new(&after));
    }
    let (before, after) = (earlier.and_then(of_service), of_service(present));
    if before != after {
        let moved = |key: &keys::Key| after.as_ref().is_none_or(|(after, _)| after != key);
        before.map(|(key, _)| key).filter(moved).into_iter().for_each(|key| transaction.delete(key));
        if let Some((key, outlook)) = &after {
            transaction.put(Draft::with_body(key, outlook)?);
        }
    }
    Ok(())
}
