//! Whatever statements follow one another, the ledger adds up to the newest and never pays twice.

use proptest::prelude::*;
use sla::ledger::{Entry, EntryState, settle};
use sla::{Inputs, Instant, Status};

use crate::world::{check, service, timelines};

/// Returns the inputs of June 2026 with that many minutes of downtime, as the n-th revision.
fn inputs(revision: u32, down_minutes: i64, fee_minor: u64) -> Inputs {
    let start: Instant = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut service = service("UTC", start);
    service.monthly_fee.minor = fee_minor;
    let at = |minute: i64| start.plus_s(60 * minute);
    let mut checks = vec![check(1, at(0), Some(at(43_199)), Status::Up)];
    if down_minutes > 0 {
        checks.push(check(1, at(0), Some(at(down_minutes - 1)), Status::Down));
    }
    Inputs {
        probes: timelines(&service, &checks, start),
        measurements: Vec::new(),
        tickets: Vec::new(),
        month: "2026-06".parse().unwrap(),
        revision,
        as_of: "2026-07-02T00:00:00Z".parse().unwrap(),
        terms: sla::Terms::built_in(),
        windows: vec![],
        voids: Vec::new(),
        service,
    }
}

fn check_ledger(down_minutes: &[i64], fee_minor: u64) {
    let mut ledger: Vec<Entry> = Vec::new();
    for (revision, &minutes) in (1..).zip(down_minutes) {
        let inputs = inputs(revision, minutes, fee_minor);
        let statement = inputs.statement().unwrap().unwrap();
        let new = settle(&inputs, &statement, &ledger);
        ledger.extend(new);
        assert_eq!(settle(&inputs, &statement, &ledger), vec![], "settled twice");
        let sum: i64 = ledger.iter().map(|entry| entry.amount_minor).sum();
        assert_eq!(sum, statement.credit.amount.minor as i64, "{ledger:#?}");
        let reversed = |entry: &Entry| ledger.iter().any(|r| r.reverses.as_ref() == Some(&entry.credit_id));
        let standing: Vec<&Entry> =
            ledger.iter().filter(|e| e.state == EntryState::Approved && !reversed(e)).collect();
        assert!(standing.len() <= 1, "{standing:#?}");
        assert!(standing.iter().all(|e| e.amount_minor > 0 && e.amount_minor <= fee_minor as i64));
        let mut ids: Vec<&str> = ledger.iter().map(|entry| entry.credit_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ledger.len(), "every entry has its own id");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_ledger_is_the_newest_statement_and_pays_once(
        down_minutes in prop::collection::vec(prop_oneof![Just(0_i64), 0_i64..100, 0_i64..43_200], 1..6),
        fee_minor in prop_oneof![Just(0_u64), 1_u64..100, Just(49_900)],
    ) {
        check_ledger(&down_minutes, fee_minor);
    }
}

#[test]
fn a_restated_credit_is_reversed_and_given_anew() {
    let (first, second) = (inputs(1, 432, 49_900), inputs(2, 864, 49_900));
    let statement = |inputs: &Inputs| inputs.statement().unwrap().unwrap();
    let mut ledger = settle(&first, &statement(&first), &[]);
    ledger.extend(settle(&second, &statement(&second), &ledger));
    let rows: Vec<_> =
        ledger.iter().map(|e| (e.state.as_str(), e.amount_minor, e.statement_revision)).collect();
    assert_eq!(rows, [("approved", 4_990, 1), ("reversal", -4_990, 2), ("approved", 9_980, 2)]);
    assert_eq!(ledger[1].reverses.as_ref(), Some(&ledger[0].credit_id));
}
