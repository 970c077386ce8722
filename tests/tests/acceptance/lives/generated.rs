//! Lives as proptest makes them: three to five months of one service, with everything that can happen to its
//! checks.

use acceptance::lives::life::Life;
use nines::commands::scenario::{self, Line};
use proptest::prelude::*;
use serde_json::{Value, json};
use sla::{Instant, Month, Zone};

/// Lives in one run: some 50 s of a core.
const LIVES: u32 = 24;
/// Steps in shrinking a failing life: each plays a life of its own.
const SHRINKING_MAX: u32 = 60;
/// The longest span of one check: 31 d × 86,400 s.
const UNTIL_S_MAX: i64 = 2_678_400;
/// The notice of maintenance: 72 h × 3,600 s.
const NOTICE_S: i64 = 259_200;

/// Zones, each with the start of a life: ordinary months, months of 743, 745 and 743.5 hours, and a lost day.
const STAGES: [(&str, &str); 5] = [
    ("UTC", "2026-05-20T00:00:00Z"),
    ("Europe/Berlin", "2026-02-10T06:00:00Z"),
    ("Europe/Berlin", "2025-09-20T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-03-15T00:00:00Z"),
    ("Pacific/Apia", "2011-11-25T00:00:00Z"),
];

/// The settings of a service for its whole life.
#[derive(Clone, Debug)]
struct Settings {
    stage: usize,
    plan: &'static str,
    resolution_s: u32,
    max_silence_s: Option<u32>,
    quorum: u32,
    probes: usize,
    /// Days from the registration to the activation.
    activated_days: i64,
}

/// The place of an instant, seen from the present.
#[derive(Clone, Debug)]
enum Place {
    /// So many seconds ago.
    Ago(i64),
    /// Beside the start of the month so many months ago.
    MonthEnd(usize, i64),
    /// Beside a check that was made before.
    Beside(usize, i64),
}

/// One check.
#[derive(Clone, Debug)]
struct Spec {
    probe: usize,
    place: Place,
    until_s: Option<i64>,
    status: &'static str,
}

/// The order of the checks in a batch.
#[derive(Clone, Copy, Debug)]
enum Order {
    Forward,
    Reverse,
    /// Every n-th first.
    Rotated(usize),
}

/// An event of a life.
#[derive(Clone, Debug)]
enum Event {
    Checks(Vec<Spec>, Order),
    /// Checks of one probe over many days at even distances, among others.
    Catching(usize, i64, usize, Vec<Spec>, Order),
    /// An earlier batch comes again, from one check on.
    Again(usize, usize),
    /// A check among two malformed ones.
    Poison(Spec),
    Void(usize, i64, i64),
    Exclude(usize, i64, i64),
    Withdraw(usize),
    Maintain(i64, i64),
    Claim(usize),
    Review(usize, bool),
    Restate(usize),
    Terminate(i64),
    Nothing,
}

fn settings() -> impl Strategy<Value = Settings> {
    let silence = prop_oneof![
        5 => Just(None),
        2 => Just(Some(90_000_u32)),
        1 => Just(Some(864_000)),
        1 => Just(Some(120)),
    ];
    let plan = prop_oneof![Just("standard"), Just("premium"), Just("enterprise")];
    let resolution = prop_oneof![5 => Just(60_u32), 1 => Just(10)];
    let activated = prop_oneof![Just(0_i64), 0_i64..15];
    (0..STAGES.len(), plan, resolution, silence, 1_u32..=2, 1_usize..=3, activated).prop_map(
        |(stage, plan, resolution_s, max_silence_s, quorum, probes, activated_days)| Settings {
            stage,
            plan,
            resolution_s,
            max_silence_s,
            quorum: quorum.min(u32::try_from(probes).unwrap_or(1)),
            probes,
            activated_days,
        },
    )
}

