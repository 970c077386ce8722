//! Nines on a laptop: the same functions over embedded engines, as a library for the program and the tests.

pub mod agenda;
pub mod bench;
pub mod bucket;
pub mod documents;
pub mod embedded;
pub mod error;
pub mod guard;
pub mod invariants;
pub mod invoke_api;
pub mod issuer;
pub mod log;
pub mod meter;
pub mod replay;
pub mod report;
pub mod sample;
pub mod scenario;
pub mod schedules;
pub mod serve;
pub mod stream;
pub mod system;
pub mod topics;
pub mod what_if;
pub mod wire;
