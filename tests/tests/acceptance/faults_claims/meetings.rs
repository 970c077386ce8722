//! Two events at a time, their SDK calls in every order: each order ends as one event after the other does. A
//! condition treated as true must be noticed wherever it guards something.

use std::pin::Pin;

use acceptance::faults::{Delivery, FaultError, Scenario, interleaved, runtime};
use acceptance::short_june::{approve_exclusion, daily, export, raise_exclusion};
use aws_sdk_dynamodb::types::AttributeValue;
use nines::system::{System, TABLE};
use outcome::Failure;
use serde_json::Value;
use sla::claim::{Claim, ClaimState, Rejection};
use table::WantedClaims;

use super::*;

/// The table's two conditions: an item is as it was read, or is new.
const AS_READ: &str = "version = :read";
const NEW: &str = "attribute_not_exists(PK)";

type Fit<'a> = &'a dyn Fn(&World) -> Result<(), String>;

fn scenario(world: World, events: [Event; 2]) -> Scenario {
    Scenario::new(world, events.to_vec())
}

/// Tries two events in every order: the books fit each time, and `fit` finds no fault. Then treats each
/// condition as true: those in `guards` are noticed.
#[track_caller]
fn meet(scenario: &Scenario, fit: Fit<'_>, guards: &[&str]) {
    let all_fit = |world: &World| books_fit(world).and_then(|()| fit(world));
    let report = interleaved(scenario, all_fit).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert!(report.schedules > 2, "the two never meet: {report}");
    for condition in [AS_READ, NEW] {
        let weakened = Scenario { weakened: Some(condition.to_owned()), ..scenario.clone() };
        let told = match interleaved(&weakened, all_fit) {
            Err(FaultError::Differs { .. } | FaultError::Unfit { .. } | FaultError::Refused { .. }) => true,
            Ok(_) => false,
            Err(error) => panic!("without `{condition}`: {error}"),
        };
        assert_eq!(told, guards.contains(&condition), "without `{condition}`");
    }
}

fn fits(_: &World) -> Result<(), String> {
    Ok(())
}

/// Returns the world after some more events, with books that fit.
fn then(world: &World, now: &str, events: &[Event]) -> Result<World, String> {
    let world = world.fork().map_err(|e| e.to_string())?;
    world.advance_to(now).map_err(|e| e.to_string())?;
    let ended = async { world.seed(events).await };
    runtime().map_err(|e| e.to_string())?.block_on(ended).map_err(|e| e.to_string())?;
    books_fit(&world)?;
    Ok(world)
}

fn claims(world: &World) -> Vec<Claim> {
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let listed = async { process.directory().claims(&WantedClaims::default(), 100).await };
    runtime().unwrap().block_on(listed).unwrap()
}

/// Checks the state and the reason of the only claim.
fn is(world: &World, expected: (ClaimState, Option<Rejection>)) -> Result<(), String> {
    let states: Vec<_> = claims(world).iter().map(|claim| (claim.state, claim.reason)).collect();
    if states == [expected] { Ok(()) } else { Err(format!("the claims are {states:?}")) }
}

fn is_approved(world: &World) -> Result<(), String> {
    is(world, (ClaimState::Approved, None))
}

/// Returns the fan-out of the outbox and the daily run.
fn night() -> [Event; 2] {
    [Event::new("send-notices", json!({ "sweep": true })), daily()]
}

/// Delivers an event; a refusal counts as an answer, since the second of two may be refused.
fn refusable<'a>(
    process: &'a System,
    event: &'a Event,
) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>> {
    Box::pin(async move {
        match process.invoke_alone(event.function, event.payload.to_string().as_bytes()).await {
            Err(failure) if !failure.is_fault() => Ok(json!({ "refused": failure.message() })),
            other => other,
        }
    })
}

