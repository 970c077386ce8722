//! The trail: each command and each act of a customer is noted once with its change, by its object and by the
//! person, however it was given; what changes nothing is not.

use std::collections::BTreeSet;

use acceptance::short_june::{CLOSED, Course, START, check, checks, june_in, with};
use acceptance::world::{Event, World};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use events::command::{CommandName, Mandate, Presence};
use serde_json::{Value, json};
use sla::id::ImportId;

use crate::portal::visitor::{self, Answer, Visited, hidden, visit, visit_desk};

const ARN: &str = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:api";
/// A file with a service that is registered already, so that nothing but the import is noted.
const IMPORTED: &str = "customer_id,service_id,name,plan,monthly_fee,currency,region,activated_at\n\
                        initech,later,Initech's line,standard,1,EUR,eu,2026-06-30T22:00:00Z\n";
/// The publication of a revision.
const REVISION: &str = include_str!("../../../../functions/publish-terms/events/revision-2.json");
/// Words that only a person wrote.
const WORDS: [&str; 4] = ["Initech", "mail@example.org", "carrier", "Bill Lumbergh"];

/// An act of a customer: its name, its form's address and fields, and the beginning of its object.
type Act = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

/// A hand by which commands are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CommandHand {
    /// By the API of the desk, with a person's token.
    ByToken,
    /// By invoking the function, with a name.
    Named,
    /// By invoking the function, without one where there need not be any.
    Unnamed,
}

/// A world in which each command has something to change.
async fn world() -> World {
    let services = [("api", Course::Breached), ("dark", Course::Unknown), ("slow", Course::Slow)];
    let world = june_in(World::at(START).await.unwrap(), &services, CLOSED).await.unwrap();
    world.seed(&[checks(&[check("later", CLOSED, "up")])]).await.unwrap();
    world
}

/// Builds a command with its object.
fn of(command: &str, fields: Value, object: &str) -> (Value, String) {
    (with(json!({ "command": command }), fields), object.to_owned())
}

/// Every command about customers, services, alarms and maintenance, in an order in which each can be given.
fn of_services() -> Vec<(Value, String)> {
    let (customer, service, window) = ("customer:initech", "service:later", "maintenance:m-1");
    let (alarm, import) = (format!("alarm:{ARN}"), format!("import:{}", ImportId::of(IMPORTED)));
    let registered = json!({ "customer_id": "initech", "name": "Initech", "email": "mail@example.org" });
    let line = json!({
        "service_id": "later", "customer_id": "initech", "name": "Initech's line", "plan": "standard",
        "region": "eu", "activated_at": START, "monthly_fee": { "minor": 100, "currency": "EUR" },
    });
    let changed = json!({ "service_id": "later", "from_month": "2026-08", "plan": "premium" });
    let announced = json!({
        "window_id": "m-1", "starts_at": "2026-07-08T00:00:00Z", "ends_at": "2026-07-08T02:00:00Z",
        "scope": { "all": true }, "reason": "the carrier moves",
    });
    let sender = json!({
        "source_id": "am-1", "kind": "alertmanager", "auth": { "scheme": "bearer" }, "map": [],
    });
    let mapped =
        json!({ "source_id": "am-1", "add": [{ "when": { "key": "Initech" }, "service_id": "later" }] });
    let target = json!({
        "target_id": "t-1", "service_id": "later", "region": "eu-1",
        "check": { "http": { "url": "https://initech.example.com/", "body_pattern": "Initech" } },
    });
    let shortened = json!({ "window_id": "m-1", "ends_at": "2026-07-08T01:00:00Z" });
    vec![
        of("register_customer", registered, customer),
        of("change_customer", json!({ "customer_id": "initech", "name": "Initech SE" }), customer),
        of("index_customer", json!({ "customer_id": "initech" }), customer),
        of("register_service", line, service),
        of("correct_service", json!({ "service_id": "later", "quorum": 2 }), service),
        of("change_service", changed, service),
        of("import_services", json!({ "csv": IMPORTED }), &import),
        of("undo_import", json!({ "import_id": ImportId::of(IMPORTED) }), &import),
        of("register_alarm", json!({ "alarm_arn": ARN, "service_id": "later" }), &alarm),
        of("remove_alarm", json!({ "alarm_arn": ARN }), &alarm),
        of("set_role", json!({ "role": "team lead", "people": "Ada; ada@example.com" }), "role:team lead"),
        of("register_source", sender, "source:am-1"),
        of("map_source", mapped, "source:am-1"),
        of("change_source", json!({ "source_id": "am-1", "lead_s": 60 }), "source:am-1"),
        of("remove_source", json!({ "source_id": "am-1" }), "source:am-1"),
        of("register_target", target, "target:t-1"),
        of("change_target", json!({ "target_id": "t-1", "interval_s": 30 }), "target:t-1"),
        of("remove_target", json!({ "target_id": "t-1" }), "target:t-1"),
        of("announce_maintenance", announced, window),
        of("shorten_maintenance", shortened, window),
        of("cancel_maintenance", json!({ "window_id": "m-1" }), window),
        of("terminate_service", json!({ "service_id": "later", "at": "2026-09-01T00:00:00Z" }), service),
    ]
}

