//! Pages show the recorded state, in few calls, and as text whatever it contains.

use acceptance::faults::runtime;
use acceptance::short_june::{
    CLOSED, Course, LATE, START, TOLD, checks, customer, desk, file_claim, june_in, service, sweep, with,
};
use acceptance::world::{Event, World};
use serde_json::{Value, json};
use sla::Statement;
use sla::availability::Seconds;
use sla::summary::ServiceState;

use table::ServiceOrder;

use crate::portal::visitor::{Visited, visit, world};

fn total(days: &[sla::day::Day]) -> Seconds {
    days.iter().fold(Seconds::default(), |sum, day| sum.plus(day.seconds))
}

#[test]
fn the_overview_has_the_seconds_of_the_statement_at_every_moment() {
    runtime().unwrap().block_on(async {
        let world = World::at("2026-06-01T00:00:00Z").await.unwrap();
        let zone = json!({ "time_zone": "Europe/Berlin", "activated_at": "2026-06-03T00:00:00Z", "max_silence_s": 300 });
        let mut registered = service("api", "acme", 49_900, "EUR");
        registered.payload = with(registered.payload, zone);
        world.seed(&[customer("acme"), registered]).await.unwrap();
        let course = [
            ("2026-06-03T00:00:00Z", "2026-06-05T07:59:00Z", "up"),
            ("2026-06-05T08:00:00Z", "2026-06-05T08:30:00Z", "down"),
            ("2026-06-05T09:00:00Z", "2026-06-09T11:59:00Z", "up"),
            ("2026-06-09T22:10:00Z", "2026-06-09T22:20:00Z", "degraded"),
            ("2026-06-09T22:21:00Z", "2026-06-09T22:30:00Z", "down"),
        ];
        let portal = visit(&world);
        for (checked_at, until, status) in course {
            world.advance_to(until).unwrap();
            let check = json!({ "service_id": "api", "checked_at": checked_at, "until": until, "status": status });
            world.seed(&[checks(&[check])]).await.unwrap();
            compare(&world, &portal).await;
        }
        // Only time passes: downtime turns into unknown time, even a day later.
        for later in ["2026-06-09T22:34:00Z", "2026-06-09T22:40:00Z", "2026-06-11T10:00:00Z"] {
            world.advance_to(later).unwrap();
            compare(&world, &portal).await;
        }
        let seen = portal.scope("acme").await.overview(None, ServiceOrder::Name, portal.system.clock().now()).await.unwrap();
        assert_eq!(seen.services[0].present.state, ServiceState::Unknown);
        let dates: Vec<String> = seen.services[0].days.iter().map(|day| day.date.to_string()).collect();
        assert_eq!((dates.first().unwrap().as_str(), dates.len()), ("2026-06-03", 9), "{dates:?}");
    });
}

#[test]
fn a_month_in_which_nobody_looked_at_a_service_is_unknown_or_what_was_last_said() {
    runtime().unwrap().block_on(async {
        let world = World::at("2026-06-03T00:00:00Z").await.unwrap();
        world.seed(&[customer("acme"), customer("edges")]).await.unwrap();
        let activated = json!({ "activated_at": "2026-06-03T00:00:00Z" });
        let watched = json!({ "activated_at": "2026-06-03T00:00:00Z", "max_silence_s": 300 });
        for (owner, fields) in [("acme", watched), ("edges", activated)] {
            let mut registered = service(owner, owner, 49_900, "EUR");
            registered.payload = with(registered.payload, fields);
            let check = json!({ "service_id": owner, "checked_at": "2026-06-03T00:00:00Z", "status": "up" });
            world.seed(&[registered, checks(&[check])]).await.unwrap();
        }
        let portal = visit(&world);
        let close_june = Event::new("close-month", json!({ "month": "2026-06" }));
        for (later, closing) in [
            ("2026-07-01T10:00:00Z", None),
            ("2026-07-02T10:00:00Z", Some(close_june)),
            ("2026-07-20T00:00:00Z", None),
        ] {
            world.advance_to(later).unwrap();
            if let Some(event) = closing {
                world.seed(&[event]).await.unwrap();
            }
            for (owner, state) in [("acme", ServiceState::Unknown), ("edges", ServiceState::Up)] {
                let now = portal.system.clock().now();
                let seen = portal.scope(owner).await.overview(None, ServiceOrder::Name, now).await.unwrap();
                let [seen] = &seen.services[..] else { panic!("{owner} has one service") };
                assert_eq!(
                    (seen.present.state, seen.month.to_string().as_str()),
                    (state, "2026-07"),
                    "{owner}"
                );
                let july = total(&seen.present.days);
                let all = now.epoch_s() / 60 * 60 + 60 - seen.month.bounds(sla::Zone::UTC).start.epoch_s();
                let known = if state == ServiceState::Up { all } else { 0 };
                assert_eq!((july.up, july.unknown), (known, all - known), "{owner} at {now}");
                let june = seen.days.iter().filter(|day| day.date.to_string().as_str() < "2026-07-01");
                assert_eq!(june.count(), 28, "{owner} at {now}: every day of June since the 3rd");
            }
        }
    });
}

