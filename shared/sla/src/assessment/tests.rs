//! An assessment repeated through a morning, as checks, windows and voids arrive.

use std::collections::BTreeMap;

use super::*;
use crate::timeline::EncodedChunk;
use crate::{Chunk, ProbeId, WindowKind};

/// The morning of 10 June 2026, as known to the core.
struct Morning {
    service: Service,
    chunks: BTreeMap<char, Chunk>,
    windows: Vec<Window>,
    voids: Vec<VoidSpan>,
    announcements: Announcements,
}

fn at(clock: &str) -> Instant {
    format!("2026-06-10T{clock}:00Z").parse().unwrap()
}

fn clock(instant: Instant) -> String {
    instant.to_utc().format("%H:%M").to_string()
}

fn show(fact: &Fact) -> String {
    match fact {
        Fact::OutageOpened { started_at, opening } => format!("opened {} #{opening}", clock(*started_at)),
        Fact::OutageClosed { started_at, ended_at, down_s, excluded_s } => {
            format!("closed {}-{}: {down_s} s + {excluded_s} s", clock(*started_at), clock(*ended_at))
        }
        Fact::AtRisk(b) => {
            format!("{} % used at {} #{}", b.threshold_pct, clock(b.occurred_at), b.episode)
        }
        Fact::Breached(b) => {
            let claim_until = b.claim_until.map_or("open".to_owned(), |until| until.to_string());
            format!("breached #{} at {}, claim until {claim_until}", b.episode, clock(b.occurred_at))
        }
        Fact::BreachWithdrawn(b) => format!("withdrawn #{}", b.episode),
        Fact::WindowClosing(w) => format!("{} window closes at {}", w.month, w.claim_until),
        Fact::Silent(Silence { probe, since }) => {
            format!("{} silent since {}", probe.as_ref().map_or("all", ProbeId::as_str), clock(*since))
        }
    }
}

impl Morning {
    fn new(quorum: u32) -> Self {
        let service: Service = serde_json::from_value(serde_json::json!({
            "service_id": "svc-1", "customer_id": "cust-1", "name": "Line 1", "plan": "standard",
            "monthly_fee": {"minor": 49900, "currency": "EUR"}, "region": "eu", "time_zone": "UTC",
            "activated_at": "2026-06-01T00:00:00Z",
            "resolution_s": 60, "check_interval_s": 60, "max_silence_s": 120, "quorum": quorum,
        }))
        .unwrap();
        let announcements = Announcements::nothing(&service);
        Self { service, chunks: BTreeMap::new(), windows: vec![], voids: vec![], announcements }
    }

    /// Records that `probe` reported a status in every minute from `first` to `last`.
    fn learn(&mut self, probe: char, first: &str, last: &str, status: Status) {
        let day = at("00:00");
        let chunk = self.chunks.entry(probe).or_insert_with(|| Chunk::empty(day, 60.try_into().unwrap()));
        chunk.join(Span::new(at(first), at(last).plus_s(60)), status);
    }

    fn exclude(&mut self, first: &str, end: &str) {
        let kind = WindowKind::ThirdParty;
        self.windows = vec![Window { starts_at: at(first), ends_at: at(end), kind, id: "x-1".into() }];
    }

    fn void(&mut self, probe: char, first: &str, end: &str) {
        let (id, probe) = ("v-1".parse().unwrap(), probe.to_string().parse().unwrap());
        self.voids = vec![VoidSpan { id, probe, starts_at: at(first), ends_at: at(end) }];
    }

    /// Assesses and expects these facts; a second assessment has nothing to add.
    #[track_caller]
    fn check(&mut self, now: &str, expect: &[&str]) -> Option<Instant> {
        let probes: Vec<ProbeTimeline> = self.chunks.iter().map(timeline).collect();
        let knowledge = Knowledge {
            service: &self.service,
            terms: &TermsBook::new(vec![]),
            probes: &probes,
            windows: &self.windows,
            voids: &self.voids,
            now: at(now),
        };
        let assessment = assess(&knowledge, &self.announcements, 100).unwrap();
        assert_eq!(assessment.facts.iter().map(show).collect::<Vec<_>>(), expect, "at {now}");
        self.announcements = assessment.announcements;
        let again = assess(&knowledge, &self.announcements, 100).unwrap();
        assert_eq!((again.facts, &again.announcements), (vec![], &self.announcements), "said again at {now}");
        assessment.due_at
    }
}

fn timeline((probe, chunk): (&char, &Chunk)) -> ProbeTimeline {
    let chunks = vec![EncodedChunk { start: chunk.start(), slots: chunk.encode() }];
    ProbeTimeline::new(probe.to_string().parse().unwrap(), None, chunks)
}

