//! Customers with subscriptions: the chosen notices reach them, no others do, and no crash, refusal or
//! repetition leaves a hidden remainder.

use std::pin::Pin;
use std::sync::Arc;

use acceptance::faults::{Lost, Scenario, every, runtime};
use acceptance::short_june::{check, checks, ticket_opening, tickets, with};
use acceptance::subscribers::{self, Refusing, to_own_topic};
use acceptance::world::{Event, World};
use axum::http::StatusCode;
use nines::stand_ins::topics::DeliveredMessage;
use nines::stand_ins::wire::{OpenPassage, Service};
use nines::system::System;
use outcome::Failure;
use serde_json::{Value, json};

use crate::portal::visitor::{Answer, NOW, Visited, hidden, through, visit, world};

type Fields<'a> = &'a [(&'a str, &'a str)];

const MAIL: [(&str, &str); 2] = [("protocol", "email"), ("endpoint", "ops@example.com")];
const HOOK: [(&str, &str); 2] = [("protocol", "https"), ("endpoint", "https://hooks.example.com/nines")];

async fn subscribe(portal: &Visited, customer: &str, key: &str, fields: Fields<'_>) -> Answer {
    let token = portal.token(customer);
    let csrf = portal.csrf(&token).await;
    let fields = [fields, &[("csrf", csrf.as_str()), ("key", key)]].concat();
    portal.post("/subscriptions", Some(&token), &fields).await
}

async fn end(portal: &Visited, customer: &str, key: &str, id: &str) -> Answer {
    let token = portal.token(customer);
    let csrf = portal.csrf(&token).await;
    portal
        .post(&format!("/subscriptions/{id}/end"), Some(&token), &[("csrf", csrf.as_str()), ("key", key)])
        .await
}

async fn page(portal: &Visited, customer: &str) -> String {
    let answer = portal.get("/subscriptions", Some(&portal.token(customer))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.text
}

#[track_caller]
fn went_to(answer: &Answer, to: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers["location"], to);
}

/// Returns the id of a page's only subscription.
#[track_caller]
fn only_id(page: &str) -> String {
    let ids: Vec<&str> =
        page.split("action=\"/subscriptions/").skip(1).filter_map(|rest| rest.split('/').next()).collect();
    assert_eq!(ids.len(), 1, "{page}");
    ids[0].to_owned()
}

fn down(service: &str) -> Event {
    checks(&[check(service, NOW, "down")])
}

fn ticket(id: &str, customer: &str) -> Event {
    let of = json!({ "ticket_id": id, "customer_id": customer, "event_id": format!("e-{id}") });
    tickets(&[with(ticket_opening(NOW), of)])
}

/// Seeds events and sends their notices.
async fn happen(world: &World, events: &[Event]) {
    world.seed_unsent(events).await.unwrap();
    world.seed_unsent(&[Event::new("send-notices", json!({ "sweep": true }))]).await.unwrap();
}

/// Returns the delivered notices, without what only asks to confirm a subscription.
fn notices(world: &World) -> Vec<DeliveredMessage> {
    let mut all = world.engines().topics().delivered().unwrap();
    all.retain(|one| !one.notice_id.is_null());
    all
}

/// Returns the deliveries to each endpoint, by kind.
fn delivered(world: &World) -> Vec<String> {
    let kind = |one: &DeliveredMessage| {
        one.notice_id.as_str().unwrap_or_default().split(':').next().unwrap().to_owned()
    };
    notices(world).iter().map(|one| format!("{} {}", one.endpoint, kind(one))).collect()
}

/// Counts the notices of an outage's beginning on a topic.
fn told_of_outage(world: &World, topic: &str) -> usize {
    let published = world.published().unwrap();
    published.iter().filter(|p| p.topic == topic && p.message["kind"] == "outage.opened").count()
}

