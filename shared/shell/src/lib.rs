//! The surroundings of every function: settings, clients, tracing, batch replies.
//! Architecture invariant: only this crate reads the environment.

pub mod deadlines;
pub mod envelope;

mod batch;
mod bootstrap;
mod bucket;
mod clients;
mod fetch;
mod http;
mod log;
mod queue;
mod schedules;
mod secrets;
mod settings;

pub use batch::{BatchReply, FailedItem, QueueRecord, queue_records, stream_records};
pub use bootstrap::{Resources, serve, serve_with_id, start};
pub use bucket::{Bucket, BucketError, PutOutcome};
pub use clients::{Clients, ClientsError};
pub use fetch::HttpFetch;
pub use queue::{MESSAGE_BYTES_MAX, Queue, QueueError};
pub use schedules::{OneShot, ScheduleError, ScheduleTarget, Schedules};
pub use secrets::{ParametersPlace, SECRET_BYTES_MAX, SECRET_BYTES_MIN, Secret, Secrets, SecretsError};
pub use settings::{QuotasError, Settings, SettingsError, SignInPlace, VantagePlace, WebhookQueues};
