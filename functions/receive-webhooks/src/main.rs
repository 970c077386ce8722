//! Wiring only: the Lambda bootstrap of `receive-webhooks`.

use receive_webhooks::{Hooks, Services, router};
use shell::{Queue, Secrets, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let secrets = Secrets::parameters(clients.ssm(), Settings::secrets()?);
    let queues = Settings::webhook_queues()?;
    let queue = |url| Queue::new(clients.sqs(), url);
    let (checks, tickets) = (queue(queues.checks), queue(queues.tickets));
    let hooks = Hooks::new(Services { table, secrets, checks, tickets }, clock);
    lambda_http::run(router(hooks)).await
}
