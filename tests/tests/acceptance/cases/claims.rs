//! Claims by tickets: their result follows from the set of the ticket's events, whatever the order of
//! arrival.

use acceptance::replayed::Replayed;

use crate::cases::check;

#[tokio::test]
async fn the_earliest_opening_claims_in_whatever_order_the_openings_arrive() {
    let approved = "
        2026-06 r1 breached: 7200 down, 0 unknown, 0 excluded, 2778
        opened 2026-06-10T00:00:00Z
        at risk 2026-06 50 %
        at risk 2026-06 75 %
        at risk 2026-06 90 %
        breached 2026-06
        closed 2026-06-10T00:00:00Z to 2026-06-10T02:00:00Z: 7200 down, 0 excluded
        claim 2026-06 approved 2778
        ledger 2026-06 approved 2778";
    for name in [
        "claim-of-a-ticket-opened-earlier-later",
        "claim-of-a-ticket-opened-earlier-first",
        "claim-of-a-ticket-with-three-openings",
    ] {
        check(name, "2026-07-26T00:00:00Z", &[("s1", approved)]).await;
    }
}

#[tokio::test]
async fn an_earlier_opening_claims_even_if_it_arrives_after_the_close() {
    let name = "claim-of-a-ticket-opened-earlier-after-the-close";
    let replayed = Replayed::case(name, "2026-07-26T00:00:00Z").await.unwrap();
    let shown = replayed.shown("s1").await.unwrap();
    assert!(shown.contains("claim 2026-06 approved 2778"), "{shown}");
    assert!(shown.ends_with("ledger 2026-06 approved 2778"), "the last word: {shown}");
    assert_eq!(replayed.problems().await.unwrap(), Vec::<String>::new());
}
