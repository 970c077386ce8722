//! Reviews over the real handlers and the embedded table: broken probes taken out by two people, and
//! exclusions that customers dispute.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::sync::Arc;

use acceptance::world::{Event, World};
use nines::stand_ins::wire::OpenPassage;
use serde_json::{Value, json};
use sla::Terms;
use sla::exclusion::Clause;

/// A desk with the services of two customers, each checked by one probe, from the first of June on.
struct Desk(World);

impl Desk {
    async fn open(max_silence_s: Value) -> Self {
        let desk = Self(World::at("2026-06-01T00:00:00Z").await.unwrap());
        for (customer, name) in [("acme", "Acme"), ("globex", "Globex")] {
            let command = json!({ "command": "register_customer", "customer_id": customer, "name": name });
            desk.run(command).await.unwrap();
        }
        for (service, customer) in [("api", "acme"), ("web", "acme"), ("shop", "globex")] {
            desk.run(json!({
                "command": "register_service", "service_id": service, "customer_id": customer, "name": service,
                "plan": "standard", "monthly_fee": { "minor": 49_900, "currency": "EUR" }, "region": "eu",
                "activated_at": "2026-06-01T00:00:00Z", "max_silence_s": max_silence_s,
            }))
            .await
            .unwrap();
        }
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

    /// Returns the refusals of commands, each with a label; none of them changes anything.
    async fn refusals(&self, commands: &[(&str, Value)]) -> String {
        let before = self.0.dump().unwrap();
        let mut shown = String::new();
        for (tried, command) in commands {
            let refusal = self.run(command.clone()).await.expect_err(tried);
            shown += &format!("{tried}\n    {refusal}\n");
        }
        assert_eq!(before.difference(&self.0.dump().unwrap()), "", "a refusal changes nothing");
        shown
    }

    /// Reports a status of the service `api` for a span, at its end.
    async fn report(&self, status: &str, from: &str, until: &str) {
        self.0.advance_to(until).unwrap();
        let check = json!({ "service_id": "api", "checked_at": from, "until": until, "status": status });
        let answer = self.invoke("record-checks", json!({ "checks": [check] })).await.unwrap();
        assert_eq!(answer["quarantined"], json!([]));
    }

    async fn sweep(&self) {
        self.invoke("record-checks", json!({ "sweep": true })).await.unwrap();
    }

    /// Closes a month of the service `api` or takes up its marks; returns seconds and verdict.
    async fn stated(&self, now: &str, payload: Value) -> String {
        self.0.advance_to(now).unwrap();
        self.invoke("close-month", payload).await.unwrap();
        self.statements().await
    }

    /// Returns the newest statement of each month of the service `api`.
    async fn statements(&self) -> String {
        let mut shown = Vec::new();
        for month in ["2026-06", "2026-07"] {
            let show = json!({ "command": "show_statement", "service_id": "api", "month": month });
            let Ok(statement) = self.run(show).await else { continue };
            let seconds = |column: &str| statement["seconds"][column].as_i64().unwrap();
            shown.push(format!(
                "{month} r{}: {} down, {} unknown, {}",
                statement["revision"],
                seconds("down"),
                seconds("unknown"),
                statement["verdict"].as_str().unwrap(),
            ));
        }
        shown.join("; ")
    }

    /// Returns the customer's service of each notice of a kind on a topic, in order. A notice published twice
    /// counts once.
    fn told(&self, topic: &str, kind: &str) -> Vec<String> {
        let published = self.0.published().unwrap();
        let mut ids = BTreeSet::new();
        let of_kind = published.iter().filter(|p| p.topic.ends_with(topic) && p.message["kind"] == kind);
        let of_kind = of_kind.filter(|p| ids.insert(p.message["notice_id"].to_string()));
        let name = |message: &Value| format!("{} {}", message["customer_id"], message["service_id"]);
        of_kind.map(|p| name(&p.message).replace('"', "")).collect()
    }
}

/// Returns a command with some fields replaced.
fn with(mut command: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        command[name] = value.clone();
    }
    command
}

fn void(starts_at: &str, ends_at: &str) -> Value {
    json!({
        "command": "void_checks", "void_id": "v-1", "service_id": "api", "probe": "default",
        "starts_at": starts_at, "ends_at": ends_at, "evidence": "its disk was full", "raised_by": "ann",
    })
}

