//! Every handler under every fault at every SDK call, and two probes' writers in every order. A condition
//! expression treated as true must turn at least one scenario red.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

mod delivery;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::faults::{FaultError, Report, Scenario, every, interleaved, runtime};
use acceptance::world::{Event, World};
use aws_sdk_dynamodb::types::AttributeValue;
use nines::stand_ins::wire::OpenPassage;
use nines::system::{System, TABLE};
use outcome::Failure;
use serde_json::{Value, json};

/// Instant at which every world begins.
const START: &str = "2026-06-01T00:00:00Z";

fn desk(payload: Value) -> Event {
    Event::new("run-desk", payload)
}

fn register(quorum: u32) -> Vec<Event> {
    vec![
        desk(json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"})),
        desk(json!({
            "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
            "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
            "activated_at": START, "max_silence_s": null, "quorum": quorum,
        })),
    ]
}

fn check(probe: &str, at: &str, status: &str) -> Value {
    json!({"service_id": "api", "probe": probe, "checked_at": at, "status": status})
}

fn checks(checks: &[Value]) -> Event {
    Event::new("record-checks", json!({"checks": checks}))
}

/// A world at an instant, after some events.
fn world(now: &str, events: &[Event]) -> World {
    let made = async {
        let world = World::at(START).await?;
        world.seed(events).await?;
        world.advance_to(now)?;
        Ok::<_, acceptance::world::WorldError>(world)
    };
    runtime().unwrap().block_on(made).unwrap()
}

/// A month that is over, with half a day of downtime.
fn breached_month(now: &str) -> World {
    let mut events = register(1);
    events.push(checks(&[check("p", "2026-06-01T00:00:00Z", "up")]));
    let world = world("2026-06-10T12:00:00Z", &events);
    let outage = [check("p", "2026-06-10T00:00:00Z", "down"), check("p", "2026-06-10T12:00:00Z", "up")];
    let rest = async {
        world.seed(&[checks(&outage)]).await?;
        world.advance_to(now)
    };
    runtime().unwrap().block_on(rest).unwrap();
    world
}

#[track_caller]
fn survives(scenario: &Scenario) -> Report {
    match every(scenario) {
        Ok(report) => {
            println!("{report}");
            report
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn recording_survives_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let first =
        checks(&[check("p", "2026-06-01T00:00:00Z", "up"), check("p", "2026-06-01T00:05:00Z", "down")]);
    let second = checks(&[check("p", "2026-06-01T00:09:00Z", "up"), check("p", "bad", "up")]);
    survives(&Scenario::new(world, vec![first, second]));
}

#[test]
fn the_desk_survives_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &[]);
    let mut events = register(1);
    events.push(desk(json!({
        "command": "announce_maintenance", "window_id": "w1", "starts_at": "2026-06-08T00:00:00Z",
        "ends_at": "2026-06-08T02:00:00Z", "scope": {"services": ["api"]}, "reason": "upgrade",
    })));
    survives(&Scenario::new(world, events));
}

fn alarm_arn(name: &str) -> String {
    format!("arn:aws:cloudwatch:eu-central-1:000000000000:alarm:{name}")
}

fn register_alarm(name: &str) -> Event {
    desk(json!({
        "command": "register_alarm", "alarm_arn": alarm_arn(name), "service_id": "api", "probe": "watch",
    }))
}

fn remove_alarm(name: &str) -> Event {
    desk(json!({"command": "remove_alarm", "alarm_arn": alarm_arn(name)}))
}

/// Builds an alarm's change of state, as CloudWatch puts it on the bus.
fn alarm(name: &str, at: &str, value: &str) -> Event {
    Event::new(
        "record-checks",
        json!({
            "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
            "resources": [alarm_arn(name)], "detail": {"state": {"value": value, "timestamp": at}},
        }),
    )
}

#[test]
fn alarms_survive_every_fault() {
    let at = "2026-06-01T00:05:00.250+0000";
    let events = vec![
        register_alarm("api is down"),
        alarm("api is down", at, "ALARM"),
        alarm("nobody knows it", at, "ALARM"),
    ];
    let world = world("2026-06-01T00:10:00Z", &register(1));
    survives(&Scenario::new(world.clone(), events));
    let registered = world.fork().unwrap();
    runtime().unwrap().block_on(registered.seed(&[register_alarm("api is down")])).unwrap();
    survives(&Scenario::new(registered, vec![remove_alarm("api is down")]));
}

#[test]
fn two_alarms_meet_in_every_order_and_one_reports_for_the_probe() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let scenario = Scenario {
        delivery: conflict_is_an_answer,
        ..Scenario::new(world, vec![register_alarm("a"), register_alarm("b")])
    };
    let one_reports = |world: &World| {
        let list = desk(json!({"command": "list_alarms"}));
        let (_, listed) = afterwards(world, "2026-06-01T00:10:00Z", &[list])?;
        match listed["alarms"].as_array().map(Vec::len) {
            Some(1) => Ok(()),
            _ => Err(format!("not one alarm reports for the probe: {listed}")),
        }
    };
    let report = interleaved(&scenario, one_reports).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert_eq!(report.conditions, ["attribute_not_exists(PK)"]);
    let weakened = Scenario { weakened: report.conditions.first().cloned(), ..scenario };
    assert!(matches!(interleaved(&weakened, one_reports), Err(FaultError::Unfit { .. })));
}

