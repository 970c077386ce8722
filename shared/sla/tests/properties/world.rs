//! Generated worlds: a service, a month of its zone, checks around the instants where mistakes hide, windows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sla::assessment::{Announcements, Assessment};
use sla::cause::Cause;
use sla::check::Check;
use sla::claim::OutagesEnd;
use sla::consequence::{Consequences, KnownMonth};
use sla::measurement::{Measurement, MeasurementChunk, ProbeMeasurements};
use sla::settlement::Books;
use sla::timeline::{EncodedChunk, ProbeTimeline};
use sla::void::VoidSpan;
use sla::{
    Chunk, Edition, Inputs, Instant, Month, OwnSilence, OwnSilences, Plan, ProbeId, Resolution, Service,
    Span, Status, Terms, Window, WindowKind, Zone,
};

/// Months of 743, 745, 721 and 743.5 hours, with a missing and a double midnight, a lost day, and ordinary
/// ones.
const MONTHS: [(&str, &str); 9] = [
    ("UTC", "2026-06"),
    ("Europe/Berlin", "2026-03"),
    ("Europe/Berlin", "2026-10"),
    ("America/Asuncion", "2017-10"),
    ("America/Havana", "2015-11"),
    ("Australia/Lord_Howe", "2026-04"),
    ("America/St_Johns", "2009-11"),
    ("Pacific/Apia", "2011-12"),
    ("Asia/Kathmandu", "2024-02"),
];
/// Longest life of a service with slots shorter than half a minute, as the model walks slot by slot.
const SHORT_LIFE_S: i64 = 4 * 3600;

/// Books without claims.
pub const NO_BOOKS: Books<'static> = Books {
    claims: &[],
    entries: &[],
    outage_after: OutagesEnd::None,
    invoiced_to: None,
    terminated_at: None,
};

/// Closes a month of which nothing else is to be said.
pub fn close(inputs: &Inputs, announcements: &Announcements, books: Books<'_>, now: Instant) -> Consequences {
    let (facts, windows) = (Vec::new(), BTreeMap::new());
    let assessment = &Assessment { facts, announcements: announcements.clone(), due_at: None, windows };
    let known =
        KnownMonth { service: &inputs.service, month: inputs.month, stated: None, books, announcements, now };
    Consequences::of(&known, Cause::Close { inputs, assessment }).unwrap()
}

/// Returns what follows from a cause for a month that is stated from some inputs.
pub fn follow(
    stored: &Inputs,
    announcements: &Announcements,
    books: Books<'_>,
    now: Instant,
    cause: Cause<'_>,
) -> Consequences {
    let statement = stored.statement().unwrap();
    let stated = statement.as_ref().map(|statement| (stored, statement));
    let known =
        KnownMonth { service: &stored.service, month: stored.month, stated, books, announcements, now };
    Consequences::of(&known, cause).unwrap()
}

/// A service-month and all its events.
#[derive(Debug, Clone)]
pub struct World {
    pub service: Service,
    pub month: Month,
    pub as_of: Instant,
    pub checks: Vec<Check>,
    pub windows: Vec<Window>,
    pub voids: Vec<VoidSpan>,
    /// The silences of the probes that have their own.
    pub silences: OwnSilences,
}

impl World {
    /// Returns the timelines of checks from the chunk that contains `from`, each with its probe's silence.
    pub fn timelines(&self, checks: &[Check], from: Instant) -> Vec<ProbeTimeline> {
        own(timelines(&self.service, checks, from), &self.silences)
    }

    /// Returns the inputs of the statement, with the checks in the world's order.
    pub fn inputs(&self) -> Inputs {
        self.inputs_of(&self.checks)
    }

    /// Returns the inputs of the statement, with the checks in another order.
    pub fn inputs_of(&self, checks: &[Check]) -> Inputs {
        let bounds = self.month.bounds(self.service.time_zone);
        Inputs {
            service: self.service.clone(),
            month: self.month,
            revision: 1,
            as_of: self.as_of,
            terms: Terms::built_in(),
            windows: self.windows.clone(),
            voids: self.voids.clone(),
            probes: self.timelines(checks, bounds.start),
            measurements: measurements(&self.service, checks, bounds),
            tickets: Vec::new(),
            review: None,
            rules: Edition::PRESENT,
        }
    }
}

