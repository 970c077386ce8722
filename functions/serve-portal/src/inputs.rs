//! What addresses and queries carry, read into the core's types.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use web::Problem;

/// Reads a part of an address.
pub fn part<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| {
        let detail = events::InputError::new(format_args!("{name}: {error}"));
        Problem::bad_request(detail.to_string())
    })
}

/// Reads an optional part of a query; an empty one is none.
pub fn optional<T: FromStr<Err: Display>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.filter(|text| !text.is_empty()).map(|text| part(name, text)).transpose()
}

/// What queries may carry: each address takes what it knows.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A month.
    pub month: Option<String>,
    /// A statement's revision.
    pub revision: Option<String>,
    /// Where a page of a list begins.
    pub after: Option<String>,
    /// A service to choose.
    pub service_id: Option<String>,
    /// A kind of claim to choose.
    pub kind: Option<String>,
    /// What the request before has done.
    pub done: Option<String>,
    /// Where to go once one is signed in.
    pub return_to: Option<String>,
}
