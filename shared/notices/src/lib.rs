//! Publishing of notices to SNS, and the customers' own topics.
//! Architecture invariant: only this crate knows SNS.

mod own_topics;
mod publishing;

pub use own_topics::{OwnTopics, OwnTopicsPlace, SubscribeError, SubscriptionState};
pub use publishing::{PublishError, Publisher, Topics, UndeliveredNotices};
