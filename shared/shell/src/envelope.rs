//! Envelopes of recorded items: direct invocation, EventBridge, CloudEvents 1.0, and SQS batches of them.

use std::collections::BTreeSet;

use events::answer::{QuarantinedRecord, RecordAnswer};
use events::{InputError, input};
use serde_json::Value;
use sla::Instant;
use table::{Outcome, QuarantineEntry, Source, Table};

use crate::batch::{BatchReply, QueueRecord, queue_records};
use outcome::Failure;

/// The most items in one event.
const ITEMS_MAX: usize = 10_000;

/// A kind of recorded item, with its names in events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    /// The `detail-type` of events that carry items.
    pub detail_type: &'static str,
    /// Other values of `detail-type`, whose events are items themselves.
    pub whole: &'static [&'static str],
    /// The field with the list of items.
    pub list: &'static str,
    /// The words for one item in error messages.
    pub item: &'static str,
    /// True if the function also sweeps.
    pub sweeps: bool,
    /// The quarantine source of an unreadable item.
    pub item_source: Source,
    /// The quarantine source of a queue record that holds no message.
    pub record_source: Source,
}

/// Items sorted into readable and unreadable ones.
#[derive(Debug)]
pub struct SortedItems<T> {
    /// The readable items, in order.
    pub items: Vec<T>,
    /// The index of each readable item among all items.
    pub places: Vec<usize>,
    /// The unreadable items, which were quarantined.
    unread: Vec<QuarantinedRecord>,
}

/// An event, unwrapped.
#[derive(Debug, PartialEq)]
pub enum Envelope {
    /// A single message.
    Message(Message),
    /// The records of a queue.
    Queue(Vec<QueueRecord>),
}

/// A message's request.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// Record these items.
    Items(Vec<Value>),
    /// Look for what is due although nothing arrives.
    Sweep,
}

impl Feed {
    /// Unwraps an event.
    ///
    /// # Errors
    /// Returns an [`InputError`] if the envelope is unknown.
    pub fn envelope(&self, event: &Value) -> Result<Envelope, InputError> {
        match queue_records(event) {
            Some(records) if records.iter().any(|record| record.message_id.is_empty()) => {
                Err(InputError::new(
                    "Records: a record has no messageId, by which a queue's failures are answered",
                ))
            }
            Some(records) => Ok(Envelope::Queue(records)),
            None => self.message(event).map(Envelope::Message),
        }
    }

    /// Unwraps a message that is not a queue's batch.
    ///
    /// # Errors
    /// Returns an [`InputError`] if the envelope is unknown.
    pub fn message(&self, event: &Value) -> Result<Message, InputError> {
        let Self { detail_type: known, list, .. } = self;
        let Some(fields) = event.as_object() else {
            return Err(InputError::new(format_args!(
                "the event is no JSON object: send {{\"{list}\": [...]}}"
            )));
        };
        if let Some(detail_type) = fields.get("detail-type") {
            return match detail_type.as_str() {
                Some(name) if name == *known => self.carried("detail", fields.get("detail")),
                Some(name) if self.whole.contains(&name) => Ok(Message::Items(vec![event.clone()])),
                _ => {
                    let or: String = self.whole.iter().map(|whole| format!(" or \"{whole}\"")).collect();
                    Err(InputError::new(format_args!(
                        "detail-type: {detail_type} is not known: send \"{known}\"{or}"
                    )))
                }
            };
        }
        if let Some(version) = fields.get("specversion") {
            return match (version.as_str(), fields.contains_key("data_base64")) {
                (Some("1.0"), false) => self.carried("data", fields.get("data")),
                (Some("1.0"), true) => {
                    Err(InputError::new("data_base64: binary data is not understood: send JSON in data"))
                }
                _ => Err(InputError::new(format_args!("specversion: {version} is not known: send \"1.0\""))),
            };
        }
        match fields.get("sweep").filter(|_| self.sweeps) {
            Some(Value::Bool(true)) => Ok(Message::Sweep),
            Some(other) => {
                Err(InputError::new(format_args!("sweep: {other} is not true: send {{\"sweep\": true}}")))
            }
            None => self.batch(fields.get(*list)),
        }
    }

