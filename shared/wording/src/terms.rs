//! Wording of new revisions of the agreement: the changes and their start.

use events::Happening;
use events::notice::Revised;
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

fn announced(revised: &Revised) -> Wording {
    let Revised { terms, effective_from, .. } = revised;
    let what = format!(
        "Revision {} of the Service Level Agreement takes effect with {}.",
        terms.revision,
        in_words(*effective_from)
    );
    let money = "Every month before it is judged by the terms that were in force at that month's start, and \
                 so is every ticket that was opened in it.";
    let subject = format!("The Service Level Agreement changes with {}", in_words(*effective_from));
    Wording::general(&subject, &told(what, revised, money))
}

fn effective(revised: &Revised) -> Wording {
    let Revised { terms, effective_from, .. } = revised;
    let what = format!(
        "Revision {} of the Service Level Agreement is in force, as announced: it judges {} and every month \
         after it, until another revision takes its place.",
        terms.revision,
        in_words(*effective_from)
    );
    let money =
        "Earlier months, and tickets that were opened in them, stay judged by the terms in force then.";
    let subject = format!("Revision {} of the Service Level Agreement is in force", terms.revision);
    Wording::general(&subject, &told(what, revised, money))
}

/// Assembles a text: the event, the differences, and their meaning for the money.
fn told(what: String, revised: &Revised, money: &str) -> Vec<String> {
    let mut texts = vec![what];
    texts.push(match revised.difference.is_empty() {
        true => "What is promised does not change.".to_owned(),
        false => "What changes:".to_owned(),
    });
    texts.extend(revised.difference.iter().map(|line| format!("- {line}")));
    texts.push(money.to_owned());
    texts.push("A month begins and ends in your service's time zone. Nothing is to be done.".to_owned());
    texts.push(format!("Document {}, SHA-256 {}.", revised.terms.id, revised.terms.digest));
    texts
}

/// Formats a month such as `September 2026`.
fn in_words(month: Month) -> String {
    month.start(Zone::UTC).to_utc().format("%B %Y").to_string()
}
