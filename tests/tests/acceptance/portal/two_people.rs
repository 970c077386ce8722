//! Changes that take two people: what waits changes nothing, and what is approved is what was shown, whatever
//! happens in between.

use acceptance::faults::runtime;
use acceptance::short_june::{
    CLOSED, Course, START, approve_exclusion, check, checks, daily, desk, file_claim, june_in, mark_invoiced,
    raise_exclusion, restate_month, review_claim, review_statement, service, with,
};
use acceptance::webhooks::{self, alert, alerts};
use acceptance::world::{Event, World};
use axum::http::{Request, StatusCode};
use events::command::{CommandName, Mandate};
use nines::system::TABLE;
use run_desk::People;
use serde_json::{Value, json};
use sla::Month;
use sla::effect::{Effect, Figures, MonthEffect};
use sla::proposal::Proposal;
use table::Table;

use crate::portal::visitor::{Answer, NOW, Visited, hidden, visit_desk};

/// Services of the world, each with June's course.
const SERVICES: [(&str, Course); 3] =
    [("api", Course::Breached), ("dark", Course::Unknown), ("slow", Course::Slow)];
/// Alarm that has reported for `api`.
const ALARM: &str = "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:api";

/// A June of which an exclusion is approved, with a performance claim in review, an unreadable check, and an
/// alarm that has reported.
async fn world() -> World {
    let world = june_in(World::without_roles(START).await.unwrap(), &SERVICES, CLOSED).await.unwrap();
    let unreadable = check("api", "2026-06-30T22:30:00Z", "fine");
    let register =
        json!({ "command": "register_alarm", "alarm_arn": ALARM, "service_id": "api", "probe": "default" });
    world.advance_to("2026-07-02T01:00:00Z").unwrap();
    seed(
        &world,
        &[
            desk(raise_exclusion("api")),
            desk(approve_exclusion()),
            desk(file_claim("slow", "performance")),
            desk(register),
            checks(&[unreadable]),
        ],
    )
    .await;
    // Targets of a probe that has reported, and of one that has not.
    let target = |id: &str, region: &str| {
        desk(json!({
            "command": "register_target", "target_id": id, "service_id": "api", "region": region,
            "check": { "tcp": { "host": "a.example.com", "port": 443 } },
        }))
    };
    seed(&world, &[target("t-1", "default"), target("t-2", "nobody")]).await;
    // A source that has reported.
    let told = alert("a", "api", "2026-07-02T00:30:00Z", Some("2026-07-02T00:31:00Z"));
    let map = json!({ "map": [mapping()] });
    let reported = Event::new("record-checks", alerts("am", "2026-07-02T00:31:00Z", &[told]));
    seed(&world, &[webhooks::register("am", "alertmanager", &map), reported]).await;
    world.advance_to(NOW).unwrap();
    seed(&world, &[]).await;
    world
}

/// The mapping of a source that has reported.
fn mapping() -> Value {
    let status = json!({ "labels.alertname": { "ServiceDown": "degraded" } });
    json!({ "service_id": "api", "probe": "default", "status": status })
}

/// Seeds events, and what follows from them with the next sweep and daily run.
async fn seed(world: &World, events: &[Event]) {
    world.seed(events).await.unwrap();
    world.seed(&[Event::new("send-notices", json!({ "sweep": true })), daily()]).await.unwrap();
}

