//! The quarantine: input that cannot be taken in, kept with its error until it is mended and replayed.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::id::{QuarantineId, StaffId};
use sla::{Instant, sha256_hex};

use crate::customer::people::Versioned;
use crate::service::waiting::Queue;
use crate::store::{Committed, Draft, TableError, Transaction};
use crate::{Attempts, Table, keys};

/// Input up to this length is kept whole: 300 KB of an item's 400.
pub const WHOLE_BYTES_MAX: usize = 300 * 1000;
/// Contents with which one input is replayed: ten of 300 KB and the input itself make one page of a listing, 3.3 MB.
pub const REPLAYS_MAX: usize = 10;
/// What the log says of input that is kept here for the first time: an alarm counts it (`infra/aws/alarms.yaml`).
pub const QUARANTINED: &str = "put into the quarantine";
/// Of longer input this much is kept, beside its length and SHA-256.
const PREFIX_CHARS: usize = 4000;

/// Where input came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A check within a batch.
    Check,
    /// A queue's record for `record-checks` that is no JSON, or no known envelope.
    Record,
    /// A ticket event within a batch.
    TicketEvent,
    /// A queue's record for `record-tickets` that is no JSON, or no known envelope.
    TicketRecord,
    /// What is due in the outbox and cannot be read: its keys and its body. It stays in the outbox.
    Outbox,
}

/// Quarantined input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Names the input by its content: the same input is quarantined once.
    pub quarantine_id: QuarantineId,
    /// Where it came from.
    pub source: Source,
    /// What is wrong, and what would be right.
    pub error: String,
    /// When it first came.
    pub received_at: Instant,
    /// Its length in bytes.
    pub length: usize,
    /// Its SHA-256.
    pub sha256: String,
    /// Whether `payload` is all of it.
    pub whole: bool,
    /// The input: a JSON value of a check, text of a record; a prefix if it is very long.
    pub payload: Value,
    /// When it was taken in after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed_at: Option<Instant>,
    /// How it was taken in: each content once. What was replayed by earlier versions has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replays: Vec<Replay>,
}

/// A replay of quarantined input: noted before anything of it is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// When it was ordered.
    pub at: Instant,
    /// Who ordered it.
    pub by: StaffId,
    /// SHA-256 of the content: the JSON that was taken in, with sorted keys and no spaces.
    pub content: String,
    /// Whether the content is another than the input's. Then it is kept beside the input.
    pub is_changed: bool,
    /// What came of it, once all of it is taken in.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReplayOutcome>,
}

/// How many of a replay's checks or ticket events were taken in, and how many had been known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayOutcome {
    /// Those that were taken in.
    pub accepted: usize,
    /// Those that changed nothing.
    pub duplicates: usize,
}

impl Quarantined {
    /// Puts input aside.
    ///
    /// # Errors
    /// None in practice: a digest is an id.
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
    /// Keeps input in the quarantine; the same input is kept once, as it first came.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn quarantine(&self, quarantined: &Quarantined) -> Result<(), TableError> {
        let mut transaction = Transaction::default();
        let key = keys::quarantine(&quarantined.quarantine_id);
        let draft = Draft::with_body(&key, quarantined)?;
        let waits_since = Some(quarantined.received_at);
        transaction.put_versioned(draft.due(Queue::Quarantine.partition(), waits_since), None);
        // What is put aside is refused: whatever request it came with is not accepted by it.
        let store = self.store.plain();
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            if store.commit(transaction.clone()).await? == Committed::Done {
                let Quarantined { quarantine_id, source, .. } = quarantined;
                tracing::warn!(%quarantine_id, ?source, "{QUARANTINED}");
                return Ok(());
            }
            // A conflict is the same input, kept before, or another transaction in the way: only reading tells.
            if self.store.get_one(&key).await?.is_some() {
                return Ok(());
            }
        }
        Err(TableError::faster("quarantine"))
    }

    /// Reads quarantined input.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn quarantined(&self, id: &QuarantineId) -> Result<Option<Versioned<Quarantined>>, TableError> {
        self.store.get_one(&keys::quarantine(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Notes the replays of quarantined input as they are now, with the content of a new one if it is another than the
    /// input's. Until something is taken in, the input goes on waiting.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn note_replays(
        &self,
        quarantined: &Versioned<Quarantined>,
        changed: Option<(&Replay, &Value)>,
    ) -> Result<Committed, TableError> {
        let Versioned { thing: input, version } = quarantined;
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

    /// Reads what quarantined input was mended to.
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

    /// Lists at most `limit` quarantined inputs after the given one, by id.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn list_quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<Quarantined>, TableError> {
        let mut from = after.map_or_else(|| " ".to_owned(), |id| format!("{id}!"));
        let mut listed = Vec::new();
        for pk in keys::quarantine_partitions(after) {
            // A read ends at 1 MB, perhaps before the partition does: only an empty one is the end.
            while listed.len() < limit {
                let rest = i32::try_from(limit - listed.len()).unwrap_or(i32::MAX);
                let page = self.store.query_some(&pk, &from, &keys::LAST.to_string(), true, rest).await?;
                let Some(last) = page.last() else { break };
                from = format!("{}!", last.key.sk);
                for item in &page {
                    listed.push(item.body()?);
                }
            }
        }
        Ok(listed)
    }
}