async fn compare(world: &World, portal: &Visited) {
    let now = portal.system.clock().now();
    let seen = portal.scope("acme").await.overview(None, ServiceOrder::Name, now).await.unwrap();
    // The present slot has begun, so it is accounted for: a statement speaks of it a second later.
    let later = now.plus_s(1);
    world.advance_to(&later.to_string()).unwrap();
    let event = json!({ "month": "2026-06", "service_id": "api", "as_of": later });
    let answer = world.seed(&[Event::new("close-month", event)]).await.unwrap();
    let statement: Statement = serde_json::from_value(answer[0]["statements"][0].clone()).unwrap();
    assert_eq!(total(&seen.services[0].present.days), statement.seconds, "at {now}");
}

/// The most calls and bytes of a page.
const CALLS_MAX: u64 = 20;
const BYTES_MAX: usize = 60_000;

#[test]
fn sixty_services_are_shown_in_twenty_calls_and_sixty_kilobytes() {
    runtime().unwrap().block_on(async {
        let world = World::at("2026-06-30T20:00:00Z").await.unwrap();
        world.seed(&[customer("acme"), customer("large")]).await.unwrap();
        let activated = json!({ "activated_at": "2026-06-30T20:00:00Z" });
        for (owner, count) in [("acme", 60), ("large", 76)] {
            for nth in 0..count {
                let id = format!("{owner}-{nth:03}");
                let region = if nth % 2 == 0 { "eu" } else { "us" };
                let mut registered = service(&id, owner, 49_900, "EUR");
                let fields = with(activated.clone(), json!({ "region": region }));
                registered.payload = with(registered.payload, fields);
                world.seed(&[registered]).await.unwrap();
                // Every twelfth is down for half an hour of the two that June has for it, one is never checked.
                let status = if nth % 12 == 0 { "down" } else { "up" };
                let check = json!({ "service_id": id, "checked_at": "2026-06-30T20:00:00Z", "status": status });
                if nth != 1 {
                    world.seed(&[checks(&[check])]).await.unwrap();
                }
            }
        }
        world.advance_to("2026-06-30T20:30:00Z").unwrap();
        for (owner, count) in [("acme", 60), ("large", 76)] {
            for nth in (0..count).step_by(12) {
                let up = json!({ "service_id": format!("{owner}-{nth:03}"), "checked_at": "2026-06-30T20:30:00Z", "status": "up" });
                world.seed(&[checks(&[up])]).await.unwrap();
            }
        }
        for (owner, shown, broken, claimable) in [("acme", 60, 5, 3), ("large", 75, 7, 2)] {
            let page = cheap(&world, owner, "/").await;
            let links = page.matches("<p class=\"name\"><a href=\"/services/").count();
            assert_eq!(links, shown, "{page}");
            let totals = format!("{broken} breached this month");
            assert!(page.contains(&totals) && page.contains("1 unknown"), "{totals}: {page}");
            assert_eq!(page.matches("href=\"/claims/new?service_id=").count(), claimable, "{page}");
            let attention = page.split_once("Needs attention").unwrap().1;
            let attention = attention.split_once("</section>").unwrap().0;
            for problem in [format!("{owner}-000"), format!("{owner}-001"), format!("{owner}-012")] {
                assert!(attention.contains(&problem), "{problem}: {attention}");
            }
            let claims = cheap(&world, owner, "/claims").await;
            assert_eq!(claims.matches("href=\"/claims/new?service_id=").count(), broken.min(4), "{claims}");
        }
        let portal = visit(&world);
        let next = portal.get("/?after=large-074", Some(&portal.token("large"))).await.text;
        assert!(next.contains("/services/large-075") && !next.contains("/services/large-074"), "{next}");
    });
}

