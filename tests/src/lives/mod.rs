//! Lives of services: everything that happens to them, and an oracle that compares, again and again, what was said and
//! stated with what a fresh look from nothing would say and state.

pub mod belief;
pub mod life;
pub mod model;
pub mod oracle;
