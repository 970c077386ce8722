//! A void takes a broken probe's reports out of a month, adds nothing to it, and does not depend on order.

use proptest::prelude::*;
use sla::account::Account;
use sla::check::Check;
use sla::void::VoidSpan;
use sla::{Instant, Span, Status, canonical_json};

use crate::month::shuffled;
use crate::world::{World, dense_world, probe_id, world};

/// The slots of a world's month with their status, run by run.
fn runs(world: &World) -> Vec<(Span, Status)> {
    let Some(period) = world.service.period(world.month, world.as_of) else { return Vec::new() };
    let inputs = world.inputs();
    let account = Account::of(&world.service, &inputs.probes, &[], &inputs.voids, period).unwrap();
    account.combined.iter().map(|stretch| (stretch.span, stretch.status)).collect()
}

/// Returns the seconds with one status in one account of a month, and another in the other.
fn seconds_of(
    before: &[(Span, Status)],
    after: &[(Span, Status)],
    changes: fn(Status, Status) -> bool,
) -> i64 {
    let pairs = before.iter().flat_map(|b| after.iter().map(move |a| (b, a)));
    pairs.filter(|(b, a)| changes(b.1, a.1)).map(|(b, a)| b.0.intersect(a.0).length_s()).sum()
}

fn available(status: Status) -> bool {
    matches!(status, Status::Up | Status::Degraded)
}

fn always(probe: usize) -> VoidSpan {
    VoidSpan {
        id: format!("always-{probe}").parse().unwrap(),
        probe: probe_id(probe),
        starts_at: Instant::from_epoch_s(0),
        ends_at: Instant::from_epoch_s(4_102_444_800),
    }
}