async fn send(at_desk: &Visited, who: &str, key: &str, command: &Value) -> Answer {
    let name = command["command"].as_str().unwrap();
    let fields = with(command.clone(), json!({ "command": null }));
    let request = Request::post(format!("/api/v1/commands/{name}"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", at_desk.staff(who)))
        .header("idempotency-key", key);
    at_desk.ask(request.body(fields.to_string().into()).unwrap()).await
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap()
}

/// Proposes a command as Ada; returns the id of the change.
async fn propose(at_desk: &Visited, command: &Value) -> String {
    let answer = send(at_desk, "ada", "propose", command).await;
    assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.text);
    let waiting = read(&answer)["waiting"].as_str().map(str::to_owned);
    assert!(waiting.is_some(), "{command}: {}", answer.text);
    waiting.unwrap()
}

async fn approve(at_desk: &Visited, key: &str, change: &str) -> Answer {
    let decision =
        json!({ "command": "decide_change", "change_id": change, "decision": "approve", "note": "verified" });
    send(at_desk, "grace", key, &decision).await
}

async fn proposal(at_desk: &Visited, change: &str) -> Proposal {
    table(at_desk).proposal(&change.parse().unwrap()).await.unwrap().unwrap().value
}

fn table(at_desk: &Visited) -> Table {
    Table::new(at_desk.system.dynamodb().clone(), TABLE)
}

/// Returns the figures of a closed June.
async fn figures(world: &World, of: &MonthEffect) -> Figures {
    let known = table(&visit_desk(world)).service_month(&of.service_id, of.month).await.unwrap().unwrap();
    Figures::of(&known.newest.unwrap().statement, &known.entries)
}

fn june(effect: &Effect) -> Vec<&MonthEffect> {
    let june: Month = "2026-06".parse().unwrap();
    effect.months.iter().filter(|own| own.month == june).collect()
}

/// True if figures before and after a change are those of an effect: after, once the daily run has been.
async fn comes_true(effect: &Effect, before: &World, after: &World) -> bool {
    for own in june(effect) {
        if figures(before, own).await != own.before || figures(after, own).await != own.after {
            return false;
        }
    }
    true
}

/// Returns a change of each kind that takes two people, with its name.
async fn changes(world: &World) -> Vec<(&'static str, Value)> {
    let listed = world.seed(&[desk(json!({ "command": "list_quarantine" }))]).await.unwrap();
    let input = listed[0].pointer("/quarantined/0/quarantine_id").unwrap().clone();
    let claims = world.seed(&[desk(json!({ "command": "list_claims", "state": "review" }))]).await.unwrap();
    let claim = claims[0].pointer("/claims/0/claim_id").and_then(Value::as_str).unwrap().to_owned();
    vec![
        (
            "withdraw_exclusion",
            json!({ "command": "withdraw_exclusion", "exclusion_id": "x-1", "by": "ada", "note": "it was ours" }),
        ),
        ("review_statement", review_statement("dark", "met")),
        ("review_claim", review_claim(&claim, Some(10_000))),
        (
            "replay_quarantine",
            json!({
                "command": "replay_quarantine", "quarantine_id": input, "by": "ada",
                "payload": check("api", "2026-06-30T22:30:00Z", "down"),
            }),
        ),
        (
            "announce_maintenance",
            json!({
                "command": "announce_maintenance", "window_id": "w-1", "scope": { "all": true },
                "starts_at": "2026-08-01T02:00:00Z", "ends_at": "2026-08-01T04:00:00Z", "reason": "new switches",
            }),
        ),
        ("remove_alarm", json!({ "command": "remove_alarm", "alarm_arn": ALARM })),
        ("remove_source", json!({ "command": "remove_source", "source_id": "am" })),
        ("change_source", json!({ "command": "change_source", "source_id": "am", "lead_s": 60 })),
        (
            "map_source",
            json!({
                "command": "map_source", "source_id": "am", "remove": [mapping()], "add": [{ "service_id": "dark" }],
            }),
        ),
        ("change_target", json!({ "command": "change_target", "target_id": "t-1", "interval_s": 30 })),
        ("remove_target", json!({ "command": "remove_target", "target_id": "t-1" })),
    ]
}

/// Returns what can happen between a proposal and its approval.
fn meanwhile(claim: &Value) -> Vec<(&'static str, Vec<Event>)> {
    let exclusion = |id: &str, service: &str, from: &str, to: &str| {
        let own = json!({ "exclusion_id": id, "starts_at": from, "ends_at": to });
        vec![
            desk(with(raise_exclusion(service), own)),
            desk(with(approve_exclusion(), json!({ "exclusion_id": id }))),
        ]
    };
    let void = |service: &str, to: &str| {
        let raised = json!({
            "command": "void_checks", "void_id": "v-1", "service_id": service, "probe": "default",
            "starts_at": "2026-06-30T23:00:00Z", "ends_at": to, "evidence": "a full disk", "raised_by": "ann",
        });
        let decided = json!({
            "command": "decide_void", "void_id": "v-1", "decision": "approve", "decided_by": "bob",
            "note": "seen",
        });
        vec![desk(raised), desk(decided)]
    };
    vec![
        ("nothing", Vec::new()),
        ("a restatement", vec![desk(restate_month("api"))]),
        ("more of api excluded", exclusion("x-2", "api", "2026-06-30T22:20:00Z", "2026-06-30T22:40:00Z")),
        (
            "the unknown time excluded",
            exclusion("x-2", "dark", "2026-06-30T23:00:00Z", "2026-06-30T23:05:00Z"),
        ),
        ("the slow time excluded", exclusion("x-2", "slow", "2026-06-30T22:00:00Z", "2026-06-30T22:30:00Z")),
        ("the outage voided", void("api", "2026-06-30T23:02:00Z")),
        ("what is known voided", void("dark", "2026-06-30T23:20:00Z")),
        ("another review", vec![desk(review_statement("dark", "breached"))]),
        ("a claim", vec![desk(file_claim("api", "uptime"))]),
        ("a claim to the open month", vec![desk(file_claim("dark", "uptime"))]),
        ("a late outage", vec![checks(&[check("api", "2026-06-30T22:50:00Z", "down")])]),
        ("a late outage elsewhere", vec![checks(&[check("dark", "2026-06-30T22:50:00Z", "down")])]),
        ("bills are out", vec![desk(mark_invoiced("2026-06"))]),
        ("another decision on the claim", vec![desk(with(claim.clone(), json!({ "by": "cid" })))]),
        ("another customer", vec![service("new", "other", 100, "EUR")]),
    ]
}

#[test]
fn an_approval_makes_what_was_shown_and_nothing_else_whatever_happened_in_between() {
    runtime().unwrap().block_on(async {
        let base = world().await;
        let changes = changes(&base).await;
        let claim = changes.iter().find(|(name, _)| *name == "review_claim").unwrap().1.clone();
        let meanwhile = meanwhile(&with(claim, json!({ "amount": { "minor": 1, "currency": "EUR" } })));
        let (mut approved, mut refused) = (0, 0);
        for (name, change) in &changes {
            let proposed = base.fork().unwrap();
            let id = propose(&visit_desk(&proposed), change).await;
            for (event, events) in &meanwhile {
                let tried = format!("{name} after {event}");
                let world = proposed.fork().unwrap();
                seed(&world, events).await;
                let before = world.fork().unwrap();
                let at_desk = visit_desk(&world);
                let shown = proposal(&at_desk, &id).await.effect;
                let answer = approve(&at_desk, "first", &id).await;
                if answer.status == StatusCode::OK {
                    approved += 1;
                    seed(&world, &[]).await;
                    assert!(comes_true(&shown, &before, &world).await, "{tried}: {shown:#?}");
                    continue;
                }
                refused += 1;
                assert!(answer.status.is_client_error(), "{tried}: {}", answer.text);
                // The command by direct invocation tells what the approval would have done.
                let forced = before.fork().unwrap();
                let made = forced.invoke(&desk(change.clone())).await.unwrap();
                seed(&forced, &[]).await;
                if made.is_err() {
                    assert_eq!(world.dump().unwrap().difference(&before.dump().unwrap()), "", "{tried}");
                    continue;
                }
                assert_eq!(answer.status, StatusCode::CONFLICT, "{tried}: {}", answer.text);
                let former = shown;
                let shown = proposal(&at_desk, &id).await.effect;
                let tells_others = (&former.notices, &former.told) != (&shown.notices, &shown.told);
                let is_false = tells_others || !comes_true(&former, &before, &forced).await;
                assert!(is_false, "{tried}: {}", answer.text);
                let again = approve(&at_desk, "second", &id).await;
                assert_eq!(again.status, StatusCode::OK, "{tried}: {}", again.text);
                seed(&world, &[]).await;
                assert!(comes_true(&shown, &before, &world).await, "{tried}: {shown:#?}");
            }
        }
        assert!(approved >= 50 && refused >= 10, "{approved} approved, {refused} refused");
    });
}

#[test]
fn a_change_waits_without_effect_and_is_decided_once_by_another_person() {
    runtime().unwrap().block_on(async {
        let base = world().await;
        for (name, change) in changes(&base).await {
            let world = base.fork().unwrap();
            let at_desk = visit_desk(&world);
            let before = world.dump().unwrap();
            let id = propose(&at_desk, &change).await;
            let without = |dump: acceptance::world::Dump| dump.without(&[], &["item PROPOSAL#", "item STAFF#"]);
            let made = world.dump().unwrap();
            assert_eq!(without(made).difference(&without(before)), "", "{name}: it waits without effect");
            assert_eq!(propose(&at_desk, &change).await, id, "{name}: proposed once");

            let decide = |decision: &str| {
                json!({ "command": "decide_change", "change_id": id, "decision": decision, "note": "no" })
            };
            for who in ["ada", "luca"] {
                let answer = send(&at_desk, who, "own", &decide("approve")).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name} by {who}: {}", answer.text);
            }
            let lapsing = world.fork().unwrap();
            let approving = world.fork().unwrap();
            let rejected = send(&at_desk, "grace", "reject", &decide("reject")).await;
            assert_eq!(rejected.status, StatusCode::OK, "{name}: {}", rejected.text);
            let late = approve(&at_desk, "late", &id).await;
            assert_eq!(late.status, StatusCode::CONFLICT, "{name}: {}", late.text);
            assert_ne!(propose_again(&at_desk, &change).await, id, "{name}: it can be proposed again");

            let at_desk = visit_desk(&approving);
            let first = approve(&at_desk, "k-1", &id).await;
            assert_eq!(first.status, StatusCode::OK, "{name}: {}", first.text);
            let again = approve(&at_desk, "k-2", &id).await;
            assert_eq!(again.text, first.text, "{name}: the same answer");
            let waiting = send(&at_desk, "luca", "list", &json!({ "command": "list_waiting" })).await;
            assert_eq!(read(&waiting), json!({ "waiting": [] }), "{name}");

            lapsing.advance_to("2026-07-17T12:00:00Z").unwrap();
            let at_desk = visit_desk(&lapsing);
            let late = approve(&at_desk, "late", &id).await;
            assert_eq!(late.status, StatusCode::CONFLICT, "{name}: {}", late.text);
            assert!(late.text.contains("lapsed at 2026-07-17T12:00:00Z"), "{name}: {}", late.text);
        }
    });
}

