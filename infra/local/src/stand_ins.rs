//! Stand-ins on one machine: DynamoDB and its stream, S3, SNS, SQS, SSM, Scheduler, the Invoke API, an issuer
//! of tokens, and a demo to watch.

pub mod account;
pub mod bucket;
pub mod demo;
pub mod embedded;
pub mod guard;
pub mod invoke_api;
pub mod issuer;
pub mod log;
pub mod parameters;
pub mod queues;
pub mod schedules;
pub mod stream;
pub mod topics;
pub mod wire;
