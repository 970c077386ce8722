//! Statements by revision with their inputs, claims and ledger, and the marks of what arrived after a close.

use crate::service::merging::CHECKS;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::cause::Cause;
use sla::claim::{Claim, ClaimState, OutagesEnd, Rejection};
use sla::closing::LateChanges;
use sla::consequence::KnownMonth;
use sla::ledger::Entry;
use sla::settlement::Books;
use sla::summary::Summary;
use sla::timeline::ProbeTimeline;
use sla::{CustomerId, Edition, Inputs, Instant, Month, Service, ServiceId, Span, Statement, digest_hex};

use crate::export::{EXPORT_DUE, ExportRow, RowKind};
use crate::index::{add_number, remove_number};
use crate::keys::Key;
use crate::service::looking::{ServiceAssessment, present};
use crate::service::merging::MergedChunks;
use crate::service::queue::Queue;
use crate::service::standing::Standing;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Table, keys, outbox};
use events::Posting;
use events::change::Subject;

/// Bytes of inputs in one item, as stored: 350 KB of 400.
const PART_BYTES: usize = 350_000;
/// Parts that are written in the statement's own transaction (4 MB); more are written before it.
const PARTS_IN_TRANSACTION_MAX: usize = 8;
/// Late marks that one daily run processes.
const LATE_MAX: i32 = 1000;
/// Revision of a month's first statement.
const REVISION_FIRST: u32 = 1;
/// A statement as stored, with a reference to its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredStatement {
    /// The statement.
    pub statement: Statement,
    /// The digest that names the inputs.
    pub inputs_digest: String,
    /// Number of parts in which the inputs are stored.
    pub inputs_parts: usize,
}

impl StoredStatement {
    /// Returns the keys of the parts of the inputs, in order.
    pub(crate) fn inputs_keys(&self) -> Vec<Key> {
        let Statement { service_id, month, .. } = &self.statement;
        let key = |part| keys::inputs(service_id, *month, &self.inputs_digest, part);
        (0..self.inputs_parts).map(key).collect()
    }

    /// Assembles the inputs from the items that hold their parts.
    pub(crate) fn read_inputs(&self, found: &HashMap<Key, Item>) -> Result<Inputs, TableError> {
        let mut json = String::new();
        for key in &self.inputs_keys() {
            let part = found
                .get(key)
                .ok_or_else(|| TableError::unexpected("read inputs", format!("no {}", key.sk)))?;
            json.push_str(&part.body::<String>()?);
        }
        serde_json::from_str(&json).map_err(|error| TableError::new("read inputs", error))
    }
}

/// A range of months that changed after their end, for the next daily run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LateMark {
    /// The service.
    pub service_id: ServiceId,
    /// The first month.
    #[serde(rename = "month")]
    pub from: Month,
    /// The last month, if it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Month>,
    /// The cause: checks, or a decision on an exclusion or a void. Each decision has its own mark, so that a
    /// run that has read one never removes that of the next.
    pub cause: String,
}

impl LateMark {
    /// True if checks arrived late; false if the cause is a decision.
    pub fn is_checks(&self) -> bool {
        self.cause == CHECKS
    }

    /// Returns the mark of the months after the first, if there are any.
    pub fn after_first(&self) -> Option<Self> {
        let from = self.from.next();
        let to = self.to.filter(|to| *to >= from)?;
        Some(Self { from, to: (to > from).then_some(to), ..self.clone() })
    }

    /// True if the mark reaches a month.
    pub(crate) fn reaches(&self, month: Month) -> bool {
        (self.from..=self.to.unwrap_or(self.from)).contains(&month)
    }

    fn key(&self) -> Key {
        keys::late(&self.service_id, self.from, self.to.unwrap_or(self.from), &self.cause)
    }

    fn draft(&self, due_at: Instant) -> Result<Draft, TableError> {
        Ok(Draft::with_body(&self.key(), self)?.due("LATE#00", Some(due_at)))
    }
}

/// A service-month as known before it is stated.
#[derive(Debug, Clone)]
pub struct ServiceMonth {
    /// The service.
    pub service: Service,
    /// The month.
    pub month: Month,
    /// Its standing.
    pub standing: Standing,
    /// The newest statement of the month.
    pub newest: Option<StoredStatement>,
    /// The month's claims.
    pub claims: Vec<Claim>,
    /// The ledger of the month, in the order of entry.
    pub entries: Vec<Entry>,
    /// The last invoiced month.
    pub invoiced: InvoicedMonth,
    /// The version of the service's settings when they were read.
    service_version: Option<u64>,
}