/// Gives each probe its own silence.
pub fn own(timelines: Vec<ProbeTimeline>, silences: &OwnSilences) -> Vec<ProbeTimeline> {
    let own = |timeline: ProbeTimeline| {
        let silence = silences.of(&timeline.probe);
        timeline.with_silence(silence)
    };
    timelines.into_iter().map(own).collect()
}

/// Joins checks one by one, and returns the timelines from the chunk that contains `from`, including the
/// carried-in checks.
pub fn timelines(service: &Service, checks: &[Check], from: Instant) -> Vec<ProbeTimeline> {
    let resolution = service.resolution_s;
    let mut chunks: BTreeMap<(ProbeId, Instant), Chunk> = BTreeMap::new();
    for check in checks {
        let slots = check.slots(resolution);
        let mut start = resolution.chunk(slots.start);
        while start < slots.end {
            let chunk =
                chunks.entry((check.probe.clone(), start)).or_insert_with(|| Chunk::empty(start, resolution));
            chunk.join(slots, check.status);
            start = chunk.span().end;
        }
    }
    let mut timelines: BTreeMap<ProbeId, ProbeTimeline> = BTreeMap::new();
    for ((probe, start), chunk) in chunks {
        let new = || ProbeTimeline::new(probe.clone(), None, vec![]);
        let timeline = timelines.entry(probe.clone()).or_insert_with(new);
        timeline.insert(EncodedChunk { start, slots: chunk.encode() });
    }
    let always = Span::new(from, Instant::from_epoch_s(i64::MAX));
    timelines.into_values().map(|timeline| timeline.within(always, resolution).unwrap()).collect()
}

/// Joins measurements one by one, and returns the chunks that touch a span.
pub fn measurements(service: &Service, checks: &[Check], span: Span) -> Vec<ProbeMeasurements> {
    let resolution = service.resolution_s;
    let mut chunks: BTreeMap<ProbeId, BTreeMap<Instant, MeasurementChunk>> = BTreeMap::new();
    for check in checks.iter().filter(|check| !check.measurement.is_empty()) {
        let slots = check.slots(resolution).intersect(span);
        let mut start = resolution.chunk(slots.start);
        while start < slots.end {
            let of_probe = chunks.entry(check.probe.clone()).or_default();
            let chunk = of_probe.entry(start).or_insert_with(|| MeasurementChunk::empty(start, resolution));
            chunk.join(check.slots(resolution), check.measurement);
            start = start.plus_s(resolution.chunk_s());
        }
    }
    let encoded = |(start, chunk): (Instant, MeasurementChunk)| EncodedChunk { start, slots: chunk.encode() };
    let measured = chunks.into_iter().map(|(probe, chunks)| ProbeMeasurements {
        probe,
        chunks: chunks.into_iter().map(encoded).collect(),
    });
    measured.collect()
}

/// A service with one slot a minute, checked every minute.
pub fn service(zone: &str, activated_at: Instant) -> Service {
    Service {
        service_id: "svc-1".parse().unwrap(),
        customer_id: "cust-1".parse().unwrap(),
        name: "Line 1".to_owned(),
        plan: Plan::Standard,
        monthly_fee: sla::Money { minor: 49_900, currency: "EUR".parse().unwrap() },
        region: "eu".parse().unwrap(),
        time_zone: zone.parse().unwrap(),
        activated_at,
        terminated_at: None,
        resolution_s: 60.try_into().unwrap(),
        check_interval_s: 60,
        max_silence_s: Some(120),
        quorum: 1,
        changes: vec![],
        registered_at: None,
        statements_from: None,
    }
}

/// A check of the service by the n-th probe.
pub fn check(probe: usize, checked_at: Instant, until: Option<Instant>, status: Status) -> Check {
    Check {
        service_id: "svc-1".parse().unwrap(),
        probe: probe_id(probe),
        checked_at,
        until,
        status,
        measurement: Measurement::default(),
    }
}

