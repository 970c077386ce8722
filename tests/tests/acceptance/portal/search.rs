//! The search of staff and of customers: every kind is found, in a few calls, and nobody finds another
//! customer's things; what is found is what a list in memory has, whatever was renamed, removed or erased.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acceptance::calls::Sequence;
use acceptance::faults::runtime;
use acceptance::short_june::{START, customer, desk, service, with};
use acceptance::world::World;
use axum::http::StatusCode;
use events::change::Subject;
use events::search::{Number, is_named, sorted_by, words};
use nines::system::System;
use serde_json::{Value, json};
use table::Directory;

use crate::portal::isolation::has_secrets;
use crate::portal::visitor::{Answer, Visited, visit, visit_desk, world};

/// The most calls of a search.
const CALLS_MAX: usize = 12;

async fn search(world: &World, words: &str) -> Vec<Value> {
    let asked = desk(json!({ "command": "search", "words": words }));
    let answer = Box::pin(world.seed(&[asked])).await.unwrap().remove(0);
    answer["hits"].as_array().unwrap().clone()
}

/// Returns the kinds and ids that a search finds, in order.
async fn found(world: &World, words: &str) -> Vec<String> {
    let hits = search(world, words).await;
    hits.iter()
        .map(|hit| format!("{}:{}", hit["kind"].as_str().unwrap(), hit["id"].as_str().unwrap()))
        .collect()
}

fn number(kind: Subject, id: &str) -> String {
    Number::of(kind, id).short().to_owned()
}

fn leads_to(answer: &Answer) -> Option<&str> {
    let to = answer.headers.get("location").and_then(|to| to.to_str().ok());
    to.filter(|_| answer.status == StatusCode::SEE_OTHER)
}

/// A world with one thing of each kind.
async fn full() -> (World, String) {
    let world = world().await;
    let window = json!({
        "command": "announce_maintenance", "window_id": "m-1", "starts_at": "2026-07-20T02:00:00Z",
        "ends_at": "2026-07-20T03:00:00Z", "scope": { "services": ["api"] }, "reason": "new switches",
    });
    let void = json!({
        "command": "void_checks", "void_id": "v-1", "service_id": "api", "probe": "default",
        "starts_at": "2026-07-01T00:00:00Z", "ends_at": "2026-07-01T00:10:00Z", "evidence": "it was broken",
        "raised_by": "ada",
    });
    let claim = json!({
        "command": "file_claim", "service_id": "api", "month": "2026-06", "customer_id": "acme", "kind": "uptime",
    });
    let import = json!({
        "command": "import_services",
        "csv": "service_id,customer_id,name,plan,monthly_fee,currency,region,activated_at\nimported,acme,Brücke \
                Süd,standard,10.00,EUR,eu,2026-07-03T00:00:00Z\n",
    });
    let made = Box::pin(world.seed(&[desk(window), desk(void), desk(claim), desk(import)])).await.unwrap();
    let id = |made: &Value, field: &str| made[field].as_str().unwrap().to_owned();
    let import = id(&made[3], "import_id");
    (world, format!("{} {import}", id(&made[2], "claim_id")))
}

#[test]
fn staff_find_each_kind_by_id_and_number_and_are_led_to_it() {
    runtime().unwrap().block_on(async {
        let (world, made) = full().await;
        let (claim, import) = made.split_once(' ').unwrap();
        let at_desk = visit_desk(&world);
        let token = at_desk.staff("ada");
        let things = [
            (Subject::Customer, "acme", "/customers/acme".to_owned()),
            (Subject::Service, "imported", "/services/imported".to_owned()),
            (Subject::Ticket, "T-1", "/tickets/T-1".to_owned()),
            (Subject::Claim, claim, format!("/claims/{}", claim.replace(':', "%3A"))),
            (Subject::Maintenance, "m-1", "/maintenance?month=2026-07#window-m-1".to_owned()),
            (Subject::Exclusion, "x-1", "/exclusions/x-1".to_owned()),
            (Subject::Void, "v-1", "/voids/v-1".to_owned()),
            (Subject::Import, import, format!("/imports/{import}")),
        ];
        for (kind, id, page) in &things {
            let short = number(*kind, id);
            for asked in [(*id).to_owned(), short.to_lowercase(), format!("{}-{}", &short[..3], &short[3..])]
            {
                let named = format!("{}:{id}", kind.as_str());
                assert!(found(&world, &asked).await.contains(&named), "{asked} is {named}");
            }
            let answer = at_desk.get(&format!("/search?words={short}"), Some(&token)).await;
            assert_eq!(leads_to(&answer), Some(page.as_str()), "{id}: {}", answer.text);
            let page = page.split('#').next().unwrap();
            let shown = at_desk.get(page, Some(&token)).await;
            assert_eq!(shown.status, StatusCode::OK, "{page}");
            assert!(shown.text.contains(&short), "{page} shows {short}");
        }
    });
}

