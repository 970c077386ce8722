//! Outcomes of a function and what they depend on: failures, the clock, and HTTP requests as a trait.
//! Architecture invariant: no SDK and no HTTP client is known here, so that a crate that only fails stays
//! light.

mod clock;
mod failure;
mod fetch;

pub use clock::Clock;
pub use failure::{Dependency, Failure};
pub use fetch::{Fetch, FetchError, FetchFuture, FetchedAnswer, random_text};
