//! What finance gets of a month: rows as they come to be, and export revisions that freeze which rows they hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sla::{Instant, Month, digest_hex};

use crate::people::Versioned;
use crate::store::{Committed, Draft, TableError, Transaction, VERSION_FIRST};
use crate::{Table, keys, outbox};
use events::NoticeRecord;

/// Row keys that one item of a revision holds: 350 KB at about 100 bytes each.
const KEYS_PER_PART: usize = 3500;
/// What one daily run looks at.
const DUE_MAX: i32 = 10_000;
/// Marks that one transaction removes: the most it takes.
const DONE_PER_TRANSACTION: usize = 100;
/// The index partition of what is to be exported.
pub(crate) const EXPORT_DUE: &str = "EXPORT#00";

/// A stated service-month that is to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportDue(keys::Key);

/// What a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A statement.
    Statement,
    /// A ledger entry.
    Credit,
}

/// A fact that belongs into a month's export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportRow {
    /// What it is of.
    pub kind: RowKind,
    /// The statement or the entry.
    pub fact: Value,
}

impl ExportRow {
    /// Makes the row of a fact.
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
    /// The revision, from 1.
    pub revision: u32,
    /// The SHA-256 that names its row keys.
    pub rows_digest: String,
    /// In how many parts they are stored.
    pub parts: usize,
    /// When its rows were frozen: a revision that is finished later tells of the same instant.
    pub frozen_at: Instant,
    /// The SHA-256 of its manifest once all files are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_sha256: Option<String>,
}

impl Table {
    /// Reads all rows of a month by their keys, ascending.
    ///
    /// # Errors
    /// What DynamoDB answers.
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

    /// Reads a month's export revisions in order.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn exports(&self, month: Month) -> Result<Vec<Versioned<ExportState>>, TableError> {
        let pk = keys::export(month, 0).pk;
        self.store.query(&pk, "REVISION#", "REVISION#~").await?.iter().map(Versioned::of).collect()
    }

    /// Reads which rows a revision holds.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn frozen(&self, state: &ExportState) -> Result<Vec<String>, TableError> {
        let key = |part| keys::export_rows(state.month, &state.rows_digest, part);
        let wanted: Vec<_> = (0..state.parts).map(key).collect();
        let found = self.store.get(&wanted).await?;
        let mut frozen = Vec::new();
        for key in &wanted {
            let item = found
                .get(key)
                .ok_or_else(|| TableError::unexpected("read an export", format!("no {}", key.sk)))?;
            frozen.extend(item.body::<Vec<String>>()?);
        }
        Ok(frozen)
    }

    /// Freezes which rows the next revision holds; whoever is first decides, and everyone else gets `None`.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn freeze(
        &self,
        month: Month,
        revision: u32,
        rows: &[String],
        now: Instant,
    ) -> Result<Option<Versioned<ExportState>>, TableError> {
        let rows_digest = digest_hex(&rows).map_err(|error| TableError::new("freeze an export", error))?;
        let parts: Vec<&[String]> = rows.chunks(KEYS_PER_PART).collect();
        for (nth, part) in parts.iter().enumerate() {
            // Named by what they hold, parts can be written ahead, and again.
            let mut alone = Transaction::default();
            alone.put(Draft::with_body(&keys::export_rows(month, &rows_digest, nth), part)?);
            self.store.commit_surely(alone).await?;
        }
        let parts = parts.len();
        let state =
            ExportState { month, revision, rows_digest, parts, frozen_at: now, manifest_sha256: None };
        let mut transaction = Transaction::default();
        transaction.put_versioned(Draft::with_body(&keys::export(month, revision), &state)?, None);
        let committed = self.store.commit(transaction).await?;
        let frozen = Versioned { thing: state, version: Some(VERSION_FIRST) };
        Ok((committed == Committed::Done).then_some(frozen))
    }

    /// Notes that all files of a revision are written, and tells finance.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn exported(
        &self,
        state: &Versioned<ExportState>,
        notice: &NoticeRecord,
        now: Instant,
    ) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        let key = keys::export(state.thing.month, state.thing.revision);
        transaction.put_versioned(Draft::with_body(&key, &state.thing)?, state.version);
        outbox::add(&mut transaction, notice, now)?;
        self.store.commit(transaction).await
    }

    /// Lists what is to be exported, by month.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn exports_due(&self, now: Instant) -> Result<BTreeMap<Month, Vec<ExportDue>>, TableError> {
        let mut due: BTreeMap<Month, Vec<ExportDue>> = BTreeMap::new();
        for key in self.store.due(EXPORT_DUE, now, DUE_MAX).await? {
            if let Some(month) = key.pk.strip_prefix("EXPORT#").and_then(|month| month.parse().ok()) {
                due.entry(month).or_default().push(ExportDue(key));
            }
        }
        Ok(due)
    }

    /// Lists what is to be exported of a month.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn export_due(&self, month: Month) -> Result<Vec<ExportDue>, TableError> {
        let pk = keys::export(month, 0).pk;
        let items = self.store.query(&pk, "DUE#", "DUE#~").await?;
        Ok(items.into_iter().map(|item| ExportDue(item.key)).collect())
    }

    /// Notes that what was due has been exported.
    ///
    /// # Errors
    /// What DynamoDB answers.
    pub async fn export_done(&self, due: &[ExportDue]) -> Result<(), TableError> {
        for batch in due.chunks(DONE_PER_TRANSACTION) {
            let mut transaction = Transaction::default();
            batch.iter().for_each(|ExportDue(key)| transaction.delete(key.clone()));
            self.store.commit_surely(transaction).await?;
        }
        Ok(())
    }
}
