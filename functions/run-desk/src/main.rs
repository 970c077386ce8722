//! Wiring only: the Lambda bootstrap of `run-desk`.

fn main() {}
