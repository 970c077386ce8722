//! What the acceptance tests share: a world of their own, every fault that can befall it, and what is quoted.

pub mod calls;
pub mod faults;
pub mod june;
pub mod lives;
pub mod much;
pub mod quotes;
pub mod replayed;
pub mod roles;
pub mod short_june;
pub mod subscribers;
pub mod world;
