//! Properties of the core over generated months, and the real month at the core.
//! One binary: `world` generates, `model` is slow and obviously right, and the rest compares.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod assessment;
mod closed_months;
mod duty;
mod model;
mod month;
mod performance;
mod quota;
mod real_month;
mod real_tickets;
mod restating;
mod settlement;
mod silences;
mod statement;
mod summary;
mod terms;
mod ticket_claims;
mod tickets;
mod voids;
mod world;
