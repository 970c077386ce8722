//! Wiring only: the Lambda bootstrap of `run-desk`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Started { table, clock, .. } = shell::start()?;
    shell::serve_with_id(|event, request_id| {
        let (table, clock) = (table.clone(), clock.clone());
        async move { run_desk::handle(&table, &clock, &event, Some(request_id)).await }
    })
    .await
}
