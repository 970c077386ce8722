//! Random lives of a service, and an oracle that compares what was said and stated with what a fresh look would say:
//! (a) what the customer believes is what is known, (b) every closed month is what its rules make of it, (c) nothing was
//! ever said that was not true of everything known by then.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod cases;
mod generated;
