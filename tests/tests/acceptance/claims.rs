//! Claims, reviews, restatements and invoicing over the real handlers and the embedded table: every state and
//! reason, every refusal, and the same answer to a repeated command, whatever happened in between.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod tickets;

use std::sync::Arc;

use acceptance::reads::Reads;
use acceptance::short_june::{
    self, CLOSED, Course, LATE, START, TOLD, approve_exclusion, check, checks, close, daily, desk,
    file_claim, june, mark_invoiced, raise_exclusion, restate_month, review_claim, review_statement, with,
};
use acceptance::world::{Event, World};
use nines::measure::invariants::books;
use nines::stand_ins::wire::OpenPassage;
use serde_json::{Value, json};
use sla::{ClaimId, Month};

fn month() -> Month {
    "2026-06".parse().unwrap()
}

fn claim_id(service_id: &str, kind: &str, nth: usize) -> String {
    ClaimId::nth(&service_id.parse().unwrap(), month(), kind, nth).to_string()
}

/// A world in which June is closed, with one service for each possible course.
async fn every_course(now: &str) -> World {
    let services = [
        ("kept", Course::Kept),
        ("breached", Course::Breached),
        ("unknown", Course::Unknown),
        ("partly", Course::PartlyUnknown),
        ("slow", Course::Slow),
        ("both", Course::SlowAndBreached),
    ];
    june(&services, now).await.unwrap()
}

/// Runs a command; returns a refusal as its type and message.
async fn run(world: &World, command: Value) -> Result<Value, String> {
    let answer = world.invoke(&desk(command)).await.unwrap();
    answer.map_err(|failure| format!("{}: {}", failure.error_type(), failure.message()))
}

/// Runs a command that must not be refused.
async fn done(world: &World, command: Value) -> Value {
    run(world, command.clone()).await.unwrap_or_else(|refusal| panic!("{command}: {refusal}"))
}

async fn seed(world: &World, events: &[Event]) {
    world.seed(events).await.unwrap();
}

/// Formats a claim.
fn shown(claim: &Value) -> String {
    let text = |name: &str| match &claim[name] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let amount = claim.pointer("/amount/minor").map_or("-".to_owned(), ToString::to_string);
    format!(
        "{} {}: {} {}, amount {amount}, in time {}, until {}, revision {}, decisions {}",
        text("service_id"),
        text("kind"),
        text("state"),
        text("reason"),
        text("in_time"),
        text("claim_until"),
        text("statement_revision"),
        text("decisions"),
    )
}

/// Returns June's ledger, one entry a line, after checking it against claims and statements.
async fn ledger(world: &World) -> String {
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    assert_eq!(Box::pin(books::check(&process, month())).await.unwrap(), [""; 0]);
    let mut lines = String::new();
    for entry in process.ledger(month()).await.unwrap() {
        let billed = entry.billing_month.map_or("on no bill".to_owned(), |month| format!("billed {month}"));
        let reverses = entry.reverses.map(|id| format!(", reverses {id}")).unwrap_or_default();
        lines += &format!(
            "{} {} {} {} {}, {billed}, revision {}{reverses}\n",
            entry.credit_id,
            entry.service_id,
            entry.state.as_str(),
            entry.amount_minor,
            entry.currency,
            entry.statement_revision,
        );
    }
    lines
}

/// Lists claims as they are now.
async fn listed(world: &World, filter: Value) -> String {
    let answer = done(world, with(json!({ "command": "list_claims" }), filter)).await;
    answer["claims"].as_array().unwrap().iter().map(|claim| shown(claim) + "\n").collect()
}

/// Returns claims and ledger.
async fn told(world: &World) -> String {
    let claims = Box::pin(listed(world, json!({}))).await;
    format!("{claims}{}", Box::pin(ledger(world)).await)
}

