//! Monthly exports for finance: the rows as they arise, and revisions that freeze which rows they contain.

mod inputs;
mod marks;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::ticket::TicketRow;
use sla::{Instant, Month, digest_hex};

use crate::store::Versioned;
use crate::store::{Committed, Draft, TableError, Transaction, VERSION_FIRST};
use crate::{Table, keys, outbox};
use events::NoticeRecord;

pub use marks::{ExportMarks, MarkRemoval, StatementMark, TicketMark};

/// Row keys in one item of a revision: 350 KB at about 100 bytes each.
const KEYS_PER_PART: usize = 3500;
/// Ticket rows in one item of a revision: 350 KB at less than 1 KB each.
const TICKETS_PER_PART: usize = 350;
/// The index partition of exports that are due.
pub(crate) const EXPORT_DUE: &str = "EXPORT#00";

/// The kind of an export row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A statement.
    Statement,
    /// A ledger entry.
    Credit,
}

/// A fact that belongs in a month's export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportRow {
    /// The kind of fact.
    pub kind: RowKind,
    /// The statement or the ledger entry.
    pub fact: Value,
}

impl ExportRow {
    /// Builds the row of a fact.
    pub(crate) fn new<T: Serialize>(kind: RowKind, fact: &T) -> Result<Self, TableError> {
        let fact =
            serde_json::to_value(fact).map_err(|error| TableError::new("write an export row", error))?;
        Ok(Self { kind, fact })
    }
}

/// A revision of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportState {
    /// The month.
    pub month: Month,
    /// The revision, starting at 1.
    pub revision: u32,
    /// The SHA-256 digest of its row keys, by which they are stored.
    pub rows_digest: String,
    /// Number of parts in which the row keys are stored.
    pub parts: usize,
    /// The SHA-256 digest of its ticket rows; empty for a revision from before tickets were exported.
    #[serde(default)]
    pub ticket_rows_digest: String,
    /// Number of parts in which the ticket rows are stored.
    #[serde(default)]
    pub ticket_parts: usize,
    /// Instant as of which the ticket rows hold; `None` for a revision from before tickets were exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Instant>,
    /// Instant at which the rows were frozen; a revision finished later still describes this instant.
    pub frozen_at: Instant,
    /// The SHA-256 digest of the manifest, once all files are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_sha256: Option<String>,
}

/// The rows that a revision contains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrozenRows {
    /// The keys of its statements and ledger entries, which never change.
    pub keys: Vec<String>,
    /// Its ticket rows themselves, which do change.
    pub tickets: Vec<FrozenTicket>,
}

/// A ticket's row in a revision, and how the revision leaves the ticket's mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenTicket {
    /// The row.
    pub row: TicketRow,
    /// The version of the mark for which the row was written.
    pub mark_version: u64,
    /// Instant at which the mark is due again; `None` removes it, as the row is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Instant>,
}

/// A revision whose rows are not frozen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionDraft {
    /// The month.
    pub month: Month,
    /// The revision, starting at 1.
    pub revision: u32,
    /// Instant as of which the ticket rows hold.
    pub as_of: Instant,
    /// Its rows.
    pub rows: FrozenRows,
}

impl FrozenTicket {
    /// Returns the change to the ticket's mark.
    pub fn settling(&self) -> MarkRemoval {
        let ticket_id = self.row.ticket_id.clone();
        MarkRemoval { ticket_id, version: self.mark_version, again_at: self.again_at }
    }
}

impl ExportState {
    /// Returns the instant as of which the ticket rows hold.
    pub fn as_of(&self) -> Instant {
        self.as_of.unwrap_or(self.frozen_at)
    }

    fn keys_part(&self, part: usize) -> keys::Key {
        keys::export_rows(self.month, &self.rows_digest, part)
    }

    fn tickets_part(&self, part: usize) -> keys::Key {
        keys::export_tickets(self.month, &self.ticket_rows_digest, part)
    }
}