/// Every other command that changes something, in an order in which each can be given.
fn of_months(quarantined: &str, claim: &str) -> Vec<(Value, String)> {
    let (exclusion, void, claimed) = ("exclusion:x-1", "void:v-1", format!("claim:{claim}"));
    let outage = json!({ "starts_at": "2026-06-30T23:00:00Z", "ends_at": "2026-06-30T23:01:00Z" });
    let excluded = json!({
        "exclusion_id": "x-1", "services": ["api"], "clause": "third_party", "evidence": "carrier",
    });
    let voided = json!({
        "void_id": "v-1", "service_id": "api", "probe": "default", "evidence": "the carrier's log",
    });
    let decision = |name: &str, id: &str| json!({ name: id, "decision": "approve", "note": "carrier" });
    let disputed = json!({ "exclusion_id": "x-1", "customer_id": "acme", "statement": "carrier" });
    let wanted =
        json!({ "service_id": "slow", "month": "2026-06", "customer_id": "acme", "kind": "performance" });
    let granted = json!({
        "claim_id": claim, "decision": "approve", "amount": { "minor": 100, "currency": "EUR" },
        "reason": "the carrier's fault",
    });
    let of_month = |service: &str| json!({ "service_id": service, "month": "2026-06", "reason": "carrier" });
    let reviewed = with(of_month("dark"), json!({ "verdict": "breached" }));
    let input = format!("quarantine:{quarantined}");
    vec![
        of("raise_exclusion", with(excluded, outage.clone()), exclusion),
        of("decide_exclusion", decision("exclusion_id", "x-1"), exclusion),
        of("dispute_exclusion", disputed, exclusion),
        of("withdraw_exclusion", json!({ "exclusion_id": "x-1", "note": "no carrier" }), exclusion),
        of("void_checks", with(voided, outage), void),
        of("decide_void", decision("void_id", "v-1"), void),
        of("file_claim", wanted, &claimed),
        of("review_claim", granted, &claimed),
        of("review_statement", reviewed, "statement:dark:2026-06"),
        of("restate_month", of_month("api"), "statement:api:2026-06"),
        of("mark_invoiced", json!({ "month": "2026-06" }), "month:2026-06"),
        of("replay_quarantine", json!({ "quarantine_id": quarantined }), &input),
        of("erase_personal_data", json!({ "customer_id": "other" }), "customer:other"),
    ]
}

/// Every command about tickets, in an order in which each can be given.
fn of_tickets() -> Vec<(Value, String)> {
    let opened = json!({
        "ticket_id": "T-9", "customer_id": "acme", "level": 1, "channel": "phone", "title": "the carrier",
        "description": "carrier", "note": "carrier", "internal_note": "carrier",
    });
    let (of_one, one) = (json!({ "ticket_id": "T-9", "note": "carrier" }), "ticket:T-9");
    vec![
        of("open_ticket", opened, one),
        of("take_ticket", json!({ "ticket_id": "T-9" }), one),
        of("acknowledge_ticket", of_one.clone(), one),
        of("ask_customer", of_one.clone(), one),
        of("resume_ticket", of_one.clone(), one),
        of("change_level", with(of_one.clone(), json!({ "level": 2, "reason": "worsened" })), one),
        of("resolve_ticket", of_one.clone(), one),
        of("reopen_ticket", of_one, one),
    ]
}

