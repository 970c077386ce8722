//! Refused values in error messages: short, printable, and unable to disturb a terminal or a log.

/// Longest part of a refused value that an error repeats, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// Escapes everything but printable ASCII and cuts after `SHOWN_CHARS_MAX` characters.
pub fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_default).collect();
    if value.chars().count() > SHOWN_CHARS_MAX {
        text.push('…');
    }
    text
}
