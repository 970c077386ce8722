//! Personal data: ended step by step once a customer's contract has (rules, 11). Architecture invariant: a
//! step puts `erased` in the place of texts and removes names and addresses, nothing else, and may be
//! repeated.

use events::Command;
use events::change::{Hand, Subject};
use events::command::ErasePersonalData;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::claim::{Claim, ClaimState};
use sla::id::QuarantineId;
use sla::service::Customer;
use sla::{CustomerId, ExclusionId, Instant, Month, Service, ServiceId, TicketId};

use crate::customer::people::{ENDS_DUE, ObjectRecord, listed_service};
use crate::index::{remove_number, rename};
use crate::service::claims::ClaimFilter;
use crate::service::quarantine::QuarantineEntry;
use crate::store::attempts::until_written;
use crate::store::schema::DUE;
use crate::store::{Committed, Draft, Item, TableError, Transaction, Versioned};
use crate::ticket::StoredTicket;
use crate::{Table, keys};

/// Text in place of one that is erased.
const ERASED: &str = "erased";
/// Index partition of the erasures under way; the daily run reads it.
const ERASURES_DUE: &str = "LATE#ERASURE";
/// The most erasures that one daily run carries on.
const ERASURES_MAX: i32 = 100;
/// The most ends of services that one daily run looks at: each takes a few reads.
const ENDS_MAX: i32 = 1000;
/// Items of a partition, or inputs of the quarantine, that one step reads and writes. 25 items are far below
/// the 100 of a transaction, and 25 notices of at most 100 KB below its 4 MB.
const STEP: i32 = 25;
/// Steps of one erasure in a daily run: 2,000 × 25 = 50,000 items. The next run goes on.
const STEPS_MAX: usize = 2000;
/// Steps through the items of one ticket, or the records of one service: 1,000 × 25.
const PAGES_MAX: usize = 1000;
/// Pages of a customer's services: 100 × 100.
const SERVICE_PAGES_MAX: usize = 100;
/// Services on such a page.
const SERVICES: usize = 100;
/// Seconds after which an erasure that something holds up begins again: a day.
const AGAIN_S: i64 = 86_400;

/// Fields of a notice whose texts are names or written by people.
const OF_NOTICE: &[&str] = &["service_name", "name", "title", "description", "note", "statement"];
/// Fields of a ticket and its events whose texts are written by people.
const OF_TICKET: &[&str] = &["title", "description", "note", "internal_note"];
/// Fields of a claim, and of the commands about it, that customers write.
const OF_CLAIM: &[&str] = &["note"];
/// Fields of a dispute that customers write.
const OF_DISPUTE: &[&str] = &["statement"];
/// Fields of a service and of the commands about it that are names.
const OF_SERVICE: &[&str] = &["name"];
/// Fields by which quarantined input names a customer's things.
const NAMING: [&str; 3] = ["customer_id", "service_id", "ticket_id"];

/// State of a customer's contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contract {
    /// It has not ended: the reason, with what is to do first.
    Open(String),
    /// It has ended: every service has, every month is closed, and no claim waits. Holds the last end, if
    /// there was a service.
    Ended(Option<Instant>),
}

/// Progress of an erasure.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    /// The items that are being read.
    stage: Stage,
    /// The sort key, or the id, after which they go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// True if something could not be erased yet, so that all begins again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_held_up: bool,
}

/// Stage of an erasure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The customer's own items, with the services and tickets that they lead to.
    #[default]
    Own,
    /// The quarantine.
    Quarantine,
}

/// Outcome of a step: where the stage goes on, unless it is done.
#[derive(Debug, Default)]
struct StepOutcome {
    next: Option<String>,
    is_held_up: bool,
}

