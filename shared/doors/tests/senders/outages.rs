//! Outages in mode A: the design's worked example, repetition and order, several edges in one slot, a recovery
//! that maintenance ate, and several series as one probe.

use std::collections::BTreeMap;

use doors::memory::Memory;
use doors::{Request, Sighting, edges};
use events::{CheckEvent, Source};
use proptest::prelude::*;
use serde_json::{Value, json};
use sla::Status;

use crate::world::{
    Receiver, at, carried, changed, clock, line, meaning, minute, request, slots, source, source_of,
    with_body,
};

/// Returns the source of the design's example, with a lead of a minute.
fn example() -> Source {
    source(
        "alertmanager",
        &json!({
            "source_id": "am-ber1", "lead_s": 60,
            "map": [{
                "when": { "labels.nines_service": "api" }, "service_id": "api", "probe": "am-ber1.{fingerprint}",
                "status": { "labels.severity": { "critical": "down", "warning": "degraded", "nodata": "unknown" } },
            }],
        }),
    )
}

fn alert(start: &str, end: Option<&str>, received: &str) -> Request {
    let mut request = changed("alertmanager-0.25.0-1-firing", |body| {
        let alert = &mut body["alerts"][0];
        alert["status"] = if end.is_some() { "resolved" } else { "firing" }.into();
        alert["startsAt"] = format!("2026-06-10T{start}Z").into();
        alert["endsAt"] =
            end.map_or("0001-01-01T00:00:00Z".into(), |end| format!("2026-06-10T{end}Z").into());
    });
    request.received_at = clock(received);
    request
}

#[test]
fn the_worked_example_is_fifteen_minutes() {
    let (source, mut receiver) = (example(), Receiver::default());
    let lines = |checks: Vec<CheckEvent>| checks.iter().map(line).collect::<Vec<_>>();
    let down = "api am-ber1.7cbed133254481e3 2026-06-10T10:02:20Z Down";
    let up = "api am-ber1.7cbed133254481e3 2026-06-10T10:17:05Z Up";
    let firing = alert("10:03:20", None, "10:03:21");
    assert_eq!(lines(receiver.take(&source, &firing)), [down]);
    let repeated = Request { received_at: clock("10:13:21"), ..firing };
    assert_eq!(lines(receiver.take(&source, &repeated)), [down]);
    let resolved = alert("10:03:20", Some("10:17:05"), "10:17:06");
    assert_eq!(lines(receiver.take(&source, &resolved)), [down, up]);
    let minutes = carried(&receiver.slots(), clock("10:00:00"), clock("10:20:00"));
    assert_eq!(minutes, "..DDDDDDDDDDDDDDDUUUU");
    assert_eq!(minutes.matches('D').count(), 15);
}

#[test]
fn an_outage_within_one_slot_is_not_carried_on() {
    let (source, mut receiver) = (source_of("alertmanager"), Receiver::default());
    let take = |receiver: &mut Receiver, start: &str, end: &str| {
        receiver.take(&source, &alert(start, Some(end), "10:20:00"));
        carried(&receiver.slots(), clock("10:00:00"), clock("10:06:00"))
    };
    assert_eq!(take(&mut receiver, "10:01:05", "10:01:20"), ".DUUUUU");
    // A second one that begins in the same slot is carried to its end, whichever message comes first.
    assert_eq!(take(&mut receiver, "10:01:40", "10:04:10"), ".DDDUUU");
    let mut reversed = Receiver::default();
    take(&mut reversed, "10:01:40", "10:04:10");
    assert_eq!(take(&mut reversed, "10:01:05", "10:01:20"), ".DDDUUU");
    assert_eq!(reversed.slots(), receiver.slots());
    let mut flapping = Receiver::default();
    take(&mut flapping, "10:01:05", "10:01:20");
    assert_eq!(take(&mut flapping, "10:01:40", "10:01:50"), ".DDUUUU", "the worse is counted between");
}

