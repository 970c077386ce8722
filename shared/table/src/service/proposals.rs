//! Changes that wait for a second person. An approval is one transaction with the change that it approves, so
//! that neither is ever there without the other.

use sla::proposal::{Proposal, ProposalState};
use sla::{Instant, ProposalId};

use crate::service::queue::Queue;
use crate::service::waiting::QueueHead;
use crate::store::{Committed, Draft, Item, TableError, Transaction, Versioned};
use crate::{Table, keys};

/// Seconds for which a proposal with a payload is kept once it has lapsed: 30 days, as an accepted request.
const KEPT_S: i64 = 30 * 86_400;

/// Drafts a proposal, which is in the index while it waits. One with a payload ends, as the texts in it may
/// be about people and nothing leads to them.
fn draft(proposal: &Proposal) -> Result<Draft, TableError> {
    let waits_since = proposal.ruling.is_none().then_some(proposal.proposed_at);
    let draft = Draft::with_body(&keys::proposal(&proposal.change_id), proposal)?;
    let draft = draft.due(Queue::Proposals.partition(), waits_since);
    let has_payload = proposal.change.get("payload").is_some();
    Ok(if has_payload { draft.expires(proposal.lapses_at.plus_s(KEPT_S)) } else { draft })
}

impl Table {
    /// Reads a change that was proposed.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn proposal(&self, id: &ProposalId) -> Result<Option<Versioned<Proposal>>, TableError> {
        self.store.get_one(&keys::proposal(id)).await?.as_ref().map(Versioned::of).transpose()
    }

    /// Writes a proposal under the version that was read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn save_proposal(&self, proposal: &Versioned<Proposal>) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        transaction.put_versioned(draft(&proposal.value)?, proposal.version);
        self.store.commit(transaction).await
    }

    /// Keeps the new effect of a proposal whose approval is refused; nothing else is written with it.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn keep_effect(&self, proposal: &Versioned<Proposal>) -> Result<Committed, TableError> {
        let mut transaction = Transaction::default();
        transaction.put_versioned(draft(&proposal.value)?, proposal.version);
        self.store.plain().commit(transaction).await
    }

    /// Returns a table whose first transaction also writes a proposal as approved, under the version that was
    /// read.
    ///
    /// # Errors
    /// Returns a [`TableError`] if the proposal cannot be written as JSON.
    pub fn approving(&self, approved: &Versioned<Proposal>) -> Result<Self, TableError> {
        let mut transaction = Transaction::default();
        transaction.put_versioned(draft(&approved.value)?, approved.version);
        Ok(Self { store: self.store.with(transaction), ..self.clone() })
    }

    /// Reads the changes that wait for a second person, oldest first, after a given one; those that have
    /// lapsed are left out.
    ///
    /// # Errors
    /// Returns a [`TableError`] if DynamoDB fails.
    pub async fn waiting_proposals(
        &self,
        after: Option<&Proposal>,
        now: Instant,
        limit: usize,
    ) -> Result<QueueHead<Proposal>, TableError> {
        let place = |proposal: &Proposal| (proposal.proposed_at, proposal.change_id.clone());
        let after = after.map(place);
        let earliest = Proposal::earliest_waiting(now);
        let from = after.as_ref().map_or(earliest, |(at, _)| earliest.max(*at));
        let (wanted, is_more) = self.queue(Queue::Proposals, Some(from), limit).await?;
        let mut found = self.store.get(&wanted).await?;
        let items = wanted.iter().filter_map(|key| found.remove(key));
        let mut first = items.map(|item| Item::body::<Proposal>(&item)).collect::<Result<Vec<_>, _>>()?;
        first.sort_by_key(place);
        let latest = first.last().map(|last| last.proposed_at);
        if is_more && first.first().map(|first| first.proposed_at) != latest {
            // The index leaves the order within one second open: the next page has that second whole.
            first.retain(|proposal| Some(proposal.proposed_at) != latest);
        }
        let waits = |proposal: &Proposal| {
            proposal.state(now) == ProposalState::Waiting && Some(place(proposal)) > after
        };
        Ok(QueueHead { first: first.into_iter().filter(waits).collect(), is_more })
    }
}
