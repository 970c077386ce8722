//! Wording of claims: received, decided, and the window closing.

use events::Happening;
use events::notice::Subject;
use sla::claim::{Claim, ClaimState, Rejection};
use sla::ledger::CreditKind;
use sla::settlement::WindowClosing;
use sla::{Money, Zone};

use super::{Wording, at};

/// Instruction on how to claim.
const HOW: &str = "Claim in the customer dashboard or through our support team.";

/// Words a notice about a claim.
pub fn word(happening: &Happening) -> Wording {
    match happening {
        Happening::ClaimReceived { service, claim } => received(service.as_ref(), claim),
        Happening::ClaimDecided { service, claim } => decided(service.as_ref(), claim),
        Happening::ClaimWindowClosing { service, closing } => window_closing(service, closing),
        other => Wording::general(other.kind(), &[]),
    }
}

fn received(service: Option<&Subject>, claim: &Claim) -> Wording {
    let zone = service.map_or(Zone::UTC, |service| service.time_zone);
    let came = match &claim.ticket_id {
        Some(ticket) => format!("with ticket {ticket}"),
        None => "in the customer dashboard".to_owned(),
    };
    let what = format!(
        "We have received your claim to a {} credit for {} in {}, made {came} on {}.",
        kind(claim.kind),
        name(service, claim),
        claim.month,
        at(claim.filed_at, zone)
    );
    let next = match claim.state {
        ClaimState::Held => {
            "We decide it when the month is closed. One claim covers the whole month. No further action is needed."
        }
        _ => "A separate notice gives the decision. No further action is needed.",
    };
    about(service, "Claim received: ", claim, &[what, next.to_owned(), reference(claim)])
}

fn decided(service: Option<&Subject>, claim: &Claim) -> Wording {
    let zone = service.map_or(Zone::UTC, |service| service.time_zone);
    let what = format!(
        "Your claim to a {} credit for {} in {} {}.",
        kind(claim.kind),
        name(service, claim),
        claim.month,
        outcome(claim)
    );
    let (why, todo) = match (claim.state, claim.reason) {
        (ClaimState::Rejected, Some(reason)) => (rejected(claim, reason, zone), appeal(reason)),
        (ClaimState::Approved, _) => {
            (granted(claim.amount), "A separate notice says how it is credited. No action is needed.")
        }
        (ClaimState::Review, _) => in_review(claim),
        _ => (String::new(), "No action is needed."),
    };
    let review = claim.review.as_ref().map(|review| format!("The reviewer's reason: {}", review.reason));
    let before = match claim.state {
        ClaimState::Approved => "Claim approved: ",
        ClaimState::Rejected => "Claim rejected: ",
        ClaimState::Review | ClaimState::Held => "Claim in review: ",
    };
    let texts = [what, why, review.unwrap_or_default(), todo.to_owned(), reference(claim)];
    about(service, before, claim, &texts)
}

fn outcome(claim: &Claim) -> &'static str {
    match claim.state {
        ClaimState::Approved => "is approved",
        ClaimState::Rejected => "is rejected",
        ClaimState::Review => "is in review",
        ClaimState::Held => "is decided when the month closes",
    }
}

fn granted(amount: Option<Money>) -> String {
    amount.map(|amount| format!("You receive a credit of {amount}.")).unwrap_or_default()
}

fn in_review(claim: &Claim) -> (String, &'static str) {
    let todo = "No action is needed: your claim counts as made in time, and we will tell you the result of \
                the review.";
    let why = match (claim.kind, claim.amount) {
        (CreditKind::Performance, _) => {
            "A metric missed its limit. A review sets the amount, up to the rest of the month's fee."
                .to_owned()
        }
        (CreditKind::Uptime, Some(worth)) if claim.awaits_review() => format!(
            "The commitment was missed, and the credit for the month is {worth}. You claimed in time, but we \
             learned of it only after the window had closed: review needed."
        ),
        (CreditKind::Uptime, Some(certain)) => format!(
            "The commitment was missed, and a credit of {certain} is certain. For part of the month \
             there is no data: a review decides whether more is due."
        ),
        (CreditKind::Uptime, None) => {
            "For part of the month there is no data, and it decides the verdict: review needed.".to_owned()
        }
    };
    (why, todo)
}

