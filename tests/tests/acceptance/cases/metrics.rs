//! Measurements a hair from their limit: digits beyond the stored unit are cut off, and nothing is rounded.

use crate::cases::check;

#[tokio::test]
async fn a_metric_is_compared_as_it_was_measured() {
    let kept = "2026-06 r1 met: 0 down, 0 unknown, 0 excluded, 0, ";
    let services = [
        ("latency-below", "latency_ms met 49.999"),
        ("latency-less-below", "latency_ms met 49.999"),
        ("latency-at", "latency_ms missed 50.000"),
        ("throughput-below", "throughput_mbps missed 99.999"),
        ("throughput-at", "throughput_mbps met 100.000"),
        ("loss-below", "packet_loss_pct met 0.099"),
        ("loss-at", "packet_loss_pct missed 0.100"),
        ("loss-tiny", "packet_loss_pct met 0.000"),
        ("loss-tinier", "packet_loss_pct met 0.000"),
    ];
    let expected: Vec<(&str, String)> =
        services.iter().map(|(id, metric)| (*id, format!("{kept}{metric}"))).collect();
    let expected: Vec<(&str, &str)> = expected.iter().map(|(id, line)| (*id, line.as_str())).collect();
    check("metrics-a-hair-from-their-limit", "2026-07-03T00:00:00Z", &expected).await;
}

#[tokio::test]
async fn a_mean_is_not_shown_above_what_was_measured() {
    let shown = "2026-06 r1 met: 0 down, 0 unknown, 0 excluded, 0, throughput_mbps missed 99.999, packet_loss_pct met 0.000";
    check("mean-is-not-above-what-was-measured", "2026-07-03T00:00:00Z", &[("s1", shown)]).await;
}