/// Invokes functions one after the other as one delivery; a conflict counts as an answer.
fn one_after_another<'a>(process: &'a System, event: &'a Event) -> Answer<'a> {
    Box::pin(async {
        let commands = event.payload["commands"].as_array().cloned().unwrap_or_default();
        for command in commands {
            conflict_is_an_answer(process, &desk(command)).await?;
        }
        Ok(Value::Null)
    })
}

#[test]
fn an_alarm_is_removed_twice_in_every_order_and_the_next_one_keeps_the_probe() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    runtime().unwrap().block_on(world.seed(&[register_alarm("a")])).unwrap();
    let (remove, replace) = (remove_alarm("a").payload, register_alarm("b").payload);
    let events =
        [json!([remove]), json!([remove, replace])].map(|commands| desk(json!({ "commands": commands })));
    let scenario = Scenario { delivery: one_after_another, ..Scenario::new(world, events.to_vec()) };
    meets(&scenario, |world| {
        let dump = world.dump().map_err(|e| e.to_string())?;
        let reporter = dump.0.get("item SERVICE#api ALARM#watch").map(Value::to_string);
        match reporter.is_some_and(|reporter| reporter.contains(&alarm_arn("b"))) {
            true => Ok(()),
            false => Err(format!("nobody knows that b reports for the probe:\n{dump}")),
        }
    });
}

#[test]
fn closing_survives_every_fault() {
    let close = Event::new("close-month", json!({"month": "2026-06", "service_id": "api"}));
    survives(&Scenario::new(breached_month("2026-07-02T00:00:00Z"), vec![close]));
}

#[test]
fn exporting_survives_every_fault() {
    let world = breached_month("2026-07-02T00:00:00Z");
    let close = Event::new("close-month", json!({"month": "2026-06", "service_id": "api"}));
    runtime().unwrap().block_on(world.seed(&[close])).unwrap();
    survives(&Scenario::new(world, vec![Event::new("export-month", json!({"month": "2026-06"}))]));
}

#[test]
fn sending_survives_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let outage =
        checks(&[check("p", "2026-06-01T00:05:00Z", "down"), check("p", "2026-06-01T00:09:00Z", "up")]);
    runtime().unwrap().block_on(world.seed_unsent(&[outage])).unwrap();
    survives(&Scenario::new(world, vec![Event::new("send-notices", json!({"sweep": true}))]));
}

#[test]
fn what_the_sweep_cannot_read_is_set_aside_under_every_fault() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let foreign = async {
        world.seed_unsent(&[checks(&[check("p", "2026-06-01T00:05:00Z", "down")])]).await.unwrap();
        let process = world.process(Arc::new(OpenPassage)).unwrap();
        let fields = [
            ("PK", "CUSTOMER#acme"),
            ("SK", "NOTICE#2026-06-01T00:04:00Z#n-1"),
            ("due", "OUTBOX#00"),
            ("due_at", "2026-06-01T00:04:00Z"),
            ("body", r#"{"kind": "outage.imagined"}"#),
        ];
        let put = fields.into_iter().fold(process.dynamodb().put_item().table_name(TABLE), |put, (k, v)| {
            put.item(k, AttributeValue::S(v.to_owned()))
        });
        put.send().await.unwrap();
    };
    runtime().unwrap().block_on(foreign);
    let report = survives(&Scenario::new(world, vec![send()]));
    let puts = report.calls.iter().filter(|call| call.ends_with("PutItem")).count();
    assert_eq!(puts, 2, "one is set aside, the other marked as delivered");
}

