//! Commands of the program: serve, replay, the sample, terms, what-if.

pub mod documents;
pub mod replay;
pub mod sample;
pub mod scenario;
pub mod serve;
pub mod what_if;
