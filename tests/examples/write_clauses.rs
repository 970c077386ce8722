//! Writes the README's table of the agreement's clauses anew: `cargo run -p acceptance --example write_clauses`.

use acceptance::quotes::{QuoteError, write_readme};

fn main() -> Result<(), QuoteError> {
    write_readme()
}
