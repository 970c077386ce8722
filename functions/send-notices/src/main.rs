//! Wiring only: the Lambda bootstrap of `send-notices`.

use notices::Publisher;
use shell::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let publisher = Publisher::new(clients.sns(), Settings::topics()?).linking(Settings::portal_origin());
    shell::serve(|event| {
        let (table, publisher, clock) = (table.clone(), publisher.clone(), clock.clone());
        async move { send_notices::handle(&table, &publisher, &clock, &event).await }
    })
    .await
}
