//! The fields of an event, taken one by one by shared readers, as serde derives separate ones for each event.
//! Errors keep serde's words and serde's order.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::input::{InputError, read_at};

/// The fields of an event, with the errors in those taken so far.
pub struct Fields<'a> {
    event: &'a Value,
    wrong: Vec<(&'static str, InputError)>,
    missing: Vec<&'static str>,
}

/// A sign that a field is missing or wrong; its [`Fields`] keep the error.
pub struct Unreadable;

/// The result of taking a field.
pub type FieldResult<T> = Result<T, Unreadable>;

impl<'a> Fields<'a> {
    /// Starts taking the fields of an event.
    pub const fn of(event: &'a Value) -> Self {
        Self { event, wrong: Vec::new(), missing: Vec::new() }
    }

    /// Records an error in a field.
    pub fn wrong(&mut self, name: &'static str, error: InputError) -> Unreadable {
        self.wrong.push((name, error));
        Unreadable
    }

    /// Returns the error to report for the refused fields: the wrong ones by name, as JSON's are read, then
    /// the missing ones in the order of the event's own.
    pub fn refused(mut self) -> InputError {
        self.wrong.sort_by_key(|(name, _)| *name);
        let missing = self.missing.into_iter().map(InputError::missing);
        let wrong = self.wrong.into_iter().map(|(_, error)| error);
        InputError::joined(wrong.chain(missing)).unwrap_or_else(|| InputError::missing(""))
    }

    fn read<T: DeserializeOwned>(&mut self, name: &'static str, value: &Value) -> FieldResult<T> {
        read_at(name, value).map_err(|error| self.wrong(name, error))
    }
}

/// Takes a required field.
pub fn required<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> FieldResult<T> {
    match fields.event.get(name) {
        Some(value) => fields.read(name, value),
        None => {
            fields.missing.push(name);
            Err(Unreadable)
        }
    }
}

/// Takes a field that may be absent or null.
pub fn optional<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> FieldResult<Option<T>> {
    match fields.event.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => fields.read(name, value).map(Some),
    }
}

/// Takes a field that may be absent, and tells absence from an explicit null (`Some(None)`).
pub fn given<T: DeserializeOwned>(
    fields: &mut Fields<'_>,
    name: &'static str,
) -> FieldResult<Option<Option<T>>> {
    match fields.event.get(name) {
        None => Ok(None),
        Some(_) => optional(fields, name).map(Some),
    }
}

/// Takes a field with a default for absence; an explicit null is an error.
pub fn or_else<T: DeserializeOwned>(
    fields: &mut Fields<'_>,
    name: &'static str,
    default: impl FnOnce() -> T,
) -> FieldResult<T> {
    match fields.event.get(name) {
        None => Ok(default()),
        Some(value) => fields.read(name, value),
    }
}
