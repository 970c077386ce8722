//! Notices: the wording of each kind, and publishing to SNS. Architecture invariants: only this crate knows
//! SNS; the wording is a pure function of the stored fact.

mod own_topics;
mod publishing;

pub use own_topics::{OwnTopics, OwnTopicsPlace, SubscribeError, SubscriptionState};
pub use publishing::{Left, PublishError, Publisher, Topics};
