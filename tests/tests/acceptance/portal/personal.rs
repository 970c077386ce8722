//! Personal data end with the contract: nothing that is left holds a name, an address or a text, and every
//! figure stays as it was.

use std::collections::BTreeMap;

use ::verify::verify;
use acceptance::faults::{Scenario, every, runtime};
use acceptance::personal::{END, MARKER, OVER, PERSON, ended, erase};
use acceptance::short_june::{START, daily, desk, with};
use acceptance::world::{Event, World};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::portal::visitor::{Visited, visit, visit_desk};

/// Items that hold figures and ids, and that an erasure leaves as they are.
const KEPT: [&str; 8] =
    ["STATEMENT#", "INPUTS#", "#ENTRY", "SUMMARY#", "EXPORT#", "MONTH#", "TRAIL#", "TIMELINE#"];

/// Returns what the table and the bucket hold, without what DynamoDB has removed by an instant.
fn holdings(world: &World, now_s: i64) -> BTreeMap<String, Value> {
    let expires = |holding: &Value| holding.pointer("/expires_at/N")?.as_str()?.parse::<i64>().ok();
    let mut all = world.dump().unwrap().0;
    all.retain(|name, holding| {
        let is_own = name.starts_with("item ") || name.starts_with("object ");
        is_own && expires(holding).is_none_or(|at| at > now_s)
    });
    all
}

/// Lists the holdings with a name, an address or a text of the customer, even one in capitals.
fn marked(holdings: &BTreeMap<String, Value>) -> Vec<String> {
    let has = |text: &str| text.to_lowercase().contains(MARKER) || text.contains(PERSON);
    let all = holdings.iter().filter(|(name, holding)| has(name) || has(&holding.to_string()));
    all.map(|(name, _)| name.clone()).collect()
}

/// Returns the holdings that an erasure must leave as they are.
fn kept(holdings: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let is_kept = |name: &str| name.starts_with("object ") || KEPT.iter().any(|kind| name.contains(kind));
    holdings.iter().filter(|(name, _)| is_kept(name)).map(|(name, h)| (name.clone(), h.clone())).collect()
}

async fn after(world: &World, now: &str, events: &[Event]) -> Vec<Value> {
    world.advance_to(now).unwrap();
    world.seed(events).await.unwrap()
}

async fn customer(world: &World) -> Value {
    let items = holdings(world, 0);
    let body = items["item CUSTOMER#acme CUSTOMER"]["body"]["S"].as_str().unwrap();
    serde_json::from_str::<Value>(body).unwrap()["thing"].clone()
}

fn seconds(instant: &str) -> i64 {
    instant.parse::<sla::Instant>().unwrap().epoch_s()
}

#[test]
fn nothing_that_is_left_names_the_customer_and_no_figure_changes() {
    const ERASED: &str = "2026-09-15T03:00:00Z";
    runtime().unwrap().block_on(async {
        let world = ended(World::at(START).await.unwrap()).await.unwrap();
        let now_s = seconds(ERASED);
        let before = holdings(&world, now_s);
        let names = marked(&before);
        // The markers are wherever such texts are kept, so that the test would see them.
        let kinds = [
            "CUSTOMER#acme CUSTOMER",
            "CUSTOMER#acme PERSON#",
            "CUSTOMER#acme SUBSCRIPTION#",
            "CUSTOMER#acme NOTICE#",
            "CUSTOMER#acme CLAIM#",
            "CLAIMS#",
            "SERVICE#api SERVICE",
            "SERVICE#api BOOKS#",
            "SERVICE#api ACT#",
            "TICKET#T-1 TICKET",
            "TICKET#T-1 TICKET#EVENT#",
            "TICKET#T-2 ",
            "TICKET#T-3 ",
            "TICKET#T-9 ",
            "EXCLUSION#x-1 ",
            "QUARANTINE#",
        ];
        for kind in kinds {
            assert!(names.iter().any(|name| name.starts_with(&format!("item {kind}"))), "{kind}: {names:#?}");
        }
        // Exports and inputs have never held any.
        assert_eq!(marked(&kept(&before)), Vec::<String>::new());
        let answers = after(&world, ERASED, &[erase(), daily(), daily(), erase()]).await;
        let left = json!({ "customer_id": "acme", "name": "acme", "erased_at": ERASED });
        assert_eq!([&answers[0], &answers[3]], [&left, &left]);
        let after = holdings(&world, now_s);
        assert_eq!(marked(&after), Vec::<String>::new());
        let mut trail = kept(&after);
        let noted: Vec<String> = trail.keys().filter(|name| !before.contains_key(*name)).cloned().collect();
        assert!(noted.len() == 2 && noted.iter().all(|name| name.starts_with("item TRAIL#")), "{noted:?}");
        trail.retain(|name, _| !noted.contains(name));
        assert_eq!(trail, kept(&before));
        for key in ["ERASURE", "CONTRACT-END"] {
            let is_left = after.contains_key(&format!("item CUSTOMER#acme {key}"));
            assert!(!is_left, "{key} is left");
        }
        for month in ["2026-06", "2026-07"] {
            let folder = world.engines().objects().join(format!("exports/month={month}"));
            verify(&folder).unwrap();
        }
        pages_still_answer(&world).await;
    });
}

