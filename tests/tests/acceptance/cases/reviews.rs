//! A person's review stands as long as the statement that it reviewed comes out the same.

use crate::cases::check;

#[tokio::test]
async fn a_review_outlives_whatever_changes_not_one_second() {
    let reviewed = "
        2026-06 r2 breached: 0 down, 7200 unknown, 0 excluded, 1980, reviewed by eve
        breached 2026-06
        claim 2026-06 approved 1980
        ledger 2026-06 approved 1980";
    for name in [
        "review-outlives-a-void-that-changes-nothing",
        "review-outlives-a-void-in-the-open-month",
        "review-outlives-an-order-that-changes-nothing",
        "review-outlives-a-late-check-that-changes-nothing",
    ] {
        check(name, "2026-07-06T00:02:00Z", &[("s1", reviewed)]).await;
    }
}

#[tokio::test]
async fn a_review_falls_to_a_decision_that_changes_the_month() {
    let indeterminate = "
        2026-06 r3 indeterminate: 0 down, 14400 unknown, 0 excluded, 0
        breached 2026-06
        withdrawn 2026-06
        claim 2026-06 review
        ledger 2026-06 approved 1980
        ledger 2026-06 reversal -1980";
    check("review-falls-to-a-void-of-every-probe", "2026-07-06T00:02:00Z", &[("s1", indeterminate)]).await;
}
