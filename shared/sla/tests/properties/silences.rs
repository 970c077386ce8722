//! Silence by probe: what a probe has of its own is fixed with its first accepted checks, moves nothing but that
//! probe, and is announced when it says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sla::assessment::{Announcements, Fact, Knowledge, assess};
use sla::{Check, Inputs, OwnSilence, OwnSilences, ProbeId, Status, TermsBook, canonical_json};

use crate::model;
use crate::month::shuffled;
use crate::world::{World, dense_world, probe_id, silences, world};

/// A check's probe, and what it states of a silence.
type Stated = (usize, Option<Option<u32>>);

/// Batches of first and later checks.
fn batches() -> impl Strategy<Value = Vec<Vec<Stated>>> {
    let silence = prop_oneof![Just(None), Just(Some(0)), Just(Some(90)), Just(Some(7200))];
    let stated = (0_usize..3, prop::option::of(silence));
    prop::collection::vec(prop::collection::vec(stated, 1..4), 1..6)
}

/// Returns what is fixed once all batches have come, in their order.
fn fixed(batches: &[Vec<Stated>]) -> OwnSilences {
    let (mut own, mut known) = (OwnSilences::default(), BTreeSet::new());
    for batch in batches {
        let mut stated = OwnSilences::default();
        for (probe, silence) in batch {
            if let Some(silence) = silence {
                stated.state(&probe_id(*probe), OwnSilence::after(*silence));
            }
        }
        for (probe, _) in batch {
            let is_known = !known.insert(*probe);
            own.fix(&probe_id(*probe), is_known, &stated);
        }
    }
    own
}

fn any_world() -> impl Strategy<Value = World> {
    prop_oneof![world(), dense_world()]
}

