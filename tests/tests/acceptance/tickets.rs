//! Tickets over the real handlers and the embedded table: envelopes, bad input, order, deadlines at their
//! instants.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use acceptance::world::{Event, World};
use serde_json::{Value, json};
use sla::Instant;

const START: &str = "2026-06-03T10:00:00Z";
const LOG: &str = include_str!("../../../infra/local/sample/scenario-tickets-2016.ndjson");

/// A world with a customer and a service, on a Wednesday morning.
struct Desk(World);

impl Desk {
    async fn open() -> Self {
        let world = World::at(START).await.unwrap();
        let commands = [
            json!({"command": "register_customer", "customer_id": "acme", "name": "Acme"}),
            json!({"command": "register_customer", "customer_id": "other", "name": "Other"}),
            json!({
                "command": "register_service", "service_id": "api", "customer_id": "acme", "name": "API",
                "plan": "standard", "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu",
                "activated_at": "2026-06-01T00:00:00Z", "max_silence_s": null, "time_zone": "Europe/Berlin",
            }),
        ];
        world.seed(&commands.map(|command| Event::new("run-desk", command))).await.unwrap();
        Self(world)
    }

    /// Invokes a function; returns a refusal as its type and message.
    async fn invoke(&self, function: &'static str, payload: Value) -> Value {
        match self.0.invoke(&Event::new(function, payload)).await.unwrap() {
            Ok(answer) => answer,
            Err(failure) => {
                json!({"errorType": failure.error_type(), "errorMessage": failure.message()})
            }
        }
    }

    async fn record(&self, events: &[Value]) -> Value {
        self.invoke("record-tickets", json!({ "events": events })).await
    }

    async fn shown(&self, ticket_id: &str) -> Value {
        self.invoke("run-desk", json!({"command": "show_ticket", "ticket_id": ticket_id})).await
    }

    async fn quarantined(&self) -> Vec<Value> {
        let listed = self.invoke("run-desk", json!({"command": "list_quarantine"})).await;
        listed["quarantined"].as_array().unwrap().clone()
    }

    fn advance_to(&self, at: Instant) {
        self.0.advance_to(&at.to_string()).unwrap();
    }

    /// Lists the tickets' notices to operations as `kind occurred_at`, each once, in order.
    fn told(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let published = self.0.published().unwrap();
        let of_tickets = published.iter().filter(|p| p.topic.ends_with("operations"));
        of_tickets
            .map(|p| &p.message)
            .filter(|m| m.get("ticket_id").is_some() && seen.insert(m["notice_id"].to_string()))
            .map(|m| {
                let of = |name: &str| m.pointer(&format!("/data/reached/{name}")).and_then(Value::as_str);
                let threshold = of("threshold").map(|t| format!(" {t}")).unwrap_or_default();
                let clock = of("clock").map(|c| format!(" {c}")).unwrap_or_default();
                format!(
                    "{} {}{clock}{threshold}",
                    m["occurred_at"].as_str().unwrap(),
                    m["kind"].as_str().unwrap()
                )
            })
            .collect()
    }
}

fn after(seconds: i64) -> Instant {
    START.parse::<Instant>().unwrap().plus_s(seconds)
}

fn event(id: &str, seconds: i64, kind: &str, fields: Value) -> Value {
    let mut event = json!({"event_id": id, "ticket_id": "T-1", "kind": kind, "occurred_at": after(seconds)});
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(event.as_object_mut().unwrap().remove(name)),
            value => event[name] = value.clone(),
        }
    }
    event
}

fn opened(level: u8) -> Value {
    let fields = json!({"customer_id": "acme", "service_id": "api", "level": level, "channel": "phone", "title": "No calls"});
    event("e0", 0, "opened", fields)
}

fn with(mut event: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(event.as_object_mut().unwrap().remove(name)),
            value => event[name] = value.clone(),
        }
    }
    event
}

