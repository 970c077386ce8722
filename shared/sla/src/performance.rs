//! Performance of a service-month: mean, percentiles and verdict of each metric
//! (agreement, "Performance Metrics"; rules, 7). A verdict compares the exact sum with the limit times the
//! count, never a rounded mean.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::measurement::Limit;

use crate::codec::CodecError;
use crate::day::local_days;
use crate::measurement::{Metric, ProbeMeasurements, read_runs};
use crate::timeline::CHUNK_SLOTS;
use crate::void::{VoidSpan, left_of, slots_of};
use crate::{Instant, Resolution, Span, Zone};

/// The verdict on a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricVerdict {
    /// The mean kept the limit.
    Met,
    /// The mean broke the limit, which opens the right to a performance claim.
    Missed,
    /// There is no measurement, or no promise to compare it with.
    NotMeasured,
}

/// One metric of a service-month, judged; figures have three decimals, truncated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MetricFigures {
    /// The metric.
    pub metric: Metric,
    /// The mean of all samples; null without samples.
    pub mean: Option<String>,
    /// The value that half of the samples do not exceed.
    pub p50: Option<String>,
    /// The value that 95 % of the samples do not exceed.
    pub p95: Option<String>,
    /// The value that 99 % of the samples do not exceed.
    pub p99: Option<String>,
    /// The bound of the mean: below it, for throughput at least it; null without a promise.
    pub limit: Option<String>,
    /// Number of samples that count. A sample is one probe's measured slot outside excluded time.
    pub samples: u64,
    /// The verdict on the mean.
    pub verdict: MetricVerdict,
}

/// A missed limit, as the customer is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// Its figures.
    #[serde(flatten)]
    pub figures: MetricFigures,
    /// The revision of the statement that found the miss.
    pub revision: u32,
    /// The first instant at which a claim is late.
    pub claim_until: Instant,
}

/// Judges the measurements in the counted spans (ascending, on slot starts) against the limit of each metric.
/// A voided slot of a probe is not a sample.
///
/// # Errors
/// Returns a [`CodecError`] if the stored measurements cannot be read.
pub fn judge(
    measurements: &[ProbeMeasurements],
    resolution: Resolution,
    counted: &[Span],
    voids: &[VoidSpan],
    limits: [Option<Limit>; Metric::ALL.len()],
) -> Result<Vec<MetricFigures>, CodecError> {
    let mut samples = [const { Samples(Vec::new()) }; Metric::ALL.len()];
    for ProbeMeasurements { probe, chunks } in measurements {
        let counted = left_of(counted, &slots_of(voids, probe, resolution));
        for chunk in chunks {
            let before = counted_before(chunk.start, resolution, &counted);
            read_runs(&chunk.slots, |metric, slots, value| {
                let count = before[slots.end] - before[slots.start];
                if let Some(value) = value.filter(|_| count > 0) {
                    samples[metric as usize].0.push((value, count));
                }
            })?;
        }
    }
    let judged = Metric::ALL.into_iter().zip(samples).zip(limits);
    Ok(judged.map(|((metric, samples), limit)| samples.judge(metric, limit)).collect())
}

/// Daily means of a metric, for the days with counted samples, in its stored unit, truncated.
pub type DailyMeans = Vec<(NaiveDate, u32)>;

/// Averages the measurements in the counted spans (ascending, on slot starts) by local day, for each metric.
///
/// # Errors
/// Returns a [`CodecError`] if the stored measurements cannot be read.
pub fn daily_means(
    measurements: &[ProbeMeasurements],
    resolution: Resolution,
    counted: &[Span],
    voids: &[VoidSpan],
    zone: Zone,
) -> Result<[DailyMeans; Metric::ALL.len()], CodecError> {
    let mut sums = [const { BTreeMap::<NaiveDate, (u128, u64)>::new() }; Metric::ALL.len()];
    for ProbeMeasurements { probe, chunks } in measurements {
        let counted = left_of(counted, &slots_of(voids, probe, resolution));
        for chunk in chunks {
            let end = chunk.start.plus_s(resolution.chunk_s());
            for (date, day) in local_days(Span::new(chunk.start, end), resolution, zone) {
                let of_day: Vec<Span> = counted.iter().map(|span| span.intersect(day)).collect();
                let before = counted_before(chunk.start, resolution, &of_day);
                read_runs(&chunk.slots, |metric, slots, value| {
                    let count = before[slots.end] - before[slots.start];
                    if let Some(value) = value.filter(|_| count > 0) {
                        let (sum, samples) = sums[metric as usize].entry(date).or_default();
                        *sum += u128::from(value) * u128::from(count);
                        *samples += count;
                    }
                })?;
            }
        }
    }
    let mean = |(date, (sum, samples)): (NaiveDate, (u128, u64))| {
        (date, u32::try_from(sum / u128::from(samples)).unwrap_or(u32::MAX))
    };
    Ok(sums.map(|days| days.into_iter().map(mean).collect()))
}

