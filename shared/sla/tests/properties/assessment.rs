//! Announcements depend on the facts alone: in the end they are the same in any order of arrival, and nothing
//! is announced twice.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sla::account::Account;
use sla::assessment::{Announcements, Assessment, Fact, Knowledge, assess};
use sla::availability::Verdict;
use sla::check::Check;
use sla::void::VoidSpan;
use sla::{Instant, Span, Status, TermsBook, Window};

use crate::month::shuffled;
use crate::world::{World, dense_world, world};

/// More facts than any world has at once.
const FACTS_MAX: usize = 10_000;

fn assess_once(
    world: &World,
    known: &Evidence<'_>,
    announcements: &Announcements,
    facts_max: usize,
) -> Assessment {
    let knowledge = Knowledge {
        service: &world.service,
        terms: &TermsBook::new(vec![]),
        probes: &world.timelines(known.checks, announcements.open_from.start(world.service.time_zone)),
        windows: known.windows,
        voids: known.voids,
        now: known.now,
    };
    assess(&knowledge, announcements, facts_max).unwrap()
}

/// The facts known at an instant.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    checks: &'a [Check],
    windows: &'a [Window],
    voids: &'a [VoidSpan],
    now: Instant,
}

/// Assesses in portions until nothing is left to announce.
fn assess_in_portions(
    world: &World,
    known: &Evidence<'_>,
    announcements: &Announcements,
    facts_max: usize,
) -> (Vec<Fact>, Announcements) {
    let (mut facts, mut announcements) = (Vec::new(), announcements.clone());
    loop {
        let portion = assess_once(world, known, &announcements, facts_max);
        assert!(portion.facts.len() <= facts_max);
        announcements = portion.announcements;
        if portion.facts.is_empty() {
            return (facts, announcements);
        }
        assert!(portion.facts.len() < facts_max || portion.due_at == Some(known.now), "more may be due");
        facts.extend(portion.facts);
    }
}

/// Returns the kind and the ids by which a fact's notice is recognised.
fn identity(fact: &Fact) -> String {
    match fact {
        Fact::OutageOpened { started_at, opening } => format!("opened {started_at} {opening}"),
        Fact::OutageClosed { started_at, ended_at, .. } => format!("closed {started_at} {ended_at}"),
        Fact::AtRisk(b) => format!("at risk {} {} {}", b.month, b.threshold_pct, b.episode),
        Fact::Breached(breach) => format!("breached {} {}", breach.month, breach.episode),
        Fact::BreachWithdrawn(breach) => format!("withdrawn {} {}", breach.month, breach.episode),
        Fact::WindowClosing(closing) => format!("window {} {}", closing.month, closing.claim_until),
        Fact::Silent(silence) => format!("silent {:?} {}", silence.probe, silence.since),
    }
}

/// Returns the announcements about months, without the count of repetitions.
fn of_months(facts: &[Fact]) -> BTreeSet<String> {
    let of_month = |fact: &Fact| match fact {
        Fact::AtRisk(budget) => Some(format!("{} at risk {}", budget.month, budget.threshold_pct)),
        Fact::Breached(breach) => Some(format!("{} breached", breach.month)),
        _ => None,
    };
    facts.iter().filter_map(of_month).collect()
}

/// Returns the close of the world's month: no statement speaks beyond it.
fn after_the_close(world: &World) -> Instant {
    world.service.closes_at(world.month, 24)
}

/// Lets the checks and windows arrive in batches; returns all facts and the final record.
fn live(world: &World, checks: &[Check], batches: usize, facts_max: usize) -> (Vec<Fact>, Announcements) {
    let close = after_the_close(world);
    let mut facts = Vec::new();
    let mut announcements = Announcements::nothing(&world.service);
    let mut now = world.service.activated_at;
    for batch in 1..=batches {
        let checks = &checks[..checks.len() * batch / batches];
        // Windows and voids come and go; in the end all stand.
        let come = batch * 7 % batches;
        let windows = &world.windows[..world.windows.len() * come / batches];
        let voids = &world.voids[..world.voids.len() * come / batches];
        let latest = checks.iter().map(|check| check.until.unwrap_or(check.checked_at)).max();
        now = latest.map_or(now, |latest| now.max(latest.plus_s(-200)).min(close));
        let (news, next) =
            assess_in_portions(world, &Evidence { checks, windows, voids, now }, &announcements, facts_max);
        facts.extend(news);
        announcements = next;
    }
    let known = Evidence { checks, windows: &world.windows, voids: &world.voids, now: close };
    let (news, announcements) = assess_in_portions(world, &known, &announcements, facts_max);
    facts.extend(news);
    (facts, announcements)
}