impl Table {
    /// Returns the state of a customer's contract.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn contract(&self, id: &CustomerId, now: Instant) -> Result<Contract, TableError> {
        let (mut after, mut last_end) = (None, None);
        for _ in 0..SERVICE_PAGES_MAX {
            let ids = self.services_of_customer(id, after.as_ref(), SERVICES).await?;
            for service in self.services(&ids).await? {
                let service_id = &service.service_id;
                let Some(end) = service.terminated_at.filter(|end| *end <= now) else {
                    let reason =
                        format!("`{service_id}` is still provided: end it with terminate_service first");
                    return Ok(Contract::Open(reason));
                };
                last_end = last_end.max(Some(end));
                let month = Month::of(end.plus_s(-1), service.time_zone);
                if service.is_stated_in(month) && self.newest_statement(service_id, month).await?.is_none() {
                    let reason = format!("{month} of `{service_id}` is not closed: repeat this once it is");
                    return Ok(Contract::Open(reason));
                }
            }
            after = ids.last().cloned();
            if ids.len() < SERVICES {
                break;
            }
        }
        for state in [ClaimState::Held, ClaimState::Review] {
            let wanted = ClaimFilter { customer_id: Some(id.clone()), state: Some(state), after: None };
            if let Some(claim) = self.claims(&wanted, 1).await?.first() {
                let reason = format!("claim `{}` waits for a decision: decide it first", claim.claim_id);
                return Ok(Contract::Open(reason));
            }
        }
        Ok(Contract::Ended(last_end))
    }

    /// Erases a customer's name and address, and marks the rest for the daily run; `None` if another writer
    /// was faster. `by` is the command.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn erase_customer(
        &self,
        found: Versioned<ObjectRecord<Customer>>,
        by: &Value,
        now: Instant,
    ) -> Result<Option<Customer>, TableError> {
        let before = &found.value.object;
        let mut transaction = Transaction::default();
        let customer = before.clone().erased(now);
        let id = &customer.customer_id;
        // The list of all customers still has it, under the name that stays.
        let names = (Some(before.name.as_str()), Some(customer.name.as_str()));
        rename(&mut transaction, Subject::Customer, id.as_str(), names)?;
        remove_number(&mut transaction, Subject::Customer, id.as_str());
        let answer =
            serde_json::to_value(&customer).map_err(|error| TableError::new("write a customer", error))?;
        // The commands before it hold names and addresses as well: they are not kept.
        let made = ObjectRecord::new(customer.clone(), by.clone(), answer);
        transaction.put_versioned(Draft::with_body(&keys::customer(id), &made)?, found.version);
        let mark = Draft::with_body(&keys::erasure(id), &Progress::default())?;
        transaction.put_versioned(mark.due(ERASURES_DUE, Some(now)), None);
        Ok(self.store.commit(transaction).await?.then(customer))
    }

    /// Lists customers of whom a service has ended, and whose personal data have not been erased.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn ended_customers(&self, now: Instant) -> Result<Vec<CustomerId>, TableError> {
        let due = self.store.due(ENDS_DUE, now, ENDS_MAX).await?;
        Ok(due.iter().filter_map(keys::customer_of).collect())
    }

    /// Looks at such a customer again at an instant, or no more.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn look_at_end(&self, id: &CustomerId, at: Option<Instant>) -> Result<(), TableError> {
        let mut transaction = Transaction::default();
        let key = keys::contract_end(id);
        match at {
            Some(at) => transaction.put(Draft::new(&key).due(ENDS_DUE, Some(at))),
            None => transaction.delete(key),
        }
        self.store.commit_surely(transaction).await
    }

    /// Erases a customer's personal data as the command does, in nobody's name.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn erase_by_itself(&self, id: &CustomerId, now: Instant) -> Result<(), TableError> {
        let command = Command::ErasePersonalData(ErasePersonalData { customer_id: id.clone(), by: None });
        let fault = |error| TableError::new("write a command", error);
        let (by, hand) = (command.written().map_err(fault)?, Hand::direct(None));
        let noting = self.noting(command.change(now, &hand).map_err(fault)?, &hand);
        until_written("erase personal data", || async {
            match self.customer(id).await? {
                Some(found) if found.value.object.erased_at.is_none() => {
                    Ok(noting.erase_customer(found, &by, now).await?.map(drop))
                }
                _ => Ok::<_, TableError>(Some(())),
            }
        })
        .await
    }

    /// Lists customers whose personal data are being erased.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn erasures_due(&self, now: Instant) -> Result<Vec<CustomerId>, TableError> {
        let due = self.store.due(ERASURES_DUE, now, ERASURES_MAX).await?;
        Ok(due.iter().filter_map(keys::customer_of).collect())
    }

    /// Goes on with an erasure, step by step, to its end or the limit of a run.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails; the next run goes on where this one stopped.
    pub async fn erase(&self, id: &CustomerId, now: Instant) -> Result<(), TableError> {
        let key = keys::erasure(id);
        for _ in 0..STEPS_MAX {
            let Some(item) = self.store.get_one(&key).await? else { return Ok(()) };
            let Versioned { value: progress, version } = Versioned::<Progress>::of(&item)?;
            let after = progress.after.as_deref();
            let stepped = match progress.stage {
                Stage::Own => Box::pin(self.erase_own(id, after)).await?,
                Stage::Quarantine => Box::pin(self.erase_quarantined(id, after)).await?,
            };
            let is_held_up = progress.is_held_up || stepped.is_held_up;
            let (stage, is_last) = match (stepped.next.is_some(), progress.stage) {
                (true, stage) => (stage, false),
                (false, Stage::Own) => (Stage::Quarantine, false),
                (false, Stage::Quarantine) => (Stage::Own, true),
            };
            let mut transaction = Transaction::default();
            match (is_last, is_held_up) {
                (false, _) => {
                    let progress = Progress { stage, after: stepped.next, is_held_up };
                    let draft = Draft::with_body(&key, &progress)?.due(ERASURES_DUE, Some(now));
                    transaction.put_versioned(draft, version);
                }
                (true, true) => {
                    let draft = Draft::with_body(&key, &Progress::default())?;
                    let again = draft.due(ERASURES_DUE, Some(now.plus_s(AGAIN_S)));
                    transaction.put_versioned(again, version);
                }
                (true, false) => {
                    transaction.delete(key.clone());
                    transaction.delete(keys::contract_end(id));
                }
            }
            // If another run was faster, this one goes on from there: every step may be repeated.
            if self.store.commit(transaction).await? == Committed::Done && is_last {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Erases the texts of some of the customer's items, and of the services and tickets that they lead to.
    async fn erase_own(&self, id: &CustomerId, after: Option<&str>) -> Result<StepOutcome, TableError> {
        let (pk, from, to) = keys::of_customer(id, after);
        let (items, is_more) = self.store.query_page(&pk, &from, &to, STEP).await?;
        let (mut transaction, mut is_held_up) = (Transaction::default(), false);
        for item in &items {
            let key = &item.key;
            if let Some(service) = keys::listed_service(key) {
                self.erase_service(&service, id).await?;
            } else if let Some(ticket) = keys::listed_ticket(key) {
                self.erase_ticket(&ticket).await?;
            } else if keys::is_claim_of_customer(key) {
                self.erase_claim(item).await?;
            } else if keys::is_notice(key) && item.attribute(DUE).is_some() {
                // Whoever delivers it writes it once more, as it was read.
                is_held_up = true;
            } else if keys::is_notice(key) {
                add_erased(&mut transaction, item, OF_NOTICE)?;
            } else if keys::is_address_of_customer(key) {
                transaction.delete(key.clone());
            } else if keys::is_own_topic(key) {
                self.erase_subscribers(item).await?;
            }
        }
        self.store.commit_surely(transaction).await?;
        let next = items.last().filter(|_| is_more).map(|last| last.key.sk.clone());
        Ok(StepOutcome { next, is_held_up })
    }

    /// Erases a service's name, the notes in the commands about it, and the customer's disputes.
    async fn erase_service(&self, id: &ServiceId, customer: &CustomerId) -> Result<(), TableError> {
        self.erase_service_name(id).await?;
        self.forget(id);
        let (pk, prefix) = keys::acts(id);
        self.erase_run((&pk, &prefix), OF_CLAIM).await?;
        let (pk, prefix) = keys::all_exclusions_of_service(id);
        let listed = self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?;
        for exclusion in listed.iter().filter_map(|item| keys::listed_exclusion(&item.key)) {
            self.erase_dispute(&exclusion, customer).await?;
        }
        Ok(())
    }

    /// Puts a service's id in the place of its name, here, in its customer's list and in the index.
    async fn erase_service_name(&self, id: &ServiceId) -> Result<(), TableError> {
        until_written("erase a service's name", || async {
            let Some(item) = self.store.get_one(&keys::service(id)).await? else { return Ok(Some(())) };
            let before: ObjectRecord<Service> = item.body()?;
            let mut made: Value = item.body()?;
            erase(&mut made, OF_SERVICE);
            if let Some(name) = made.pointer_mut("/thing/name") {
                *name = id.as_str().into();
            }
            let mut transaction = Transaction::default();
            transaction.put_body(&item, &made)?;
            let names = (Some(before.object.name.as_str()), Some(id.as_str()));
            rename(&mut transaction, Subject::Service, id.as_str(), names)?;
            transaction.put(listed_service(&Service { name: id.to_string(), ..before.object })?);
            Ok::<_, TableError>(self.store.commit(transaction).await?.then(()))
        })
        .await
    }

    async fn erase_dispute(&self, id: &ExclusionId, customer: &CustomerId) -> Result<(), TableError> {
        let is_own = |dispute: &&mut Value| {
            dispute.get("customer_id").and_then(Value::as_str) == Some(customer.as_str())
        };
        self.edit(&keys::exclusion(id), |made| {
            let disputes = made.pointer_mut("/thing/disputes").and_then(Value::as_array_mut);
            for dispute in disputes.into_iter().flatten().filter(is_own) {
                erase(dispute, OF_DISPUTE);
            }
        })
        .await
    }

    async fn erase_ticket(&self, id: &TicketId) -> Result<(), TableError> {
        let keys::Key { pk, sk } = keys::ticket(id);
        self.erase_run((&pk, &sk), OF_TICKET).await
    }

    /// Erases the note of a claim wherever the claim stands, unless another writer changes it meanwhile.
    async fn erase_claim(&self, item: &Item) -> Result<(), TableError> {
        let Claim { claim_id, service_id, customer_id, month, .. } = item.body()?;
        let standing = keys::standing(&service_id);
        let mut places = vec![
            keys::claim_of_customer(&customer_id, month, &claim_id),
            keys::claim(&service_id, month, &claim_id),
        ];
        places.extend(ClaimState::ALL.map(|state| keys::claim_in_state(state, &claim_id)));
        until_written("erase a claim's note", || async {
            let version = self.store.get_one(&standing).await?.and_then(|item| item.version());
            let mut transaction = Transaction::default();
            for item in self.store.get(&places).await?.values() {
                add_erased(&mut transaction, item, OF_CLAIM)?;
            }
            if transaction.is_empty() {
                return Ok(Some(()));
            }
            transaction.check(standing.clone(), version);
            Ok::<_, TableError>(self.store.commit(transaction).await?.then(()))
        })
        .await
    }

    /// Empties the list of a customer's subscriptions; SNS keeps the addresses until the topic is deleted
    /// there.
    async fn erase_subscribers(&self, topic: &Item) -> Result<(), TableError> {
        let body: Value = topic.body()?;
        if let Some(arn) = body.get("topic_arn").and_then(Value::as_str) {
            tracing::warn!(topic_arn = arn, "addresses of an erased customer are at SNS: delete the topic");
        }
        self.edit(&topic.key, |topic| {
            if let Some(listed) = topic.get_mut("subscriptions") {
                *listed = Value::Array(Vec::new());
            }
        })
        .await
    }

    /// Removes the inputs from some of the quarantine that name the customer, or its services or tickets.
    async fn erase_quarantined(
        &self,
        id: &CustomerId,
        after: Option<&str>,
    ) -> Result<StepOutcome, TableError> {
        let after = after.map(str::parse::<QuarantineId>).transpose();
        let after = after.map_err(|error| TableError::new("go on with an erasure", error))?;
        let limit = usize::try_from(STEP).unwrap_or_default();
        let inputs = self.list_quarantine(after.as_ref(), limit).await?;
        for input in &inputs {
            let mut transaction = Transaction::default();
            let mut is_named = self.is_named(&input.payload, id).await?;
            for replay in input.replays.iter().filter(|replay| replay.is_changed) {
                if let Some(content) = self.replayed_content(&input.quarantine_id, replay).await? {
                    is_named = is_named || self.is_named(&content, id).await?;
                    transaction.delete(keys::replayed(&input.quarantine_id, &replay.content));
                }
            }
            if is_named {
                transaction.delete(keys::quarantine(&input.quarantine_id));
                self.store.commit_surely(transaction).await?;
            }
        }
        let is_more = inputs.len() == limit;
        let next =
            inputs.last().filter(|_| is_more).map(|input: &QuarantineEntry| input.quarantine_id.to_string());
        Ok(StepOutcome { next, is_held_up: false })
    }

    /// True if quarantined input names a customer, or a service or ticket of that customer.
    async fn is_named(&self, payload: &Value, customer: &CustomerId) -> Result<bool, TableError> {
        for (field, id) in named(&payload.to_string()) {
            let is_own = match field {
                "service_id" => match id.parse::<ServiceId>() {
                    Ok(id) => self.settings(&[id]).await?.iter().any(|own| own.customer_id == *customer),
                    Err(_) => false,
                },
                "ticket_id" => match id.parse::<TicketId>() {
                    Ok(id) => {
                        let found = self.store.get_one(&keys::ticket(&id)).await?;
                        let ticket = found.as_ref().map(StoredTicket::of).transpose()?;
                        ticket.is_some_and(|ticket| ticket.is_of(customer))
                    }
                    Err(_) => false,
                },
                _ => id == customer.as_str(),
            };
            if is_own {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Changes the body of an item, if it is there and the change makes a difference.
    async fn edit(&self, key: &keys::Key, change: impl Fn(&mut Value)) -> Result<(), TableError> {
        until_written("erase personal data", || async {
            let Some(item) = self.store.get_one(key).await? else { return Ok(Some(())) };
            let before: Value = item.body()?;
            let mut after = before.clone();
            change(&mut after);
            let mut transaction = Transaction::default();
            if before != after {
                transaction.put_body(&item, &after)?;
            }
            Ok::<_, TableError>(self.store.commit(transaction).await?.then(()))
        })
        .await
    }

    /// Erases texts in the items of a partition whose sort keys have a prefix.
    async fn erase_run(&self, (pk, prefix): (&str, &str), names: &[&str]) -> Result<(), TableError> {
        let to = format!("{prefix}{}", keys::LAST);
        until_written("erase texts", || async {
            let mut from = prefix.to_owned();
            for _ in 0..PAGES_MAX {
                let (items, is_more) = self.store.query_page(pk, &from, &to, STEP).await?;
                let mut transaction = Transaction::default();
                for item in &items {
                    add_erased(&mut transaction, item, names)?;
                }
                if self.store.commit(transaction).await? == Committed::Conflict {
                    return Ok(None);
                }
                match items.last().filter(|_| is_more) {
                    Some(last) => from = format!("{}!", last.key.sk),
                    None => return Ok(Some(())),
                }
            }
            let error = format!("{pk} has more than {PAGES_MAX} pages of {STEP} items");
            Err::<Option<()>, _>(TableError::unexpected("erase texts", error))
        })
        .await
    }
}

/// Adds an item to a transaction with its texts erased, if it has any.
fn add_erased(transaction: &mut Transaction, item: &Item, names: &[&str]) -> Result<(), TableError> {
    let Some(mut body) = item.body_if_any::<Value>()? else { return Ok(()) };
    if erase(&mut body, names) { transaction.put_body(item, &body) } else { Ok(()) }
}

/// Puts [`ERASED`] in the place of each text under some names, at any depth; true if there was one.
fn erase(value: &mut Value, names: &[&str]) -> bool {
    let mut is_changed = false;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| is_changed |= erase(item, names)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if names.contains(&name.as_str()) => {
                        is_changed |= text != ERASED;
                        ERASED.clone_into(text);
                    }
                    other => is_changed |= erase(other, names),
                }
            }
        }
        _ => {}
    }
    is_changed
}

/// Lists the ids that a text gives for the fields of [`NAMING`], whether or not it is JSON.
fn named(text: &str) -> Vec<(&'static str, &str)> {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    let words =
        text.split(|c| !is_of_id(c)).map(|word| word.trim_matches(':')).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let pairs = words.windows(2).filter_map(|pair| match pair {
        [field, id] => NAMING.into_iter().find(|naming| naming == field).map(|naming| (naming, *id)),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_erased_at_any_depth_and_only_once() {
        let mut body = json!({
            "title": "T", "kind": "opened", "list": [{ "note": "N", "level": 1 }], "note": { "note": null },
        });
        assert!(erase(&mut body, &["title", "note"]));
        let erased = json!({
            "title": "erased", "kind": "opened", "list": [{ "note": "erased", "level": 1 }],
            "note": { "note": null },
        });
        assert_eq!(body, erased);
        assert!(!erase(&mut body, &["title", "note"]));
    }

    #[test]
    fn ids_are_found_in_json_and_in_what_is_none() {
        let texts = [
            json!({ "customer_id": "acme", "title": "service_id" }).to_string(),
            json!("{\"ticket_id\": \"T-1\", ").to_string(),
            "service_id=api;customer_id".to_owned(),
        ];
        let found: Vec<_> = texts.iter().flat_map(|text| named(text)).collect();
        assert_eq!(found, [("customer_id", "acme"), ("ticket_id", "T-1"), ("service_id", "api")]);
    }
}