/// Returns, for every slot boundary of a chunk, the number of counted slots before it.
fn counted_before(start: Instant, resolution: Resolution, counted: &[Span]) -> Vec<u64> {
    let chunk = Span::new(start, start.plus_s(resolution.chunk_s()));
    let mut counts = [false; CHUNK_SLOTS];
    for span in counted.iter().map(|span| span.intersect(chunk)).filter(|span| !span.is_empty()) {
        let index = |instant: Instant| {
            usize::try_from((instant.epoch_s() - start.epoch_s()) / resolution.seconds()).unwrap_or(0)
        };
        counts[index(span.start)..index(span.end)].fill(true);
    }
    let sums = counts.iter().scan(0, |sum, counts| {
        *sum += u64::from(*counts);
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

/// Measured values with their numbers of samples.
struct Samples(Vec<(u32, u64)>);

impl Samples {
    fn judge(mut self, metric: Metric, limit: Option<Limit>) -> MetricFigures {
        self.0.sort_unstable();
        let count: u64 = self.0.iter().map(|(_, count)| count).sum();
        let sum: u128 = self.0.iter().map(|(value, count)| u128::from(*value) * u128::from(*count)).sum();
        let percentile =
            |percent| self.percentile(percent, count).map(|value| shown(metric, value.into(), 1));
        MetricFigures {
            metric,
            mean: (count > 0).then(|| shown(metric, sum, count)),
            p50: percentile(50),
            p95: percentile(95),
            p99: percentile(99),
            limit: limit.map(|limit| shown(metric, limit.bound().into(), 1)),
            samples: count,
            verdict: match limit {
                Some(limit) if count > 0 && limit.keeps(sum, count) => MetricVerdict::Met,
                Some(_) if count > 0 => MetricVerdict::Missed,
                _ => MetricVerdict::NotMeasured,
            },
        }
    }

    /// Returns the value at the nearest rank, ⌈percent × count / 100⌉, counted from 1; `None` without
    /// samples.
    fn percentile(&self, percent: u64, count: u64) -> Option<u32> {
        let rank = (u128::from(percent) * u128::from(count)).div_ceil(100);
        let mut passed = 0_u128;
        let reaches = |(_, count): &&(u32, u64)| {
            passed += u128::from(*count);
            passed >= rank
        };
        self.0.iter().find(reaches).map(|(value, _)| *value)
    }
}

impl Limit {
    /// Returns the bound.
    const fn bound(self) -> u32 {
        match self {
            Self::Below(bound) | Self::AtLeast(bound) => bound,
        }
    }

    /// True if the mean `sum / count` keeps the limit: compares `sum` with `limit × count`, exactly.
    fn keeps(self, sum: u128, count: u64) -> bool {
        let bound = u128::from(self.bound()) * u128::from(count);
        match self {
            Self::Below(_) => sum < bound,
            Self::AtLeast(_) => sum >= bound,
        }
    }
}

/// Writes a stored value in its shown unit, with three decimals.
pub fn written(metric: Metric, value: u32) -> String {
    shown(metric, u128::from(value), 1)
}

/// Writes `sum / count` in the shown unit with three decimals, truncated.
fn shown(metric: Metric, sum: u128, count: u64) -> String {
    let thousandths = sum * 1_000 / (u128::from(count) * u128::from(metric.stored_per_shown()));
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{Measurement, MeasurementChunk};
    use crate::timeline::EncodedChunk;
    use crate::{Plan, Terms};

    fn minute() -> Resolution {
        60.try_into().unwrap()
    }

    /// Returns the instant that lies so many minutes after 2026-06-01T00:00:00Z.
    fn at(minute: i64) -> Instant {
        Instant::from_epoch_s(1_780_272_000 + minute * 60)
    }

    fn minutes(from: i64, to: i64) -> Span {
        Span::new(at(from), at(to))
    }

    /// A probe that measured each value of a metric for a number of minutes, in turn.
    fn probe(metric: Metric, values: &[(u32, i64)]) -> ProbeMeasurements {
        let mut chunk = MeasurementChunk::empty(at(0), minute());
        let mut first = 0;
        for &(value, length) in values {
            let value = Some(value);
            let measurement = match metric {
                Metric::LatencyMs => Measurement { latency_us: value, ..Measurement::default() },
                Metric::ThroughputMbps => Measurement { throughput_kbps: value, ..Measurement::default() },
                Metric::PacketLossPct => Measurement { loss_ppm: value, ..Measurement::default() },
            };
            chunk.join(minutes(first, first + length), measurement);
            first += length;
        }
        let chunks = vec![EncodedChunk { start: at(0), slots: chunk.encode() }];
        ProbeMeasurements { probe: "fra".parse().unwrap(), chunks }
    }

    fn judged(metric: Metric, probes: &[&[(u32, i64)]], counted: &[Span], terms: &Terms) -> MetricFigures {
        let probes: Vec<_> = probes.iter().map(|values| probe(metric, values)).collect();
        let region = "eu".parse().unwrap();
        let limits = Metric::ALL.map(|metric| terms.limit(metric, Plan::Premium, &region));
        judge(&probes, minute(), counted, &[], limits).unwrap().swap_remove(metric as usize)
    }

    fn words(figures: &MetricFigures) -> String {
        let shown = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "-".to_owned());
        let MetricFigures { mean, p50, p95, p99, limit, samples, verdict, .. } = figures;
        let [mean, p50, p95, p99, limit] = [mean, p50, p95, p99, limit].map(shown);
        format!("{samples} samples, mean {mean}, {p50} {p95} {p99}, limit {limit}: {verdict:?}")
    }

    #[test]
    fn a_limit_is_strict_as_written() {
        #[track_caller]
        fn check(metric: Metric, values: &[(u32, i64)], expect: &str) {
            let figures = judged(metric, &[values], &[minutes(0, 1440)], &Terms::built_in());
            assert_eq!(words(&figures), expect);
        }
        use Metric::{LatencyMs, PacketLossPct, ThroughputMbps};
        check(LatencyMs, &[], "0 samples, mean -, - - -, limit 50.000: NotMeasured");
        let met = "1 samples, mean 49.999, 49.999 49.999 49.999, limit 50.000: Met";
        check(LatencyMs, &[(49_999, 1)], met);
        let missed = "1 samples, mean 50.000, 50.000 50.000 50.000, limit 50.000: Missed";
        check(LatencyMs, &[(50_000, 1)], missed);
        // The mean is a third of a microsecond, or a thousandth of one, below the limit or above it.
        let met = "3 samples, mean 49.999, 50.000 50.000 50.000, limit 50.000: Met";
        check(LatencyMs, &[(50_000, 2), (49_999, 1)], met);
        let met = "1000 samples, mean 49.999, 50.000 50.000 50.000, limit 50.000: Met";
        check(LatencyMs, &[(49_999, 1), (50_000, 999)], met);
        let missed = "1000 samples, mean 50.000, 50.000 50.000 50.000, limit 50.000: Missed";
        check(LatencyMs, &[(50_001, 1), (50_000, 999)], missed);
        let met = "1 samples, mean 100.000, 100.000 100.000 100.000, limit 100.000: Met";
        check(ThroughputMbps, &[(100_000, 1)], met);
        let missed = "1000 samples, mean 99.999, 100.000 100.000 100.000, limit 100.000: Missed";
        check(ThroughputMbps, &[(99_999, 1), (100_000, 999)], missed);
        check(PacketLossPct, &[(999, 1)], "1 samples, mean 0.099, 0.099 0.099 0.099, limit 0.100: Met");
        check(PacketLossPct, &[(1_000, 1)], "1 samples, mean 0.100, 0.100 0.100 0.100, limit 0.100: Missed");
        // A measured loss of 0 is a sample too; a throughput of 0 is the worst there can be.
        check(PacketLossPct, &[(0, 1440)], "1440 samples, mean 0.000, 0.000 0.000 0.000, limit 0.100: Met");
        let missed = "1440 samples, mean 0.000, 0.000 0.000 0.000, limit 100.000: Missed";
        check(ThroughputMbps, &[(0, 1440)], missed);
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let figures =
            judged(Metric::LatencyMs, &[&[(u32::MAX, 1440)]], &[minutes(0, 1440)], &Terms::built_in());
        let most = "4294967.295";
        let expect = format!("1440 samples, mean {most}, {most} {most} {most}, limit 50.000: Missed");
        assert_eq!(words(&figures), expect);
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        #[track_caller]
        fn check(count: u32, expect: [u32; 3]) {
            let values: Vec<(u32, i64)> = (1..=count).rev().map(|ms| (ms * 1_000, 1)).collect();
            let figures = judged(Metric::LatencyMs, &[&values], &[minutes(0, 1440)], &Terms::built_in());
            let expect = expect.map(|ms| Some(format!("{ms}.000")));
            assert_eq!([figures.p50, figures.p95, figures.p99], expect, "{count}");
        }
        check(1, [1, 1, 1]);
        check(2, [1, 2, 2]);
        check(3, [2, 3, 3]);
        check(20, [10, 19, 20]);
        check(21, [11, 20, 21]);
        check(100, [50, 95, 99]);
        check(101, [51, 96, 100]);
        check(1000, [500, 950, 990]);
    }

    #[test]
    fn only_counted_slots_are_samples() {
        #[track_caller]
        fn check(counted: &[Span], expect: &str) {
            let values: &[(u32, i64)] = &[(10_000, 60), (90_000, 60)];
            let figures = judged(Metric::LatencyMs, &[values], counted, &Terms::built_in());
            assert_eq!(words(&figures), expect);
        }
        let all = "120 samples, mean 50.000, 10.000 90.000 90.000, limit 50.000: Missed";
        check(&[minutes(-2000, 3000)], all);
        check(&[minutes(0, 60), minutes(60, 120)], all);
        check(&[minutes(0, 119)], "119 samples, mean 49.663, 10.000 90.000 90.000, limit 50.000: Met");
        let one_of_each = "2 samples, mean 50.000, 10.000 90.000 90.000, limit 50.000: Missed";
        check(&[minutes(-9, 1), minutes(119, 200)], one_of_each);
        check(&[minutes(120, 1440)], "0 samples, mean -, - - -, limit 50.000: NotMeasured");
        check(&[], "0 samples, mean -, - - -, limit 50.000: NotMeasured");
    }

    #[test]
    fn every_slot_of_every_probe_is_one_sample() {
        let probes: [&[(u32, i64)]; 2] = [&[(80_000, 1)], &[(40_000, 3)]];
        let figures = judged(Metric::LatencyMs, &probes, &[minutes(0, 1440)], &Terms::built_in());
        let expect = "4 samples, mean 50.000, 40.000 80.000 80.000, limit 50.000: Missed";
        assert_eq!(words(&figures), expect, "not the mean of the probes' means, 60 ms");
    }

    #[test]
    fn regions_and_plans_have_limits_of_their_own() {
        let mut terms = Terms::built_in();
        let check = |terms: &Terms, metric: Metric, value: u32, expect: &str| {
            assert_eq!(words(&judged(metric, &[&[(value, 1)]], &[minutes(0, 1)], terms)), expect);
        };
        let listed = |region: &str, limit_us| crate::terms::RegionLatency {
            region: region.parse().unwrap(),
            limit_us,
        };
        terms.metrics.latency.regions = vec![listed("oceania", None), listed("eu", Some(80_000))];
        let met = "1 samples, mean 79.999, 79.999 79.999 79.999, limit 80.000: Met";
        check(&terms, Metric::LatencyMs, 79_999, met);
        terms.metrics.latency.regions = vec![listed("eu", None)];
        let exempt = "1 samples, mean 900.000, 900.000 900.000 900.000, limit -: NotMeasured";
        check(&terms, Metric::LatencyMs, 900_000, exempt);
        terms.plans.premium.throughput_floor_kbps = Some(250_000);
        let missed = "1 samples, mean 249.999, 249.999 249.999 249.999, limit 250.000: Missed";
        check(&terms, Metric::ThroughputMbps, 249_999, missed);
        let missed = "1 samples, mean 0.100, 0.100 0.100 0.100, limit 0.100: Missed";
        check(&terms, Metric::PacketLossPct, 1_000, missed);
    }
}
