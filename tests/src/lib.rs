//! Shared parts of the acceptance tests: a world for each, every fault that can befall it, quotations of the
//! agreement.

pub mod calls;
pub mod faults;
pub mod june;
pub mod lives;
pub mod much;
pub mod personal;
pub mod quotes;
pub mod reads;
pub mod replayed;
pub mod roles;
pub mod short_june;
pub mod subscribers;
pub mod webhooks;
pub mod world;
