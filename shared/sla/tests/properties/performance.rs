//! After a close, performance changes only in the customer's favour, or as people decide.

use sla::assessment::Announcements;
use sla::cause::Cause;
use sla::closing::LateChanges;
use sla::consequence::Closing;
use sla::measurement::Measurement;
use sla::{Check, Edition, Inputs, Instant, Metric, Status, Terms, Window, WindowKind, canonical_json};

use crate::world::{NO_BOOKS, check, close, follow, measurements, service, timelines};

const CHECKS: LateChanges = LateChanges { checks: true, decisions: false };
const EXCLUSIONS: LateChanges = LateChanges { checks: false, decisions: true };

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// A check from one hour of 10 June to another, with a latency in milliseconds and a throughput in Mbps.
fn measured(hours: (i64, i64), latency_ms: u32, throughput_mbps: u32) -> Check {
    let midnight = at("2026-06-10T00:00:00Z");
    let measurement = Measurement {
        latency_us: Some(latency_ms * 1_000),
        throughput_kbps: Some(throughput_mbps * 1_000),
        loss_ppm: None,
    };
    let (from, to) = (midnight.plus_s(hours.0 * 3600), midnight.plus_s(hours.1 * 3600 - 1));
    Check { measurement, ..check(1, from, Some(to), Status::Up) }
}

fn down(hours: (i64, i64)) -> Check {
    Check { status: Status::Down, measurement: Measurement::default(), ..measured(hours, 0, 0) }
}

/// The inputs of June: the service was up, and some hours of 10 June are excluded.
fn june(checks: &[Check], excluded: Option<(i64, i64)>) -> Inputs {
    let service = service("UTC", at("2026-06-01T00:00:00Z"));
    let month: sla::Month = "2026-06".parse().unwrap();
    let bounds = month.bounds(service.time_zone);
    let up = check(1, bounds.start, Some(bounds.end.plus_s(-1)), Status::Up);
    let checks = [std::slice::from_ref(&up), checks].concat();
    let window = |hours| {
        let Check { checked_at, until, .. } = down(hours);
        let ends_at = until.unwrap().plus_s(1);
        Window { starts_at: checked_at, ends_at, kind: WindowKind::ThirdParty, id: "x-1".to_owned() }
    };
    Inputs {
        probes: timelines(&service, &checks, bounds.start),
        measurements: measurements(&service, &checks, bounds),
        tickets: vec![],
        review: None,
        rules: Edition::PRESENT,
        month,
        revision: 0,
        as_of: at("2026-07-02T00:00:00Z"),
        terms: Terms::built_in(),
        windows: excluded.map(window).into_iter().collect(),
        voids: Vec::new(),
        service,
    }
}

fn closed(inputs: Inputs) -> Closing {
    let announcements = Announcements::nothing(&inputs.service);
    close(&inputs, &announcements, NO_BOOKS, at("2026-07-02T00:00:00Z")).closing.unwrap()
}

fn restated(before: &Closing, present: &Inputs, late: LateChanges) -> Option<Closing> {
    let (inputs, now) = (&before.inputs, at("2026-07-05T03:00:00Z"));
    let announcements = Announcements::nothing(&inputs.service);
    follow(inputs, &announcements, NO_BOOKS, now, Cause::Restate { present, late }).closing
}

fn missed(closing: &Closing) -> Vec<Metric> {
    closing.missed.iter().map(|miss| miss.figures.metric).collect()
}

#[test]
fn a_close_tells_what_was_missed_and_until_when_to_claim() {
    let closing = closed(june(&[measured((0, 4), 50, 99)], None));
    assert_eq!(missed(&closing), [Metric::LatencyMs, Metric::ThroughputMbps]);
    for miss in &closing.missed {
        assert_eq!((miss.revision, miss.claim_until), (1, at("2026-07-10T00:00:00Z")));
    }
    assert_eq!(missed(&closed(june(&[measured((0, 4), 49, 100)], None))), []);
    assert_eq!(missed(&closed(june(&[], None))), []);
}

#[test]
fn inputs_without_measurements_are_stored_as_before() {
    let inputs = june(&[], None);
    assert!(!canonical_json(&inputs).unwrap().contains("measurements"));
    let measured = june(&[measured((0, 4), 50, 99)], None);
    let stored = canonical_json(&measured).unwrap();
    assert_eq!(serde_json::from_str::<Inputs>(&stored).unwrap(), measured);
}

#[test]
fn late_measurements_count_if_they_only_turn_metrics_to_missed() {
    #[track_caller]
    fn check(before: Check, late: &[Check], expect: Option<&[Metric]>) {
        let first = closed(june(std::slice::from_ref(&before), None));
        let checks = [std::slice::from_ref(&before), late].concat();
        let second = restated(&first, &june(&checks, None), CHECKS);
        assert_eq!(second.as_ref().map(missed).as_deref(), expect);
        if let Some(second) = second {
            assert_eq!(second.statement.revision, 2);
            assert!(restated(&second, &june(&checks, None), CHECKS).is_none(), "again");
        }
    }
    let fine = || measured((0, 4), 40, 120);
    check(fine(), &[], None);
    check(fine(), &[measured((4, 8), 45, 110)], None);
    check(fine(), &[measured((4, 8), 90, 120)], Some(&[Metric::LatencyMs]));
    check(fine(), &[measured((4, 8), 90, 20)], Some(&[Metric::LatencyMs, Metric::ThroughputMbps]));
    let slow = || measured((0, 4), 60, 120);
    // A missed metric that would be met, be it together with another that would be missed, waits for a
    // person.
    check(slow(), &[measured((4, 12), 10, 120)], None);
    check(slow(), &[measured((4, 12), 10, 20)], None);
    // A metric that was missed before is not announced again.
    check(slow(), &[measured((4, 12), 60, 20)], Some(&[Metric::ThroughputMbps]));
    // A metric that is missed by more changes no verdict.
    check(slow(), &[measured((4, 12), 500, 120)], None);
}

#[test]
fn status_and_measurements_are_in_favour_each_on_its_own() {
    let before = [measured((0, 4), 60, 120)];
    let first = closed(june(&before, None));
    // One late check reports an hour of downtime, another a latency that was met after all.
    let late = [before[0].clone(), down((20, 21)), measured((4, 12), 10, 120)];
    let second = restated(&first, &june(&late, None), CHECKS).unwrap();
    assert_eq!(second.statement.seconds.down, 3600);
    assert_eq!(second.statement.performance, first.statement.performance);
    assert_eq!(second.inputs.measurements, first.inputs.measurements);
    assert_eq!(missed(&second), []);
}

#[test]
fn an_exclusion_counts_as_it_was_decided_for_and_against_the_customer() {
    let checks = [measured((0, 4), 40, 120), measured((4, 8), 90, 120)];
    let first = closed(june(&checks, None));
    assert_eq!(missed(&first), [Metric::LatencyMs]);
    let second = restated(&first, &june(&checks, Some((4, 8))), EXCLUSIONS).unwrap();
    assert!(!second.statement.misses(Metric::LatencyMs));
    assert_eq!(missed(&second), []);
    // It is withdrawn, and the customer is told of the metric once more: its claim window starts anew.
    let third = restated(&second, &june(&checks, None), EXCLUSIONS).unwrap();
    assert_eq!(missed(&third), [Metric::LatencyMs]);
    assert_eq!((third.missed[0].revision, third.missed[0].claim_until), (3, at("2026-07-13T00:00:00Z")));
    assert_eq!(third.statement.performance, first.statement.performance);
}
