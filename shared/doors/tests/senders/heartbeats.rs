//! Heartbeats (mode B): the last known state is asserted up to the last proof of life, and a source that died
//! is unknown from then on.

use std::collections::BTreeMap;

use doors::heartbeat::{Late, Life};
use doors::memory::{Memory, Series};
use doors::{Metrics, Sighting};
use events::{CheckEvent, Source};
use proptest::prelude::*;
use serde_json::json;
use sla::{Instant, Status};

use crate::world::{carried, changed, clock, counted, meaning, minute, slots, source, spread};

fn watched() -> Source {
    source(
        "alertmanager",
        &json!({
            "mode": "heartbeats", "delay_s": 600,
            "map": [
                { "when": { "labels.alertname": "Watchdog" }, "heartbeat": true },
                { "when": { "labels.alertname": "ServiceDown" }, "service_id": "api", "probe": "am" },
            ],
        }),
    )
}

/// Messages of a source in mode B so far.
#[derive(Default)]
struct Watch {
    life: Life,
    memories: BTreeMap<Series, Memory>,
    checks: Vec<CheckEvent>,
    late: Vec<Late>,
}

#[derive(Debug, Clone, Copy)]
enum LifeSign {
    Edge(Instant, Status),
    Proof(Instant),
}

impl Watch {
    fn take(&mut self, told: LifeSign) {
        match told {
            LifeSign::Proof(at) => self.life.prove(at),
            LifeSign::Edge(at, status) => {
                let (service_id, probe) = ("api".parse().unwrap(), "am".parse().unwrap());
                let memory = self.memories.entry((service_id, probe)).or_default();
                let (checks, late) = self.life.take(&sighting(at, status), minute(), memory);
                self.checks.extend(checks);
                self.late.extend(late);
            }
        }
    }

    fn assert(&mut self, now: Instant) {
        self.checks.extend(self.life.assert(&watched(), now, &self.memories, |_| minute()));
    }

    fn minutes(&self, from: &str, to: &str) -> String {
        carried(&slots(&self.checks), clock(from), clock(to))
    }
}

fn sighting(at: Instant, status: Status) -> Sighting {
    Sighting {
        service_id: "api".parse().unwrap(),
        probe: "am".parse().unwrap(),
        series: "am".to_owned(),
        failed: (status != Status::Up).then_some((at, status)),
        cleared_at: (status == Status::Up).then_some(at),
        metrics: Metrics::NONE,
        follows_recovery: false,
    }
}

fn edge(at: &str, status: Status) -> LifeSign {
    LifeSign::Edge(clock(at), status)
}

/// Returns a proof in each minute from one to another.
fn proofs(minutes: std::ops::RangeInclusive<i64>) -> impl Iterator<Item = LifeSign> {
    minutes.map(|minute| LifeSign::Proof(clock("10:00:00").plus_s(60 * minute)))
}

#[test]
fn a_watchdog_proves_life_by_its_receipt_and_an_alert_is_an_edge() {
    let watchdog = changed("alertmanager-0.25.0-1-firing", |body| {
        body["alerts"][0]["labels"]["alertname"] = "Watchdog".into();
    });
    let read = meaning(&watched(), &watchdog);
    assert_eq!(read.proofs.into_iter().collect::<Vec<_>>(), [watchdog.received_at]);
    assert!(read.sightings.is_empty() && read.unmapped.is_empty());
    let ended = changed("alertmanager-0.25.0-3-resolved", |body| {
        body["alerts"][0]["labels"]["alertname"] = "Watchdog".into();
    });
    assert!(meaning(&watched(), &ended).proofs.is_empty(), "a watchdog that ended proves nothing");
}

#[test]
fn the_worked_outage_is_asserted_behind_the_delay() {
    let mut watch = Watch::default();
    watch.take(edge("10:00:00", Status::Up));
    proofs(0..=30).for_each(|proof| watch.take(proof));
    watch.take(edge("10:02:20", Status::Down));
    watch.take(edge("10:17:05", Status::Up));
    watch.assert(clock("10:05:00"));
    assert_eq!(watch.checks, [], "nothing is older than the delay");
    watch.assert(clock("10:20:00"));
    assert_eq!(watch.life.asserted_to(), Some(clock("10:10:00")));
    watch.assert(clock("10:40:00"));
    assert_eq!(watch.minutes("10:00:00", "10:20:00"), "UUDDDDDDDDDDDDDDDUUUU");
    assert!(watch.checks.iter().all(|check| check.until.is_none_or(|until| until > check.checked_at)));
}

#[test]
fn a_source_that_died_is_unknown_from_its_last_proof_on() {
    let mut watch = Watch::default();
    watch.take(edge("10:00:00", Status::Up));
    watch.take(edge("10:03:00", Status::Down));
    proofs(0..=5).for_each(|proof| watch.take(proof));
    // Prometheus died at 10:05; what Alertmanager makes of it says that the service is up.
    watch.take(edge("10:09:00", Status::Up));
    watch.assert(clock("10:15:00"));
    assert_eq!(watch.minutes("10:00:00", "10:04:00"), "UUUDD");
    watch.assert(clock("10:20:01"));
    let told = watch.checks.len();
    watch.assert(clock("10:25:00"));
    assert_eq!(watch.checks.len(), told, "a death is told once");
    assert_eq!(watch.minutes("10:00:00", "10:12:00"), "UUUDD????????");
    // It lives again: the time of its death stays unknown.
    proofs(20..=25).for_each(|proof| watch.take(proof));
    watch.assert(clock("10:35:00"));
    assert_eq!(watch.minutes("10:00:00", "10:24:00"), "UUUDD???????????????UUUUU");
}