#[test]
fn each_endpoint_gets_what_was_chosen_in_its_own_form_and_nothing_of_another_customer() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let chosen =
            [MAIL.as_slice(), &[("severities.critical", "on"), ("kinds.outage.opened", "on")]].concat();
        went_to(&subscribe(&portal, "acme", "k-1", &chosen).await, "/subscriptions?done=subscription");
        went_to(&subscribe(&portal, "acme", "k-2", &HOOK).await, "/subscriptions?done=subscription");
        went_to(
            &subscribe(&portal, "other", "k-1", &[("protocol", "email"), ("endpoint", "spy@example.com")])
                .await,
            "/subscriptions?done=subscription",
        );
        let register = world.engines().topics().register();
        insta::assert_snapshot!("subscribed", serde_json::to_string_pretty(&register).unwrap());
        let shown = page(&portal, "acme").await;
        assert_eq!(shown.matches("Confirmed").count(), 2, "{shown}");
        assert!(!shown.contains("spy@example.com"), "{shown}");
        happen(&world, &[down("api"), ticket("T-9", "acme")]).await;
        assert_eq!(
            delivered(&world),
            [
                "ops@example.com outage.opened",
                "https://hooks.example.com/nines outage.opened",
                "https://hooks.example.com/nines ticket.opened",
            ]
        );
        let letter = notices(&world).remove(0);
        insta::assert_snapshot!(format!("Subject: {}\n\n{}", letter.subject.unwrap(), letter.message.as_str().unwrap()), @r"
        Subject: Down: api

        Down: api

        api has been down since 3 July 2026, 12:00 UTC.
        The time counts as downtime, except for announced maintenance and approved exclusions.
        No action is needed now: we will tell you when the outage is over. No claim is needed while it is open: the claim window has not begun to run.

        Notice outage.opened:e63db9917e359dc05f87ed9c of 2026-07-03T12:00:00Z
        ");
        happen(&world, &[down("secret-line")]).await;
        assert_eq!(delivered(&world).len(), 4, "the other customer's own endpoint alone");
        assert_eq!(delivered(&world)[3], "spy@example.com outage.opened");
    });
}

#[test]
fn a_customer_without_subscriptions_has_no_topic_and_costs_no_message() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        happen(&world, &[down("api")]).await;
        assert!(world.engines().topics().register().topics.is_empty());
        let published = world.published().unwrap();
        assert!(published.iter().all(|p| !p.topic.starts_with("nines-customer-")), "{published:?}");
    });
}

#[test]
fn asking_again_changes_what_is_sent_and_an_older_request_changes_nothing() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let critical = [MAIL.as_slice(), &[("severities.critical", "on")]].concat();
        let info = [MAIL.as_slice(), &[("severities.info", "on")]].concat();
        let filter = || {
            let register = world.engines().topics().register();
            assert_eq!(register.subscriptions.len(), 1, "{register:?}");
            json!(register.subscriptions.values().next().unwrap().filter)
        };
        subscribe(&portal, "acme", "k-1", &critical).await;
        assert_eq!(filter(), json!({ "severity": ["critical"] }));
        let once = world.dump().unwrap();
        went_to(&subscribe(&portal, "acme", "k-1", &critical).await, "/subscriptions?done=subscription");
        assert_eq!(world.dump().unwrap().difference(&once), "", "nothing happened twice");
        world.advance_to("2026-07-03T12:01:00Z").unwrap();
        subscribe(&portal, "acme", "k-2", &info).await;
        assert_eq!(filter(), json!({ "severity": ["info"] }));
        // The first form comes once more, late.
        went_to(&subscribe(&portal, "acme", "k-1", &critical).await, "/subscriptions?done=subscription");
        assert_eq!(filter(), json!({ "severity": ["info"] }));
        world.advance_to("2026-07-03T12:02:00Z").unwrap();
        subscribe(&portal, "acme", "k-3", &MAIL).await;
        assert_eq!(filter(), Value::Null);
        let other = subscribe(&portal, "acme", "k-3", &critical).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(other.text.contains("sent with something else before"), "{}", other.text);
    });
}

