//! A customer whose contract ends, with a marker in every name, address and text that the system takes.

use events::text::Note;
use serde_json::{Value, json};
use sla::ledger::CreditKind;
use table::{NewClaim, NewTicket, Reply};

use crate::short_june::{
    CLOSED, Course, START, TOLD, approve_exclusion, checks, close, daily, desk, export, raise_exclusion,
    review_claim, review_statement, ticket_event, ticket_opening, tickets, with,
};
use crate::subscribers;
use crate::world::{Event, World, WorldError};

/// Marker in every name, address and text, in lower case.
pub const MARKER: &str = "quillfeather";
/// Name by which the issuer calls the customer's person.
pub const PERSON: &str = "Someone at acme";
/// End of the service.
pub const END: &str = "2026-07-31T00:00:00Z";
/// Instant after the close of the last month.
pub const OVER: &str = "2026-08-02T03:00:00Z";

fn fault(error: impl std::fmt::Display) -> WorldError {
    WorldError::Table(error.to_string())
}

fn command(name: &str, fields: Value) -> Event {
    desk(with(json!({ "command": name }), fields))
}

/// Plays the customer's life into an empty world that stands at `START`, up to [`OVER`].
///
/// # Errors
/// Returns an error if the world or a handler fails.
pub async fn ended(world: World) -> Result<World, WorldError> {
    let service = json!({
        "service_id": "api", "customer_id": "acme", "name": "Quillfeather line", "plan": "standard", "region": "eu",
        "activated_at": START, "monthly_fee": { "minor": 49_900, "currency": "EUR" }, "max_silence_s": null,
    });
    let registered =
        json!({ "customer_id": "acme", "name": "Quillfeather Ltd", "email": "quillfeather@example.org" });
    let maintenance = json!({
        "window_id": "m-1", "starts_at": "2026-07-10T00:00:00Z", "ends_at": "2026-07-10T01:00:00Z",
        "scope": { "services": ["api"] }, "reason": "new switches",
    });
    world
        .seed(&[
            command("register_customer", json!({ "customer_id": "other", "name": "Other" })),
            command("register_customer", registered),
            command("change_customer", json!({ "customer_id": "acme", "name": "Quillfeather SE" })),
            command("register_service", service),
            command("announce_maintenance", maintenance),
        ])
        .await?;
    let choice = json!({ "protocol": "email", "endpoint": "ops@quillfeather.example" });
    subscribers::subscribe(&world, "acme", &choice).await?;
    world.advance_to(TOLD)?;
    world.seed(&[checks(&Course::Breached.checks("api"))]).await?;
    tickets_of(&world).await?;
    world.advance_to(CLOSED)?;
    world.seed(&[close("api"), desk(raise_exclusion("api"))]).await?;
    claims_and_disputes(&world).await?;
    world.seed(&[desk(approve_exclusion())]).await?;
    world.seed(&[daily(), desk(review_statement("api", "met"))]).await?;
    for state in ["held", "review"] {
        let wanted = json!({ "customer_id": "acme", "state": state });
        let listed = world.seed(&[command("list_claims", wanted)]).await?;
        for claim in listed.iter().filter_map(|answer| answer.get("claims")?.as_array()).flatten() {
            let id = claim.get("claim_id").and_then(Value::as_str).unwrap_or_default();
            world.seed(&[desk(review_claim(id, None))]).await?;
        }
    }
    world.seed(&[daily(), export()]).await?;
    world.seed(&[command("terminate_service", json!({ "service_id": "api", "at": END }))]).await?;
    world.advance_to(OVER)?;
    let july = json!({ "month": "2026-07" });
    let [sweep, notices] = ["record-checks", "send-notices"].map(|f| Event::new(f, json!({ "sweep": true })));
    world.seed(&[sweep, Event::new("close-month", july.clone()), daily(), notices]).await?;
    world
        .seed(&[Event::new("export-month", july), Event::new("export-month", json!({ "sweep": true }))])
        .await?;
    Ok(world)
}

