//! A queue of SQS that a function sends to: one message at a time, which is acknowledged before its sender
//! is.

use aws_sdk_sqs::Client;
use outcome::{Dependency, Failure};

/// The longest message that a queue takes, in bytes: 1 MiB, if its `MaximumMessageSize` says so (the template
/// does).
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// A client of SQS, with the queue's URL.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that a queue did not take.
#[derive(Debug, thiserror::Error)]
#[error("cannot send to the queue {url}")]
pub struct QueueError {
    url: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        Self::fault(Dependency::Queue, error)
    }
}

impl Queue {
    /// Builds a queue from a client and the queue's URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends a message. A send that is tried again may arrive twice.
    ///
    /// # Errors
    /// Returns a [`QueueError`] if SQS fails.
    pub async fn send(&self, message: String) -> Result<(), QueueError> {
        let sent = self.client.send_message().queue_url(&self.url).message_body(message).send().await;
        sent.map(|_| ()).map_err(|error| QueueError { url: self.url.clone(), source: error.into() })
    }
}