fn any_world() -> impl Strategy<Value = World> {
    prop_oneof![world(), dense_world()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_void_makes_nothing_down(world in any_world()) {
        let before = runs(&World { voids: Vec::new(), ..world.clone() });
        let after = runs(&world);
        let newly_down = |before, after| before != Status::Down && after == Status::Down;
        prop_assert_eq!(seconds_of(&before, &after, newly_down), 0);
        let length = |runs: &[(Span, Status)]| runs.iter().map(|(span, _)| span.length_s()).sum::<i64>();
        prop_assert_eq!(length(&before), length(&after), "every slot is still accounted for");
    }

    #[test]
    fn a_void_of_the_only_probe_makes_nothing_up(world in any_world()) {
        let checks = world.checks.iter().map(|check| Check { probe: probe_id(0), ..check.clone() }).collect();
        let quorum_one = sla::Service { quorum: 1, ..world.service.clone() };
        let world = World { checks, service: quorum_one, ..world };
        let (before, after) = (runs(&World { voids: Vec::new(), ..world.clone() }), runs(&world));
        let newly_up = |before, after| !available(before) && available(after);
        prop_assert_eq!(seconds_of(&before, &after, newly_up), 0);
        for (span, status) in &after {
            for void in world.voids.iter().filter(|void| void.probe == probe_id(0)) {
                let own = world.service.resolution_s.slots_in(Span::new(void.starts_at, void.ends_at));
                prop_assert!(!own.overlaps(*span) || *status == Status::Unknown, "{status:?} in {span:?}");
            }
        }
    }

    #[test]
    fn a_service_is_up_in_a_void_only_as_another_probe_saw_it(world in any_world()) {
        let others = world.checks.iter().filter(|check| check.probe != probe_id(0)).cloned().collect();
        let without = World { checks: others, voids: Vec::new(), ..world.clone() };
        let voided = World { voids: vec![always(0)], ..world };
        prop_assert_eq!(runs(&voided), runs(&without));
    }

    #[test]
    fn a_probe_that_is_always_voided_has_only_said_unknown(world in any_world()) {
        let unknown = world.checks.iter().map(|check| match check.probe == probe_id(1) {
            true => Check { status: Status::Unknown, measurement: Default::default(), ..check.clone() },
            false => check.clone(),
        });
        let said = World { checks: unknown.collect(), ..world.clone() };
        let mut voided = world;
        voided.voids.push(always(1));
        let (mut voided, mut said) = (voided.inputs().statement().unwrap(), said.inputs().statement().unwrap());
        for statement in voided.iter_mut().chain(&mut said) {
            statement.digest.clear();
        }
        prop_assert_eq!(voided, said);
    }

    #[test]
    fn the_order_of_checks_and_voids_does_not_matter(world in any_world(), seed in any::<u64>()) {
        let again = World {
            checks: shuffled(&world.checks, seed),
            voids: shuffled(&world.voids, seed),
            ..world.clone()
        };
        let json = |world: &World| canonical_json(&world.inputs().statement().unwrap()).unwrap();
        prop_assert_eq!(json(&world), json(&again));
    }

    #[test]
    fn only_voids_that_can_matter_are_kept_with_a_month(world in any_world()) {
        let bounds = world.month.bounds(world.service.time_zone);
        let kept = sla::void::touching(&world.voids, &world.service, &world.silences, bounds);
        let json = |world: &World| canonical_json(&world.inputs().statement().unwrap()).unwrap();
        prop_assert_eq!(json(&world), json(&World { voids: kept, ..world.clone() }));
    }

    #[test]
    fn a_void_changes_nothing_beyond_its_reach(world in any_world()) {
        let nothing_voided = World { voids: Vec::new(), ..world.clone() };
        for void in &world.voids {
            let resolution = world.service.resolution_s;
            let own = world.checks.iter().filter(|check| check.probe == void.probe);
            let after = own.filter_map(|check| {
                let slots = check.slots(resolution);
                let first = slots.start.max(resolution.slot_from(void.ends_at));
                (first < slots.end).then_some(first)
            });
            let approved = approved(void);
            let silence = world.silences.of(&void.probe);
            let until = world.as_of.max(void.ends_at);
            let reach = approved.reach(&world.service, silence, after.min(), void.starts_at, until).unwrap();
            let reach = resolution.slots_in(reach);
            let before = runs(&nothing_voided);
            let after = runs(&World { voids: vec![void.clone()], ..world.clone() });
            for (span, status) in before {
                for (other, new) in after.iter().filter(|(other, _)| other.overlaps(span)) {
                    let changed = if *new == status { Span::new(span.end, span.end) } else { span.intersect(*other) };
                    prop_assert_eq!(changed.intersect(reach).length_s(), changed.length_s(), "{:?}", void);
                }
            }
        }
    }
}

/// A void with its approval.
fn approved(void: &VoidSpan) -> sla::void::Void {
    serde_json::from_value(serde_json::json!({
        "void_id": void.id, "service_id": "svc-1", "probe": void.probe, "starts_at": void.starts_at,
        "ends_at": void.ends_at, "evidence": "its disk was full", "raised_by": "ann", "raised_at": void.ends_at,
        "ruling": "approve",
    }))
    .unwrap()
}

#[test]
fn a_month_without_voids_has_the_inputs_that_it_had() {
    let service = crate::world::service("UTC", "2026-06-01T00:00:00Z".parse().unwrap());
    let world = World {
        month: "2026-06".parse().unwrap(),
        as_of: service.closes_at("2026-06".parse().unwrap(), 24),
        service,
        checks: Vec::new(),
        windows: Vec::new(),
        voids: Vec::new(),
        silences: Default::default(),
    };
    let json = serde_json::to_value(world.inputs()).unwrap();
    assert_eq!(json.get("voids"), None, "or every digest of stored inputs would change");
    assert_eq!(serde_json::from_value::<sla::Inputs>(json).unwrap(), world.inputs());
    let voided = World { voids: vec![always(0)], ..world };
    assert_eq!(serde_json::to_value(voided.inputs()).unwrap()["voids"].as_array().unwrap().len(), 1);
}