#[test]
fn two_probes_meet_in_every_order_and_the_outage_is_opened_once() {
    let world = world("2026-06-01T00:10:00Z", &register(2));
    let up = [check("a", "2026-06-01T00:00:00Z", "up"), check("b", "2026-06-01T00:00:00Z", "up")];
    runtime().unwrap().block_on(world.seed(&[checks(&up)])).unwrap();
    let down = |probe| checks(&[check(probe, "2026-06-01T00:05:00Z", "down")]);
    let scenario = Scenario::new(world, vec![down("a"), down("b")]);
    let opened_once = |world: &World| {
        let dump = world.dump().map_err(|e| e.to_string())?;
        let opened = dump.0.values().filter(|holding| holding.to_string().contains("outage.opened")).count();
        if opened == 1 { Ok(()) } else { Err(format!("the outage was opened {opened} times:\n{dump}")) }
    };
    let report = interleaved(&scenario, opened_once).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    for condition in report.conditions {
        let weakened = Scenario { weakened: Some(condition.clone()), ..scenario.clone() };
        let red = interleaved(&weakened, opened_once);
        let told = matches!(red, Err(FaultError::Differs { .. } | FaultError::Unfit { .. }));
        assert!(told, "without `{condition}` nothing is noticed: {red:?}");
    }
}

/// A void of a broken probe's false half-day, raised by one person, and an exclusion of the same time.
fn reviews() -> Vec<Event> {
    let span = json!({"starts_at": "2026-06-10T00:00:00Z", "ends_at": "2026-06-10T12:00:00Z"});
    let command = |fields: Value| {
        let mut command = span.clone();
        for (name, value) in fields.as_object().unwrap() {
            command[name] = value.clone();
        }
        desk(command)
    };
    vec![
        command(json!({
            "command": "void_checks", "void_id": "v-1", "service_id": "api", "probe": "p",
            "evidence": "its disk was full", "raised_by": "ann",
        })),
        command(json!({
            "command": "raise_exclusion", "exclusion_id": "x-1", "services": ["api"],
            "clause": "third_party", "evidence": "carrier report 4711", "raised_by": "ann",
        })),
    ]
}

fn decide_void() -> Event {
    desk(json!({
        "command": "decide_void", "void_id": "v-1", "decision": "approve", "decided_by": "bob",
        "note": "seen its log",
    }))
}

fn dispute() -> Event {
    desk(json!({
        "command": "dispute_exclusion", "exclusion_id": "x-1", "customer_id": "acme",
        "statement": "The carrier was up.",
    }))
}

/// A breached month for which a void and an exclusion have been raised.
fn reviewed_month(now: &str) -> World {
    let world = breached_month(now);
    runtime().unwrap().block_on(world.seed(&reviews())).unwrap();
    world
}

#[test]
fn voids_and_disputes_survive_every_fault() {
    // Once while the month is open, once when it is closed and the void leaves its mark.
    for (now, close) in [("2026-06-10T12:00:00Z", false), ("2026-07-02T00:00:00Z", true)] {
        let world = breached_month(now);
        if close {
            let close = Event::new("close-month", json!({"month": "2026-06", "service_id": "api"}));
            runtime().unwrap().block_on(world.seed(&[close])).unwrap();
        }
        let mut events = reviews();
        events.extend([decide_void(), dispute()]);
        survives(&Scenario::new(world, events));
    }
}

/// Interleaves two events; without the comparison of versions, the result must be wrong.
#[track_caller]
fn meets(scenario: &Scenario, fit: impl Fn(&World) -> Result<(), String>) {
    let report = interleaved(scenario, &fit).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    let weakened = Scenario { weakened: Some("version = :read".to_owned()), ..scenario.clone() };
    let red = interleaved(&weakened, &fit);
    let told = matches!(red, Err(FaultError::Differs { .. } | FaultError::Unfit { .. }));
    assert!(told, "without versions nothing is noticed: {red:?}");
}

