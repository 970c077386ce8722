//! A summary and the chunks since then give the same result as all timelines, wherever the summary was made.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sla::account::Account;
use sla::day::{Day, days};
use sla::summary::{OpenMonthFacts, ServiceState, Summary};
use sla::timeline::EncodedChunk;
use sla::{Inputs, Instant, ProbeId, Window, WindowKind};

use crate::world::{World, dense_world, world};

/// Returns the days of the month so far, from all facts.
fn all_days(inputs: &Inputs) -> Vec<Day> {
    let Some(period) = inputs.service.period(inputs.month, inputs.as_of) else { return Vec::new() };
    let Inputs { service, probes, windows, voids, .. } = inputs;
    let account = Account::of(service, probes, windows, voids, period).unwrap();
    let days = days(&account, service.resolution_s, service.time_zone, period);
    let total =
        days.iter().fold(Default::default(), |sum: sla::availability::Seconds, d| sum.plus(d.seconds));
    assert_eq!(total, account.seconds, "every second falls on one day");
    days
}

fn check(world: &World, made_before_s: i64) -> Result<(), TestCaseError> {
    let inputs = world.inputs();
    let Inputs { service, probes, windows, voids, month, as_of, .. } = &inputs;
    let now = as_of.plus_s(-1);
    let made_at = now.plus_s(-made_before_s).max(month.bounds(service.time_zone).start);
    let summaries = Summary::of_open_months(service, probes, windows, voids, *month, made_at).unwrap();
    let Some(summary) = summaries.iter().find(|summary| summary.month == *month) else {
        prop_assert!(all_days(&inputs).is_empty() || made_at < month.bounds(service.time_zone).start);
        return Ok(());
    };
    let stored: Summary = serde_json::from_str(&serde_json::to_string(summary).unwrap()).unwrap();
    prop_assert_eq!(&stored, summary);
    let since = |chunk: &&EncodedChunk| chunk.start >= service.resolution_s.chunk(stored.to);
    let chunks: BTreeMap<ProbeId, Vec<EncodedChunk>> = probes
        .iter()
        .map(|probe| (probe.probe.clone(), probe.chunks().iter().filter(since).cloned().collect()))
        .collect();
    let latest = OpenMonthFacts { service, chunks: &chunks, windows, voids, now };
    let present = stored.up_to_now(latest).unwrap();
    prop_assert_eq!(present.days, all_days(&inputs));
    Ok(())
}

proptest! {
    #[test]
    fn a_summary_goes_on_to_what_all_timelines_say(world in world(), made_before_s in 0_i64..3_000_000) {
        check(&world, made_before_s)?;
    }

    #[test]
    fn so_it_does_where_everything_happens_at_once(world in dense_world(), made_before_s in 0_i64..90_000) {
        check(&world, made_before_s)?;
    }

    #[test]
    fn a_closed_months_summary_has_its_statements_seconds(world in world()) {
        let inputs = world.inputs();
        if let Some(statement) = inputs.statement().unwrap() {
            let summary = Summary::of_statement(&inputs, &statement).unwrap();
            prop_assert_eq!(summary.days(), all_days(&inputs));
            prop_assert_eq!(summary.stated.unwrap().verdict, statement.verdict);
        }
    }
}

#[test]
fn a_probe_that_began_in_the_present_chunk_is_one_of_the_probes() {
    let at = |text: &str| -> Instant { text.parse().unwrap() };
    let service = crate::world::service("UTC", at("2026-06-02T09:00:00Z"));
    let first = [crate::world::check(1, at("2026-06-02T09:00:00Z"), None, sla::Status::Up)];
    let probes = crate::world::timelines(&service, &first, at("2026-06-01T00:00:00Z"));
    let month = "2026-06".parse().unwrap();
    let summaries =
        Summary::of_open_months(&service, &probes, &[], &[], month, at("2026-06-02T09:00:30Z")).unwrap();
    let known: Vec<&ProbeId> = summaries[0].probes().collect();
    assert_eq!(known, [&crate::world::probe_id(1)], "else its chunk would not be read");
}

#[test]
fn the_present_is_what_the_present_slot_says() {
    let at = |text: &str| -> Instant { text.parse().unwrap() };
    let service = crate::world::service("UTC", at("2026-06-01T00:00:00Z"));
    let checks = [
        crate::world::check(1, at("2026-06-01T00:00:00Z"), Some(at("2026-06-02T09:59:00Z")), sla::Status::Up),
        crate::world::check(
            1,
            at("2026-06-02T10:00:00Z"),
            Some(at("2026-06-02T10:04:00Z")),
            sla::Status::Down,
        ),
    ];
    let probes = crate::world::timelines(&service, &checks, at("2026-06-01T00:00:00Z"));
    let month = "2026-06".parse().unwrap();
    let now = at("2026-06-02T10:05:30Z");
    let [summary] = &Summary::of_open_months(&service, &probes, &[], &[], month, now).unwrap()[..] else {
        panic!("one month is open")
    };
    assert_eq!(summary.to, at("2026-06-02T00:00:00Z"));
    let chunks = probes.iter().map(|probe| (probe.probe.clone(), probe.chunks()[1..].to_vec())).collect();
    let present_at = |now, windows: &[Window]| {
        let latest = OpenMonthFacts { service: &service, chunks: &chunks, windows, voids: &[], now };
        let present = summary.up_to_now(latest).unwrap();
        (present.state, present.since)
    };
    let since = Some(at("2026-06-02T10:00:00Z"));
    assert_eq!(present_at(now, &[]), (ServiceState::Down, since));
    let silent = (ServiceState::Unknown, Some(at("2026-06-02T10:07:00Z")));
    assert_eq!(present_at(at("2026-06-02T12:00:00Z"), &[]), silent, "nobody checks any more");
    let window = |kind| {
        let (starts_at, ends_at) = (at("2026-06-02T10:05:00Z"), at("2026-06-02T10:06:00Z"));
        [Window { starts_at, ends_at, kind, id: "w-1".to_owned() }]
    };
    assert_eq!(present_at(now, &window(WindowKind::Maintenance)), (ServiceState::Maintenance, since));
    assert_eq!(
        present_at(now, &window(WindowKind::ThirdParty)),
        (ServiceState::Down, since),
        "only excluded"
    );
    let over = at("2026-06-02T10:06:00Z");
    assert_eq!(present_at(over, &window(WindowKind::Maintenance)).0, ServiceState::Down);
}
