//! Wording of new revisions of the agreement: the changes and their start.

use events::Happening;
use events::notice::RevisedTerms;
use sla::{Month, Zone};

use super::Wording;

/// Words a notice about the terms, the same for customers and staff.
pub fn word(happening: &Happening) -> Wording {
    match happening {
        Happening::TermsAnnounced { revised } => announced(revised),
        Happening::TermsEffective { revised } => effective(revised),
        other => Wording::general(other.kind(), &[]),
    }
}

fn announced(revised: &RevisedTerms) -> Wording {
    let RevisedTerms { terms, effective_from, .. } = revised;
    let what = format!(
        "Revision {} of the Service Level Agreement takes effect at the start of {}.",
        terms.revision,
        in_words(*effective_from)
    );
    let money = "An earlier month, and any ticket opened in it, is judged by the terms in force at the start \
                 of that month.";
    let subject = format!("The Service Level Agreement changes with {}", in_words(*effective_from));
    Wording::general(&subject, &told(what, revised, money))
}

fn effective(revised: &RevisedTerms) -> Wording {
    let RevisedTerms { terms, effective_from, .. } = revised;
    let what = format!(
        "Revision {} of the Service Level Agreement is now in force, as announced: it applies to {} and \
         every later month, until another revision replaces it.",
        terms.revision,
        in_words(*effective_from)
    );
    let money = "Earlier months, and tickets opened in them, are still judged by the terms in force then.";
    let subject = format!("Revision {} of the Service Level Agreement is in force", terms.revision);
    Wording::general(&subject, &told(what, revised, money))
}

/// Assembles a text: the event, the differences, and their meaning for the money.
fn told(what: String, revised: &RevisedTerms, money: &str) -> Vec<String> {
    let mut texts = vec![what];
    texts.push(match revised.difference.is_empty() {
        true => "The promises do not change.".to_owned(),
        false => "What changes:".to_owned(),
    });
    texts.extend(revised.difference.iter().map(|line| format!("- {line}")));
    texts.push(money.to_owned());
    texts.push("A month begins and ends in your service's time zone. No action is needed.".to_owned());
    texts.push(format!("Document {}, SHA-256 {}.", revised.terms.id, revised.terms.digest));
    texts
}

/// Formats a month such as `September 2026`.
fn in_words(month: Month) -> String {
    month.start(Zone::UTC).to_utc().format("%B %Y").to_string()
}
