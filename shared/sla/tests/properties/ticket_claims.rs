//! Claims of a ticket depend on the set of its events alone: in any order of arrival, the same claims stand.

use proptest::prelude::*;
use serde_json::json;
use sla::claim::{Claim, ClaimEvent, ClaimState, Filing, PassedOn, Rejection};
use sla::ledger::CreditKind;
use sla::ticket::{Ticket, TicketEvent};
use sla::{Instant, Month, Service, Terms};

fn at(minute: usize) -> Instant {
    Instant::from_epoch_s(1_781_000_000).plus_s(i64::try_from(minute).unwrap() * 60)
}

fn june() -> Month {
    "2026-06".parse().unwrap()
}

/// A service of the customer of the same name.
fn service(id: &str) -> Service {
    serde_json::from_value(json!({
        "service_id": id, "customer_id": id, "name": id, "plan": "standard", "region": "eu", "time_zone": "UTC",
        "monthly_fee": {"minor": 49_900, "currency": "EUR"}, "activated_at": "2026-06-01T00:00:00Z",
        "resolution_s": 60, "check_interval_s": 60, "max_silence_s": null, "quorum": 1,
    }))
    .unwrap()
}

/// Reads `opened a`, by the customer `a`, or `claim a`, to the service of `a`, at a minute.
fn event(nth: usize, minute: usize, text: &str) -> TicketEvent {
    let mut event = json!({
        "event_id": format!("e{nth}"), "ticket_id": "T-1", "kind": "opened", "occurred_at": at(minute),
    });
    match text.split_once(' ').unwrap() {
        ("claim", of) => {
            event["kind"] = json!("claim");
            event["service_id"] = json!(of);
            event["month"] = json!("2026-06");
        }
        (_, by) => {
            event["customer_id"] = json!(by);
            event["level"] = json!(3);
            event["channel"] = json!("email");
            event["title"] = json!("June's credit");
        }
    }
    serde_json::from_value(event).unwrap()
}

/// The books of both customers' June.
#[derive(Default)]
struct Books {
    known: Vec<TicketEvent>,
    of_a: Vec<Claim>,
    of_b: Vec<Claim>,
}

impl Books {
    fn receive(&mut self, event: &TicketEvent, now: Instant) {
        self.known.push(event.clone());
        let Some(folded) = Ticket::fold(&self.known, &Terms::built_in()) else { return };
        let passed_on = PassedOn { received_at: now, by: "ann".parse().unwrap() };
        let events: Vec<ClaimEvent<'_>> =
            self.known.iter().filter_map(|event| ClaimEvent::of(event, &passed_on, &folded)).collect();
        for (name, claims) in [("a", &mut self.of_a), ("b", &mut self.of_b)] {
            let service = service(name);
            let of_service = events.iter().filter(|event| *event.service_id == service.service_id);
            let filings: Vec<Filing> = of_service.map(|event| event.filing(&folded)).collect();
            let joined = Filing::joined(&filings);
            let wanted = joined.as_ref().filter(|filing| filing.customer_id == service.customer_id);
            for changed in Claim::compared(claims, &folded.ticket.ticket_id, wanted, &service, now) {
                match claims.iter_mut().find(|claim| claim.claim_id == changed.claim_id) {
                    Some(claim) => *claim = changed,
                    None => claims.push(changed),
                }
            }
        }
    }

    /// Returns the standing claims: customer, state, reason and date of each.
    fn standing(&self) -> Vec<String> {
        let claims = self.of_a.iter().chain(&self.of_b);
        let stands = claims.filter(|claim| claim.reason != Some(Rejection::Withdrawn));
        let shown = |claim: &Claim| {
            format!("{} {:?} {:?} {}", claim.customer_id, claim.state, claim.reason, claim.filed_at)
        };
        stands.map(shown).collect()
    }
}

fn any_event() -> impl Strategy<Value = (usize, &'static str)> {
    let text = prop_oneof![Just("opened a"), Just("opened b"), Just("claim a"), Just("claim b")];
    (0usize..20, text)
}

proptest! {
    #[test]
    fn any_order_of_a_tickets_events_leaves_the_same_claims(
        (events, order) in proptest::collection::vec(any_event(), 1..8).prop_flat_map(|events| {
            let places: Vec<usize> = (0..events.len()).collect();
            (Just(events), Just(places).prop_shuffle())
        })
    ) {
        let events: Vec<TicketEvent> =
            events.iter().enumerate().map(|(nth, (minute, text))| event(nth, *minute, text)).collect();
        let (mut in_order, mut shuffled) = (Books::default(), Books::default());
        let mut sorted = events.clone();
        sorted.sort_by_key(|event| (event.occurred_at, event.event_id.clone()));
        sorted.iter().for_each(|event| in_order.receive(event, at(100)));
        order.iter().for_each(|place| shuffled.receive(&events[*place], at(100)));
        prop_assert_eq!(shuffled.standing(), in_order.standing());
    }
}

/// A claim of the customer `a` through the dashboard, or by a ticket.
fn filed(books: &Books, ticket: Option<&str>, minute: usize) -> Claim {
    let filing = Filing {
        service_id: "a".parse().unwrap(),
        month: june(),
        customer_id: "a".parse().unwrap(),
        kind: CreditKind::Uptime,
        note: None,
        filed_at: at(minute),
        ticket: ticket.map(|ticket| (ticket.parse().unwrap(), "e".parse().unwrap())),
        passed_on: None,
    };
    let first = !books.of_a.iter().any(Claim::is_first);
    Claim::file(&filing, &service("a"), books.of_a.len() + 1, first, at(minute)).unwrap()
}

#[test]
fn when_a_claim_is_taken_back_the_next_one_takes_its_place() {
    let mut books = Books::default();
    books.receive(&event(1, 10, "opened a"), at(10));
    books.receive(&event(2, 11, "claim a"), at(11));
    books.of_a.push(filed(&books, Some("T-2"), 12));
    assert_eq!(books.of_a[1].reason, Some(Rejection::Duplicate));
    books.receive(&event(3, 5, "opened b"), at(13));
    assert_eq!(books.of_a[0].reason, Some(Rejection::Withdrawn));
    assert_eq!((books.of_a[1].state, books.of_a[1].reason), (ClaimState::Held, None));
    assert_eq!(books.of_a[0].decisions, 1, "the customer is told");
}

#[test]
fn what_the_customer_claimed_as_well_outlives_the_ticket() {
    let mut books = Books::default();
    books.receive(&event(1, 10, "opened a"), at(10));
    books.receive(&event(2, 11, "claim a"), at(11));
    books.of_a[0] = books.of_a[0].claimed_again(at(12));
    books.receive(&event(3, 5, "opened b"), at(13));
    let claim = &books.of_a[0];
    assert_eq!((claim.state, claim.ticket_id.as_ref(), claim.filed_at), (ClaimState::Held, None, at(12)));
}
