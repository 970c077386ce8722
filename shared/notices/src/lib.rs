//! Notices: wording per kind and publishing.
//! Architecture invariants: only this crate knows SNS; the wording is a pure function of the stored fact.

mod publishing;
mod wording;

pub use publishing::{PublishError, Publisher, Topics};
pub use wording::word;
