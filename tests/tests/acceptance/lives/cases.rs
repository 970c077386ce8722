//! The cases through the oracle: it objects to none of them now, and would have found each of these faults.

use std::path::Path;

use acceptance::lives::life::Life;
use nines::commands::scenario;

/// Plays a case until an instant.
async fn check(name: &str, until: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/cases/{name}.ndjson"));
    let lines = scenario::read(&[file]).unwrap();
    if let Err(error) = Life::live(&lines, until).await {
        panic!("{name}: {error}");
    }
}

#[tokio::test]
async fn late_checks_reach_later_months() {
    check("late-check-reaches-a-later-closed-month", "2026-07-08T12:00:00Z").await;
    check("late-check-reaches-three-later-closed-months", "2026-07-08T12:00:00Z").await;
    check("late-check-speaks-until-a-later-closed-month", "2026-07-08T12:00:00Z").await;
    check("late-check-reaches-no-further-than-its-silence", "2026-07-08T12:00:00Z").await;
    check("late-check-reaches-the-end-of-a-service", "2026-07-08T12:00:00Z").await;
    check("late-check-in-a-zone-of-743-hours", "2026-04-08T12:00:00Z").await;
    check("late-check-of-one-probe-below-the-quorum", "2026-07-10T12:00:00Z").await;
}

#[tokio::test]
async fn old_late_checks_are_not_the_last_word() {
    check("old-late-check-is-not-the-last-word", "2026-07-06T12:00:00Z").await;
}

#[tokio::test]
async fn an_old_late_check_ends_no_outage() {
    check("old-late-check-ends-no-outage", "2026-07-06T12:00:00Z").await;
}

#[tokio::test]
async fn outages_over_a_months_end_tell_what_counts() {
    check("outage-begins-in-the-maintenance-of-a-closed-month", "2026-07-06T12:00:00Z").await;
    check("outage-has-maintenance-over-the-month-end", "2026-07-06T12:00:00Z").await;
    check("outage-is-excluded-in-a-month-closed-since", "2026-07-06T12:00:00Z").await;
    check("outage-covers-two-closed-months", "2026-07-06T12:00:00Z").await;
}

#[tokio::test]
async fn breaches_after_a_services_end_are_withdrawn() {
    check("ended-before-a-told-breach", "2026-08-06T12:00:00Z").await;
    check("ended-before-two-told-breaches", "2026-08-06T12:00:00Z").await;
}

#[tokio::test]
async fn a_breach_after_a_services_end_in_a_closed_month_is_withdrawn() {
    check("ended-with-the-first-instant-of-the-open-month", "2026-08-06T12:00:00Z").await;
}

#[tokio::test]
async fn long_checks_are_looked_at_as_a_whole() {
    check("one-check-speaks-for-25-days", "2026-06-29T00:00:00Z").await;
    check("two-probes-speak-for-25-days", "2026-06-29T00:00:00Z").await;
}

#[tokio::test]
async fn batches_are_looked_at_as_a_whole() {
    check("batch-has-a-short-outage", "2026-06-29T00:00:00Z").await;
    check("batch-has-a-short-outage-in-reverse-order", "2026-06-29T00:00:00Z").await;
    check("batch-of-25-days-in-reverse-order", "2026-06-29T00:00:00Z").await;
    check("batch-of-25-days-comes-again", "2026-06-29T00:00:00Z").await;
}

#[tokio::test]
async fn warnings_come_again() {
    check("warnings-after-a-withdrawn-breach", "2026-06-25T00:00:00Z").await;
    check("warnings-after-two-withdrawn-breaches", "2026-06-25T00:00:00Z").await;
}

#[tokio::test]
async fn reviews_outlive_what_changes_nothing() {
    check("review-outlives-a-void-that-changes-nothing", "2026-07-06T00:02:00Z").await;
    check("review-outlives-a-late-check-that-changes-nothing", "2026-07-06T00:02:00Z").await;
    check("review-outlives-a-void-in-the-open-month", "2026-07-06T00:02:00Z").await;
    check("review-falls-to-a-void-of-every-probe", "2026-07-06T00:02:00Z").await;
}

#[tokio::test]
async fn a_review_outlives_an_order_that_changes_nothing() {
    check("review-outlives-an-order-that-changes-nothing", "2026-07-06T00:02:00Z").await;
}
