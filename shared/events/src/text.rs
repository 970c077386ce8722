//! Texts and counts from outside, bounded.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::input::is_bidi_control;

/// A line of text: 1 to 200 characters, none of which control the terminal or the direction of writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Line(String);

/// A text of 1 to 4,000 characters; may have several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Prose(String);

/// A text of 1 to 2,000 characters; may have several lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remark(String);

/// The longest [`Line`], in characters.
const LINE_CHARS_MAX: usize = 200;
/// The longest [`Prose`], in characters.
const PROSE_CHARS_MAX: usize = 4000;
/// The longest [`Remark`], in characters; one thing keeps up to 25 of them: 25 × 2,000 × 4 bytes are 200 KB
/// of an item's 400.
const REMARK_CHARS_MAX: usize = 2000;

macro_rules! text {
    ($name:ident, $max:expr, $control_allowed:expr, $expects:literal) => {
        impl $name {
            /// Returns the text.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'_, str>::deserialize(deserializer)?;
                let allowed = |c: char| {
                    let separates_lines = matches!(c, '\u{2028}' | '\u{2029}');
                    $control_allowed(c) || !(c.is_control() || separates_lines || is_bidi_control(c))
                };
                if !text.trim().is_empty() && text.chars().count() <= $max && text.chars().all(allowed) {
                    Ok(Self(text.into_owned()))
                } else {
                    Err(D::Error::custom(format_args!(concat!("`{}` is not ", $expects), sla::shown(&text), $max)))
                }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "minLength": 1, "maxLength": $max })
            }
        }
    };
}
text!(
    Line,
    LINE_CHARS_MAX,
    |_| false,
    "a line of 1 to {} characters without control or direction characters"
);
text!(
    Prose,
    PROSE_CHARS_MAX,
    |c| c == '\n',
    "a text of 1 to {} characters without control or direction characters"
);

text!(
    Remark,
    REMARK_CHARS_MAX,
    |c| c == '\n',
    "a text of 1 to {} characters without control or direction characters"
);

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
