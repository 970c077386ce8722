//! Sources under every fault at every SDK call, and two webhooks of one series in every order.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use acceptance::faults::{Scenario, every, interleaved, runtime};
use acceptance::webhooks::{alert, alerts, captured, register};
use acceptance::world::{Event, World};
use serde_json::json;

const START: &str = "2026-11-01T00:00:00Z";
const NOW: &str = "2026-11-30T00:00:00Z";

/// A world with a service, after some events.
fn world(quorum: u32, events: &[Event]) -> World {
    let made = async {
        let world = World::at(START).await?;
        let commands = [
            json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme" }),
            json!({
                "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
                "plan": "standard", "monthly_fee": { "minor": 49900, "currency": "EUR" }, "region": "eu",
                "activated_at": START, "max_silence_s": null, "quorum": quorum,
            }),
        ];
        world.seed(&commands.map(desk)).await?;
        world.seed(events).await?;
        world.advance_to(NOW)?;
        Ok::<_, acceptance::world::WorldError>(world)
    };
    runtime().unwrap().block_on(made).unwrap()
}

fn desk(command: serde_json::Value) -> Event {
    Event::new("run-desk", command)
}

fn checks(message: serde_json::Value) -> Event {
    Event::new("record-checks", message)
}

fn alertmanager() -> Event {
    let map = json!([{ "when": { "labels.nines_service": "api" }, "service_id": "api" }]);
    register("am", "alertmanager", &json!({ "map": map }))
}

#[track_caller]
fn survives(scenario: &Scenario) {
    match every(scenario) {
        Ok(report) => println!("{report}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn registering_and_mapping_survive_every_fault() {
    let mapping = json!({ "when": { "key": "7c" }, "service_id": "api" });
    let events = vec![
        register("am", "alertmanager", &json!({})),
        desk(json!({ "command": "map_source", "source_id": "am", "add": [mapping] })),
        desk(json!({ "command": "change_source", "source_id": "am", "lead_s": 60 })),
    ];
    // A command that comes again after later ones is another one.
    survives(&Scenario::new(world(1, &[]), events));
}

#[test]
fn an_outage_told_by_webhooks_survives_every_fault() {
    let (start, end) = ("2026-11-29T10:03:20Z", "2026-11-29T10:17:05Z");
    let unmapped = alert("8d", "web", start, None);
    let events = vec![
        checks(alerts("am", start, &[alert("7c", "api", start, None), unmapped])),
        checks(alerts("am", end, &[alert("7c", "api", start, Some(end))])),
    ];
    survives(&Scenario::new(world(1, &[alertmanager()]), events));
}

#[test]
fn a_ticket_told_by_webhooks_survives_every_fault() {
    let mapping = json!({
        "ticket_id": "hd-{key}", "customer_id": { "ticket.queue": { "1": "acme" } },
        "level": { "ticket.priority": { "1": 1 } },
    });
    let helpdesk = register("desk", "django-helpdesk", &json!({ "map": [mapping] }));
    let told = |name| Event::new("record-tickets", captured("desk", name).unwrap());
    let events = vec![told("django-helpdesk-2.6.1-1-new"), told("django-helpdesk-2.6.1-3-resolved")];
    survives(&Scenario::new(world(1, &[helpdesk]), events));
}

#[test]
fn two_series_of_one_probe_meet_in_any_order() {
    let before = [alertmanager()];
    let at = "2026-11-29T10:03:20Z";
    let told = |series, end| checks(alerts("am", end, &[alert(series, "api", at, Some(end))]));
    let events = vec![told("a", "2026-11-29T10:05:20Z"), told("b", "2026-11-29T10:09:20Z")];
    let mut scenario = Scenario::new(world(2, &before), events);
    // What was asserted before the other came is remembered, and another version of it.
    scenario.ignored_attributes = &["version", "body"];
    match interleaved(&scenario, |_| Ok(())) {
        Ok(report) => println!("{report}"),
        Err(error) => panic!("{error}"),
    }
}
