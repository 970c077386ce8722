//! Texts by other people: never refused, made plain, kept as far as an item can hold them, and shown
//! shortened (rules, 8).

use crate::sha256_hex;

/// Bytes of a report that are kept whole. 2 × 200 KB where JSON escapes every byte, 1,000 four-byte
/// characters of a longer description, and 1 KB beside them are 405 KB of an item's 409.6.
pub const REPORT_BYTES_MAX: usize = 200 * 1000;
/// Characters kept of a longer report.
const PREFIX_CHARS: usize = 1000;
/// Longest title shown, in characters.
const TITLE_CHARS_MAX: usize = 200;
/// Longest description shown, in characters: 16 KB at four bytes each, in every item that shows it.
const DESCRIPTION_CHARS_MAX: usize = 4000;
/// The title shown for a report without a visible title.
const NO_SUBJECT: &str = "(no subject)";

/// True if a character reorders the text around it.
pub const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True if a character controls a terminal, ends a line or reorders the text around it.
pub fn disturbs(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_direction_mark(c)
}

/// Makes a text plain: line ends become line feeds, tabs become spaces, and other control characters and
/// direction marks are dropped. A plain text stays as it is.
pub fn plain(text: &str) -> String {
    let ends_line =
        |c: char| matches!(c, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let one = |c: char| match c {
        '\t' => Some(' '),
        c if ends_line(c) => Some('\n'),
        c => Some(c).filter(|c| !disturbs(*c)),
    };
    text.replace("\r\n", "\n").chars().filter_map(one).collect()
}

/// Makes a text plain and keeps it whole up to `chars_max` characters. A longer text keeps that prefix, its
/// length and its SHA-256.
pub fn kept(text: &str, chars_max: usize) -> String {
    let plain = plain(text);
    if plain.chars().count() <= chars_max { plain } else { cut(&plain, chars_max, text) }
}

/// Makes the title and description of a report plain, and keeps both whole up to [`REPORT_BYTES_MAX`]
/// together.
pub fn report(title: &str, description: Option<&str>) -> (String, Option<String>) {
    report_beside(title, description, 0)
}

/// Makes a report plain like [`report`], with room for the bytes of the notes beside it.
pub fn report_beside(title: &str, description: Option<&str>, bytes: usize) -> (String, Option<String>) {
    let bytes_max = REPORT_BYTES_MAX.saturating_sub(bytes);
    let within = |text: &str, bytes_max: usize| {
        let plain = plain(text);
        if plain.len() <= bytes_max { plain } else { cut(&plain, PREFIX_CHARS, text) }
    };
    let title = within(title, bytes_max);
    let rest = bytes_max.saturating_sub(title.len());
    let description = description.map(|description| within(description, rest));
    (title, description)
}

fn cut(plain: &str, chars: usize, text: &str) -> String {
    let prefix: String = plain.chars().take(chars).collect();
    format!("{prefix}… (shortened: {} bytes, SHA-256 {})", text.len(), sha256_hex(text.as_bytes()))
}

/// Returns a report's title for display: one line of bounded length with a visible character.
pub fn shown_title(title: &str) -> String {
    if is_blank(title) {
        return NO_SUBJECT.to_owned();
    }
    shortened(&plain(title).replace('\n', " "), TITLE_CHARS_MAX)
}

/// Returns a report's description for display, of bounded length; `None` without a visible character.
pub fn shown_description(description: &str) -> Option<String> {
    (!is_blank(description)).then(|| shortened(&plain(description), DESCRIPTION_CHARS_MAX))
}

/// Shortens a text to at most `chars_max` characters.
pub fn shortened(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect()
}

/// True if a text has no visible character.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(is_visible)
}

/// True if a character leaves ink. White space, controls, default-ignorable characters, fillers and the blank
/// Braille pattern do not.
fn is_visible(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !(c.is_whitespace() || c.is_control() || is_ignorable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_tabs_become_plain_and_marks_are_dropped() {
        for (text, expect) in [
            ("line one\r\nline two\r\n", "line one\nline two\n"),
            ("old\rMac\u{85}\u{2028}\u{2029}page\u{c}break", "old\nMac\n\n\npage\nbreak"),
            ("Re:\tdown", "Re: down"),
            ("\u{1b}[31mred\u{1b}[0m log\0", "[31mred[0m log"),
            ("שלום\u{200f} (עולם)", "שלום (עולם)"),
            ("\u{2068}name\u{2069} wrote \u{202e}txt.exe", "name wrote txt.exe"),
            ("می‌خواهم 👩‍💻 e\u{301}\u{301}", "می‌خواهم 👩‍💻 e\u{301}\u{301}"),
        ] {
            assert_eq!(plain(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_report_is_kept_whole_up_to_its_limit_and_then_by_prefix_length_and_digest() {
        let whole = "\"".repeat(REPORT_BYTES_MAX);
        assert_eq!(report(&whole, None).0, whole);
        let (title, description) = report("t", Some(&whole));
        assert_eq!(title, "t");
        let mark = format!("… (shortened: 200000 bytes, SHA-256 {})", sha256_hex(whole.as_bytes()));
        assert_eq!(description.unwrap(), format!("{}{mark}", &whole[..PREFIX_CHARS]));
        let (title, description) = report(&whole, Some("\u{10ffff}".repeat(2000).as_str()));
        let written = serde_json::to_string(&(title, description)).unwrap();
        assert!(written.len() <= 2 * REPORT_BYTES_MAX + 4 * PREFIX_CHARS + 200, "{}", written.len());
        assert_eq!(kept("four", 4), "four");
        assert!(kept("fives", 4).starts_with("five… (shortened: 5 bytes, SHA-256 "));
    }

    #[test]
    fn what_has_no_visible_character_is_shown_as_having_no_subject() {
        for blank in ["", " \t\r\n", "\u{200f}\u{200b}", "\u{feff}", "\u{2800}\u{3164}"] {
            assert_eq!(shown_title(blank), "(no subject)", "{blank:?}");
            assert_eq!(shown_description(blank), None);
        }
        assert_eq!(shown_title("two\r\nlines"), "two lines");
        assert_eq!(shown_title(&"x".repeat(201)), format!("{}…", "x".repeat(199)));
        assert_eq!(shown_description("a\r\nb").as_deref(), Some("a\nb"));
    }
}
