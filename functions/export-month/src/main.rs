//! Wiring only: the Lambda bootstrap of `export-month`.

fn main() {}