#[test]
fn an_outage_opens_with_its_first_check_and_closes_with_the_next_good_one() {
    let mut morning = Morning::new(1);
    morning.learn('a', "09:58", "09:59", Status::Up);
    assert_eq!(morning.check("09:59", &[]), Some(at("10:02")), "then the probe would be silent");
    morning.learn('a', "10:00", "10:04", Status::Down);
    assert_eq!(
        morning.check("10:04", &["opened 10:00 #1"]),
        Some(at("10:07")),
        "then the probe would be silent"
    );
    morning.learn('a', "10:05", "10:05", Status::Up);
    morning.check("10:05", &["closed 10:00-10:05: 300 s + 0 s"]);
}

#[test]
fn silence_ends_an_outage_and_a_new_check_begins_another() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:00", Status::Down);
    morning.check("10:02", &["opened 10:00 #1"]);
    let silent = ["closed 10:00-10:03: 180 s + 0 s", "a silent since 10:03"];
    assert_eq!(morning.check("10:03", &silent), None, "nothing more can happen by itself");
    morning.learn('a', "10:05", "10:05", Status::Down);
    morning.check("10:05", &["opened 10:05 #1"]);
}

#[test]
fn a_service_that_was_never_checked_is_silent() {
    let mut morning = Morning::new(1);
    morning.check("10:00", &["all silent since 00:03"]);
}

#[test]
fn an_outage_that_goes_on_after_its_announced_end_opens_again() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:00", Status::Down);
    morning.learn('a', "10:03", "10:03", Status::Unknown);
    morning.check("10:03", &["opened 10:00 #1", "closed 10:00-10:03: 180 s + 0 s"]);
    morning.learn('a', "10:03", "10:04", Status::Down);
    morning.check("10:04", &["opened 10:00 #2"]);
    morning.learn('a', "10:05", "10:05", Status::Up);
    morning.check("10:05", &["closed 10:00-10:05: 300 s + 0 s"]);
}

#[test]
fn late_checks_that_join_two_outages_and_split_them_again_say_nothing_twice() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:01", Status::Down);
    morning.learn('a', "10:04", "10:04", Status::Unknown);
    morning.learn('a', "10:10", "10:10", Status::Down);
    morning.learn('a', "10:13", "10:13", Status::Up);
    let both = ["opened 10:00 #1", "closed 10:00-10:04: 240 s + 0 s", "opened 10:10 #1"];
    morning.check("10:13", &[both.as_slice(), &["closed 10:10-10:13: 180 s + 0 s"]].concat());
    morning.learn('b', "10:04", "10:04", Status::Down);
    morning.learn('b', "10:07", "10:07", Status::Down);
    morning.learn('b', "10:10", "10:10", Status::Up);
    morning.check("10:13", &["b silent since 10:13"]);
    // A late good check takes the minutes 10:05 and 10:06 out of the middle.
    morning.learn('b', "10:05", "10:05", Status::Up);
    morning.check("10:13", &["closed 10:00-10:05: 300 s + 0 s"]);
}

#[test]
fn an_open_outage_that_an_earlier_one_grows_into_still_ends() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:00", Status::Down);
    morning.learn('a', "10:03", "10:03", Status::Unknown);
    morning.learn('a', "10:05", "10:05", Status::Down);
    morning.check("10:05", &["opened 10:00 #1", "closed 10:00-10:03: 180 s + 0 s", "opened 10:05 #1"]);
    morning.learn('a', "10:03", "10:04", Status::Down);
    morning.check("10:05", &[]);
    morning.learn('a', "10:06", "10:06", Status::Up);
    morning.check("10:06", &["closed 10:05-10:06: 360 s + 0 s"]);
}

#[test]
fn an_outage_of_which_nothing_is_left_is_taken_back() {
    let mut morning = Morning::new(2);
    morning.learn('a', "10:00", "10:00", Status::Down);
    morning.learn('b', "10:02", "10:02", Status::Down);
    morning.check("10:02", &["opened 10:02 #1"]);
    morning.learn('a', "10:01", "10:02", Status::Up);
    morning.check("10:02", &["closed 10:02-10:02: 0 s + 0 s"]);
}

#[test]
fn budgets_are_warned_of_and_the_breach_is_said_withdrawn_and_said_again() {
    let mut morning = Morning::new(1);
    // June allows Standard 2,592 s: 22, 33 and 39 minutes reach the thresholds, the 44th breaks it.
    morning.learn('a', "10:00", "10:21", Status::Down);
    morning.check("10:21", &["opened 10:00 #1", "50 % used at 10:21 #1"]);
    morning.learn('a', "10:22", "10:38", Status::Down);
    morning.check("10:38", &["75 % used at 10:32 #1", "90 % used at 10:38 #1"]);
    morning.learn('a', "10:39", "10:42", Status::Down);
    morning.check("10:42", &[]);
    morning.learn('a', "10:43", "10:43", Status::Down);
    morning.check("10:43", &["breached #1 at 10:43, claim until open"]);
    morning.learn('a', "10:44", "10:44", Status::Up);
    morning.check("10:44", &["closed 10:00-10:44: 2640 s + 0 s"]);
    morning.exclude("10:00", "10:10");
    morning.check("10:44", &["withdrawn #1"]);
    morning.windows.clear();
    morning.check("10:44", &["breached #2 at 10:43, claim until 2026-06-18T00:00:00Z"]);
    morning.exclude("10:00", "10:06");
    morning.check("10:44", &["withdrawn #2"]);
}

