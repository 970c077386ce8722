//! Rewrites the table of the agreement's clauses: `cargo run -p acceptance --example write_clauses`.

use std::error::Error;
use std::process::ExitCode;

use acceptance::quotes::write_page;

fn main() -> ExitCode {
    let Err(error) = write_page() else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