/// Proposes a command once more, under another key.
async fn propose_again(at_desk: &Visited, command: &Value) -> String {
    let answer = send(at_desk, "ada", "again", command).await;
    assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.text);
    read(&answer)["waiting"].as_str().unwrap().to_owned()
}

#[test]
fn what_moves_little_or_nothing_takes_one_person() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let input = changes(&world).await.swap_remove(3).1["quarantine_id"].clone();
        let claim = changes(&world).await.swap_remove(2).1;
        let cent = json!({ "amount": { "minor": 4_990, "currency": "EUR" } });
        let exclusion = with(raise_exclusion("api"), json!({ "exclusion_id": "x-2" }));
        let single = [
            with(claim, cent),
            exclusion,
            json!({ "command": "withdraw_exclusion", "exclusion_id": "x-2", "note": "a slip" }),
            json!({
                "command": "announce_maintenance", "window_id": "w-1", "scope": { "services": ["api"] },
                "starts_at": "2026-08-01T02:00:00Z", "ends_at": "2026-08-01T04:00:00Z", "reason": "new switches",
            }),
            json!({ "command": "cancel_maintenance", "window_id": "w-1" }),
            json!({
                "command": "map_source", "source_id": "am",
                "add": [{ "when": { "key": "b" }, "service_id": "dark" }],
            }),
            json!({ "command": "change_source", "source_id": "am", "auth": { "scheme": "path-token" } }),
            json!({ "command": "change_target", "target_id": "t-1", "interval_s": 60 }),
            json!({ "command": "change_target", "target_id": "t-2", "interval_s": 30 }),
            json!({ "command": "remove_target", "target_id": "t-2" }),
        ];
        for (nth, command) in single.iter().enumerate() {
            let answer = send(&at_desk, "ada", &format!("k-{nth}"), command).await;
            assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.text);
            assert_eq!(read(&answer).get("waiting"), None, "{command}");
        }
        // As it was kept, it is still refused.
        let kept = json!({ "command": "replay_quarantine", "quarantine_id": input });
        let answer = send(&at_desk, "ada", "kept", &kept).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    });
}