/// Gets a page that keeps within its calls, and for `acme` within its bytes.
async fn cheap(world: &World, owner: &str, path: &str) -> String {
    let portal = visit(world);
    let token = portal.token(owner);
    let before = portal.system.tally().total();
    let page = portal.get(path, Some(&token)).await.text;
    let calls = portal.system.tally().total() - before;
    assert!(owner != "acme" || page.len() <= BYTES_MAX, "{path}: {} bytes", page.len());
    assert!(calls <= CALLS_MAX, "{owner} {path}: {calls} calls: {:?}", portal.system.tally().counts());
    page
}

#[test]
fn a_service_of_which_nothing_is_known_has_no_full_budget() {
    runtime().unwrap().block_on(async {
        let world = World::at("2026-06-10T00:00:00Z").await.unwrap();
        world.seed(&[customer("acme")]).await.unwrap();
        for (id, activated_at, max_silence_s) in [
            ("never-checked", "2026-06-03T00:00:00Z", json!(null)),
            ("silent", "2026-06-03T00:00:00Z", json!(300)),
            ("to-come", "2026-06-20T00:00:00Z", json!(300)),
        ] {
            let fields = json!({ "activated_at": activated_at, "max_silence_s": max_silence_s });
            let mut registered = service(id, "acme", 49_900, "EUR");
            registered.payload = with(registered.payload, fields);
            world.seed(&[registered]).await.unwrap();
        }
        // The overview looks before anybody did, and again after the sweep.
        for swept in [false, true] {
            if swept {
                world.seed(&[sweep()]).await.unwrap();
            }
            let portal = visit(&world);
            let token = portal.token("acme");
            for path in ["/", "/services/never-checked", "/services/silent", "/services/to-come"] {
                let page = portal.get(path, Some(&token)).await.text;
                let full = page.contains("rect class=\"good\" width=\"200\"");
                assert!(
                    !full && page.contains("No data") && !page.contains("downtime left"),
                    "{path}: {page}"
                );
            }
        }
    });
}

#[test]
fn what_can_be_claimed_leads_to_its_filled_form_until_it_is_claimed() {
    runtime().unwrap().block_on(async {
        let world = World::without_roles(START).await.unwrap();
        let world = june_in(world, &[("api", Course::Breached)], TOLD).await.unwrap();
        check_claimable(&world, false).await;
        world.advance_to(CLOSED).unwrap();
        world.seed(&[Event::new("close-month", json!({ "month": "2026-06" }))]).await.unwrap();
        check_claimable(&world, true).await;
        let late = world.fork().unwrap();
        world.seed(&[desk(file_claim("api", "uptime"))]).await.unwrap();
        let portal = visit(&world);
        let token = portal.token("acme");
        for path in ["/", "/claims"] {
            let page = portal.get(path, Some(&token)).await.text;
            assert!(!page.contains("What you can claim"), "{path}: {page}");
        }
        let month = portal.get("/services/api?month=2026-06", Some(&token)).await.text;
        assert!(month.contains("Claimed") && month.contains("Credited"), "{month}");
        late.advance_to(LATE).unwrap();
        late.seed(&[sweep()]).await.unwrap();
        let portal = visit(&late);
        let token = portal.token("acme");
        let page = portal.get("/", Some(&token)).await.text;
        assert!(!page.contains("What you can claim"), "{page}");
        let month = portal.get("/services/api?month=2026-06", Some(&token)).await.text;
        assert!(month.contains("Not claimed in time"), "{month}");
        // A claim that is refused at once is recorded, and not called done.
        let csrf = portal.csrf(&token).await;
        let claim =
            [("csrf", csrf.as_str()), ("service_id", "api"), ("month", "2026-06"), ("kind", "uptime")];
        let filed = portal.post("/claims", Some(&token), &claim).await;
        let to = filed.headers["location"].to_str().unwrap().to_owned();
        let page = portal.get(&to, Some(&token)).await.text;
        assert!(page.contains("message warn") && !page.contains("message good"), "{to}: {page}");
        assert!(page.contains("The deadline was"), "{page}");
    });
}

