//! Claims, reviews, restatements, lapses, exports and invoices under every fault at every SDK call, and two
//! at a time in every order: one wins, the other goes on from the new state, and the books always fit.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

mod meetings;

use std::sync::Arc;

use acceptance::faults::{Report, Scenario, every, runtime};
use acceptance::short_june::{
    CLOSED, Course, LATE, REMINDED, TOLD, check, checks, close, desk, file_claim, june, mark_invoiced,
    restate_month, review_claim, review_statement, sweep, ticket_claim, ticket_opening, tickets,
};
use acceptance::world::{Event, World};
use nines::measure::invariants::books;
use nines::stand_ins::wire::OpenPassage;
use serde_json::json;
use sla::{ClaimId, Month};

/// The claim to the only service's uptime credit.
const UPTIME: &str = "uptime";
/// The claim to its performance credit.
const PERFORMANCE: &str = "performance";

fn month() -> Month {
    "2026-06".parse().unwrap()
}

fn claim_id(kind: &str) -> String {
    ClaimId::nth(&"api".parse().unwrap(), month(), kind, 1).to_string()
}

/// A world whose only service had this course in June, after some events.
fn after(course: Course, now: &str, events: &[Event]) -> World {
    let made = async {
        let world = june(&[("api", course)], now).await?;
        world.seed(events).await?;
        Ok::<_, acceptance::world::WorldError>(world)
    };
    runtime().unwrap().block_on(made).unwrap()
}

/// A world in which June is over, but not closed.
fn unclosed(course: Course, events: &[Event]) -> World {
    let world = after(course, TOLD, events);
    world.advance_to(CLOSED).unwrap();
    world
}

fn claimed(kind: &str) -> Event {
    desk(file_claim("api", kind))
}

/// Two more minutes of downtime, reported when June is closed.
fn late_outage() -> Event {
    checks(&[check("api", "2026-06-30T23:20:00Z", "down"), check("api", "2026-06-30T23:22:00Z", "up")])
}

fn keep_deadlines() -> Event {
    Event::new("keep-deadlines", json!({ "sweep": true }))
}

/// Returns the problems of June's books, if any, as an error.
fn books_fit(world: &World) -> Result<(), String> {
    let looked = async {
        let process = world.process(Arc::new(OpenPassage)).map_err(|e| e.to_string())?;
        books::check_services(&process, month()).await.map_err(|e| e.explain())
    };
    let problems = runtime().map_err(|e| e.to_string())?.block_on(looked)?;
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Tries every fault at every call of the events, one after the other, and each event twice.
#[track_caller]
fn survives(world: World, events: Vec<Event>) -> Report {
    survives_but(world, events, &[])
}

/// Does the same, ignoring some attributes.
#[track_caller]
fn survives_but(world: World, events: Vec<Event>, ignored_attributes: &'static [&'static str]) -> Report {
    let fair = world.fork().unwrap();
    runtime().unwrap().block_on(fair.seed_unsent(&events)).unwrap();
    books_fit(&fair).unwrap();
    match every(&Scenario { ignored_attributes, ..Scenario::new(world, events) }) {
        Ok(report) => {
            println!("{report}");
            // Every scenario writes at least once: five faults, and the event twice.
            assert!(report.schedules > 7, "{report}");
            report
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_claim_survives_every_fault_while_its_month_is_open() {
    survives(after(Course::Breached, TOLD, &[]), vec![claimed(UPTIME)]);
}

#[test]
fn a_claim_to_a_closed_month_survives_every_fault_and_credits_once() {
    let world = after(Course::Breached, CLOSED, &[]);
    let report = survives(world, vec![claimed(UPTIME)]);
    assert!(report.conditions.len() > 1, "the standing and the last invoiced month: {report:?}");
}

#[test]
fn a_late_claim_survives_every_fault() {
    survives(after(Course::Breached, LATE, &[sweep()]), vec![claimed(UPTIME)]);
}

#[test]
fn a_close_with_held_claims_survives_every_fault() {
    let world = unclosed(Course::SlowAndBreached, &[claimed(UPTIME), claimed(PERFORMANCE)]);
    survives(world, vec![close("api")]);
}

#[test]
fn a_claim_from_a_ticket_survives_every_fault_and_is_filed_in_the_end() {
    let claim = |service| tickets(&[ticket_claim("e1", TOLD, service)]);
    let open = || after(Course::Breached, TOLD, &[tickets(&[ticket_opening(TOLD)])]);
    // A process that dies between the event and its claim leaves the claim to the sweep.
    survives(open(), vec![claim("api"), keep_deadlines()]);
    survives(open(), vec![claim("nothing"), keep_deadlines()]);
    let closed = after(Course::Breached, CLOSED, &[tickets(&[ticket_opening(TOLD)])]);
    survives(closed, vec![claim("api"), keep_deadlines()]);
}

#[test]
fn a_review_of_a_statement_survives_every_fault() {
    for course in [Course::Unknown, Course::PartlyUnknown] {
        let world = after(course, CLOSED, &[claimed(UPTIME)]);
        survives(world, vec![desk(review_statement("api", "breached"))]);
    }
}

#[test]
fn a_review_of_a_claim_survives_every_fault() {
    let world = || after(Course::Slow, CLOSED, &[claimed(PERFORMANCE)]);
    for granted in [Some(10_000), None] {
        survives(world(), vec![desk(review_claim(&claim_id(PERFORMANCE), granted))]);
    }
}

#[test]
fn a_restatement_by_order_survives_every_fault_and_credits_the_difference_once() {
    let world = after(Course::Breached, CLOSED, &[claimed(UPTIME), late_outage()]);
    survives(world, vec![desk(restate_month("api"))]);
}

#[test]
fn marking_a_month_as_invoiced_survives_every_fault() {
    let world = after(Course::Breached, CLOSED, &[]);
    survives(world, vec![desk(mark_invoiced("2026-06")), desk(mark_invoiced("2026-07"))]);
}

#[test]
fn a_reminder_and_a_lapse_survive_every_fault_and_are_said_once() {
    for (now, told) in [(REMINDED, "claim.window_closing"), (LATE, "credit.lapsed")] {
        let world = after(Course::Breached, now, &[]);
        let swept = world.fork().unwrap();
        runtime().unwrap().block_on(swept.seed_unsent(&[sweep()])).unwrap();
        let dump = swept.dump().unwrap().to_string();
        assert!(dump.contains(told), "nothing is said at {now}");
        // After a lost response, a sweep may or may not have looked once more.
        survives_but(world, vec![sweep()], &["version"]);
    }
}
