//! The bucket for exports: objects are written once, and never overwritten.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use outcome::{Dependency, Failure};

/// A client of S3, with the bucket's name.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

/// The outcome of writing an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It was written now.
    Written,
    /// An object with this key exists already.
    Exists,
}

/// A failed operation on the bucket.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {key}")]
pub struct BucketError {
    operation: &'static str,
    key: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl From<BucketError> for Failure {
    fn from(error: BucketError) -> Self {
        Self::fault(Dependency::Bucket, error)
    }
}

impl Bucket {
    /// Builds a bucket from a client and the bucket's name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Writes an object unless one with this key exists.
    ///
    /// # Errors
    /// Returns a [`BucketError`] if S3 fails.
    pub async fn put_new(
        &self,
        key: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<PutOutcome, BucketError> {
        let request = self.client.put_object().bucket(&self.name).key(key).if_none_match("*");
        let answer = request.content_type(content_type).body(ByteStream::from(bytes)).send().await;
        match answer {
            Ok(_) => Ok(PutOutcome::Written),
            Err(error) if error.raw_response().is_some_and(|r| r.status().as_u16() == 412) => {
                Ok(PutOutcome::Exists)
            }
            Err(error) => Err(BucketError { operation: "write", key: key.to_owned(), source: error.into() }),
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// Returns a [`BucketError`] if S3 fails or the object does not exist.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, BucketError> {
        let fault = |source| BucketError { operation: "read", key: key.to_owned(), source };
        let answer = self.client.get_object().bucket(&self.name).key(key).send().await;
        let body = answer.map_err(|error| fault(error.into()))?.body.collect().await;
        Ok(body.map_err(|error| fault(error.into()))?.into_bytes().to_vec())
    }
}
