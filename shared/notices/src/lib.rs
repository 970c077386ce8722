//! Notices: wording per kind and publishing.
//! Architecture invariants: only this crate knows SNS; the wording is a pure function of the stored fact.

mod letter;
mod own_topics;
mod publishing;
mod wording;

pub use own_topics::{OwnTopics, OwnTopicsPlace, SubscribeError, SubscriptionState};
pub use publishing::{Left, PublishError, Publisher, Topics};
pub use wording::word;
