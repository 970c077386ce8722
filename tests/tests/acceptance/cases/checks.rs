//! Late checks and large batches: all months that they reach are restated, and a batch is judged as a whole.

use acceptance::replayed::Replayed;
use nines::commands::replay::Outcome;
use serde_json::json;

use crate::cases::check;

#[tokio::test]
async fn a_late_check_is_restated_in_every_closed_month_that_it_reaches() {
    let first = "
        2026-05 r2 met: 600 down, 0 unknown, 0 excluded, 0
        2026-06 r2 breached: 1677600 down, 0 unknown, 0 excluded, 100000
        breached 2026-06";
    check("late-check-reaches-a-later-closed-month", "2026-07-08T12:00:00Z", &[("s1", first)]).await;
    let three = "
        2026-03 r2 met: 600 down, 0 unknown, 0 excluded, 0
        2026-04 r2 breached: 2592000 down, 0 unknown, 0 excluded, 100000
        2026-05 r2 breached: 2678400 down, 0 unknown, 0 excluded, 100000
        2026-06 r2 breached: 1677600 down, 0 unknown, 0 excluded, 100000
        breached 2026-04
        breached 2026-05
        breached 2026-06";
    check("late-check-reaches-three-later-closed-months", "2026-07-08T12:00:00Z", &[("s1", three)]).await;
    let until = "
        2026-05 r2 met: 600 down, 0 unknown, 0 excluded, 0
        2026-06 r2 breached: 777900 down, 0 unknown, 0 excluded, 100000
        breached 2026-06";
    check("late-check-speaks-until-a-later-closed-month", "2026-07-08T12:00:00Z", &[("s1", until)]).await;
}

#[tokio::test]
async fn a_late_check_reaches_as_far_as_silence_end_quorum_and_zone_let_it() {
    let silence = "
        2026-05 r2 met: 600 down, 0 unknown, 0 excluded, 0
        2026-06 r2 breached: 85860 down, 540 unknown, 0 excluded, 33125
        breached 2026-06";
    check("late-check-reaches-no-further-than-its-silence", "2026-07-08T12:00:00Z", &[("s1", silence)]).await;
    let ended = "
        2026-05 r2 met: 600 down, 0 unknown, 0 excluded, 0
        2026-06 r2 breached: 1684800 down, 0 unknown, 0 excluded, 100000
        breached 2026-06";
    check("late-check-reaches-the-end-of-a-service", "2026-07-08T12:00:00Z", &[("s1", ended)]).await;
    let zone = "
        2026-02 r2 met: 600 down, 0 unknown, 0 excluded, 0
        2026-03 r2 breached: 1681200 down, 0 unknown, 0 excluded, 100000
        breached 2026-03";
    check("late-check-in-a-zone-of-743-hours", "2026-04-08T12:00:00Z", &[("s1", zone)]).await;
    // Alone, the first probe changes nothing; with the second, a day is down.
    let quorum = "
        2026-05 r1 met: 0 down, 0 unknown, 0 excluded, 0
        2026-06 r2 breached: 86400 down, 0 unknown, 0 excluded, 33333
        breached 2026-06";
    check("late-check-of-one-probe-below-the-quorum", "2026-07-10T12:00:00Z", &[("s1", quorum)]).await;
}

#[tokio::test]
async fn an_old_late_check_is_not_taken_for_the_last_word() {
    let nothing_of_july = "
        2026-05 r1 met: 0 down, 60 unknown, 0 excluded, 0
        2026-06 r2 met: 480 down, 0 unknown, 0 excluded, 0
        opened 2026-06-10T10:00:00Z
        closed 2026-06-10T10:00:00Z to 2026-06-10T10:05:00Z: 300 down, 0 excluded";
    check("old-late-check-is-not-the-last-word", "2026-07-06T12:00:00Z", &[("s1", nothing_of_july)]).await;
    let still_open = "
        2026-05 r1 met: 0 down, 60 unknown, 0 excluded, 0
        2026-06 r1 breached: 3600 down, 0 unknown, 0 excluded, 1389
        opened 2026-06-30T23:00:00Z
        at risk 2026-06 50 %
        at risk 2026-06 75 %
        at risk 2026-06 90 %
        breached 2026-06
        at risk 2026-07 50 %
        at risk 2026-07 75 %
        at risk 2026-07 90 %
        breached 2026-07";
    check("old-late-check-ends-no-outage", "2026-07-06T12:00:00Z", &[("s1", still_open)]).await;
}

