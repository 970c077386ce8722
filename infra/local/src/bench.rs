//! Measures.
use crate::error::LocalError;
/// x
pub async fn run() -> Result<String, LocalError> { Ok(String::new()) }