/// Returns the last slot of each probe with a check, and the worst status of its checks.
fn last_reports(world: &World) -> BTreeMap<ProbeId, (i64, Status)> {
    let slot_s = world.service.resolution_s.seconds();
    let mut last: BTreeMap<ProbeId, (i64, Status)> = BTreeMap::new();
    for check in &world.checks {
        let end = check.until.unwrap_or(check.checked_at).epoch_s() / slot_s * slot_s;
        let known = last.entry(check.probe.clone()).or_insert((end, check.status));
        if end >= known.0 {
            *known = (end, if end == known.0 { check.status.max(known.1) } else { check.status });
        }
    }
    // A longer check may cover the last slot of another one.
    for check in &world.checks {
        let known = last.get_mut(&check.probe).unwrap();
        let from = check.checked_at.epoch_s() / slot_s * slot_s;
        let end = check.until.unwrap_or(check.checked_at).epoch_s() / slot_s * slot_s;
        if (from..=end).contains(&known.0) {
            known.1 = check.status.max(known.1);
        }
    }
    last
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn the_first_checks_of_a_probe_fix_its_silence_in_whatever_order_they_come(
        batches in batches(), later in batches(), seed in any::<u64>(),
    ) {
        let own = fixed(&batches);
        for (nth, probe) in (0..3).map(|nth| (nth, probe_id(nth))) {
            let first = batches.iter().find(|batch| batch.iter().any(|(own, _)| *own == nth));
            let stated = first.into_iter().flatten().filter(|(own, _)| *own == nth);
            // The shortest of those that come together, and for ever is the longest.
            let expect = stated.filter_map(|(_, silence)| *silence).min_by_key(|s| s.map_or(u64::MAX, u64::from));
            prop_assert_eq!(own.of(&probe).map(OwnSilence::max_silence_s), expect);
        }
        let reordered: Vec<_> = batches.iter().map(|batch| shuffled(batch, seed)).collect();
        prop_assert_eq!(&fixed(&reordered), &own);
        let all = fixed(&[batches.clone(), later].concat());
        for probe in batches.iter().flatten().map(|(nth, _)| probe_id(*nth)) {
            prop_assert_eq!(all.of(&probe), own.of(&probe), "a later change is for probes to come");
        }
    }

    #[test]
    fn a_silence_of_its_own_that_is_its_services_changes_no_figure(world in any_world()) {
        let same = OwnSilence::after(world.service.max_silence_s);
        let stated = World { silences: (0..3).map(|nth| (probe_id(nth), same)).collect(), ..world.clone() };
        let (mut stated, mut absent) =
            (stated.inputs().statement().unwrap(), World { silences: Default::default(), ..world }.inputs().statement().unwrap());
        for statement in stated.iter_mut().chain(&mut absent) {
            statement.carried_for_ever = None;
            statement.digest.clear();
        }
        prop_assert_eq!(stated, absent);
    }

    #[test]
    fn a_probes_silence_is_read_back_from_the_inputs_and_absent_where_it_has_none(world in any_world()) {
        let inputs = world.inputs();
        let json = serde_json::to_value(&inputs).unwrap();
        for (timeline, written) in inputs.probes.iter().zip(json["probes"].as_array().unwrap()) {
            let own = world.silences.of(&timeline.probe);
            let expect = own.map(|own| own.max_silence_s().map_or(serde_json::Value::Null, Into::into));
            prop_assert_eq!(written.get("max_silence_s").cloned(), expect);
        }
        let read: Inputs = serde_json::from_value(json).unwrap();
        prop_assert_eq!(canonical_json(&read.statement().unwrap()).unwrap(), canonical_json(&inputs.statement().unwrap()).unwrap());
        prop_assert_eq!(read, inputs);
    }

    #[test]
    fn a_statement_names_the_probes_that_speak_for_ever_by_themselves(world in any_world()) {
        let Some(statement) = world.inputs().statement().unwrap() else { return Ok(()) };
        let named = statement.carried_for_ever.map_or(Vec::new(), |named| named.probes);
        prop_assert!(named.is_sorted() && named.iter().all(|probe| world.silences.of(probe) == Some(OwnSilence::NEVER)));
        let slot = |check: &Check| world.service.resolution_s.slot(check.checked_at);
        for check in world.checks.iter().filter(|check| world.silences.of(&check.probe) == Some(OwnSilence::NEVER)) {
            // Of two checks in a slot a `down` stays, so this one speaks.
            if check.status == Status::Down && statement.period.contains(slot(check)) {
                prop_assert!(named.contains(&check.probe), "{} speaks at {}", check.probe, check.checked_at);
            }
        }
        for probe in &named {
            let mut own = world.checks.iter().filter(|check| check.probe == *probe);
            prop_assert!(own.any(|check| slot(check) < statement.period.end), "{probe} is silent until then");
        }
        let json = serde_json::to_value(World { silences: Default::default(), ..world }.inputs().statement().unwrap()).unwrap();
        prop_assert_eq!(json.get("carried_for_ever"), None, "or every digest would change");
    }

    #[test]
    fn a_probe_is_silent_from_the_first_slot_for_which_its_own_silence_lets_nothing_speak(
        world in any_world(), own in silences(), later_s in 0_i64..9000,
    ) {
        let service = sla::Service { terminated_at: None, ..world.service.clone() };
        let world = World { service, silences: own, voids: Vec::new(), ..world };
        let last = last_reports(&world);
        let latest = last.values().map(|(slot, _)| *slot).max();
        let Some(latest) = latest else { return Ok(()) };
        let now = sla::Instant::from_epoch_s(latest + later_s);
        let announcements = Announcements::nothing(&world.service);
        let from = announcements.open_from.start(world.service.time_zone);
        let knowledge = Knowledge {
            service: &world.service,
            terms: &TermsBook::new(vec![]),
            probes: &world.timelines(&world.checks, from),
            windows: &[],
            voids: &[],
            now,
        };
        let assessment = assess(&knowledge, &announcements, 10_000).unwrap();
        let mut silent: BTreeMap<ProbeId, i64> = BTreeMap::new();
        for fact in assessment.facts {
            if let Fact::Silent(silence) = fact {
                silent.insert(silence.probe.unwrap(), silence.since.epoch_s());
            }
        }
        let slot_s = world.service.resolution_s.seconds();
        let mut expect: BTreeMap<ProbeId, i64> = BTreeMap::new();
        let mut next: Option<i64> = None;
        for (probe, (slot, status)) in last {
            if status == Status::Unknown {
                continue;
            }
            // Slot by slot, up to more than a day after now.
            let mut after = (1..=(now.epoch_s() - slot) / slot_s + 200_000 / slot_s).map(|nth| slot + nth * slot_s);
            let Some(since) = after.find(|later| !model::speaks(&world, probe.as_str(), slot, *later)) else { continue };
            if since <= now.epoch_s() {
                expect.insert(probe, since);
            } else {
                next = Some(next.map_or(since, |known: i64| known.min(since)));
            }
        }
        prop_assert_eq!(silent, expect);
        if let Some(next) = next {
            let due_at = assessment.due_at.map(sla::Instant::epoch_s);
            prop_assert!(due_at.is_some_and(|due_at| due_at <= next), "{due_at:?} {next}: else nobody looks");
        }
    }
}
