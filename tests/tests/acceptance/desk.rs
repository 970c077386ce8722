//! The desk: every command repeated, contradicted and refused, over the real handlers and the embedded table.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod imports;
mod maintenance;
mod reading;

use std::collections::BTreeSet;

use acceptance::world::{Dump, Event, World};
use serde_json::{Value, json};

/// A desk with one customer and one service, on the first of June.
struct Desk(World);

impl Desk {
    async fn open() -> Self {
        let desk = Self(World::at("2026-06-01T00:00:00Z").await.unwrap());
        desk.run(customer()).await.unwrap();
        desk.run(service()).await.unwrap();
        desk
    }

    /// Runs a command; returns a refusal as its type and message.
    async fn run(&self, command: Value) -> Result<Value, String> {
        self.invoke("run-desk", command).await
    }

    async fn invoke(&self, function: &'static str, payload: Value) -> Result<Value, String> {
        let answer = self.0.invoke(&Event::new(function, payload)).await.unwrap();
        answer.map_err(|failure| format!("{}: {}", failure.error_type(), failure.message()))
    }

    /// Returns the refusals of commands, each with a label.
    async fn refusals(&self, commands: &[(&str, Value)]) -> String {
        let mut shown = String::new();
        for (tried, command) in commands {
            let refusal = self.run(command.clone()).await.expect_err(tried);
            shown += &format!("{tried}\n    {refusal}\n");
        }
        shown
    }

    async fn id_of_quarantined(&self) -> String {
        let listed = self.run(json!({ "command": "list_quarantine" })).await.unwrap();
        listed.pointer("/quarantined/0/quarantine_id").and_then(Value::as_str).unwrap().to_owned()
    }

    fn dump(&self) -> Dump {
        self.0.dump().unwrap()
    }

    /// Counts the customers' notices of a kind; a notice published twice counts once.
    fn published(&self, kind: &str) -> usize {
        let published = self.0.published().unwrap();
        let of_kind = published.iter().filter(|p| p.topic.ends_with("customer") && p.message["kind"] == kind);
        of_kind.map(|p| p.message["notice_id"].to_string()).collect::<BTreeSet<_>>().len()
    }
}

/// Returns a command with some fields replaced; null removes one.
fn with(mut command: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(command.as_object_mut().unwrap().remove(name)),
            value => command[name] = value.clone(),
        }
    }
    command
}

fn euros(minor: u64) -> Value {
    json!({ "minor": minor, "currency": "EUR" })
}

fn customer() -> Value {
    json!({ "command": "register_customer", "customer_id": "acme", "name": "Acme GmbH", "email": "ops@acme.example" })
}

fn service() -> Value {
    json!({
        "command": "register_service", "service_id": "uplink", "customer_id": "acme", "name": "Berlin uplink",
        "plan": "standard", "monthly_fee": euros(49_900), "region": "eu-north",
        "time_zone": "Europe/Berlin", "activated_at": "2026-05-31T22:00:00Z",
    })
}

fn plan_change() -> Value {
    json!({ "command": "change_service", "service_id": "uplink", "from_month": "2026-07", "plan": "premium" })
}

fn end() -> Value {
    json!({ "command": "terminate_service", "service_id": "uplink", "at": "2026-12-31T23:00:00Z" })
}

fn maintenance() -> Value {
    json!({
        "command": "announce_maintenance", "window_id": "w-1", "starts_at": "2026-06-10T00:00:00Z",
        "ends_at": "2026-06-10T04:00:00Z", "scope": { "services": ["uplink"] }, "reason": "switch replacement",
    })
}

fn shortening() -> Value {
    json!({ "command": "shorten_maintenance", "window_id": "w-1", "ends_at": "2026-06-10T03:00:00Z" })
}

fn cancellation() -> Value {
    json!({ "command": "cancel_maintenance", "window_id": "w-1" })
}

fn exclusion() -> Value {
    json!({
        "command": "raise_exclusion", "exclusion_id": "x-1", "services": ["uplink"], "clause": "third_party",
        "starts_at": "2026-05-31T23:00:00Z", "ends_at": "2026-05-31T23:30:00Z",
        "evidence": "carrier report 4711", "raised_by": "ann",
    })
}

fn decision() -> Value {
    json!({
        "command": "decide_exclusion", "exclusion_id": "x-1", "decision": "approve", "decided_by": "bob",
        "note": "report verified",
    })
}