/// Returns the person who gives a command: whoever decides is not who raised.
fn person(name: CommandName) -> &'static str {
    match name {
        CommandName::DecideExclusion
        | CommandName::DecideVoid
        | CommandName::DecideChange
        | CommandName::ReviewClaim => "grace",
        _ if matches!(name.mandate(), Mandate::Finance(_)) => "luca",
        _ => "ada",
    }
}

/// Gives a command, which must be carried out.
async fn give(world: &World, desk: &Visited, given: CommandHand, key: &str, command: &Value) {
    let name = CommandName::of(command["command"].as_str().unwrap()).unwrap();
    if given != CommandHand::ByToken {
        let signed_by = name.signed_by().unwrap();
        let field = name.fields().iter().find(|field| field.name == signed_by).unwrap();
        let is_signed = given == CommandHand::Named || field.presence == Presence::Required;
        let signature = if is_signed { json!({ signed_by: person(name) }) } else { json!({}) };
        world.seed(&[Event::new("run-desk", with(command.clone(), signature))]).await.unwrap();
        return;
    }
    let answer = order(desk, person(name), key, command).await;
    assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.text);
    let answer: Value = serde_json::from_str(&answer.text).unwrap();
    if let Some(change) = answer.get("waiting") {
        let second = if person(name) == "ada" { "grace" } else { "ada" };
        let approval = json!({ "command": "decide_change", "change_id": change, "decision": "approve" });
        let answer = order(desk, second, &format!("{key}-approved"), &approval).await;
        assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.text);
    }
}

/// Proposes maintenance over all services as Ada; returns the id of the change that waits.
async fn propose(desk: &Visited) -> String {
    let maintenance = json!({
        "command": "announce_maintenance", "window_id": "m-9", "scope": { "all": true }, "reason": "carrier",
        "starts_at": "2026-07-09T00:00:00Z", "ends_at": "2026-07-09T02:00:00Z",
    });
    let answer = order(desk, "ada", "proposed", &maintenance).await;
    let answer: Value = serde_json::from_str(&answer.text).unwrap();
    answer["waiting"].as_str().unwrap().to_owned()
}

/// Sends a command to the desk's API under a person's token.
async fn order(desk: &Visited, person: &str, key: &str, command: &Value) -> Answer {
    let name = command["command"].as_str().unwrap();
    let fields = with(command.clone(), json!({ "command": null }));
    let request = Request::post(format!("/api/v1/commands/{name}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", desk.staff(person)))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key);
    desk.ask(request.body(Body::from(fields.to_string())).unwrap()).await
}

/// Lists all changes of an object or a person by their pages.
async fn changes(world: &World, of: Value) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = with(with(json!({ "command": "list_changes" }), of.clone()), json!({ "after": after }));
        let page = world.seed(&[Event::new("run-desk", asked)]).await.unwrap().remove(0);
        all.extend(page["changes"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
        if after.is_null() {
            return all;
        }
    }
}

/// Returns the changes that an object or a person has now and had not before.
fn new_in(before: &[Value], after: Vec<Value>) -> Vec<Value> {
    let ids: BTreeSet<String> = before.iter().map(|change| change["change_id"].to_string()).collect();
    after.into_iter().filter(|change| !ids.contains(&change["change_id"].to_string())).collect()
}

/// Asserts that no item of the trail holds words that a person wrote, or a person's name.
fn holds_no_words(world: &World) {
    for (name, item) in world.dump().unwrap().0 {
        let text = item.to_string();
        let told = WORDS.into_iter().chain(["Ada", "Grace", "Luca"]).find(|word| text.contains(word));
        assert!(!name.starts_with("item TRAIL#") || told.is_none(), "{name}: {text}");
    }
}

