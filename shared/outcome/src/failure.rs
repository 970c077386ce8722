//! Failures of a function: refusals with a remedy, and faults that a retry may overcome.

use std::error::Error;
use std::fmt::{self, Write};

use events::InputError;

/// The most causes of a fault shown, outermost first.
const CAUSES_MAX: usize = 10;

/// The reason why a function did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The event violates the contract.
    #[error("{0}")]
    BadRequest(String),
    /// The event names something that does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The event contradicts the stored state.
    #[error("{0}")]
    Conflict(String),
    /// The person is not allowed to do this.
    #[error("{0}")]
    Forbidden(String),
    /// A service that the function depends on failed.
    #[error("{0} failed")]
    Fault(Dependency, #[source] Box<dyn Error + Send + Sync>),
    /// Several operations failed; the cause decides the error type.
    #[error("{0}")]
    Several(String, #[source] Box<Failure>),
    /// A condition that should be impossible occurred.
    #[error("an unexpected fault")]
    Unexpected(#[source] Box<dyn Error + Send + Sync>),
}

/// A service that functions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependency {
    /// DynamoDB.
    Table,
    /// SNS, to which notices are published.
    Publishing,
    /// SNS, where a subscription is made, asked about or ended.
    Subscribing,
    /// S3.
    Bucket,
    /// EventBridge Scheduler.
    Scheduler,
    /// SQS.
    Queue,
    /// SSM Parameter Store, or the file that stands in for it.
    Secrets,
}

impl Dependency {
    fn error_type(self) -> &'static str {
        match self {
            Self::Table => "TableFault",
            Self::Publishing => "PublishFault",
            Self::Subscribing => "SubscribeFault",
            Self::Bucket => "BucketFault",
            Self::Scheduler => "ScheduleFault",
            Self::Queue => "QueueFault",
            Self::Secrets => "SecretsFault",
        }
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "the table",
            Self::Publishing => "publishing",
            Self::Subscribing => "subscribing",
            Self::Bucket => "the bucket",
            Self::Scheduler => "the scheduler",
            Self::Queue => "the queue",
            Self::Secrets => "the secret store",
        })
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl Failure {
    /// Wraps an error of a service that the function depends on.
    pub fn fault(dependency: Dependency, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Fault(dependency, error.into())
    }

    /// Wraps a fault that belongs to no operation above.
    pub fn unexpected(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unexpected(error.into())
    }

    /// Returns the `errorType` of the answer.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "BadRequest",
            Self::NotFound(_) => "NotFound",
            Self::Conflict(_) => "Conflict",
            Self::Forbidden(_) => "Forbidden",
            Self::Fault(dependency, _) => dependency.error_type(),
            Self::Several(_, cause) => cause.error_type(),
            Self::Unexpected(_) => "UnexpectedFault",
        }
    }

    /// Returns the `errorMessage` of the answer: the refusal, or the whole chain of causes, once.
    pub fn message(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        for _ in 0..CAUSES_MAX {
            let Some(error) = cause else { break };
            // Writing to a string cannot fail.
            let _ = write!(message, ": {error}");
            cause = error.source();
        }
        message
    }

    /// True if the same event may succeed later.
    pub fn is_fault(&self) -> bool {
        match self {
            Self::BadRequest(_) | Self::NotFound(_) | Self::Conflict(_) | Self::Forbidden(_) => false,
            Self::Several(_, cause) => cause.is_fault(),
            Self::Fault(..) | Self::Unexpected(_) => true,
        }
    }
}