/// Runs events in a fork of a world; returns the last answer.
fn afterwards(world: &World, now: &str, events: &[Event]) -> Result<(World, Value), String> {
    let fork = world.fork().map_err(|e| e.to_string())?;
    let run = async {
        fork.advance_to(now)?;
        fork.seed(events).await
    };
    let answers = runtime().map_err(|e| e.to_string())?.block_on(run).map_err(|e| e.to_string())?;
    Ok((fork, answers.into_iter().last().unwrap_or_default()))
}

#[test]
fn a_void_meets_the_close_in_every_order_and_is_never_lost() {
    let close = Event::new("close-month", json!({"month": "2026-06", "service_id": "api"}));
    let scenario = Scenario::new(reviewed_month("2026-07-02T00:00:00Z"), vec![decide_void(), close]);
    let daily = Event::new("close-month", json!({"sweep": true}));
    let show = desk(json!({"command": "show_statement", "service_id": "api", "month": "2026-06"}));
    meets(&scenario, |world| {
        let after = [daily.clone(), show.clone()];
        let (_, statement) = afterwards(world, "2026-07-03T03:00:00Z", &after)?;
        match statement["seconds"]["down"].as_i64() {
            Some(0) => Ok(()),
            down => Err(format!("the void is lost: {down:?} s of downtime are left in {statement}")),
        }
    });
}

#[test]
fn a_void_meets_new_checks_in_every_order_and_the_breach_is_withdrawn_once() {
    let outage = [check("p", "2026-06-10T13:00:00Z", "down"), check("p", "2026-06-10T13:01:00Z", "up")];
    let scenario =
        Scenario::new(reviewed_month("2026-06-10T13:01:00Z"), vec![decide_void(), checks(&outage)]);
    let sweep = Event::new("record-checks", json!({"sweep": true}));
    meets(&scenario, |world| {
        let (after, _) = afterwards(world, "2026-06-10T13:05:00Z", std::slice::from_ref(&sweep))?;
        let dump = after.dump().map_err(|e| e.to_string())?;
        let is_withdrawal = |name: &&String| name.starts_with("item ") && name.contains("breach_withdrawn");
        match dump.0.keys().filter(is_withdrawal).count() {
            1 => Ok(()),
            count => Err(format!("the breach is withdrawn {count} times:\n{dump}")),
        }
    });
}