#[test]
fn staff_find_names_by_their_words_in_any_spelling() {
    runtime().unwrap().block_on(async {
        let (world, _) = full().await;
        for asked in ["bruck", "SUD", "süd brück", "Brücke Süd"] {
            assert_eq!(found(&world, asked).await, ["service:imported"], "{asked}");
        }
        for nothing in ["rucke", "brucke nord", "nothing", "—", "acmes"] {
            assert_eq!(found(&world, nothing).await, [""; 0], "{nothing}");
        }
        let hit = search(&world, "brucke").await.remove(0);
        let expected = json!({
            "kind": "service", "id": "imported", "number": number(Subject::Service, "imported"),
            "name": "Brücke Süd", "customer_id": "acme", "customer_name": hit["customer_name"],
        });
        assert_eq!(hit, expected);
        let at_desk = visit_desk(&world);
        let token = at_desk.staff("ada");
        let many = at_desk.get("/search?words=api", Some(&token)).await;
        assert!(leads_to(&many).is_some() || many.text.contains("/services/api"), "{}", many.text);
        let nothing = at_desk.get("/search?words=%3Cb%3E", Some(&token)).await;
        assert!(
            nothing.text.contains("Nothing was found") && nothing.text.contains("&lt;b&gt;"),
            "{}",
            nothing.text
        );
    });
}

#[test]
fn a_search_takes_few_calls() {
    runtime().unwrap().block_on(async {
        let (world, _) = full().await;
        let calls = Sequence::default();
        let process = world.process(Arc::new(calls.clone())).unwrap();
        for words in ["api", "brucke sud", "7k3m9q", "acme", &number(Subject::Ticket, "T-1")] {
            drop(calls.take());
            let asked = json!({ "command": "search", "words": words }).to_string();
            Box::pin(process.invoke_alone("run-desk", asked.as_bytes())).await.unwrap();
            let count = calls.take().len();
            assert!((2..=CALLS_MAX).contains(&count), "{count} calls for {words}");
        }
        let portal = crate::portal::visitor::through(world.process(Arc::new(calls.clone())).unwrap());
        let scope = portal.scope("acme").await;
        for words in ["api", "brucke", "7k3m9q", "secret-x", "x-1"] {
            drop(calls.take());
            scope.search(words, portal.system.clock().now()).await.unwrap();
            let count = calls.take().len();
            assert!((2..=CALLS_MAX).contains(&count), "{count} calls of the portal for {words}");
        }
    });
}

#[test]
fn a_customer_finds_their_own_things_and_nobody_elses() {
    runtime().unwrap().block_on(async {
        let (world, made) = full().await;
        let (claim, _) = made.split_once(' ').unwrap();
        let portal = visit(&world);
        let (acme, other) = (portal.token("acme"), portal.token("other"));
        let own = [
            (Subject::Service, "imported", "/services/imported".to_owned()),
            (Subject::Ticket, "T-1", "/tickets/T%2D1".to_owned()),
            (Subject::Claim, claim, "/claims".to_owned()),
            (Subject::Maintenance, "m-1", "/services/api?month=2026-07".to_owned()),
            (Subject::Exclusion, "x-1", "/services/api?month=2026-06".to_owned()),
        ];
        for (kind, id, page) in &own {
            for asked in [(*id).to_owned(), number(*kind, id)] {
                let path = format!("/search?words={}", web::query_text(&asked));
                let answer = portal.get(&path, Some(&acme)).await;
                assert_eq!(leads_to(&answer), Some(page.as_str()), "{asked}: {}", answer.text);
                let answer = portal.get(&path, Some(&other)).await;
                assert!(answer.text.contains("Nothing was found"), "{asked}: {}", answer.text);
            }
        }
        let trouble = portal.get("/search?words=troub", Some(&acme)).await;
        assert_eq!(leads_to(&trouble), Some("/tickets/T%2D1"), "{}", trouble.text);
        let secrets = [
            (Subject::Service, "secret-line"),
            (Subject::Ticket, "secret-ticket"),
            (Subject::Exclusion, "secret-x"),
            (Subject::Customer, "other"),
        ];
        for (kind, id) in secrets {
            for asked in [id.to_owned(), number(kind, id)] {
                let answer = portal.get(&format!("/search?words={asked}"), Some(&acme)).await;
                assert!(answer.text.contains("Nothing was found"), "{asked}: {}", answer.text);
                let shown = answer.text.replace(&asked, "");
                assert!(!has_secrets(&shown), "{asked}: {}", answer.text);
            }
        }
    });
}

