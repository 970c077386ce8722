//! Wiring only: the Lambda bootstrap of `record-checks`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { table, clock, .. } = shell::start()?;
    shell::serve(|event| {
        let (table, clock) = (table.clone(), clock.clone());
        async move { record_checks::handle(&table, &clock, &event).await }
    })
    .await
}
