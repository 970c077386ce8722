//! Postings: the whole write that a cause makes to a service-month, as one value. Closing, restating,
//! reviewing, claiming and lapsing all go this way, so that none of them forgets a part of it.

use sla::assessment::Said;
use sla::cause::Cause;
use sla::claim::Claim;
use sla::consequence::{Consequences, Known};
use sla::ledger::Entry;
use sla::statement::StatementError;
use sla::{ClaimId, Inputs, Statement};

use crate::NoticeRecord;
use crate::telling::notices;

/// Everything that a cause writes to a service-month.
#[derive(Debug, Clone)]
pub struct Posting {
    /// A new revision of the statement, with what it follows from.
    pub statement: Option<(Statement, Inputs)>,
    /// New and changed claims.
    pub claims: Vec<Claim>,
    /// New ledger entries.
    pub entries: Vec<Entry>,
    /// Everything announced about the service, these notices included.
    pub said: Said,
    /// Notices, in the order in which they are published.
    pub notices: Vec<NoticeRecord>,
}

impl Posting {
    /// Returns everything that a cause writes to a service-month. The same cause again changes nothing more.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn of(known: &Known<'_>, cause: Cause<'_>) -> Result<Self, StatementError> {
        let consequences = Consequences::of(known, cause)?;
        let notices = notices(known, cause, &consequences);
        let Consequences { closing, settlement, said } = consequences;
        let statement = closing.map(|closing| (closing.statement, closing.inputs));
        Ok(Self { statement, claims: settlement.claims, entries: settlement.entries, said, notices })
    }

    /// Returns the posting that changes nothing.
    pub fn none(said: &Said) -> Self {
        let (claims, entries, notices) = (Vec::new(), Vec::new(), Vec::new());
        Self { statement: None, claims, entries, said: said.clone(), notices }
    }

    /// Says whether the posting changes anything, beside what had been said before.
    pub fn changes(&self, said_before: &Said) -> bool {
        self.statement.is_some()
            || !self.claims.is_empty()
            || !self.entries.is_empty()
            || self.said != *said_before
    }

    /// Returns a claim as the posting leaves it, if it changes.
    pub fn claim(&self, id: &ClaimId) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.claim_id == *id)
    }
}
