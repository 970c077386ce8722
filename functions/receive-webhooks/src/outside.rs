//! Questions of the function to others: sources, their secrets, and the queues.

use std::future::Future;

use events::source::Source;
use outcome::Failure;
use shell::{Queue, Secret, Secrets};
use sla::id::SourceId;
use table::Table;

/// A function that reads webhooks from its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorder {
    /// `record-checks`, for what monitors send.
    Checks,
    /// `record-tickets`, for what help desks send.
    Tickets,
}

/// The outside: everything that may fail, and is no fault of the sender.
pub trait Outside: Send + Sync + 'static {
    /// Returns a registered source that was not removed.
    fn source(&self, id: &SourceId) -> impl Future<Output = Result<Option<Source>, Failure>> + Send;

    /// Returns the secrets of a name, if any were entered.
    fn secret(&self, name: &str) -> impl Future<Output = Result<Option<Secret>, Failure>> + Send;

    /// Puts a message on the queue of a recorder; once it is there, it cannot be lost.
    fn queue(&self, to: Recorder, message: String) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The outside as it is: the table, the secret store and two queues.
#[derive(Debug, Clone)]
pub struct Services {
    /// The table, which has the registered sources.
    pub table: Table,
    /// Their secrets.
    pub secrets: Secrets,
    /// The queue of `record-checks`.
    pub checks: Queue,
    /// The queue of `record-tickets`.
    pub tickets: Queue,
}

impl Outside for Services {
    async fn source(&self, id: &SourceId) -> Result<Option<Source>, Failure> {
        let known = self.table.source(id).await?.map(|known| known.value);
        Ok(known.filter(|known| !known.is_removed).map(|known| known.source))
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>, Failure> {
        Ok(self.secrets.get(name).await?)
    }

    async fn queue(&self, to: Recorder, message: String) -> Result<(), Failure> {
        let queue = match to {
            Recorder::Checks => &self.checks,
            Recorder::Tickets => &self.tickets,
        };
        Ok(queue.send(message).await?)
    }
}
