//! Quotas at pages and API: what was asked counts, whatever becomes of it; what is beyond is told when to
//! come again, and staff are told once. Level 1 is still taken, and no customer has another one's.

use acceptance::faults::runtime;
use acceptance::world::World;
use axum::http::StatusCode;
use nines::stand_ins::topics::DeliveredMessage;
use nines::stand_ins::wire::Service;
use serde_json::{Value, json};

use crate::portal::api::{get, post};
use crate::portal::visitor::{Answer, Visited, visit, world};

/// The end of the day of the visits.
const MIDNIGHT: &str = "2026-07-04T00:00:00Z";

async fn api_post(portal: &Visited, customer: &str, path: &str, key: &str, body: &Value) -> Answer {
    post(portal, path, &portal.token(customer), key, body).await
}

async fn open(portal: &Visited, customer: &str, key: &str, level: u8) -> Answer {
    let ticket = json!({ "level": level, "title": format!("Trouble {key}") });
    api_post(portal, customer, "/tickets", key, &ticket).await
}

/// Returns the notices to staff of a used-up quota: customer, kind and limit.
fn told(world: &World) -> Vec<String> {
    let published = world.published().unwrap();
    let of_quota = published.iter().filter(|one| one.message["kind"] == "quota.reached");
    let line = |message: &Value| {
        let quota = &message["data"]["quota"];
        format!("{} {} {}", message["customer_id"], quota["kind"], quota["limit"]).replace('"', "")
    };
    assert!(of_quota.clone().all(|one| one.topic == "nines-operations"), "only operations are told");
    let mut lines: Vec<String> = of_quota.map(|one| line(&one.message)).collect();
    lines.sort();
    lines
}

async fn sent(world: &World) {
    let sweep = acceptance::world::Event::new("send-notices", json!({ "sweep": true }));
    world.seed(&[sweep]).await.unwrap();
}

#[track_caller]
fn refused_until(answer: &Answer, until: &str, seconds: &str) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text);
    assert_eq!(answer.headers["retry-after"], seconds);
    assert!(answer.text.contains(&format!("try again from {until} on")), "{}", answer.text);
}

#[test]
fn of_six_hundred_tickets_in_a_minute_two_hundred_are_taken_and_level_1_goes_on() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let mut taken = 0;
        for nth in 0..600 {
            if nth % 10 == 0 {
                world.advance_to(&format!("2026-07-03T12:00:{:02}Z", nth / 10)).unwrap();
            }
            let writes = portal.system.tally().writes();
            let answer = open(&portal, "acme", &format!("k-{nth}"), 2).await;
            match answer.status {
                StatusCode::CREATED => taken += 1,
                _ => {
                    assert_eq!(portal.system.tally().writes(), writes, "what is beyond costs no write");
                    let problem: Value = serde_json::from_str(&answer.text).unwrap();
                    assert_eq!(problem["title"], "Too Many Requests");
                    refused_until(&answer, MIDNIGHT, &format!("{}", 43_200 - nth / 10));
                }
            }
        }
        assert_eq!(taken, 200);
        // What was accepted is answered again, beyond the quota as well, and is not counted.
        assert_eq!(open(&portal, "acme", "k-7", 2).await.status, StatusCode::CREATED);
        for (hour, prefix) in [("2026-07-03T12:59:59Z", "a"), ("2026-07-03T13:00:00Z", "b")] {
            world.advance_to(hour).unwrap();
            for nth in 0..20 {
                let urgent = open(&portal, "acme", &format!("{prefix}-{nth}"), 1).await;
                assert_eq!(urgent.status, StatusCode::CREATED, "{}", urgent.text);
            }
            let more = open(&portal, "acme", &format!("{prefix}-20"), 1).await;
            assert_eq!(more.status, StatusCode::TOO_MANY_REQUESTS);
            assert!(more.text.contains("this hour's tickets of level 1"), "{}", more.text);
        }
        refused_until(&open(&portal, "acme", "b-21", 1).await, "2026-07-03T14:00:00Z", "3600");
        assert_eq!(open(&portal, "other", "k-1", 3).await.status, StatusCode::CREATED, "another's own quota");
        sent(&world).await;
        assert_eq!(told(&world), ["acme tickets 200"]);
        world.advance_to(MIDNIGHT).unwrap();
        assert_eq!(open(&portal, "acme", "c-1", 3).await.status, StatusCode::CREATED);
    });
}

#[test]
fn a_page_says_when_to_come_again_and_keeps_what_was_written() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        for nth in 0..200 {
            open(&portal, "acme", &format!("k-{nth}"), 3).await;
        }
        let token = portal.token("acme");
        let csrf = portal.csrf(&token).await;
        let form = [
            ("csrf", csrf.as_str()),
            ("key", "f-1"),
            ("level", "2"),
            ("title", "Pages load slowly"),
            ("description", "Since <b>this</b> morning."),
        ];
        let page = portal.post("/tickets", Some(&token), &form).await;
        refused_until(&page, MIDNIGHT, "43200");
        for kept in ["There is a problem", "Pages load slowly", "Since &lt;b&gt;this&lt;/b&gt; morning."] {
            assert!(page.text.contains(kept), "{}", page.text);
        }
    });
}

