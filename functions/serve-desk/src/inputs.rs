//! Suggested ids of forms, and pages of lists.

use outcome::Failure;
use sla::Instant;
use web::Problem;

/// Characters of the date at the start of an instant.
const DAY_CHARS: usize = "2026-06-01".len();
/// Random characters of an id: 36 bits or more.
const OWN_CHARS: usize = 6;

/// Suggests an id for a new object: its kind, the date, and random characters.
pub fn fresh_id(what: &str, now: Instant) -> Result<String, Problem> {
    let random =
        outcome::random_text().map_err(|error| Problem::fault(&Failure::unexpected(error.to_string())))?;
    let day = now.to_string().chars().take(DAY_CHARS).collect::<String>();
    let own: String = random.chars().filter(char::is_ascii_alphanumeric).take(OWN_CHARS).collect();
    Ok(format!("{what}-{day}-{own}"))
}

/// Cuts a list read with one item more than a page; returns the position of the next page, if there is one.
pub fn cut<T, P>(list: &mut Vec<T>, max: usize, place: impl Fn(&T) -> P) -> Option<P> {
    let is_more = list.len() > max;
    list.truncate(max);
    list.last().filter(|_| is_more).map(place)
}
