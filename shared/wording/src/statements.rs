//! Wording of statements and of the credits that follow from them.

use events::Happening;
use events::notice::{StatementFigures, Subject};
use sla::availability::Verdict;
use sla::duration::in_words;
use sla::ledger::{CreditKind, Entry};
use sla::{Metric, Month};

use super::performance::names;
use super::{Wording, percent};

/// Words a notice about a month's statement or credit.
pub fn word(happening: &Happening, month: Option<Month>) -> Wording {
    let month = month.map(|month| month.to_string()).unwrap_or_default();
    match happening {
        Happening::StatementClosed { service, result } => closed(service, &month, result),
        Happening::StatementRestated { service, result, previous, reason, .. } => {
            restated(service, &month, (previous, result), reason.as_deref())
        }
        Happening::StatementIndeterminate { service, result } => indeterminate(service, &month, result),
        Happening::CreditApproved { service, entry } => approved(service, entry),
        Happening::CreditReversed { service, entry } => reversed(service, entry),
        Happening::CreditLapsed { service, entry } => lapsed(service, entry),
        other => Wording::general(other.kind(), &[]),
    }
}

fn closed(service: &Subject, month: &str, result: &StatementFigures) -> Wording {
    let what = format!(
        "{month} is closed for {} ({} plan): {}.",
        service.service_name,
        service.plan.as_str(),
        verdict(result.verdict)
    );
    let todo = match result.verdict {
        Verdict::Breached => {
            "If the credit must be claimed and you have not claimed it, the notice of the breach gives the \
             deadline. Claim in the customer dashboard or through our support team."
        }
        Verdict::Indeterminate => {
            "No action is needed: the month is reviewed. A claim made in time is decided with it."
        }
        Verdict::Met | Verdict::NotApplicable if result.missed.is_empty() => {
            "No credit is due. No action is needed."
        }
        Verdict::Met | Verdict::NotApplicable => "No credit is due for the availability.",
    };
    let performance = performance(&result.missed);
    let texts = [what, figures(result), money(result), todo.to_owned(), performance, reference(result)];
    Wording::about("Statement ", service, &format!(", {month}: {}", result.verdict.as_str()), &texts)
}

fn restated(
    service: &Subject,
    month: &str,
    (previous, result): (&StatementFigures, &StatementFigures),
    reason: Option<&str>,
) -> Wording {
    let why = match (reason, &result.review) {
        (Some(reason), Some(_)) => format!("A person reviewed it: {reason}"),
        (Some(reason), None) => format!("A person ordered the restatement: {reason}"),
        (None, _) => String::new(),
    };
    let what = format!(
        "The statement of {} for {month} has a new revision {}; revision {} stays on record.",
        service.service_name, result.revision, previous.revision
    );
    let before = format!("Before: {}. {}", verdict(previous.verdict), figures(previous));
    let after = format!("Now: {}. {}", verdict(result.verdict), figures(result));
    let changed = if result.amount == previous.amount {
        format!("The credit stays at {}.", result.amount)
    } else {
        format!(
            "The credit changes from {} to {}: any earlier credit is reversed, and any credit \
             now due is entered.",
            previous.amount, result.amount
        )
    };
    let newly_missed = result.missed.iter().any(|metric| !previous.missed.contains(metric));
    let todo = match (previous.verdict, result.verdict) {
        (Verdict::Breached, _) | (_, Verdict::Met | Verdict::NotApplicable) if newly_missed => {
            "A claim that you made is decided again."
        }
        (Verdict::Breached, _) | (_, Verdict::Met | Verdict::NotApplicable) => {
            "No action is needed: a claim that you made is decided again."
        }
        _ => {
            "Why it matters: the month may now earn a credit. A claim that you made is decided again. If you \
             made none, the notice of the breach gives the deadline."
        }
    };
    let mut performance = String::new();
    if result.missed != previous.missed {
        performance = format!(
            "Performance metrics that missed their limit before: {}. Now: {}.",
            names(&previous.missed),
            names(&result.missed)
        );
        if newly_missed {
            performance += " For each new one, a separate notice gives the deadline for a claim.";
        }
    }
    let texts = [what, why, before, after, changed, todo.to_owned(), performance, reference(result)];
    Wording::about("Statement restated: ", service, &format!(", {month}"), &texts)
}

fn indeterminate(service: &Subject, month: &str, result: &StatementFigures) -> Wording {
    let what = format!(
        "The verdict on {month} for {} depends on missing data: for {} we do not know whether the service \
         was up.",
        service.service_name,
        in_words(result.unknown_s)
    );
    let bounds = format!(
        "Availability lies between {} and {}; {} % is promised.",
        percent(result.worst_pct.as_ref()),
        percent(result.best_pct.as_ref()),
        result.commitment_pct
    );
    let todo = "A person must decide, with a reason: find the missing checks and send them, or review the \
                statement. Unknown time never counts as up. No credit is paid before that; claims made in \
                time wait.";
    let texts = [what, bounds, figures(result), money(result), todo.to_owned(), reference(result)];
    Wording::about("To be decided: ", service, &format!(", {month}"), &texts)
}

