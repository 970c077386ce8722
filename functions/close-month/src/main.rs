//! Wiring only: the Lambda bootstrap of `close-month`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { table, clock, .. } = shell::start()?;
    let kept_for = shell::Settings::personal_data_years()?;
    shell::serve(|event| {
        let (table, clock) = (table.clone(), clock.clone());
        async move { close_month::handle(&table, &clock, &event, kept_for).await }
    })
    .await
}
