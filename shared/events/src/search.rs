//! Search: names folded to words, and short numbers of things for people (contract, "A search").
//! Architecture invariant: a name has the same words, and a thing the same number, on every machine: both are
//! keys of the table.

use sla::sha256_hex;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::change::Subject;

/// The most words of a name that are indexed: a name of 200 characters could have a hundred.
pub const INDEXED_WORDS_MAX: usize = 8;
/// The most words of a question. Those of a line of 200 characters could be a hundred.
pub const ASKED_WORDS_MAX: usize = 8;
/// Characters of a word that count: 24 × 4 bytes and an id of 64 fit a sort key of 1,024.
const WORD_CHARS_MAX: usize = 24;
/// Characters of a folded name by which it is sorted: 64 × 4 bytes and an id of 64 fit a sort key.
const SORTED_CHARS_MAX: usize = 64;
/// Characters of a number that are shown: a billion numbers.
const NUMBER_CHARS: usize = 6;
/// Characters of a whole number: 13 × 5 bits.
const NUMBER_CHARS_MAX: usize = 13;
/// Characters of a number, of Crockford's base 32: none that is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Hexadecimal digits of a digest from which a number is made: 17 × 4 bits, of which 65 are used.
const DIGEST_DIGITS: usize = 17;

/// Folds a text: without case, without marks on its letters, and with ligatures spelled out.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// Returns the folded words of a text, in order.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(WORD_CHARS_MAX).collect()).collect()
}

/// Returns the words of a name by which it is found first, each once.
pub fn indexed_words(name: &str) -> Vec<String> {
    let mut indexed = Vec::new();
    for word in words(name) {
        if indexed.len() < INDEXED_WORDS_MAX && !indexed.contains(&word) {
            indexed.push(word);
        }
    }
    indexed
}

/// Returns the text by which a name is sorted: its words.
pub fn sorted_by(name: &str) -> String {
    // A hyphen sorts before letters and digits, and after the `#` that ends the text in a key.
    words(name).join("-").chars().take(SORTED_CHARS_MAX).collect()
}

/// True if each of the words that are asked for begins a word of the name; one of a single character must be a
/// word of it.
pub fn is_named(name: &str, asked: &[String]) -> bool {
    let own = words(name);
    let is_of = |asked: &String| match asked.chars().nth(1) {
        Some(_) => own.iter().any(|word| word.starts_with(asked.as_str())),
        None => own.contains(asked),
    };
    !asked.is_empty() && asked.iter().all(is_of)
}

/// Short number of a thing, which people say and type in place of its id. It follows from kind and id, and is
/// stored with no thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Returns the number of a thing.
    pub fn of(kind: Subject, id: &str) -> Self {
        let digest = sha256_hex(format!("{}:{id}", kind.as_str()).as_bytes());
        // A digest has 64 digits, of which these are the first.
        let mut bits = u128::from_str_radix(&digest[..DIGEST_DIGITS], 16).unwrap_or_default() >> 3;
        let mut number = [b'0'; NUMBER_CHARS_MAX];
        for place in number.iter_mut().rev() {
            *place = ALPHABET[usize::try_from(bits % 32).unwrap_or_default()];
            bits /= 32;
        }
        Self(number.iter().map(|byte| char::from(*byte)).collect())
    }

    /// Returns the whole number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what of the number is shown.
    pub fn short(&self) -> &str {
        &self.0[..NUMBER_CHARS]
    }

    /// Returns what tells the number from others: what is shown, or as much more as it takes.
    pub fn among<'a>(&self, others: impl Iterator<Item = &'a Self> + Clone) -> &str {
        let is_own =
            |end: usize| others.clone().all(|other| other == self || other.0.get(..end) != self.0.get(..end));
        let end = (NUMBER_CHARS..NUMBER_CHARS_MAX).find(|end| is_own(*end)).unwrap_or(NUMBER_CHARS_MAX);
        &self.0[..end]
    }

    /// True if the number begins so.
    pub fn begins_with(&self, asked: &str) -> bool {
        self.0.starts_with(asked)
    }
}