/// The last invoiced month, as a service reads it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InvoicedMonth {
    /// The month, if any was invoiced.
    pub to: Option<Month>,
    version: Option<u64>,
}

/// A command about a service-month with its answer, for repetitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// The command.
    pub by: Value,
    /// The answer.
    pub answer: Value,
}

/// Items that stand in one transaction with a posting.
#[derive(Debug, Clone, Default)]
pub struct CompanionItems {
    /// The command that it carries out.
    pub act: Option<Act>,
    /// An item that must be unchanged since it was read.
    pub checked: Option<(Key, Option<u64>)>,
    /// Late marks whose first month is done; the rest of each stays.
    pub dealt_with: Vec<LateMark>,
}

impl ServiceMonth {
    /// Builds a service-month without its claims and its ledger, for what does not need them.
    pub(crate) fn unbooked(
        service: Service,
        month: Month,
        standing: Standing,
        newest: Option<StoredStatement>,
    ) -> Self {
        Self {
            service,
            month,
            standing,
            newest,
            claims: Vec::new(),
            entries: Vec::new(),
            invoiced: InvoicedMonth::default(),
            service_version: None,
        }
    }

    /// Returns the service-month as the core knows it: with the inputs of its newest statement, if it is
    /// closed, and the end of an outage that outlasts the month.
    pub fn known<'a>(
        &'a self,
        stored: Option<&'a Inputs>,
        outage_after: OutagesEnd,
        now: Instant,
    ) -> KnownMonth<'a> {
        let statement = self.newest.as_ref().map(|newest| &newest.statement);
        KnownMonth {
            service: &self.service,
            month: self.month,
            stated: stored.zip(statement),
            books: Books {
                claims: &self.claims,
                entries: &self.entries,
                outage_after,
                invoiced_to: self.invoiced.to,
                terminated_at: self.service.terminated_at,
            },
            announcements: &self.standing.announcements,
            now,
        }
    }
}

impl Table {
    /// Marks the months that a span touches and that were over at an instant, as one range.
    pub(crate) fn mark_late(
        &self,
        transaction: &mut Transaction,
        service: &Service,
        span: Span,
        cause: &str,
        over: Instant,
    ) -> Result<(), TableError> {
        let zone = service.time_zone;
        // Months before a service's registration are for reading: nothing restates them automatically.
        let start = span.start.max(service.counted_from().start(zone));
        let span = Span::new(start, span.end.min(Month::of(over, zone).start(zone)));
        if span.is_empty() {
            return Ok(());
        }
        let (from, to) = (Month::of(span.start, zone), Month::of(span.end.plus_s(-1), zone));
        let to = (to > from).then_some(to);
        let mark = LateMark { service_id: service.service_id.clone(), from, to, cause: cause.to_owned() };
        transaction.put(mark.draft(over)?);
        Ok(())
    }