/// Invokes a function; a conflict counts as an answer, since a person would accept it.
fn conflict_is_an_answer<'a>(process: &'a System, event: &'a Event) -> Answer<'a> {
    Box::pin(async {
        match process.invoke_alone(event.function, event.payload.to_string().as_bytes()).await {
            Err(Failure::Conflict(message)) => Ok(json!({"conflict": message})),
            other => other,
        }
    })
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>>;

#[test]
fn a_dispute_meets_decision_and_withdrawal_in_every_order() {
    let decide = desk(json!({
        "command": "decide_exclusion", "exclusion_id": "x-1", "decision": "approve", "decided_by": "bob",
        "note": "report verified",
    }));
    let withdraw = desk(json!({
        "command": "withdraw_exclusion", "exclusion_id": "x-1", "by": "ann", "note": "a mistake",
    }));
    for other in [decide, withdraw] {
        let world = reviewed_month("2026-06-10T12:00:00Z");
        let scenario =
            Scenario { delivery: conflict_is_an_answer, ..Scenario::new(world, vec![dispute(), other]) };
        // It is told exactly if it was noted.
        meets(&scenario, |world| {
            let dump = world.dump().map_err(|e| e.to_string())?;
            let told = dump.0.keys().any(|name| name.starts_with("item ") && name.contains("disputed"));
            let exclusion = dump.0.get("item EXCLUSION#x-1 EXCLUSION").map(Value::to_string);
            let noted = exclusion.is_some_and(|item| item.contains("The carrier was up."));
            if told == noted { Ok(()) } else { Err(format!("told: {told}, noted: {noted}\n{dump}")) }
        });
    }
}

fn ticket_event(id: &str, at: &str, kind: &str, fields: Value) -> Value {
    let mut event = json!({"event_id": id, "ticket_id": "T-1", "kind": kind, "occurred_at": at});
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn tickets(events: &[Value]) -> Event {
    Event::new("record-tickets", json!({"events": events}))
}

fn opening() -> Value {
    let fields = json!({
        "customer_id": "acme", "service_id": "api", "level": 1, "channel": "phone", "title": "No calls",
    });
    ticket_event("e0", "2026-06-01T00:10:00Z", "opened", fields)
}

fn sweep_deadlines() -> Event {
    Event::new("keep-deadlines", json!({"sweep": true}))
}

/// A world in which a level 1 ticket has been opened, some seconds ago.
fn ticket_world(now: &str) -> World {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let opened = async {
        world.seed(&[tickets(&[opening()])]).await?;
        world.advance_to(now)
    };
    runtime().unwrap().block_on(opened).unwrap();
    world
}

#[test]
fn opening_a_ticket_survives_every_fault_and_every_schedule_is_made_in_the_end() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let bad = ticket_event("e1", "2026-06-01T00:09:00Z", "resolved", json!({}));
    // A process that dies between the transaction and the schedules leaves them to the sweep.
    let report = survives(&Scenario::new(world, vec![tickets(&[opening(), bad]), sweep_deadlines()]));
    assert_eq!(report.calls.iter().filter(|call| call.as_str() == "scheduler:CreateSchedule").count(), 9);
}

#[test]
fn what_happens_to_a_ticket_survives_every_fault() {
    let at = "2026-06-01T00:14:00Z";
    let events = [
        ticket_event("e1", at, "acknowledged", json!({})),
        ticket_event("e2", at, "level_changed", json!({"level": 2, "reason": "worsened"})),
        ticket_event("e3", at, "waiting_on_customer", json!({})),
    ];
    // A crash may leave the schedule of a moot deadline behind: it has no effect when it fires.
    let scenario = Scenario {
        ignored_holdings: &["schedule "],
        ..Scenario::new(ticket_world(at), vec![tickets(&events), sweep_deadlines()])
    };
    let report = survives(&scenario);
    let schedules = |name: &str| report.calls.iter().filter(|call| call.ends_with(name)).count();
    assert_eq!((schedules("DeleteSchedule"), schedules("CreateSchedule")), (9, 4));
}

#[test]
fn a_missed_limit_survives_every_fault_and_is_said_once() {
    let fires = json!({"ticket_id": "T-1", "clock": "acknowledge", "threshold": "limit"});
    let world = ticket_world("2026-06-01T00:25:01Z");
    survives(&Scenario::new(world, vec![Event::new("keep-deadlines", fires), sweep_deadlines()]));
}

#[test]
fn the_sweep_of_deadlines_survives_every_fault() {
    survives(&Scenario::new(ticket_world("2026-06-01T00:20:00Z"), vec![sweep_deadlines()]));
}

#[test]
fn two_events_of_a_ticket_and_its_deadline_meet_in_every_order() {
    let limit = json!({"ticket_id": "T-1", "clock": "acknowledge", "threshold": "limit"});
    let at = "2026-06-01T00:25:01Z";
    let acknowledged = tickets(&[ticket_event("e1", at, "acknowledged", json!({}))]);
    let resolved = tickets(&[ticket_event("e2", at, "resolved", json!({}))]);
    for other in [Event::new("keep-deadlines", limit), resolved] {
        let scenario = Scenario {
            ignored_holdings: &["schedule "],
            ..Scenario::new(ticket_world(at), vec![acknowledged.clone(), other])
        };
        let missed_once = |world: &World| {
            let dump = world.dump().map_err(|e| e.to_string())?;
            let is_missed = |name: &&String| name.contains("ticket.acknowledge_missed");
            match dump.0.keys().filter(is_missed).count() {
                1 => Ok(()),
                count => Err(format!("the missed limit was said {count} times:\n{dump}")),
            }
        };
        let report = interleaved(&scenario, missed_once).unwrap_or_else(|error| panic!("{error}"));
        println!("{report}");
        for condition in report.conditions {
            let weakened = Scenario { weakened: Some(condition.clone()), ..scenario.clone() };
            let red = interleaved(&weakened, missed_once);
            let told = matches!(red, Err(FaultError::Differs { .. } | FaultError::Unfit { .. }));
            assert!(told, "without `{condition}` nothing is noticed: {red:?}");
        }
    }
}

/// Returns the second revision of the terms, with another credit rate.
fn revision(rate_pct: i64) -> Event {
    let terms = sla::Terms {
        revision: 2,
        effective_from: "2026-09".parse().unwrap(),
        credits: sla::terms::CreditTerms { rate_pct, ..sla::Terms::built_in().credits },
        ..sla::Terms::built_in()
    };
    Event::new("publish-terms", serde_json::to_value(terms).unwrap())
}

fn send() -> Event {
    Event::new("send-notices", json!({"sweep": true}))
}

#[test]
fn publishing_terms_survives_every_fault() {
    survives(&Scenario::new(world("2026-06-01T00:10:00Z", &register(1)), vec![revision(11)]));
}

#[test]
fn telling_every_customer_survives_every_fault() {
    let mut customers = register(1);
    customers.push(desk(json!({"command": "register_customer", "customer_id": "bolt", "name": "Bolt"})));
    let world = world("2026-06-01T00:10:00Z", &customers);
    runtime().unwrap().block_on(world.seed_unsent(&[revision(11)])).unwrap();
    // The first sweep writes the customers' notices, the second publishes them; a sweep that met another
    // writer leaves the rest to the next.
    let report = survives(&Scenario::new(world, vec![send(), send(), send()]));
    let writes = |name: &str| report.calls.iter().filter(|call| call.ends_with(name)).count();
    let told = "a page of customers and what is marked as delivered, then the end";
    assert_eq!((writes("TransactWriteItems"), writes("PutItem")), (2, 1), "{told}");
}

/// Number of publishers that were told of success.
static PUBLISHED: AtomicUsize = AtomicUsize::new(0);

/// Publishes a document; losing to a faster publisher is no fault.
fn publish_or_lose<'a>(
    process: &'a System,
    event: &'a Event,
) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>> {
    Box::pin(async {
        let payload = event.payload.to_string();
        match process.invoke_alone(event.function, payload.as_bytes()).await {
            Err(Failure::Conflict(message)) => Ok(json!({ "lost": message })),
            outcome => {
                PUBLISHED.fetch_add(usize::from(outcome.is_ok()), Ordering::SeqCst);
                outcome
            }
        }
    })
}

