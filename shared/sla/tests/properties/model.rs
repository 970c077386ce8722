//! The slow model: one slot after another, straight from the sentences of the rules, sharing no code with the
//! core.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike};
use chrono_tz::Tz;
use sla::Status;
use sla::measurement::Measurement;
use sla::void::VoidSpan;

use crate::world::World;

/// The model's figures for a service-month.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub period: [i64; 2],
    /// Period, up, down, unknown, excluded.
    pub seconds: [i64; 5],
    pub verdict: &'static str,
    /// Availability, best, worst.
    pub percentages: [Option<String>; 3],
    /// Start, end, down, excluded, ongoing.
    pub outages: Vec<(i64, i64, i64, i64, bool)>,
    /// Amount, largest amount, then the amounts in proportion, for each percent begun and for each full
    /// percent.
    pub amounts: [u64; 5],
    /// The figures of each metric.
    pub performance: Vec<Performance>,
}

/// Mean and percentiles of a metric, number of samples, verdict.
pub type Performance = ([Option<String>; 4], u64, &'static str);

/// Computes the figures; `None` for a service-month without a slot.
pub fn figures(world: &World) -> Option<Figures> {
    let slot_s = i64::from(u32::from(world.service.resolution_s));
    let slots = slots(world, slot_s);
    let (first, last) = (*slots.first()?, *slots.last()?);
    let reported = reported(world, slot_s);
    let mut figures = Figures { period: [first, last + slot_s], ..Figures::default() };
    let mut down_before = false;
    for &slot in &slots {
        let status = combined(world, &reported, slot);
        let excluded = world
            .windows
            .iter()
            .any(|window| window.starts_at.epoch_s() <= slot && slot < window.ends_at.epoch_s());
        let column = match (excluded, status) {
            (true, _) => 4,
            (_, Status::Unknown) => 3,
            (_, Status::Down) => 2,
            (_, Status::Up | Status::Degraded) => 1,
        };
        figures.seconds[0] += slot_s;
        figures.seconds[column] += slot_s;
        if status == Status::Down {
            if !down_before {
                figures.outages.push((slot, slot, 0, 0, false));
            }
            if let Some((_, ended, down_s, excluded_s, ongoing)) = figures.outages.last_mut() {
                *ended = slot + slot_s;
                *(if excluded { excluded_s } else { down_s }) += slot_s;
                *ongoing = slot == last;
            }
        }
        down_before = status == Status::Down;
    }
    judge(world, &mut figures);
    figures.performance = performance(world, &slots, slot_s);
    Some(figures)
}

/// A metric's promise in the agreement's text.
struct Promise {
    of: fn(&Measurement) -> Option<u32>,
    /// True if the higher value is the worse one, and the limit itself is missed.
    higher_is_worse: bool,
    limit: u64,
    stored_per_shown: u64,
}

/// Judges each metric: all samples in a list, sorted.
fn performance(world: &World, slots: &[i64], slot_s: i64) -> Vec<Performance> {
    let excluded =
        |slot: i64| world.windows.iter().any(|w| w.starts_at.epoch_s() <= slot && slot < w.ends_at.epoch_s());
    let counted: BTreeSet<i64> = slots.iter().copied().filter(|slot| !excluded(*slot)).collect();
    let promise = |of, higher_is_worse, limit, stored_per_shown| Promise {
        of,
        higher_is_worse,
        limit,
        stored_per_shown,
    };
    let promises = [
        promise(|m| m.latency_us, true, 50_000, 1_000),
        promise(|m| m.throughput_kbps, false, 100_000, 1_000),
        promise(|m| m.loss_ppm, true, 1_000, 10_000),
    ];
    promises.iter().map(|promise| judge_metric(promise, &samples(promise, world, &counted, slot_s))).collect()
}

/// Returns the worst measurement in every probe's counted slots, ascending.
fn samples(promise: &Promise, world: &World, counted: &BTreeSet<i64>, slot_s: i64) -> Vec<u64> {
    let mut worst: BTreeMap<(String, i64), u32> = BTreeMap::new();
    for check in &world.checks {
        let Some(value) = (promise.of)(&check.measurement) else { continue };
        let from = check.checked_at.epoch_s() / slot_s * slot_s;
        let until = check.until.unwrap_or(check.checked_at).epoch_s() / slot_s * slot_s;
        for slot in counted.range(from..=until) {
            if voided(world, check.probe.as_str(), *slot) {
                continue;
            }
            let known = worst.entry((check.probe.to_string(), *slot)).or_insert(value);
            *known = if promise.higher_is_worse { value.max(*known) } else { value.min(*known) };
        }
    }
    let mut samples: Vec<u64> = worst.into_values().map(u64::from).collect();
    samples.sort_unstable();
    samples
}

fn judge_metric(promise: &Promise, samples: &[u64]) -> Performance {
    let Promise { higher_is_worse, limit, stored_per_shown, .. } = *promise;
    let (count, sum) = (samples.len() as u64, samples.iter().sum::<u64>());
    let percentile = |p: u64| {
        // The smallest value that at least p % of the samples do not exceed.
        let enough = |at: &usize| (*at as u64 + 1) * 100 >= p * count;
        (0..samples.len()).find(enough).map(|at| thousandths(samples[at], stored_per_shown))
    };
    let mean = (count > 0).then(|| thousandths(sum, count * stored_per_shown));
    let kept = if higher_is_worse { sum < limit * count } else { sum >= limit * count };
    let verdict = match (count, kept) {
        (0, _) => "not_measured",
        (_, true) => "met",
        (_, false) => "missed",
    };
    ([mean, percentile(50), percentile(95), percentile(99)], count, verdict)
}

/// Long division on paper: three decimals, the rest dropped.
fn thousandths(part: u64, whole: u64) -> String {
    let mut rest = part;
    let mut text = format!("{}.", rest / whole);
    for _ in 0..3 {
        rest = rest % whole * 10;
        text.push_str(&(rest / whole).to_string());
    }
    text
}

/// Every slot whose start lies in month ∩ [activated, terminated) ∩ (−∞, as_of).
fn slots(world: &World, slot_s: i64) -> Vec<i64> {
    let zone: Tz = world.service.time_zone.to_string().parse().unwrap();
    let month = world.month.to_string();
    let (year, number) = month.split_once('-').unwrap();
    let (year, number): (i32, u32) = (year.parse().unwrap(), number.parse().unwrap());
    let (next_year, next_number) = if number == 12 { (year + 1, 1) } else { (year, number + 1) };
    let start = first_instant(zone, year, number).max(world.service.activated_at.epoch_s());
    let mut end = first_instant(zone, next_year, next_number).min(world.as_of.epoch_s());
    if let Some(terminated_at) = world.service.terminated_at {
        end = end.min(terminated_at.epoch_s());
    }
    let first = (start..start + slot_s).find(|instant| instant % slot_s == 0).unwrap();
    (first..end).step_by(slot_s as usize).collect()
}

/// Returns the first instant whose local date is the 1st, found on the calendar, minute by minute.
fn first_instant(zone: Tz, year: i32, month: u32) -> i64 {
    let noon = chrono::NaiveDate::from_ymd_opt(year, month, 1).unwrap().and_hms_opt(12, 0, 0).unwrap();
    let from = noon.and_utc().timestamp() - 3 * 86_400;
    (0..6 * 1440)
        .map(|minute| from + 60 * minute)
        .find(|&instant| {
            let local = DateTime::from_timestamp(instant, 0).unwrap().with_timezone(&zone);
            (local.year(), local.month(), local.day()) == (year, month, 1)
        })
        .unwrap()
}

type Reported = BTreeMap<String, BTreeMap<i64, Status>>;

/// Returns, for each probe, every slot with a check and the worst report of it.
fn reported(world: &World, slot_s: i64) -> Reported {
    let mut reported = Reported::new();
    for check in &world.checks {
        let probe = reported.entry(check.probe.to_string()).or_default();
        let from = check.checked_at.epoch_s() / slot_s * slot_s;
        let until = check.until.unwrap_or(check.checked_at).epoch_s() / slot_s * slot_s;
        let mut slot = from;
        while slot <= until {
            let worst = probe.entry(slot).or_insert(check.status);
            *worst = check.status.max(*worst);
            slot += slot_s;
        }
    }
    for (probe, slots) in &mut reported {
        for (slot, status) in slots {
            if voided(world, probe, *slot) {
                *status = Status::Unknown;
            }
        }
    }
    reported
}

/// True if a probe's report of a slot does not count.
fn voided(world: &World, probe: &str, slot: i64) -> bool {
    let holds = |void: &VoidSpan| void.starts_at.epoch_s() <= slot && slot < void.ends_at.epoch_s();
    world.voids.iter().any(|void| void.probe.as_str() == probe && holds(void))
}

/// True if a probe's report of an earlier slot speaks for a later one: its own silence says how long, if it has
/// one, else the service's does.
pub fn speaks(world: &World, probe: &str, from: i64, slot: i64) -> bool {
    let stated = serde_json::to_value(&world.silences).unwrap();
    let longest = match &stated[probe] {
        own if stated.get(probe).is_some() => own.as_u64(),
        _ => world.service.max_silence_s.map(u64::from),
    };
    match longest {
        None => true,
        Some(seconds) => slot - from <= seconds as i64,
    }
}

fn combined(world: &World, reported: &Reported, slot: i64) -> Status {
    let known: Vec<Status> = reported
        .iter()
        .filter(|(probe, _)| !voided(world, probe, slot))
        .filter_map(|(probe, slots)| {
            let (from, status) = slots.range(..=slot).next_back()?;
            speaks(world, probe, *from, slot).then_some(*status)
        })
        .filter(|status| *status != Status::Unknown)
        .collect();
    let down = known.iter().filter(|status| **status == Status::Down).count();
    if down >= world.service.quorum as usize {
        Status::Down
    } else if known.contains(&Status::Degraded) || (known.contains(&Status::Up) && down > 0) {
        Status::Degraded
    } else if known.contains(&Status::Up) {
        Status::Up
    } else {
        Status::Unknown
    }
}

fn judge(world: &World, figures: &mut Figures) {
    let [_, up, down, unknown, _] = figures.seconds;
    let agreed = up + down + unknown;
    // 99.9, 99.95 and 99.99 %: of ten thousand agreed seconds, this many may be down.
    let of_ten_thousand = match world.service.plan {
        sla::Plan::Standard => 10,
        sla::Plan::Premium => 5,
        sla::Plan::Enterprise => 1,
    };
    let too_much = |down_s: i64| down_s * 10_000 > of_ten_thousand * agreed;
    figures.verdict = if agreed == 0 {
        "not_applicable"
    } else if too_much(down) {
        "breached"
    } else if too_much(down + unknown) {
        "indeterminate"
    } else {
        "met"
    };
    figures.percentages = [percent(up, up + down), percent(up + unknown, agreed), percent(up, agreed)];
    let fee = world.service.monthly_fee.minor;
    let by_percents = |percents: i64| half_up(fee, 10 * percents.min(10), 100);
    let share = |down_s: i64| half_up(fee, (10 * down_s).min(agreed), agreed);
    let breached = figures.verdict == "breached";
    let earned = |amount: u64| if breached { amount } else { 0 };
    let could_earn = |amount: u64| if breached || figures.verdict == "indeterminate" { amount } else { 0 };
    let mut full = 0;
    while agreed > 0 && full < 100 && (full + 1) * agreed <= 100 * down {
        full += 1;
    }
    let begun = if full * agreed < 100 * down { full + 1 } else { full };
    figures.amounts = [
        earned(share(down)),
        could_earn(share(down + unknown)),
        share(down),
        by_percents(begun),
        by_percents(full),
    ];
}

/// Long division on paper: whole percents, then four decimals, the rest dropped.
fn percent(part: i64, whole: i64) -> Option<String> {
    if whole == 0 {
        return None;
    }
    let mut rest = 100 * part;
    let mut text = format!("{}.", rest / whole);
    for _ in 0..4 {
        rest = rest % whole * 10;
        text.push_str(&(rest / whole).to_string());
    }
    Some(text)
}

/// `fee × numerator / denominator`, half a minor unit and more counting as one.
fn half_up(fee: u64, numerator: i64, denominator: i64) -> u64 {
    if denominator == 0 {
        return 0;
    }
    let (product, denominator) = (i128::from(fee) * i128::from(numerator), i128::from(denominator));
    let whole = product / denominator;
    let rest = product % denominator;
    u64::try_from(if rest * 2 >= denominator { whole + 1 } else { whole }).unwrap()
}
