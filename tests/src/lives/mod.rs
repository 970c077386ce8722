//! Lives of services: everything that happens to them, and an oracle that compares, again and again, notices
//! and statements with those of a fresh computation from nothing.

pub mod belief;
pub mod life;
pub mod model;
pub mod oracle;
