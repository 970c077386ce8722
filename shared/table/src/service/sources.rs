//! Sources of webhooks: each as it is registered, and what it has sent of late.

use std::collections::BTreeMap;

use events::source::Mode;
use events::{CheckEvent, Source};
use serde::{Deserialize, Serialize};
use sla::Instant;
use sla::id::{QuarantineId, SourceId, StaffId};

use crate::store::{Committed, Draft, Run, TableError, Transaction, Versioned};
use crate::{Table, keys};

/// Keys that no mapping fits, the newest ones: 50 with 16 words of 200 characters are 200 KB of an item's
/// 400.
const UNMAPPED_MAX: usize = 50;
/// Characters of a key or a word that are kept.
const WORD_CHARS_MAX: usize = 200;
/// A minute: what a source has sent of late is known to one, so that a busy source is written once in it.
const MINUTE_S: i64 = 60;

/// A source that is or was registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownSource {
    /// The source.
    pub source: Source,
    /// The digest of the command that registered it.
    pub registered_by: String,
    /// True if the source was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_removed: bool,
    /// The last entering of its secret at the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<EnteredSecret>,
}

/// The entering of a secret: who did it, and when. The secret itself lies in a store of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredSecret {
    /// Instant of the entering.
    pub at: Instant,
    /// The person who entered it.
    pub by: StaffId,
}

/// State of a source by what it has sent of late, to the minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceState {
    /// The receipt of its last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message_at: Option<Instant>,
    /// The receipt of its last test message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_test_at: Option<Instant>,
    /// The last instant at which it proved that it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_proof_at: Option<Instant>,
    /// The receipt of the last message of which something was mapped: from then on the source has reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_mapped_at: Option<Instant>,
    /// Seconds from the sending of its last message to the receipt, if the message told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_s: Option<i64>,
    /// The last loss: something was said and never arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_loss: Option<Loss>,
    /// Keys that no mapping fits, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmapped_keys: Vec<UnmappedKey>,
}

/// A loss: its sender left something out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The receipt of the message.
    pub at: Instant,
    /// The error, with its remedy.
    pub error: String,
}

/// A key that no mapping fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmappedKey {
    /// The series or ticket, as the sender names it.
    pub key: String,
    /// The words by which a mapping could name it, by their paths.
    pub words: BTreeMap<String, String>,
    /// The error, with its remedy.
    pub error: String,
    /// The last item of it in the quarantine, which can be replayed once it is mapped.
    pub quarantine_id: QuarantineId,
    /// The last receipt.
    pub last_at: Instant,
    /// Number of minutes in which it came.
    pub count: u32,
}

/// Record of a series: its memory, with the checks that follow from it until they are recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SeriesRecord<T> {
    /// The memory.
    pub(crate) memory: T,
    /// The checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) told: Vec<CheckEvent>,
}

impl<T: Clone + PartialEq> SeriesRecord<T> {
    /// Changes what is remembered, and returns the checks that follow; a repetition tells nothing new.
    pub(crate) fn tell(&mut self, change: impl FnOnce(&mut T) -> Vec<CheckEvent>) -> Vec<CheckEvent> {
        let before = self.memory.clone();
        let checks = change(&mut self.memory);
        if self.memory != before {
            self.told.extend(checks.iter().cloned());
        }
        checks
    }
}

/// Cuts an instant off to its minute.
fn minute(at: Instant) -> Instant {
    Instant::from_epoch_s(at.epoch_s().div_euclid(MINUTE_S) * MINUTE_S)
}

/// Sets an instant to a later one.
fn advance(last: &mut Option<Instant>, at: Instant) {
    *last = (*last).max(Some(minute(at)));
}

fn shortened(text: &str) -> String {
    text.chars().take(WORD_CHARS_MAX).collect()
}

impl SourceState {
    /// Says whether a source proves that it lives; none of one that never does.
    pub fn is_alive(&self, source: &Source, now: Instant) -> Option<bool> {
        // The last proof is known to the minute.
        let is_recent = |last: Instant| now.epoch_s() - last.epoch_s() < source.proof_gap_s() + MINUTE_S;
        (source.mode == Mode::Heartbeats).then(|| self.last_proof_at.is_some_and(is_recent))
    }