#[test]
fn a_direct_invocation_takes_two_people_where_the_installation_asks_for_them() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let (table, clock) = (table(&at_desk), world.clock());
        let run = async |command: Value, people| {
            let event = (command.to_string().into_bytes(), None);
            Box::pin(run_desk::handle(&table, &clock, (&event.0, event.1), people)).await
        };
        let change = changes(&world).await.swap_remove(0).1;
        let waiting = run(change.clone(), People::Two).await.unwrap();
        let decision = json!({
            "command": "decide_change", "change_id": waiting["waiting"], "decision": "approve", "by": "ADA",
        });
        let own = run(decision.clone(), People::Two).await.unwrap_err();
        assert_eq!(own.error_type(), "Forbidden", "{own:?}");
        let decided = run(with(decision, json!({ "by": "grace" })), People::Two).await.unwrap();
        assert_eq!(decided["answer"]["withdrawal"]["by"], "ada", "{decided}");

        let unsigned = json!({ "command": "remove_alarm", "alarm_arn": ALARM });
        let refused = run(unsigned.clone(), People::Two).await.unwrap_err();
        assert!(refused.message().starts_with("by: missing"), "{refused:?}");
        assert_eq!(run(unsigned, People::One).await.unwrap()["alarm_arn"], ALARM);
    });
}