fn withdrawal() -> Value {
    json!({ "command": "withdraw_exclusion", "exclusion_id": "x-1", "by": "cyd", "note": "report was wrong" })
}

fn check(service_id: &str, status: &str) -> Value {
    json!({ "service_id": service_id, "checked_at": "2026-06-01T00:00:00Z", "status": status })
}

#[tokio::test]
async fn a_command_repeated_returns_the_same_answer_whatever_came_between() {
    let desk = Desk::open().await;
    let later_change =
        with(plan_change(), json!({ "from_month": "2026-08", "plan": null, "monthly_fee": euros(1) }));
    let shorter = with(shortening(), json!({ "ends_at": "2026-06-10T02:00:00Z" }));
    let commands = [
        customer(),
        service(),
        plan_change(),
        later_change,
        end(),
        maintenance(),
        shortening(),
        shorter,
        cancellation(),
        exclusion(),
        decision(),
        withdrawal(),
        json!({ "command": "change_customer", "customer_id": "acme", "name": "Acme SE" }),
    ];
    let mut first = Vec::new();
    for command in &commands {
        first.push(desk.run(command.clone()).await.unwrap());
    }
    // Half a year later, none of these commands would be valid anew.
    desk.0.advance_to("2026-12-01T00:00:00Z").unwrap();
    desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
    let before = desk.dump();
    for (command, answer) in commands.iter().zip(&first) {
        assert_eq!(desk.run(command.clone()).await.as_ref(), Ok(answer), "{command}");
    }
    assert_eq!(before.difference(&desk.dump()), "", "a repetition changes nothing");
}