/// Opens pages of portal and desk: they show what is left.
async fn pages_still_answer(world: &World) {
    let (portal, desk) = (visit(world), visit_desk(world));
    let (own, staff) = (portal.token("acme"), desk.staff("ada"));
    let own_pages =
        ["/", "/services/api?month=2026-06", "/statements/api/2026-06", "/tickets/T-1", "/claims"];
    for path in own_pages.into_iter().chain(["/notices?month=2026-06", "/subscriptions"]) {
        let page = portal.get(path, Some(&own)).await;
        let is_clean = !page.text.to_lowercase().contains(MARKER);
        assert!(page.status.is_success() && is_clean, "{path}: {} {}", page.status, page.text);
    }
    for path in ["/customers/acme", "/services/api", "/exclusions/x-1", "/changes?kind=ticket&id=T-1"] {
        let page = desk.get(path, Some(&staff)).await;
        let is_clean = !page.text.to_lowercase().contains(MARKER);
        assert!(page.status.is_success() && is_clean, "{path}: {} {}", page.status, page.text);
    }
    let page = desk.get("/customers/acme", Some(&staff)).await.text;
    assert!(page.contains("personal data were erased") && page.contains("nines-customer-"), "{page}");
    let listed = json!({ "command": "list_changes", "object": "ticket:T-2" });
    let listed = world.seed(&[acceptance::short_june::desk(listed)]).await.unwrap().remove(0);
    let change = &listed["changes"][0];
    assert_eq!((&change["by"], &change["by_name"]), (&json!("someone-at-acme"), &Value::Null));
}

#[test]
fn a_contract_that_has_not_ended_is_not_erased_and_an_erased_customer_stays_so() {
    runtime().unwrap().block_on(async {
        let world = ended(World::at(START).await.unwrap()).await.unwrap();
        let refused = async |event: &Event| world.invoke(event).await.unwrap().unwrap_err();
        let service = json!({
            "command": "register_service", "service_id": "late", "customer_id": "acme", "name": "late",
            "plan": "standard", "region": "eu", "activated_at": OVER,
            "monthly_fee": { "minor": 1, "currency": "EUR" },
        });
        let end =
            json!({ "command": "terminate_service", "service_id": "late", "at": "2026-08-20T00:00:00Z" });
        let mut messages = Vec::new();
        world.seed(&[desk(service.clone())]).await.unwrap();
        messages.push(refused(&erase()).await);
        world.seed(&[desk(end)]).await.unwrap();
        world.advance_to("2026-08-20T00:00:00Z").unwrap();
        messages.push(refused(&erase()).await);
        after(
            &world,
            "2026-09-03T00:00:00Z",
            &[Event::new("close-month", json!({ "month": "2026-08" })), erase()],
        )
        .await;
        let change = json!({ "command": "change_customer", "customer_id": "acme", "name": "Back" });
        messages.push(refused(&desk(change)).await);
        messages.push(refused(&desk(with(service, json!({ "service_id": "later" })))).await);
        let unknown = json!({ "command": "erase_personal_data", "customer_id": "nobody" });
        messages.push(refused(&desk(unknown)).await);
        let messages: Vec<String> =
            messages.iter().map(|e| format!("{}: {}", e.error_type(), e.message())).collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        Conflict: customer_id: `late` is still provided: end it with terminate_service first
        Conflict: customer_id: 2026-08 of `late` is not closed: repeat this once it is
        Conflict: customer_id: the personal data of `acme` were erased at 2026-09-03T00:00:00Z: register the customer under a new id
        Conflict: customer_id: the personal data of `acme` were erased at 2026-09-03T00:00:00Z: register the customer under a new id
        NotFound: customer_id: `nobody` is not known: register the customer first, with register_customer
        ");
    });
}