    /// Lists the late marks that are due.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn late(&self, now: Instant) -> Result<Vec<LateMark>, TableError> {
        let due = self.store.due("LATE#00", now, LATE_MAX).await?;
        let found = self.store.get(&due).await?;
        due.iter().filter_map(|key| found.get(key)).map(Item::body).collect()
    }

    /// Reads a service-month; `None` for an unknown service.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn service_month(
        &self,
        id: &ServiceId,
        month: Month,
    ) -> Result<Option<ServiceMonth>, TableError> {
        self.service_month_of(id, month, None).await
    }

    /// Reads a service-month; `None` if the service is not the given owner's. Another customer's service
    /// costs no more reads than an unknown one, so that the response time reveals nothing.
    pub(crate) async fn service_month_of(
        &self,
        id: &ServiceId,
        month: Month,
        owner: Option<&CustomerId>,
    ) -> Result<Option<ServiceMonth>, TableError> {
        let invoiced = keys::invoiced_for(id);
        let found = self.store.get(&[keys::service(id), keys::standing(id), invoiced.clone()]).await?;
        if !found.contains_key(&keys::service(id)) {
            return Ok(None);
        }
        let (service, standing) = present(id, &found)?;
        if owner.is_some_and(|owner| *owner != service.customer_id) {
            return Ok(None);
        }
        let newest = self.newest_statement(id, month).await?;
        let (pk, prefix) = keys::books(id, month);
        let books = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let (claims, entries): (Vec<_>, Vec<_>) = books.iter().partition(|item| keys::is_claim(&item.key));
        Ok(Some(ServiceMonth {
            service,
            month,
            standing,
            newest,
            claims: claims.into_iter().map(Item::body).collect::<Result<_, _>>()?,
            entries: entries.into_iter().map(Item::body).collect::<Result<_, _>>()?,
            service_version: found.get(&keys::service(id)).and_then(Item::version),
            invoiced: match found.get(&invoiced) {
                Some(item) => InvoicedMonth { to: Some(item.body()?), version: item.version() },
                None => InvoicedMonth::default(),
            },
        }))
    }

    /// Reads the newest statement of a service-month.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn newest_statement(
        &self,
        id: &ServiceId,
        month: Month,
    ) -> Result<Option<StoredStatement>, TableError> {
        let (pk, prefix) = keys::statements(id, Some(month));
        let to = format!("{prefix}{}", keys::LAST);
        self.store.query_some(&pk, &prefix, &to, false, 1).await?.first().map(Item::body).transpose()
    }

    /// Reads a revision of a statement.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn statement(
        &self,
        id: &ServiceId,
        month: Month,
        revision: u32,
    ) -> Result<Option<StoredStatement>, TableError> {
        self.store.get_one(&keys::statement(id, month, revision)).await?.as_ref().map(Item::body).transpose()
    }

    /// Reads the newest statement of each month of a service, in month order.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn newest_statements(&self, id: &ServiceId) -> Result<Vec<Statement>, TableError> {
        let (pk, prefix) = keys::statements(id, None);
        let items = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        let mut newest: Vec<Statement> = Vec::new();
        for item in &items {
            let statement = item.body::<StoredStatement>()?.statement;
            if newest.last().is_some_and(|last| last.month == statement.month) {
                newest.pop();
            }
            newest.push(statement);
        }
        Ok(newest)
    }

    /// Reads the inputs of a stored statement.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or the inputs are not as they were stored.
    pub async fn inputs(&self, stored: &StoredStatement) -> Result<Inputs, TableError> {
        let Statement { service_id, month, .. } = &stored.statement;
        let (pk, prefix) = keys::parts_of_inputs(service_id, *month, &stored.inputs_digest);
        let parts = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        stored.read_inputs(&parts.into_iter().map(|part| (part.key.clone(), part)).collect())
    }

    /// Gathers the inputs of a statement as of an instant.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn gather(
        &self,
        known: &ServiceMonth,
        as_of: Instant,
        now: Instant,
    ) -> Result<Inputs, TableError> {
        let bounds = known.month.bounds(known.service.time_zone);
        let measured = known.standing.measured_from(bounds.start);
        let measurements = self.measurements(&known.service, measured, bounds).await?;
        let tickets = self.month_tickets(&known.service, known.month, as_of, now).await?;
        Ok(Inputs { measurements, tickets, ..self.gather_downtime(known, as_of, now).await? })
    }

    /// Gathers the inputs that tell a month's downtime, without measurements and tickets.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub(crate) async fn gather_downtime(
        &self,
        known: &ServiceMonth,
        as_of: Instant,
        now: Instant,
    ) -> Result<Inputs, TableError> {
        let month = known.month;
        let bounds = month.bounds(known.service.time_zone);
        let silences = &known.standing.silences;
        let probes = known.standing.probes_from(bounds.start);
        let probes = self.timelines(&known.service, probes, silences, bounds).await?;
        let within = |timeline: ProbeTimeline| timeline.within(bounds, known.service.resolution_s);
        let probes = probes.into_iter().map(within).collect::<Result<_, _>>();
        let probes = probes.map_err(|error| TableError::new("read a timeline", error))?;
        let terms = self.terms_now(now).await?;
        let windows = self.windows(&known.service, bounds, &terms).await?;
        let stated = known.newest.as_ref().map(|newest| &newest.statement);
        Ok(Inputs {
            service: known.service.nameless(),
            month,
            revision: 0,
            as_of,
            terms: terms.in_force(month).clone(),
            windows: windows.of_month(bounds, stated),
            voids: windows.voids(&known.service, silences, bounds),
            probes,
            measurements: Vec::new(),
            tickets: Vec::new(),
            review: None,
            rules: Edition::PRESENT,
        })
    }

    /// Assesses a service without new checks, for the notices that must precede a close.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn looked_at(
        &self,
        known: &ServiceMonth,
        now: Instant,
    ) -> Result<ServiceAssessment, TableError> {
        self.look(&known.service, &known.standing, &MergedChunks::default(), now).await
    }

    /// Returns what late checks and decisions make of a service-month; nothing of one that is not closed yet.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails or this version cannot read the stored slots.
    pub async fn restatement(
        &self,
        known: &ServiceMonth,
        late: LateChanges,
        now: Instant,
    ) -> Result<Posting, TableError> {
        // A month that is still open needs no restatement: its close will read everything.
        let Some(newest) = &known.newest else { return Ok(Posting::none(&known.standing.announcements)) };
        let stored = self.inputs(newest).await?;
        let present = &self.gather(known, stored.as_of, now).await?;
        let outage_after = self.outage_after(known, &[&stored, present], now).await?;
        let known = known.known(Some(&stored), outage_after, now);
        let posting = Posting::of(&known, Cause::Restate { present, late });
        posting.map_err(|error| TableError::new("restate a month", error))
    }

    /// Writes a posting under the standing that was read, and what stands beside it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails, or the posting has more items than a transaction takes.
    pub async fn post(
        &self,
        known: &ServiceMonth,
        posting: &Posting,
        beside: &CompanionItems,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let transaction = self.items_of(known, posting, beside, now).await?;
        self.store.commit(transaction).await
    }

    /// Turns a posting and what stands beside it into the items of one transaction, the standing first.
    async fn items_of(
        &self,
        known: &ServiceMonth,
        posting: &Posting,
        beside: &CompanionItems,
        now: Instant,
    ) -> Result<Transaction, TableError> {
        let id = &known.service.service_id;
        let mut transaction = Transaction::default();
        let mut standing = known.standing.clone();
        standing.announcements.clone_from(&posting.announcements);
        // A closed month may have to be settled again before anything else is due.
        standing.due_at = standing.due_at.into_iter().chain(standing.announcements.settles_at()).min();
        standing.save(id, &mut transaction)?;
        if let Some((statement, inputs)) = &posting.statement {
            self.add_statement(&mut transaction, statement, inputs).await?;
            let due = keys::export_due(statement.month, id, statement.revision);
            transaction.put(Draft::new(&due).due(EXPORT_DUE, Some(now)));
        }
        add_entries(&mut transaction, known, posting, now)?;
        for claim in &posting.claims {
            let before = known.claims.iter().find(|other| other.claim_id == claim.claim_id);
            add_claim(&mut transaction, claim, before)?;
        }
        let CompanionItems { act, checked, dealt_with } = beside;
        if let Some(act) = act {
            transaction.put_new(Draft::with_body(&act_key(id, &act.by)?, act)?);
        }
        if let Some((key, read)) = checked {
            transaction.check(key.clone(), *read);
        }
        for notice in &posting.notices {
            outbox::add(&mut transaction, notice, now)?;
        }
        for mark in dealt_with {
            transaction.delete(mark.key());
            if let Some(rest) = mark.after_first() {
                transaction.put(rest.draft(now)?);
            }
        }
        Ok(transaction)
    }

    async fn add_statement(
        &self,
        transaction: &mut Transaction,
        statement: &Statement,
        inputs: &Inputs,
    ) -> Result<(), TableError> {
        let fault = |error| TableError::new("write inputs", error);
        let Statement { service_id, month, revision, .. } = statement;
        let inputs_digest = digest_hex(inputs).map_err(fault)?;
        let parts = parts(&serde_json::to_string(inputs).map_err(fault)?);
        let inputs_parts = parts.len();
        for (nth, part) in parts.iter().enumerate() {
            let draft = Draft::with_body(&keys::inputs(service_id, *month, &inputs_digest, nth), part)?;
            if inputs_parts <= PARTS_IN_TRANSACTION_MAX {
                transaction.put(draft);
            } else {
                // Parts are named by their content, so they can be written ahead, and more than once. Neither
                // the request nor the change is theirs.
                let mut alone = Transaction::default();
                alone.put(draft);
                self.store.plain().commit_surely(alone).await?;
            }
        }
        let stored = StoredStatement { statement: statement.clone(), inputs_digest, inputs_parts };
        transaction.put(Draft::with_body(&keys::statement(service_id, *month, *revision), &stored)?);
        let summary = Summary::of_statement(inputs, statement);
        let summary = summary.map_err(|error| TableError::new("sum up a statement", error))?;
        crate::service::summaries::add(transaction, &statement.customer_id, &summary)?;
        let waits = statement.waits_for_review() && inputs.service.is_counted_in(*month);
        let marks = [
            (keys::review(service_id, *month), Queue::Statements, waits),
            (keys::finding(service_id, *month), Queue::Findings, statement.misses_a_metric()),
        ];
        for (key, queue, is_due) in marks {
            if is_due {
                let mark = Draft::with_body(&key, revision)?;
                transaction.put(mark.due(queue.partition(), Some(statement.as_of)));
            } else if *revision > REVISION_FIRST {
                transaction.delete(key);
            }
        }
        let row = ExportRow::new(RowKind::Statement, statement)?;
        transaction.put(Draft::with_body(&keys::statement_row(*month, service_id, *revision), &row)?);
        Ok(())
    }
}

