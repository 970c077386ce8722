//! Wording of outages, of the month's allowance, and of breaches with their claims.

use events::Happening;
use events::notice::Subject;
use sla::assessment::{Breach, Budget};
use sla::duration::in_words;
use sla::terms::ClaimMode;
use sla::{Instant, Span};

use super::{Wording, at, from_to, percent};

/// Instruction on how to claim (agreement, "Claim Process").
const HOW: &str = "Claim in the customer dashboard or through our support team.";

/// Words a notice about an outage, a warning or a breach.
pub fn word(happening: &Happening) -> Wording {
    match happening {
        Happening::OutageOpened { service, started_at, opening } => opened(service, *started_at, *opening),
        Happening::OutageClosed { service, started_at, ended_at, down_s, excluded_s } => {
            closed(service, Span::new(*started_at, *ended_at), *down_s, *excluded_s)
        }
        Happening::AtRisk { service, budget } => at_risk(service, budget),
        Happening::Breached { service, breach } => breached(service, breach),
        Happening::BreachWithdrawn { service, breach } => withdrawn(service, breach),
        other => Wording::general(other.kind(), &[]),
    }
}

fn opened(service: &Subject, started_at: Instant, opening: u32) -> Wording {
    let (name, start) = (&service.service_name, at(started_at, service.time_zone));
    let what = if opening > 1 {
        format!(
            "The outage of {name} that began on {start} continues: later checks show that it was not \
                 over."
        )
    } else {
        format!("{name} has been down since {start}.")
    };
    let money = "The time counts as downtime, except for announced maintenance and approved exclusions.";
    let todo = "No action is needed now: we will tell you when the outage is over. No claim is needed while \
                it is open: the claim window has not begun to run.";
    let before = if opening > 1 { "Still down: " } else { "Down: " };
    Wording::about(before, service, "", &[what, money.to_owned(), todo.to_owned()])
}

fn closed(service: &Subject, span: Span, down_s: i64, excluded_s: i64) -> Wording {
    let name = &service.service_name;
    if span.is_empty() {
        let what = format!(
            "The outage of {name} that was reported for {} is withdrawn: no failed check remains of it.",
            at(span.start, service.time_zone)
        );
        let money = "It does not count as downtime. No action is needed.".to_owned();
        return Wording::about("Outage withdrawn: ", service, "", &[what, money]);
    }
    let what = format!("The outage of {name} is over. It lasted {}.", from_to(span, service.time_zone));
    let mut money = format!("Of this, {} counts as downtime.", in_words(down_s));
    if excluded_s > 0 {
        money += &format!(
            " {} does not count: it lies in announced maintenance or an approved exclusion.",
            in_words(excluded_s)
        );
    }
    let todo = "No action is needed now. If the month misses its commitment, a separate notice gives the \
                credit and the deadline for a claim.";
    Wording::about("", service, " is back up", &[what, money, todo.to_owned()])
}

fn at_risk(service: &Subject, budget: &Budget) -> Wording {
    let Budget { month, threshold_pct, occurred_at, down_s, allowed_s, commitment_pct, .. } = budget;
    let what = format!(
        "{} has used {threshold_pct} % of the downtime that its {} plan allows in {month}, as of {}.",
        service.service_name,
        service.plan.as_str(),
        at(*occurred_at, service.time_zone)
    );
    let figures = format!(
        "Downtime so far: {} of at most {}, at a commitment of {commitment_pct} %.",
        in_words(*down_s),
        in_words(*allowed_s)
    );
    let money = "No credit is due yet. More downtime than that breaches the commitment and earns a credit; \
                 we will then tell you its amount and the deadline for a claim. No action is needed now.";
    let before = format!("At risk, {threshold_pct} % of allowed downtime used: ");
    Wording::about(&before, service, &format!(", {month}"), &[what, figures, money.to_owned()])
}

fn breached(service: &Subject, breach: &Breach) -> Wording {
    let Breach { month, best_pct, commitment_pct, credit, credit_max, claims, .. } = breach;
    let what = format!(
        "{} can no longer meet the commitment of its {} plan for {month}: {commitment_pct} % is promised, \
         and at most {} is still possible. This became certain on {}.",
        service.service_name,
        service.plan.as_str(),
        percent(best_pct.as_ref()),
        at(breach.occurred_at, service.time_zone)
    );
    let money = format!(
        "Credit so far: {credit}. It grows with further downtime, to at most {credit_max}, and is fixed \
         when the month is closed."
    );
    let days = claims.window_days;
    let todo = match breach.claim_until {
        _ if claims.mode == ClaimMode::Automatic => {
            "No claim is needed: the credit is entered when the month is closed.".to_owned()
        }
        Some(until) => format!(
            "To receive it, claim before {}. One claim covers the whole month. {HOW} Each further outage of \
             the month moves the deadline.",
            at(until, service.time_zone)
        ),
        None => format!(
            "An outage is still open. No claim is needed while it lasts: the claim window has not begun to \
             run. It closes {days} days after the day on which the outage ends. One claim covers the whole \
             month. {HOW}"
        ),
    };
    let before = format!("Commitment missed in {month}: ");
    Wording::about(&before, service, "", &[what, used(breach), money, todo])
}

fn withdrawn(service: &Subject, breach: &Breach) -> Wording {
    let Breach { month, best_pct, commitment_pct, .. } = breach;
    let what = match best_pct {
        Some(best_pct) => format!(
            "The breach of {month} that we announced for {} is no longer certain: an exclusion, voided \
             checks or late checks changed the data. {commitment_pct} % is promised, and {best_pct} % is \
             possible.",
            service.service_name
        ),
        None => format!(
            "The breach of {month} that we announced for {} no longer stands: no time of that month counts, \
             since the service ended before it or all of it is excluded.",
            service.service_name
        ),
    };
    let money = "No credit is due as things stand. If the commitment is missed after all, we will tell you \
                 again.";
    let todo =
        "No action is needed. A claim that you have made stays, and is decided when the month is closed.";
    let before = format!("Breach withdrawn for {month}: ");
    Wording::about(&before, service, "", &[what, used(breach), money.to_owned(), todo.to_owned()])
}

fn used(breach: &Breach) -> String {
    let (down, allowed) = (in_words(breach.down_s), in_words(breach.allowed_s));
    format!("Downtime so far: {down}. Allowed in the month: {allowed}.")
}