#[tokio::test]
async fn one_check_over_many_days_is_said_once() {
    let outage = "
        opened 2026-06-03T00:00:00Z
        breached 2026-06
        closed 2026-06-03T00:00:00Z to 2026-06-28T00:01:00Z: 2160060 down, 0 excluded";
    let services = [("ten", outage), ("sixty", outage)];
    check("one-check-speaks-for-25-days", "2026-06-29T00:00:00Z", &services).await;
    let second_probe = "
        opened 2026-06-26T00:01:00Z
        breached 2026-06
        closed 2026-06-26T00:01:00Z to 2026-06-28T00:01:00Z: 172800 down, 0 excluded";
    check("two-probes-speak-for-25-days", "2026-06-29T00:00:00Z", &[("s1", second_probe)]).await;
}

#[tokio::test]
async fn one_batch_over_many_days_is_looked_at_as_a_whole() {
    let outage = "
        opened 2026-06-20T23:55:00Z
        closed 2026-06-20T23:55:00Z to 2026-06-21T00:05:00Z: 600 down, 0 excluded";
    for name in ["batch-has-a-short-outage", "batch-has-a-short-outage-in-reverse-order"] {
        check(name, "2026-06-29T00:00:00Z", &[("s1", outage)]).await;
    }
    let days = "
        opened 2026-06-03T12:00:00Z
        closed 2026-06-03T12:00:00Z to 2026-06-28T00:00:00Z: 2116800 down, 0 excluded
        breached 2026-06";
    for name in ["batch-of-25-days-in-reverse-order", "batch-of-25-days-comes-again"] {
        check(name, "2026-06-29T00:00:00Z", &[("s1", days)]).await;
    }
}

#[tokio::test]
async fn a_batch_over_96_months_is_taken_in_and_stops_no_neighbour() {
    let replayed =
        Replayed::case_as_invoked("batch-touches-96-months", "2026-06-03T00:00:00Z").await.unwrap();
    let Outcome::Ok(answer) = &replayed.responses.last().unwrap().outcome else {
        panic!("{:?}", replayed.refusals())
    };
    assert_eq!(*answer, json!({ "accepted": 97, "duplicates": 0, "quarantined": [] }));
    assert_eq!(replayed.told("t1").unwrap()[0], "opened 2026-06-02T00:00:00Z");
}

#[tokio::test]
async fn a_late_check_is_restated_in_64_closed_months_that_it_reaches() {
    let name = "late-check-reaches-64-closed-months";
    let replayed = Replayed::case_as_invoked(name, "2026-06-03T03:10:00Z").await.unwrap();
    assert_eq!(replayed.refusals(), Vec::<&serde_json::Value>::new());
    let statements = replayed.statements("s1").await.unwrap();
    let whole =
        statements.iter().filter(|line| line.contains(" r2 breached: ") && line.ends_with(", 100000"));
    let first = "2021-02 r2 met: 600 down, 0 unknown, 0 excluded, 0".to_owned();
    assert_eq!((statements.len(), whole.count()), (65, 63), "{statements:#?}");
    assert_eq!(statements[1], first);
    let told = replayed.told("s1").unwrap();
    let breached = told.iter().filter(|line| line.starts_with("breached "));
    assert_eq!(breached.count(), 64, "63 closed months and the present one: {told:#?}");
}