/// Checks that what can be claimed has the amount and the deadline that the month's own pages have.
async fn check_claimable(world: &World, is_closed: bool) {
    let portal = visit(world);
    let token = portal.token("acme");
    let now = portal.system.clock().now();
    let scope = portal.scope("acme").await;
    let services = scope.services(None, 10).await.unwrap();
    let found = scope.claimable_months(&services, &[], 10, now).await.unwrap();
    assert_eq!(found.months.len(), 1, "one month can be claimed: {found:?}");
    let own = &found.months[0];
    let seen = scope.month(&own.service.service_id, own.month, now).await.unwrap().unwrap();
    assert_eq!(vec![(own.kind, own.until)], seen.claimable);
    assert_eq!(own.is_closed, is_closed);
    let told = portal.get("/notices?month=2026-06", Some(&token)).await.text;
    let form = "/claims/new?service_id=api&amp;month=2026-06&amp;kind=uptime";
    assert!(told.contains(form), "{told}");
    match is_closed {
        true => assert_eq!(own.amount, seen.statement.map(|statement| statement.credit.amount)),
        false => assert!(told.contains(&format!("Credit so far: {}.", own.amount.unwrap())), "{told}"),
    }
    for path in ["/", "/claims"] {
        let page = portal.get(path, Some(&token)).await.text;
        let (_, card) = page.split_once("What you can claim").unwrap();
        assert!(card.contains(form), "{path}: {page}");
    }
    let filled = portal.get(&form.replace("&amp;", "&"), Some(&token)).await.text;
    assert!(
        filled.contains("value=\"api\" selected") && filled.contains("value=\"2026-06\" selected"),
        "{filled}"
    );
}

#[test]
fn a_statement_says_beside_its_amount_what_it_waits_for_and_what_became_of_it() {
    runtime().unwrap().block_on(async {
        let world = World::without_roles(START).await.unwrap();
        let world = june_in(world, &[("api", Course::Breached)], CLOSED).await.unwrap();
        let claimed = world.fork().unwrap();
        claimed.seed(&[desk(file_claim("api", "uptime"))]).await.unwrap();
        check_fate(&world, "Waiting for your claim").await;
        check_fate(&claimed, "Credited").await;
        world.advance_to(LATE).unwrap();
        world.seed(&[sweep()]).await.unwrap();
        check_fate(&world, "Not claimed in time").await;
    });
}

/// Checks that a statement shows this fate of its credit alone, and that only a waiting credit can be
/// claimed.
async fn check_fate(world: &World, said: &str) {
    let portal = visit(world);
    let page = portal.get("/statements/api/2026-06", Some(&portal.token("acme"))).await.text;
    let (_, credit) = page.split_once("id=\"credit\"").unwrap();
    let (credit, _) = credit.split_once("</section>").unwrap();
    for fate in ["Waiting for your claim", "Credited", "Not claimed in time"] {
        assert_eq!(credit.contains(fate), fate == said, "{fate}: {credit}");
    }
    let form = "/claims/new?service_id=api&amp;month=2026-06&amp;kind=uptime";
    assert_eq!(credit.contains(form), said == "Waiting for your claim", "{credit}");
}

/// Texts that a page could take for markup or code.
const HOSTILE: [&str; 4] =
    ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "שלום & 🚨 <b>"];

#[test]
fn whatever_people_wrote_is_shown_as_text() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let named = |name: &str, field: &str, value: &str| -> Value {
            json!({ "command": name, "customer_id": "acme", field: value })
        };
        for text in HOSTILE {
            world.seed(&[desk(named("change_customer", "name", text))]).await.unwrap();
            let portal = visit(&world);
            let token = portal.token("acme");
            let csrf = portal.csrf(&token).await;
            let fields = [
                ("csrf", csrf.as_str()),
                ("key", text),
                ("level", "2"),
                ("title", text),
                ("description", text),
                ("steps_tried", text),
            ];
            let opened = portal.post("/tickets", Some(&token), &fields).await;
            let ticket = opened.headers["location"].to_str().unwrap().to_owned();
            let refused = [("csrf", csrf.as_str()), ("key", text), ("level", text), ("title", text)];
            let refused = portal.post("/tickets", Some(&token), &refused).await;
            let claim = [("csrf", csrf.as_str()), ("service_id", text), ("month", text), ("note", text)];
            let claim = portal.post("/claims", Some(&token), &claim).await;
            let sent = [("csrf", csrf.as_str()), ("key", text), ("protocol", text), ("endpoint", text)];
            let sent = portal.post("/subscriptions", Some(&token), &sent).await;
            let mut pages = vec![refused.text, claim.text, sent.text];
            for path in ["/", "/tickets", ticket.split('?').next().unwrap(), "/notices?month=2026-07"] {
                pages.push(portal.get(path, Some(&token)).await.text);
            }
            let query = web::query_text(text);
            for path in [
                format!("/claims/new?service_id={query}&month={query}"),
                format!("/sign-in?return_to={query}"),
            ] {
                pages.push(portal.get(&path, Some(&token)).await.text);
            }
            for page in pages {
                for markup in ["<script>alert", "<img", "onerror=alert(1)>", "='' onmouseover", "<b>"] {
                    assert!(!page.contains(markup), "{markup} of {text}: {page}");
                }
            }
        }
    });
}
