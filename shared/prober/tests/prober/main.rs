//! The prober against small servers: a network double leads public addresses to them, so that no rule about
//! addresses has to be lifted for a test.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod addresses;
mod dns;
mod runs;
mod tls;
mod town;
mod web;
