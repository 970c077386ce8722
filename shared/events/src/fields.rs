//! The fields of an event, taken one by one by shared readers, as serde derives separate ones for each event.
//! Errors keep serde's words and serde's order.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::input::{InputError, read_at};

/// The fields of an event, with the errors in those taken so far.
pub struct Fields<'a> {
    event: &'a Value,
    /// The wrong field that comes first by name: JSON's fields are read in that order.
    wrong: Option<(&'static str, InputError)>,
    /// The first missing field, reported if none is wrong.
    missing: Option<&'static str>,
}

/// A sign that a field is missing or wrong; its [`Fields`] keep the error.
pub struct Unreadable;

/// The result of taking a field.
pub type FieldResult<T> = Result<T, Unreadable>;

impl<'a> Fields<'a> {
    /// Starts taking the fields of an event.
    pub const fn of(event: &'a Value) -> Self {
        Self { event, wrong: None, missing: None }
    }

    /// Records an error in a field.
    pub fn wrong(&mut self, name: &'static str, error: InputError) -> Unreadable {
        if self.wrong.as_ref().is_none_or(|(first, _)| name < *first) {
            self.wrong = Some((name, error));
        }
        Unreadable
    }

    /// Returns the error to report for the refused fields.
    pub fn refused(self) -> InputError {
        let missing = self.missing.unwrap_or_default();
        let missing = || InputError::new(format_args!("missing field `{missing}`"));
        self.wrong.map_or_else(missing, |(_, error)| error)
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
            fields.missing.get_or_insert(name);
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
