//! Wiring only: the Lambda bootstrap of `send-notices`.

fn main() {}