#[tokio::test]
async fn a_bad_event_is_quarantined_with_its_error_and_stops_no_neighbour() {
    let desk = Desk::open().await;
    let bad = [
        json!({"level": 4}),
        json!({"level": 0}),
        json!({"level": "1"}),
        json!({"level": null}),
        json!({"channel": "fax"}),
        json!({"channel": null}),
        json!({"customer_id": null}),
        json!({"customer_id": "nobody"}),
        json!({"customer_id": "other"}),
        json!({"service_id": "nothing"}),
        json!({"title": null}),
        json!({"title": 7}),
        json!({"occurred_at": null}),
        json!({"occurred_at": "2016-06-03T10:00:00Z"}),
        json!({"occurred_at": "2026-06-03T10:05:01Z"}),
        json!({"occurred_at": "2026-06-03T10:00:00"}),
        json!({"occurred_at": "1999-12-31T23:59:59Z"}),
        json!({"kind": null}),
        json!({"kind": "exploded"}),
        json!({"kind": 7}),
        json!({"ticket_id": "T#1"}),
        json!({"ticket_id": null}),
        json!({"event_id": ""}),
        json!({"kind": "level_changed", "level": 9}),
        json!({"kind": "level_changed", "reason": "bored"}),
        json!({"kind": "claim", "month": "June"}),
    ];
    let mut events: Vec<Value> = bad.into_iter().map(|fields| with(opened(1), fields)).collect();
    events.push(json!("no object"));
    events.push(opened(1));
    let received = events.len();
    let answer = desk.record(&events).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(1), &json!(0)));
    let refused = answer["quarantined"].as_array().unwrap();
    assert_eq!(refused.len(), received - 1, "accepted + duplicates + quarantined = received");
    assert_eq!(desk.quarantined().await.len(), received - 1, "nothing is lost");
    let errors: Vec<&str> = refused.iter().map(|refused| refused["error"].as_str().unwrap()).collect();
    insta::assert_snapshot!(errors.join("\n"));
}

/// Texts as mail programs and help desks send them: title and description.
fn real_texts() -> Vec<(String, Option<String>)> {
    let titles = [
        "שלום\u{200f} (עולם)",
        "می‌خواهم",
        "👩‍💻 down",
        "Re:\tdown",
        "\u{feff}down",
        "a\u{a0}b",
        "a\u{2028}b",
        "\u{2068}name\u{2069} wrote",
        "e\u{301}\u{301}\u{301}",
        "a\nb",
        "",
        "\u{200b}\u{200f}",
    ];
    let descriptions = [
        "line one\r\nline two\r\n",
        "a\tb",
        "page\u{c}break",
        "\u{1b}[31mred\u{1b}[0m log",
        "שלום\u{200f}",
        "",
    ];
    let long = [("Re: ".to_owned() + &"x".repeat(300), None), ("t".to_owned(), Some("x".repeat(4001)))];
    let titles = titles.iter().map(|title| ((*title).to_owned(), None));
    let described = descriptions.iter().map(|text| ("t".to_owned(), Some((*text).to_owned())));
    titles.chain(described).chain(long).collect()
}

fn reported(ticket_id: &str, title: &str, description: Option<&str>) -> Value {
    let texts = json!({ "ticket_id": ticket_id, "title": title, "description": description });
    with(opened(1), texts)
}

#[tokio::test]
async fn a_report_is_never_refused_for_its_text_and_its_clocks_run_from_its_opening() {
    let desk = Desk::open().await;
    let texts = real_texts();
    let events: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(nth, (title, description))| reported(&format!("T-{nth}"), title, description.as_deref()))
        .collect();
    let taken = |accepted: usize, duplicates: usize| json!({ "accepted": accepted, "duplicates": duplicates, "quarantined": [] });
    assert_eq!(desk.record(&events).await, taken(events.len(), 0));
    assert_eq!(desk.record(&events).await, taken(0, events.len()));
    let mut shown = String::new();
    for nth in 0..events.len() {
        let ticket = desk.shown(&format!("T-{nth}")).await;
        assert_eq!(ticket["acknowledge"]["started_at"], START);
        let text =
            |name: &str| ticket[name].as_str().map_or(String::new(), |text| text.chars().take(40).collect());
        shown += &format!("{:?} {:?}\n", text("title"), text("description"));
    }
    insta::assert_snapshot!(shown);
    // A subject cut within a character.
    let cut = reported("T-cut", "CUT", None).to_string().replace("CUT", "half \\ud83d");
    let process = desk.0.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    let answer = process.invoke("record-tickets", format!("{{\"events\": [{cut}]}}").as_bytes()).await;
    assert_eq!(answer.unwrap(), taken(1, 0));
    assert_eq!(desk.shown("T-cut").await["title"], "half \u{fffd}");
}