impl Table {
    /// Reads all rows of a month with their keys, ascending.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn export_rows(&self, month: Month) -> Result<Vec<(String, ExportRow)>, TableError> {
        let mut rows = Vec::new();
        for shard in 0..keys::MONTH_SHARDS {
            for item in
                self.store.query(&keys::month_rows(month, shard), " ", &keys::LAST.to_string()).await?
            {
                rows.push((item.key.sk.clone(), item.body()?));
            }
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(rows)
    }

    /// Reads a month's export revisions, in order.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn exports(&self, month: Month) -> Result<Vec<Versioned<ExportState>>, TableError> {
        let pk = keys::export(month, 0).pk;
        self.store.query(&pk, "REVISION#", "REVISION#~").await?.iter().map(Versioned::of).collect()
    }

    /// Reads the rows that a revision contains.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn frozen(&self, state: &ExportState) -> Result<FrozenRows, TableError> {
        let ExportState { month, rows_digest, parts, ticket_rows_digest, ticket_parts, .. } = state;
        let keys = keys::parts_of_export_rows(*month, rows_digest);
        let tickets = keys::parts_of_export_tickets(*month, ticket_rows_digest);
        Ok(FrozenRows {
            keys: self.read_parts(keys, *parts).await?,
            tickets: self.read_parts(tickets, *ticket_parts).await?,
        })
    }

    /// Freezes the rows of the next revision; the first caller decides, every other one gets `None`.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn freeze(
        &self,
        draft: &RevisionDraft,
        now: Instant,
    ) -> Result<Option<Versioned<ExportState>>, TableError> {
        let fault = |error| TableError::new("freeze an export", error);
        let RevisionDraft { month, revision, as_of, rows: FrozenRows { keys, tickets } } = draft;
        let state = ExportState {
            month: *month,
            revision: *revision,
            rows_digest: digest_hex(keys).map_err(fault)?,
            parts: keys.chunks(KEYS_PER_PART).len(),
            ticket_rows_digest: digest_hex(tickets).map_err(fault)?,
            ticket_parts: tickets.chunks(TICKETS_PER_PART).len(),
            as_of: Some(*as_of),
            frozen_at: now,
            manifest_sha256: None,
        };
        for (nth, part) in keys.chunks(KEYS_PER_PART).enumerate() {
            self.write_part(&state.keys_part(nth), part).await?;
        }
        for (nth, part) in tickets.chunks(TICKETS_PER_PART).enumerate() {
            self.write_part(&state.tickets_part(nth), part).await?;
        }
        let mut transaction = Transaction::default();
        transaction.put_versioned(Draft::with_body(&keys::export(*month, *revision), &state)?, None);
        let committed = self.store.commit(transaction).await?;
        let frozen = Versioned { value: state, version: Some(VERSION_FIRST) };
        Ok((committed == Committed::Done).then_some(frozen))
    }

    /// Writes a part of a revision: keyed by its content, it can be written ahead, and more than once.
    async fn write_part<T: Serialize>(&self, key: &keys::Key, part: &[T]) -> Result<(), TableError> {
        let mut alone = Transaction::default();
        alone.put(Draft::with_body(key, &part)?);
        self.store.commit_surely(alone).await
    }

    /// Reads rows stored in parts, in order.
    async fn read_parts<T: DeserializeOwned>(
        &self,
        (pk, prefix): (String, String),
        parts: usize,
    ) -> Result<Vec<T>, TableError> {
        let items = match parts {
            0 => Vec::new(),
            _ => self.store.query(&pk, &prefix, &format!("{prefix}{}", keys::LAST)).await?,
        };
        // The key follows from the content, so there are never more parts than were written.
        if items.len() != parts {
            let error = format!("{} of {parts} parts are stored under {prefix}", items.len());
            return Err(TableError::unexpected("read an export", error));
        }
        let mut rows = Vec::new();
        for item in items {
            rows.extend(item.body::<Vec<T>>()?);
        }
        Ok(rows)
    }

    /// Records that all files of a revision are written, and notifies finance.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn exported(
        &self,
        state: &Versioned<ExportState>,
        notice: &NoticeRecord,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        let key = keys::export(state.value.month, state.value.revision);
        transaction.put_versioned(Draft::with_body(&key, &state.value)?, state.version);
        outbox::add(&mut transaction, notice, now)?;
        self.store.commit(transaction).await
    }
}
