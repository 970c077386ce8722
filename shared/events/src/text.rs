//! Texts and counts from outside, bounded.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use sla::text::{disturbs, is_blank, kept, plain};

/// A line of text: 1 to 200 characters, without control and direction characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Line(String);

/// A text with a visible character, perhaps of several lines, made plain. Of more than 4,000 characters the
/// first ones are kept, with length and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Prose(String);

/// A customer's note: like [`Prose`], but possibly blank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Note(String);

/// A text with a visible character, perhaps of several lines, made plain. Of more than 2,000 characters the
/// first ones are kept, with length and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remark(String);

/// A report by a customer, made plain; its ticket keeps it whole up to 200 KB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Report(String);

/// A CSV file: not blank, at most 250,000 bytes. A mark of the byte order at its start is dropped, and its
/// lines end with line feeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CsvText(String);

/// Longest [`CsvText`], in bytes: 250 services of 1,000. A form sends three bytes for one at most, 750 KB
/// of the 1 MB that a sign-in keeps.
const CSV_BYTES_MAX: usize = 250_000;
/// Longest [`Line`], in characters.
const LINE_CHARS_MAX: usize = 200;
/// Longest [`Prose`] or [`Note`] kept whole, in characters: 16 KB. A claim holds one, its command's record
/// two, and a notice of 256 KB one.
const PROSE_CHARS_MAX: usize = 4000;
/// Longest [`Remark`] kept whole, in characters. One item keeps up to 25 of them: 25 × (2,000 × 4 + 200)
/// bytes are 205 KB of its 400.
const REMARK_CHARS_MAX: usize = 2000;

/// The text that would have been right, for an error message.
type Wrong = &'static str;

fn line(text: &str) -> Result<String, Wrong> {
    let fits =
        !text.trim().is_empty() && text.chars().count() <= LINE_CHARS_MAX && !text.chars().any(disturbs);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a line of 1 to 200 characters without control or direction characters")
    }
}

fn visible(text: &str, chars_max: usize) -> Result<String, Wrong> {
    if is_blank(text) { Err("a text with a visible character") } else { Ok(kept(text, chars_max)) }
}

fn csv_text(text: &str) -> Result<String, Wrong> {
    let plain = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if is_blank(&plain) || plain.len() > CSV_BYTES_MAX {
        return Err("a CSV file of at most 250,000 bytes: divide it, or give one");
    }
    Ok(plain)
}

macro_rules! text {
    ($name:ident, $read:expr, $schema:tt) => {
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the text.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'_, str>::deserialize(deserializer)?;
                let wrong =
                    |expected| D::Error::custom(format_args!("`{}` is not {expected}", sla::shown(&text)));
                $read(&text).map(Self).map_err(wrong)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}
text!(Line, line, { "type": "string", "minLength": 1, "maxLength": LINE_CHARS_MAX });
text!(Prose, |text: &str| visible(text, PROSE_CHARS_MAX), { "type": "string", "minLength": 1 });
text!(Note, |text: &str| Ok::<_, Wrong>(kept(text, PROSE_CHARS_MAX)), { "type": "string" });
text!(Report, |text: &str| Ok::<_, Wrong>(plain(text)), { "type": "string" });
text!(CsvText, csv_text, { "type": "string", "minLength": 1, "maxLength": CSV_BYTES_MAX });
text!(Remark, |text: &str| visible(text, REMARK_CHARS_MAX), { "type": "string", "minLength": 1 });

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// Returns the number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Count<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor<const MIN: u32, const MAX: u32>;
        impl<const MIN: u32, const MAX: u32> Visitor<'_> for CountVisitor<MIN, MAX> {
            type Value = u32;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from {MIN} to {MAX}")
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<u32, E> {
                u32::try_from(value)
                    .ok()
                    .filter(|number| (MIN..=MAX).contains(number))
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
        }
        deserializer.deserialize_any(CountVisitor::<MIN, MAX>).map(Self)
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Count<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Count{MIN}To{MAX}").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}