#[tokio::test]
async fn long_reports_are_kept_whole_up_to_200_kb_and_fit_items_and_transactions() {
    let desk = Desk::open().await;
    let whole = "\"".repeat(199_999);
    let events: Vec<Value> = (0..12)
        .map(|nth| with(reported("T-long", "t", Some(&whole)), json!({ "event_id": format!("o{nth}") })))
        .collect();
    let answer = desk.record(&events).await;
    assert_eq!((&answer["accepted"], answer["quarantined"].as_array().unwrap().len()), (&json!(10), 2));
    insta::assert_snapshot!(answer["quarantined"][0]["error"].as_str().unwrap(), @"ticket_id: `T-long` has been opened 10 times: open a new ticket that links to it");
    let shown = desk.shown("T-long").await;
    assert_eq!(shown["events"][0]["description"], whole.as_str());
    assert_eq!(shown["description"].as_str().unwrap().chars().count(), 4_000);
    assert_eq!(desk.record(&[reported("T-longer", &whole, Some(&whole))]).await["accepted"], 1);
    let longer = desk.shown("T-longer").await;
    let described = longer["events"][0]["description"].as_str().unwrap();
    assert_eq!(longer["events"][0]["title"], whole.as_str());
    insta::assert_snapshot!(described.trim_start_matches('"'), @"… (shortened: 199999 bytes, SHA-256 bb99282d8a6064c4a3271d662518d033760c4102acbe570d08a0c7564a81606b)");
}

#[tokio::test]
async fn a_month_is_stated_the_same_from_the_list_and_from_whole_tickets() {
    let desk = Desk::open().await;
    desk.record(&["T-1", "T-2", "T-3"].map(|id| with(opened(1), json!({ "ticket_id": id })))).await;
    desk.advance_to(after(9_000));
    let of = |ticket: &str, event: Value| with(event, json!({ "ticket_id": ticket }));
    let events = [
        of("T-1", event("e1", 600, "acknowledged", json!({}))),
        of("T-2", event("e1", 1_200, "acknowledged", json!({}))),
        of("T-2", event("e2", 1_800, "waiting_on_customer", json!({}))),
        of("T-3", event("e1", 8_000, "resolved", json!({}))),
    ];
    desk.record(&events).await;
    let asked = json!({"month": "2026-06", "service_id": "api", "as_of": after(7_000)});
    let from_list = desk.invoke("close-month", asked.clone()).await;
    let figures = json!({
        "opened": 3, "acknowledge_met": 1, "acknowledge_missed": 2, "resolve_met": 0, "resolve_missed": 0, "running": 3,
    });
    assert_eq!(from_list["statements"][0]["tickets"], figures, "T-3 as it was then");
    // Listed by a version from before outlooks existed.
    let process = desk.0.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    let table = nines::system::TABLE;
    let listed = process.dynamodb().scan().table_name(table).filter_expression("begins_with(SK, :of)");
    let of_june = aws_sdk_dynamodb::types::AttributeValue::S("TICKET#2026-06#".to_owned());
    let listed = listed.expression_attribute_values(":of", of_june).send().await.unwrap();
    assert_eq!(listed.items().len(), 3);
    for item in listed.items() {
        let bare = process.dynamodb().put_item().table_name(table);
        bare.item("PK", item["PK"].clone()).item("SK", item["SK"].clone()).send().await.unwrap();
    }
    assert_eq!(desk.invoke("close-month", asked).await, from_list);
}