#[tokio::test]
async fn every_state_and_reason_of_a_claim_is_reached() {
    let mut table = String::new();
    let mut claim = async |title: &str, world: &World, command: Value| {
        table += &format!("{title}\n    {}\n", shown(&done(world, command).await));
    };
    let open = every_course(TOLD).await;
    claim("an open month", &open, file_claim("breached", "uptime")).await;
    claim("an open month without downtime", &open, file_claim("kept", "uptime")).await;
    let before = with(file_claim("kept", "uptime"), json!({ "month": "2026-05" }));
    claim("a month before the service", &open, before).await;
    let closed = every_course(CLOSED).await;
    for service_id in ["kept", "breached", "unknown", "partly", "slow", "both"] {
        for kind in ["uptime", "performance"] {
            claim("a closed month", &closed, file_claim(service_id, kind)).await;
        }
    }
    let late = every_course(LATE).await;
    claim("after the window", &late, file_claim("breached", "uptime")).await;
    let excluded = every_course(TOLD).await;
    seed(&excluded, &[desk(raise_exclusion("breached")), desk(approve_exclusion())]).await;
    excluded.advance_to(CLOSED).unwrap();
    seed(&excluded, &[close("breached")]).await;
    claim("a month that was kept by an exclusion", &excluded, file_claim("breached", "uptime")).await;
    let slow = claim_id("slow", "performance", 1);
    claim("a review that says no", &closed, review_claim(&slow, None)).await;
    let both = claim_id("both", "performance", 1);
    claim("a review that says yes", &closed, review_claim(&both, Some(37_425))).await;
    insta::assert_snapshot!(table);
    insta::assert_snapshot!("a_claim_is_answered_whole", {
        serde_json::to_string_pretty(&done(&closed, file_claim("breached", "uptime")).await).unwrap()
    });
    insta::assert_snapshot!(ledger(&closed).await, @r"
    credit:2026-06:uptime:ff7772053abf7d81:1 both approved 12475 EUR, billed 2026-07, revision 1
    credit:2026-06:performance:ff7772053abf7d81:2 both approved 37425 EUR, billed 2026-07, revision 1
    credit:2026-06:uptime:5e7520d5ab632432:1 breached approved 12475 EUR, billed 2026-07, revision 1
    credit:2026-06:uptime:13bfaf8f3c475036:1 partly approved 12475 EUR, billed 2026-07, revision 1
    ");
}

#[tokio::test]
async fn a_held_claim_is_decided_at_the_close_and_again_at_each_restatement() {
    let world = june(&[("api", Course::Breached)], TOLD).await.unwrap();
    let mut story = String::new();
    let mut tell = async |title: &str, world: &World| {
        story += &format!("{title}\n{}\n", told(world).await);
    };
    done(&world, file_claim("api", "uptime")).await;
    tell("filed", &world).await;
    world.advance_to(CLOSED).unwrap();
    seed(&world, &[close("api")]).await;
    tell("closed", &world).await;
    let more = [check("api", "2026-06-30T23:20:00Z", "down"), check("api", "2026-06-30T23:22:00Z", "up")];
    seed(&world, &[checks(&more)]).await;
    done(&world, restate_month("api")).await;
    tell("two more minutes, by order", &world).await;
    seed(&world, &[desk(raise_exclusion("api")), desk(approve_exclusion())]).await;
    world.advance_to("2026-07-03T03:00:00Z").unwrap();
    seed(&world, &[daily()]).await;
    tell("three minutes excluded", &world).await;
    let other = with(
        raise_exclusion("api"),
        json!({
            "exclusion_id": "x-2", "starts_at": "2026-06-30T23:20:00Z", "ends_at": "2026-06-30T23:22:00Z",
        }),
    );
    let approval = with(approve_exclusion(), json!({ "exclusion_id": "x-2" }));
    seed(&world, &[desk(other), desk(approval)]).await;
    world.advance_to("2026-07-04T03:00:00Z").unwrap();
    seed(&world, &[daily()]).await;
    tell("all of it excluded", &world).await;
    let withdrawal =
        json!({ "command": "withdraw_exclusion", "exclusion_id": "x-1", "by": "cyd", "note": "a forgery" });
    seed(&world, &[desk(withdrawal)]).await;
    world.advance_to("2026-07-20T03:00:00Z").unwrap();
    seed(&world, &[daily()]).await;
    tell("an exclusion withdrawn, long after the window", &world).await;
    insta::assert_snapshot!(story);
}

#[tokio::test]
async fn a_command_repeated_has_the_same_answer_whatever_came_between() {
    let world = every_course(TOLD).await;
    let claim = file_claim("breached", "uptime");
    let mut commands = vec![(claim.clone(), done(&world, claim).await)];
    assert_eq!(commands[0].1["state"], "held");
    world.advance_to(CLOSED).unwrap();
    seed(&world, &[Event::new("close-month", json!({ "month": "2026-06" }))]).await;
    for command in [
        file_claim("slow", "performance"),
        review_statement("unknown", "breached"),
        restate_month("kept"),
        review_claim(&claim_id("slow", "performance", 1), Some(10_000)),
        mark_invoiced("2026-06"),
    ] {
        commands.push((command.clone(), run(&world, command).await.unwrap()));
    }
    // In between: more downtime, restatements by others, another review, another invoice, two weeks.
    let later = |id: &str| check(id, "2026-06-30T23:30:00Z", "down");
    seed(&world, &[checks(&[later("kept"), later("breached"), later("unknown"), later("slow")])]).await;
    for id in ["kept", "breached", "unknown", "slow"] {
        done(&world, with(restate_month(id), json!({ "by": "cyd" }))).await;
    }
    done(&world, mark_invoiced("2026-07")).await;
    world.advance_to("2026-07-20T00:00:00Z").unwrap();
    let before = world.dump().unwrap();
    for (command, answer) in &commands {
        assert_eq!(run(&world, command.clone()).await.as_ref(), Ok(answer), "{command}");
    }
    assert_eq!(before.difference(&world.dump().unwrap()), "", "a repetition changes nothing");
}

#[tokio::test]
async fn a_command_with_other_content_finds_the_first_claim_and_decides_nothing_twice() {
    let world = every_course(CLOSED).await;
    let first = done(&world, file_claim("breached", "uptime")).await;
    let again = with(file_claim("breached", "uptime"), json!({ "note": "we lost orders" }));
    assert_eq!(
        run(&world, again).await,
        Ok(first),
        "a claim that is repeated in other words is the first one"
    );
    let performance = claim_id("slow", "performance", 1);
    done(&world, file_claim("slow", "performance")).await;
    done(&world, review_claim(&performance, Some(10_000))).await;
    done(&world, review_statement("unknown", "breached")).await;
    let mut refusals = String::new();
    for (tried, command) in [
        ("another amount", review_claim(&performance, Some(20_000))),
        ("another decision", review_claim(&performance, None)),
        ("another verdict", review_statement("unknown", "met")),
    ] {
        refusals += &format!("{tried}\n    {}\n", run(&world, command).await.expect_err(tried));
    }
    insta::assert_snapshot!(refusals, @r"
    another amount
        Conflict: claim_id: `claim:2026-06:performance:5e0cf7bd1dfa3831:1` is approved: only a claim in review can be reviewed
    another decision
        Conflict: claim_id: `claim:2026-06:performance:5e0cf7bd1dfa3831:1` is approved: only a claim in review can be reviewed
    another verdict
        Conflict: revision 2 was reviewed by `ann` already: if more has come to light, restate the month first
    ");
    // Nothing differs: the statement stands, whoever asks.
    let statement = done(&world, restate_month("kept")).await;
    let other = with(restate_month("kept"), json!({ "reason": "asked again" }));
    assert_eq!(run(&world, other).await, Ok(statement));
}

#[tokio::test]
async fn every_refusal_says_what_would_be_right() {
    let world = every_course(CLOSED).await;
    for (id, kind) in
        [("breached", "uptime"), ("unknown", "uptime"), ("slow", "performance"), ("both", "uptime")]
    {
        done(&world, file_claim(id, kind)).await;
    }
    let july = with(file_claim("slow", "performance"), json!({ "month": "2026-07" }));
    let held = done(&world, july).await["claim_id"].as_str().unwrap().to_owned();
    let slow = claim_id("slow", "performance", 1);
    let approve = review_claim(&slow, Some(10_000));
    let amount = |minor: i64, currency: &str| json!({ "amount": { "minor": minor, "currency": currency } });
    let unknown = review_statement("unknown", "breached");
    let refused = [
        ("claim: another customer's", with(file_claim("kept", "uptime"), json!({ "customer_id": "other" }))),
        ("claim: no such service", file_claim("nothing", "uptime")),
        ("claim: a month to come", with(file_claim("kept", "uptime"), json!({ "month": "2026-08" }))),
        ("claim: no month", with(file_claim("kept", "uptime"), json!({ "month": null }))),
        ("claim: no kind of credit", file_claim("kept", "tickets")),
        ("claim review: no such claim", review_claim("claim-1", None)),
        ("claim review: no amount", with(approve.clone(), json!({ "amount": null }))),
        ("claim review: an amount of a rejection", with(approve.clone(), json!({ "decision": "reject" }))),
        ("claim review: nothing granted", with(approve.clone(), amount(0, "EUR"))),
        ("claim review: less than nothing", with(approve.clone(), amount(-1, "EUR"))),
        ("claim review: more than the fee", with(approve.clone(), amount(49_901, "EUR"))),
        ("claim review: another currency", with(approve.clone(), amount(100, "JPY"))),
        ("claim review: the customer's own", with(approve.clone(), json!({ "by": "acme" }))),
        ("claim review: of uptime", review_claim(&claim_id("unknown", "uptime", 1), Some(100))),
        ("claim review: approved already", review_claim(&claim_id("breached", "uptime", 1), None)),
        ("claim review: the month is open", review_claim(&held, None)),
        ("statement review: no such service", review_statement("nothing", "met")),
        ("statement review: the month is open", with(unknown.clone(), json!({ "month": "2026-07" }))),
        ("statement review: nothing is unknown", review_statement("kept", "met")),
        ("statement review: breached without doubt", review_statement("breached", "breached")),
        ("statement review: too few seconds", with(unknown.clone(), json!({ "down_s": -1 }))),
        ("statement review: too many seconds", with(unknown.clone(), json!({ "down_s": 601 }))),
        ("statement review: breached by nothing", with(unknown.clone(), json!({ "down_s": 0 }))),
        ("statement review: met with downtime", review_statement("partly", "met")),
        ("statement review: the customer's own", with(unknown.clone(), json!({ "by": "acme" }))),
        ("restatement: no such service", restate_month("nothing")),
        ("restatement: the month is open", with(restate_month("kept"), json!({ "month": "2026-07" }))),
        ("restatement: no reason", with(restate_month("kept"), json!({ "reason": "" }))),
        ("invoice: too far ahead", mark_invoiced("2026-09")),
        ("invoice: no month", mark_invoiced("summer")),
        ("list: no such state", json!({ "command": "list_claims", "state": "lapsed" })),
        ("list: no customer's id", json!({ "command": "list_claims", "customer_id": "a b" })),
    ];
    let before = world.dump().unwrap();
    let mut refusals = String::new();
    for (tried, command) in refused {
        refusals += &format!("{tried}\n    {}\n", run(&world, command).await.expect_err(tried));
    }
    insta::assert_snapshot!(refusals);
    assert_eq!(before.difference(&world.dump().unwrap()), "", "a refusal changes nothing");
}

#[tokio::test]
async fn claims_are_listed_by_customer_and_state_as_they_are_now() {
    let world = every_course(CLOSED).await;
    seed(&world, &[short_june::service("theirs", "other", 5_000, "KWD")]).await;
    for (id, kind) in
        [("breached", "uptime"), ("kept", "uptime"), ("unknown", "uptime"), ("slow", "performance")]
    {
        done(&world, file_claim(id, kind)).await;
    }
    // It was registered in July: nothing is promised for June.
    let july = json!({ "customer_id": "other", "month": "2026-07" });
    done(&world, with(file_claim("theirs", "uptime"), july)).await;
    done(&world, review_statement("unknown", "breached")).await;
    let mut lists = String::new();
    for filter in [
        json!({}),
        json!({ "customer_id": "acme" }),
        json!({ "customer_id": "other" }),
        json!({ "customer_id": "nobody" }),
        json!({ "state": "held" }),
        json!({ "state": "approved" }),
        json!({ "state": "rejected" }),
        json!({ "state": "review" }),
        json!({ "customer_id": "acme", "state": "approved" }),
        json!({ "customer_id": "other", "state": "approved" }),
    ] {
        lists += &format!("{filter}\n{}\n", listed(&world, filter.clone()).await);
    }
    insta::assert_snapshot!(lists);
}

#[tokio::test]
async fn lists_of_claims_are_paged_and_complete_and_a_page_reads_hardly_more_than_it_lists() {
    let world = World::at(START).await.unwrap();
    let mut events = vec![short_june::customer("acme")];
    for nth in 0..103 {
        let id = format!("svc-{nth}");
        let claims = ["uptime", "performance"].map(|kind| desk(file_claim(&id, kind)));
        events.push(short_june::service(&id, "acme", 100, "EUR"));
        events.extend(claims);
    }
    world.seed_unsent(&events).await.unwrap();
    let reads = Reads::default();
    let process = world.process(Arc::new(reads.clone())).unwrap();
    for filter in [json!({}), json!({ "customer_id": "acme" }), json!({ "state": "held" })] {
        let mut command = with(json!({ "command": "list_claims" }), filter);
        let (mut ids, mut lengths) = (Vec::new(), Vec::new());
        loop {
            let page = process.invoke_alone("run-desk", command.to_string().as_bytes()).await.unwrap();
            let read: usize =
                reads.take().into_iter().filter(|(sk, _)| sk.contains("claim:")).map(|(_, n)| n).sum();
            assert!(read < 200, "{read} claims are read for {command}");
            let claims = page["claims"].as_array().unwrap();
            ids.extend(claims.iter().map(|claim| claim["claim_id"].as_str().unwrap().to_owned()));
            lengths.push(claims.len());
            match page.get("next") {
                Some(next) => command["after"] = next.clone(),
                None => break,
            }
        }
        assert_eq!(lengths, [100, 100, 6]);
        assert!(ids.is_sorted_by(|a, b| a < b), "each claim once, in order");
    }
}

#[tokio::test]
async fn a_credit_is_billed_after_the_last_invoiced_month_and_paid_out_if_none_follows() {
    let services = [("first", Course::Breached), ("second", Course::Breached), ("ended", Course::Breached)];
    let world = june(&services, CLOSED).await.unwrap();
    done(&world, file_claim("first", "uptime")).await;
    assert_eq!(done(&world, mark_invoiced("2026-07")).await, json!({ "invoiced": "2026-07" }));
    // Marking an earlier month later takes nothing back.
    done(&world, mark_invoiced("2026-06")).await;
    done(&world, file_claim("second", "uptime")).await;
    let end = json!({ "command": "terminate_service", "service_id": "ended", "at": "2026-07-31T00:00:00Z" });
    done(&world, end).await;
    done(&world, file_claim("ended", "uptime")).await;
    insta::assert_snapshot!(ledger(&world).await, @r"
    credit:2026-06:uptime:e87ba7a0b779d8b7:1 ended approved 12475 EUR, on no bill, revision 1
    credit:2026-06:uptime:a7937b64b8caa58f:1 first approved 12475 EUR, billed 2026-07, revision 1
    credit:2026-06:uptime:16367aacb67a4a01:1 second approved 12475 EUR, billed 2026-08, revision 1
    ");
}

#[tokio::test]
async fn a_credit_that_waits_for_a_bill_is_paid_out_when_its_service_ends() {
    let world = june(&[("ended", Course::Breached)], CLOSED).await.unwrap();
    done(&world, mark_invoiced("2026-07")).await;
    done(&world, file_claim("ended", "uptime")).await;
    let end = json!({ "command": "terminate_service", "service_id": "ended", "at": "2026-07-31T00:00:00Z" });
    done(&world, end).await;
    world.advance_to("2026-07-31T00:00:00Z").unwrap();
    for _ in 0..2 {
        seed(&world, &[short_june::sweep()]).await;
    }
    insta::assert_snapshot!(ledger(&world).await, @r"
    credit:2026-06:uptime:e87ba7a0b779d8b7:1 ended approved 12475 EUR, billed 2026-08, revision 1
    credit:2026-06:uptime:e87ba7a0b779d8b7:2 ended reversal -12475 EUR, billed 2026-08, revision 1, reverses credit:2026-06:uptime:e87ba7a0b779d8b7:1
    credit:2026-06:uptime:e87ba7a0b779d8b7:3 ended approved 12475 EUR, on no bill, revision 1
    ");
}

#[tokio::test]
async fn a_held_claim_to_a_month_that_is_not_provided_after_all_is_decided() {
    let world = june(&[("ended", Course::Kept)], CLOSED).await.unwrap();
    done(&world, with(file_claim("ended", "uptime"), json!({ "month": "2026-07" }))).await;
    let end = json!({ "command": "terminate_service", "service_id": "ended", "at": "2026-07-01T00:00:00Z" });
    done(&world, end).await;
    seed(&world, &[short_june::sweep()]).await;
    insta::assert_snapshot!(listed(&world, json!({})).await, @"ended uptime: rejected not_found, amount -, in time true, until -, revision -, decisions 1");
}