fn spec() -> impl Strategy<Value = Spec> {
    let place = prop_oneof![
        4 => (0_i64..7_200).prop_map(Place::Ago),
        2 => (0_i64..8_640_000).prop_map(Place::Ago),
        3 => (0_usize..4, -5_400_i64..5_400).prop_map(|(month, s)| Place::MonthEnd(month, s)),
        4 => (0_usize..50, -1_800_i64..7_200).prop_map(|(nth, s)| Place::Beside(nth, s)),
    ];
    let until = prop_oneof![
        8 => Just(None),
        2 => (0_i64..7_200).prop_map(Some),
        2 => (0..=UNTIL_S_MAX).prop_map(Some),
    ];
    let status = prop_oneof![4 => Just("up"), 4 => Just("down"), 1 => Just("degraded"), 1 => Just("unknown")];
    (0_usize..3, place, until, status).prop_map(|(probe, place, until_s, status)| Spec {
        probe,
        place,
        until_s,
        status,
    })
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![2 => Just(Order::Forward), 1 => Just(Order::Reverse), 1 => (2_usize..7).prop_map(Order::Rotated)]
}

fn event() -> impl Strategy<Value = Event> {
    let catching =
        (0_usize..3, 3_600_i64..100_000, 2_usize..45, prop::collection::vec(spec(), 0..4), order());
    prop_oneof![
        8 => (prop::collection::vec(spec(), 1..6), order()).prop_map(|(specs, order)| Event::Checks(specs, order)),
        3 => catching.prop_map(|(probe, step_s, count, specs, order)| {
            Event::Catching(probe, step_s, count, specs, order)
        }),
        2 => (0_usize..10, 0_usize..20).prop_map(|(batch, from)| Event::Again(batch, from)),
        1 => spec().prop_map(Event::Poison),
        2 => (0_usize..50, -600_i64..600, 1_i64..90_000).prop_map(|(nth, s, length)| Event::Void(nth, s, length)),
        2 => (0_usize..50, -600_i64..600, 1_i64..90_000).prop_map(|(nth, s, length)| Event::Exclude(nth, s, length)),
        1 => (0_usize..4).prop_map(Event::Withdraw),
        1 => (0_i64..1_000_000, 60_i64..90_000).prop_map(|(s, length)| Event::Maintain(s, length)),
        1 => (0_usize..3).prop_map(Event::Claim),
        2 => (1_usize..4, any::<bool>()).prop_map(|(month, breached)| Event::Review(month, breached)),
        1 => (1_usize..4).prop_map(Event::Restate),
        1 => Just(Event::Nothing),
    ]
}