#[tokio::test]
async fn an_event_that_its_ticket_refuses_is_answered_kept_and_listed() {
    let desk = Desk::open().await;
    desk.advance_to(after(9 * 86_400));
    let events = [
        opened(3),
        event("before", -1, "resolved", json!({})),
        event("again", 10, "resumed", json!({})),
        event("wait", 20, "waiting_on_customer", json!({})),
        event("solved", 600, "resolved", json!({})),
        event("level", 700, "level_changed", json!({"level": 1})),
        event("late", 600 + 7 * 86_400 + 1, "reopened", json!({})),
    ];
    let answer = desk.record(&events).await;
    assert_eq!(answer["accepted"], 5);
    let refused = answer["quarantined"].as_array().unwrap();
    assert_eq!(refused.iter().map(|r| r["index"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 6]);
    let listed = desk.quarantined().await;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|q| q["source"] == "ticket_event" && q["whole"] == true));
    let again = desk.record(&events).await;
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(5)));
    assert_eq!(again["quarantined"], answer["quarantined"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&desk.shown("T-1").await).unwrap());
}

#[tokio::test]
async fn one_id_with_another_content_keeps_the_first_and_quarantines_the_second() {
    let desk = Desk::open().await;
    desk.record(&[opened(1)]).await;
    let answer = desk.record(&[opened(2), opened(1)]).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(1)));
    insta::assert_snapshot!(answer["quarantined"][0]["error"].as_str().unwrap(), @"event_id: `e0` is known with other content, and the first is kept: give the corrected event an event_id of its own");
    assert_eq!(desk.shown("T-1").await["level"], 1);
    assert_eq!(desk.quarantined().await[0]["payload"]["level"], 2);
}

#[tokio::test]
async fn what_was_refused_is_taken_in_once_it_is_mended() {
    let desk = Desk::open().await;
    let unknown = with(opened(1), json!({"customer_id": "newcomer", "service_id": null}));
    desk.record(std::slice::from_ref(&unknown)).await;
    let id = desk.quarantined().await[0]["quarantine_id"].clone();
    let replay = |payload: Option<Value>| {
        let mut command = json!({"command": "replay_quarantine", "quarantine_id": id});
        if let Some(payload) = payload {
            command["payload"] = payload;
        }
        desk.invoke("run-desk", command)
    };
    let refused = replay(None).await;
    assert_eq!(refused["errorType"], "BadRequest");
    assert!(refused["errorMessage"].as_str().unwrap().contains("`newcomer` is not registered"), "{refused}");
    assert_eq!(replay(Some(json!({"checks": []}))).await["errorType"], "BadRequest");
    desk.invoke("run-desk", json!({"command": "register_customer", "customer_id": "newcomer", "name": "N"}))
        .await;
    assert_eq!(replay(None).await["accepted"], 1);
    assert_eq!(desk.shown("T-1").await["customer_id"], "newcomer");
    // The desk makes no schedules: the sweep does.
    assert!(desk.0.engines().schedules().all().is_empty());
    assert_eq!(desk.invoke("keep-deadlines", json!({"sweep": true})).await, json!({"fired": 0}));
    assert_eq!(desk.0.engines().schedules().all().len(), 9);
}

#[tokio::test]
async fn events_wait_for_the_opening_of_their_ticket() {
    let desk = Desk::open().await;
    desk.advance_to(after(1000));
    let early = [event("e2", 400, "acknowledged", json!({})), event("e3", 1000, "resolved", json!({}))];
    assert_eq!(desk.record(&early).await["accepted"], 2);
    let parked = desk.shown("T-1").await;
    assert_eq!((parked.get("level"), parked["events"].as_array().unwrap().len()), (None, 2));
    assert!(desk.told().is_empty());
    assert_eq!(desk.invoke("keep-deadlines", deadline("acknowledge", "limit")).await, json!({"fired": 0}));
    assert_eq!(desk.record(&[opened(1)]).await["accepted"], 1);
    let shown = desk.shown("T-1").await;
    assert_eq!(
        (&shown["acknowledge"]["verdict"], &shown["resolve"]["elapsed_s"]),
        (&json!("met"), &json!(1000))
    );
    let many: Vec<Value> = (0..43)
        .map(|n| with(event(&format!("p{n}"), 10, "acknowledged", json!({})), json!({"ticket_id": "T-2"})))
        .collect();
    assert_eq!(desk.record(&many[..30]).await["accepted"], 30);
    // Of thirteen more, ten fit, and the known ones are known.
    let answer = desk.record(&many).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(10), &json!(30)));
    assert_eq!(answer["quarantined"].as_array().unwrap().len(), 3);
    insta::assert_snapshot!(answer["quarantined"][0]["error"].as_str().unwrap(), @"ticket_id: `T-2` has not been opened and 40 events wait for it: send its opening, then replay");
}

