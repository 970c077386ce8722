//! HTTP requests as a trait: a sign-in asks the issuer for its keys and for tokens, and tests answer by
//! themselves. And random text, which only the outside world can give.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Random bytes in a text: 256 bits.
const RANDOM_BYTES: usize = 32;

/// An answer that is under way.
pub type FetchFuture = Pin<Box<dyn Future<Output = Result<FetchedAnswer, FetchError>> + Send>>;

/// An answer: status and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedAnswer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A request that was not answered.
#[derive(Debug, thiserror::Error)]
#[error("cannot fetch {url}")]
pub struct FetchError {
    url: String,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

impl FetchError {
    /// Names the address and the cause.
    pub fn new(url: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { url: url.to_owned(), source: source.into() }
    }
}

/// An HTTP client.
pub trait Fetch: fmt::Debug + Send + Sync {
    /// Gets a document.
    fn get(&self, url: &str) -> FetchFuture;
    /// Posts a form.
    fn post_form(&self, url: &str, form: String) -> FetchFuture;
}

/// Returns random text: 256 bits in hexadecimal.
///
/// # Errors
/// Fails if the system gives no random bytes.
pub fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_texts_differ() {
        let (one, other) = (random_text().unwrap(), random_text().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }
}
