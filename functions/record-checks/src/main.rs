//! Wiring only: the Lambda bootstrap of `record-checks`.

fn main() {}