#[test]
fn a_claim_meets_the_approval_of_an_exclusion() {
    let events = || [claimed(UPTIME), desk(approve_exclusion())];
    let excluded = (ClaimState::Rejected, Some(Rejection::Excluded));
    let world = after(Course::Breached, CLOSED, &[desk(raise_exclusion("api"))]);
    let after_the_night = |world: &World| is(&then(world, "2026-07-02T03:00:00Z", &night())?, excluded);
    // The two write no common item: the night brings them together.
    meet(&scenario(world, events()), &after_the_night, &[]);
    let world = after(Course::Breached, TOLD, &[desk(raise_exclusion("api"))]);
    let after_the_close = |world: &World| {
        let send = Event::new("send-notices", json!({ "sweep": true }));
        is(&then(world, CLOSED, &[send, close("api")])?, excluded)
    };
    meet(&scenario(world, events()), &after_the_close, &[]);
}

#[test]
fn a_claim_meets_the_close_of_its_month() {
    let world = unclosed(Course::Breached, &[]);
    meet(&scenario(world, [claimed(UPTIME), close("api")]), &is_approved, &[AS_READ]);
}

#[test]
fn a_claim_meets_a_restatement() {
    let world = after(Course::Breached, CLOSED, &[late_outage()]);
    meet(&scenario(world, [claimed(UPTIME), desk(restate_month("api"))]), &is_approved, &[AS_READ]);
    let world = after(Course::Breached, CLOSED, &[late_outage()]);
    meet(&scenario(world, [claimed(UPTIME), daily()]), &is_approved, &[AS_READ]);
}

#[test]
fn the_approval_of_a_claim_meets_a_restatement_that_leaves_less_of_the_fee() {
    let events = [claimed(UPTIME), claimed(PERFORMANCE), late_outage()];
    let world = after(Course::SlowAndBreached, CLOSED, &events);
    // The whole rest of the fee; after the restatement less is left, and the approval is refused or cut.
    let approval = desk(review_claim(&claim_id(PERFORMANCE), Some(37_425)));
    let delivery: Delivery = refusable;
    let scenario = Scenario { delivery, ..scenario(world, [approval, desk(restate_month("api"))]) };
    meet(&scenario, &fits, &[AS_READ]);
}

#[test]
fn two_people_review_a_claim_and_one_of_them_is_refused() {
    let world = after(Course::Slow, CLOSED, &[claimed(PERFORMANCE)]);
    let review = |granted| desk(review_claim(&claim_id(PERFORMANCE), granted));
    let delivery: Delivery = refusable;
    let scenario = Scenario { delivery, ..scenario(world, [review(Some(10_000)), review(Some(20_000))]) };
    meet(&scenario, &is_approved, &[AS_READ]);
}

#[test]
fn the_review_of_a_statement_meets_a_restatement() {
    let found = checks(&[check("api", "2026-06-30T23:05:00Z", "up")]);
    let world = after(Course::Unknown, CLOSED, &[claimed(UPTIME), found]);
    let events = [desk(review_statement("api", "breached")), desk(restate_month("api"))];
    meet(&scenario(world, events), &fits, &[AS_READ]);
}

#[test]
fn an_export_meets_a_restatement_and_holds_all_of_it_or_nothing() {
    let world = after(Course::Breached, CLOSED, &[claimed(UPTIME), late_outage()]);
    let scenario = scenario(world, [export(), desk(restate_month("api"))]);
    // A restatement is exported whole, or not at all until the next revision: its mark stays.
    let report = interleaved(&scenario, fits).unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert!(report.schedules > 2, "{report}");
}

/// Delivers a command; once a month is marked as invoiced, its bills are final.
fn with_bills<'a>(
    process: &'a System,
    event: &'a Event,
) -> Pin<Box<dyn Future<Output = Result<Value, Failure>> + 'a>> {
    Box::pin(async move {
        let answer = process.invoke_alone(event.function, event.payload.to_string().as_bytes()).await?;
        if event.payload["command"] == "mark_invoiced" {
            write_bills(process, &event.payload["month"]).await.map_err(Failure::unexpected)?;
        }
        Ok(answer)
    })
}

