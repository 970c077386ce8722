//! Measurements: benchmarks, counts of calls and units, and the invariants of a finished run.

pub mod bench;
pub mod invariants;
pub mod meter;
