//! Random claims, exclusions, reviews, restatements, invoices and exports, in any order, over the real
//! handlers: in the end the ledger is the sum over the export's revisions and over their manifests, in each
//! currency.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use acceptance::faults::runtime;
use acceptance::short_june::{
    Course, START, TOLD, check, checks, customer, daily, desk, export, file_claim, mark_invoiced,
    raise_exclusion, restate_month, review_claim, review_statement, service, sweep, ticket_claim,
    ticket_opening, tickets, with,
};
use acceptance::world::{Event, World};
use nines::measure::invariants::{self, books};
use nines::stand_ins::wire::OpenPassage;
use nines::system::System;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use serde_json::{Value, json};
use sla::{ClaimId, Instant, Month};

/// The number of stories.
const CASES: u32 = 8;
/// The most acts of a story.
const ACTS_MAX: usize = 12;
/// The services, with the course of June and the fee of each.
const SERVICES: [(&str, Course, u64, &str); 3] = [
    ("eur", Course::Breached, 49_900, "EUR"),
    ("jpy", Course::PartlyUnknown, 70_001, "JPY"),
    ("kwd", Course::SlowAndBreached, 5_005, "KWD"),
];

/// An act of a story.
#[derive(Clone, Debug)]
enum Act {
    Claim { service: usize, performance: bool },
    ClaimByTicket { service: usize },
    Report { service: usize, minute: i64, status: &'static str },
    Exclude { service: usize, minute: i64 },
    Withdraw,
    ReviewStatement { service: usize, breached: bool },
    ReviewClaim { service: usize, minor: Option<u64> },
    Restate { service: usize },
    Invoice { month: &'static str },
    Pass { hours: i64 },
    Close,
    Night,
    Export,
}

/// Generates acts; those that make or take back credits come more often.
fn acts() -> impl Strategy<Value = Vec<Act>> {
    let of = || 0..SERVICES.len();
    let status = prop::sample::select(vec!["up", "down", "unknown"]);
    let months = prop::sample::select(vec!["2026-06", "2026-07"]);
    let act = prop_oneof![
        4 => (of(), any::<bool>()).prop_map(|(service, performance)| Act::Claim { service, performance }),
        1 => of().prop_map(|service| Act::ClaimByTicket { service }),
        4 => (of(), 0..120_i64, status)
            .prop_map(|(service, minute, status)| Act::Report { service, minute, status }),
        2 => (of(), 50..70_i64).prop_map(|(service, minute)| Act::Exclude { service, minute }),
        1 => Just(Act::Withdraw),
        2 => (of(), any::<bool>()).prop_map(|(service, breached)| Act::ReviewStatement { service, breached }),
        2 => (of(), prop::option::weighted(0.8, 1..6_000_u64))
            .prop_map(|(service, minor)| Act::ReviewClaim { service, minor }),
        3 => of().prop_map(|service| Act::Restate { service }),
        1 => months.prop_map(|month| Act::Invoice { month }),
        2 => prop::sample::select(vec![1_i64, 25, 150]).prop_map(|hours| Act::Pass { hours }),
        3 => Just(Act::Close),
        2 => Just(Act::Night),
        3 => Just(Act::Export),
    ];
    prop::collection::vec(act, 4..=ACTS_MAX)
}

/// A story in progress.
struct Story {
    world: World,
    process: System,
    now: Instant,
    exclusions: usize,
}

impl Story {
    /// Carries out an act. A refusal counts as an answer; a fault does not.
    async fn go_on(&mut self, nth: usize, act: &Act) {
        for event in self.events(nth, act) {
            let payload = event.payload.to_string();
            if let Err(failure) = Box::pin(self.process.invoke(event.function, payload.as_bytes())).await {
                assert!(!failure.is_fault(), "{event:?}: {}", failure.message());
            }
        }
    }

    fn events(&mut self, nth: usize, act: &Act) -> Vec<Event> {
        let id = |service: usize| SERVICES[service].0;
        match act {
            Act::Claim { service, performance } => {
                vec![desk(file_claim(id(*service), if *performance { "performance" } else { "uptime" }))]
            }
            Act::ClaimByTicket { service } => {
                let ticket = json!({ "ticket_id": format!("T-{nth}") });
                let event = |event: Value| with(event, ticket.clone());
                let at = self.now.to_string();
                vec![tickets(&[event(ticket_opening(&at)), event(ticket_claim("e1", &at, id(*service)))])]
            }
            Act::Report { service, minute, status } => {
                vec![checks(&[check(id(*service), &at_minute(*minute), status)])]
            }
            Act::Exclude { service, minute } => self.exclude(id(*service), *minute),
            Act::Withdraw => vec![desk(json!({
                "command": "withdraw_exclusion", "exclusion_id": format!("x-{}", self.exclusions), "by": "cyd",
                "note": "the report was wrong",
            }))],
            Act::ReviewStatement { service, breached } => {
                vec![desk(review_statement(id(*service), if *breached { "breached" } else { "met" }))]
            }
            Act::ReviewClaim { service, minor } => {
                let claim_id = ClaimId::nth(&id(*service).parse().unwrap(), june(), "performance", 1);
                let command = review_claim(claim_id.as_str(), *minor);
                let currency = SERVICES[*service].3;
                let amount = minor.map(|minor| json!({ "minor": minor, "currency": currency }));
                // Two reviews with the same words are one: each gets its own reason.
                vec![desk(with(command, json!({ "amount": amount, "reason": format!("reason {nth}") })))]
            }
            Act::Restate { service } => {
                let reason = json!({ "reason": format!("reason {nth}") });
                vec![desk(with(restate_month(id(*service)), reason))]
            }
            Act::Invoice { month } => vec![desk(mark_invoiced(month))],
            Act::Pass { hours } => {
                self.pass(*hours);
                vec![sweep()]
            }
            Act::Close => vec![close_all()],
            Act::Night => vec![daily(), sweep()],
            Act::Export => vec![export()],
        }
    }

    fn exclude(&mut self, service_id: &str, minute: i64) -> Vec<Event> {
        self.exclusions += 1;
        let exclusion_id = format!("x-{}", self.exclusions);
        let span = json!({
            "exclusion_id": exclusion_id, "starts_at": at_minute(minute), "ends_at": at_minute(minute + 5),
        });
        let approval = json!({
            "command": "decide_exclusion", "exclusion_id": exclusion_id, "decision": "approve",
            "decided_by": "bob", "note": "report verified",
        });
        vec![desk(with(raise_exclusion(service_id), span)), desk(approval)]
    }

    fn pass(&mut self, hours: i64) {
        self.now = self.now.plus_s(hours * 3600);
        self.world.advance_to(&self.now.to_string()).unwrap();
    }

    /// Brings everything to its end: closed, restated, lapsed and exported.
    async fn end(&mut self) {
        self.pass(20 * 24);
        let deadlines = Event::new("keep-deadlines", json!({ "sweep": true }));
        for event in [close_all(), daily(), sweep(), deadlines, export(), export()] {
            self.world.seed(&[event]).await.unwrap();
        }
    }
}

fn june() -> Month {
    "2026-06".parse().unwrap()
}

fn at_minute(minute: i64) -> String {
    START.parse::<Instant>().unwrap().plus_s(60 * minute).to_string()
}

fn close_all() -> Event {
    Event::new("close-month", json!({ "month": "2026-06" }))
}

/// A world in which June is nearly over, with each service on its course.
async fn beginning() -> World {
    let world = World::at(START).await.unwrap();
    world.seed(&[customer("acme")]).await.unwrap();
    for (id, _, fee_minor, currency) in SERVICES {
        world.seed(&[service(id, "acme", fee_minor, currency)]).await.unwrap();
    }
    world.advance_to(TOLD).unwrap();
    for (id, course, ..) in SERVICES {
        world.seed(&[checks(&course.checks(id))]).await.unwrap();
    }
    world
}

/// Amounts in minor units by currency and state.
type Sums = BTreeMap<(String, String), i64>;

/// Adds up the manifests of June, and the rows of its credits.
fn exported(world: &World) -> (Sums, Sums) {
    let (mut of_manifests, mut of_rows) = (Sums::new(), Sums::new());
    let folder = world.engines().objects().join("exports/month=2026-06");
    for revision in 1.. {
        let folder = folder.join(format!("revision={revision}"));
        let Ok(manifest) = std::fs::read(folder.join("manifest.json")) else { break };
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        for total in manifest["totals"].as_array().unwrap() {
            let text = |name: &str| total[name].as_str().unwrap().to_owned();
            *of_manifests.entry((text("currency"), text("state"))).or_default() +=
                total["minor"].as_i64().unwrap();
        }
        let mut rows = csv::Reader::from_path(folder.join("credits.csv")).unwrap();
        for row in rows.deserialize::<BTreeMap<String, String>>() {
            let row = row.unwrap();
            // Amounts have their currency's decimals: without the point they are minor units.
            let minor: i64 = row["amount"].replace('.', "").parse().unwrap();
            *of_rows.entry((row["currency"].clone(), row["state"].clone())).or_default() += minor;
        }
    }
    (of_manifests, of_rows)
}

/// Plays a story to its end; returns the number of ledger entries in each state.
async fn play(beginning: &World, acts: &[Act]) -> BTreeMap<&'static str, usize> {
    let world = beginning.fork().unwrap();
    let process = world.process(Arc::new(OpenPassage)).unwrap();
    let mut story = Story { world, process, now: TOLD.parse().unwrap(), exclusions: 0 };
    for (nth, act) in acts.iter().enumerate() {
        story.go_on(nth, act).await;
        assert_eq!(books::check_services(&story.process, june()).await.unwrap(), [""; 0], "after {act:?}");
    }
    story.end().await;
    assert_eq!(invariants::check(&story.process).await.unwrap(), [""; 0]);
    let (mut of_ledger, mut counts) = (Sums::new(), BTreeMap::new());
    for entry in story.process.ledger(june()).await.unwrap() {
        let group = (entry.currency.to_string(), entry.state.as_str().to_owned());
        *of_ledger.entry(group).or_default() += entry.amount_minor;
        *counts.entry(entry.state.as_str()).or_default() += 1;
    }
    let (of_manifests, of_rows) = exported(&story.world);
    assert_eq!((&of_manifests, &of_rows), (&of_ledger, &of_ledger));
    counts
}

#[test]
fn the_ledger_is_the_sum_over_the_exports_whatever_happens() {
    let runtime = runtime().unwrap();
    let beginning = runtime.block_on(beginning());
    let config =
        Config { cases: CASES, failure_persistence: None, max_shrink_iters: 16, ..Config::default() };
    let outcome = TestRunner::new(config).run(&acts(), |acts| {
        runtime.block_on(play(&beginning, &acts));
        Ok(())
    });
    if let Err(TestError::Fail(why, acts)) = outcome {
        panic!("{why}\nafter {acts:#?}");
    }
}

#[test]
fn a_ledger_with_every_kind_of_entry_is_the_sum_over_the_exports() {
    let runtime = runtime().unwrap();
    let beginning = runtime.block_on(beginning());
    // A credit that grows by two late minutes, one of a performance, and one that nobody claims.
    let acts = [
        Act::Claim { service: 0, performance: false },
        Act::Claim { service: 2, performance: true },
        Act::Pass { hours: 25 },
        Act::Close,
        Act::ReviewClaim { service: 2, minor: Some(1_001) },
        Act::Export,
        Act::Report { service: 0, minute: 80, status: "down" },
        Act::Invoice { month: "2026-07" },
        Act::Restate { service: 0 },
    ];
    let counts = runtime.block_on(play(&beginning, &acts));
    assert_eq!(counts, BTreeMap::from([("approved", 3), ("lapsed", 2), ("reversal", 1)]));
}
