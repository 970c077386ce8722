//! In any order of claims, exclusions, restatements, reviews and invoices, the ledger adds up to the credits
//! due, pays at most once and at most the fee, and settling again adds nothing.

use proptest::prelude::*;
use sla::assessment::Announcements;
use sla::availability::Verdict;
use sla::cause::{Cause, Order};
use sla::claim::{Claim, ClaimReview, ClaimState, Filing, OutagesEnd, PassedOn};
use sla::closing::LateChanges;
use sla::consequence::{Closing, Consequences, KnownMonth};
use sla::ledger::{CreditKind, Entry, EntryState};
use sla::review::{Finding, Review, ReviewRequest};
use sla::settlement::{Books, Settlement, left_of_fee};
use sla::terms::ClaimMode;
use sla::{Edition, Inputs, Instant, Money, Month, Statement, Status, Terms, Window, WindowKind};

use crate::world::{check, close, service, timelines};

/// Number of minutes in June.
const MINUTES: i64 = 43_200;

/// June: it began with minutes of downtime, then unknown minutes, and the rest was up.
#[derive(Debug, Clone, Copy)]
struct JuneFacts {
    down: i64,
    unknown: i64,
    excluded: i64,
    is_slow: bool,
}

/// An event in a service-month.
#[derive(Debug, Clone)]
enum Event {
    File { kind: CreditKind, ticket: bool },
    Restate(JuneFacts),
    Review { breached: bool, share_pct: i64 },
    ReviewClaim { share_pct: Option<u64> },
    Invoice { months: usize },
    Pass { hours: i64 },
}

/// A service-month with its books.
struct Life {
    now: Instant,
    announcements: Announcements,
    claims: Vec<Claim>,
    entries: Vec<Entry>,
    invoiced_to: Option<Month>,
    terminated_at: Option<Instant>,
    stated: Option<(Inputs, Statement)>,
    first: Inputs,
}

fn june() -> Month {
    "2026-06".parse().unwrap()
}

