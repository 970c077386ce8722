//! Wiring only: the Lambda bootstrap of `keep-deadlines`.

use shell::{Schedules, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let schedules = Schedules::new(clients.scheduler(), Settings::schedules()?);
    shell::serve(|event| {
        let (table, schedules, clock) = (table.clone(), schedules.clone(), clock.clone());
        async move { keep_deadlines::handle(&table, &schedules, &clock, &event).await }
    })
    .await
}
