//! Reading JSON from outside: strict about JSON itself, and clear about the place of a mistake.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use sla::text::is_direction_mark;

/// Longest message about bad input, in characters.
const MESSAGE_CHARS_MAX: usize = 600;
/// Length of a JSON escape of a UTF-16 unit: `\ud83d`.
const ESCAPE_BYTES: usize = 6;

/// Input that breaks the contract; the message names the field, the value and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InputError {
    message: String,
    /// The messages about further fields, if several are missing or wrong.
    others: Vec<String>,
}

impl InputError {
    /// Builds an error with a printable message.
    pub fn new(message: impl fmt::Display) -> Self {
        let message = message.to_string();
        let printable = |c: char| {
            if c.is_control() || is_direction_mark(c) {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        };
        let mut text: String = message.chars().take(MESSAGE_CHARS_MAX).map(printable).collect();
        if message.chars().count() > MESSAGE_CHARS_MAX {
            text.push('…');
        }
        Self { message: text, others: Vec::new() }
    }

    /// Joins the errors of one event; the first gives the message. `None` if there are none.
    pub fn joined(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut each = errors.into_iter().flat_map(Self::into_each);
        Some(Self { message: each.next()?, others: each.collect() })
    }

    /// Reports that a field is missing.
    pub fn missing(field: &str) -> Self {
        Self::new(format_args!("missing field `{field}`"))
    }

    /// Returns the message of each field that is missing or wrong, the first of them first.
    pub fn into_each(self) -> impl Iterator<Item = String> {
        std::iter::once(self.message).chain(self.others)
    }
}

/// Parses JSON, refusing non-JSON numbers (NaN, 1e400), duplicate keys and nesting beyond 128 levels. A lone
/// surrogate, left by a help desk that cuts a subject within a character, becomes U+FFFD.
///
/// # Errors
/// Returns an [`InputError`] with line and column if the bytes are not such JSON.
pub fn parse(bytes: &[u8]) -> Result<Value, InputError> {
    let strict = serde_json::from_slice::<Strict>(bytes);
    let strict = strict.or_else(|error| match mended(bytes) {
        Some(mended) => serde_json::from_slice::<Strict>(&mended),
        None => Err(error),
    });
    strict
        .map(|strict| strict.0)
        .map_err(|error| InputError::new(format_args!("the payload is no JSON: {error}")))
}

/// Replaces each escaped surrogate without its other half by U+FFFD; `None` if there is none.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut mended, mut at, mut is_mended) = (bytes.to_vec(), 0, false);
    while let Some(found) = mended.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += found;
        match (surrogate(&mended, at), surrogate(&mended, at + ESCAPE_BYTES)) {
            (Some(Half::High), Some(Half::Low)) => at += 2 * ESCAPE_BYTES,
            (Some(_), _) => {
                mended[at + 2..at + ESCAPE_BYTES].copy_from_slice(b"fffd");
                is_mended = true;
                at += ESCAPE_BYTES;
            }
            (None, _) => at += 2,
        }
    }
    is_mended.then_some(mended)
}

/// Reads the surrogate escaped at a place, if any.
fn surrogate(json: &[u8], at: usize) -> Option<Half> {
    let digits = json.get(at..at + ESCAPE_BYTES)?.strip_prefix(b"\\u")?;
    match u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

/// A surrogate: half of a character that UTF-16 writes in two.
enum Half {
    High,
    Low,
}

/// Reads a type from a JSON value.
///
/// # Errors
/// Returns an [`InputError`] with the path of the first field that is missing or wrong.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, InputError> {
    read_at("", value)
}

/// Reads a type from the value of a field, or from the whole event if `field` is empty.
///
/// # Errors
/// Returns an [`InputError`] with the path, within the event, of the first field that is missing or wrong.
pub(crate) fn read_at<T: DeserializeOwned>(field: &str, value: &Value) -> Result<T, InputError> {
    serde_path_to_error::deserialize(value).map_err(|error| wrong_at(field, error))
}

fn wrong_at(field: &str, error: serde_path_to_error::Error<serde_json::Error>) -> InputError {
    let below = error.path().to_string();
    let dot = if field.is_empty() || below.starts_with('[') { "" } else { "." };
    let path = if below == "." { field.to_owned() } else { format!("{field}{dot}{below}") };
    let inner = error.into_inner();
    if path.is_empty() { InputError::new(inner) } else { InputError::new(format_args!("{path}: {inner}")) }
}

/// A JSON value without duplicate keys.
struct Strict(Value);

impl<'de> serde::Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StrictVisitor;
        impl<'de> Visitor<'de> for StrictVisitor {
            type Value = Strict;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(Value::Bool(value)))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(Value::Number(value.into())))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(Value::Number(value.into())))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Strict, E> {
                let number = Number::from_f64(value).ok_or_else(|| E::custom("a number out of range"))?;
                Ok(Strict(Value::Number(number)))
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(Value::String(value.to_owned())))
            }
            fn visit_string<E: Error>(self, value: String) -> Result<Strict, E> {
                Ok(Strict(Value::String(value)))
            }
            fn visit_unit<E: Error>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
                let mut values = Vec::new();
                while let Some(Strict(value)) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Strict(Value::Array(values)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
                let mut fields = Map::new();
                while let Some((key, Strict(value))) = map.next_entry::<String, Strict>()? {
                    if fields.contains_key(&key) {
                        return Err(A::Error::custom(format_args!(
                            "duplicate key `{}`: give it once",
                            sla::shown(&key)
                        )));
                    }
                    fields.insert(key, value);
                }
                Ok(Strict(Value::Object(fields)))
            }
        }
        deserializer.deserialize_any(StrictVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let messages = [
            refuse("{not json"),
            refuse(r#"{"latency_ms": NaN}"#),
            refuse(r#"{"latency_ms": 1e400}"#),
            refuse(r#"{"status": "up", "status": "down"}"#),
            refuse(&format!("{}{}", "[".repeat(200), "]".repeat(200))),
            refuse(""),
        ];
        insta::assert_snapshot!(messages.join("\n"), @r"
        the payload is no JSON: key must be a string at line 1 column 2
        the payload is no JSON: expected value at line 1 column 16
        the payload is no JSON: number out of range at line 1 column 20
        the payload is no JSON: duplicate key `status`: give it once at line 1 column 34
        the payload is no JSON: recursion limit exceeded at line 1 column 128
        the payload is no JSON: EOF while parsing a value at line 1 column 0
        ");
        assert!(parse(b"\xff\"").is_err());
    }

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_is_not() {
        let read = |text: &str| parse(text.as_bytes()).unwrap()[0].as_str().unwrap().to_owned();
        assert_eq!(read(r#"["cut \ud83d"]"#), "cut \u{fffd}");
        assert_eq!(read(r#"["\udcbb\ud83d\udcbb\ud83d\ud83d\uDCBB"]"#), "\u{fffd}💻\u{fffd}💻");
        assert_eq!(read(r#"["\\ud83d\ud83d"]"#), "\\ud83d\u{fffd}");
        assert!(refuse(r#"["\ud83d", x]"#).contains("expected value"));
    }

    #[test]
    fn json_is_kept_as_it_is() {
        let text = r#"{"a":[1,-2,2.5,"x",null,true],"b":{"c":18446744073709551615}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }
}