/// The n-th probe.
pub fn probe_id(probe: usize) -> ProbeId {
    format!("probe-{probe}").parse().unwrap()
}

/// An instant as generated: near one of the month's interesting instants.
type Near = (usize, i64);

fn near() -> impl Strategy<Value = Near> {
    (0_usize..4, prop_oneof![-300_i64..300, -5400_i64..5400])
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        4 => Just(Status::Down),
        4 => Just(Status::Up),
        1 => Just(Status::Degraded),
        1 => Just(Status::Unknown),
    ]
}

#[derive(Debug, Clone)]
struct Watching {
    resolution_s: u32,
    max_silence_s: Option<u32>,
    quorum: u32,
    plan: Plan,
    fee_minor: u64,
    silences: OwnSilences,
}

/// Generates a silence: for ever, none at all, around slots, and more than a month.
fn silence() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![
        Just(None),
        Just(Some(0_u32)),
        Just(Some(59)),
        Just(Some(120)),
        Just(Some(179)),
        Just(Some(3601)),
        Just(Some(3_000_000)),
    ]
}

/// Generates the silences of some of the three probes.
pub fn silences() -> impl Strategy<Value = OwnSilences> {
    prop::collection::vec(prop::option::weighted(0.4, silence()), 3).prop_map(|silences| {
        let own = silences.into_iter().enumerate();
        own.filter_map(|(nth, silence)| Some((probe_id(nth), OwnSilence::after(silence?)))).collect()
    })
}

fn watching() -> impl Strategy<Value = Watching> {
    (
        prop_oneof![Just(60_u32), Just(30), Just(10), Just(4), Just(1)],
        silence(),
        1_u32..=3,
        prop_oneof![Just(Plan::Standard), Just(Plan::Premium), Just(Plan::Enterprise)],
        prop_oneof![Just(0_u64), Just(1), Just(49_900), Just(499_900), Just(sla::money::MINOR_MAX)],
        silences(),
    )
        .prop_map(|(resolution_s, max_silence_s, quorum, plan, fee_minor, silences)| Watching {
            resolution_s,
            max_silence_s,
            quorum,
            plan,
            fee_minor,
            silences,
        })
}

/// A check as generated: probe, instant, length of time covered, status, measurement.
type CheckNear = (usize, Near, Option<i64>, Status, Measurement);

/// Values around the limits, so that means lie close to them.
fn measurement() -> impl Strategy<Value = Measurement> {
    let around = |limit: u32| {
        let value = prop_oneof![limit - 2..=limit + 2, Just(0), Just(2 * limit), Just(u32::MAX)];
        prop::option::weighted(0.3, value)
    };
    (around(50_000), around(100_000), around(1_000)).prop_map(|(latency_us, throughput_kbps, loss_ppm)| {
        Measurement { latency_us, throughput_kbps, loss_ppm }
    })
}

fn checks() -> impl Strategy<Value = Vec<CheckNear>> {
    let until = prop_oneof![6 => Just(None), 2 => (0_i64..4000).prop_map(Some), 1 => Just(Some(2_600_000))];
    prop::collection::vec((0_usize..3, near(), until, status(), measurement()), 0..40)
}

/// A void as generated: probe, start, length.
type VoidNear = (usize, Near, i64);

fn voids(near: impl Strategy<Value = Near>, length_s: i64) -> impl Strategy<Value = Vec<VoidNear>> {
    prop_oneof![Just(Vec::new()), prop::collection::vec((0_usize..3, near, 1..length_s), 1..4)]
}

/// Generates a world.
pub fn world() -> impl Strategy<Value = World> {
    let life = (prop::option::weighted(0.4, near()), prop::option::weighted(0.4, 0_i64..2_000_000));
    let windows = prop::collection::vec((near(), 1_i64..5000, 0_usize..4), 0..5);
    let times = (life, prop::option::weighted(0.3, near()));
    (0..MONTHS.len(), watching(), times, checks(), windows, voids(near(), 5000)).prop_map(
        |(month, watching, (life, as_of), checks, windows, voids)| {
            build(MONTHS[month], &watching, life, checks, (windows, voids), as_of)
        },
    )
}