#[test]
fn what_is_ended_gets_nothing_more_and_only_its_owner_ends_it() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        subscribe(&portal, "acme", "k-1", &MAIL).await;
        let shown = page(&portal, "acme").await;
        let (id, key) = (only_id(&shown), hidden(&shown, "key"));
        let before = world.dump().unwrap();
        let foreign = end(&portal, "other", "k-9", &id).await;
        let nobodys = end(&portal, "other", "k-9", "S-0").await;
        assert_eq!((foreign.status, nobodys.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert_eq!(foreign.text.replace(&id, "S-0"), nobodys.text);
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
        for _ in 0..2 {
            went_to(&end(&portal, "acme", &key, &id).await, "/subscriptions?done=unsubscription");
        }
        assert_eq!(end(&portal, "acme", "another", &id).await.status, StatusCode::NOT_FOUND);
        assert!(world.engines().topics().register().subscriptions.is_empty());
        assert!(page(&portal, "acme").await.contains("You have no subscriptions yet"));
        happen(&world, &[down("api")]).await;
        assert_eq!(delivered(&world), [""; 0]);
    });
}

#[test]
fn what_waits_to_be_confirmed_says_so_and_once_ended_stays_silent_even_if_it_is_confirmed() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let topics = world.engines().topics();
        topics.hold_confirmations(true).unwrap();
        subscribe(&portal, "acme", "k-1", &MAIL).await;
        let shown = page(&portal, "acme").await;
        assert!(shown.contains("Waiting for confirmation") && shown.contains("follow its link"), "{shown}");
        happen(&world, &[down("api")]).await;
        assert_eq!(delivered(&world), [""; 0]);
        went_to(&end(&portal, "acme", "k-2", &only_id(&shown)).await, "/subscriptions?done=unsubscription");
        topics.confirm("ops@example.com").unwrap();
        // Another endpoint is subscribed, so that something is published.
        topics.hold_confirmations(false).unwrap();
        subscribe(&portal, "acme", "k-3", &HOOK).await;
        happen(&world, &[ticket("T-9", "acme")]).await;
        assert_eq!(delivered(&world), ["https://hooks.example.com/nines ticket.opened"]);
        // A new subscription on another day gets the new choice.
        world.advance_to("2026-07-04T00:00:00Z").unwrap();
        subscribe(&portal, "acme", "k-4", &MAIL).await;
        happen(&world, &[ticket("T-10", "acme")]).await;
        assert!(delivered(&world).contains(&"ops@example.com ticket.opened".to_owned()));
        topics.forget("ops@example.com").unwrap();
        let shown = page(&portal, "acme").await;
        assert!(shown.contains("was not confirmed in time, or its recipient ended it"), "{shown}");
        world.advance_to("2026-07-05T00:00:00Z").unwrap();
        subscribe(&portal, "acme", "k-5", &MAIL).await;
        assert_eq!(page(&portal, "acme").await.matches("Confirmed").count(), 2);
    });
}

#[test]
fn there_are_at_most_twenty_and_what_is_wrong_is_said_beside_its_field() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let endpoint = |nth: usize| format!("ops-{nth}@example.com");
        for nth in 0..20 {
            let (key, to) = (format!("k-{nth}"), endpoint(nth));
            went_to(
                &subscribe(&portal, "acme", &key, &[("protocol", "email"), ("endpoint", &to)]).await,
                "/subscriptions?done=subscription",
            );
        }
        // The day's quota of confirmations is as large: it is another day that the number decides.
        world.advance_to("2026-07-04T00:00:00Z").unwrap();
        let full = world.dump().unwrap();
        let more = subscribe(&portal, "acme", "k-20", &MAIL).await;
        assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(more.text.contains("20 subscriptions, the maximum"), "{}", more.text);
        assert_eq!(world.dump().unwrap().difference(&full), "", "a refusal leaves nothing");
        let before = portal.system.tally().total();
        assert!(page(&portal, "acme").await.contains("end one to add another"));
        assert!(portal.system.tally().total() - before <= 20 + 6, "SNS is asked once for each");
        let wrong: [(Fields<'_>, &str); 5] = [
            (&[("endpoint", "ops@example.com")], "Choose how notices are to be sent."),
            (&[("protocol", "email")], "Say where notices are to be sent."),
            (&[("protocol", "email"), ("endpoint", "nobody")], "is not an e-mail address"),
            (
                &[("protocol", "https"), ("endpoint", "https://169.254.169.254/")],
                "names no host that can be reached",
            ),
            (
                &[("protocol", "email"), ("endpoint", "a@b.c"), ("kinds.checks.silent", "on")],
                "no notice that customers get",
            ),
        ];
        for (fields, said) in wrong {
            let refused = subscribe(&portal, "acme", "k-21", fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                refused.text.contains(said) && refused.text.contains("There is a problem"),
                "{}",
                refused.text
            );
        }
    });
}

