//! The terms: a revision is published once, and customers are notified now and when it takes effect. load
//! (`table`) → decide (`sla::terms::publication`) → save the revision with both circulars.

use events::answer::PublishedAnswer;
use events::change::{Hand, Object, Person, Subject};
use events::notice::RevisedTerms;
use events::{Change, Happening};
use outcome::Failure;
use serde_json::{Map, Value, json};
use sla::id::StaffId;
use sla::statement::TermsReference;
use sla::terms::{Finding, Publication, PublicationError, lint};
use sla::{Instant, Terms, Zone};
use table::{Circular, Table, until_written};

/// Name of the publication in the trail: it is no command.
const PUBLISH: &str = "publish_terms";

/// Publishes a revision, under a person's name; one that is already published, byte for byte, gets the same
/// answer.
///
/// # Errors
/// Returns a [`Failure`]: a refusal that lists every error of the document, or a fault of the table.
pub async fn publish_terms(
    table: &Table,
    now: Instant,
    terms: &Terms,
    (by, hand): (Option<&StaffId>, &Hand),
) -> Result<Value, Failure> {
    let object = Object::of(Subject::Terms, &[terms.terms_id.as_str()]);
    let content = json!({ "digest": terms.digest().map_err(Failure::unexpected)? });
    let details = [("revision", json!(terms.revision)), ("effective_from", json!(terms.effective_from))];
    let details = Map::from_iter(details.map(|(name, value)| (name.to_owned(), value)));
    let by = by.map_or_else(Person::direct, Person::from);
    let (given, act) = ((now, by, hand), (PUBLISH, object));
    let change = Change::new(given, act, &content, details).map_err(Failure::unexpected)?;
    let table = &table.noting(Some(change), hand);
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
        RevisedTerms { terms: TermsReference { id: terms_id, revision, digest }, effective_from, difference };
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
