//! Outages over a month's end, breaches of months after a service's end, and repeated warnings.

use crate::cases::check;

const JUNE_AND_JULY: &str = "
    at risk 2026-06 50 %
    at risk 2026-06 75 %
    at risk 2026-06 90 %
    breached 2026-06
    at risk 2026-07 50 %
    at risk 2026-07 75 %
    at risk 2026-07 90 %
    breached 2026-07";

#[tokio::test]
async fn the_end_of_an_outage_tells_what_counts_of_it_in_closed_months_too() {
    let until = "2026-07-06T12:00:00Z";
    let maintenance = format!(
        "2026-06 r1 breached: 3600 down, 0 unknown, 10800 excluded, 1395
        opened 2026-06-30T21:00:00Z {JUNE_AND_JULY}
        closed 2026-06-30T21:00:00Z to 2026-07-03T12:00:00Z: 219600 down, 7200 excluded"
    );
    check("outage-begins-in-the-maintenance-of-a-closed-month", until, &[("s1", &maintenance)]).await;
    let over_the_end = format!(
        "2026-06 r1 breached: 3600 down, 0 unknown, 7200 excluded, 1393
        opened 2026-06-30T21:00:00Z {JUNE_AND_JULY}
        closed 2026-06-30T21:00:00Z to 2026-07-03T12:00:00Z: 212400 down, 14400 excluded"
    );
    check("outage-has-maintenance-over-the-month-end", until, &[("s1", &over_the_end)]).await;
    let excluded_since = format!(
        "2026-06 r2 breached: 3600 down, 0 unknown, 7200 excluded, 1393
        opened 2026-06-30T21:00:00Z {JUNE_AND_JULY}
        closed 2026-06-30T21:00:00Z to 2026-07-03T12:00:00Z: 219600 down, 7200 excluded"
    );
    check("outage-is-excluded-in-a-month-closed-since", until, &[("s1", &excluded_since)]).await;
}

#[tokio::test]
async fn the_end_of_an_outage_counts_every_closed_month_that_it_covers() {
    let shown = "
        2026-05 r1 breached: 3600 down, 0 unknown, 10800 excluded, 1350
        2026-06 r1 breached: 2592000 down, 0 unknown, 0 excluded, 100000
        opened 2026-05-31T21:00:00Z
        at risk 2026-05 50 %
        at risk 2026-05 75 %
        at risk 2026-05 90 %
        breached 2026-05";
    let shown = format!(
        "{shown} {JUNE_AND_JULY}
        closed 2026-05-31T21:00:00Z to 2026-07-03T12:00:00Z: 2811600 down, 7200 excluded"
    );
    check("outage-covers-two-closed-months", "2026-07-06T12:00:00Z", &[("s1", &shown)]).await;
}

#[tokio::test]
async fn a_told_breach_of_a_month_after_the_service_s_end_is_withdrawn() {
    let one = "
        2026-06 r1 met: 0 down, 0 unknown, 0 excluded, 0
        opened 2026-07-01T00:00:00Z
        at risk 2026-07 50 %
        at risk 2026-07 75 %
        at risk 2026-07 90 %
        breached 2026-07
        closed 2026-07-01T00:00:00Z to 2026-07-01T00:00:00Z: 0 down, 0 excluded
        withdrawn 2026-07
        claim 2026-07 rejected not_found";
    check("ended-before-a-told-breach", "2026-08-06T12:00:00Z", &[("s1", one)]).await;
    let two = format!(
        "2026-06 r1 met: 0 down, 0 unknown, 0 excluded, 0
        opened 2026-06-30T13:00:00Z {JUNE_AND_JULY}
        closed 2026-06-30T13:00:00Z to 2026-06-30T13:00:00Z: 0 down, 0 excluded
        withdrawn 2026-06
        withdrawn 2026-07"
    );
    check("ended-before-two-told-breaches", "2026-08-06T12:00:00Z", &[("s1", &two)]).await;
    let first_instant = "
        2026-06 r1 met: 0 down, 0 unknown, 0 excluded, 0
        opened 2026-07-01T00:00:00Z
        at risk 2026-07 50 %
        at risk 2026-07 75 %
        at risk 2026-07 90 %
        breached 2026-07
        closed 2026-07-01T00:00:00Z to 2026-07-01T00:00:00Z: 0 down, 0 excluded
        withdrawn 2026-07";
    let name = "ended-with-the-first-instant-of-the-open-month";
    check(name, "2026-08-06T12:00:00Z", &[("s1", first_instant)]).await;
}

#[tokio::test]
async fn warnings_are_said_again_after_a_breach_was_withdrawn() {
    fn breach(day: &str) -> String {
        format!(
            "opened 2026-06-{day}T00:00:00Z
            at risk 2026-06 50 %
            at risk 2026-06 75 %
            at risk 2026-06 90 %
            breached 2026-06
            closed 2026-06-{day}T00:00:00Z to 2026-06-{day}T02:00:00Z: 7200 down, 0 excluded
            withdrawn 2026-06
            "
        )
    }
    let last = "opened 2026-06-20T00:00:00Z
        at risk 2026-06 50 %
        at risk 2026-06 75 %
        at risk 2026-06 90 %
        closed 2026-06-20T00:00:00Z to 2026-06-20T00:42:00Z: 2520 down, 0 excluded";
    let one = format!("{}{last}", breach("10"));
    check("warnings-after-a-withdrawn-breach", "2026-06-25T00:00:00Z", &[("s1", &one)]).await;
    let two = format!("{}{}{last}", breach("10"), breach("12"));
    check("warnings-after-two-withdrawn-breaches", "2026-06-25T00:00:00Z", &[("s1", &two)]).await;
}
