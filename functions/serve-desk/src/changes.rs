//! The trail: who did what, by thing and by person.

use axum::extract::{Query, State};
use events::change::{Object, Person, Subject};
use pages::desk::{Changes, Part, Trail};
use sla::id::ChangeId;
use table::{ChangesOf, Table, TableError};
use web::{Page, Parameters, Session, fault, optional, part, shown};

use crate::Desk;
use crate::inputs::cut;

/// Changes per page.
const PAGE_MAX: usize = 100;
/// Latest changes on a thing's own page.
const LATEST_MAX: usize = 10;

/// Lists the changes of a thing, or else of a person: by default the reader.
pub async fn list(State(desk): State<Desk>, session: Session, Query(query): Query<Parameters>) -> Page {
    let after: Option<ChangeId> = optional("after", query.after.as_deref())?;
    let visit = desk.visit(&session, Part::Changes, None)?;
    let text = |own: &Option<String>| own.as_deref().unwrap_or_default().trim().to_owned();
    let (kind, id) = (text(&query.kind), text(&query.id));
    let (of, person) = if kind.is_empty() {
        let person = text(&query.person);
        let person = if person.is_empty() { visit.staff.staff_id().to_string() } else { person };
        (ChangesOf::Person(part::<Person>("person", &person)?), person)
    } else {
        (ChangesOf::Object(part::<Object>("kind, id", &format!("{kind}:{id}"))?), String::new())
    };
    let table = visit.staff.table();
    let mut changes = table.changes(&of, after.as_ref(), PAGE_MAX + 1).await.map_err(fault)?;
    let after = cut(&mut changes, PAGE_MAX, |listed| listed.change.change_id.clone());
    shown(pages::desk::changes(&visit.frame, &Changes { kind, id, person, changes, after }))
}

/// Reads the latest changes of a thing, for its own page.
pub async fn trail(table: &Table, kind: Subject, parts: &[&str]) -> Result<Trail, TableError> {
    let object = Object::of(kind, parts);
    let mut latest = table.changes(&ChangesOf::Object(object.clone()), None, LATEST_MAX + 1).await?;
    let is_more = cut(&mut latest, LATEST_MAX, |_| ()).is_some();
    Ok(Trail { object, latest, is_more })
}
