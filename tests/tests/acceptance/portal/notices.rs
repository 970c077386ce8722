//! The list of notices: headlines, pages, filters, and what is new to a person.

use acceptance::faults::runtime;
use acceptance::short_june::{checks, customer, service, with};
use acceptance::world::World;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

use super::visitor::{Answer, Visited, visit};

/// Services of the customer: their outages fill more than two pages.
const SERVICES: usize = 60;

/// A world in which all services of a customer, half of them in each of two regions, were down for an hour.
async fn world() -> World {
    let world = World::at("2026-06-30T20:00:00Z").await.unwrap();
    world.seed(&[customer("acme"), customer("other")]).await.unwrap();
    for (nth, clock) in ["20:00", "20:30", "21:30"].into_iter().enumerate() {
        if nth > 0 {
            world.advance_to(&format!("2026-06-30T{}:10Z", clock)).unwrap();
        }
        for own in 0..SERVICES {
            let id = format!("line-{own:02}");
            if nth == 0 {
                let region = if own % 2 == 0 { "eu" } else { "us" };
                let mut registered = service(&id, "acme", 49_900, "EUR");
                let fields = json!({ "region": region, "activated_at": "2026-06-30T20:00:00Z" });
                registered.payload = with(registered.payload, fields);
                world.seed(&[registered]).await.unwrap();
            }
            let status = if nth == 1 { "down" } else { "up" };
            let checked_at = format!("2026-06-30T{}:00Z", clock);
            world
                .seed(&[checks(&[json!({ "service_id": id, "checked_at": checked_at, "status": status })])])
                .await
                .unwrap();
        }
    }
    world
}

/// Gets a page with a session's token, and the cookie of the last look if there is one.
async fn get(portal: &Visited, path: &str, look: Option<&str>) -> Answer {
    let token = portal.token("acme");
    let session = format!("{}={token}", serve_portal::SESSION_COOKIE);
    let cookies = look.map_or(session.clone(), |look| format!("{session}; {look}"));
    portal.ask(Request::get(path).header(header::COOKIE, cookies).body(Body::empty()).unwrap()).await
}

/// Returns the cookie that an answer sets.
fn look(answer: &Answer) -> String {
    answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn headlines(page: &str) -> Vec<&str> {
    let subjects = page.split("<summary><strong dir=\"auto\">").skip(1);
    subjects.filter_map(|rest| rest.split('<').next()).collect()
}

#[test]
fn outages_of_a_region_are_one_headline_and_pages_and_filters_lose_none() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let portal = visit(&world);
        let scope = portal.scope("acme").await;
        let all = scope.notices_between(None, None, 1000).await.unwrap();
        let first = get(&portal, "/notices", None).await.text;
        let shown = headlines(&first);
        assert_eq!(shown.len(), 2 + 50, "{shown:?}");
        assert!(shown.contains(&"25 services in eu came back up"), "{shown:?}");
        let (mut seen, mut page) = (0, first);
        for _ in 0..20 {
            seen += page.matches("<p class=\"prose\"").count();
            let Some(next) = page.split("<a rel=\"next\" href=\"").nth(1) else { break };
            let path = next.split('"').next().unwrap().replace("&amp;", "&");
            page = get(&portal, &path, None).await.text;
        }
        assert_eq!(seen, all.len(), "each is on one page");
        let filtered = "/notices?kind=outages&service_id=line-07";
        let own = get(&portal, filtered, None).await.text;
        let of_service = all.iter().filter(|record| record.concerns(&"line-07".parse().unwrap()));
        assert_eq!(own.matches("<p class=\"prose\"").count(), of_service.count());
        assert!(!own.contains("line-08</a>") && own.contains("value=\"line-07\" selected"), "{own}");
        assert!(get(&portal, "/notices?kind=tickets", None).await.text.contains("There are no notices."));
        let refused = get(&portal, "/notices?kind=gossip", None).await;
        assert_eq!(refused.status, 400);
        let earlier = get(&portal, "/notices?month=2026-05", None).await.text;
        assert!(earlier.contains("There are no notices."), "{earlier}");
    });
}

#[test]
fn what_is_new_is_counted_until_it_is_looked_at_and_marked_while_it_is_read() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        world.advance_to("2026-06-30T21:40:00Z").unwrap();
        let counted =
            |page: &str| page.contains("<span class=\"tag\">9+<span class=\"unseen\"> new</span></span>");
        let portal = visit(&world);
        assert!(counted(&get(&portal, "/", None).await.text));
        let filtered = get(&portal, "/notices?kind=outages", None).await;
        assert!(counted(&filtered.text), "{}", filtered.text);
        assert!(!filtered.headers.contains_key("set-cookie"), "a part of the list is no look at it");
        let first = get(&portal, "/notices", None).await;
        assert!(!counted(&first.text) && first.text.contains("<span class=\"tag\">New</span>"));
        let looked = look(&first);
        world.advance_to("2026-06-30T21:45:00Z").unwrap();
        let portal = visit(&world);
        let home = get(&portal, "/", Some(&looked)).await.text;
        assert!(!home.contains("class=\"unseen\"> new"), "{home}");
        let again = get(&portal, "/notices", Some(&looked)).await;
        assert_eq!(headlines(&again.text), headlines(&first.text));
        assert_eq!(again.text.matches(">New<").count(), first.text.matches(">New<").count());
        world.advance_to("2026-06-30T22:30:00Z").unwrap();
        let down = json!({ "service_id": "line-03", "checked_at": "2026-06-30T22:29:00Z", "status": "down" });
        world.seed(&[checks(&[down])]).await.unwrap();
        let portal = visit(&world);
        let looked = look(&again);
        let home = get(&portal, "/", Some(&looked)).await.text;
        assert!(home.contains("<span class=\"tag\">1<span"), "{home}");
        let later = get(&portal, "/notices", Some(&looked)).await;
        assert_eq!(later.text.matches(">New<").count(), 1, "{}", later.text);
    });
}
