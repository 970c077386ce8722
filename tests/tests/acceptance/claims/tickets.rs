//! Claims that come with tickets: parked, repeated, astray, refused by their date, replayed, and swept after
//! a crash.

use std::collections::BTreeSet;

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
    insta::assert_snapshot!(listed(&world, json!({})).await, @r"
    api uptime: held -, amount -, in time true, until 2026-07-08T00:00:00Z, revision -, decisions 0
    api uptime: rejected duplicate, amount -, in time false, until -, revision -, decisions 1
    ");
    world.advance_to(CLOSED).unwrap();
    seed(&world, &[close("api")]).await;
    insta::assert_snapshot!({ told(&world).await }, @r"
    api uptime: approved -, amount 12475, in time true, until 2026-07-08T00:00:00Z, revision 1, decisions 1
    api uptime: rejected duplicate, amount -, in time false, until -, revision -, decisions 1
    credit:2026-06:uptime:14c2529eb4498c5d:1 api approved 12475 EUR, billed 2026-07, revision 1
    ");
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
    insta::assert_snapshot!(listed(&world, json!({ "customer_id": "acme" })).await, @r"
    api uptime: rejected not_found, amount -, in time false, until -, revision -, decisions 1
    nothing uptime: rejected not_found, amount -, in time false, until -, revision -, decisions 1
    theirs uptime: rejected not_found, amount -, in time false, until -, revision -, decisions 1
    api uptime: rejected not_found, amount -, in time false, until -, revision -, decisions 1
    ");
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
    assert_eq!(done(&world, replay).await["accepted"], 1, "a repetition has the first answer");
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

/// A ticket that two customers seem to have opened, and its claim, in order of occurrence.
fn of_two_customers() -> [Value; 3] {
    let by_other = with(ticket_opening(OPENED), json!({ "customer_id": "other" }));
    let by_owner = with(ticket_opening("2026-06-30T23:05:00Z"), json!({ "event_id": "e00" }));
    [by_owner, by_other, ticket_claim("e1", "2026-06-30T23:20:00Z", "api")]
}

#[tokio::test]
async fn whose_claim_it_is_depends_on_the_set_of_the_tickets_events_alone() {
    let mut stories = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for from_close_on in [2, 3] {
            let world = june(&[("api", Course::Breached)], TOLD).await.unwrap();
            for (nth, place) in order.into_iter().enumerate() {
                if nth == from_close_on {
                    world.advance_to(CLOSED).unwrap();
                    seed(&world, &[close("api")]).await;
                }
                record(&world, &[of_two_customers()[place].clone()]).await;
            }
            if from_close_on == 3 {
                world.advance_to(CLOSED).unwrap();
                seed(&world, &[close("api")]).await;
            }
            stories.push(settled(&world).await);
        }
    }
    stories.dedup();
    assert_eq!(stories, ["api acme approved - 12475; "]);
}

/// Lists claims and the payments of each service, after checking that books and lists agree.
async fn settled(world: &World) -> String {
    let mut story = String::new();
    for claim in all_claims(world).await {
        let reason = claim["reason"].as_str().unwrap_or("-");
        let amount = claim.pointer("/amount/minor").map_or("-".to_owned(), ToString::to_string);
        let text = |name: &str| claim[name].as_str().unwrap().to_owned();
        story +=
            &format!("{} {} {} {reason} {amount}; ", text("service_id"), text("customer_id"), text("state"));
    }
    ledger(world).await;
    story
}

#[tokio::test]
async fn a_credit_for_the_wrong_customer_is_taken_back() {
    let world = ticketed(TOLD).await;
    record(&world, &[ticket_claim("e1", "2026-06-30T23:20:00Z", "api")]).await;
    world.advance_to(CLOSED).unwrap();
    seed(&world, &[close("api")]).await;
    let by_other =
        with(ticket_opening("2026-06-30T23:00:00Z"), json!({ "event_id": "e00", "customer_id": "other" }));
    record(&world, &[by_other]).await;
    insta::assert_snapshot!(told(&world).await, @r"
    api uptime: rejected not_found, amount -, in time false, until -, revision -, decisions 1
    credit:2026-06:uptime:14c2529eb4498c5d:1 api approved 12475 EUR, billed 2026-07, revision 1
    credit:2026-06:uptime:14c2529eb4498c5d:2 api reversal -12475 EUR, billed 2026-07, revision 1, reverses credit:2026-06:uptime:14c2529eb4498c5d:1
    ");
    let published = world.published().unwrap();
    let of = |customer: &str| {
        let to = |p: &&nines::stand_ins::topics::PublishedMessage| {
            p.topic.ends_with("customer") && p.message["customer_id"] == customer
        };
        let mut seen = BTreeSet::new();
        let once = published.iter().filter(to).filter(|p| seen.insert(p.message["notice_id"].to_string()));
        let kinds = once.map(|p| p.message["kind"].as_str().unwrap().to_owned());
        kinds
            .filter(|kind| kind.starts_with("claim") || kind.starts_with("credit"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    insta::assert_snapshot!(format!("acme: {}\nother: {}", of("acme"), of("other")), @r"
    acme: claim.received claim.decided credit.approved claim.decided credit.reversed
    other: claim.received claim.decided
    ");
    // The customer's own claim is still in time.
    let own = done(&world, file_claim("api", "uptime")).await;
    assert_eq!((&own["state"], own.get("ticket_id")), (&json!("approved"), None));
    ledger(&world).await;
}

#[tokio::test]
async fn a_claim_that_was_passed_on_after_its_window_is_for_a_person_to_decide() {
    for (decision, state) in [("approve", "approved"), ("reject", "rejected")] {
        let world = ticketed(CLOSED).await;
        seed(&world, &[close("api")]).await;
        world.advance_to(LATE).unwrap();
        seed(&world, &[short_june::sweep()]).await;
        let claim = with(ticket_claim("e1", "2026-07-07T23:59:59Z", "api"), json!({ "by": "carl" }));
        record(&world, &[claim]).await;
        let claims = all_claims(&world).await;
        assert_eq!((&claims[0]["state"], &claims[0]["passed_on"]["by"]), (&json!("review"), &json!("carl")));
        ledger(&world).await;
        let review = json!({
            "command": "review_claim", "claim_id": claims[0]["claim_id"], "decision": decision, "by": "ann",
            "reason": "the mail's own date",
        });
        assert_eq!(done(&world, review).await["state"], state);
        insta::assert_snapshot!(format!("passed_on_late_{decision}"), told(&world).await);
    }
}

#[tokio::test]
async fn a_claim_is_filed_at_the_earliest_in_its_month() {
    let world = ticketed("2026-07-03T00:00:00Z").await;
    let early = with(ticket_claim("e1", "2026-06-30T23:20:00Z", "api"), json!({ "month": "2026-07" }));
    record(&world, &[early]).await;
    assert_eq!(settled(&world).await, "api acme rejected not_found -; ");
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