#[tokio::test]
async fn a_command_with_other_content_is_a_conflict() {
    let desk = Desk::open().await;
    for command in [plan_change(), end(), maintenance(), exclusion(), decision()] {
        desk.run(command).await.unwrap();
    }
    let mut shown = desk
        .refusals(&[
            ("register_customer", with(customer(), json!({ "name": "Other" }))),
            ("register_service", with(service(), json!({ "quorum": 2 }))),
            ("change_service", with(plan_change(), json!({ "plan": "enterprise" }))),
            ("terminate_service", with(end(), json!({ "at": "2026-11-30T23:00:00Z" }))),
            ("announce_maintenance", with(maintenance(), json!({ "reason": "other" }))),
            ("raise_exclusion", with(exclusion(), json!({ "clause": "cyber_attack" }))),
            ("decide_exclusion, another ruling", with(decision(), json!({ "decision": "reject" }))),
            ("decide_exclusion, another person", with(decision(), json!({ "decided_by": "cyd" }))),
        ])
        .await;
    desk.run(withdrawal()).await.unwrap();
    desk.run(cancellation()).await.unwrap();
    shown += &desk
        .refusals(&[
            ("withdraw_exclusion, another note", with(withdrawal(), json!({ "note": "other" }))),
            ("shorten_maintenance, cancelled", shortening()),
        ])
        .await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_wrong_field_is_named_with_its_value_and_what_would_be_right() {
    let desk = Desk::open().await;
    let anew = |fields: Value| with(with(service(), json!({ "service_id": "new" })), fields);
    let fee = |minor: Value| anew(json!({ "monthly_fee": { "minor": minor, "currency": "EUR" } }));
    let before = desk.dump();
    let shown = desk
        .refusals(&[
            ("no command", json!({})),
            ("unknown command", json!({ "command": "drop_table" })),
            ("fee with a fraction", fee(json!(499.5))),
            ("negative fee", fee(json!(-1))),
            ("fee as text", fee(json!("49900"))),
            ("fee too high", fee(json!(9_007_199_254_740_992_u64))),
            ("unknown currency", anew(json!({ "monthly_fee": { "minor": 1, "currency": "EURO" } }))),
            ("unknown zone", anew(json!({ "time_zone": "Mars/Base" }))),
            ("resolution that does not divide 60", anew(json!({ "resolution_s": 7 }))),
            ("resolution 0", anew(json!({ "resolution_s": 0 }))),
            ("quorum 0", anew(json!({ "quorum": 0 }))),
            ("interval 0", anew(json!({ "check_interval_s": 0 }))),
            ("negative silence", anew(json!({ "max_silence_s": -1 }))),
            ("unknown plan", anew(json!({ "plan": "gold" }))),
            ("no offset", anew(json!({ "activated_at": "2026-06-01T00:00:00" }))),
            ("year 1970", anew(json!({ "activated_at": "1970-01-01T00:00:00Z" }))),
            ("no name", anew(json!({ "name": null }))),
            ("name of blanks", anew(json!({ "name": "  " }))),
            ("name with a line break", anew(json!({ "name": "a\nb" }))),
            ("id with #", anew(json!({ "service_id": "a#b" }))),
            ("id with NUL", anew(json!({ "service_id": "a\u{0}b" }))),
            ("id with a bidi character", anew(json!({ "service_id": "a\u{202e}b" }))),
            ("id of 65 characters", anew(json!({ "service_id": "x".repeat(65) }))),
            ("unknown customer", anew(json!({ "customer_id": "nobody" }))),
            ("no address", with(customer(), json!({ "customer_id": "new", "email": "at home" }))),
            ("month 2026-13", with(plan_change(), json!({ "from_month": "2026-13" }))),
            ("scope of nothing", with(maintenance(), json!({ "scope": {} }))),
            ("unknown clause", with(exclusion(), json!({ "clause": "bad_luck" }))),
            ("unknown ruling", with(decision(), json!({ "decision": "maybe" }))),
        ])
        .await;
    assert_eq!(before.difference(&desk.dump()), "", "a refusal changes nothing");
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let desk = Desk::open().await;
    let process = desk.0.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    let mut shown = String::new();
    for event in ["{not json", r#"{"command": "list_services", "command": "x"}"#, r#"{"minor": 1e400}"#] {
        let failure = process.invoke("run-desk", event.as_bytes()).await.unwrap_err();
        shown += &format!("{event}\n    {}: {}\n", failure.error_type(), failure.message());
    }
    insta::assert_snapshot!(shown, @r#"
    {not json
        BadRequest: the payload is no JSON: key must be a string at line 1 column 2
    {"command": "list_services", "command": "x"}
        BadRequest: the payload is no JSON: duplicate key `command`: give it once at line 1 column 44
    {"minor": 1e400}
        BadRequest: the payload is no JSON: number out of range at line 1 column 15
    "#);
}

#[tokio::test]
async fn a_service_has_the_defaults_of_the_contract() {
    let desk = Desk::open().await;
    let shown = desk.run(json!({ "command": "show_service", "service_id": "uplink" })).await.unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap());
    let enterprise = json!({
        "service_id": "fast", "plan": "enterprise", "time_zone": null, "check_interval_s": 10, "unknown": 1,
    });
    let fast = desk.run(with(service(), enterprise)).await.unwrap();
    assert_eq!(
        [&fast["resolution_s"], &fast["max_silence_s"], &fast["time_zone"], &fast["quorum"]],
        [&json!(10), &json!(20), &json!("UTC"), &json!(1)]
    );
    let mut forever = with(service(), json!({ "service_id": "events" }));
    forever["max_silence_s"] = Value::Null;
    let answer = desk.run(forever.clone()).await.unwrap();
    assert_eq!(answer["max_silence_s"], Value::Null, "null is for ever");
    assert_eq!(desk.run(forever).await, Ok(answer));
}

#[tokio::test]
async fn plan_fee_and_end_keep_to_months_that_are_open() {
    let desk = Desk::open().await;
    let mut shown = desk
        .refusals(&[
            ("present month", with(plan_change(), json!({ "from_month": "2026-06" }))),
            ("neither plan nor fee", with(plan_change(), json!({ "plan": null }))),
            (
                "other currency",
                with(plan_change(), json!({ "monthly_fee": { "minor": 1, "currency": "JPY" } })),
            ),
            ("unknown service", with(plan_change(), json!({ "service_id": "nothing" }))),
            ("end before activation", with(end(), json!({ "at": "2026-05-31T21:59:59Z" }))),
            ("end of an unknown service", with(end(), json!({ "service_id": "nothing" }))),
            ("nothing to change", json!({ "command": "change_customer", "customer_id": "acme" })),
            (
                "unknown customer",
                json!({ "command": "change_customer", "customer_id": "nobody", "name": "N" }),
            ),
        ])
        .await;
    let changed = desk.run(plan_change()).await.unwrap();
    assert_eq!(changed["changes"], json!([{ "from_month": "2026-07", "plan": "premium" }]));
    // Berlin's June is closed at 22:00 UTC of 1 July.
    desk.0.advance_to("2026-07-01T22:00:00Z").unwrap();
    let in_june = with(end(), json!({ "at": "2026-06-30T21:59:59Z" }));
    shown += &desk.refusals(&[("end in a closed month", in_june)]).await;
    let ended = desk.run(with(end(), json!({ "at": "2026-06-30T22:00:00Z" }))).await.unwrap();
    assert_eq!(ended["terminated_at"], "2026-06-30T22:00:00Z");
    let after_end = with(plan_change(), json!({ "from_month": "2026-08" }));
    shown += &desk.refusals(&[("change after the end", after_end)]).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn maintenance_is_announced_in_time_and_never_extended() {
    let desk = Desk::open().await;
    let day = |starts_at: &str, ends_at: &str| {
        with(maintenance(), json!({ "starts_at": starts_at, "ends_at": ends_at }))
    };
    let many: Vec<String> = (0..26).map(|nth| format!("svc-{nth}")).collect();
    let mut shown = desk
        .refusals(&[
            ("71:59:59 ahead", day("2026-06-03T23:59:59Z", "2026-06-04T02:00:00Z")),
            ("no time at all", day("2026-06-10T00:00:00Z", "2026-06-10T00:00:00Z")),
            ("longer than 31 days", day("2026-06-10T00:00:00Z", "2026-07-11T00:00:01Z")),
            ("26 services", with(maintenance(), json!({ "scope": { "services": many } }))),
            ("all is false", with(maintenance(), json!({ "scope": { "all": false } }))),
            (
                "unknown service",
                with(maintenance(), json!({ "scope": { "services": ["uplink", "nothing"] } })),
            ),
            ("shorten an unknown window", shortening()),
            ("cancel an unknown window", cancellation()),
        ])
        .await;
    desk.run(maintenance()).await.unwrap();
    assert_eq!(desk.published("maintenance.announced"), 1);
    let to = |ends_at: &str| with(shortening(), json!({ "ends_at": ends_at }));
    shown += &desk.refusals(&[("extend", to("2026-06-10T05:00:00Z"))]).await;
    desk.0.advance_to("2026-06-10T01:00:00Z").unwrap();
    desk.invoke("send-notices", json!({ "sweep": true })).await.unwrap();
    assert_eq!(desk.published("maintenance.reminder"), 1, "customers are told 24 h ahead");
    shown += &desk
        .refusals(&[
            ("cancel what has begun", cancellation()),
            ("end in the past", to("2026-06-10T00:30:00Z")),
        ])
        .await;
    let shortened = desk.run(to("2026-06-10T01:00:00Z")).await.unwrap();
    assert_eq!(shortened["shortened_at"], "2026-06-10T01:00:00Z");
    assert_eq!(desk.published("maintenance.changed"), 1);
    shown += &desk.refusals(&[("shorten what is over", to("2026-06-10T00:59:00Z"))]).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_customer_is_not_told_which_services_of_others_maintenance_covers() {
    let desk = Desk::open().await;
    let other = json!({ "customer_id": "globex" });
    desk.run(with(customer(), other.clone())).await.unwrap();
    desk.run(with(with(service(), other), json!({ "service_id": "globex-line" }))).await.unwrap();
    let both = json!({ "scope": { "services": ["uplink", "globex-line"] } });
    desk.run(with(maintenance(), both)).await.unwrap();
    let published = desk.0.published().unwrap();
    let told: Vec<Value> = published
        .iter()
        .filter(|p| p.topic.ends_with("customer") && p.message["kind"] == "maintenance.announced")
        .map(|p| json!([p.message["customer_id"], p.message["data"]["maintenance"]["scope"]["services"]]))
        .collect();
    assert_eq!(told, [json!(["acme", ["uplink"]]), json!(["globex", ["globex-line"]])]);
}

#[tokio::test]
async fn an_exclusion_takes_two_people_and_the_past() {
    let desk = Desk::open().await;
    let span = |starts_at: &str, ends_at: &str| {
        with(exclusion(), json!({ "starts_at": starts_at, "ends_at": ends_at }))
    };
    let mut shown = desk
        .refusals(&[
            ("time to come", span("2026-05-31T23:00:00Z", "2026-06-01T00:00:01Z")),
            ("more than 30 days ago", span("2026-05-01T22:00:00Z", "2026-05-01T23:59:59Z")),
            ("no service", with(exclusion(), json!({ "services": [] }))),
            ("unknown service", with(exclusion(), json!({ "services": ["nothing"] }))),
            ("no evidence", with(exclusion(), json!({ "evidence": "" }))),
            ("decide an unknown exclusion", decision()),
            ("withdraw an unknown exclusion", withdrawal()),
        ])
        .await;
    desk.run(exclusion()).await.unwrap();
    assert_eq!(desk.published("exclusion.raised"), 1);
    shown += &desk.refusals(&[("self-approval", with(decision(), json!({ "decided_by": "ann" })))]).await;
    let approved = desk.run(decision()).await.unwrap();
    assert_eq!([&approved["ruling"], &approved["decision"]["by"]], ["approve", "bob"]);
    desk.run(withdrawal()).await.unwrap();
    assert_eq!(desk.published("exclusion.decided"), 2, "approved, then withdrawn");
    shown +=
        &desk.refusals(&[("decide what was withdrawn", with(decision(), json!({ "note": "again" })))]).await;
    let rejected = with(exclusion(), json!({ "exclusion_id": "x-2" }));
    desk.run(rejected).await.unwrap();
    let second = json!({ "exclusion_id": "x-2", "decision": "reject" });
    desk.run(with(decision(), second.clone())).await.unwrap();
    let withdraw_second = with(withdrawal(), json!({ "exclusion_id": "x-2" }));
    shown += &desk.refusals(&[("withdraw what was rejected", withdraw_second)]).await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn quarantined_checks_are_taken_in_once_mended() {
    let desk = Desk::open().await;
    let bad = json!({ "checks": [check("later", "up"), check("uplink", "sideways")] });
    let answer = desk.invoke("record-checks", bad).await.unwrap();
    assert_eq!(answer["quarantined"].as_array().unwrap().len(), 2);
    let listed = desk.run(json!({ "command": "list_quarantine" })).await.unwrap();
    let listed = listed["quarantined"].as_array().unwrap().clone();
    let id = |service_id: &str| {
        let found = listed.iter().find(|q| q["payload"]["service_id"] == service_id).unwrap();
        found["quarantine_id"].clone()
    };
    let replay = |id: Value| json!({ "command": "replay_quarantine", "quarantine_id": id });
    let mend = |id: Value, payload: Value| with(replay(id), json!({ "payload": payload }));
    let before = desk.dump();
    let shown = desk
        .refusals(&[
            ("unknown id", replay(json!("0000"))),
            ("unmended status", replay(id("uplink"))),
            ("service still unknown", replay(id("later"))),
            (
                "mended to another error",
                mend(id("uplink"), json!({ "service_id": "uplink", "status": "up" })),
            ),
            ("mended to no JSON", mend(id("uplink"), json!("{oops"))),
            ("mended to nothing", mend(id("uplink"), json!({ "checks": [] }))),
        ])
        .await;
    assert_eq!(before.difference(&desk.dump()), "", "what is still refused changes nothing");
    insta::assert_snapshot!(shown);

    let mended = mend(id("uplink"), check("uplink", "up"));
    let answer = desk.run(mended.clone()).await.unwrap();
    let expect = |accepted, duplicates| {
        json!({
            "quarantine_id": id("uplink"), "accepted": accepted, "duplicates": duplicates, "quarantined": [],
        })
    };
    assert_eq!(answer, expect(1, 0));
    let before = desk.dump();
    let by_ann = with(mended.clone(), json!({ "by": "ann", "payload": check("uplink", "up").to_string() }));
    for again in [mended, by_ann] {
        assert_eq!(desk.run(again).await, Ok(expect(1, 0)), "the same content is taken in once");
    }
    assert_eq!(before.difference(&desk.dump()), "", "and a repetition leaves nothing");
    let other = with(mend(id("uplink"), check("uplink", "down")), json!({ "by": "ann" }));
    assert_eq!(desk.run(other.clone()).await, Ok(expect(1, 0)), "another content is another replay");
    assert_eq!(desk.run(other).await, Ok(expect(1, 0)));
    desk.run(with(service(), json!({ "service_id": "later" }))).await.unwrap();
    let answer = desk.run(replay(id("later"))).await.unwrap();
    assert_eq!(answer["accepted"], 1, "a service registered afterwards mends its checks");
    let listed = desk.run(json!({ "command": "list_quarantine" })).await.unwrap();
    let replayed = listed["quarantined"].as_array().unwrap().iter().filter(|q| q["replayed_at"].is_string());
    assert_eq!(replayed.count(), 2);
    let input = |service: &str| {
        let inputs = listed["quarantined"].as_array().unwrap();
        inputs.iter().find(|input| input["payload"]["service_id"] == service).unwrap()
    };
    // The input stays as it came; its record also names the replacement and the person who replayed it.
    assert_eq!(input("uplink")["payload"]["status"], "sideways");
    let traces = |service: &str| {
        let replays = input(service)["replays"].as_array().unwrap();
        let trace = |replay: &Value| json!([replay["by"], replay["is_changed"], replay["payload"]["status"]]);
        json!(replays.iter().map(trace).collect::<Vec<_>>())
    };
    assert_eq!(traces("uplink"), json!([["direct", true, "up"], ["ann", true, "down"]]));
    assert_eq!(traces("later"), json!([["direct", false, null]]));
}

#[tokio::test]
async fn an_input_is_replayed_with_ten_contents_at_most() {
    let desk = Desk::open().await;
    desk.invoke("record-checks", json!({ "checks": [check("uplink", "sideways")] })).await.unwrap();
    let id = desk.id_of_quarantined().await;
    let replay = |nth: u32| {
        let payload = with(check("uplink", "up"), json!({ "latency_ms": nth }));
        json!({ "command": "replay_quarantine", "quarantine_id": id, "payload": payload })
    };
    for nth in 0..10 {
        desk.run(replay(nth)).await.unwrap();
    }
    let before = desk.dump();
    let refused = desk.refusals(&[("an eleventh content", replay(10))]).await;
    assert!(refused.contains("was replayed with 10 contents"), "{refused}");
    assert_eq!(desk.run(replay(9)).await.unwrap()["accepted"], 1, "what was replayed is answered");
    assert_eq!(before.difference(&desk.dump()), "");
}

fn alarm_arn(name: &str) -> String {
    format!("arn:aws:cloudwatch:eu-central-1:000000000000:alarm:{name}")
}

fn alarm() -> Value {
    json!({ "command": "register_alarm", "alarm_arn": alarm_arn("uplink is down"), "service_id": "uplink" })
}

#[tokio::test]
async fn an_alarm_watches_one_service_as_one_probe_until_it_is_removed() {
    let desk = Desk::open().await;
    desk.run(with(service(), json!({ "service_id": "backup" }))).await.unwrap();
    let remove = json!({ "command": "remove_alarm", "alarm_arn": alarm_arn("uplink is down") });
    let named = |arn: &str| with(alarm(), json!({ "alarm_arn": arn }));
    let shown = desk
        .refusals(&[
            ("unknown service", with(alarm(), json!({ "service_id": "nothing" }))),
            ("no alarm", named("arn:aws:sns:eu-central-1:000000000000:topic")),
            ("its name alone", named("uplink is down")),
            ("name with a line break", named(&alarm_arn("a\nb"))),
            ("name too long", named(&alarm_arn(&"x".repeat(256)))),
            ("no ARN", with(alarm(), json!({ "alarm_arn": null }))),
            ("remove what was never registered", remove.clone()),
        ])
        .await;
    let answer = desk.run(alarm()).await.unwrap();
    let expected =
        json!({ "alarm_arn": alarm_arn("uplink is down"), "service_id": "uplink", "probe": "default" });
    assert_eq!(answer, expected);
    let before = desk.dump();
    assert_eq!(desk.run(alarm()).await.as_ref(), Ok(&answer), "registered again");
    let shown = shown
        + &desk
            .refusals(&[
                ("another service", with(alarm(), json!({ "service_id": "backup" }))),
                ("another probe", with(alarm(), json!({ "probe": "other" }))),
                ("another alarm of the same probe", named(&alarm_arn("uplink is slow"))),
            ])
            .await;
    assert_eq!(before.difference(&desk.dump()), "", "a repetition or refusal changes nothing");
    insta::assert_snapshot!(shown);
    assert_eq!(desk.run(remove.clone()).await.as_ref(), Ok(&answer));
    let before = desk.dump();
    assert_eq!(desk.run(remove.clone()).await.as_ref(), Ok(&answer), "removed again");
    assert_eq!(before.difference(&desk.dump()), "");
    let list = json!({ "command": "list_alarms" });
    assert_eq!(desk.run(list.clone()).await, Ok(json!({ "alarms": [] })));
    let moved = desk.run(with(alarm(), json!({ "service_id": "backup" }))).await.unwrap();
    let other = desk.run(named(&alarm_arn("uplink is slow"))).await.unwrap();
    let listed = desk.run(list).await.unwrap();
    let listed = listed["alarms"].as_array().unwrap();
    assert!(listed.len() == 2 && listed.contains(&moved) && listed.contains(&other), "{listed:?}");
}

#[tokio::test]
async fn the_ids_of_all_services_are_listed_in_large_pages() {
    let desk = Desk::open().await;
    let ids_only = json!({ "command": "list_services", "ids_only": true });
    assert_eq!(desk.run(ids_only.clone()).await, Ok(json!({ "service_ids": ["uplink"] })));
    let registered: BTreeSet<String> = (0..1002).map(|nth| format!("svc-{nth}")).collect();
    let process = desk.0.process(std::sync::Arc::new(nines::stand_ins::wire::OpenPassage)).unwrap();
    for service_id in &registered {
        let command = with(service(), json!({ "service_id": service_id })).to_string();
        process.invoke_alone("run-desk", command.as_bytes()).await.unwrap();
    }
    let first = desk.run(ids_only.clone()).await.unwrap();
    assert_eq!(first["service_ids"].as_array().unwrap().len(), 1000);
    let second = desk.run(with(ids_only.clone(), json!({ "after": first["next"] }))).await.unwrap();
    assert_eq!(second.get("next"), None, "the last page says so");
    let ids = |page: &Value| serde_json::from_value::<BTreeSet<String>>(page["service_ids"].clone()).unwrap();
    let mut listed = ids(&first);
    listed.extend(ids(&second));
    listed.remove("uplink");
    assert_eq!(listed, registered);
    let plain = desk.run(json!({ "command": "list_services", "ids_only": false })).await.unwrap();
    assert_eq!(plain["services"].as_array().unwrap().len(), 100);
    let shown = desk.refusals(&[("no flag", with(ids_only, json!({ "ids_only": "yes" })))]).await;
    assert!(shown.contains("ids_only: "), "{shown}");
}

#[tokio::test]
async fn a_raw_record_is_mended_to_checks() {
    let desk = Desk::open().await;
    let record =
        |body: &str| json!({ "Records": [{ "messageId": "m-1", "eventSource": "aws:sqs", "body": body }] });
    let reply = desk.invoke("record-checks", record("{not json")).await.unwrap();
    assert_eq!(reply, json!({ "batchItemFailures": [] }));
    let replay = json!({ "command": "replay_quarantine", "quarantine_id": desk.id_of_quarantined().await });
    insta::assert_snapshot!(desk.refusals(&[("unmended record", replay.clone())]).await, @r"
    unmended record
        BadRequest: payload: still refused, nothing was changed: the payload is no JSON: key must be a string at line 1 column 2
    ");
    let checks = json!({ "checks": [check("uplink", "up"), check("uplink", "up")] });
    let answer = desk.run(with(replay.clone(), json!({ "payload": checks.to_string() }))).await.unwrap();
    assert_eq!([&answer["accepted"], &answer["duplicates"]], [1, 1]);
}

#[tokio::test]
async fn a_record_kept_by_its_prefix_needs_its_payload() {
    let desk = Desk::open().await;
    let body = format!("{{{}", "x".repeat(300_000));
    let records = json!({ "Records": [{ "messageId": "m-1", "eventSource": "aws:sqs", "body": body }] });
    desk.invoke("record-checks", records).await.unwrap();
    let replay = json!({ "command": "replay_quarantine", "quarantine_id": desk.id_of_quarantined().await });
    insta::assert_snapshot!(desk.refusals(&[("only a prefix", replay.clone())]).await, @r"
    only a prefix
        BadRequest: payload: missing: only a prefix of the 300001 bytes was kept: give the mended input
    ");
    let mended = with(replay, json!({ "payload": check("uplink", "up") }));
    assert_eq!(desk.run(mended).await.unwrap()["accepted"], 1);
}

#[tokio::test]
async fn lists_are_paged_and_complete() {
    let desk = Desk::open().await;
    for nth in 0..104 {
        desk.run(with(service(), json!({ "service_id": format!("svc-{nth}") }))).await.unwrap();
    }
    for nth in 0..103 {
        let own = json!({ "alarm_arn": alarm_arn(&format!("a {nth}")), "probe": format!("p-{nth}") });
        desk.run(with(alarm(), own)).await.unwrap();
    }
    let checks: Vec<Value> = (0..103).map(|nth| check(&format!("unknown-{nth}"), "up")).collect();
    desk.invoke("record-checks", json!({ "checks": checks })).await.unwrap();
    for (command, list, id, count) in [
        ("list_services", "services", "service_id", 105),
        ("list_quarantine", "quarantined", "quarantine_id", 103),
        ("list_alarms", "alarms", "alarm_arn", 103),
    ] {
        let first = desk.run(json!({ "command": command })).await.unwrap();
        assert_eq!(first[list].as_array().unwrap().len(), 100);
        let second = desk.run(json!({ "command": command, "after": first["next"] })).await.unwrap();
        assert_eq!(second.get("next"), None, "the last page says so");
        let both = [&first, &second].into_iter().flat_map(|page| page[list].as_array().unwrap());
        let ids: BTreeSet<&str> = both.map(|thing| thing[id].as_str().unwrap()).collect();
        assert_eq!(ids.len(), count);
    }
}

#[tokio::test]
async fn a_quarantine_beyond_one_answer_is_still_listed() {
    let desk = Desk::open().await;
    let long = "x".repeat(280_000);
    for nth in 0..20 {
        let checks = json!({ "checks": [{ "service_id": format!("unknown-{nth}"), "junk": long }] });
        desk.invoke("record-checks", checks).await.unwrap();
    }
    let mut ids = BTreeSet::new();
    let mut after = Value::Null;
    for _ in 0..4 {
        let page =
            desk.run(with(json!({ "command": "list_quarantine" }), json!({ "after": after }))).await.unwrap();
        assert!(page.to_string().len() < 6_000_000, "Lambda answers at most 6 MB");
        let listed = page["quarantined"].as_array().unwrap();
        ids.extend(listed.iter().map(|q| q["quarantine_id"].as_str().unwrap().to_owned()));
        after = page.get("next").cloned().unwrap_or_default();
        if after.is_null() {
            break;
        }
    }
    assert_eq!((ids.len(), after), (20, Value::Null));
}

#[tokio::test]
async fn statements_and_notices_are_shown() {
    let desk = Desk::open().await;
    let show = json!({ "command": "show_statement", "service_id": "uplink", "month": "2026-06" });
    let list = json!({ "command": "list_notices", "customer_id": "acme", "month": "2026-06" });
    let mut shown = desk
        .refusals(&[
            ("open month", show.clone()),
            ("statement of an unknown service", with(show.clone(), json!({ "service_id": "nothing" }))),
            ("unknown service", json!({ "command": "show_service", "service_id": "nothing" })),
            ("notices of an unknown customer", with(list.clone(), json!({ "customer_id": "nobody" }))),
        ])
        .await;
    desk.invoke("record-checks", json!({ "checks": [check("uplink", "down")] })).await.unwrap();
    desk.0.advance_to("2026-07-01T22:00:00Z").unwrap();
    desk.invoke("close-month", json!({ "month": "2026-06" })).await.unwrap();
    let statement = desk.run(show.clone()).await.unwrap();
    assert_eq!([&statement["revision"], &statement["service_id"]], [&json!(1), &json!("uplink")]);
    assert_eq!(desk.run(with(show.clone(), json!({ "revision": 1 }))).await, Ok(statement));
    shown += &desk.refusals(&[("unknown revision", with(show, json!({ "revision": 2 })))]).await;
    insta::assert_snapshot!(shown, @r"
    open month
        NotFound: month: `uplink` has no statement of 2026-06: a month is closed some hours after its end; ask close-month for a provisional one, or leave the revision out for the newest
    statement of an unknown service
        NotFound: service_id: `nothing` is not known: register it with register_service, or look it up with list_services
    unknown service
        NotFound: service_id: `nothing` is not known: register it with register_service, or look it up with list_services
    notices of an unknown customer
        NotFound: customer_id: `nobody` is not known: register the customer first, with register_customer
    unknown revision
        NotFound: month: `uplink` has no statement of 2026-06 in revision 2: a month is closed some hours after its end; ask close-month for a provisional one, or leave the revision out for the newest
    ");
    let listed = desk.run(list).await.unwrap();
    let kinds: Vec<&str> =
        listed["notices"].as_array().unwrap().iter().map(|notice| notice["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"outage.opened"), "{kinds:?}");
}