/// Tickets by the help desk and by the portal; one is refused, and one is no JSON.
async fn tickets_of(world: &World) -> Result<(), WorldError> {
    let texts = json!({
        "service_id": "api", "title": "Quillfeather calls", "description": "Ms Quillfeather\nasks for help",
    });
    let refused = ticket_event(
        "e9",
        TOLD,
        "opened",
        json!({
            "ticket_id": "T-9", "customer_id": "acme", "level": 9, "channel": "portal", "title": "Quillfeather again",
        }),
    );
    let noted = json!({ "note": "Ms Quillfeather is told", "internal_note": "Quillfeather was short" });
    let raw = r#"{"customer_id": "acme", "title": "Quillfeather raw"#;
    world
        .seed(&[
            tickets(&[with(ticket_opening(TOLD), texts), ticket_event("e1", TOLD, "acknowledged", noted)]),
            tickets(&[ticket_event("e2", TOLD, "resolved", json!({})), refused.clone()]),
            Event::new(
                "record-tickets",
                json!({ "Records": [{ "messageId": "m-1", "eventSource": "aws:sqs", "body": raw }] }),
            ),
        ])
        .await?;
    let listed = world.seed(&[command("list_quarantine", json!({}))]).await?;
    for input in listed.iter().filter_map(|answer| answer.get("quarantined")?.as_array()).flatten() {
        if input.get("source") == Some(&json!("ticket_event")) {
            let id = input.get("quarantine_id").cloned();
            let payload = with(refused.clone(), json!({ "level": 2 }));
            let mended = json!({ "quarantine_id": id, "payload": payload });
            world.seed(&[command("replay_quarantine", mended)]).await?;
        }
    }
    let scope = subscribers::scope(world, "acme").await?;
    let opened: NewTicket = serde_json::from_value(
        json!({ "level": 2, "title": "Quillfeather", "steps_tried": "Quillfeather slept" }),
    )
    .map_err(fault)?;
    let ids = ("T-2".parse().map_err(fault)?, "p1".parse().map_err(fault)?);
    scope.open_ticket(ids, opened, world.clock().now()).await.map_err(fault)?;
    let ids = ("T-2".parse().map_err(fault)?, "p2".parse().map_err(fault)?);
    let note = serde_json::from_value::<Note>(json!("Quillfeather has slept")).ok();
    scope.reply_to_ticket(ids, (Reply::Closed, note), world.clock().now()).await.map_err(fault)?;
    let by_phone = json!({
        "ticket_id": "T-3", "customer_id": "acme", "level": 3, "channel": "phone", "title": "Quillfeather calls",
        "note": "For Quillfeather", "internal_note": "Quillfeather again",
    });
    world.seed(&[command("open_ticket", by_phone)]).await?;
    world.seed(&[Event::new("send-notices", json!({ "sweep": true }))]).await?;
    Ok(())
}

/// A claim with a note by the desk, one by the portal, and a dispute.
async fn claims_and_disputes(world: &World) -> Result<(), WorldError> {
    let claim = json!({
        "service_id": "api", "month": "2026-06", "customer_id": "acme", "kind": "uptime",
        "note": "Quillfeather wants it back",
    });
    world.seed(&[command("file_claim", claim)]).await?;
    let scope = subscribers::scope(world, "acme").await?;
    let now = world.clock().now();
    let note = serde_json::from_value::<Note>(json!("Quillfeather was slow")).ok();
    let (service_id, month) = ("api".parse().map_err(fault)?, "2026-06".parse().map_err(fault)?);
    let claim = NewClaim { service_id, month, kind: CreditKind::Performance, note };
    scope.file_claim(claim, now).await.map_err(fault)?;
    let exclusion = "x-1".parse().map_err(fault)?;
    scope.dispute(&exclusion, "Quillfeather's carrier worked".to_owned(), now).await.map_err(fault)?;
    world.seed(&[Event::new("send-notices", json!({ "sweep": true }))]).await?;
    Ok(())
}

/// Returns the command that erases the customer's personal data.
#[must_use]
pub fn erase() -> Event {
    command("erase_personal_data", json!({ "customer_id": "acme" }))
}