#[test]
fn a_recovery_in_asserted_time_is_late_and_says_which_void_would_mend_it() {
    let mut watch = Watch::default();
    watch.take(edge("10:00:00", Status::Down));
    proofs(0..=20).for_each(|proof| watch.take(proof));
    watch.assert(clock("10:25:00"));
    watch.take(edge("10:05:00", Status::Up));
    let [late] = &watch.late[..] else { panic!("{:?}", watch.late) };
    assert_eq!((late.starts_at, late.ends_at), (clock("10:05:00"), clock("10:15:00")));
    assert_eq!(
        late.error().to_string(),
        "`up` came late: the time from 2026-06-10T10:05:00Z to 2026-06-10T10:15:00Z is asserted as `down`: \
         void the checks of service api by probe am there, if they were wrong"
    );
    watch.assert(clock("10:30:00"));
    assert_eq!(watch.minutes("10:00:00", "10:19:00"), "DDDDDDDDDDDDDDDUUUUU", "it is up from then on");
}

#[test]
fn a_failure_in_asserted_time_is_asserted_as_an_interval() {
    let mut watch = Watch::default();
    watch.take(edge("10:00:00", Status::Up));
    proofs(0..=20).for_each(|proof| watch.take(proof));
    watch.assert(clock("10:25:00"));
    watch.take(edge("10:05:00", Status::Down));
    assert_eq!((watch.late.len(), watch.minutes("10:00:00", "10:14:00").as_str()), (0, "UUUUUDDDDDDDDDD"));
    let mut short = Watch::default();
    short.take(edge("10:00:00", Status::Up));
    proofs(0..=20).for_each(|proof| short.take(proof));
    short.assert(clock("10:25:00"));
    let both = Sighting { cleared_at: Some(clock("10:07:00")), ..sighting(clock("10:05:00"), Status::Down) };
    let memory = short.memories.values_mut().next().unwrap();
    let (checks, late) = short.life.take(&both, minute(), memory);
    short.checks.extend(checks);
    assert_eq!((late.len(), short.minutes("10:00:00", "10:14:00").as_str()), (0, "UUUUUDDUUUUUUUU"));
}

#[test]
fn a_late_failure_leaves_the_time_of_a_death_unknown() {
    let mut watch = Watch::default();
    watch.take(edge("10:00:00", Status::Up));
    proofs(0..=5).chain(proofs(20..=25)).for_each(|proof| watch.take(proof));
    watch.assert(clock("10:35:00"));
    assert_eq!(watch.minutes("10:00:00", "10:24:00"), "UUUUU???????????????UUUUU");
    watch.take(edge("10:03:00", Status::Down));
    assert_eq!(watch.minutes("10:00:00", "10:24:00"), "UUUDD???????????????DDDDD");
}

proptest! {
    /// Whatever order edges and proofs come in within the delay, and however often time is asserted
    /// meanwhile, the same slots are filled.
    #[test]
    fn any_order_within_the_delay_fills_the_same_slots(
        edges in proptest::collection::btree_map(0i64..1500, 0u8..3, 1..8),
        delays in proptest::collection::vec(0i64..600, 60),
        calls in proptest::collection::vec(0i64..3600, 0..8)
    ) {
        let from = clock("10:00:00");
        let status = |n: u8| [Status::Up, Status::Degraded, Status::Down][usize::from(n)];
        let edges = edges.iter().map(|(at, n)| (from.plus_s(*at), LifeSign::Edge(from.plus_s(*at), status(*n))));
        let minutes = (0..30).filter(|minute| !(12..20).contains(minute));
        let lives = minutes.map(|minute| from.plus_s(60 * minute));
        let told: Vec<(Instant, LifeSign)> = edges.chain(lives.map(|at| (at, LifeSign::Proof(at)))).collect();
        let end = from.plus_s(3600);
        let mut prompt = Watch::default();
        told.iter().for_each(|(_, told)| prompt.take(*told));
        prompt.assert(end);
        // The second receiver gets everything late, but within the delay, and asserts in between.
        let mut arrivals: Vec<(Instant, Option<LifeSign>)> =
            told.iter().zip(&delays).map(|((at, told), delay)| (at.plus_s(*delay), Some(*told))).collect();
        arrivals.extend(calls.iter().map(|call| (from.plus_s(*call), None)));
        arrivals.sort_by_key(|(at, _)| *at);
        let mut slow = Watch::default();
        for (now, told) in arrivals {
            match told {
                Some(told) => slow.take(told),
                None => slow.assert(now),
            }
        }
        slow.assert(end);
        prop_assert!(slow.late.is_empty());
        prop_assert_eq!(slots(&slow.checks), slots(&prompt.checks));
    }

    /// Heartbeats come to the minutes that edges come to.
    #[test]
    fn outages_are_counted_by_their_slots(
        outages in proptest::collection::vec((60i64..900, 60i64..900), 1..6)
    ) {
        let (mut watch, outages) = (Watch::default(), spread(&outages));
        watch.take(edge("09:59:00", Status::Up));
        proofs(0..=200).for_each(|proof| watch.take(proof));
        for (start, end) in &outages {
            watch.take(LifeSign::Edge(*start, Status::Down));
            watch.take(LifeSign::Edge(*end, Status::Up));
        }
        for call in 0..15 {
            watch.assert(clock("10:00:00").plus_s(1000 * call));
        }
        let (from, to) = (clock("10:00:00"), clock("13:00:00"));
        prop_assert_eq!(carried(&slots(&watch.checks), from, to), counted(&outages, 'U', from, to));
    }
}