async fn every_command_is_noted(given: CommandHand) {
    let world = world().await;
    let desk = visit_desk(&world);
    let quarantine = Event::new("run-desk", json!({ "command": "list_quarantine" }));
    let listed = world.seed(&[quarantine]).await.unwrap().remove(0);
    let quarantined = listed["quarantined"][0]["quarantine_id"].as_str().unwrap().to_owned();
    let claim = sla::ClaimId::nth(&"slow".parse().unwrap(), "2026-06".parse().unwrap(), "performance", 1);
    let waiting = propose(&desk).await;
    let decision = json!({ "change_id": waiting, "decision": "approve", "note": "carrier" });
    let decided = vec![of("decide_change", decision, &format!("change:{waiting}"))];
    let commands = [of_services(), of_tickets(), of_months(&quarantined, claim.as_str()), decided].concat();
    let named: BTreeSet<&str> =
        commands.iter().map(|(command, _)| command["command"].as_str().unwrap()).collect();
    let all = CommandName::ALL.iter().filter(|name| name.changes()).map(|name| name.as_str());
    assert_eq!(named, all.collect());
    for (nth, (command, object)) in commands.iter().enumerate() {
        let name = CommandName::of(command["command"].as_str().unwrap()).unwrap();
        let field = name.fields().iter().find(|field| Some(field.name) == name.signed_by()).unwrap();
        let is_direct = given == CommandHand::Unnamed && field.presence == Presence::Optional;
        let by = if is_direct { "direct" } else { person(name) };
        let (of_object, of_person) = (json!({ "object": object }), json!({ "person": by.to_uppercase() }));
        let before = (changes(&world, of_object.clone()).await, changes(&world, of_person.clone()).await);
        give(&world, &desk, given, &format!("k-{nth}"), command).await;
        let noted = new_in(&before.0, changes(&world, of_object.clone()).await);
        assert_eq!(noted.len(), 1, "{command}: {noted:#?}");
        let change = &noted[0];
        assert_eq!(new_in(&before.1, changes(&world, of_person.clone()).await), noted, "{command}");
        assert_eq!((&change["act"], &change["by"]), (&command["command"], &json!(by)), "{change}");
        assert_eq!(change["object"], json!(object), "{change}");
        let (via, name) = match given {
            CommandHand::ByToken => ("api", desk_name(by)),
            CommandHand::Named | CommandHand::Unnamed => ("direct", Value::Null),
        };
        assert_eq!((&change["via"], &change["by_name"]), (&json!(via), &name), "{change}");
        let before = (changes(&world, of_object.clone()).await, changes(&world, of_person.clone()).await);
        for key in [format!("k-{nth}"), format!("another-{nth}")] {
            give(&world, &desk, given, &key, command).await;
        }
        let after = (changes(&world, of_object).await, changes(&world, of_person).await);
        assert_eq!(after, before, "{command}: a repetition is noted");
    }
    holds_no_words(&world);
}

/// Returns the issuer's name for a member of staff.
fn desk_name(id: &str) -> Value {
    json!(match id {
        "ada" => "Ada",
        "grace" => "Grace",
        _ => "Luca",
    })
}

#[test]
fn every_command_by_token_is_noted_once_under_the_token_s_person() {
    acceptance::faults::runtime().unwrap().block_on(every_command_is_noted(CommandHand::ByToken));
}

#[test]
fn every_command_by_invocation_is_noted_once_under_the_name_that_it_gives() {
    acceptance::faults::runtime().unwrap().block_on(every_command_is_noted(CommandHand::Named));
}

#[test]
fn every_command_by_invocation_without_a_name_is_noted_once_as_direct() {
    acceptance::faults::runtime().unwrap().block_on(every_command_is_noted(CommandHand::Unnamed));
}

