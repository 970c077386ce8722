//! Regenerates `openapi.json`: `cargo run -p serve-desk --example write_openapi`.

mod description;

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

fn main() -> Result<(), Box<dyn Error>> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut text = Vec::new();
    // The function embeds the text: indentation by one space keeps it small.
    description::document()
        .serialize(&mut Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b" ")))?;
    text.push(b'\n');
    fs::write(place, text)?;
    Ok(())
}