    /// Sorts items into readable and unreadable ones; an unreadable one is quarantined and stops no other.
    ///
    /// # Errors
    /// Returns a [`Failure`] if the table fails.
    pub async fn sort<T>(
        &self,
        table: &Table,
        now: Instant,
        read: Vec<Result<T, (Value, InputError)>>,
    ) -> Result<SortedItems<T>, Failure> {
        let (mut found, mut places, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (index, item) in read.into_iter().enumerate() {
            match item {
                Ok(item) => {
                    found.push(item);
                    places.push(index);
                }
                Err((raw, error)) => {
                    let error = error.to_string();
                    self.quarantine(table, now, &raw, error.clone()).await?;
                    unread.push(QuarantinedRecord { index, error });
                }
            }
        }
        Ok(SortedItems { items: found, places, unread })
    }

    /// Builds the answer about all items from the outcomes of the readable ones; a refused one is
    /// quarantined, and one without an outcome is left out.
    ///
    /// # Errors
    /// Returns a [`Failure`] if the table fails.
    pub async fn answer<T>(
        &self,
        table: &Table,
        now: Instant,
        SortedItems { items, places, unread }: SortedItems<T>,
        outcomes: Vec<Option<Outcome>>,
        raw: impl Fn(&T) -> &Value,
    ) -> Result<RecordAnswer, Failure> {
        let mut answer = RecordAnswer { quarantined: unread, ..RecordAnswer::default() };
        for ((index, item), outcome) in places.into_iter().zip(&items).zip(outcomes) {
            let error = match outcome {
                None => continue,
                Some(Outcome::Accepted) => {
                    answer.accepted += 1;
                    continue;
                }
                Some(Outcome::Duplicate) => {
                    answer.duplicates += 1;
                    continue;
                }
                Some(Outcome::Refused(error)) => {
                    self.quarantine(table, now, raw(item), error.clone()).await?;
                    error
                }
                Some(Outcome::Ineffective(error)) => error,
            };
            answer.quarantined.push(QuarantinedRecord { index, error: InputError::new(error).to_string() });
        }
        answer.quarantined.sort_by_key(|refused| refused.index);
        Ok(answer)
    }

    /// Puts what was found in items but cannot be recorded into the quarantine, each with the index of its
    /// item.
    ///
    /// # Errors
    /// Returns a [`Failure`] if the table fails.
    pub async fn refuse(
        &self,
        table: &Table,
        now: Instant,
        refused: Vec<(usize, Value, InputError)>,
    ) -> Result<Vec<QuarantinedRecord>, Failure> {
        let mut records = Vec::with_capacity(refused.len());
        for (index, raw, error) in refused {
            let error = error.to_string();
            self.quarantine(table, now, &raw, error.clone()).await?;
            records.push(QuarantinedRecord { index, error });
        }
        Ok(records)
    }

    async fn quarantine(
        &self,
        table: &Table,
        now: Instant,
        raw: &Value,
        error: String,
    ) -> Result<(), Failure> {
        Ok(table.quarantine(&QuarantineEntry::new(self.item_source, raw, error, now)?).await?)
    }

    /// Unwraps a queue's records, each with its index; a record without a message is quarantined.
    ///
    /// # Errors
    /// Returns a [`Failure`] if the table fails.
    pub async fn queued(
        &self,
        table: &Table,
        now: Instant,
        records: Vec<QueueRecord>,
    ) -> Result<Vec<(usize, Message)>, Failure> {
        let mut messages = Vec::with_capacity(records.len());
        for (place, QueueRecord { body, .. }) in records.into_iter().enumerate() {
            match input::parse(body.as_bytes()).and_then(|value| self.message(&value)) {
                Ok(message) => messages.push((place, message)),
                Err(error) => {
                    let (raw, error) = (Value::String(body), error.to_string());
                    table.quarantine(&QuarantineEntry::new(self.record_source, &raw, error, now)?).await?;
                }
            }
        }
        Ok(messages)
    }

    /// Reads the content of an envelope: a batch, or one item.
    fn carried(&self, name: &str, carried: Option<&Value>) -> Result<Message, InputError> {
        let Self { list, item, .. } = self;
        match carried {
            Some(Value::Object(fields)) if fields.contains_key(*list) => self.batch(fields.get(*list)),
            Some(one @ Value::Object(_)) => Ok(Message::Items(vec![one.clone()])),
            _ => Err(InputError::new(format_args!(
                "{name}: missing or no object: send {item} or {{\"{list}\": [...]}}"
            ))),
        }
    }

    fn batch(&self, items: Option<&Value>) -> Result<Message, InputError> {
        let Self { list, .. } = self;
        let sweep = if self.sweeps { " or {\"sweep\": true}" } else { "" };
        match items {
            Some(Value::Array(items)) if items.len() <= ITEMS_MAX => Ok(Message::Items(items.clone())),
            Some(Value::Array(items)) => Err(InputError::new(format_args!(
                "{list}: {} in one event: send at most {ITEMS_MAX}",
                items.len()
            ))),
            Some(_) => Err(InputError::new(format_args!("{list}: not a list: send {{\"{list}\": [...]}}"))),
            None => Err(InputError::new(format_args!("{list}: missing: send {{\"{list}\": [...]}}{sweep}"))),
        }
    }
}

/// Completes the answer about what was found in items: `indices` has the item of each thing found, then come the
/// numbers of items in which nothing was, or nothing new, and what was quarantined beside.
pub fn about_items(
    mut answer: RecordAnswer,
    indices: &[usize],
    (silent, repeated): (usize, usize),
    refused: Vec<QuarantinedRecord>,
) -> RecordAnswer {
    for record in &mut answer.quarantined {
        record.index = indices.get(record.index).copied().unwrap_or(record.index);
    }
    answer.accepted += silent;
    answer.duplicates += repeated;
    answer.quarantined.extend(refused);
    answer.quarantined.sort_by_key(|refused| refused.index);
    answer
}

/// Records a queue's batch as a whole, so that related items are assessed together. `record` returns the
/// indices of the records to deliver again. If it fails altogether, each record is recorded alone in a task
/// of its own, so that a panic affects only that record.
pub async fn record_queue<R, F>(records: Vec<QueueRecord>, record: R) -> BatchReply
where
    R: Fn(Vec<QueueRecord>) -> F,
    F: Future<Output = Result<BTreeSet<usize>, Failure>> + Send + 'static,
{
    let mut reply = BatchReply::default();
    if let Some(again) = record_alone(records.clone(), &record).await {
        again.iter().filter_map(|place| records.get(*place)).for_each(|one| reply.fail(&one.message_id));
        return reply;
    }
    for one in records {
        let message_id = one.message_id.clone();
        if record_alone(vec![one], &record).await.is_none_or(|again| !again.is_empty()) {
            reply.fail(message_id);
        }
    }
    reply
}

/// Records some records in a task of their own; returns the indices of those to deliver again, or `None` if
/// it failed altogether.
async fn record_alone<R, F>(records: Vec<QueueRecord>, record: &R) -> Option<BTreeSet<usize>>
where
    R: Fn(Vec<QueueRecord>) -> F,
    F: Future<Output = Result<BTreeSet<usize>, Failure>> + Send + 'static,
{
    let ids: Vec<String> = records.iter().map(|record| record.message_id.clone()).collect();
    let fault = match tokio::spawn(record(records)).await {
        Ok(Ok(again)) => return Some(again),
        Ok(Err(failure)) => failure.message(),
        Err(panicked) => panicked.to_string(),
    };
    tracing::error!(message_ids = ?ids, "cannot record what a queue holds: {fault}");
    None
}