/// Counts the calls that make SNS request a confirmation.
fn confirmations(portal: &Visited) -> u64 {
    let counts = portal.system.tally().counts();
    counts.get(&(Service::Sns, "Subscribe".to_owned())).copied().unwrap_or_default()
}

#[test]
fn an_address_is_asked_to_confirm_once_a_day_whoever_asks_and_however_often() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        world.engines().topics().hold_confirmations(true).unwrap();
        subscribe(&portal, "acme", "k-0", &MAIL).await;
        let critical = [MAIL.as_slice(), &[("severities.critical", "on")]].concat();
        let shouted = [("protocol", "email"), ("endpoint", "OPS@Example.com")];
        let before = confirmations(&portal);
        assert_eq!(before, 1);
        // The same form, another choice, another customer, and the same after its end.
        for nth in 0..3 {
            went_to(&subscribe(&portal, "acme", "k-0", &MAIL).await, "/subscriptions?done=subscription");
            let key = format!("c-{nth}");
            went_to(&subscribe(&portal, "acme", &key, &critical).await, "/subscriptions?done=subscription");
            let refused = subscribe(&portal, "other", &format!("o-{nth}"), &shouted).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.text.contains("try again from 2026-07-04T00:00:00Z on"), "{}", refused.text);
        }
        let id = only_id(&page(&portal, "acme").await);
        went_to(&end(&portal, "acme", "e-1", &id).await, "/subscriptions?done=unsubscription");
        let refused = subscribe(&portal, "acme", "k-1", &MAIL).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        assert_eq!(confirmations(&portal), before);
        let dump = format!("{:?}", world.dump().unwrap());
        assert!(!dump.contains("ADDRESS#ops"), "an address is kept as a digest");
        world.advance_to("2026-07-04T00:00:00Z").unwrap();
        went_to(&subscribe(&portal, "other", "k-2", &shouted).await, "/subscriptions?done=subscription");
        assert_eq!(confirmations(&portal), before + 1);
    });
}

#[test]
fn what_was_asked_for_counts_and_not_what_is_left_of_it() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        for nth in 0..20 {
            let to = format!("ops-{nth}@example.com");
            subscribe(&portal, "acme", &format!("k-{nth}"), &[("protocol", "email"), ("endpoint", &to)])
                .await;
            let id = only_id(&page(&portal, "acme").await);
            went_to(
                &end(&portal, "acme", &format!("e-{nth}"), &id).await,
                "/subscriptions?done=unsubscription",
            );
        }
        let refused = subscribe(&portal, "acme", "k-20", &HOOK).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.text.contains("The quota of 20 confirmations a day is used up"), "{}", refused.text);
        world.advance_to("2026-07-04T00:00:00Z").unwrap();
        went_to(&subscribe(&portal, "acme", "k-20", &HOOK).await, "/subscriptions?done=subscription");
    });
}