async fn write_bills(process: &System, month: &Value) -> Result<(), String> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let client = process.dynamodb();
    let entries = client.query().table_name(TABLE).consistent_read(true);
    let entries = entries.key_condition_expression("PK = :pk");
    let entries = entries.expression_attribute_values(":pk", text("SERVICE#api"));
    let found = entries.send().await.map_err(|e| e.to_string())?;
    let bodies = found.items().iter().filter_map(|item| item.get("body")?.as_s().ok());
    let billed: Vec<String> =
        bodies.filter(|body| is_billed(body, month)).map(|body| credit_of(body)).collect();
    let bills = client.put_item().table_name(TABLE).item("PK", text("BILLS")).item("SK", text("-"));
    let bills = bills.item("credits", text(&billed.join(" ")));
    bills.send().await.map(drop).map_err(|e| e.to_string())
}

fn is_billed(body: &str, month: &Value) -> bool {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    body.get("credit_id").is_some() && body.get("billing_month") == Some(month)
}

fn credit_of(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    body["credit_id"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_credit_never_lands_on_a_month_whose_bills_are_out() {
    let world = after(Course::Breached, CLOSED, &[]);
    let delivery: Delivery = with_bills;
    let scenario =
        Scenario { delivery, ..scenario(world, [claimed(UPTIME), desk(mark_invoiced("2026-07"))]) };
    let on_its_bill = |world: &World| {
        let dump = world.dump().map_err(|e| e.to_string())?;
        let bills = dump.0.get("item BILLS -").map(ToString::to_string).unwrap_or_default();
        let july = json!("2026-07");
        let bodies = dump.0.values().filter_map(|item| item.pointer("/body/S")?.as_str());
        let billed: Vec<String> = bodies.filter(|body| is_billed(body, &july)).map(credit_of).collect();
        match billed.iter().find(|credit_id| !bills.contains(*credit_id)) {
            None => is_approved(world),
            Some(credit_id) => Err(format!("{credit_id} is on no bill")),
        }
    };
    meet(&scenario, &on_its_bill, &[NEW]);
    // With a month invoiced before, the version of the mark decides.
    let world = after(Course::Breached, CLOSED, &[desk(mark_invoiced("2026-06"))]);
    meet(&Scenario { world, ..scenario }, &on_its_bill, &[AS_READ]);
}

#[test]
fn a_claim_meets_one_from_a_ticket_and_one_of_them_is_the_first() {
    for now in [TOLD, CLOSED] {
        let world = after(Course::Breached, now, &[tickets(&[ticket_opening(TOLD)])]);
        let by_ticket = tickets(&[ticket_claim("e1", TOLD, "api")]);
        meet(&scenario(world, [claimed(UPTIME), by_ticket]), &fits, &[AS_READ]);
    }
}

#[test]
fn a_claim_meets_the_sweep_that_reminds_and_the_one_that_lets_lapse() {
    let late = (ClaimState::Rejected, Some(Rejection::Late));
    for (now, state) in [(LATE, late), (REMINDED, (ClaimState::Approved, None))] {
        let world = after(Course::Breached, now, &[]);
        // The last writer sets the next look; another look finds nothing to announce.
        let decided = |world: &World| {
            is(world, state)?;
            let looked = then(world, now, &[sweep()])?;
            let notices = |world: &World| {
                let dump = world.dump().map_err(|e| e.to_string())?;
                Ok::<_, String>(dump.0.keys().filter(|name| name.contains(" NOTICE#")).count())
            };
            if notices(world)? == notices(&looked)? {
                Ok(())
            } else {
                Err("something was left unsaid".to_owned())
            }
        };
        let scenario = Scenario {
            ignored_holdings: &["item SERVICE#api STANDING"],
            ..scenario(world, [sweep(), claimed(UPTIME)])
        };
        // No condition is weakened: it guards the standing here, which is not compared.
        let all_fit = |world: &World| books_fit(world).and_then(|()| decided(world));
        let report = interleaved(&scenario, all_fit).unwrap_or_else(|error| panic!("{error}"));
        println!("{report}");
        assert!(report.schedules > 2, "{report}");
    }
}
