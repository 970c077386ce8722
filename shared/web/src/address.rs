//! Parts of paths and queries, parsed into the core's types.

use std::fmt::Display;
use std::str::FromStr;

use crate::Problem;

/// Parses a part of an address.
///
/// # Errors
/// Returns a [`Problem`] that names the part if it cannot be parsed.
pub fn part<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| {
        let detail = events::InputError::new(format_args!("{name}: {error}"));
        Problem::bad_request(detail.to_string())
    })
}

/// Parses an optional part of a query; an empty one counts as missing.
///
/// # Errors
/// As [`part`].
pub fn optional<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.filter(|text| !text.is_empty()).map(|text| part(name, text)).transpose()
}
