//! Refused values in error messages: short, printable, and unable to disturb a terminal or a log.

/// Longest part of a refused value that an error repeats, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// Escapes what is not printable, such as controls and marks of direction, and cuts after `SHOWN_CHARS_MAX`
/// characters.
pub fn shown(value: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\'' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    let mut text: String = value.chars().take(SHOWN_CHARS_MAX).map(escaped).collect();
    if value.chars().count() > SHOWN_CHARS_MAX {
        text.push('…');
    }
    text
}
