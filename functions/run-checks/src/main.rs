//! Wiring only: the Lambda bootstrap of `run-checks`.

use run_checks::{Vantage, outside};
use shell::{Queue, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let place = Settings::vantage()?;
    let queue = Queue::new(clients.sqs(), place.checks_queue.clone());
    let vantage = Vantage::new(&place.region, outside(&place.controls, clock.clone())?)?;
    shell::serve(|event| {
        let (table, queue, vantage, clock) = (table.clone(), queue.clone(), vantage.clone(), clock.clone());
        async move { run_checks::handle(&table, (&vantage, &queue), &clock, &event).await }
    })
    .await
}
