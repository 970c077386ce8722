//! Outages in mode A: the design's worked example, repetition and order, several edges in one slot, a
//! recovery that maintenance ate, and several series as one probe.

use doors::{Request, Sighting, edges};
use events::{CheckEvent, Source};
use proptest::prelude::*;
use serde_json::{Value, json};
use sla::Status;

use crate::world::{
    Receiver, at, carried, changed, clock, counted, line, meaning, minute, request, slots, source, source_of,
    spread, with_body,
};

/// Returns the source of the design's example, with a lead of a minute.
fn example() -> Source {
    source(
        "alertmanager",
        &json!({
            "source_id": "am-ber1", "lead_s": 60,
            "map": [{
                "when": { "labels.nines_service": "api" }, "service_id": "api",
                "probe": "am-ber1.{fingerprint}",
                "status": { "labels.severity": { "critical": "down", "warning": "degraded" } },
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
fn of_two_edges_at_one_instant_the_worse_counts() {
    for order in [[0, 1], [1, 0]] {
        let messages = [
            alert("10:01:00", Some("10:03:00"), "10:20:00"),
            alert("10:03:00", Some("10:05:00"), "10:20:00"),
        ];
        let (source, mut receiver) = (source_of("alertmanager"), Receiver::default());
        order.iter().for_each(|place| drop(receiver.take(&source, &messages[*place])));
        assert_eq!(carried(&receiver.slots(), clock("10:00:00"), clock("10:06:00")), ".DDDDUU");
    }
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
        if let Some(last_down) = last_down {
            beat["lastDownTime"] = stamp(last_down);
        }
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
        { "when": { "labels.job": "blackbox" }, "service_id": "web",
          "status": { "labels.severity": { "critical": "degraded" } } },
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
    let mut joined = edges::Joined::default();
    let checks: Vec<CheckEvent> =
        sightings.iter().flat_map(|seen| edges::joined_checks(seen, minute(), &mut joined)).collect();
    carried(&slots(&checks), clock("10:00:00"), clock("11:00:00"))
}

#[test]
fn series_of_one_source_are_one_probe_where_a_quorum_asks() {
    let sightings = overlapping();
    let minutes = |sightings: &[Sighting]| as_one_probe(sightings)[..11].to_owned();
    assert_eq!(minutes(&sightings), ".DDDDDDDUUU");
    let mut late = sightings.clone();
    late.swap(1, 2);
    assert_eq!(minutes(&late), ".DDDDDDDUUU", "the second failure arrives after the first one's end");
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
        outages in proptest::collection::btree_map(0i64..12, 1i64..=10, 1..6), seed in any::<u64>()
    ) {
        // Outages begin every ten seconds and end by the next one: several in each slot.
        let time = |at: i64| clock("10:00:00").plus_s(at).to_string()[11..19].to_owned();
        let mut messages: Vec<Request> =
            outages.iter().map(|(n, s)| alert(&time(n * 10), Some(&time(n * 10 + s)), "11:00:00")).collect();
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
        // Where one ends as the next begins, the order can cost a slot.
        if !outages.iter().any(|(n, lasted)| *lasted == 10 && outages.contains_key(&(n + 1))) {
            prop_assert_eq!(filled(&messages), expect);
        }
        // Beginnings that arrive without their ends, before or behind them, change nothing of that.
        messages.extend(outages.keys().map(|n| alert(&time(n * 10), None, "11:00:00")));
        for _ in 0..2 {
            messages.reverse();
            let minutes = carried(&filled(&messages), clock("10:00:00"), clock("10:20:00"));
            prop_assert!(minutes.ends_with("UUUUUUUUUU"), "{}", minutes);
        }
    }

    /// Outages in slots of their own are down from the slot of their start to the one before that of their
    /// end.
    #[test]
    fn outages_are_counted_by_their_slots(
        outages in proptest::collection::vec((60i64..900, 60i64..900), 1..6)
    ) {
        let outages = spread(&outages);
        let time = |at: sla::Instant| at.to_string()[11..19].to_owned();
        let (source, mut receiver) = (source_of("alertmanager"), Receiver::default());
        for (start, end) in &outages {
            receiver.take(&source, &alert(&time(*start), Some(&time(*end)), "23:00:00"));
        }
        let (from, to) = (clock("10:00:00"), clock("13:00:00"));
        prop_assert_eq!(carried(&receiver.slots(), from, to), counted(&outages, '.', from, to));
    }

    /// Two series that are one probe come to the same minutes, whatever order their messages arrive in: but
    /// for a minute of each recovery that a failure overtakes.
    #[test]
    fn any_order_of_series_that_are_one_probe_comes_to_the_same_minutes(
        first in proptest::collection::vec((60i64..600, 60i64..600), 1..4),
        second in proptest::collection::vec((60i64..600, 60i64..600), 1..4), order in any::<u64>()
    ) {
        let of = |series: &str, outages: &[(i64, i64)]| {
            let one = |(start, end): (sla::Instant, sla::Instant)| {
                let firing = Sighting { series: series.to_owned(), ..seen(start, None) };
                [Sighting { cleared_at: Some(end), ..firing.clone() }, firing]
            };
            spread(outages).into_iter().flat_map(one).collect::<Vec<_>>()
        };
        let mut sightings = [of("aa", &first), of("bb", &second)].concat();
        let told_at = |seen: &Sighting| seen.cleared_at.or(seen.failed.map(|(at, _)| at));
        sightings.sort_by_key(|seen| (told_at(seen), seen.series.clone()));
        let expect = as_one_probe(&sightings);
        let key = |place: usize| (place as u64 + 1).wrapping_mul(order | 1).rotate_left(17);
        let mut shuffled: Vec<(usize, Sighting)> = sightings.into_iter().enumerate().collect();
        shuffled.sort_by_key(|(place, _)| key(*place));
        let shuffled: Vec<Sighting> = shuffled.into_iter().map(|(_, seen)| seen).collect();
        let minutes = as_one_probe(&shuffled);
        let both = minutes.chars().zip(expect.chars());
        let differing: Vec<(char, char)> = both.filter(|(came, expected)| came != expected).collect();
        prop_assert!(differing.iter().all(|both| *both == ('D', 'U')), "{}\n{}", minutes, expect);
        prop_assert!(differing.len() <= first.len() + second.len(), "{}\n{}", minutes, expect);
    }
}

/// Returns a sighting of the example's probe.
fn seen(start: sla::Instant, end: Option<sla::Instant>) -> Sighting {
    let mut seen = overlapping().remove(0);
    (seen.failed, seen.cleared_at) = (Some((start, Status::Down)), end);
    seen
}
