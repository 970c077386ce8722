//! Changes that wait for a second person: proposed with their effect, decided within 14 days by somebody else
//! (rules, 11).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect::Effect;
use crate::exclusion::{Ruling, Step};
use crate::id::StaffId;
use crate::{Instant, ProposalId, named};

/// Seconds for which a proposal waits: 14 days.
const WAITS_S: i64 = 14 * 86_400;

/// Change that one person proposed, and that another decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// Id of the change.
    pub change_id: ProposalId,
    /// The command, signed by whoever proposed it.
    pub change: Value,
    /// The person who proposed it.
    pub proposed_by: StaffId,
    /// Instant at which it was proposed.
    pub proposed_at: Instant,
    /// The first instant at which it can no longer be approved.
    pub lapses_at: Instant,
    /// Effect, as shown to the second person.
    pub effect: Effect,
    /// The ruling, once it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// The person who decided it, with the note and the instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Step>,
}

named! {
    /// State of a proposal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum ProposalState {
        /// It waits for a second person.
        Waiting = "waiting",
        /// A second person approved it, and it was made.
        Approved = "approved",
        /// A second person rejected it.
        Rejected = "rejected",
        /// Nobody decided it within 14 days.
        Lapsed = "lapsed",
    }
}

/// Reason for refusing a decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// The person who proposed the change would decide it.
    #[error("by: `{0}` proposed this change: another person must decide it")]
    SamePerson(StaffId),
    /// The change is decided.
    #[error("change_id: `{0}` is {1} already")]
    Decided(ProposalId, &'static str),
    /// The change has lapsed.
    #[error("change_id: `{0}` lapsed at {1}, after 14 days: give the command again if it is still wanted")]
    Lapsed(ProposalId, Instant),
}

impl Proposal {
    /// Builds a proposal that waits from `now` on.
    pub fn new(change_id: ProposalId, change: Value, by: StaffId, effect: Effect, now: Instant) -> Self {
        Self {
            change_id,
            change,
            proposed_by: by,
            proposed_at: now,
            lapses_at: now.plus_s(WAITS_S),
            effect,
            ruling: None,
            decision: None,
        }
    }

    /// Returns the earliest instant at which a change that still waits can have been proposed.
    pub fn earliest_waiting(now: Instant) -> Instant {
        now.plus_s(1 - WAITS_S)
    }

    /// Returns the state at an instant.
    pub fn state(&self, now: Instant) -> ProposalState {
        match self.ruling {
            Some(Ruling::Approve) => ProposalState::Approved,
            Some(Ruling::Reject) => ProposalState::Rejected,
            None if now >= self.lapses_at => ProposalState::Lapsed,
            None => ProposalState::Waiting,
        }
    }

    /// Returns the proposal as decided by a second person.
    ///
    /// # Errors
    /// Returns a [`ProposalError`] if the person proposed it, or it no longer waits.
    pub fn decide(&self, ruling: Ruling, step: Step) -> Result<Self, ProposalError> {
        if step.by.is_same_person(self.proposed_by.as_str()) {
            return Err(ProposalError::SamePerson(step.by));
        }
        let id = self.change_id.clone();
        match self.state(step.at) {
            ProposalState::Waiting => Ok(Self { ruling: Some(ruling), decision: Some(step), ..self.clone() }),
            ProposalState::Lapsed => Err(ProposalError::Lapsed(id, self.lapses_at)),
            state => Err(ProposalError::Decided(id, state.as_str())),
        }
    }
}
