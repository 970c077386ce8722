//! Commands of the program: serve, replay, the sample and what lives after it, terms, what-if.

pub mod documents;
pub mod living;
pub mod replay;
pub mod sample;
pub mod scenario;
pub mod serve;
pub mod what_if;