#[test]
fn what_was_asked_counts_and_not_what_is_noted() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        // Nothing of this is ever noted: the ticket and the exclusion are another customer's.
        let (reply, dispute) = (json!({ "kind": "resumed" }), json!({ "statement": "No." }));
        for (path, body, quota) in
            [("/tickets/secret-ticket/events", &reply, 500), ("/exclusions/secret-x/disputes", &dispute, 50)]
        {
            // Malformed requests and those of nobody do not count.
            assert_eq!(
                api_post(&portal, "acme", path, "k-0", &json!({})).await.status,
                StatusCode::UNPROCESSABLE_ENTITY
            );
            for nth in 0..quota {
                let refused = api_post(&portal, "acme", path, &format!("k-{nth}"), body).await;
                assert_eq!(refused.status, StatusCode::NOT_FOUND, "{nth}: {}", refused.text);
            }
            refused_until(&api_post(&portal, "acme", path, "k-more", body).await, MIDNIGHT, "43200");
            let others = api_post(&portal, "third", path, "k-1", body).await;
            assert_eq!(others.status, StatusCode::NOT_FOUND, "another's own quota");
        }
        // The service was registered in May or June, so a few months are claimable: twice those, and fifty.
        let months = claimable(&portal).await;
        let claim = json!({ "service_id": "secret-line", "month": "2026-06", "kind": "uptime" });
        for nth in 0..50 + 2 * months {
            let refused = api_post(&portal, "acme", "/claims", &format!("c-{nth}"), &claim).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{nth}: {}", refused.text);
        }
        refused_until(&api_post(&portal, "acme", "/claims", "c-more", &claim).await, MIDNIGHT, "43200");
        let token = portal.token("acme");
        let csrf = portal.csrf(&token).await;
        let form = [("csrf", csrf.as_str()), ("service_id", "api"), ("month", "2026-06"), ("kind", "uptime")];
        refused_until(&portal.post("/claims", Some(&token), &form).await, MIDNIGHT, "43200");
        sent(&world).await;
        let claims = format!("acme claims {}", 50 + 2 * months);
        assert_eq!(told(&world), [claims.as_str(), "acme disputes 50", "acme replies 500"]);
    });
}

/// Returns the number of service-months that `acme` can claim: its one service began in June at the latest.
async fn claimable(portal: &Visited) -> usize {
    let services = portal.scope("acme").await.services(None, 10).await.unwrap();
    let now = portal.system.clock().now();
    services.iter().map(|service| sla::quota::claimable_months(service, now) as usize).sum()
}

#[test]
fn sixty_subscriptions_to_one_stranger_ask_for_one_confirmation() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        world.engines().topics().hold_confirmations(true).unwrap();
        let mut refused = 0;
        for nth in 0..60 {
            let customer = ["acme", "other", "third"][nth % 3];
            let token = portal.token(customer);
            let csrf = portal.csrf(&token).await;
            let key = format!("k-{nth}");
            let severity = ["severities.critical", "severities.warning"][nth % 2];
            let to = [("protocol", "email"), ("endpoint", "Stranger@example.com"), (severity, "on")];
            let form = [&to[..], &[("csrf", csrf.as_str()), ("key", &key)]].concat();
            let answer = portal.post("/subscriptions", Some(&token), &form).await;
            refused += usize::from(answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(refused, 40, "two of three customers ask an address that was asked today");
        let asked: Vec<DeliveredMessage> = world.engines().topics().delivered().unwrap();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].endpoint, "Stranger@example.com");
        assert_eq!(asked[0].subject.as_deref(), Some("AWS Notification - Subscription Confirmation"));
        let calls = portal.system.tally().counts();
        assert_eq!(calls[&(Service::Sns, "Subscribe".to_owned())], 1);
        // Twenty were asked for by each of those two, none of which was sent.
        for customer in ["other", "third"] {
            let token = portal.token(customer);
            let csrf = portal.csrf(&token).await;
            let form = [
                ("protocol", "email"),
                ("endpoint", "own@example.com"),
                ("csrf", csrf.as_str()),
                ("key", "more"),
            ];
            refused_until(&portal.post("/subscriptions", Some(&token), &form).await, MIDNIGHT, "43200");
        }
        sent(&world).await;
        assert_eq!(told(&world), ["other confirmations 20", "third confirmations 20"]);
    });
}

#[test]
fn requests_that_come_together_are_counted_one_by_one() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        for nth in 0..195 {
            open(&portal, "acme", &format!("k-{nth}"), 3).await;
        }
        let one = |nth: usize| open(&portal, "acme", ["a", "b", "c", "d", "e", "f", "g", "h"][nth], 3);
        let (a, b, c, d, e, f, g, h) =
            tokio::join!(one(0), one(1), one(2), one(3), one(4), one(5), one(6), one(7));
        let taken = [a, b, c, d, e, f, g, h].iter().filter(|one| one.status == StatusCode::CREATED).count();
        assert_eq!(taken, 5);
        sent(&world).await;
        assert_eq!(told(&world), ["acme tickets 200"]);
        let listed = get(&portal, "/tickets", &portal.token("acme")).await;
        assert!(listed.text.contains("Trouble"), "{}", listed.text);
    });
}
