//! The search of a customer, among that customer's own things.

use axum::extract::{Query, State};
use events::change::Subject;
use pages::{SearchHit, SearchPage, Section};
use table::{Found, FoundThings};
use web::{Page, Parameters, Session, fault, query_text, shown};

use crate::Portal;

/// Characters that a search takes, as its field does.
const WORDS_CHARS_MAX: usize = 200;

/// Shows what is found, or leads to the only thing.
pub async fn page(State(portal): State<Portal>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = portal.visit(&session, Section::Elsewhere).await?;
    let words: String = query.words.unwrap_or_default().trim().chars().take(WORDS_CHARS_MAX).collect();
    let found = match words.is_empty() {
        true => FoundThings::default(),
        false => visit.scope.search(&words, visit.now).await.map_err(fault)?,
    };
    if let ([only], false) = (found.things.as_slice(), found.is_more) {
        return Ok(web::redirect(&address(only)));
    }
    let hits = found.things.into_iter().map(hit).collect();
    shown(pages::search(&visit.frame, &SearchPage { words, hits, is_more: found.is_more }))
}

/// Returns the address of a thing: its page, or the page of its service's month.
fn address(Found { kind, id, service_id, month, .. }: &Found) -> String {
    match (kind, service_id, month) {
        (Subject::Service, ..) => format!("/services/{}", query_text(id)),
        (Subject::Ticket, ..) => format!("/tickets/{}", query_text(id)),
        (Subject::Claim, ..) => "/claims".to_owned(),
        (_, Some(service), Some(month)) => {
            format!("/services/{}?month={month}", query_text(service.as_str()))
        }
        _ => "/".to_owned(),
    }
}

fn hit(found: Found) -> SearchHit {
    let address = address(&found);
    let Found { kind, id, number, name, .. } = found;
    SearchHit { kind, id, number, name, customer_name: None, address }
}