    /// Notes the receipt of a message, with its skew if it told when it was sent.
    pub(crate) fn hear(&mut self, at: Instant, skew_s: Option<i64>) {
        if self.last_message_at < Some(minute(at)) && skew_s.is_some() {
            self.skew_s = skew_s;
        }
        advance(&mut self.last_message_at, at);
    }

    /// Notes the receipt of a test message.
    pub(crate) fn hear_test(&mut self, at: Instant) {
        advance(&mut self.last_test_at, at);
    }

    /// Notes a proof of life.
    pub(crate) fn prove(&mut self, at: Instant) {
        advance(&mut self.last_proof_at, at);
    }

    /// Notes that an item of a series or ticket was mapped.
    pub(crate) fn map(&mut self, key: &str, at: Instant) {
        advance(&mut self.last_mapped_at, at);
        let key = shortened(key);
        self.unmapped_keys.retain(|unmapped| unmapped.key != key);
    }

    /// Notes a loss.
    pub(crate) fn lose(&mut self, at: Instant, error: String) {
        if self.last_loss.as_ref().is_none_or(|last| last.at < minute(at)) {
            self.last_loss = Some(Loss { at: minute(at), error });
        }
    }

    /// Notes an item that no mapping fits; one that is delivered again is not counted again.
    pub(crate) fn miss(&mut self, unmapped: &doors::Unmapped, id: QuarantineId, at: Instant) {
        let (key, at) = (shortened(&unmapped.key), minute(at));
        let before = self.unmapped_keys.iter().position(|known| known.key == key);
        let before = before.map(|place| self.unmapped_keys.remove(place));
        let (last_at, count) = before.map_or((None, 0), |known| (Some(known.last_at), known.count));
        let is_new = last_at < Some(at);
        let words = unmapped.words.iter().map(|(path, word)| (path.clone(), shortened(word))).collect();
        let new = UnmappedKey {
            key,
            words,
            error: unmapped.error.to_string(),
            quarantine_id: id,
            last_at: last_at.max(Some(at)).unwrap_or(at),
            count: count.saturating_add(u32::from(is_new)),
        };
        self.unmapped_keys.push(new);
        self.unmapped_keys.sort_by(|a, b| b.last_at.cmp(&a.last_at).then_with(|| a.key.cmp(&b.key)));
        self.unmapped_keys.truncate(UNMAPPED_MAX);
    }
}

impl Table {
    /// Reads a source, even if it was removed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn source(&self, id: &SourceId) -> Result<Option<Versioned<KnownSource>>, TableError> {
        self.store.get_one(&keys::source(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Writes a registered, changed or removed source under the version that was read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_source(&self, known: &Versioned<KnownSource>) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        let key = keys::source(&known.value.source.source_id);
        transaction.put_versioned(Draft::with_body(&key, &known.value)?, known.version);
        self.store.commit(transaction).await
    }

    /// Lists up to `limit` registered sources after the given one; fewer means that there are no more.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn sources_page(
        &self,
        after: Option<&SourceId>,
        limit: usize,
    ) -> Result<Vec<KnownSource>, TableError> {
        let after = after.map(keys::source);
        self.store
            .list(Run::all(keys::source_partitions(), after.as_ref()), limit, |item| {
                let known: KnownSource = item.body()?;
                Ok((!known.is_removed).then_some(known))
            })
            .await
    }

    /// Reads what sources have sent of late; one that has sent nothing is not among them.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn source_states(
        &self,
        ids: &[SourceId],
    ) -> Result<BTreeMap<SourceId, SourceState>, TableError> {
        let keys: Vec<_> = ids.iter().map(keys::source_state).collect();
        let found = self.store.get(&keys).await?;
        let states = ids.iter().zip(&keys).filter_map(|(id, key)| Some((id, found.get(key)?)));
        states.map(|(id, item)| Ok((id.clone(), item.body()?))).collect()
    }

    /// Reads what a source has sent of late.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn source_state(&self, id: &SourceId) -> Result<SourceState, TableError> {
        let found = self.store.get_one(&keys::source_state(id)).await?;
        Ok(found.map(|item| item.body()).transpose()?.unwrap_or_default())
    }
}
