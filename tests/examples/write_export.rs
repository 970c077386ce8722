//! Writes an export with every kind of row, for readers outside this project: June 2026 in three revisions,
//! credits in EUR, JPY and KWD, a reversal, a restated statement, a ticket. `cargo run --example write_export
//! -- DIR`, a folder that does not exist yet.

use std::error::Error;
use std::path::PathBuf;

use acceptance::june;
use acceptance::world::Event;
use nines::system::copy_folder;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let dir: PathBuf = std::env::args_os().nth(1).ok_or("give a folder: write_export DIR")?.into();
    if dir.exists() {
        return Err(format!("{} exists: give a folder that does not exist yet", dir.display()).into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(write(&dir))
}

async fn write(dir: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let world = june::is_closed().await?;
    let opened = json!({
        "event_id": "e1", "ticket_id": "late", "occurred_at": "2026-06-10T09:00:00Z", "kind": "opened",
        "customer_id": "acme", "level": 1, "channel": "phone", "title": "Down",
    });
    world.seed(&[june::export()]).await?;
    for (instant, service) in [("2026-07-03T03:00:00Z", "api-eur"), ("2026-07-04T03:00:00Z", "api-met")] {
        world.advance_to(instant)?;
        let late = june::check(service, "2026-06-29T00:00:00Z", "down");
        let sweep = Event::new("close-month", json!({ "sweep": true }));
        let tickets = Event::new("record-tickets", json!({ "events": [opened] }));
        world.seed(&[late, tickets, sweep, june::export()]).await?;
    }
    Ok(copy_folder(&world.engines().objects(), dir)?)
}