fn approved(service: &Subject, entry: &Entry) -> Wording {
    let amount = amount(entry, entry.amount_minor);
    let what = match entry.kind {
        CreditKind::Uptime => format!(
            "A credit of {amount} is approved for {}: it missed its commitment of {} % in {} with {} of \
             downtime.",
            service.service_name,
            entry.commitment_pct,
            entry.month,
            in_words(entry.down_s)
        ),
        CreditKind::Performance => format!(
            "A credit of {amount} is approved for {}, because of its performance in {}. A person reviewed your claim \
             and set the amount.",
            service.service_name, entry.month
        ),
    };
    let share = entry.share_pct.as_ref().map(|share| format!("That is {share} % of the monthly fee."));
    let todo = match entry.billing_month {
        Some(month) => format!("It is applied to the bill of {month}. No action is needed."),
        None => {
            "No bill follows, since the service has ended: it is paid out. No action is needed.".to_owned()
        }
    };
    let texts = [what, share.unwrap_or_default(), todo, entry_reference(entry)];
    Wording::about(&format!("Credit of {amount}: "), service, &format!(", {}", entry.month), &texts)
}

fn reversed(service: &Subject, entry: &Entry) -> Wording {
    let amount = amount(entry, entry.amount_minor.saturating_abs());
    let what = format!(
        "The credit of {amount} for {} in {} is reversed, because the data about the month or its bill has changed.",
        service.service_name, entry.month
    );
    let taken = match entry.billing_month {
        Some(month) => format!("It is deducted on the bill of {month}."),
        None => "No bill follows, since the service has ended: it is deducted from the payout.".to_owned(),
    };
    let todo = format!(
        "{taken} If another amount is due instead, a separate entry credits it. No action is needed."
    );
    let before = format!("Credit of {amount} reversed: ");
    let texts = [what, todo, entry_reference(entry)];
    Wording::about(&before, service, &format!(", {}", entry.month), &texts)
}

fn lapsed(service: &Subject, entry: &Entry) -> Wording {
    let amount = amount(entry, entry.amount_minor.saturating_abs());
    if entry.amount_minor < 0 {
        let what = format!(
            "The lapsed credit of {amount} for {} in {} is removed from the books, because the data about \
             the month has changed.",
            service.service_name, entry.month
        );
        let todo =
            "This neither pays nor takes back anything. If a credit is due instead, it has a separate entry.";
        let texts = [what, todo.to_owned(), entry_reference(entry)];
        return Wording::about("Lapsed credit corrected: ", service, &format!(", {}", entry.month), &texts);
    }
    let what = format!(
        "No claim was made in time, although {} missed its commitment of {} % in {} with {} of downtime.",
        service.service_name,
        entry.commitment_pct,
        entry.month,
        in_words(entry.down_s)
    );
    let money =
        format!("The credit of {amount} has lapsed and is not paid. The agreement sets the time for claims.");
    let texts = [what, money, entry_reference(entry)];
    Wording::about(&format!("Credit of {amount} lapsed: "), service, &format!(", {}", entry.month), &texts)
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "the commitment was met",
        Verdict::Breached => "the commitment was missed",
        Verdict::Indeterminate => "the missing data decides the verdict: review needed",
        Verdict::NotApplicable => "not applicable, since all of the time is excluded",
    }
}

fn figures(result: &StatementFigures) -> String {
    let mut figures = format!(
        "Availability {}, commitment {} %. Downtime: {}.",
        percent(result.availability_pct.as_ref()),
        result.commitment_pct,
        in_words(result.down_s)
    );
    if let Some(review) = &result.review {
        figures += &format!(" Counted after the review: {}.", in_words(review.down_s));
    }
    for (seconds, what) in [(result.unknown_s, "Unknown"), (result.excluded_s, "Excluded")] {
        if seconds > 0 {
            figures += &format!(" {what}: {}.", in_words(seconds));
        }
    }
    figures
}

/// Lists the missed metrics with a pointer to their notices; empty if there are none.
fn performance(missed: &[Metric]) -> String {
    if missed.is_empty() {
        return String::new();
    }
    format!(
        "Performance metrics that missed their limit: {}. For each, a separate notice gives the figures and \
         the deadline for a claim.",
        names(missed)
    )
}

fn money(result: &StatementFigures) -> String {
    match result.verdict {
        Verdict::Breached if result.amount_max == result.amount => format!("Credit: {}.", result.amount),
        Verdict::Breached => format!(
            "Credit: at least {}, and {} if the service was down for all of the unknown time; a review \
             decides that.",
            result.amount, result.amount_max
        ),
        Verdict::Indeterminate if result.amount_max != result.amount => format!(
            "No credit is certain yet. It would be {} if the service was down for all of the unknown time; a \
             review decides that.",
            result.amount_max
        ),
        _ => String::new(),
    }
}

fn amount(entry: &Entry, minor: i64) -> String {
    format!("{} {}", entry.currency.major(minor), entry.currency)
}

fn reference(result: &StatementFigures) -> String {
    format!("Revision {}, digest {}.", result.revision, result.digest)
}

fn entry_reference(entry: &Entry) -> String {
    format!("Entry {}, from statement revision {}.", entry.credit_id, entry.statement_revision)
}