/// A customer or service in memory: its name, and its customer.
type Model = BTreeMap<(&'static str, String), (String, Option<String>)>;

const NAMES: [&str; 10] = [
    "Müller & Söhne",
    "muller",
    "Ærø Line",
    "Zürich 1",
    "zurich 1",
    "東京",
    "Ωmega Plant",
    "1st Street",
    "API",
    "api gateway of the south",
];
const ASKED: [&str; 10] =
    ["muller", "sohne mull", "aero", "zuri 1", "東京", "ωm", "1", "api", "gate south", "line aero muller"];

/// Compares searches and lists with those in memory.
async fn agrees(world: &World, process: &System, model: &Model) {
    for asked in ASKED {
        let asked_words = words(asked);
        let expected: BTreeSet<String> = model
            .iter()
            .filter(|(_, (name, _))| is_named(name, &asked_words))
            .map(|((kind, id), _)| format!("{kind}:{id}"))
            .collect();
        let found: BTreeSet<String> = found(world, asked).await.into_iter().collect();
        assert_eq!(found, expected, "{asked}");
    }
    let table = process.directory();
    let of_kind = |wanted: &str| {
        let own = model.iter().filter(|((kind, _), _)| *kind == wanted);
        let mut own: Vec<(String, String)> =
            own.map(|((_, id), (name, _))| (format!("{}#", sorted_by(name)), id.clone())).collect();
        own.sort();
        own.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    let customers = table.customers_by_name(None, 100).await.unwrap();
    let ids: Vec<_> = customers.iter().map(|customer| customer.customer_id.clone()).collect();
    assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), of_kind("customer"));
    let services = table.services_by_name(None, 100).await.unwrap();
    let named: Vec<_> = services.iter().map(|service| service.service_id.to_string()).collect();
    assert_eq!(named, of_kind("service"));
    // In pages of two the list is the same.
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = table.services_by_name(after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.service_id.clone());
        paged.extend(page.iter().map(|service| service.service_id.to_string()));
    }
    assert_eq!(paged, named);
    let counts = table.service_counts(&ids).await.unwrap();
    for id in &ids {
        let own: Vec<_> = model.values().filter(|(_, of)| of.as_deref() == Some(id.as_str())).collect();
        assert_eq!(counts.get(id).copied().unwrap_or_default(), own.len(), "services of {id}");
        let listed = table.named_services(id).await.unwrap();
        assert!(listed.iter().all(|(id, name)| model[&("service", id.to_string())].0 == *name), "{listed:?}");
        assert_eq!(listed.len(), own.len());
    }
    assert_eq!(table.directory_page(Directory::Services, None, 100).await.unwrap().len(), services.len());
}

/// Plays random registrations, renames, removals and erasures; `seed` says which.
async fn lives(mut seed: u64) {
    let world = World::at(START).await.unwrap();
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let (mut model, mut erased) = (Model::new(), 0);
    for step in 0..40 {
        let name = NAMES[next(NAMES.len())];
        let own = |kind: &str| -> Vec<String> {
            model.keys().filter(|(own, _)| *own == kind).map(|(_, id)| id.clone()).collect()
        };
        let (customers, services) = (own("customer"), own("service"));
        let command = match next(6) {
            0 | 1 if !customers.is_empty() => {
                let (id, of) = (format!("s-{step}"), customers[next(customers.len())].clone());
                let command = with(service(&id, &of, 100, "EUR").payload, json!({ "name": name }));
                model.insert(("service", id), (name.to_owned(), Some(of)));
                command
            }
            2 if !services.is_empty() => {
                let id = services[next(services.len())].clone();
                let own = model.get_mut(&("service", id.clone())).unwrap();
                if own.0 == name {
                    continue;
                }
                name.clone_into(&mut own.0);
                json!({ "command": "correct_service", "service_id": id, "name": name })
            }
            3 if !customers.is_empty() => {
                let id = customers[next(customers.len())].clone();
                model.get_mut(&("customer", id.clone())).unwrap().0 = name.to_owned();
                json!({ "command": "change_customer", "customer_id": id, "name": name })
            }
            4 if customers.len() > 2 => {
                let has_none = |id: &&String| !model.values().any(|(_, of)| of.as_ref() == Some(id));
                let Some(id) = customers.iter().find(has_none).cloned() else { continue };
                // An erased customer stays in the list, under the id, and is found no more.
                model.remove(&("customer", id.clone()));
                erased += 1;
                json!({ "command": "erase_personal_data", "customer_id": id })
            }
            _ => {
                let id = format!("c-{step}");
                model.insert(("customer", id.clone()), (name.to_owned(), None));
                with(customer(&id).payload, json!({ "name": name }))
            }
        };
        Box::pin(world.seed(&[desk(command)])).await.unwrap();
    }
    imported_and_undone(&world).await;
    compared(&world, &model, erased).await;
}

