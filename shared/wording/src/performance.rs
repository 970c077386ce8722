//! Wording of missed performance metrics.

use events::Happening;
use events::notice::Subject;
use sla::Metric;
use sla::performance::{MetricFigures, Miss};

use super::{Wording, at};

/// Words a missed metric of a month.
pub fn word(happening: &Happening, month: Option<sla::Month>) -> Wording {
    let month = month.map(|month| month.to_string()).unwrap_or_default();
    match happening {
        Happening::PerformanceMissed { service, miss } => missed(service, &month, miss),
        other => Wording::general(other.kind(), &[]),
    }
}

/// Returns the agreement's name of a metric.
pub const fn name(metric: Metric) -> &'static str {
    match metric {
        Metric::LatencyMs => "network latency",
        Metric::ThroughputMbps => "data throughput",
        Metric::PacketLossPct => "packet loss",
    }
}

/// Lists metrics by the agreement's names, or `none`.
pub fn names(metrics: &[Metric]) -> String {
    let names: Vec<&str> = metrics.iter().copied().map(name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn missed(service: &Subject, month: &str, miss: &Miss) -> Wording {
    let Miss { figures, claim_until, .. } = miss;
    let MetricFigures { metric, mean, p50, p95, p99, limit, samples, .. } = figures;
    let shown = |figure: &Option<String>| {
        figure.as_ref().map_or_else(|| "none".to_owned(), |figure| format!("{figure} {}", unit(*metric)))
    };
    let promised = match metric {
        Metric::LatencyMs | Metric::PacketLossPct => "less than",
        Metric::ThroughputMbps => "at least",
    };
    let what = format!(
        "{} missed its promised {} in {month}: the month's mean is {}; {promised} {} is promised.",
        service.service_name,
        name(*metric),
        shown(mean),
        shown(limit)
    );
    let spread = format!(
        "Samples: {samples}. Half of them are at most {}, 95 % at most {}, 99 % at most {}. One sample is \
         one probe's measurement in one step of time; announced maintenance and approved exclusions are left \
         out. Figures are cut after three decimals; the verdict is on the exact mean.",
        shown(p50),
        shown(p95),
        shown(p99)
    );
    let money = "Why it matters: you can claim a performance credit for a missed metric. A person reviews \
                 the claim and sets the amount, up to the rest of the month's fee. Without a claim nothing \
                 is credited.";
    let todo = format!(
        "Claim before {}, in the customer dashboard or through our support team. One performance claim \
         covers the whole month.",
        at(*claim_until, service.time_zone)
    );
    let reference = format!("Statement revision {}.", miss.revision);
    let before = format!("Missed {}: ", name(*metric));
    let texts = [what, spread, money.to_owned(), todo, reference];
    Wording::about(&before, service, &format!(", {month}"), &texts)
}

const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::LatencyMs => "ms",
        Metric::ThroughputMbps => "Mbps",
        Metric::PacketLossPct => "%",
    }
}
