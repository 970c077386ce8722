//! Help desks as sources: a ticket through all its states, and what the quarantine keeps of one that is not
//! mapped.

use super::*;

const MESSAGES: [&str; 5] = [
    "django-helpdesk-2.6.1-1-new",
    "django-helpdesk-2.6.1-2-comment",
    "django-helpdesk-2.6.1-3-resolved",
    "django-helpdesk-2.6.1-4-reopened",
    "django-helpdesk-2.6.1-5-closed",
];

fn mapping(customer: &str) -> Value {
    json!({
        "ticket_id": "hd-{key}", "customer_id": { "ticket.queue": { "1": customer } },
        "level": { "ticket.priority": { "1": 1 } },
    })
}

async fn ticket(world: &World) -> Value {
    give(world, json!({ "command": "show_ticket", "ticket_id": "hd-1" })).await
}

#[tokio::test]
async fn a_ticket_goes_through_all_its_states() {
    let world = world(1).await;
    let registered = register("desk", "django-helpdesk", &json!({ "map": [mapping("acme")] }));
    world.seed(&[registered]).await.unwrap();
    let mut told = String::new();
    for name in MESSAGES {
        let message = captured("desk", name).unwrap();
        let counts = deliver(&world, "record-tickets", message.clone()).await;
        let again = deliver(&world, "record-tickets", message).await;
        told.push_str(&format!("{name}: {counts:?}, again {again:?}\n"));
    }
    let shown = ticket(&world).await;
    for event in shown["events"].as_array().unwrap() {
        told.push_str(&format!("{event}\n"));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn of_a_ticket_that_is_not_mapped_only_what_is_read_is_kept_and_it_replays() {
    let mapped = world(1).await;
    let late = mapped.fork().unwrap();
    let of = |map: Value| register("desk", "django-helpdesk", &json!({ "map": map }));
    mapped.seed(&[of(json!([mapping("acme")]))]).await.unwrap();
    // Its customer is not in the table yet.
    let mut lacking = mapping("acme");
    lacking["customer_id"] = json!({ "ticket.queue": { "7": "acme" } });
    late.seed(&[of(json!([lacking]))]).await.unwrap();
    for name in MESSAGES {
        let message = captured("desk", name).unwrap();
        deliver(&mapped, "record-tickets", message.clone()).await;
        assert_eq!(deliver(&late, "record-tickets", message).await, [0, 0, 1], "{name}");
    }
    let waiting = quarantined(&late).await;
    let kept = serde_json::to_string(&waiting).unwrap();
    for private in ["customer@example.org", "Line down since", "Ticket Opened"] {
        assert!(!kept.contains(private), "{private} in {kept}");
    }
    let change = json!({
        "command": "map_source", "source_id": "desk", "add": [mapping("acme")], "remove": [lacking],
    });
    give(&late, change).await;
    for entry in &waiting {
        replay(&late, entry).await;
    }
    let events = |shown: Value| shown["events"].clone();
    assert_eq!(events(ticket(&late).await), events(ticket(&mapped).await));

    let unreadable = json!({ "detail-type": "webhook", "detail": {
        "source_id": "desk", "received_at": NOW, "body": "{\"ticket\": customer@example.org",
    }});
    assert_eq!(deliver(&late, "record-tickets", unreadable).await, [0, 0, 1]);
    assert!(!serde_json::to_string(&quarantined(&late).await).unwrap().contains("customer@example.org"));
}
