//! Parts of addresses and queries, read into the core's types.

use std::fmt::Display;
use std::str::FromStr;

use crate::Problem;

/// Reads a part of an address.
///
/// # Errors
/// A part that is not what it should be, by its name.
pub fn part<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| {
        let detail = events::InputError::new(format_args!("{name}: {error}"));
        Problem::bad_request(detail.to_string())
    })
}

/// Reads an optional part of a query; an empty one is none.
///
/// # Errors
/// As [`part`].
pub fn optional<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.filter(|text| !text.is_empty()).map(|text| part(name, text)).transpose()
}