fn start() -> Instant {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// Builds the inputs of June.
fn inputs(known: JuneFacts, fee: Money, mode: ClaimMode) -> Inputs {
    let mut service = service("UTC", start());
    service.monthly_fee = fee;
    let at = |minute: i64| start().plus_s(60 * minute);
    let mut checks = Vec::new();
    let mut report = |from: i64, to: i64, status| {
        if to > from {
            checks.push(check(1, at(from), Some(at(to - 1)), status));
        }
    };
    let seen_from = (known.down + known.unknown).min(MINUTES);
    report(0, known.down, Status::Down);
    report(known.down, seen_from, Status::Unknown);
    report(seen_from, MINUTES, Status::Up);
    if known.is_slow
        && let Some(last) = checks.last_mut()
    {
        last.measurement.latency_us = Some(80_000);
    }
    let window = Window {
        starts_at: start(),
        ends_at: at(known.excluded),
        kind: WindowKind::ThirdParty,
        id: "x-1".to_owned(),
    };
    let bounds = june().bounds(service.time_zone);
    let mut terms = Terms::built_in();
    terms.claims.mode = mode;
    Inputs {
        probes: timelines(&service, &checks, start()),
        measurements: crate::world::measurements(&service, &checks, bounds),
        tickets: Vec::new(),
        voids: Vec::new(),
        review: None,
        rules: Edition::PRESENT,
        month: june(),
        revision: 1,
        as_of: "2026-07-02T00:00:00Z".parse().unwrap(),
        terms,
        windows: Some(window).filter(|window| window.ends_at > window.starts_at).into_iter().collect(),
        service,
    }
}

impl Life {
    fn new(first: Inputs) -> Self {
        let announcements = Announcements::nothing(&first.service);
        let now = start().plus_s(86_400);
        let (claims, entries) = (Vec::new(), Vec::new());
        Self {
            now,
            announcements,
            claims,
            entries,
            invoiced_to: None,
            terminated_at: None,
            stated: None,
            first,
        }
    }

    fn books(&self) -> Books<'_> {
        Books {
            claims: &self.claims,
            entries: &self.entries,
            outage_after: OutagesEnd::None,
            invoiced_to: self.invoiced_to,
            terminated_at: self.terminated_at,
        }
    }

    fn take(&mut self, consequences: Consequences) -> Settlement {
        let Consequences { closing, settlement, announcements } = consequences;
        for claim in settlement.claims.clone() {
            match self.claims.iter_mut().find(|other| other.claim_id == claim.claim_id) {
                Some(other) => *other = claim,
                None => self.claims.push(claim),
            }
        }
        self.entries.extend(settlement.entries.clone());
        self.announcements = announcements;
        if let Some(Closing { inputs, statement, .. }) = closing {
            self.stated = Some((inputs, statement));
        }
        settlement
    }

    fn consequences(&self, cause: Cause<'_>) -> Consequences {
        let (service, now) = (&self.first.service, self.now);
        let stated = self.stated.as_ref().map(|(inputs, statement)| (inputs, statement));
        let known = KnownMonth {
            service,
            month: june(),
            stated,
            books: self.books(),
            announcements: &self.announcements,
            now,
        };
        Consequences::of(&known, cause).unwrap()
    }

    fn follow(&mut self, cause: Cause<'_>) -> Settlement {
        let consequences = self.consequences(cause);
        self.take(consequences)
    }

    /// Lets time pass; closes the month and settles it again when these are due.
    fn pass_to(&mut self, instant: Instant) {
        let closes_at = self.first.as_of;
        if self.stated.is_none() && instant >= closes_at {
            self.now = self.now.max(closes_at);
            let closing = close(&self.first, &self.announcements, self.books(), self.now);
            self.take(closing);
        }
        while let Some(at) = self.announcements.settles_at().filter(|at| *at <= instant) {
            self.now = self.now.max(at);
            self.settle();
        }
        self.now = instant;
    }

    fn settle(&mut self) -> Settlement {
        self.follow(Cause::Lapse)
    }

    fn live(&mut self, event: &Event, nth: usize) {
        match event {
            Event::File { kind, ticket } => self.file(*kind, *ticket, nth),
            Event::Restate(known) => {
                let Some((stored, _)) = self.stated.clone() else { return };
                let fee = stored.service.monthly_fee;
                let present = inputs(*known, fee, stored.terms.claims.mode);
                let order = &Order { by: "erin".parse().unwrap(), reason: "as it was".to_owned() };
                self.follow(Cause::Order { present: &present, order });
            }
            Event::Review { breached, share_pct } => self.review(*breached, *share_pct),
            Event::ReviewClaim { share_pct } => self.review_claim(*share_pct),
            Event::Invoice { months } => {
                let month = std::iter::successors(Some(june()), |month| Some(month.next())).nth(*months);
                self.invoiced_to = self.invoiced_to.max(month);
            }
            Event::Pass { hours } => self.pass_to(self.now.plus_s(hours * 3600)),
        }
    }

    fn file(&mut self, kind: CreditKind, ticket: bool, nth: usize) {
        let of_kind = self.claims.iter().filter(|claim| claim.kind == kind).count();
        if of_kind > 0 && !ticket {
            return;
        }
        let ticket = ticket.then(|| (format!("T-{nth}").parse().unwrap(), "e-1".parse().unwrap()));
        let service = &self.first.service;
        let filing = Filing {
            service_id: service.service_id.clone(),
            month: june(),
            customer_id: service.customer_id.clone(),
            kind,
            note: None,
            filed_at: self.now,
            ticket,
            passed_on: None,
        };
        let claim = Claim::file(&filing, service, of_kind + 1, of_kind == 0, self.now).unwrap();
        self.follow(Cause::Claim { changed: &[claim], window: None });
    }

    fn review(&mut self, breached: bool, share_pct: i64) {
        let Some((stored, statement)) = self.stated.clone() else { return };
        let seconds = statement.seconds;
        let asked = ReviewRequest {
            verdict: if breached { Finding::Breached } else { Finding::Met },
            down_s: Some(seconds.down + seconds.unknown * share_pct / 100),
            by: "erin".parse().unwrap(),
            reason: "logs of the carrier".to_owned(),
        };
        let commitment_ppm = stored.terms.promise(statement.plan).commitment_ppm;
        let Ok(found) = Review::of(&statement, asked, commitment_ppm) else { return };
        self.follow(Cause::Review(&found));
    }

    fn review_claim(&mut self, share_pct: Option<u64>) {
        let Some((stored, statement)) = self.stated.clone() else { return };
        let left = left_of_fee(&stored, &self.entries);
        let amount = share_pct.map(|share| Money { minor: left.minor * share / 100, ..left });
        let (by, reason, at) = ("erin".parse().unwrap(), "as measured".to_owned(), self.now);
        let review = ClaimReview { amount, by, reason, at, statement_revision: statement.revision };
        let waiting =
            |claim: &&Claim| claim.kind == CreditKind::Performance && claim.state == ClaimState::Review;
        let Some(claim) = self.claims.iter().find(waiting) else { return };
        let Ok(reviewed) = claim.reviewed(review, left) else { return };
        self.follow(Cause::Claim { changed: &[reviewed], window: None });
    }

    fn standing(&self, kind: CreditKind, state: EntryState) -> i64 {
        let reversed =
            |entry: &Entry| self.entries.iter().any(|e| e.reverses.as_ref() == Some(&entry.credit_id));
        let standing: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|e| (e.kind, e.state) == (kind, state) && e.reverses.is_none() && !reversed(e))
            .collect();
        assert!(standing.len() <= 1, "{standing:#?}");
        standing.iter().map(|entry| entry.amount_minor).sum()
    }

    fn check(&mut self) {
        assert_eq!(self.settle(), Settlement::default(), "settled twice");
        let fee_minor = self.first.service.monthly_fee.minor as i64;
        let uptime = self.standing(CreditKind::Uptime, EntryState::Approved);
        let performance = self.standing(CreditKind::Performance, EntryState::Approved);
        let lapsed = self.standing(CreditKind::Uptime, EntryState::Lapsed);
        assert_eq!(self.standing(CreditKind::Performance, EntryState::Lapsed), 0);
        assert!(uptime + performance <= fee_minor, "{uptime} + {performance} of {fee_minor}");
        assert!(uptime == 0 || lapsed == 0, "paid and lapsed");
        let payable = self.entries.iter().filter(|entry| entry.state != EntryState::Lapsed);
        assert_eq!(payable.map(|entry| entry.amount_minor).sum::<i64>(), uptime + performance);
        let of_lapsed = self.entries.iter().filter(|entry| entry.state == EntryState::Lapsed);
        assert_eq!(of_lapsed.map(|entry| entry.amount_minor).sum::<i64>(), lapsed);
        let mut ids: Vec<_> = self.entries.iter().map(|entry| &entry.credit_id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), self.entries.len(), "every entry has its own id");
        let Some((inputs, statement)) = &self.stated else {
            assert!(self.entries.is_empty(), "an open month has no ledger");
            return;
        };
        assert_eq!(inputs.rules, self.first.rules, "a closed month keeps its edition");
        let due = statement.credit.amount.minor as i64;
        let claim = self.claims.iter().find(|claim| claim.kind == CreditKind::Uptime && claim.is_first());
        let in_time = claim.is_some_and(|claim| claim.in_time);
        let pays = inputs.terms.claims.mode == ClaimMode::Automatic || in_time;
        assert_eq!(uptime, if pays { due } else { 0 }, "{statement:#?}");
        assert!(lapsed == 0 || lapsed == due);
        assert!(statement.verdict == Verdict::Breached || (uptime, lapsed) == (0, 0));
        if let Some(claim) = claim {
            assert_eq!(claim.state == ClaimState::Approved, pays_all(claim, statement), "{claim:#?}");
        }
    }
}