/// Generates a life: settings, and events with the time since the previous one. Some services end before the
/// last.
fn life() -> impl Strategy<Value = (Settings, Vec<(i64, Event)>)> {
    fn events(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(i64, Event)>> {
        let gap = prop_oneof![3 => 30_i64..7_200, 3 => 7_200_i64..200_000, 4 => 200_000_i64..1_000_000];
        prop::collection::vec((gap, event()), count)
    }
    let end = prop::option::weighted(0.4, (30_i64..400_000, -200_000_i64..400_000));
    (settings(), events(5..24), end, events(0..6)).prop_map(|(settings, mut all, end, last)| {
        all.extend(end.map(|(gap_s, at)| (gap_s, Event::Terminate(at))));
        all.extend(last);
        (settings, all)
    })
}

/// Turns a life into the lines of a scenario.
struct Writer {
    settings: Settings,
    zone: Zone,
    now: i64,
    activated_at: i64,
    lines: Vec<Value>,
    batches: Vec<Vec<Value>>,
    /// The checks made: probe and instant.
    made: Vec<(String, i64)>,
    count: usize,
}

impl Writer {
    fn write(settings: &Settings, events: &[(i64, Event)]) -> (Vec<Line>, String) {
        let (zone, start) = STAGES[settings.stage];
        let now = start.parse::<Instant>().unwrap().epoch_s();
        let mut writer = Writer {
            settings: settings.clone(),
            zone: zone.parse().unwrap(),
            now,
            activated_at: now + settings.activated_days * 86_400,
            lines: Vec::new(),
            batches: Vec::new(),
            made: Vec::new(),
            count: 0,
        };
        writer.register(zone);
        for (gap_s, event) in events {
            writer.now += gap_s;
            writer.count += 1;
            writer.event(event);
        }
        let text: Vec<String> = writer.lines.iter().map(Value::to_string).collect();
        // Long enough to close the last open month and to restate months with late checks.
        let until = Instant::from_epoch_s(writer.now + 36 * 86_400).to_string();
        (scenario::parse("life", &text.join("\n")).unwrap(), until)
    }

    fn register(&mut self, zone: &str) {
        self.desk(json!({ "command": "register_customer", "customer_id": "c1", "name": "C" }));
        let Settings { plan, resolution_s, max_silence_s, quorum, .. } = self.settings.clone();
        self.desk(json!({
            "command": "register_service", "service_id": "s1", "customer_id": "c1", "name": "s1", "plan": plan,
            "monthly_fee": { "minor": 100_000, "currency": "EUR" }, "region": "eu", "time_zone": zone,
            "activated_at": shown(self.activated_at), "resolution_s": resolution_s, "check_interval_s": 60,
            "max_silence_s": max_silence_s, "quorum": quorum,
        }));
        self.now = self.activated_at;
        let first = (0..self.settings.probes).map(|probe| Spec {
            probe,
            place: Place::Ago(0),
            until_s: None,
            status: "up",
        });
        let first: Vec<Spec> = first.collect();
        let checks = first.iter().filter_map(|spec| self.check(spec)).collect();
        self.batch(checks, Order::Forward);
    }

    fn line(&mut self, invoke: &str, payload: Value) {
        self.lines.push(json!({ "at": shown(self.now), "invoke": invoke, "payload": payload }));
    }

    fn desk(&mut self, command: Value) {
        self.line("run-desk", command);
    }

    fn event(&mut self, event: &Event) {
        let id = self.count;
        match event {
            Event::Checks(specs, order) => {
                let checks = specs.iter().filter_map(|spec| self.check(spec)).collect();
                self.batch(checks, *order);
            }
            Event::Catching(probe, step_s, count, specs, order) => {
                let count = i64::try_from(*count).unwrap();
                let regular = (0..count).map(|nth| Spec {
                    probe: *probe,
                    place: Place::Ago((count - nth) * step_s),
                    until_s: None,
                    status: "up",
                });
                let all: Vec<Spec> = regular.chain(specs.iter().cloned()).collect();
                let checks = all.iter().filter_map(|spec| self.check(spec)).collect();
                self.batch(checks, *order);
            }
            Event::Again(batch, from) => {
                if let Some(batch) = self.batches.get(*batch).cloned() {
                    let from = from % batch.len().max(1);
                    self.line("record-checks", json!({ "checks": batch[from..] }));
                }
            }
            Event::Poison(spec) => {
                let checks: Vec<Value> = self.check(spec).into_iter().collect();
                let bad = json!({ "service_id": "nobody", "checked_at": shown(self.now), "status": "down" });
                let wrong = json!({ "service_id": "s1", "checked_at": shown(self.now), "status": "dead" });
                let checks = [vec![bad], checks, vec![wrong]].concat();
                self.line("record-checks", json!({ "checks": checks }));
            }
            Event::Claim(month) => {
                let month = self.month(*month);
                self.desk(json!({
                    "command": "file_claim", "service_id": "s1", "month": month, "customer_id": "c1", "kind": "uptime",
                }));
            }
            Event::Review(month, breached) => {
                let (month, verdict) = (self.month(*month), if *breached { "breached" } else { "met" });
                self.desk(json!({
                    "command": "review_statement", "service_id": "s1", "month": month, "verdict": verdict,
                    "by": "rita", "reason": format!("looked at it, {id}"),
                }));
            }
            Event::Restate(month) => {
                let month = self.month(*month);
                self.desk(json!({
                    "command": "restate_month", "service_id": "s1", "month": month, "by": "olga",
                    "reason": format!("asked for, {id}"),
                }));
            }
            Event::Terminate(s) => {
                let at = shown(self.now + s);
                self.desk(json!({ "command": "terminate_service", "service_id": "s1", "at": at }));
            }
            Event::Nothing => {}
            Event::Void(..) | Event::Exclude(..) | Event::Withdraw(_) | Event::Maintain(..) => {
                self.window(event)
            }
        }
    }

    fn window(&mut self, event: &Event) {
        let id = self.count;
        match event {
            Event::Void(nth, s, length_s) => {
                let Some((probe, (from, to))) = self.span(*nth, *s, *length_s) else { return };
                self.desk(json!({
                    "command": "void_checks", "void_id": format!("v{id}"), "service_id": "s1", "probe": probe,
                    "starts_at": shown(from), "ends_at": shown(to), "evidence": "e", "raised_by": "ann",
                }));
                self.desk(json!({
                    "command": "decide_void", "void_id": format!("v{id}"), "decision": "approve",
                    "decided_by": "bob", "note": "n",
                }));
            }
            Event::Exclude(nth, s, length_s) => {
                let Some((_, (from, to))) = self.span(*nth, *s, *length_s) else { return };
                self.desk(json!({
                    "command": "raise_exclusion", "exclusion_id": format!("x{id}"), "services": ["s1"],
                    "clause": "cyber_attack", "starts_at": shown(from), "ends_at": shown(to), "evidence": "e",
                    "raised_by": "ann",
                }));
                self.desk(json!({
                    "command": "decide_exclusion", "exclusion_id": format!("x{id}"), "decision": "approve",
                    "decided_by": "bob", "note": "n",
                }));
            }
            Event::Withdraw(back) => {
                let id = id.saturating_sub(*back + 1);
                self.desk(json!({
                    "command": "withdraw_exclusion", "exclusion_id": format!("x{id}"), "by": "cyd", "note": "n",
                }));
            }
            Event::Maintain(s, length_s) => {
                let from = self.now + NOTICE_S + s;
                self.desk(json!({
                    "command": "announce_maintenance", "window_id": format!("w{id}"), "starts_at": shown(from),
                    "ends_at": shown(from + length_s), "scope": { "services": ["s1"] }, "reason": "r",
                }));
            }
            _ => {}
        }
    }

    /// Returns a span in the past that begins beside an earlier check, and the check's probe.
    fn span(&self, nth: usize, s: i64, length_s: i64) -> Option<(String, (i64, i64))> {
        let (probe, at) = self.made.get(nth % self.made.len().max(1))?;
        let from = (at + s).max(self.activated_at);
        let to = (from + length_s).min(self.now);
        (from < to).then(|| (probe.clone(), (from, to)))
    }

    fn month(&self, back: usize) -> Month {
        let present = Month::of(Instant::from_epoch_s(self.now), self.zone);
        std::iter::successors(Some(present), |month| Some(month.previous())).nth(back).unwrap()
    }

    /// Makes a check if its instant lies in the service's life.
    fn check(&mut self, spec: &Spec) -> Option<Value> {
        let at = match spec.place {
            Place::Ago(s) => self.now - s,
            Place::MonthEnd(back, s) => self.month(back).start(self.zone).epoch_s() + s,
            Place::Beside(nth, s) => self.made.get(nth % self.made.len().max(1))?.1 + s,
        };
        let probe = format!("p{}", spec.probe % self.settings.probes);
        if at < self.activated_at || at > self.now {
            return None;
        }
        self.made.push((probe.clone(), at));
        let mut check =
            json!({ "service_id": "s1", "probe": probe, "checked_at": shown(at), "status": spec.status });
        if let Some(s) = spec.until_s {
            check["until"] = json!(shown((at + s).min(self.now)));
        }
        Some(check)
    }

    fn batch(&mut self, checks: Vec<Value>, order: Order) {
        let checks: Vec<Value> = match order {
            Order::Forward => checks,
            Order::Reverse => checks.into_iter().rev().collect(),
            Order::Rotated(n) => {
                let nth = |first: usize| checks.iter().skip(first).step_by(n).cloned();
                (0..n).flat_map(nth).collect()
            }
        };
        if !checks.is_empty() {
            self.batches.push(checks.clone());
            self.line("record-checks", json!({ "checks": checks }));
        }
    }
}

fn shown(at: i64) -> String {
    Instant::from_epoch_s(at).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: SHRINKING_MAX, ..ProptestConfig::with_cases(LIVES) })]

    #[test]
    fn what_was_said_and_stated_is_what_a_fresh_look_would_say((settings, events) in life()) {
        let (lines, until) = Writer::write(&settings, &events);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        if let Err(error) = runtime.block_on(Box::pin(Life::live(&lines, &until))) {
            let told: Vec<String> =
                lines.iter().map(|line| format!("{} {} {}", line.at, line.invoke, line.payload)).collect();
            prop_assert!(false, "{error}\nafter\n{}", told.join("\n"));
        }
    }
}