/// Adds new ledger entries with their export rows, each billed after the last invoiced month or paid out. The
/// checks fail if a month is invoiced or the service ends meanwhile: the entries are then made anew.
fn add_entries(
    transaction: &mut Transaction,
    known: &ServiceMonth,
    posting: &Posting,
    now: Instant,
) -> Result<(), TableError> {
    let id = &known.service.service_id;
    for (nth, entry) in posting.entries.iter().enumerate() {
        let nth = known.entries.len() + nth + 1;
        transaction.put(Draft::with_body(&keys::entry(id, entry.month, nth), entry)?);
        let row = ExportRow::new(RowKind::Credit, entry)?;
        transaction.put(Draft::with_body(&keys::credit_row(entry.month, &entry.credit_id), &row)?);
        if posting.statement.is_none() {
            let due = keys::export_due_entry(entry.month, id, nth);
            transaction.put(Draft::new(&due).due(EXPORT_DUE, Some(now)));
        }
    }
    let answers = posting.entries.iter().filter_map(|entry| Some((entry.claim_id.as_ref()?, entry)));
    // Of two entries that answer the same claim, the later one counts.
    for (claim_id, entry) in answers.collect::<BTreeMap<_, _>>() {
        let key = keys::entry_of_claim(&entry.customer_id, entry.month, claim_id);
        transaction.put(Draft::with_body(&key, entry)?);
    }
    if !posting.entries.is_empty() {
        transaction.check(keys::invoiced_for(id), known.invoiced.version);
        transaction.check(keys::service(id), known.service_version);
    }
    Ok(())
}

