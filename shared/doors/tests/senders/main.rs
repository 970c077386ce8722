//! Bodies that real programs sent, that others document, and that nobody should send: read and mapped.
//! One binary: `world` has the messages, their sources and the slots that checks fill.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bodies;
mod cut;
mod guide;
mod heartbeats;
mod limits;
mod mutated;
mod outages;
mod proofs;
mod tickets;
mod world;