#[test]
fn a_tail_is_taken_off_the_end_and_never_beyond_the_start() {
    let gatus = source("gatus", &json!({ "lead_s": 120, "tail_s": 60, "map": [{ "service_id": "api" }] }));
    let mut receiver = Receiver::default();
    receiver.take(&gatus, &request("gatus-triggered"));
    receiver.take(&gatus, &request("gatus-resolved"));
    let lines: Vec<String> = receiver.checks.iter().map(line).collect();
    assert_eq!(
        lines,
        ["api gatus.core_api 2026-06-10T10:18:00Z Down", "api gatus.core_api 2026-06-10T10:30:00Z Up"]
    );
    let short = source("alertmanager", &json!({ "tail_s": 600, "map": [{ "service_id": "api" }] }));
    let seen = meaning(&short, &alert("10:03:20", Some("10:04:20"), "10:05:00")).sightings.remove(0);
    assert_eq!((seen.failed.unwrap().0, seen.cleared_at.unwrap()), (clock("10:03:20"), clock("10:03:21")));
}

/// Returns a message of Uptime Kuma about monitor 1.
fn kuma(status: u8, time: &str, last_down: Option<&str>, important: bool) -> Request {
    let mut request = changed("uptime-kuma-2.5.3-4-down", |body| {
        let stamp = |time: &str| Value::from(format!("2026-06-10 {time}.097"));
        let beat = &mut body["heartbeat"];
        (beat["status"], beat["important"], beat["time"]) = (status.into(), important.into(), stamp(time));
        last_down.map(|last_down| beat["lastDownTime"] = stamp(last_down));
    });
    request.received_at = clock("12:00:00");
    request
}

#[test]
fn a_recovery_that_maintenance_ate_leaves_the_time_unknown() {
    let (kuma_source, mut receiver) = (source_of("uptime-kuma"), Receiver::default());
    for message in [
        kuma(0, "10:01:00", None, true),
        kuma(0, "10:03:00", None, false),
        kuma(0, "10:08:00", None, true),
        kuma(1, "10:10:00", Some("10:08:00"), true),
    ] {
        receiver.take(&kuma_source, &message);
        receiver.take(&kuma_source, &message);
    }
    let minutes = carried(&receiver.slots(), clock("10:00:00"), clock("10:11:00"));
    assert_eq!(minutes, ".DDD????DDUU", "unknown from the last failing measurement on");
    // The recovery was only late: its time is down after all.
    receiver.take(&kuma_source, &kuma(1, "10:06:30", Some("10:01:00"), true));
    let minutes = carried(&receiver.slots(), clock("10:00:00"), clock("10:11:00"));
    assert_eq!(minutes, ".DDDDDUUDDUU");
}

#[test]
fn retries_are_taken_off_a_start() {
    let start = |name: &str| meaning(&source_of(name), &request(name)).sightings[0].failed.unwrap().0;
    assert_eq!(start("uptime-kuma-2.5.3-8-down-after-two-retries"), at("2026-11-29T21:43:49Z"));
    assert_eq!(
        start("uptime-kuma-2.5.3-4-down"),
        at("2026-11-29T21:43:49Z"),
        "an equal monitor without retries"
    );
}

#[test]
fn a_senders_maintenance_never_excludes() {
    let downtime = changed("icinga2-2.13.6-1-problem", |body| body["downtime_depth"] = "1".into());
    let seen = meaning(&source_of("icinga2"), &downtime).sightings;
    assert_eq!(seen[0].failed.unwrap().1, Status::Down);
}

#[test]
fn one_item_may_be_about_several_services() {
    let source = source(
        "alertmanager",
        &json!({ "map": [
        { "when": { "labels.nines_service": "api" }, "service_id": "api" },
        { "when": { "labels.job": "blackbox" }, "service_id": "web", "status": { "labels.severity": { "critical": "degraded" } } },
    ] }),
    );
    let mut receiver = Receiver::default();
    let checks = receiver.take(&source, &request("alertmanager-0.25.0-1-firing"));
    let services: Vec<_> = checks.iter().map(|check| (check.service_id.as_str(), check.status)).collect();
    assert_eq!(services, [("api", Status::Down), ("web", Status::Degraded)]);
}

