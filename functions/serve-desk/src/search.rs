//! The search of staff: what is found by a name, an id or a number.

use axum::extract::{Query, State};
use pages::desk::{Part, found_at};
use pages::{SearchHit, SearchPage};
use table::{Found, FoundThings};
use web::{Page, Parameters, Session, fault, shown};

use crate::Desk;

/// Characters that a search takes, as its field does.
const WORDS_CHARS_MAX: usize = 200;

/// Shows what is found, or leads to the only thing.
pub async fn page(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let visit = desk.visit(&session, Part::Elsewhere, None)?;
    let words: String = query.words.unwrap_or_default().trim().chars().take(WORDS_CHARS_MAX).collect();
    let found = match words.is_empty() {
        true => FoundThings::default(),
        false => visit.staff.table().search(&words).await.map_err(fault)?,
    };
    if let ([only], false) = (found.things.as_slice(), found.is_more) {
        return Ok(web::redirect(&found_at(only.kind, &only.id, only.month)));
    }
    let hits = found.things.into_iter().map(hit).collect();
    shown(pages::search(&visit.frame, &SearchPage { words, hits, is_more: found.is_more }))
}

fn hit(found: Found) -> SearchHit {
    let Found { kind, id, number, name, customer, month, .. } = found;
    let address = found_at(kind, &id, month);
    SearchHit { kind, id, number, name, customer_name: customer.map(|(_, name)| name), address }
}