fn decision() -> Value {
    json!({
        "command": "decide_void", "void_id": "v-1", "decision": "approve", "decided_by": "bob",
        "note": "seen its log",
    })
}

fn exclusion() -> Value {
    json!({
        "command": "raise_exclusion", "exclusion_id": "x-1", "services": ["api", "web", "shop"],
        "clause": "third_party", "starts_at": "2026-06-09T10:00:00Z", "ends_at": "2026-06-09T11:00:00Z",
        "evidence": "carrier report 4711", "raised_by": "ann",
    })
}

fn ruling(decision: &str) -> Value {
    json!({
        "command": "decide_exclusion", "exclusion_id": "x-1", "decision": decision, "decided_by": "bob",
        "note": "report verified",
    })
}

fn dispute(customer_id: &str) -> Value {
    json!({
        "command": "dispute_exclusion", "exclusion_id": "x-1", "customer_id": customer_id,
        "statement": "The carrier was up.",
    })
}

/// An hour of false downtime in the morning of the 9th, between good reports.
async fn false_hour(desk: &Desk) {
    desk.report("up", "2026-06-01T00:00:00Z", "2026-06-09T09:59:00Z").await;
    desk.report("down", "2026-06-09T10:00:00Z", "2026-06-09T10:59:00Z").await;
    desk.report("up", "2026-06-09T11:00:00Z", "2026-06-09T12:00:00Z").await;
}

#[tokio::test]
async fn a_broken_probe_is_taken_out_by_two_people() {
    let desk = Desk::open(Value::Null).await;
    false_hour(&desk).await;
    assert_eq!(desk.told("customer", "availability.breached"), ["acme api"]);
    let raising = void("2026-06-09T10:00:00Z", "2026-06-09T11:00:00Z");
    let raised = desk.run(raising.clone()).await.unwrap();
    desk.sweep().await;
    assert_eq!(desk.told("customer", "availability.breach_withdrawn"), [""; 0], "until it is approved");
    let mut shown = desk
        .refusals(&[
            ("self-approval", with(decision(), json!({ "decided_by": "ann" }))),
            ("other evidence", with(raising.clone(), json!({ "evidence": "other" }))),
        ])
        .await;
    let approved = desk.run(decision()).await.unwrap();
    desk.sweep().await;
    assert_eq!(desk.told("customer", "availability.breach_withdrawn"), ["acme api"]);
    shown += &desk
        .refusals(&[
            ("another ruling", with(decision(), json!({ "decision": "reject" }))),
            ("another person", with(decision(), json!({ "decided_by": "cyd" }))),
        ])
        .await;
    insta::assert_snapshot!(format!("{}\n{shown}", serde_json::to_string_pretty(&approved).unwrap()));
    let closed = desk.stated("2026-07-02T00:00:00Z", json!({ "month": "2026-06" })).await;
    assert_eq!(closed, "2026-06 r1: 0 down, 3600 unknown, indeterminate");
    let before = desk.0.dump().unwrap();
    assert_eq!([desk.run(raising).await, desk.run(decision()).await], [Ok(raised), Ok(approved)]);
    assert_eq!(before.difference(&desk.0.dump().unwrap()), "", "a repetition changes nothing");
}