/// Returns sightings of two series of one source: two overlapping outages.
fn overlapping() -> Vec<Sighting> {
    let sighting = |print: &str, start: &str, end: Option<&str>| {
        let request = alert(start, end, "10:30:00");
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        body["alerts"][0]["fingerprint"] = print.into();
        let source = source("alertmanager", &json!({ "map": [{ "service_id": "api", "probe": "am" }] }));
        meaning(&source, &with_body(&request, &body)).sightings.remove(0)
    };
    vec![
        sighting("aa", "10:01:00", None),
        sighting("bb", "10:03:00", None),
        sighting("aa", "10:01:00", Some("10:05:00")),
        sighting("bb", "10:03:00", Some("10:08:00")),
    ]
}

/// Returns the minutes of several series that are one probe.
fn as_one_probe(sightings: &[Sighting]) -> String {
    let mut memories: BTreeMap<String, Memory> = BTreeMap::new();
    let checks: Vec<CheckEvent> =
        sightings.iter().flat_map(|seen| edges::joined_checks(seen, minute(), &mut memories)).collect();
    carried(&slots(&checks), clock("10:00:00"), clock("10:10:00"))
}

#[test]
fn series_of_one_source_are_one_probe_where_a_quorum_asks() {
    let sightings = overlapping();
    assert_eq!(as_one_probe(&sightings), ".DDDDDDDUUU");
    let mut late = sightings.clone();
    late.swap(1, 2);
    assert_eq!(as_one_probe(&late), ".DDDDDDDUUU", "the second failure arrives after the first one's end");
}

proptest! {
    /// Messages of an outage, sent again and in any order, fill the same slots with the same statuses.
    #[test]
    fn any_order_and_repetition_of_an_outage_fills_the_same_slots(
        order in proptest::collection::vec(0usize..4, 0..12), start in 0i64..3600, lasted in 1i64..3600
    ) {
        let (from, to) = (clock("10:00:00").plus_s(start), clock("10:00:00").plus_s(start + lasted));
        let time = |at: sla::Instant| at.to_string()[11..19].to_owned();
        let messages = [
            alert(&time(from), None, "13:00:00"),
            alert(&time(from), None, "13:05:00"),
            alert(&time(from), Some(&time(to)), "13:10:00"),
            alert(&time(from), Some(&time(to)), "13:10:02"),
        ];
        let source = source_of("alertmanager");
        let filled = |order: &mut dyn Iterator<Item = usize>| {
            let mut receiver = Receiver::default();
            order.for_each(|place| drop(receiver.take(&source, &messages[place])));
            receiver.slots()
        };
        let expect = filled(&mut (0..4));
        prop_assert_eq!(filled(&mut order.into_iter().chain((0..4).rev())), expect);
    }

    /// Whatever edges one slot has, the last one is carried on, and any order fills the same slots.
    #[test]
    fn the_last_of_many_edges_is_carried_on(
        outages in proptest::collection::btree_map(0i64..12, 1i64..9, 1..6), seed in any::<u64>()
    ) {
        // Outages begin every ten seconds and end before the next one: several in each slot.
        let time = |at: i64| clock("10:00:00").plus_s(at).to_string()[11..19].to_owned();
        let mut messages: Vec<Request> =
            outages.iter().map(|(n, lasted)| alert(&time(n * 10), Some(&time(n * 10 + lasted)), "11:00:00")).collect();
        let source = source_of("alertmanager");
        let filled = |messages: &[Request]| {
            let mut receiver = Receiver::default();
            messages.iter().for_each(|message| drop(receiver.take(&source, message)));
            receiver.slots()
        };
        let expect = filled(&messages);
        prop_assert!(carried(&expect, clock("10:00:00"), clock("10:20:00")).ends_with("UUUUUUUUUU"));
        let count = messages.len();
        messages.rotate_left(usize::try_from(seed % 7).unwrap() % count);
        if seed % 2 == 0 { messages.reverse(); }
        prop_assert_eq!(filled(&messages), expect);
    }
}
