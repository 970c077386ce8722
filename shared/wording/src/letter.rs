//! A notice as an e-mail: a subject that SNS accepts, and the text that begins with the full subject.

use events::Notice;

/// The longest subject that SNS accepts, in characters: fewer than 100.
const SUBJECT_CHARS_MAX: usize = 99;
/// Replacement for a character without an ASCII equivalent.
const UNKNOWN: &str = "?";

/// Returns the subject in ASCII, on one line, as SNS requires.
pub fn subject(notice: &Notice) -> String {
    let mut text = String::new();
    for character in notice.subject.chars() {
        match character {
            ' '..='~' => text.push(character),
            other => text.push_str(in_ascii(other)),
        }
    }
    let text = text.trim();
    if text.is_empty() { notice.kind.clone() } else { text.chars().take(SUBJECT_CHARS_MAX).collect() }
}

/// Returns the text: the full subject, the notice's text, and its id.
pub fn text(notice: &Notice) -> String {
    let Notice { subject, text, notice_id, occurred_at, .. } = notice;
    format!("{subject}\n\n{text}\n\nNotice {notice_id} of {occurred_at}\n")
}

/// Returns the ASCII equivalent of a Latin or typographic character.
fn in_ascii(character: char) -> &'static str {
    match character {
        'Ä' => "Ae",
        'Ö' => "Oe",
        'Ü' => "Ue",
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'Æ' => "AE",
        'Œ' => "OE",
        'À'..='Å' | 'Ā' | 'Ą' => "A",
        'à'..='å' | 'ā' | 'ą' => "a",
        'Ç' | 'Ć' | 'Č' => "C",
        'ç' | 'ć' | 'č' => "c",
        'È'..='Ë' | 'Ē' | 'Ę' | 'Ě' => "E",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'Ì'..='Ï' => "I",
        'ì'..='ï' | 'ı' => "i",
        'Ł' => "L",
        'ł' => "l",
        'Ñ' | 'Ń' | 'Ň' => "N",
        'ñ' | 'ń' | 'ň' => "n",
        'Ò'..='Õ' | 'Ø' | 'Ő' => "O",
        'ò'..='õ' | 'ø' | 'ő' => "o",
        'Ř' => "R",
        'ř' => "r",
        'Ś' | 'Š' | 'Ş' => "S",
        'ś' | 'š' | 'ş' => "s",
        'Ù'..='Û' | 'Ů' | 'Ű' => "U",
        'ù'..='û' | 'ů' | 'ű' => "u",
        'Ý' => "Y",
        'ý' | 'ÿ' => "y",
        'Ź' | 'Ž' | 'Ż' => "Z",
        'ź' | 'ž' | 'ż' => "z",
        '‘' | '’' | '‚' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '–' | '—' | '−' | '‑' => "-",
        '…' => "...",
        other if other.is_whitespace() || other.is_control() => " ",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn notice(subject: &str) -> Notice {
        serde_json::from_value(json!({
            "notice_id": "outage.opened:1", "kind": "outage.opened", "severity": "critical",
            "occurred_at": "2026-06-03T12:10:00Z", "subject": subject, "text": "It is down.\nWe are on it.",
            "data": {},
        }))
        .unwrap()
    }

    #[test]
    fn a_subject_is_one_line_of_ascii_that_sns_takes() {
        let subjects = [
            "Down: Munich office fibre",
            "Down: Müncher Straße „Süd“ – Trunk…",
            "Ticket T-1: שלום 🚨",
            "two\r\nlines\u{2028}of it",
            "\u{a0}\n",
            &"ß".repeat(99),
        ]
        .map(|text| subject(&notice(text)));
        for subject in &subjects {
            let printable = subject.chars().all(|c| matches!(c, ' '..='~'));
            assert!(printable && subject.len() < 100 && !subject.starts_with(' '), "{subject}");
        }
        insta::assert_snapshot!(subjects.join("\n"), @r#"
        Down: Munich office fibre
        Down: Muencher Strasse "Sued" - Trunk...
        Ticket T-1: ???? ?
        two  lines of it
        outage.opened
        sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss
        "#);
    }

    #[test]
    fn a_letter_says_first_what_happened() {
        insta::assert_snapshot!(text(&notice("Down: Münchner Straße")), @r"
        Down: Münchner Straße

        It is down.
        We are on it.

        Notice outage.opened:1 of 2026-06-03T12:10:00Z
        ");
    }
}
