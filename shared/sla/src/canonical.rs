//! Canonical JSON (RFC 8785) and SHA-256 digests: the same facts give the same bytes, whoever writes them.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Returns the canonical JSON (RFC 8785) of a value.
///
/// # Errors
/// A value that JSON cannot hold, such as a map whose keys are no strings.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_string(value)
}

/// Returns the lower-case hex SHA-256 of a value's canonical JSON.
///
/// # Errors
/// As [`canonical_json`].
pub fn digest_hex<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    canonical_json(value).map(|json| sha256_hex(json.as_bytes()))
}

/// Returns the lower-case hex SHA-256 of bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
