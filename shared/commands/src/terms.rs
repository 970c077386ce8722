//! The terms: a revision is published once, and customers are notified now and when it takes effect. load
//! (`table`) → decide (`sla::terms::publication`) → save the revision with both circulars.

use events::Happening;
use events::answer::PublishedAnswer;
use events::notice::Revised;
use outcome::Failure;
use serde_json::Value;
use sla::statement::TermsReference;
use sla::terms::{Finding, Publication, PublicationError, lint};
use sla::{Instant, Terms, Zone};
use table::{Circular, Table, until_written};

/// Publishes a revision; one that is already published, byte for byte, gets the same answer.
///
/// # Errors
/// Returns a [`Failure`]: a refusal that lists every error of the document, or a fault of the table.
pub async fn publish_terms(table: &Table, now: Instant, terms: &Terms) -> Result<Value, Failure> {
    until_written("publish terms", || async {
        let book = table.terms().await?;
        let Publication::New { changes } = book.publish(terms, now).map_err(refused)? else {
            return answer(terms).map(Some);
        };
        let circulars = circulars(terms, changes, now)?;
        let committed = table.publish_terms(terms, &circulars).await?;
        answer(terms).map(|answer| committed.then(answer))
    })
    .await
}

fn answer(terms: &Terms) -> Result<Value, Failure> {
    let Terms { terms_id, revision, effective_from, .. } = terms.clone();
    let warnings = lint(terms).iter().filter(|finding| !finding.is_error()).map(Finding::to_string).collect();
    let answer = PublishedAnswer { terms_id, revision, effective_from, warnings };
    serde_json::to_value(answer).map_err(Failure::unexpected)
}

/// Builds the circulars to every customer: now, and at 00:00 UTC of the revision's first month.
fn circulars(terms: &Terms, difference: Vec<String>, now: Instant) -> Result<[Circular; 2], Failure> {
    let Terms { terms_id, revision, effective_from, .. } = terms.clone();
    let digest = terms.digest().map_err(Failure::unexpected)?;
    let revised =
        Revised { terms: TermsReference { id: terms_id, revision, digest }, effective_from, difference };
    let announced = Happening::TermsAnnounced { revised: revised.clone() };
    let effective = Happening::TermsEffective { revised };
    let effective_at = effective_from.start(Zone::UTC);
    Ok([
        Circular::new(format!("terms:{revision:04}:announced"), announced, effective_from, now),
        Circular::new(format!("terms:{revision:04}:effective"), effective, effective_from, effective_at),
    ])
}

fn refused(error: PublicationError) -> Failure {
    let message = error.to_string();
    match error {
        PublicationError::Published(..) => Failure::Conflict(message),
        PublicationError::Refused(_) => Failure::BadRequest(message),
    }
}

#[cfg(test)]
mod tests {
    use sla::TermsBook;

    use super::*;

    #[test]
    fn the_recorded_event_is_a_revision_that_can_be_published() {
        let event =
            events::parse(include_bytes!("../../../functions/publish-terms/events/revision-2.json")).unwrap();
        let terms = events::terms::read(&event).unwrap();
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let Ok(Publication::New { changes }) = TermsBook::new(Vec::new()).publish(&terms, now) else {
            panic!("{:?}", lint(&terms));
        };
        let [announced, effective] = circulars(&terms, changes, now).unwrap();
        assert_eq!(
            (announced.due_at, effective.due_at.to_string()),
            (now, "2026-09-01T00:00:00Z".to_owned())
        );
        assert_ne!(announced.cause, effective.cause);
    }
}