fn rejected(claim: &Claim, reason: Rejection, zone: Zone) -> String {
    match reason {
        Rejection::Met => {
            "The promise for the month was met: the statement accounts for every second.".to_owned()
        }
        Rejection::Late => {
            let worth = claim.amount.map(|amount| format!(" It would have been worth {amount}."));
            format!(
                "The deadline was {}.{}",
                claim.claim_until.map_or_else(|| "the window's end".to_owned(), |until| at(until, zone)),
                worth.unwrap_or_default()
            )
        }
        Rejection::Excluded => {
            "The promise for the month was met, because some of the downtime is excluded: the statement \
             lists the reasons."
                .to_owned()
        }
        Rejection::Duplicate => {
            "The month has been claimed before, and one claim covers all of it.".to_owned()
        }
        Rejection::NotFound => {
            format!("You have no service {} that was provided in {}.", claim.service_id, claim.month)
        }
        Rejection::Reviewed => "The review found that no credit is due.".to_owned(),
        Rejection::Withdrawn => {
            "The ticket behind it turned out to belong to another customer, so the claim was never yours."
                .to_owned()
        }
    }
}

const fn appeal(reason: Rejection) -> &'static str {
    match reason {
        Rejection::Excluded => {
            "If you think that the time must count, dispute the exclusion before the deadline that its notice names."
        }
        Rejection::Duplicate => "No action is needed: the first claim stands.",
        Rejection::NotFound => "If you meant another service or month, claim that one.",
        Rejection::Withdrawn => "If you want to claim the month, claim it in the customer dashboard.",
        Rejection::Met | Rejection::Late | Rejection::Reviewed => {
            "If the month is restated, we decide the claim again automatically."
        }
    }
}

fn window_closing(service: &Subject, closing: &WindowClosing) -> Wording {
    let WindowClosing { month, claim_until, credit, .. } = closing;
    let until = at(*claim_until, service.time_zone);
    let broken = match closing.kind {
        CreditKind::Uptime => "missed its commitment",
        CreditKind::Performance => "missed a limit of its performance",
    };
    let what = format!("{} {broken} in {month}, and nobody has claimed a credit yet.", service.service_name);
    let money = match credit {
        Some(credit) => {
            format!(
                "As things stand the credit for the month is {credit}. It lapses if you do not claim it \
                     in time."
            )
        }
        None => "A review sets the amount of a performance credit. Without a claim in time there is none."
            .to_owned(),
    };
    let todo = format!("Claim before {until}. {HOW} One claim covers the whole month.");
    Wording::about("Last day to claim: ", service, &format!(", {month}"), &[what, money, todo])
}

const fn kind(kind: CreditKind) -> &'static str {
    match kind {
        CreditKind::Uptime => "service",
        CreditKind::Performance => "performance",
    }
}

fn name(service: Option<&Subject>, claim: &Claim) -> String {
    service.map_or_else(|| claim.service_id.to_string(), |service| service.service_name.clone())
}

fn about(service: Option<&Subject>, before: &str, claim: &Claim, texts: &[String]) -> Wording {
    match service {
        Some(service) => Wording::about(before, service, &format!(", {}", claim.month), texts),
        None => Wording::general(&format!("{before}{}, {}", claim.service_id, claim.month), texts),
    }
}

fn reference(claim: &Claim) -> String {
    let revision = claim.statement_revision.map(|revision| format!(", by statement revision {revision}"));
    format!("Claim {}{}.", claim.claim_id, revision.unwrap_or_default())
}