fn pays_all(claim: &Claim, statement: &Statement) -> bool {
    let certain = statement.credit.amount == statement.credit.amount_max;
    statement.verdict == Verdict::Breached && claim.in_time && certain
}

fn known() -> impl Strategy<Value = JuneFacts> {
    let minutes = || prop_oneof![Just(0_i64), 0_i64..100, 0_i64..MINUTES];
    let excluded = prop_oneof![3 => Just(0_i64), 1 => 0_i64..200];
    (minutes(), minutes(), excluded, any::<bool>()).prop_map(|(down, unknown, excluded, is_slow)| JuneFacts {
        down,
        unknown: unknown.min(MINUTES - down),
        excluded,
        is_slow,
    })
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![Just(CreditKind::Uptime), Just(CreditKind::Performance)];
    prop_oneof![
        3 => (kind, any::<bool>()).prop_map(|(kind, ticket)| Event::File { kind, ticket }),
        3 => known().prop_map(Event::Restate),
        2 => (any::<bool>(), 0_i64..=100).prop_map(|(breached, share_pct)| Event::Review { breached, share_pct }),
        2 => prop::option::of(1_u64..=100).prop_map(|share_pct| Event::ReviewClaim { share_pct }),
        1 => (0_usize..4).prop_map(|months| Event::Invoice { months }),
        5 => (1_i64..400).prop_map(|hours| Event::Pass { hours }),
    ]
}

