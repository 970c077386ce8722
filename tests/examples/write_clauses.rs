//! Writes the README's table of the agreement's clauses anew: `cargo run -p acceptance --example write_clauses`.

use std::error::Error;
use std::process::ExitCode;

use acceptance::quotes::write_readme;

fn main() -> ExitCode {
    let Err(error) = write_readme() else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
