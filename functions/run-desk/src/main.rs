//! Wiring only: the Lambda bootstrap of `run-desk`.

use commands::People;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let schedules = shell::Schedules::new(clients.scheduler(), shell::Settings::schedules()?);
    let table = table.followed_by(std::sync::Arc::new(schedules));
    let people = if shell::Settings::two_people_directly() { People::Two } else { People::One };
    shell::serve_with_id(|event, request_id| {
        let (table, clock) = (table.clone(), clock.clone());
        async move { run_desk::handle(&table, &clock, (&event, Some(request_id)), people).await }
    })
    .await
}
