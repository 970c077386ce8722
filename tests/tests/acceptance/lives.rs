//! Random lives of a service, and an oracle that compares notices and statements with a fresh computation:
//! (a) the customer's belief equals the evidence, (b) every closed month follows the rules, (c) no notice was
//! ever untrue of everything known by then.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod cases;
mod generated;
