//! June 2026 of three services in three currencies, for tests of exports: over, closed, restated.

use std::sync::Arc;

use nines::stand_ins::wire::OpenPassage;
use serde_json::{Value, json};
use sla::Terms;
use sla::terms::ClaimMode;

use crate::world::{Event, World, WorldError};

/// Returns the export of June.
pub fn export() -> Event {
    Event::new("export-month", json!({ "month": "2026-06" }))
}

/// Returns a check of a service.
pub fn check(service: &str, at: &str, status: &str) -> Event {
    let check = json!({ "service_id": service, "checked_at": at, "status": status });
    Event::new("record-checks", json!({ "checks": [check] }))
}

/// Builds June when it is over: `api-eur` and `api-jpy` were down for a day, `api-met` never; no claim is
/// needed.
pub async fn is_over() -> Result<World, WorldError> {
    let world = World::at("2026-05-31T00:00:00Z").await?;
    let mut terms = Terms::built_in();
    (terms.revision, terms.claims.mode) = (2, ClaimMode::Automatic);
    let process = world.process(Arc::new(OpenPassage))?;
    process.directory().store_terms(&terms).await.map_err(|e| WorldError::Table(e.to_string()))?;
    let desk = |command: Value| Event::new("run-desk", command);
    let mut events =
        vec![desk(json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" }))];
    for (id, fee, currency) in [("api-eur", 49_900, "EUR"), ("api-jpy", 70_000, "JPY"), ("api-met", 5, "KWD")]
    {
        events.push(desk(json!({
            "command": "register_service", "service_id": id, "customer_id": "acme", "name": id,
            "plan": "standard", "monthly_fee": { "minor": fee, "currency": currency }, "region": "eu",
            "activated_at": "2026-05-31T00:00:00Z", "max_silence_s": null,
        })));
        events.push(check(id, "2026-05-31T00:00:00Z", "up"));
    }
    world.seed(&events).await?;
    world.advance_to("2026-06-06T00:00:00Z")?;
    for id in ["api-eur", "api-jpy"] {
        let day = [check(id, "2026-06-05T00:00:00Z", "down"), check(id, "2026-06-06T00:00:00Z", "up")];
        world.seed(&day).await?;
    }
    world.advance_to("2026-07-02T00:00:00Z")?;
    Ok(world)
}

/// Builds June when it is closed.
pub async fn is_closed() -> Result<World, WorldError> {
    let world = is_over().await?;
    world.seed(&[Event::new("close-month", json!({ "month": "2026-06" }))]).await?;
    Ok(world)
}

/// Builds June exported and then restated: by late checks, `services` were down from June 29 on as well.
pub async fn is_restated(services: &[&str]) -> Result<World, WorldError> {
    let world = is_closed().await?;
    world.seed(&[export()]).await?;
    world.advance_to("2026-07-03T03:00:00Z")?;
    for service in services {
        world.seed(&[check(service, "2026-06-29T00:00:00Z", "down")]).await?;
    }
    world.seed(&[Event::new("close-month", json!({ "sweep": true }))]).await?;
    Ok(world)
}
