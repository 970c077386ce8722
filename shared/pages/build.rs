//! Names the assets by their content at build time, so that no start of the portal has to hash them.

use std::path::Path;
use std::{fs, io};

use sha2::{Digest, Sha256};

/// Bytes of the SHA-256 that an asset's name shows.
const NAME_BYTES: usize = 8;

fn main() -> io::Result<()> {
    for (file, variable) in [("portal.css", "PORTAL_CSS"), ("portal.js", "PORTAL_JS")] {
        let path = Path::new("assets").join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let digest = Sha256::digest(fs::read(path)?);
        let name: String = digest.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect();
        println!("cargo::rustc-env={variable}={name}");
    }
    Ok(())
}