#[tokio::test]
async fn every_envelope_records_the_same() {
    let bus = |detail: Value| json!({"detail-type": "ticket event", "source": "helpdesk", "detail": detail});
    let cloud = |data: Value| json!({"specversion": "1.0", "id": "1", "source": "/h", "type": "ticket", "data": data});
    let many = json!({"events": [opened(2)]});
    for envelope in [many.clone(), bus(opened(2)), bus(many.clone()), cloud(opened(2)), cloud(many.clone())] {
        let desk = Desk::open().await;
        let answer = desk.invoke("record-tickets", envelope.clone()).await;
        assert_eq!(answer, json!({"accepted": 1, "duplicates": 0, "quarantined": []}), "{envelope}");
        let queued = json!({"Records": [
            {"eventSource": "aws:sqs", "messageId": "m1", "body": envelope.to_string()},
            {"eventSource": "aws:sqs", "messageId": "m2", "body": "not json"},
        ]});
        assert_eq!(desk.invoke("record-tickets", queued).await, json!({"batchItemFailures": []}));
        let kept = desk.quarantined().await;
        assert_eq!((kept.len(), &kept[0]["source"]), (1, &json!("ticket_record")));
    }
    let desk = Desk::open().await;
    let process = desk.0.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    let refused = process.invoke("record-tickets", b"not json").await.unwrap_err();
    assert_eq!(refused.error_type(), "BadRequest");
}

