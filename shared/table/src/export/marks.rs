//! Marks of what is not exported yet. A statement's is put once; a ticket's is put again whenever the ticket
//! changes, while an export may be dealing with the one before.

use std::collections::{BTreeMap, BTreeSet};

use sla::{Instant, Month, TicketId};

use super::EXPORT_DUE;
use crate::keys::{self, Key};
use crate::store::schema::DUE_AT;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Attempts, Table};

/// Marks that one daily run looks at: of five months of 20,000 services, so that a month that cannot be exported yet hides no
/// other.
const DUE_MAX: i32 = 100_000;
/// Marks that one transaction removes or moves: the most it takes.
const MARKS_PER_TRANSACTION: usize = 100;

/// What of a month is not exported yet, or will have to be exported again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportMarks {
    /// Statements, each with its ledger entries.
    pub statements: Vec<StatementMark>,
    /// Tickets.
    pub tickets: Vec<TicketMark>,
}

/// A stated service-month that is to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementMark(Key);

/// A ticket whose row is to be exported.
///
/// Invariant: a mark's version is the ticket's when it was put. Moving the mark to a later day keeps it, so
/// that two marks of one version stand for one state of the ticket; whoever read the mark before the ticket
/// has seen that state, and a mark that its next change puts is never taken for the one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketMark {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The ticket's version.
    pub version: u64,
    /// From when the row is to be exported, once the month has been.
    pub due_at: Instant,
}

/// What becomes of a ticket's mark that has been dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settling {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The version of the mark that was dealt with: one with another version stays.
    pub version: u64,
    /// When the row is to be looked at again; `None` removes the mark.
    pub again_at: Option<Instant>,
}

impl ExportMarks {
    /// Says whether anything is to be exported by now.
    pub fn is_due(&self, now: Instant) -> bool {
        !self.statements.is_empty() || self.tickets.iter().any(|mark| mark.due_at <= now)
    }
}

impl TicketMark {
    /// Reads the mark of a ticket; `None` for another one.
    fn of(item: &Item) -> Option<Result<Self, TableError>> {
        let ticket_id = keys::ticket_of_export_due(&item.key)?;
        let due_at = item.attribute(DUE_AT).and_then(|at| at.parse().ok());
        let mark = match (item.version(), due_at) {
            (Some(version), Some(due_at)) => Ok(Self { ticket_id, version, due_at }),
            _ => Err(TableError::unexpected("read an export mark", format!("{} is none", item.key.sk))),
        };
        Some(mark)
    }
}

impl Settling {
    fn add(&self, month: Month, transaction: &mut Transaction) {
        let key = keys::export_due_ticket(month, &self.ticket_id);
        match self.again_at {
            None => transaction.delete_as_read(key, self.version),
            again_at => transaction.put_as_read(Draft::new(&key).due(EXPORT_DUE, again_at), self.version),
        }
    }
}

impl Table {
    /// Lists the months of which something is to be exported.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn exports_due(&self, now: Instant) -> Result<BTreeSet<Month>, TableError> {
        let due = self.store.due(EXPORT_DUE, now, DUE_MAX).await?;
        Ok(due.iter().filter_map(keys::month_of_export).collect())
    }

    /// Lists the marks of a month, also those that are not due yet.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn export_marks(&self, month: Month) -> Result<ExportMarks, TableError> {
        let pk = keys::export(month, 0).pk;
        let mut marks = ExportMarks::default();
        for item in self.store.query(&pk, "DUE#", "DUE#~").await? {
            match TicketMark::of(&item) {
                Some(mark) => marks.tickets.push(mark?),
                None => marks.statements.push(StatementMark(item.key)),
            }
        }
        Ok(marks)
    }

    /// Notes that statements have been exported.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn settle_statements(&self, marks: &[StatementMark]) -> Result<(), TableError> {
        for batch in marks.chunks(MARKS_PER_TRANSACTION) {
            let mut transaction = Transaction::default();
            batch.iter().for_each(|StatementMark(key)| transaction.delete(key.clone()));
            self.store.commit_surely(transaction).await?;
        }
        Ok(())
    }

    /// Removes or moves the marks of tickets that have been dealt with, unless a ticket has put a newer one.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn settle_tickets(&self, month: Month, settlings: &[Settling]) -> Result<(), TableError> {
        let mut rest = settlings.to_vec();
        let mut attempts = Attempts::default();
        while attempts.begin().await {
            let mut failed = Vec::new();
            for batch in rest.chunks(MARKS_PER_TRANSACTION) {
                let mut transaction = Transaction::default();
                batch.iter().for_each(|settling| settling.add(month, &mut transaction));
                if self.store.commit(transaction).await? == Committed::Conflict {
                    failed.extend_from_slice(batch);
                }
            }
            if failed.is_empty() {
                return Ok(());
            }
            rest = self.still_marked(month, failed).await?;
        }
        Err(TableError::faster("settle export marks"))
    }

    /// Keeps of what is to be settled what no newer mark has replaced and nobody else has removed.
    async fn still_marked(
        &self,
        month: Month,
        mut settlings: Vec<Settling>,
    ) -> Result<Vec<Settling>, TableError> {
        let marks = self.export_marks(month).await?.tickets;
        let versions: BTreeMap<&TicketId, u64> =
            marks.iter().map(|mark| (&mark.ticket_id, mark.version)).collect();
        settlings.retain(|settling| versions.get(&settling.ticket_id) == Some(&settling.version));
        Ok(settlings)
    }
}