/// Adds a claim to its month's books and to the lists of its customer and its state.
fn add_claim(transaction: &mut Transaction, claim: &Claim, before: Option<&Claim>) -> Result<(), TableError> {
    let key = keys::claim(&claim.service_id, claim.month, &claim.claim_id);
    transaction.put(Draft::with_body(&key, claim)?);
    list_claim(transaction, claim, before)
}

/// Adds a claim to the lists of its customer and its state; a withdrawn one leaves both.
pub(crate) fn list_claim(
    transaction: &mut Transaction,
    claim: &Claim,
    before: Option<&Claim>,
) -> Result<(), TableError> {
    let Claim { claim_id, customer_id, month, state, reason, .. } = claim;
    if *reason == Some(Rejection::Withdrawn) {
        unlist_claim(transaction, before.unwrap_or(claim));
        return Ok(());
    }
    // A close makes claims too: whoever lists a claim may write its number, and always does.
    add_number(transaction, Subject::Claim, claim_id.as_str());
    transaction.put(Draft::with_body(&keys::claim_of_customer(customer_id, *month, claim_id), claim)?);
    let listed = Draft::with_body(&keys::claim_in_state(*state, claim_id), claim)?;
    let waits_since = (*state == ClaimState::Review).then_some(claim.filed_at);
    transaction.put(listed.due(Queue::Claims.partition(), waits_since));
    if let Some(left) = before.map(|before| before.state).filter(|left| left != state) {
        transaction.delete(keys::claim_in_state(left, claim_id));
    }
    Ok(())
}

/// Removes a claim from the lists of its customer and its state.
fn unlist_claim(transaction: &mut Transaction, claim: &Claim) {
    let Claim { claim_id, customer_id, month, state, .. } = claim;
    transaction.delete(keys::claim_of_customer(customer_id, *month, claim_id));
    transaction.delete(keys::claim_in_state(*state, claim_id));
    remove_number(transaction, Subject::Claim, claim_id.as_str());
}

/// Returns the key of a command, by its digest.
pub(crate) fn act_key(id: &ServiceId, by: &Value) -> Result<Key, TableError> {
    let digest = digest_hex(by).map_err(|error| TableError::new("write a command", error))?;
    Ok(keys::act(id, &digest))
}

/// Splits a text at character boundaries into parts that fit an item.
fn parts(json: &str) -> Vec<String> {
    let (mut parts, mut bytes) = (vec![String::new()], 0);
    for character in json.chars() {
        // A part is stored as a JSON string, in which these characters take two bytes.
        bytes += character.len_utf8() + usize::from(matches!(character, '"' | '\\'));
        match parts.last_mut() {
            Some(part) if bytes <= PART_BYTES => part.push(character),
            _ => {
                parts.push(character.to_string());
                bytes = character.len_utf8();
            }
        }
    }
    parts
}