#[test]
fn another_name_is_no_other_content_and_a_refusal_is_not_noted() {
    acceptance::faults::runtime().unwrap().block_on(async {
        let world = world().await;
        let fields = json!({ "service_id": "api", "at": "2026-09-01T00:00:00Z" });
        let (command, _) = of("terminate_service", fields, "service:api");
        let by = |by: Value| Event::new("run-desk", with(command.clone(), by));
        let answers = [json!({}), json!({ "by": "ann" }), json!({ "by": "Bob" })].map(by);
        let answers = world.seed(&answers).await.unwrap();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let noted = changes(&world, json!({ "object": "service:api" })).await;
        let ended: Vec<&Value> = noted.iter().filter(|change| change["act"] == "terminate_service").collect();
        assert!(matches!(ended.as_slice(), [one] if one["by"] == "direct"), "{noted:?}");
        let before = world.dump().unwrap();
        let refused = by(json!({ "by": "ann", "at": "2026-10-01T00:00:00Z" }));
        world.invoke(&refused).await.unwrap().unwrap_err();
        assert_eq!(world.dump().unwrap().difference(&before), "");
        let both = json!({ "command": "list_changes", "object": "service:api", "person": "ann" });
        for asked in [both, json!({ "command": "list_changes" })] {
            let refused = world.invoke(&Event::new("run-desk", asked)).await.unwrap().unwrap_err();
            insta::allow_duplicates! { insta::assert_snapshot!(
                refused.message(),
                @"object, person: give one of them: the object as kind:id, such as void:v-1, or the person's id"
            ) }
        }
    });
}

#[test]
fn a_publication_is_noted_under_its_terms() {
    acceptance::faults::runtime().unwrap().block_on(async {
        let world = world().await;
        let revision: Value = serde_json::from_str(REVISION).unwrap();
        let named = with(revision.clone(), json!({ "by": "ann" }));
        let answers = [named, revision.clone()].map(|payload| Event::new("publish-terms", payload));
        let answers = world.seed(&answers).await.unwrap();
        assert_eq!(answers[0], answers[1]);
        let object = format!("terms:{}", revision["terms_id"].as_str().unwrap());
        let noted = changes(&world, json!({ "object": object })).await;
        assert_eq!(noted.len(), 1, "{noted:?}");
        let change = &noted[0];
        assert_eq!(
            (&change["by"], &change["act"], &change["via"]),
            (&json!("ann"), &json!("publish_terms"), &json!("direct"))
        );
        assert_eq!(changes(&world, json!({ "person": "ANN" })).await, noted);
        let wrong = Event::new("publish-terms", with(revision, json!({ "by": 5 })));
        world.invoke(&wrong).await.unwrap().unwrap_err();
    });
}