/// Reads a number or the beginning of one, of six characters or more, as people write it: in any case, with
/// hyphens, with letters that are taken for digits. Returns its characters.
pub fn asked_number(text: &str) -> Option<String> {
    let mut number = String::new();
    for letter in text.trim().chars().filter(|letter| *letter != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        number.push(letter);
    }
    let is_written = number.bytes().all(|byte| ALPHABET.contains(&byte));
    (is_written && (NUMBER_CHARS..=NUMBER_CHARS_MAX).contains(&number.len())).then_some(number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_are_found_whatever_their_marks_and_case() {
        let cases = [
            "Müller & Söhne GmbH",
            "ŁÓDŹ Straße",
            "Ærøskøbing",
            "İstanbul ISPARTA ısparta",
            "ΟΔΟΣ οδος",
            "Ünal\u{0308}",
            "ﬁbre Ⅳ ２",
            "東京 支店",
            "api-gateway.eu_1",
            "—!—",
        ];
        let shown: Vec<String> = cases
            .iter()
            .map(|name| format!("{name}: {}", words(name).join(" ")).trim_end().to_owned())
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        Müller & Söhne GmbH: muller sohne gmbh
        ŁÓDŹ Straße: lodz strasse
        Ærøskøbing: aeroskobing
        İstanbul ISPARTA ısparta: istanbul isparta isparta
        ΟΔΟΣ οδος: οδοσ οδοσ
        Ünal̈: unal
        ﬁbre Ⅳ ２: fibre iv 2
        東京 支店: 東京 支店
        api-gateway.eu_1: api gateway eu 1
        —!—:
        ");
    }

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words() {
        let is_found = |asked: &str| is_named("Kundenportal Süd, Primary", &words(asked));
        assert!(is_found("kund") && is_found("prim SUD") && is_found("sud"));
        assert!(is_named("A-Team 1", &words("1 a te")) && !is_named("A-Team 1", &words("t")));
        assert!(!is_found("portal") && !is_found("kund nord") && !is_found("") && !is_found("—"));
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let number = Number::of(Subject::Ticket, "T-1");
        assert_eq!(number.as_str().len(), NUMBER_CHARS_MAX);
        let short = number.short();
        let hyphened = format!(" {}-{} ", &short[..3].to_lowercase(), &short[3..]);
        assert_eq!(asked_number(&hyphened).as_deref(), Some(short));
        assert_eq!(asked_number("oOiIlL").as_deref(), Some("001111"));
        for wrong in ["", "12345", "12345U", "12 345 6", "12345678901234", "123456é"] {
            assert_eq!(asked_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_that_begin_alike_are_shown_longer() {
        let [a, b, c] =
            ["0000001111111", "0000001211111", "1111111111111"].map(|text| Number(text.to_owned()));
        let all = [a.clone(), b, c.clone()];
        assert_eq!((a.among(all.iter()), c.among(all.iter())), ("00000011", "111111"));
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let numbers: Vec<Number> =
            (0..32_000).map(|nth| Number::of(Subject::Service, &format!("s-{nth}"))).collect();
        let shown: BTreeSet<&str> = numbers.iter().map(Number::short).collect();
        // Of 32,000 among a billion some 0.5 pairs begin alike.
        assert!(shown.len() > 31_990, "{}", shown.len());
        for place in 0..NUMBER_CHARS_MAX {
            for character in ALPHABET {
                let count = numbers.iter().filter(|number| number.0.as_bytes()[place] == *character).count();
                assert!((800..1200).contains(&count), "{count} of {} at {place}", char::from(*character));
            }
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC{0,40}") {
            let folded = words(&text);
            prop_assert_eq!(&words(&folded.join(" ")), &folded);
            prop_assert!(indexed_words(&text).len() <= INDEXED_WORDS_MAX);
        }

        #[test]
        fn case_makes_no_difference(text in "[a-zA-ZäöüÄÖÜéÉøØłŁ ]{0,40}") {
            prop_assert_eq!(words(&text.to_uppercase()), words(&text.to_lowercase()));
        }

        #[test]
        fn a_name_is_found_by_each_of_its_words(name in "\\PC{0,60}") {
            for word in words(&name) {
                prop_assert!(is_named(&name, &[word]));
            }
        }

        #[test]
        fn a_number_is_found_by_whatever_is_written_of_it(id in "[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", end in 6_usize..=13) {
            let number = Number::of(Subject::Claim, &id);
            let asked = asked_number(&number.as_str()[..end].to_lowercase().replace('0', "o").replace('1', "l"));
            prop_assert!(number.begins_with(&asked.unwrap()));
        }
    }
}
