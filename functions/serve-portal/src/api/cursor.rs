//! Cursors: an encoded position in a list, after which the next page begins. A cursor only orders; one of
//! another customer, or of nothing, reveals nothing.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use web::Problem;

/// Separator of a position's parts: no part contains a line feed.
const SEPARATOR: &str = "\n";

/// Encodes a position in a list as a cursor.
pub fn write(list: &str, place: &[&dyn Display]) -> String {
    let parts = std::iter::once(list.to_owned()).chain(place.iter().map(ToString::to_string));
    URL_SAFE_NO_PAD.encode(parts.collect::<Vec<_>>().join(SEPARATOR))
}

/// Decodes the cursor of a list, if there is one; an empty cursor counts as none.
pub fn read<T>(
    list: &str,
    cursor: Option<&str>,
    place: impl FnOnce(&[&str]) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().map(|text| text.split(SEPARATOR).collect::<Vec<_>>());
    let found = match parts.as_deref() {
        Some([own, parts @ ..]) if *own == list => place(parts),
        _ => None,
    };
    found.map(Some).ok_or_else(|| {
        let detail =
            "after: not a cursor of this list: give the `next` of the previous page, or leave it out";
        Problem::bad_request(detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_in_its_own_list_only() {
        let two = |parts: &[&str]| match parts {
            [first, second] => Some((first.parse::<u32>().ok()?, (*second).to_owned())),
            _ => None,
        };
        let cursor = write("tickets", &[&7, &"T-1"]);
        assert!(cursor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{cursor}");
        assert_eq!(read("tickets", Some(&cursor), two).unwrap(), Some((7, "T-1".to_owned())));
        assert_eq!(read("tickets", None, two).unwrap(), None);
        assert_eq!(read("tickets", Some(""), two).unwrap(), None);
        let unfit = write("tickets", &[&"x", &"T-1"]);
        let wrong = [("notices", cursor.as_str()), ("tickets", "T-1"), ("tickets", "%"), ("tickets", &unfit)];
        for (list, cursor) in wrong {
            let problem = read(list, Some(cursor), two).unwrap_err();
            assert_eq!(problem.status, 400);
            insta::allow_duplicates! { insta::assert_snapshot!(
                problem.detail,
                @"after: not a cursor of this list: give the `next` of the previous page, or leave it out"
            ) }
        }
    }
}
