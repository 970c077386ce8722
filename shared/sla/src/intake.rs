//! Taking claims in: held in an open month, decided at once in a closed one (rules, 6).

use crate::ClaimId;
use crate::claim::{Claim, ClaimState, ClaimWindow, Rejection};
use crate::consequence::{Consequences, KnownMonth};
use crate::ledger::CreditKind;
use crate::settlement::{Books, Settlement};
use crate::statement::StatementError;

/// Takes in new and changed claims: by the month's statement or, while the month is open, by its present
/// window.
pub(crate) fn take_in(
    known: &KnownMonth<'_>,
    changed: &[Claim],
    window: Option<ClaimWindow>,
) -> Result<Consequences, StatementError> {
    let claims = merged(known.books.claims, changed);
    let mut announcements = known.announcements.clone();
    let settlement = match known.stated {
        Some(stated) => {
            let books = Books { claims: &claims, ..known.books };
            let mut settlement = known.settle(stated, books, &mut announcements)?;
            let is_decided = |claim: &Claim| find(&settlement.claims, &claim.claim_id).is_some();
            let undecided: Vec<Claim> = changed.iter().filter(|claim| !is_decided(claim)).cloned().collect();
            settlement.claims.extend(undecided);
            settlement
        }
        None => {
            let is_claim = |claim: &Claim| claim.kind == CreditKind::Uptime && claim.is_open();
            announcements.note_claims(known.month, claims.iter().any(is_claim));
            Settlement { claims: held(&claims, changed, window), ..Settlement::default() }
        }
    };
    Ok(Consequences { closing: None, settlement, announcements })
}

fn find<'a>(claims: &'a [Claim], id: &ClaimId) -> Option<&'a Claim> {
    claims.iter().find(|claim| claim.claim_id == *id)
}

/// Replaces changed claims and appends new ones.
fn merged(claims: &[Claim], changed: &[Claim]) -> Vec<Claim> {
    let kept = claims.iter().map(|claim| find(changed, &claim.claim_id).unwrap_or(claim));
    let new = changed.iter().filter(|claim| find(claims, &claim.claim_id).is_none());
    kept.chain(new).cloned().collect()
}

/// Marks changed claims to an open month as in time by its present window; a claim once in time stays so. A
/// second claim in time opens the month for an earlier claim.
fn held(claims: &[Claim], changed: &[Claim], window: Option<ClaimWindow>) -> Vec<Claim> {
    let mut taken = Vec::new();
    for claim in changed {
        let window = window.filter(|_| claim.kind == CreditKind::Uptime);
        let admits = |at| window.is_none_or(|window| window.admits(at));
        let passed_on = claim.passed_on.clone().filter(|passed_on| !admits(passed_on.received_at));
        let timely = Claim { in_time: claim.in_time || admits(claim.filed_at), passed_on, ..claim.clone() };
        if claim.state == ClaimState::Held {
            taken.push(Claim { claim_until: window.and_then(ClaimWindow::until), ..timely });
            continue;
        }
        let late = |first: &&Claim| {
            first.kind == claim.kind && first.state == ClaimState::Held && !first.is_prompt()
        };
        let opened =
            claims.iter().find(late).filter(|first| timely.in_time && (!first.in_time || timely.is_prompt()));
        if let Some(first) = opened.filter(|_| claim.reason == Some(Rejection::Duplicate)) {
            taken.push(Claim { in_time: true, passed_on: timely.passed_on, ..first.clone() });
        }
        taken.push(claim.clone());
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instant;
    use crate::claim::{Filing, PassedOn};

    fn at(day: &str) -> Instant {
        format!("2026-06-{day}T00:00:00Z").parse().unwrap()
    }

    /// The nth claim to June: filed on a day, and received on another one if it was passed on.
    fn claim(nth: usize, day: &str, received: Option<&str>) -> Claim {
        let passed_on = |day| PassedOn { received_at: at(day), by: "direct".parse().unwrap() };
        let filing = Filing {
            service_id: "svc".parse().unwrap(),
            month: "2026-06".parse().unwrap(),
            customer_id: "acme".parse().unwrap(),
            kind: CreditKind::Uptime,
            note: None,
            filed_at: at(day),
            ticket: None,
            passed_on: received.map(passed_on),
        };
        Claim::new(&filing, ClaimId::nth(&filing.service_id, filing.month, filing.kind.as_str(), nth))
    }

    fn second(day: &str, received: Option<&str>) -> Claim {
        claim(2, day, received).rejected_at_once(Rejection::Duplicate, at("30"))
    }

    /// Timeliness of each changed claim, and its receipt if it keeps one; the window closes on 20 June.
    fn taken(first: Option<&Claim>, changed: Claim) -> Vec<(bool, bool)> {
        let claims =
            merged(first.map(std::slice::from_ref).unwrap_or_default(), std::slice::from_ref(&changed));
        let taken = held(&claims, &[changed], Some(ClaimWindow::Until(at("20"))));
        taken.iter().map(|claim| (claim.in_time, claim.passed_on.is_some())).collect()
    }

    #[test]
    fn a_claim_to_an_open_month_is_in_time_by_the_window_that_is_known_and_stays_so() {
        assert_eq!(taken(None, claim(1, "19", None)), [(true, false)]);
        assert_eq!(taken(None, claim(1, "20", None)), [(false, false)]);
        assert_eq!(taken(None, Claim { in_time: true, ..claim(1, "20", None) }), [(true, false)]);
        let performance = Claim { kind: CreditKind::Performance, ..claim(1, "20", None) };
        assert_eq!(taken(None, performance), [(true, false)], "no window of availability closes it");
        let [held] = &held(&[], &[claim(1, "20", None)], Some(ClaimWindow::Until(at("20"))))[..] else {
            panic!()
        };
        assert_eq!((held.state, held.claim_until), (ClaimState::Held, Some(at("20"))));
    }

    #[test]
    fn a_receipt_is_forgotten_once_it_is_in_time() {
        assert_eq!(taken(None, claim(1, "18", Some("19"))), [(true, false)]);
        assert_eq!(taken(None, claim(1, "18", Some("21"))), [(true, true)]);
        assert_eq!(taken(None, claim(1, "21", Some("22"))), [(false, true)]);
    }

    #[test]
    fn a_second_claim_in_time_opens_the_month_for_a_first_one_that_was_late() {
        let late = claim(1, "21", None);
        assert_eq!(taken(Some(&late), second("19", None)), [(true, false), (false, false)]);
        assert_eq!(taken(Some(&late), second("22", None)), [(false, false)], "both are late");
        let prompt = Claim { in_time: true, ..claim(1, "18", None) };
        assert_eq!(taken(Some(&prompt), second("19", None)), [(false, false)], "nothing is to be opened");
        let passed_on = Claim { in_time: true, ..claim(1, "18", Some("22")) };
        assert_eq!(taken(Some(&passed_on), second("19", None)), [(true, false), (false, false)]);
        let both = taken(Some(&passed_on), second("19", Some("22")));
        assert_eq!(both, [(false, true)], "support heard of neither in time");
    }
}