fn any_world() -> impl Strategy<Value = World> {
    prop_oneof![world(), dense_world()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn in_the_end_the_last_word_is_the_statements_verdict(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..8, facts_max in 1_usize..5,
    ) {
        let world = World { as_of: after_the_close(&world), ..world };
        let (facts, announcements) = live(&world, &shuffled(&world.checks, seed), batches, facts_max);
        let statement = world.inputs().statement().unwrap();
        let breached = statement.as_ref().is_some_and(|s| s.verdict == Verdict::Breached);
        prop_assert_eq!(announcements.breached(world.month), breached);
        let count = |is: fn(&Fact, sla::Month) -> bool| facts.iter().filter(|fact| is(fact, world.month)).count();
        let announced = count(|fact, month| matches!(fact, Fact::Breached(b) if b.month == month));
        let withdrawn = count(|fact, month| matches!(fact, Fact::BreachWithdrawn(b) if b.month == month));
        prop_assert_eq!(announced, withdrawn + usize::from(breached), "each episode is said once");
    }

    #[test]
    fn no_fact_is_said_twice(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..12, facts_max in 1_usize..5,
    ) {
        let (facts, announcements) = live(&world, &shuffled(&world.checks, seed), batches, facts_max);
        let mut identities = BTreeSet::new();
        for fact in &facts {
            prop_assert!(identities.insert(identity(fact)), "{} is said twice in {facts:#?}", identity(fact));
        }
        let (windows, voids) = (&world.windows, &world.voids);
        let known = Evidence { checks: &world.checks, windows, voids, now: after_the_close(&world) };
        let again = assess_once(&world, &known, &announcements, FACTS_MAX);
        prop_assert_eq!(again.facts, vec![]);
        prop_assert_eq!(again.announcements, announcements);
    }

    #[test]
    fn what_was_taken_back_is_said_again_as_if_nothing_had_been_said(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..8, facts_max in 1_usize..5,
    ) {
        let (_, announcements) = live(&world, &shuffled(&world.checks, seed), batches, facts_max);
        let (checks, windows, voids) = (&world.checks[..], &world.windows[..], &world.voids[..]);
        let known = Evidence { checks, windows, voids, now: after_the_close(&world) };
        let nothing_counts = [Window {
            starts_at: world.service.activated_at.plus_s(-60),
            ends_at: known.now.plus_s(100 * 86_400),
            kind: sla::WindowKind::ForceMajeure,
            id: "all".to_owned(),
        }];
        let (_, announcements) =
            assess_in_portions(&world, &Evidence { windows: &nothing_counts, ..known }, &announcements, facts_max);
        prop_assert!(!announcements.breached(world.month));
        let again = assess_in_portions(&world, &known, &announcements, facts_max).0;
        let fresh = assess_in_portions(&world, &known, &Announcements::nothing(&world.service), FACTS_MAX).0;
        prop_assert_eq!(of_months(&again), of_months(&fresh));
    }

    #[test]
    fn nothing_stands_of_a_service_that_ended_before_it_began(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..8, facts_max in 1_usize..5,
    ) {
        let (before, announcements) = live(&world, &shuffled(&world.checks, seed), batches, facts_max);
        let terminated_at = Some(world.service.activated_at);
        let ended = World { service: sla::Service { terminated_at, ..world.service.clone() }, ..world };
        let (windows, voids) = (&ended.windows[..], &ended.voids[..]);
        let known = Evidence { checks: &ended.checks, windows, voids, now: after_the_close(&ended) };
        let (after, announcements) = assess_in_portions(&ended, &known, &announcements, facts_max);
        let count = |facts: &[Fact], is: fn(&Fact) -> bool| facts.iter().filter(|fact| is(fact)).count();
        let breached = count(&before, |fact| matches!(fact, Fact::Breached(_)));
        let withdrawn = |facts: &[Fact]| count(facts, |fact| matches!(fact, Fact::BreachWithdrawn(_)));
        prop_assert_eq!(breached, withdrawn(&before) + withdrawn(&after));
        prop_assert_eq!(assess_once(&ended, &known, &announcements, FACTS_MAX).due_at, None);
    }

    #[test]
    fn portions_say_what_one_assessment_says(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..8, facts_max in 1_usize..5,
    ) {
        let checks = shuffled(&world.checks, seed);
        let (mut portions, said_in_portions) = live(&world, &checks, batches, facts_max);
        let (mut whole, announcements) = live(&world, &checks, batches, FACTS_MAX);
        prop_assert_eq!(said_in_portions, announcements);
        portions.sort_by_key(identity);
        whole.sort_by_key(identity);
        prop_assert_eq!(portions, whole);
    }

    #[test]
    fn every_outage_of_the_statement_was_opened_and_its_end_was_said(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..8,
    ) {
        let world = World { as_of: after_the_close(&world), ..world };
        let (facts, _) = live(&world, &shuffled(&world.checks, seed), batches, FACTS_MAX);
        let month = world.month.bounds(world.service.time_zone);
        for outage in world.inputs().statement().unwrap().into_iter().flat_map(|s| s.outages) {
            // An outage that continues into the next month ends there, and may have been announced there
            // first.
            if outage.ended_at >= month.end {
                continue;
            }
            let opened = facts.iter().any(|fact| {
                matches!(fact, Fact::OutageOpened { started_at, .. } if *started_at < outage.ended_at)
            });
            let closed = facts.iter().any(|fact| {
                matches!(fact, Fact::OutageClosed { ended_at, .. } if *ended_at == outage.ended_at)
            });
            prop_assert!(opened && closed, "{outage:?} in {facts:#?}");
        }
    }

    #[test]
    fn every_opening_has_an_end_unless_the_outage_goes_on(
        world in any_world(), seed in any::<u64>(), batches in 1_usize..8,
    ) {
        let (facts, _) = live(&world, &shuffled(&world.checks, seed), batches, FACTS_MAX);
        let ended: BTreeSet<Instant> = facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::OutageClosed { started_at, .. } => Some(*started_at),
                _ => None,
            })
            .collect();
        let open = facts
            .iter()
            .filter(|fact| matches!(fact, Fact::OutageOpened { started_at, .. } if !ended.contains(started_at)))
            .count();
        let now = after_the_close(&world);
        let slot = world.service.resolution_s.slot(now);
        let present = Span::new(slot, slot.plus_s(world.service.resolution_s.seconds()));
        let account = Account::of(&world.service, &world.inputs().probes, &[], &world.voids, present).unwrap();
        let over = world.service.terminated_at.is_some_and(|at| at <= now);
        let goes_on = !over && account.combined.iter().any(|stretch| stretch.status == Status::Down);
        prop_assert!(open <= usize::from(goes_on), "{open} left open in {facts:#?}");
    }

    #[test]
    fn nothing_is_said_before_it_is_due(world in any_world(), known_of in 0_usize..40, later_s in 0_i64..8000) {
        let checks = &world.checks[..known_of.min(world.checks.len())];
        let latest = checks.iter().map(|check| check.until.unwrap_or(check.checked_at)).max();
        let now = latest.unwrap_or(world.service.activated_at);
        let voids: Vec<VoidSpan> = world.voids.iter().filter(|void| void.ends_at <= now).cloned().collect();
        let known = Evidence { checks, windows: &world.windows, voids: &voids, now };
        let announcements = assess_in_portions(&world, &known, &Announcements::nothing(&world.service), FACTS_MAX).1;
        let due_at = assess_once(&world, &known, &announcements, FACTS_MAX).due_at;
        let later = due_at.map_or(now.plus_s(later_s), |due_at| now.plus_s(later_s).min(due_at.plus_s(-1)));
        let waited = assess_once(&world, &Evidence { now: later.max(now), ..known }, &announcements, FACTS_MAX);
        prop_assert_eq!(waited.facts, vec![]);
    }
}