#[test]
fn what_sns_refuses_is_said_and_forgotten_and_what_it_cannot_say_is_not_known() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let refusing = Refusing { which: |call| call.operation == "Subscribe", code: "InvalidParameter" };
        let portal = through(world.process(Arc::new(refusing)).unwrap());
        let refused = subscribe(&portal, "acme", "k-1", &MAIL).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("(as the test says)"), "{}", refused.text);
        assert!(page(&portal, "acme").await.contains("You have no subscriptions yet"));
        assert!(!world.dump().unwrap().0.keys().any(|name| name.contains("#subscription#")), "it is noted");
        // Only the request stays: on another day the same form is judged and dated anew.
        world.advance_to("2026-07-04T00:00:00Z").unwrap();
        let failing = Refusing { which: |call| call.operation == "Subscribe", code: "AuthorizationError" };
        let portal = through(world.process(Arc::new(failing)).unwrap());
        let failed = subscribe(&portal, "acme", "k-1", &MAIL).await;
        assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", failed.text);
        assert!(page(&portal, "acme").await.contains("Not finished"), "what was asked for is not lost");
        let open = visit(&world);
        went_to(&subscribe(&open, "acme", "k-1", &MAIL).await, "/subscriptions?done=subscription");
        assert!(page(&open, "acme").await.contains("Confirmed"));
        let noted = open.scope("acme").await.subscriptions().await.unwrap().remove(0);
        assert_eq!(noted.asked_at.to_string(), "2026-07-04T00:00:00Z");
        let silent =
            through(world.process(Arc::new(Lost(|call| call.operation.starts_with("GetSub")))).unwrap());
        assert!(page(&silent, "acme").await.contains("State unknown"));
    });
}

#[test]
fn a_topic_that_cannot_be_published_to_holds_back_nothing_and_is_told_later_once() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        for (customer, endpoint) in [("acme", "ops@example.com"), ("other", "noc@example.com")] {
            let choice = json!({ "protocol": "email", "endpoint": endpoint });
            subscribers::subscribe(&world, customer, &choice).await.unwrap();
        }
        let topic = world
            .engines()
            .topics()
            .register()
            .subscriptions
            .values()
            .find(|one| one.endpoint == "ops@example.com")
            .unwrap()
            .topic
            .clone();
        assert!(
            topic.starts_with("nines-customer-") && topic.len() == "nines-customer-".len() + 32,
            "{topic}"
        );
        let audiences = || ["nines-customer", "nines-operations"].map(|topic| told_of_outage(&world, topic));
        let before = audiences();
        world.seed_unsent(&[down("api"), down("secret-line")]).await.unwrap();
        let sweep = json!({ "sweep": true }).to_string();
        // Every publication to own topics is refused: the audiences still get theirs, and once.
        let refusing = Refusing { which: to_own_topic, code: "AuthorizationError" };
        let process = world.process(Arc::new(refusing)).unwrap();
        for _ in 0..2 {
            process.invoke_alone("send-notices", sweep.as_bytes()).await.unwrap();
        }
        assert_eq!(audiences(), before.map(|count| count + 2));
        assert_eq!(delivered(&world), [""; 0]);
        // The topic accepts publications again: the sweep sends to it, and nothing more to the audiences.
        let open = world.process(Arc::new(OpenPassage)).unwrap();
        open.invoke_alone("send-notices", sweep.as_bytes()).await.unwrap();
        let mut told = delivered(&world);
        told.sort();
        assert_eq!(told, ["noc@example.com outage.opened", "ops@example.com outage.opened"]);
        assert_eq!(audiences(), before.map(|count| count + 2));
        assert_eq!(told_of_outage(&world, &topic), 1);
        assert!(open.finds_nothing("send-notices", world.clock().now()).unwrap(), "nothing is owed");
        // A deleted topic has nobody who could miss anything.
        world.engines().topics().forget_topic(&topic).unwrap();
        happen(&world, &[ticket("T-9", "acme"), ticket("T-10", "other")]).await;
        assert_eq!(delivered(&world)[2..], ["noc@example.com ticket.opened"]);
        assert!(
            open.finds_nothing("send-notices", world.clock().now()).unwrap(),
            "nothing goes round for ever"
        );
        let portal = visit(&world);
        assert!(page(&portal, "acme").await.contains("subscribe again below"));
        world.advance_to("2026-07-04T00:00:00Z").unwrap();
        went_to(&subscribe(&portal, "acme", "k-1", &MAIL).await, "/subscriptions?done=subscription");
        happen(&world, &[ticket("T-11", "acme")]).await;
        assert!(delivered(&world)[3..].contains(&"ops@example.com ticket.opened".to_owned()));
    });
}

