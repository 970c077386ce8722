//! The trail: the changes of an object or of a person, the newest first, with the names of people beside
//! their ids.

use events::command::ListChanges;
use outcome::Failure;
use serde_json::{Value, json};
use table::ChangesOf;

use crate::Desk;

/// Changes on one page.
const PAGE_MAX: usize = 100;

impl Desk<'_> {
    /// Lists a page of changes; `next` is present if there are more.
    pub async fn list_changes(&self, command: ListChanges) -> Result<Value, Failure> {
        let ListChanges { object, person, after } = command;
        let of = match (object, person) {
            (Some(object), None) => ChangesOf::Object(object),
            (None, Some(person)) => ChangesOf::Person(person),
            (Some(_), Some(_)) | (None, None) => {
                let message = "object, person: give one of them: the object as kind:id, such as \
                               void:v-1, or the person's id";
                return Err(Failure::BadRequest(message.to_owned()));
            }
        };
        let changes = self.table.changes(&of, after.as_ref(), PAGE_MAX + 1).await?;
        match changes.get(..PAGE_MAX).filter(|_| changes.len() > PAGE_MAX) {
            Some(page) => {
                let next = page.last().map(|listed| &listed.change.change_id);
                Ok(json!({ "changes": page, "next": next }))
            }
            None => Ok(json!({ "changes": changes })),
        }
    }
}
