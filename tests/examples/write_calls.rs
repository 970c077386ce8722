//! Rewrites the list of each function's SDK calls: `cargo run -p acceptance --example write_calls`.

use std::error::Error;
use std::process::ExitCode;

use acceptance::roles;

fn main() -> ExitCode {
    let Err(error) = roles::write() else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