#[test]
fn every_act_of_a_customer_is_noted_under_the_token_s_subject() {
    acceptance::faults::runtime().unwrap().block_on(async {
        let world = visitor::world().await;
        let portal = visit(&world);
        let token = portal.token("acme");
        let csrf = portal.csrf(&token).await;
        let me = json!({ "person": "someone-at-ACME" });
        assert_eq!(changes(&world, me.clone()).await, Vec::<Value>::new());
        let acts: [Act; 5] = [
            (
                "open_ticket",
                "/tickets",
                &[("key", "k-1"), ("level", "2"), ("title", "Bill Lumbergh calls")],
                "ticket:T-",
            ),
            ("reply_to_ticket", "/tickets/T-1/events", &[("key", "k-2"), ("kind", "closed")], "ticket:T-1"),
            (
                "file_claim",
                "/claims",
                &[("service_id", "api"), ("month", "2026-06"), ("kind", "uptime")],
                "claim:claim:2026-06:uptime:",
            ),
            (
                "dispute_exclusion",
                "/exclusions/x-1/disputes",
                &[("statement", "the carrier worked")],
                "exclusion:x-1",
            ),
            (
                "subscribe",
                "/subscriptions",
                &[("key", "k-3"), ("protocol", "email"), ("endpoint", "mail@example.org")],
                "subscription:S-",
            ),
        ];
        let mut count = 0;
        for (act, path, fields, object) in acts {
            let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
            for _ in 0..2 {
                let answer = portal.post(path, Some(&token), &fields).await;
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
            }
            let noted = changes(&world, me.clone()).await;
            count += 1;
            assert_eq!(noted.len(), count, "{act}: {noted:#?}");
            let change = noted.iter().find(|change| change["act"] == act).unwrap();
            assert!(change["object"].as_str().unwrap().starts_with(object), "{change}");
            assert_eq!((&change["via"], &change["customer_id"]), (&json!("portal"), &json!("acme")));
            let of_object = changes(&world, json!({ "object": change["object"] })).await;
            assert_eq!(of_object.iter().filter(|other| other == &change).count(), 1);
        }
        let page = portal.get("/subscriptions", Some(&token)).await.text;
        let end = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let end = end.into_iter().find(|action| action.ends_with("/end")).unwrap().to_owned();
        let key = hidden(&page, "key");
        portal.post(&end, Some(&token), &[("key", &key), ("csrf", &csrf)]).await;
        let noted = changes(&world, me.clone()).await;
        assert_eq!(noted.iter().filter(|change| change["act"] == "unsubscribe").count(), 1, "{noted:#?}");
        let ticket = Request::post("/api/v1/tickets")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "k-4");
        let body = json!({ "level": 3, "title": "Bill Lumbergh again" }).to_string();
        assert_eq!(portal.ask(ticket.body(Body::from(body)).unwrap()).await.status, StatusCode::CREATED);
        let noted = changes(&world, me).await;
        assert_eq!(noted.iter().filter(|change| change["via"] == "api").count(), 1, "{noted:#?}");
        holds_no_words(&world);
    });
}

#[test]
fn the_largest_registration_has_room_for_its_note() {
    acceptance::faults::runtime().unwrap().block_on(async {
        let world = World::at("2026-06-01T00:00:00Z").await.unwrap();
        let registered = json!({ "command": "register_customer", "customer_id": "acme", "name": "acme" });
        world.seed(&[Event::new("run-desk", registered)]).await.unwrap();
        for nth in 0..95 {
            let window = json!({
                "command": "announce_maintenance", "window_id": format!("m-{nth}"), "scope": { "all": true },
                "starts_at": format!("2026-06-10T00:{:02}:00Z", nth % 60), "ends_at": "2026-06-10T02:00:00Z",
                "reason": "new switches",
            });
            world.seed(&[Event::new("run-desk", window)]).await.unwrap();
        }
        // A request to accept, a name that is new, and months to close for reading: nothing more is ever
        // added.
        let service = json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
            "plan": "standard", "region": "eu", "activated_at": "2026-01-01T00:00:00Z",
            "statements_from": "2026-02", "monthly_fee": { "minor": 100, "currency": "EUR" },
        });
        let desk = visit_desk(&world);
        let answer = order(&desk, "ada", "k-1", &service).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let noted = changes(&world, json!({ "object": "service:api" })).await;
        assert!(matches!(noted.as_slice(), [one] if one["by_name"] == "Ada"), "{noted:?}");
    });
}

#[test]
fn the_desk_shows_the_trail_by_thing_and_by_person() {
    acceptance::faults::runtime().unwrap().block_on(async {
        let world = world().await;
        let desk = visit_desk(&world);
        let change = json!({ "command": "change_customer", "customer_id": "acme", "name": "Acme SE" });
        assert_eq!(order(&desk, "grace", "k-1", &change).await.status, StatusCode::OK);
        let token = desk.staff("ada");
        let pages = [
            ("/customers/acme", true),
            ("/changes?kind=customer&id=acme", true),
            ("/changes?person=GRACE", true),
            ("/changes", false),
            ("/changes?person=luca", false),
        ];
        for (path, is_there) in pages {
            let page = desk.get(path, Some(&token)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            let shown = page.text.contains("Grace") && page.text.contains("<code>grace</code>");
            assert_eq!(shown, is_there, "{path}: {}", page.text);
        }
        let nowhere = desk.get("/changes?kind=house&id=1", Some(&token)).await;
        assert_eq!(nowhere.status, StatusCode::BAD_REQUEST, "{}", nowhere.text);
    });
}
