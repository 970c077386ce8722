//! The bootstrap of a Lambda function: tracing, clients, and the event loop.

use std::future::Future;
use std::pin::Pin;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use table::Table;

use crate::{Clients, Settings, log};
use outcome::{Clock, Failure};

/// The resources of a started function.
#[derive(Debug, Clone)]
pub struct Resources {
    /// The source of SDK clients.
    pub clients: Clients,
    /// The table.
    pub table: Table,
    /// The system's clock.
    pub clock: Clock,
}

/// Sets up tracing and the clients from the environment.
///
/// # Errors
/// Returns an error if a setting is missing or wrong.
pub fn start() -> Result<Resources, lambda_runtime::Error> {
    log::init();
    let clients = Clients::new(Settings::from_environment()?)?;
    let table = Table::new(clients.dynamodb(), Settings::table_name()?);
    Ok(Resources { clients, table, clock: Clock::System })
}

/// Handles events until Lambda ends the process; a failure becomes a function error with type and message.
///
/// # Errors
/// Returns an error if the runtime API fails.
pub async fn serve<F, R>(handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Vec<u8>) -> R + Send + Sync,
    R: Future<Output = Result<Value, Failure>> + Send,
{
    serve_with_id(|event, _| handle(event)).await
}

/// Handles events as [`serve`] does, each with the id of its request.
///
/// # Errors
/// Returns an error if the runtime API fails.
pub async fn serve_with_id<F, R>(handle: F) -> Result<(), lambda_runtime::Error>
where
    F: Fn(Vec<u8>, String) -> R + Send + Sync,
    R: Future<Output = Result<Value, Failure>> + Send,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let answer: Pin<Box<dyn Future<Output = _> + Send>> =
            Box::pin(handle(event.payload.get().as_bytes().to_vec(), event.context.request_id.clone()));
        let answer = answer.await;
        answer.map_err(|failure| {
            let message = failure.message();
            if failure.is_fault() {
                tracing::error!(error_type = failure.error_type(), "{message}");
            }
            Diagnostic { error_type: failure.error_type().to_owned(), error_message: message }
        })
    }))
    .await
}
