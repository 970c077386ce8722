//! The fields of an event, taken one by one by the readers of their types: what serde derives has readers
//! of its own for each event. What is wrong is said in serde's words, and first what serde says first.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::input::{InputError, read_at};

/// The fields of an event, and what is wrong with those that were taken.
pub struct Fields<'a> {
    event: &'a Value,
    /// The wrong field that comes first by its name: JSON's fields are read in that order.
    wrong: Option<(&'static str, InputError)>,
    /// The first field that is missing: told if none is wrong.
    missing: Option<&'static str>,
}

/// A field is missing or wrong: its [`Fields`] know how.
pub struct Refused;

/// What was taken.
pub type Taken<T> = Result<T, Refused>;

impl<'a> Fields<'a> {
    /// Begins to take fields.
    pub const fn of(event: &'a Value) -> Self {
        Self { event, wrong: None, missing: None }
    }

    /// Notes what is wrong with a field.
    pub fn wrong(&mut self, name: &'static str, error: InputError) -> Refused {
        if self.wrong.as_ref().is_none_or(|(first, _)| name < *first) {
            self.wrong = Some((name, error));
        }
        Refused
    }

    /// Returns what is to be said of the fields that were refused.
    pub fn refused(self) -> InputError {
        let missing = self.missing.unwrap_or_default();
        let missing = || InputError::new(format_args!("missing field `{missing}`"));
        self.wrong.map_or_else(missing, |(_, error)| error)
    }

    fn read<T: DeserializeOwned>(&mut self, name: &'static str, value: &Value) -> Taken<T> {
        read_at(name, value).map_err(|error| self.wrong(name, error))
    }
}

/// Takes a field that must be there.
pub fn required<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> Taken<T> {
    match fields.event.get(name) {
        Some(value) => fields.read(name, value),
        None => {
            fields.missing.get_or_insert(name);
            Err(Refused)
        }
    }
}

/// Takes a field that may be absent or null.
pub fn optional<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> Taken<Option<T>> {
    match fields.event.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => fields.read(name, value).map(Some),
    }
}

/// Takes a field that may be absent, and tells that from a null that was given (`Some(None)`).
pub fn given<T: DeserializeOwned>(fields: &mut Fields<'_>, name: &'static str) -> Taken<Option<Option<T>>> {
    match fields.event.get(name) {
        None => Ok(None),
        Some(_) => optional(fields, name).map(Some),
    }
}

/// Takes a field that has a default, which a null does not mean.
pub fn or_else<T: DeserializeOwned>(
    fields: &mut Fields<'_>,
    name: &'static str,
    default: impl FnOnce() -> T,
) -> Taken<T> {
    match fields.event.get(name) {
        None => Ok(default()),
        Some(value) => fields.read(name, value),
    }
}
