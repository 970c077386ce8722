//! What addresses and queries carry, read into the core's types.

use outcome::Failure;
use serde::Deserialize;
use sla::Instant;
use web::Problem;
pub use web::{optional, part};

/// Characters of a day, as an instant begins.
const DAY_CHARS: usize = "2026-06-01".len();
/// Characters of an id that are its own: 36 bits and more.
const OWN_CHARS: usize = 6;

/// Suggests an id for something new: what it is, the day, and some characters that nobody else has.
pub fn fresh_id(what: &str, now: Instant) -> Result<String, Problem> {
    let random =
        outcome::random_text().map_err(|error| Problem::fault(&Failure::unexpected(error.to_string())))?;
    let day = now.to_string().chars().take(DAY_CHARS).collect::<String>();
    let own: String = random.chars().filter(char::is_ascii_alphanumeric).take(OWN_CHARS).collect();
    Ok(format!("{what}-{day}-{own}"))
}

/// Cuts a list that was read one longer than a page; returns where the next page begins, if there is one.
pub fn cut<T, P>(list: &mut Vec<T>, max: usize, place: impl Fn(&T) -> P) -> Option<P> {
    let is_more = list.len() > max;
    list.truncate(max);
    list.last().filter(|_| is_more).map(place)
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
    /// A service that a form is about.
    pub service_id: Option<String>,
    /// A customer that a form is about.
    pub customer_id: Option<String>,
    /// The command that the request before has carried out.
    pub done: Option<String>,
    /// Where to go once one is signed in.
    pub return_to: Option<String>,
}