#[tokio::test]
async fn a_queue_keeps_what_it_cannot_read_and_records_its_neighbours() {
    let desk = Desk::open().await;
    let bad = event("e1", 60, "answered", json!({}));
    let bodies = [
        "not json".to_owned(),
        json!({"detail-type": "status check", "detail": {}}).to_string(),
        json!({"events": [bad, opened(1)]}).to_string(),
        json!({"events": [event("e2", 120, "acknowledged", json!({}))]}).to_string(),
    ];
    let records = bodies.iter().enumerate().map(|(nth, body)| {
        let message_id = format!("m{nth}");
        json!({"eventSource": "aws:sqs", "messageId": message_id, "body": body})
    });
    let records: Vec<Value> = records.collect();
    for _ in 0..2 {
        let answer = desk.invoke("record-tickets", json!({ "Records": records })).await;
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
    let kept = desk.quarantined().await;
    let mut sources: Vec<&str> = kept.iter().map(|q| q["source"].as_str().unwrap()).collect();
    sources.sort_unstable();
    assert_eq!(sources, ["ticket_event", "ticket_record", "ticket_record"], "each once");
    let shown = desk.shown("T-1").await;
    assert_eq!(shown["events"].as_array().unwrap().len(), 2, "opened and acknowledged: {shown}");
}

fn deadline(clock: &str, threshold: &str) -> Value {
    json!({"ticket_id": "T-1", "clock": clock, "threshold": threshold})
}

#[tokio::test]
async fn a_hundred_firings_of_every_deadline_say_each_threshold_once_at_its_instant() {
    let desk = Desk::open().await;
    desk.record(&[opened(1)]).await;
    let schedules = desk.0.engines().schedules();
    let due: Vec<(Instant, Value)> = schedules
        .all()
        .into_iter()
        .map(|schedule| (schedule.at, serde_json::from_str(&schedule.payload).unwrap()))
        .collect();
    assert_eq!(due.len(), 9);
    for (at, payload) in due {
        desk.advance_to(at);
        let mut fired = 0;
        for _ in 0..100 {
            fired += desk.invoke("keep-deadlines", payload.clone()).await["fired"].as_u64().unwrap();
        }
        assert_eq!(fired, 1, "{payload}");
    }
    insta::assert_snapshot!(desk.told().join("\n"));
}

#[tokio::test]
async fn what_has_stopped_or_was_never_due_fires_into_nothing() {
    let desk = Desk::open().await;
    desk.record(&[opened(1)]).await;
    desk.advance_to(after(200));
    desk.record(&[event("e1", 200, "acknowledged", json!({}))]).await;
    for (at, clock, threshold) in [
        (200, "acknowledge", "50"),
        (450, "acknowledge", "50"),
        (901, "acknowledge", "limit"),
        (902, "resolve", "limit"),
    ] {
        desk.advance_to(after(at));
        assert_eq!(desk.invoke("keep-deadlines", deadline(clock, threshold)).await, json!({"fired": 0}));
    }
    assert_eq!(desk.told().len(), 1, "{:?}", desk.told());
    let unknown =
        desk.invoke("keep-deadlines", with(deadline("resolve", "50"), json!({"ticket_id": "T-9"}))).await;
    insta::assert_snapshot!(unknown["errorMessage"].as_str().unwrap(), @"ticket_id: `T-9` is unknown: send its `opened` event to record-tickets");
}

#[tokio::test]
async fn a_clock_that_stops_at_its_limit_is_met_and_one_second_later_missed() {
    for (stop_s, verdict) in [(899, "met"), (900, "met"), (901, "missed")] {
        let desk = Desk::open().await;
        desk.record(&[opened(1)]).await;
        desk.advance_to(after(stop_s));
        desk.record(&[event("e1", stop_s, "acknowledged", json!({}))]).await;
        desk.advance_to(after(901));
        desk.invoke("keep-deadlines", deadline("acknowledge", "limit")).await;
        assert_eq!(desk.shown("T-1").await["acknowledge"]["verdict"], verdict);
        let missed = format!("{} ticket.acknowledge_missed acknowledge limit", after(901));
        assert_eq!(desk.told().contains(&missed), verdict == "missed", "{:?}", desk.told());
    }
}

#[tokio::test]
async fn a_lost_schedule_is_made_up_for_by_the_sweep_and_tells_of_its_own_instant() {
    let desk = Desk::open().await;
    desk.record(&[opened(1)]).await;
    let schedules = desk.0.engines().schedules();
    while schedules.take_due(after(100_000)).unwrap().is_some() {}
    desk.advance_to(after(340));
    assert_eq!(desk.invoke("keep-deadlines", json!({"sweep": true})).await, json!({"fired": 1}));
    desk.advance_to(after(700));
    assert_eq!(desk.invoke("keep-deadlines", json!({"sweep": true})).await, json!({"fired": 1}));
    assert_eq!(desk.invoke("keep-deadlines", json!({"sweep": true})).await, json!({"fired": 0}));
    insta::assert_snapshot!(desk.told().join("\n"), @r"
    2026-06-03T10:00:00Z ticket.opened
    2026-06-03T10:05:01Z ticket.acknowledge_target_missed acknowledge target
    2026-06-03T10:05:01Z ticket.escalated acknowledge target
    2026-06-03T10:11:15Z ticket.warning acknowledge 75
    ");
}

#[tokio::test]
async fn an_escalation_names_whoever_of_its_role_is_on_duty_or_everybody() {
    let desk = Desk::open().await;
    let set = |role: &str, people: Value| json!({"command": "set_role", "role": role, "people": people});
    let weekdays =
        "Ada; ada@example.com; mon-fri 12:00-13:00 Europe/Berlin\nBob; +4930123456; sat 08:00-18:00 UTC";
    let lead = desk.invoke("run-desk", set("team lead", json!(weekdays))).await;
    assert_eq!(
        lead["people"][1],
        json!({"name": "Bob", "address": "+4930123456", "hours": "sat 08:00-18:00 UTC"})
    );
    assert_eq!(
        desk.invoke("run-desk", set("team lead", lead["people"].clone())).await,
        lead,
        "it is set once"
    );
    let nights = json!([{"name": "Eve", "address": "eve@example.com", "hours": "mon-sun 22:00-06:00 UTC"}]);
    desk.invoke("run-desk", set("duty manager", nights)).await;
    let listed = desk.invoke("run-desk", json!({"command": "list_roles"})).await;
    let now: Vec<&Value> = listed["roles"].as_array().unwrap().iter().map(|own| &own["reaches"]).collect();
    let ada = json!({"people": [{"name": "Ada", "address": "ada@example.com"}], "on_duty": true});
    let eve = json!({"people": [{"name": "Eve", "address": "eve@example.com"}], "on_duty": false});
    assert_eq!(now, [&ada, &eve]);
    desk.record(&[opened(1)]).await;
    for seconds in [340, 1000] {
        desk.advance_to(after(seconds));
        desk.invoke("keep-deadlines", json!({"sweep": true})).await;
    }
    let published = desk.0.published().unwrap();
    let escalated = published.iter().filter(|p| p.message["kind"] == "ticket.escalated");
    let to = |p: &nines::stand_ins::topics::PublishedMessage| {
        (p.message["data"]["to"].clone(), p.attributes.get("to").cloned().unwrap_or_default())
    };
    let reached: Vec<(Value, String)> = escalated.clone().map(to).collect();
    let addresses = ["[\"ada@example.com\"]", "[\"eve@example.com\"]"].map(str::to_owned);
    assert_eq!(reached, [ada, eve].into_iter().zip(addresses).collect::<Vec<_>>());
    let texts: Vec<&str> = escalated.filter_map(|p| p.message["text"].as_str()).collect();
    assert!(texts[0].contains("On duty: Ada (ada@example.com).\n"), "{}", texts[0]);
    assert!(
        texts[1].contains("Nobody is on duty, so it goes to everybody: Eve (eve@example.com).\n"),
        "{}",
        texts[1]
    );
    let refused = desk.invoke("run-desk", set("team lead", json!("Ada; at home"))).await;
    let told = refused["errorMessage"].as_str().unwrap();
    assert!(told.starts_with("people: `at home` is no address"), "{told}");
}

#[tokio::test]
async fn schedules_are_made_once_each_and_removed_when_they_are_moot() {
    let desk = Desk::open().await;
    let tally = |process: &nines::system::System| {
        let counts = process.tally().counts();
        let of = |name: &str| {
            counts
                .iter()
                .filter(|((_, operation), _)| operation == name)
                .map(|(_, count)| *count)
                .sum::<u64>()
        };
        [of("CreateSchedule"), of("DeleteSchedule"), of("TransactWriteItems"), of("PutItem")]
    };
    let process = desk.0.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    let mut before = [0; 4];
    let mut calls = Vec::new();
    for events in [
        vec![opened(1)],
        vec![opened(1)],
        vec![event("e1", 0, "acknowledged", json!({}))],
        vec![event("e2", 0, "waiting_on_customer", json!({}))],
        vec![event("e3", 0, "level_changed", json!({"level": 2}))],
        vec![event("e4", 0, "resolved", json!({}))],
    ] {
        process
            .invoke_alone("record-tickets", json!({"events": events}).to_string().as_bytes())
            .await
            .unwrap();
        let now = tally(&process);
        calls.push([0, 1, 2, 3].map(|n: usize| now[n] - before[n]));
        before = now;
    }
    // Opened: 9 made and noted. Acknowledged: 5 removed. Level 2: 4 removed, 4 made. Resolved: 4 removed.
    assert_eq!(calls, [[9, 0, 1, 1], [0, 0, 0, 0], [0, 5, 1, 0], [0, 0, 1, 0], [4, 4, 1, 1], [0, 4, 1, 0]]);
    assert!(desk.0.engines().schedules().all().is_empty());
}

#[tokio::test]
async fn a_late_event_corrects_the_verdict_and_the_customer_is_told() {
    let desk = Desk::open().await;
    desk.record(&[opened(1)]).await;
    desk.advance_to(after(1000));
    desk.invoke("keep-deadlines", deadline("acknowledge", "limit")).await;
    assert_eq!(desk.shown("T-1").await["acknowledge"]["verdict"], "missed");
    desk.record(&[event("e1", 850, "acknowledged", json!({}))]).await;
    let shown = desk.shown("T-1").await;
    assert_eq!((&shown["acknowledge"]["verdict"], &shown["backdated_count"]), (&json!("met"), &json!(1)));
    let published = desk.0.published().unwrap();
    let corrected =
        published.iter().find(|p| p.message["kind"] == "ticket.corrected" && p.topic.ends_with("customer"));
    insta::assert_snapshot!(corrected.unwrap().message["text"].as_str().unwrap(), @r#"
    An event that arrived late corrects the verdict on the acknowledgement of ticket T-1 ("No calls").
    It has level 1 (critical), concerns API, and was opened on 3 June 2026, 12:00 CEST (10:00 UTC).
    Recorded before: the limit was missed on 3 June 2026, 12:15 CEST (10:15:01 UTC).
    Corrected: it was acknowledged in time.
    Events of this ticket that arrived late and corrected a verdict: 1.
    No credit depends on it: the agreement gives none for tickets.
    No action is needed. If you do not agree, tell our support team.
    "#);
}

/// Orders things by an unrelated number, a different one for each seed.
fn shuffled<T>(mut things: Vec<T>, name: impl Fn(&T) -> String, seed: u8) -> Vec<T> {
    things.sort_by_key(|thing| sla::sha256_hex(format!("{seed}|{}", name(thing)).as_bytes()));
    things
}

/// Removes every field that depends on the instant of arrival.
fn timeless(mut shown: Value) -> Value {
    shown.as_object_mut().unwrap().remove("backdated_count");
    for event in shown["events"].as_array_mut().unwrap() {
        event.as_object_mut().unwrap().remove("received_at");
    }
    shown
}

#[tokio::test]
async fn real_tickets_come_out_the_same_in_any_order_and_number() {
    let mut events: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in LOG.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for event in line["payload"]["events"].as_array().into_iter().flatten() {
            events.entry(event["ticket_id"].as_str().unwrap().to_owned()).or_default().push(event.clone());
        }
    }
    // The richest tickets: reopened, re-levelled, waited for.
    events.retain(|_, events| events.len() >= 8);
    let ids: Vec<&String> = events.keys().collect();
    assert!(ids.len() >= 5, "{ids:?}");
    let mut first: Option<Vec<Value>> = None;
    for seed in 0..4 {
        let desk = Desk(World::at("2017-01-01T00:00:00Z").await.unwrap());
        let customers: BTreeSet<&str> =
            events.values().flatten().filter_map(|event| event["customer_id"].as_str()).collect();
        for id in customers {
            desk.invoke("run-desk", json!({"command": "register_customer", "customer_id": id, "name": id}))
                .await;
        }
        let all: Vec<Value> = events.values().flatten().cloned().collect();
        let all = shuffled(all, |event| event["event_id"].to_string(), seed);
        let twice: Vec<Value> = all.iter().chain(all.iter().take(all.len() / 2)).cloned().collect();
        let mut counts = (0, 0, 0);
        for some in twice.chunks(usize::from(seed) * 3 + 1) {
            let answer = desk.record(some).await;
            counts.0 += answer["accepted"].as_u64().unwrap();
            counts.1 += answer["duplicates"].as_u64().unwrap();
            counts.2 += answer["quarantined"].as_array().unwrap().len();
        }
        assert_eq!(counts.0 + counts.1 + counts.2 as u64, twice.len() as u64, "{counts:?}");
        let mut shown = Vec::new();
        for id in &ids {
            shown.push(timeless(desk.shown(id).await));
        }
        match &first {
            None => first = Some(shown),
            Some(first) => assert_eq!(&shown, first, "seed {seed}"),
        }
    }
}