/// Imports a service with a new customer, finds it, and takes it back.
async fn imported_and_undone(world: &World) {
    let csv = "service_id,customer_id,name,plan,monthly_fee,currency,region,activated_at,customer_name\n\
               i-1,i,Muller Imported,standard,1.00,EUR,eu,2026-07-01T00:00:00Z,API Import\n";
    let import = json!({ "command": "import_services", "csv": csv });
    let import = Box::pin(world.seed(&[desk(import)])).await.unwrap().remove(0);
    assert!(found(world, "imported").await.contains(&"service:i-1".to_owned()));
    let undo = json!({ "command": "undo_import", "import_id": import["import_id"] });
    Box::pin(world.seed(&[desk(undo)])).await.unwrap();
}

/// Compares what is found with what a list in memory has; entering all anew changes nothing.
async fn compared(world: &World, model: &Model, erased: usize) {
    let process = world.process(Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    if erased == 0 {
        agrees(world, &process, model).await;
    } else {
        let listed = process.directory().customers_by_name(None, 100).await.unwrap();
        let own = model.keys().filter(|(kind, _)| *kind == "customer").count();
        assert_eq!(listed.len(), own + erased, "the erased ones are listed under their ids");
        for asked in ASKED {
            let asked_words = words(asked);
            let expected = model.values().filter(|(name, _)| is_named(name, &asked_words)).count();
            assert_eq!(found(world, asked).await.len(), expected, "{asked}");
        }
    }
    // What is entered anew is what was entered.
    let before = world.dump().unwrap();
    for (_, id) in model.keys().filter(|(kind, _)| *kind == "customer") {
        Box::pin(world.seed(&[desk(json!({ "command": "index_customer", "customer_id": id }))]))
            .await
            .unwrap();
    }
    let after = world.dump().unwrap();
    let entries = |dump: acceptance::world::Dump| {
        let own = |name: &String| {
            ["item NAMES#", "item WORD#", "item NUMBER#"].iter().any(|own| name.starts_with(own))
        };
        dump.0.into_iter().filter(|(name, _)| own(name)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(entries(before), entries(after));
}

#[test]
fn what_is_found_is_what_a_list_in_memory_has() {
    for seed in 1..=4 {
        runtime().unwrap().block_on(Box::pin(lives(seed)));
    }
}

#[test]
fn lists_are_in_the_order_of_names() {
    runtime().unwrap().block_on(async {
        let world = World::at(START).await.unwrap();
        let named =
            |event: acceptance::world::Event, name: &str| desk(with(event.payload, json!({ "name": name })));
        world
            .seed(&[
                named(customer("zz"), "Ähre"),
                named(customer("aa"), "Zoo"),
                named(service("s-1", "zz", 100, "EUR"), "Öl"),
                named(service("s-2", "zz", 100, "EUR"), "alpha"),
                named(service("s-3", "zz", 100, "EUR"), "Zeta"),
            ])
            .await
            .unwrap();
        let in_order = |page: &str, ids: &[&str]| {
            let places: Vec<_> = ids.iter().map(|id| page.find(id)).collect();
            assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{ids:?} {places:?}: {page}");
        };
        let at_desk: Visited = visit_desk(&world);
        let token = at_desk.staff("ada");
        in_order(&at_desk.get("/customers", Some(&token)).await.text, &["/customers/zz", "/customers/aa"]);
        let services = ["/services/s-2", "/services/s-1", "/services/s-3"];
        in_order(&at_desk.get("/services", Some(&token)).await.text, &services);
        in_order(&at_desk.get("/customers/zz", Some(&token)).await.text, &services);
        let rest = at_desk.get("/services?after=s-2", Some(&token)).await;
        assert!(!rest.text.contains("/services/s-2"), "{}", rest.text);
        in_order(&rest.text, &services[1..]);
        let portal = visit(&world);
        in_order(&portal.get("/", Some(&portal.token("zz"))).await.text, &services);
    });
}
