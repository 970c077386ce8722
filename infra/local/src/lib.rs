//! Nines on a laptop: the same functions over embedded engines, as a library for the program and the tests.

pub mod agenda;
pub mod bucket;
pub mod embedded;
pub mod error;
pub mod invariants;
pub mod invoke_api;
pub mod replay;
pub mod scenario;
pub mod stream;
pub mod system;
pub mod topics;
pub mod wire;