/// Sends a form as a browser does, again as long as its page reports a fault.
fn browse<'a>(
    process: &'a System,
    event: &'a Event,
) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>> {
    Box::pin(async move {
        // The form's hidden fields come from a page shown without faults.
        let fair = System::over(process.engines().clone(), process.clock().clone(), Arc::new(OpenPassage));
        let fair = through(fair.map_err(|e| Failure::unexpected(e.explain()))?);
        let token = fair.token("acme");
        let csrf = fair.csrf(&token).await;
        let mut fields = vec![("csrf", csrf.as_str())];
        let given = event.payload["fields"].as_array().unwrap();
        fields.extend(given.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())));
        let path = event.payload["path"].as_str().unwrap();
        let answer = fair.with_router(process).post(path, Some(&token), &fields).await;
        match answer.status {
            StatusCode::SEE_OTHER => Ok(json!({ "to": answer.headers["location"].to_str().unwrap() })),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => {
                Err(Failure::unexpected(answer.text))
            }
            _ => Err(Failure::BadRequest(answer.text)),
        }
    })
}

fn form(path: &str, key: &str, fields: Fields<'_>) -> Event {
    let fields = [fields, &[("key", key)]].concat();
    Event::new("serve-portal", json!({ "path": path, "fields": fields }))
}

/// Tries every fault at every call of some forms, sent one after the other.
#[track_caller]
fn survives(world: World, forms: Vec<Event>) {
    let report = every(&Scenario { delivery: browse, ..Scenario::new(world, forms) });
    let report = report.map_err(|error| error.to_string()).unwrap();
    assert!(report.schedules > 15 && report.calls.iter().any(|call| call.starts_with("sns:")), "{report:?}");
}

#[test]
fn a_form_that_dies_at_any_call_is_completed_by_sending_it_again() {
    let world = runtime().unwrap().block_on(world());
    let critical = [HOOK.as_slice(), &[("severities.critical", "on")]].concat();
    let forms = vec![form("/subscriptions", "k-1", &HOOK), form("/subscriptions", "k-2", &critical)];
    survives(world.fork().unwrap(), forms);
    let forms = vec![form("/subscriptions", "k-2", &critical), form("/subscriptions", "k-1", &HOOK)];
    survives(world, forms);
}

#[test]
fn an_end_that_dies_at_any_call_is_completed_by_sending_it_again() {
    let runtime = runtime().unwrap();
    let (world, id) = runtime.block_on(async {
        let world = world().await;
        let choice = json!({ "protocol": "email", "endpoint": "ops@example.com" });
        subscribers::subscribe(&world, "acme", &choice).await.unwrap();
        let id = only_id(&page(&visit(&world), "acme").await);
        (world, id)
    });
    let end = || vec![form(&format!("/subscriptions/{id}/end"), "k-9", &[])];
    survives(world.fork().unwrap(), end());
    // The same while it waits for confirmation, and when its ARN was never noted.
    let waiting = world.fork().unwrap();
    runtime.block_on(async {
        waiting.engines().topics().forget("ops@example.com").unwrap();
        waiting.engines().topics().hold_confirmations(true).unwrap();
        waiting.advance_to("2026-07-04T00:00:00Z").unwrap();
        let choice = json!({ "protocol": "email", "endpoint": "ops@example.com" });
        subscribers::subscribe(&waiting, "acme", &choice).await.unwrap();
    });
    survives(waiting, end());
    let unnoted = runtime.block_on(async {
        let world = self::world().await;
        let cut_off = Refusing { which: |call| call.operation == "Subscribe", code: "AuthorizationError" };
        let portal = through(world.process(Arc::new(cut_off)).unwrap());
        subscribe(&portal, "acme", "k-1", &MAIL).await;
        world
    });
    survives(unnoted, end());
}

#[test]
fn notices_to_an_own_topic_survive_every_fault() {
    let world = runtime().unwrap().block_on(async {
        let world = world().await;
        let choice = json!({ "protocol": "email", "endpoint": "ops@example.com" });
        subscribers::subscribe(&world, "acme", &choice).await.unwrap();
        world.seed_unsent(&[down("api")]).await.unwrap();
        world
    });
    let sweep = Event::new("send-notices", json!({ "sweep": true }));
    let report = every(&Scenario::new(world, vec![sweep])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.calls.iter().filter(|call| *call == "sns:PublishBatch").count(), 3, "{report:?}");
}
