//! Writes `openapi.json` anew: `cargo run -p serve-portal --example write_openapi`.

mod description;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    fs::write(place, serde_json::to_string_pretty(&description::document()?)? + "\n")?;
    Ok(())
}
