//! What the acceptance tests share: a world of their own, and every fault that can befall it.

pub mod faults;
pub mod june;
#[cfg(test)]
mod quotes;
pub mod world;
