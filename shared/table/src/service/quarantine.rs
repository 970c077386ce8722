//! The quarantine: input that cannot be processed, kept with its error until it is corrected and replayed.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::id::{QuarantineId, StaffId};
use sla::{Instant, sha256_hex};

use crate::service::queue::Queue;
use crate::store::Versioned;
use crate::store::attempts::until_written;
use crate::store::{Committed, Draft, Run, TableError, Transaction};
use crate::{Table, keys};

/// The longest input that is kept whole, in bytes: 300 KB of an item's 400.
pub const WHOLE_BYTES_MAX: usize = 300 * 1000;
/// The most contents with which one input is replayed: ten of 300 KB and the input fit a page of 3.3 MB.
pub const REPLAYS_MAX: usize = 10;
/// Log message for input that is quarantined for the first time; an alarm counts it
/// (`infra/aws/alarms.yaml`).
pub const QUARANTINED: &str = "put into the quarantine";
/// Characters that are kept of longer input, beside its length and SHA-256.
const PREFIX_CHARS: usize = 4000;

/// The source of quarantined input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A check within a batch.
    Check,
    /// A queue record for `record-checks` that is not JSON or has no known envelope.
    Record,
    /// A ticket event within a batch.
    TicketEvent,
    /// A queue record for `record-tickets` that is not JSON or has no known envelope.
    TicketRecord,
    /// An unreadable outbox item, as its keys and body. It stays in the outbox.
    Outbox,
}

/// Quarantined input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuarantineEntry {
    /// The id, derived from the content: the same input is quarantined once.
    pub quarantine_id: QuarantineId,
    /// The source.
    pub source: Source,
    /// The error, with its remedy.
    pub error: String,
    /// Instant at which it first arrived.
    pub received_at: Instant,
    /// Its length in bytes.
    pub length: usize,
    /// Its SHA-256.
    pub sha256: String,
    /// True if `payload` is the whole input.
    pub whole: bool,
    /// The input: the JSON value of a check or the text of a record; a prefix if it is too long.
    pub payload: Value,
    /// Instant at which it was replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed_at: Option<Instant>,
    /// The replays, each content once; empty for replays by earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replays: Vec<Replay>,
}

/// A replay of quarantined input, recorded before any of it is processed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Instant of the order.
    pub at: Instant,
    /// The person who ordered it.
    pub by: StaffId,
    /// SHA-256 of the content: the processed JSON, with sorted keys and no spaces.
    pub content: String,
    /// True if the content differs from the input; it is then kept beside the input.
    pub is_changed: bool,
    /// The outcome, once all of the content is processed.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReplayOutcome>,
}

/// Numbers of a replay's checks or ticket events by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayOutcome {
    /// Those that changed something.
    pub accepted: usize,
    /// Those that changed nothing.
    pub duplicates: usize,
}

impl QuarantineEntry {
    /// Builds the quarantined form of an input.
    ///
    /// # Errors
    /// None in practice: a digest is a valid id.
    pub fn new(
        source: Source,
        payload: &Value,
        error: String,
        received_at: Instant,
    ) -> Result<Self, TableError> {
        let text = payload.as_str().map_or_else(|| payload.to_string(), str::to_owned);
        let sha256 = sha256_hex(text.as_bytes());
        let whole = text.len() <= WHOLE_BYTES_MAX;
        Ok(Self {
            quarantine_id: sha256[..32]
                .parse()
                .map_err(|error| TableError::new("name quarantined input", error))?,
            source,
            error,
            received_at,
            length: text.len(),
            sha256,
            whole,
            payload: if whole {
                payload.clone()
            } else {
                text.chars().take(PREFIX_CHARS).collect::<String>().into()
            },
            replayed_at: None,
            replays: Vec::new(),
        })
    }
}

impl Table {
    /// Keeps an input in the quarantine; the same input is kept once, as it first arrived.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn quarantine(&self, quarantined: &QuarantineEntry) -> Result<(), TableError> {
        let mut transaction = Transaction::default();
        let key = keys::quarantine(&quarantined.quarantine_id);
        let draft = Draft::with_body(&key, quarantined)?;
        let waits_since = Some(quarantined.received_at);
        transaction.put_versioned(draft.due(Queue::Quarantine.partition(), waits_since), None);
        // Quarantining refuses the input, so it must not record the accompanying request as accepted.
        let store = self.store.plain();
        until_written("quarantine", || async {
            if store.commit(transaction.clone()).await? == Committed::Done {
                let QuarantineEntry { quarantine_id, source, .. } = quarantined;
                tracing::warn!(%quarantine_id, ?source, "{QUARANTINED}");
                return Ok(Some(()));
            }
            // The conflict is either the same input, kept before, or another transaction: only a read tells.
            if self.store.get_one(&key).await?.is_some() {
                return Ok(Some(()));
            }
            Ok::<_, TableError>(None)
        })
        .await
    }

    /// Reads quarantined input.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn quarantined(
        &self,
        id: &QuarantineId,
    ) -> Result<Option<Versioned<QuarantineEntry>>, TableError> {
        self.store.get_one(&keys::quarantine(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Writes the replays of quarantined input, with the content of a new one if it differs from the input.
    /// The input keeps waiting until some of it is processed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn note_replays(
        &self,
        quarantined: &Versioned<QuarantineEntry>,
        changed: Option<(&Replay, &Value)>,
    ) -> Result<Committed, TableError> {
        let Versioned { value: input, version } = quarantined;
        let mut transaction = Transaction::default();
        let draft = Draft::with_body(&keys::quarantine(&input.quarantine_id), input)?;
        let waits_since = Some(input.received_at).filter(|_| input.replayed_at.is_none());
        transaction.put_versioned(draft.due(Queue::Quarantine.partition(), waits_since), *version);
        if let Some((replay, content)) = changed {
            let key = keys::replayed(&input.quarantine_id, &replay.content);
            transaction.put(Draft::with_body(&key, content)?);
        }
        self.store.commit(transaction).await
    }

    /// Reads the corrected content of a replay.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn replayed_content(
        &self,
        id: &QuarantineId,
        replay: &Replay,
    ) -> Result<Option<Value>, TableError> {
        self.store.get_one(&keys::replayed(id, &replay.content)).await?.map(|item| item.body()).transpose()
    }

    /// Lists up to `limit` quarantined inputs after the given one, by id.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn list_quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<QuarantineEntry>, TableError> {
        let after = after.map(keys::quarantine);
        let runs = Run::all(keys::quarantine_partitions(), after.as_ref());
        self.store.list(runs, limit, |item| item.body().map(Some)).await
    }
}