#[test]
fn a_warning_is_forgotten_below_its_threshold_and_given_again_with_the_next_number() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:38", Status::Down);
    morning.learn('a', "10:39", "10:39", Status::Up);
    let warned = ["50 % used at 10:21 #1", "75 % used at 10:32 #1", "90 % used at 10:38 #1"];
    let over = ["opened 10:00 #1", "closed 10:00-10:39: 2340 s + 0 s"];
    morning.check("10:39", &[over.as_slice(), &warned].concat());
    morning.exclude("10:00", "10:05");
    morning.check("10:39", &[]);
    morning.exclude("10:00", "10:39");
    morning.check("10:39", &[]);
    morning.windows.clear();
    morning.check("10:39", &warned.map(|warning| warning.replace("#1", "#2")).each_ref().map(|w| &w[..]));
}

#[test]
fn a_withdrawn_breach_leaves_the_warnings_that_hold_and_were_never_given() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:43", Status::Down);
    morning.check("10:43", &["opened 10:00 #1", "breached #1 at 10:43, claim until open"]);
    morning.exclude("10:00", "10:20");
    let due_at = morning.check("10:43", &["withdrawn #1", "50 % used at 10:41 #1"]);
    assert_eq!(due_at, Some(at("10:46")), "of the downtime to come, none before the probe is silent");
    morning.learn('a', "10:44", "10:52", Status::Down);
    morning.check("10:52", &["75 % used at 10:52 #1"]);
}

#[test]
fn what_an_installation_has_stored_is_read_and_warns_again() {
    let mut morning = Morning::new(1);
    let stored = r#"{"open_from":"2026-06","months":{"2026-06":{"warned_pct":[50,75,90],"episodes":1,
        "breached":false}}}"#;
    morning.announcements = serde_json::from_str(stored).unwrap();
    morning.learn('a', "10:00", "10:00", Status::Up);
    morning.check("10:00", &[]);
    morning.learn('a', "10:01", "10:22", Status::Down);
    morning.check("10:22", &["opened 10:01 #1", "50 % used at 10:22 #2"]);
    let stored: Announcements =
        serde_json::from_str(&serde_json::to_string(&morning.announcements).unwrap()).unwrap();
    assert_eq!(stored, morning.announcements);
}

#[test]
fn what_was_said_of_a_month_is_taken_back_if_the_service_ended_before_it() {
    let mut morning = Morning::new(1);
    morning.learn('a', "10:00", "10:43", Status::Down);
    morning.check("10:43", &["opened 10:00 #1", "breached #1 at 10:43, claim until open"]);
    morning.service.terminated_at = Some(morning.service.activated_at);
    let due_at = morning.check("10:44", &["closed 10:00-10:00: 0 s + 0 s", "withdrawn #1"]);
    assert_eq!(due_at, None);
}

#[test]
fn an_outage_ends_with_the_closed_month_if_the_service_does() {
    let mut morning = Morning::new(1);
    morning.announcements = serde_json::from_str(
        r#"{"open_from":"2026-07","outages":[{"started_at":"2026-06-10T10:00:00Z","openings":1}],
        "closed_parts":{"2026-06":{"down_s":600,"excluded_s":60}}}"#,
    )
    .unwrap();
    morning.service.terminated_at = Some("2026-07-01T00:00:00Z".parse().unwrap());
    morning.check("10:00", &["closed 10:00-00:00: 600 s + 60 s", "all silent since 00:03"]);
}

#[test]
fn an_outage_of_a_month_closed_before_its_part_was_recorded_was_down_all_the_time() {
    let mut morning = Morning::new(1);
    morning.announcements = serde_json::from_str(
        r#"{"open_from":"2026-06","outages":[{"started_at":"2026-05-30T10:00:00Z","openings":1}]}"#,
    )
    .unwrap();
    morning.service.activated_at = "2026-05-01T00:00:00Z".parse().unwrap();
    morning.check("10:00", &["closed 10:00-00:00: 136800 s + 0 s", "all silent since 00:03"]);
}

#[test]
fn a_void_takes_the_breach_of_a_broken_probe_back() {
    let mut morning = Morning::new(1);
    morning.learn('a', "09:00", "09:59", Status::Up);
    morning.learn('a', "10:00", "10:43", Status::Down);
    morning.check("10:43", &["opened 10:00 #1", "breached #1 at 10:43, claim until open"]);
    morning.void('a', "10:00", "10:40");
    morning.check("10:43", &["withdrawn #1"]);
    morning.void('a', "10:00", "10:44");
    morning.check("10:43", &["closed 10:00-10:00: 0 s + 0 s"]);
    morning.voids.clear();
    morning.check("10:43", &["opened 10:00 #2", "breached #2 at 10:43, claim until open"]);
}
