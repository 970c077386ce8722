//! Postings: the whole write that a cause makes to a service-month, as one value. Closing, restating,
//! reviewing, claiming and lapsing all go this way, so that none of them forgets a part of it.

use sla::assessment::Announcements;
use sla::cause::Cause;
use sla::claim::Claim;
use sla::consequence::{Consequences, KnownMonth};
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
    pub announcements: Announcements,
    /// Notices, in the order in which they are published.
    pub notices: Vec<NoticeRecord>,
}

impl Posting {
    /// Returns everything that a cause writes to a service-month. The same cause again changes nothing more.
    ///
    /// # Errors
    /// Returns a [`StatementError`] if the stored slots cannot be read.
    pub fn of(known: &KnownMonth<'_>, cause: Cause<'_>) -> Result<Self, StatementError> {
        let consequences = Consequences::of(known, cause)?;
        let notices = notices(known, cause, &consequences);
        let Consequences { closing, settlement, announcements } = consequences;
        let statement = closing.map(|closing| (closing.statement, closing.inputs));
        Ok(Self { statement, claims: settlement.claims, entries: settlement.entries, announcements, notices })
    }

    /// Returns the posting that changes nothing.
    pub fn none(announcements: &Announcements) -> Self {
        let (claims, entries, notices) = (Vec::new(), Vec::new(), Vec::new());
        Self { statement: None, claims, entries, announcements: announcements.clone(), notices }
    }

    /// Says whether the posting changes anything, beside what had been said before.
    pub fn changes(&self, before: &Announcements) -> bool {
        self.statement.is_some()
            || !self.claims.is_empty()
            || !self.entries.is_empty()
            || self.announcements != *before
    }

    /// Returns a claim as the posting leaves it, if it changes.
    pub fn claim(&self, id: &ClaimId) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.claim_id == *id)
    }
}
