//! Marks of facts that are still to be exported. A statement's mark is written once; a ticket's is written
//! again at each change of the ticket, even while an export is handling the earlier mark.

use std::collections::{BTreeMap, BTreeSet};

use sla::{Instant, Month, TicketId};

use super::EXPORT_DUE;
use crate::keys::{self, Key};
use crate::store::schema::DUE_AT;
use crate::store::{Committed, Draft, Item, TableError, Transaction};
use crate::{Attempts, Table};

/// Marks that one daily run reads: five months of 20,000 services, so that a month that cannot be exported
/// yet hides no other.
const DUE_MAX: i32 = 100_000;
/// Marks that one transaction removes or moves: DynamoDB's limit.
const MARKS_PER_TRANSACTION: usize = 100;

/// The marks of a month: facts to export, or to export again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportMarks {
    /// Statements, each including its ledger entries.
    pub statements: Vec<StatementMark>,
    /// Tickets.
    pub tickets: Vec<TicketMark>,
}

/// The mark of a stated service-month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementMark(Key);

/// The mark of a ticket.
///
/// Invariant: a mark's version is the ticket's version when the mark was written. Moving the mark to a later
/// day keeps it, so that two marks of one version stand for one state of the ticket. An export that reads the
/// mark before the ticket has seen that state, and never takes a later change's mark for the one that it
/// read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketMark {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The ticket's version.
    pub version: u64,
    /// Instant from which the row is to be exported, once the month has been.
    pub due_at: Instant,
}

/// The removal or postponement of a ticket's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRemoval {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The version of the mark that was handled; a mark with another version stays.
    pub version: u64,
    /// Instant at which the row is to be checked again; `None` removes the mark.
    pub again_at: Option<Instant>,
}

impl ExportMarks {
    /// True if anything is to be exported by now.
    pub fn is_due(&self, now: Instant) -> bool {
        !self.statements.is_empty() || self.tickets.iter().any(|mark| mark.due_at <= now)
    }
}

impl TicketMark {
    /// Reads the mark of a ticket; `None` if the item is another mark.
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

impl MarkRemoval {
    fn add(&self, month: Month, transaction: &mut Transaction) {
        let key = keys::export_due_ticket(month, &self.ticket_id);
        match self.again_at {
            None => transaction.delete_as_read(key, self.version),
            again_at => transaction.put_as_read(Draft::new(&key).due(EXPORT_DUE, again_at), self.version),
        }
    }
}

impl Table {
    /// Lists the months that have exports due.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn exports_due(&self, now: Instant) -> Result<BTreeSet<Month>, TableError> {
        let due = self.store.due(EXPORT_DUE, now, DUE_MAX).await?;
        Ok(due.iter().filter_map(keys::month_of_export).collect())
    }

    /// Lists the marks of a month, including those that are not due yet.
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

    /// Removes the marks of exported statements.
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

    /// Removes or moves the marks of exported tickets, unless a newer mark has replaced them.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn settle_tickets(&self, month: Month, settlings: &[MarkRemoval]) -> Result<(), TableError> {
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

    /// Keeps the settlings whose mark is still there and has not been replaced by a newer one.
    async fn still_marked(
        &self,
        month: Month,
        mut settlings: Vec<MarkRemoval>,
    ) -> Result<Vec<MarkRemoval>, TableError> {
        let marks = self.export_marks(month).await?.tickets;
        let versions: BTreeMap<&TicketId, u64> =
            marks.iter().map(|mark| (&mark.ticket_id, mark.version)).collect();
        settlings.retain(|settling| versions.get(&settling.ticket_id) == Some(&settling.version));
        Ok(settlings)
    }
}