/// Generates a world in which everything happens within twenty minutes, so that outages meet and part.
pub fn dense_world() -> impl Strategy<Value = World> {
    let check = (0_usize..2, (2_usize..3, -600_i64..600), Just(None), status(), measurement());
    let checks = prop::collection::vec(check, 0..30);
    let windows = prop::collection::vec(((2_usize..3, -600_i64..600), 1_i64..600, 0_usize..4), 0..3);
    let voids = voids((2_usize..3, -600_i64..600), 600);
    (watching(), checks, windows, voids).prop_map(|(watching, checks, windows, voids)| {
        let watching = Watching { resolution_s: 60, quorum: watching.quorum.min(2), ..watching };
        build(MONTHS[0], &watching, (Some((2, -900)), Some(1800)), checks, (windows, voids), None)
    })
}

fn build(
    (zone_name, month): (&str, &str),
    watching: &Watching,
    (activated, life_s): (Option<Near>, Option<i64>),
    checks: Vec<CheckNear>,
    (windows, voids): (Vec<(Near, i64, usize)>, Vec<VoidNear>),
    as_of: Option<Near>,
) -> World {
    let (zone, month): (Zone, Month) = (zone_name.parse().unwrap(), month.parse().unwrap());
    let bounds = month.bounds(zone);
    let resolution = Resolution::try_from(watching.resolution_s).unwrap();
    let short = watching.resolution_s < 30;
    let activated = activated.or(short.then_some((2, -900)));
    let activated_at = activated.map_or(bounds.start.plus_s(-86_400), |near| place(near, bounds));
    let life_s = if short { Some(life_s.unwrap_or(SHORT_LIFE_S).min(SHORT_LIFE_S)) } else { life_s };
    let terminated_at = life_s.map(|seconds| activated_at.plus_s(seconds));
    // Fine slots exist for hours only, so the interesting instants are those of that life.
    let stage = if short { Span::new(activated_at, activated_at.plus_s(SHORT_LIFE_S)) } else { bounds };
    let service = Service {
        plan: watching.plan,
        monthly_fee: sla::Money { minor: watching.fee_minor, currency: "EUR".parse().unwrap() },
        terminated_at,
        resolution_s: resolution,
        max_silence_s: watching.max_silence_s,
        quorum: watching.quorum,
        ..service(zone_name, activated_at)
    };
    let kinds =
        [WindowKind::Maintenance, WindowKind::ForceMajeure, WindowKind::ThirdParty, WindowKind::CyberAttack];
    World {
        checks: checks
            .into_iter()
            .map(|(probe, near, until_s, status, measurement)| {
                let checked_at = place(near, stage);
                let until_s = until_s.map(|s| if short { s.min(2 * SHORT_LIFE_S) } else { s });
                let until = until_s.map(|seconds| checked_at.plus_s(seconds));
                Check { measurement, ..check(probe, checked_at, until, status) }
            })
            .filter(|check| check.checked_at >= activated_at)
            .collect(),
        windows: windows
            .into_iter()
            .enumerate()
            .map(|(nth, (near, length_s, kind))| Window {
                starts_at: place(near, stage),
                ends_at: place(near, stage).plus_s(length_s),
                kind: kinds[kind],
                id: format!("window-{nth}"),
            })
            .collect(),
        voids: voids
            .into_iter()
            .enumerate()
            .map(|(nth, (probe, near, length_s))| VoidSpan {
                id: format!("void-{nth}").parse().unwrap(),
                probe: probe_id(probe),
                starts_at: place(near, stage),
                ends_at: place(near, stage).plus_s(length_s),
            })
            .collect(),
        silences: watching.silences.clone(),
        as_of: as_of.map_or(service.closes_at(month, 24), |near| place(near, bounds)),
        service,
        month,
    }
}

/// Places an instant near a span's start, somewhere inside, in its middle, or near its end.
fn place((anchor, offset_s): Near, span: Span) -> Instant {
    let anchors_s = [0, span.length_s() / 3, span.length_s() / 2, span.length_s()];
    span.start.plus_s(anchors_s[anchor] + offset_s)
}
