//! Claims that come with tickets: parked, repeated, astray, refused by their date, replayed, and swept after a crash.

use acceptance::faults::Lost;
use acceptance::short_june::{ticket_claim, ticket_event, ticket_opening, tickets};

use super::*;

const OPENED: &str = "2026-06-30T23:10:00Z";

/// A world in which a service was down, and a ticket about it was opened.
async fn ticketed(now: &str) -> World {
    let world = june(&[("api", Course::Breached)], TOLD).await.unwrap();
    seed(&world, &[tickets(&[ticket_opening(OPENED)])]).await;
    world.advance_to(now).unwrap();
    world
}

async fn record(world: &World, events: &[Value]) -> Value {
    world.seed(&[tickets(events)]).await.unwrap().remove(0)
}

fn taken(accepted: u32, duplicates: u32) -> Value {
    json!({ "accepted": accepted, "duplicates": duplicates, "quarantined": [] })
}

async fn all_claims(world: &World) -> Vec<Value> {
    let answer = done(world, json!({ "command": "list_claims" })).await;
    answer["claims"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_claim_before_its_tickets_opening_is_parked_and_filed_then() {
    let world = june(&[("api", Course::Breached)], TOLD).await.unwrap();
    let claim = ticket_claim("e1", "2026-06-30T23:20:00Z", "api");
    assert_eq!(record(&world, std::slice::from_ref(&claim)).await, taken(1, 0));
    assert_eq!(all_claims(&world).await, [] as [Value; 0]);
    assert_eq!(record(&world, &[ticket_opening(OPENED)]).await, taken(1, 0));
    let claims = all_claims(&world).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&claims).unwrap());
    let before = world.dump().unwrap();
    assert_eq!(record(&world, &[claim, ticket_opening(OPENED)]).await, taken(0, 2));
    assert_eq!(before.difference(&world.dump().unwrap()), "");
}

#[tokio::test]
async fn a_second_event_of_a_ticket_repeats_its_claim_and_a_second_ticket_is_a_duplicate() {
    let world = ticketed(TOLD).await;
    let claim = |event: &str| ticket_claim(event, "2026-06-30T23:20:00Z", "api");
    let of_other = |event: Value| with(event, json!({ "ticket_id": "T-2" }));
    record(&world, &[claim("e1"), claim("e2")]).await;
    assert_eq!(all_claims(&world).await.len(), 1, "the second event repeats the first one");
    record(&world, &[claim("e3")]).await;
    record(&world, &[of_other(ticket_opening(OPENED)), of_other(claim("f1"))]).await;
    record(&world, &[of_other(claim("f2"))]).await;
    let by_desk = done(&world, file_claim("api", "uptime")).await;
    assert_eq!(by_desk["ticket_id"], "T-1", "the dashboard finds the first one");
    insta::assert_snapshot!(listed(&world, json!({})).await);
    world.advance_to(CLOSED).unwrap();
    seed(&world, &[close("api")]).await;
    insta::assert_snapshot!("one_of_two_tickets_is_credited", { told(&world).await });
}

#[tokio::test]
async fn a_claim_about_nothing_of_the_customers_is_rejected_and_told() {
    let world = ticketed(TOLD).await;
    seed(&world, &[short_june::service("theirs", "other", 100, "EUR")]).await;
    let at = "2026-06-30T23:20:00Z";
    let of_month = |event: &str, month: &str| with(ticket_claim(event, at, "api"), json!({ "month": month }));
    let claims = [
        ticket_claim("e1", at, "nothing"),
        ticket_claim("e2", at, "theirs"),
        of_month("e3", "2026-08"),
        of_month("e4", "2026-05"),
    ];
    assert_eq!(record(&world, &claims).await, taken(4, 0));
    insta::assert_snapshot!(listed(&world, json!({ "customer_id": "acme" })).await);
    assert_eq!(listed(&world, json!({ "customer_id": "other" })).await, "");
    let told = world.published().unwrap();
    let mut decided: Vec<&str> = told
        .iter()
        .filter(|p| p.topic.ends_with("customer") && p.message["kind"] == "claim.decided")
        .map(|p| p.message["text"].as_str().unwrap())
        .collect();
    decided.sort_unstable();
    insta::assert_snapshot!("what_is_said_of_claims_about_nothing", decided.join("\n---\n"));
}

#[tokio::test]
async fn a_claim_that_is_refused_by_its_date_is_no_claim_until_it_is_mended() {
    let world = ticketed(TOLD).await;
    let early = ticket_claim("e1", "2026-06-30T23:00:00Z", "api");
    let answer = record(&world, std::slice::from_ref(&early)).await;
    insta::assert_snapshot!(answer.to_string());
    assert_eq!(all_claims(&world).await, [] as [Value; 0]);
    let quarantine = done(&world, json!({ "command": "list_quarantine" })).await;
    let mended = with(early, json!({ "event_id": "e2", "occurred_at": "2026-06-30T23:21:00Z" }));
    let replay = json!({
        "command": "replay_quarantine", "quarantine_id": quarantine["quarantined"][0]["quarantine_id"],
        "payload": mended,
    });
    assert_eq!(done(&world, replay.clone()).await["accepted"], 1);
    let claims = all_claims(&world).await;
    assert_eq!(claims.len(), 1);
    assert_eq!((&claims[0]["state"], &claims[0]["filed_at"]), (&json!("held"), &mended["occurred_at"]));
    let before = world.dump().unwrap();
    assert_eq!(done(&world, replay).await["duplicates"], 1, "it is known by now");
    assert_eq!(before.difference(&world.dump().unwrap()), "");
}

#[tokio::test]
async fn a_claim_counts_from_when_the_customer_wrote_however_late_it_arrives() {
    for (at, now) in [("2026-07-07T23:59:59Z", LATE), (LATE, LATE)] {
        let world = ticketed(CLOSED).await;
        seed(&world, &[close("api")]).await;
        world.advance_to(now).unwrap();
        seed(&world, &[short_june::sweep()]).await;
        record(
            &world,
            &[ticket_event("e1", at, "claim", json!({ "service_id": "api", "month": "2026-06" }))],
        )
        .await;
        let story = told(&world).await;
        insta::assert_snapshot!(format!("a_claim_written_at_{}", at.replace(':', "-")), story);
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweep_files_what_a_crash_left() {
    let world = ticketed(TOLD).await;
    let cut_off = world.process(Arc::new(Lost::CLAIMS)).unwrap();
    let event = tickets(&[ticket_claim("e1", "2026-06-30T23:20:00Z", "api")]);
    let answer = cut_off.invoke(event.function, event.payload.to_string().as_bytes()).await;
    assert_eq!(answer.unwrap(), taken(1, 0), "the event is recorded all the same");
    assert_eq!(all_claims(&world).await, [] as [Value; 0]);
    let sweep = Event::new("keep-deadlines", json!({ "sweep": true }));
    world.advance_to(CLOSED).unwrap();
    seed(&world, std::slice::from_ref(&sweep)).await;
    let claims = all_claims(&world).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0]["filed_at"], "2026-06-30T23:20:00Z", "it was filed when the customer wrote");
    let before = world.dump().unwrap();
    seed(&world, &[sweep]).await;
    assert_eq!(before.difference(&world.dump().unwrap()), "");
}
