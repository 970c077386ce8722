//! Wiring only: the Lambda bootstrap of `close-month`.

fn main() {}