#[test]
fn whoever_files_a_claim_does_not_review_it_however_their_name_is_spelt() {
    runtime().unwrap().block_on(async {
        let world = june_in(World::without_roles(START).await.unwrap(), &SERVICES, CLOSED).await.unwrap();
        world.advance_to(NOW).unwrap();
        let filing = with(file_claim("slow", "performance"), json!({ "by": "Ada" }));
        let claim = world.seed(&[desk(filing)]).await.unwrap()[0]["claim_id"].clone();
        let review = |by: &str| with(review_claim(claim.as_str().unwrap(), Some(100)), json!({ "by": by }));
        let refused = world.invoke(&desk(review("aDA"))).await.unwrap().unwrap_err();
        assert_eq!(refused.error_type(), "Forbidden", "{refused:?}");
        world.seed(&[desk(review("grace"))]).await.unwrap();
    });
}

#[test]
fn each_command_is_open_to_its_own_role_alone_by_form_and_by_program() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let at_desk = visit_desk(&world);
        let before = world.dump().unwrap();
        let mut csrf = Vec::new();
        for who in ["ada", "luca"] {
            csrf.push((
                who,
                hidden(&at_desk.get("/customers", Some(&at_desk.staff(who))).await.text, "csrf"),
            ));
        }
        for command in CommandName::ALL {
            let (name, empty) = (command.as_str(), json!({ "command": command.as_str() }));
            let is_of = |who: &str| match command.mandate() {
                Mandate::Anyone => true,
                Mandate::Staff(_) => who == "ada",
                Mandate::Finance(_) => who == "luca",
            };
            for (who, csrf) in &csrf {
                // Without its fields no command is carried out, unless it lists something.
                let answer = send(&at_desk, who, &format!("{name}-{who}"), &empty).await;
                assert_eq!(
                    answer.status != StatusCode::FORBIDDEN,
                    is_of(who),
                    "{name} by {who}: {}",
                    answer.text
                );
                if command.changes() {
                    let answer = at_desk
                        .post(&format!("/commands/{name}"), Some(&at_desk.staff(who)), &[("csrf", csrf)])
                        .await;
                    assert_eq!(answer.status != StatusCode::FORBIDDEN, is_of(who), "{name}, a form of {who}");
                }
            }
            let strangers =
                [(Some(at_desk.token("acme")), StatusCode::UNAUTHORIZED), (None, StatusCode::UNAUTHORIZED)];
            for (token, status) in strangers {
                let request = Request::post(format!("/api/v1/commands/{name}"))
                    .header("content-type", "application/json")
                    .header("idempotency-key", "k");
                let request = match &token {
                    Some(token) => request.header("authorization", format!("Bearer {token}")),
                    None => request,
                };
                let answer = at_desk.ask(request.body("{}".into()).unwrap()).await;
                assert_eq!(answer.status, status, "{name}: {}", answer.text);
            }
        }
        assert_eq!(world.dump().unwrap().difference(&before), "", "nothing was written");
    });
}

#[test]
fn one_person_under_two_spellings_is_one_person() {
    runtime().unwrap().block_on(async {
        let world = world().await;
        let raised = with(raise_exclusion("api"), json!({ "exclusion_id": "x-2", "raised_by": "Ann" }));
        let void = json!({
            "command": "void_checks", "void_id": "v-1", "service_id": "api", "probe": "default",
            "starts_at": "2026-06-30T23:00:00Z", "ends_at": "2026-06-30T23:01:00Z", "evidence": "a full disk",
            "raised_by": "Ann",
        });
        seed(&world, &[desk(raised), desk(void)]).await;
        let of_void =
            json!({ "command": "decide_void", "void_id": "v-1", "decision": "approve", "note": "seen" });
        let claim = changes(&world).await.swap_remove(2).1;
        let own = [
            with(approve_exclusion(), json!({ "exclusion_id": "x-2", "decided_by": "aNN" })),
            with(of_void, json!({ "decided_by": "ANN" })),
            with(review_statement("dark", "met"), json!({ "by": "ACME" })),
            with(claim, json!({ "by": "Acme" })),
        ];
        for command in own {
            let refused = world.invoke(&desk(command.clone())).await.unwrap().unwrap_err();
            assert_eq!(refused.error_type(), "Forbidden", "{command}: {refused:?}");
        }
    });
}
