//! Wiring only: the Lambda bootstrap of `export-month`.

use shell::{Bucket, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let bucket = Bucket::new(clients.s3(), Settings::bucket_name()?);
    shell::serve(|event| {
        let (table, bucket, clock) = (table.clone(), bucket.clone(), clock.clone());
        async move { export_month::handle(&table, &bucket, &clock, &event).await }
    })
    .await
}