fn fee() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![Just(0_u64), 1_u64..100, Just(49_900), Just(sla::money::MINOR_MAX)];
    (minor, prop_oneof![Just("EUR"), Just("JPY"), Just("KWD")])
        .prop_map(|(minor, currency)| Money { minor, currency: currency.parse().unwrap() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_ledger_is_what_is_due_and_pays_once_whatever_happens(
        first in known(),
        fee in fee(),
        automatic in prop::bool::weighted(0.2),
        rules in prop_oneof![Just(Edition::First), Just(Edition::PRESENT)],
        events in prop::collection::vec(event(), 1..14),
    ) {
        let mode = if automatic { ClaimMode::Automatic } else { ClaimMode::Claimed };
        let mut life = Life::new(Inputs { rules, ..inputs(first, fee, mode) });
        for (nth, event) in events.iter().enumerate() {
            life.live(event, nth);
            life.check();
        }
    }

    #[test]
    fn a_months_credit_never_falls_when_downtime_grows(
        down in 0_i64..MINUTES, more in 0_i64..600, unknown in 0_i64..600, fee in fee(),
    ) {
        let credit = |down: i64| {
            let known = JuneFacts { down: down.min(MINUTES), unknown: unknown.min(MINUTES - down.min(MINUTES)), excluded: 0, is_slow: false };
            inputs(known, fee, ClaimMode::Claimed).statement().unwrap().unwrap().credit.amount.minor
        };
        prop_assert!(credit(down + more) >= credit(down));
    }
}

/// Returns the ledger, one line an entry.
fn told(life: &Life) -> Vec<String> {
    let line = |entry: &Entry| {
        let billed = entry.billing_month.map_or("on no bill".to_owned(), |month| month.to_string());
        format!(
            "{} {} {} r{} {billed}",
            entry.kind.as_str(),
            entry.state.as_str(),
            entry.amount_minor,
            entry.statement_revision
        )
    };
    life.entries.iter().map(line).collect()
}

fn euros(minor: u64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

fn down(down: i64) -> JuneFacts {
    JuneFacts { down, unknown: 0, excluded: 0, is_slow: false }
}

#[test]
fn a_restated_credit_is_reversed_and_given_anew_on_a_bill_that_is_still_to_come() {
    let mut life = Life::new(inputs(down(432), euros(49_900), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    life.pass_to("2026-07-03T00:00:00Z".parse().unwrap());
    life.live(&Event::Invoice { months: 1 }, 0);
    life.live(&Event::Restate(down(864)), 0);
    assert_eq!(
        told(&life),
        [
            "uptime approved 4990 r1 2026-07",
            "uptime reversal -4990 r2 2026-08",
            "uptime approved 9980 r2 2026-08"
        ]
    );
}

#[test]
fn an_unclaimed_breach_lapses_to_the_second_and_a_claim_in_time_does_not() {
    // The outage ends and the breach is announced at the close, on 2 July: the window closes on 10 July.
    let lapses = |filed_at: Option<&str>| {
        let mut life = Life::new(inputs(down(432), euros(49_900), ClaimMode::Claimed));
        life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
        if let Some(filed_at) = filed_at {
            life.pass_to(filed_at.parse().unwrap());
            life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
        }
        life.pass_to("2026-07-20T00:00:00Z".parse().unwrap());
        (told(&life), life.claims.first().map(|claim| (claim.state, claim.reason)))
    };
    let lapsed = vec!["uptime lapsed 4990 r1 on no bill".to_owned()];
    assert_eq!(lapses(None), (lapsed.clone(), None));
    let approved = vec!["uptime approved 4990 r1 2026-07".to_owned()];
    assert_eq!(lapses(Some("2026-07-09T23:59:59Z")), (approved, Some((ClaimState::Approved, None))));
    let late = Some((ClaimState::Rejected, Some(sla::claim::Rejection::Late)));
    assert_eq!(lapses(Some("2026-07-10T00:00:00Z")), (lapsed, late));
}

#[test]
fn what_is_certain_is_credited_and_a_review_decides_the_rest() {
    let known = JuneFacts { down: 100, unknown: 332, excluded: 0, is_slow: false };
    let mut life = Life::new(inputs(known, euros(49_900), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
    assert_eq!(life.claims[0].state, ClaimState::Review);
    life.live(&Event::Review { breached: true, share_pct: 100 }, 0);
    assert_eq!(life.claims[0].state, ClaimState::Approved);
    assert_eq!(
        told(&life),
        [
            "uptime approved 1155 r1 2026-07",
            "uptime reversal -1155 r2 2026-07",
            "uptime approved 4990 r2 2026-07"
        ]
    );
}

#[test]
fn a_performance_claim_is_granted_by_a_person_within_what_is_left_of_the_fee() {
    let slow = |down| JuneFacts { down, unknown: 0, excluded: 0, is_slow: true };
    let mut life = Life::new(inputs(slow(432), euros(10_000), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    life.live(&Event::File { kind: CreditKind::Performance, ticket: false }, 1);
    life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
    life.live(&Event::ReviewClaim { share_pct: Some(100) }, 2);
    let before = ["uptime approved 1000 r1 2026-07", "performance approved 9000 r1 2026-07"];
    assert_eq!(told(&life), before);
    // Uptime first: more of it leaves less for performance.
    life.live(&Event::Restate(slow(864)), 3);
    assert_eq!(
        told(&life)[2..],
        [
            "uptime reversal -1000 r2 2026-07",
            "performance reversal -9000 r2 2026-07",
            "uptime approved 2000 r2 2026-07",
            "performance approved 8000 r2 2026-07",
        ]
    );
}

#[test]
fn a_claim_in_time_opens_the_month_even_if_a_late_one_came_in_first() {
    let mut life = Life::new(inputs(down(432), euros(49_900), ClaimMode::Claimed));
    life.pass_to("2026-07-11T00:00:00Z".parse().unwrap());
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    assert_eq!(life.claims[0].reason, Some(sla::claim::Rejection::Late));
    // The help desk passes on a message that the customer wrote two days before: the window closed on 10
    // July.
    life.now = "2026-07-09T12:00:00Z".parse().unwrap();
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: true }, 1);
    assert_eq!((life.claims[0].state, life.claims[1].state), (ClaimState::Approved, ClaimState::Rejected));
    assert_eq!(
        told(&life),
        [
            "uptime lapsed 4990 r1 on no bill",
            "uptime lapsed -4990 r1 on no bill",
            "uptime approved 4990 r1 2026-07"
        ]
    );
}

#[test]
fn a_tickets_claim_is_to_all_that_the_month_is_worth() {
    let slow = JuneFacts { down: 432, unknown: 0, excluded: 0, is_slow: true };
    let claims = |ticket| {
        let mut life = Life::new(inputs(slow, euros(49_900), ClaimMode::Claimed));
        life.live(&Event::File { kind: CreditKind::Uptime, ticket }, 0);
        life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
        life.check();
        life.claims.iter().map(|claim| (claim.kind, claim.state)).collect::<Vec<_>>()
    };
    let uptime = (CreditKind::Uptime, ClaimState::Approved);
    assert_eq!(claims(true), [uptime, (CreditKind::Performance, ClaimState::Review)]);
    assert_eq!(claims(false), [uptime], "the dashboard claims each by its kind");
}

#[test]
fn a_credit_whose_bill_never_comes_is_paid_out() {
    let mut life = Life::new(inputs(down(432), euros(49_900), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    life.live(&Event::Invoice { months: 1 }, 1);
    life.pass_to("2026-07-03T00:00:00Z".parse().unwrap());
    assert_eq!(told(&life), ["uptime approved 4990 r1 2026-08"]);
    life.terminated_at = Some("2026-08-01T00:00:00Z".parse().unwrap());
    life.settle();
    let paid_out = ["uptime reversal -4990 r1 2026-08", "uptime approved 4990 r1 on no bill"];
    assert_eq!(told(&life)[1..], paid_out);
    assert_eq!(life.settle().entries, vec![], "once");
}

#[test]
fn what_is_paid_out_follows_the_month_and_leaves_no_half_on_a_bill_that_never_comes() {
    let mut life = Life::new(inputs(down(864), euros(49_900), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    life.live(&Event::Invoice { months: 1 }, 1);
    life.pass_to("2026-07-03T00:00:00Z".parse().unwrap());
    life.terminated_at = Some("2026-08-01T00:00:00Z".parse().unwrap());
    life.live(&Event::Restate(down(432)), 2);
    assert_eq!(
        told(&life),
        [
            "uptime approved 9980 r1 2026-08",
            "uptime reversal -9980 r2 2026-08",
            "uptime approved 4990 r2 on no bill"
        ]
    );
}

#[test]
fn a_tickets_claim_in_time_opens_a_performance_claim_that_was_late() {
    let slow = JuneFacts { down: 0, unknown: 0, excluded: 0, is_slow: true };
    let mut life = Life::new(inputs(slow, euros(49_900), ClaimMode::Claimed));
    life.pass_to("2026-07-12T00:00:00Z".parse().unwrap());
    life.live(&Event::File { kind: CreditKind::Performance, ticket: false }, 0);
    assert_eq!(life.claims[0].reason, Some(sla::claim::Rejection::Late));
    life.now = "2026-07-08T00:00:00Z".parse().unwrap();
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: true }, 1);
    assert_eq!(life.claims[0].state, ClaimState::Review);
}

#[test]
fn late_checks_and_a_decision_of_one_day_both_count() {
    let known = JuneFacts { down: 432, unknown: 0, excluded: 0, is_slow: false };
    let mut life = Life::new(inputs(known, euros(49_900), ClaimMode::Claimed));
    life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
    let present = JuneFacts { excluded: 432, is_slow: true, ..known };
    let present = inputs(present, euros(49_900), ClaimMode::Claimed);
    let late = LateChanges { checks: true, decisions: true };
    let closing = life.consequences(Cause::Restate { present: &present, late }).closing.unwrap();
    assert_eq!((closing.statement.verdict, closing.missed.len()), (Verdict::Met, 1));
}

#[test]
fn a_credit_on_a_bill_that_is_out_stays_there_whenever_the_service_ends() {
    let mut life = Life::new(inputs(down(432), euros(49_900), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: false }, 0);
    life.pass_to("2026-07-03T00:00:00Z".parse().unwrap());
    life.live(&Event::Invoice { months: 1 }, 1);
    life.terminated_at = Some("2026-06-30T00:00:00Z".parse().unwrap());
    life.settle();
    assert_eq!(told(&life), ["uptime approved 4990 r1 2026-07"]);
}

#[test]
fn a_metric_missed_after_a_refusal_brings_the_claim_back_to_review() {
    let slow = JuneFacts { down: 0, unknown: 0, excluded: 0, is_slow: true };
    let mut life = Life::new(inputs(slow, euros(10_000), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Performance, ticket: false }, 0);
    life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
    life.live(&Event::ReviewClaim { share_pct: None }, 1);
    assert_eq!(life.claims[0].reason, Some(sla::claim::Rejection::Reviewed));
    life.pass_to("2026-07-05T00:00:00Z".parse().unwrap());
    life.live(&Event::Restate(JuneFacts { is_slow: false, ..slow }), 2);
    assert_eq!(life.claims[0].reason, Some(sla::claim::Rejection::Met));
    life.pass_to("2026-07-06T00:00:00Z".parse().unwrap());
    life.live(&Event::Restate(slow), 3);
    assert_eq!(life.claims[0].state, ClaimState::Review);
}

#[test]
fn what_a_person_grants_is_kept_while_missing_data_leaves_more_open() {
    let known = JuneFacts { down: 432, unknown: 200, excluded: 0, is_slow: false };
    let mut life = Life::new(inputs(known, euros(49_900), ClaimMode::Claimed));
    life.live(&Event::File { kind: CreditKind::Uptime, ticket: true }, 0);
    let received_at = "2026-07-20T00:00:00Z".parse().unwrap();
    life.claims[0].passed_on = Some(PassedOn { received_at, by: "direct".parse().unwrap() });
    life.pass_to("2026-07-25T00:00:00Z".parse().unwrap());
    assert_eq!(told(&life), [""; 0], "passed on too late: a person decides");
    let claim = life.claims[0].clone();
    let (amount, by, reason) = (claim.amount, "erin".parse().unwrap(), "support was away".to_owned());
    let review = ClaimReview { amount, by, reason, at: life.now, statement_revision: 1 };
    let reviewed = claim.reviewed(review, euros(49_900)).unwrap();
    life.follow(Cause::Claim { changed: &[reviewed], window: None });
    assert_eq!(told(&life), ["uptime approved 4990 r1 2026-07"]);
    assert!(life.claims[0].review.is_some() && life.claims[0].state == ClaimState::Review);
    assert_eq!(life.settle(), Settlement::default(), "settled twice");
}

#[test]
fn a_late_measurement_does_not_take_a_reviewed_credit_back() {
    let known = JuneFacts { down: 30, unknown: 200, excluded: 0, is_slow: false };
    let mut life = Life::new(inputs(known, euros(49_900), ClaimMode::Claimed));
    life.pass_to("2026-07-02T00:00:00Z".parse().unwrap());
    life.live(&Event::Review { breached: true, share_pct: 100 }, 0);
    assert_eq!(life.stated.as_ref().unwrap().1.verdict, Verdict::Breached);
    let present = inputs(JuneFacts { is_slow: true, ..known }, euros(49_900), ClaimMode::Claimed);
    let late = LateChanges { checks: true, decisions: false };
    let restated = life.consequences(Cause::Restate { present: &present, late });
    assert!(restated.closing.is_none(), "the review was worth more");
}