#[test]
fn personal_data_end_ten_years_after_the_last_service() {
    runtime().unwrap().block_on(async {
        let world = ended(World::at(START).await.unwrap()).await.unwrap();
        for year in 2027..=2036 {
            assert_eq!(customer(&world).await["erased_at"], Value::Null, "{year}");
            after(&world, &format!("{year}-07-30T03:00:00Z"), &[daily()]).await;
        }
        assert_eq!(customer(&world).await["erased_at"], Value::Null, "a day too early");
        let erased = "2036-07-31T03:00:00Z";
        assert!(seconds(erased) >= seconds(END) + 10 * 31_557_600);
        after(&world, erased, &[daily()]).await;
        assert_eq!(customer(&world).await["erased_at"], erased);
        assert_eq!(marked(&holdings(&world, seconds(erased))), Vec::<String>::new());
        let listed = json!({ "command": "list_changes", "object": "customer:acme" });
        let change = world.seed(&[desk(listed)]).await.unwrap().remove(0)["changes"][0].clone();
        assert_eq!((&change["act"], &change["by"]), (&json!("erase_personal_data"), &json!("direct")));
    });
}

/// Sends a command to the desk's API.
async fn order(desk: &Visited, who: &str, name: &str, fields: Value) -> Value {
    let request = Request::post(format!("/api/v1/commands/{name}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", desk.staff(who)))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", format!("{who}-{name}"));
    let answer = desk.ask(request.body(Body::from(fields.to_string())).unwrap()).await;
    serde_json::from_str(&answer.text).unwrap()
}

#[test]
fn at_the_desk_two_people_erase() {
    let life = async { ended(World::without_roles(START).await.unwrap()).await.unwrap() };
    let world = runtime().unwrap().block_on(life);
    // Apart from that: the futures of both are large.
    runtime().unwrap().block_on(async {
        let desk = visit_desk(&world);
        let asked = json!({ "customer_id": "acme" });
        let waiting = Box::pin(order(&desk, "ada", "erase_personal_data", asked)).await;
        let id = &waiting["waiting"];
        assert!(id.is_string() && waiting["effect"]["months"] == json!([]), "{waiting}");
        assert_eq!(customer(&world).await["erased_at"], Value::Null);
        let approval = json!({ "change_id": id, "decision": "approve" });
        let own = Box::pin(order(&desk, "ada", "decide_change", approval.clone())).await;
        assert_eq!(own["status"], 403, "{own}");
        let decided = Box::pin(order(&desk, "grace", "decide_change", approval)).await;
        assert_eq!(decided["answer"]["erased_at"], OVER, "{decided}");
        assert_eq!(customer(&world).await["name"], "acme");
    });
}

#[test]
fn no_crash_leaves_a_text() {
    let world = runtime().unwrap().block_on(async {
        let world = ended(World::at(START).await.unwrap()).await.unwrap();
        after(&world, OVER, &[erase()]).await;
        world
    });
    let mut scenario = Scenario::new(world, vec![daily()]);
    scenario.ignored_attributes = &["version"];
    let report = every(&scenario).unwrap();
    assert!(report.schedules > 20, "{}", report.schedules);
}