#[test]
fn two_publishers_of_one_revision_meet_in_every_order_and_one_wins() {
    let world = world("2026-06-01T00:10:00Z", &register(1));
    let scenario =
        Scenario { delivery: publish_or_lose, ..Scenario::new(world, vec![revision(11), revision(12)]) };
    // The stored revision is the announced one.
    let agrees = |world: &World| {
        let published = PUBLISHED.swap(0, Ordering::SeqCst);
        if published != 1 {
            return Err(format!("{published} publishers were told that theirs is published"));
        }
        let dump = world.dump().map_err(|e| e.to_string())?;
        let of = |name: &str| {
            let found = dump.0.iter().find(|(key, _)| key.contains(name));
            found.map(|(_, holding)| holding.to_string()).unwrap_or_default()
        };
        let (stored, told) = (of("TERMS REVISION#0002"), of("CIRCULAR#terms:0002:announced"));
        let agree = [11, 12].map(|rate| {
            let (own, line) = (format!("rate_pct\\\":{rate}"), format!("→ {rate} % of the monthly fee"));
            stored.contains(&own) && told.contains(&line)
        });
        match agree {
            [true, false] | [false, true] => Ok(()),
            _ => Err(format!("stored: {stored}\ntold: {told}")),
        }
    };
    let report = interleaved(&scenario, agrees).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert!(!report.conditions.is_empty());
    for condition in report.conditions {
        let weakened = Scenario { weakened: Some(condition.clone()), ..scenario.clone() };
        let red = interleaved(&weakened, agrees);
        let told = matches!(red, Err(FaultError::Differs { .. } | FaultError::Unfit { .. }));
        assert!(told, "without `{condition}` nothing is noticed: {red:?}");
    }
}