#[tokio::test]
async fn a_void_is_of_the_past_and_of_a_probe_that_checked_the_service() {
    let desk = Desk::open(json!(120)).await;
    desk.report("up", "2026-06-01T00:00:00Z", "2026-06-09T12:00:00Z").await;
    let hour = void("2026-06-09T10:00:00Z", "2026-06-09T11:00:00Z");
    let shown = desk
        .refusals(&[
            ("unknown service", with(hour.clone(), json!({ "service_id": "nothing" }))),
            ("unknown probe", with(hour.clone(), json!({ "probe": "oslo" }))),
            ("a service without checks", with(hour.clone(), json!({ "service_id": "web" }))),
            ("no time", void("2026-06-09T10:00:00Z", "2026-06-09T10:00:00Z")),
            ("time to come", void("2026-06-09T10:00:00Z", "2026-06-09T12:00:01Z")),
            ("before activation", void("2026-05-31T23:59:59Z", "2026-06-09T12:00:00Z")),
            ("more than 31 days", void("2026-06-01T00:00:00Z", "2026-07-02T00:00:01Z")),
            ("no evidence", with(hour, json!({ "evidence": "" }))),
            ("decide an unknown void", decision()),
        ])
        .await;
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn a_rejected_void_changes_nothing() {
    let desk = Desk::open(json!(120)).await;
    false_hour(&desk).await;
    desk.run(void("2026-06-09T10:00:00Z", "2026-06-09T11:00:00Z")).await.unwrap();
    // The rejection itself stands in the void and in the trail.
    let besides = || desk.0.dump().unwrap().without(&[], &["item VOID#", "item TRAIL#"]);
    let before = besides();
    desk.run(with(decision(), json!({ "decision": "reject" }))).await.unwrap();
    assert_eq!(before.difference(&besides()), "");
}

#[tokio::test]
async fn a_void_after_the_close_restates_every_month_into_which_a_false_report_was_carried() {
    // A source that reports only changes: its last report of June, a false one, holds for the whole of July.
    let desk = Desk::open(Value::Null).await;
    desk.report("up", "2026-06-01T00:00:00Z", "2026-06-30T20:00:00Z").await;
    desk.report("down", "2026-06-30T23:00:00Z", "2026-06-30T23:00:00Z").await;
    desk.report("up", "2026-08-01T00:00:00Z", "2026-08-01T00:00:00Z").await;
    let june = desk.stated("2026-08-02T00:00:00Z", json!({ "month": "2026-06" })).await;
    assert_eq!(june, "2026-06 r1: 3600 down, 0 unknown, breached");
    let july = desk.stated("2026-08-02T00:00:00Z", json!({ "month": "2026-07" })).await;
    assert_eq!(july, format!("{june}; 2026-07 r1: 2678400 down, 0 unknown, breached"));
    // A void may have any id, even that of the mark of late checks.
    let id = json!({ "void_id": "checks" });
    desk.run(with(void("2026-06-30T22:00:00Z", "2026-07-01T00:00:00Z"), id.clone())).await.unwrap();
    desk.run(with(decision(), id)).await.unwrap();
    let daily = desk.stated("2026-08-03T03:00:00Z", json!({ "sweep": true })).await;
    // The hour before the false report is void as well; the report before it is not carried across the void.
    let expect = "2026-06 r2: 0 down, 7200 unknown, indeterminate; \
                  2026-07 r2: 0 down, 2678400 unknown, indeterminate";
    assert_eq!(daily, expect);
    let again = desk.stated("2026-08-04T03:00:00Z", json!({ "sweep": true })).await;
    assert_eq!(again, daily, "the marks are dealt with");
}

#[tokio::test]
async fn an_exclusion_that_bears_the_name_of_the_mark_of_late_checks_is_still_applied() {
    let desk = Desk::open(json!(120)).await;
    false_hour(&desk).await;
    let closed =
        desk.stated("2026-07-02T00:00:00Z", json!({ "month": "2026-06", "service_id": "api" })).await;
    assert!(closed.starts_with("2026-06 r1: 3600 down"), "{closed}");
    let id = json!({ "exclusion_id": "checks" });
    desk.run(with(exclusion(), id.clone())).await.unwrap();
    desk.run(with(ruling("approve"), id)).await.unwrap();
    let daily = desk.stated("2026-07-03T03:00:00Z", json!({ "sweep": true })).await;
    assert!(daily.starts_with("2026-06 r2: 0 down"), "{daily}");
}

#[tokio::test]
async fn a_customer_disputes_an_exclusion_and_nobody_else_hears_of_it() {
    let desk = Desk::open(json!(120)).await;
    desk.0.advance_to("2026-06-10T08:00:00Z").unwrap();
    desk.run(exclusion()).await.unwrap();
    desk.0.advance_to("2026-06-11T08:00:00Z").unwrap();
    let acme = desk.run(dispute("acme")).await.unwrap();
    assert_eq!(desk.told("customer", "exclusion.disputed"), ["acme api", "acme web"]);
    assert_eq!(desk.told("operations", "exclusion.disputed"), ["acme api", "acme web"]);
    let approved = desk.run(ruling("approve")).await.unwrap();
    let before = desk.told("customer", "exclusion.decided");
    assert_eq!(before, ["acme null", "globex shop"], "once each, in order of the customers");
    for published in desk.0.published().unwrap().iter().filter(|p| p.message["kind"] == "exclusion.decided") {
        let exclusion = &published.message["data"]["exclusion"];
        let own =
            if published.message["customer_id"] == "acme" { json!(["api", "web"]) } else { json!(["shop"]) };
        assert_eq!(exclusion["services"], own, "others are no concern");
        let listed = published.message["data"]["covered"]["services"].as_array().unwrap();
        let listed: Vec<&Value> = listed.iter().map(|service| &service["service_id"]).collect();
        assert_eq!(json!(listed), own, "each is named");
        assert_eq!(exclusion.get("disputes"), None, "nor what they said");
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json!([acme, approved])).unwrap());
    let globex =
        desk.run(with(dispute("globex"), json!({ "statement": "We were down too." }))).await.unwrap();
    let shown = desk
        .refusals(&[
            ("another statement", with(dispute("acme"), json!({ "statement": "Other." }))),
            ("unknown exclusion", with(dispute("acme"), json!({ "exclusion_id": "x-2" }))),
            ("customer of no service", dispute("initech")),
            ("nothing to see", with(dispute("acme"), json!({ "statement": "\u{200f}" }))),
        ])
        .await;
    insta::assert_snapshot!(shown, @r"
    another statement
        Conflict: statement: `acme` disputed the exclusion with another one at 2026-06-11T08:00:00Z: repeat it as it was, or add to it in a ticket
    unknown exclusion
        NotFound: exclusion_id: `x-2` is not known: give the id that the notice names
    customer of no service
        NotFound: exclusion_id: `x-1` is not known: give the id that the notice names
    nothing to see
        BadRequest: statement: `\u{200f}` is not a text with a visible character
    ");
    desk.run(json!({
        "command": "withdraw_exclusion", "exclusion_id": "x-1", "by": "bob", "note": "they are right",
    }))
    .await
    .unwrap();
    desk.0.advance_to("2026-12-01T00:00:00Z").unwrap();
    let repeated = [
        desk.run(dispute("acme")).await,
        desk.run(with(dispute("globex"), json!({ "statement": "We were down too." }))).await,
        desk.run(ruling("approve")).await,
    ];
    assert_eq!(repeated, [Ok(acme), Ok(globex), Ok(approved)], "half a year later");
}

#[tokio::test]
async fn an_exclusion_is_disputed_until_the_last_second_and_only_while_it_may_take_time_out() {
    let desk = Desk::open(json!(120)).await;
    desk.0.advance_to("2026-06-10T08:00:00Z").unwrap();
    desk.run(exclusion()).await.unwrap();
    desk.0.advance_to("2026-06-12T08:00:00Z").unwrap();
    desk.run(ruling("approve")).await.unwrap();
    desk.0.advance_to("2026-06-26T07:59:59Z").unwrap();
    desk.run(dispute("acme")).await.unwrap();
    desk.0.advance_to("2026-06-26T08:00:00Z").unwrap();
    let mut shown = desk.refusals(&[("a second late", dispute("globex"))]).await;
    let second = json!({
        "exclusion_id": "x-2", "starts_at": "2026-06-20T10:00:00Z", "ends_at": "2026-06-20T11:00:00Z",
    });
    desk.run(with(exclusion(), second)).await.unwrap();
    let id = json!({ "exclusion_id": "x-2" });
    desk.run(with(ruling("reject"), id.clone())).await.unwrap();
    shown += &desk.refusals(&[("rejected", with(dispute("acme"), id))]).await;
    insta::assert_snapshot!(shown, @r"
    a second late
        Conflict: the exclusion could be disputed before 2026-06-26T08:00:00Z, and now is 2026-06-26T08:00:00Z: open a ticket if it is wrong
    rejected
        Conflict: the exclusion is rejected: the time counts as downtime, so that there is nothing to dispute
    ");
}

#[tokio::test]
async fn an_exclusion_is_raised_under_a_clause_that_the_terms_list() {
    let desk = Desk::open(json!(120)).await;
    let mut terms = Terms { revision: 2, effective_from: "2026-06".parse().unwrap(), ..Terms::built_in() };
    terms.exclusions.clauses.retain(|clause| *clause != Clause::ThirdParty);
    let process = desk.0.process(Arc::new(OpenPassage)).unwrap();
    process.directory().store_terms(&terms).await.unwrap();
    desk.0.advance_to("2026-06-10T08:00:00Z").unwrap();
    insta::assert_snapshot!(desk.refusals(&[("third party", exclusion())]).await, @r"
    third party
        BadRequest: clause: `third_party` is not listed by the terms: raise it under one of force_majeure, cyber_attack
    ");
    desk.run(with(exclusion(), json!({ "clause": "cyber_attack" }))).await.unwrap();
}
