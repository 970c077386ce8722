//! Reading JSON from outside: strict about JSON itself, clear about what is wrong where.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The longest message about bad input, in characters.
const MESSAGE_CHARS_MAX: usize = 600;

/// Input that is not what the contract says; the message names field, value and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InputError(String);

impl InputError {
    /// Makes an error with a printable message.
    pub fn new(message: impl fmt::Display) -> Self {
        let message = message.to_string();
        let printable = |c: char| {
            if c.is_control() || is_bidi_control(c) { c.escape_default().to_string() } else { c.to_string() }
        };
        let mut text: String = message.chars().take(MESSAGE_CHARS_MAX).map(printable).collect();
        if message.chars().count() > MESSAGE_CHARS_MAX {
            text.push('…');
        }
        Self(text)
    }
}

/// Says whether a character reorders the text around it.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Parses JSON; refuses what JSON does not have (NaN, 1e400), duplicate keys and nesting beyond 128 levels.
///
/// # Errors
/// Bytes that are no such JSON, with line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, InputError> {
    serde_json::from_slice::<Strict>(bytes)
        .map(|strict| strict.0)
        .map_err(|error| InputError::new(format_args!("the payload is no JSON: {error}")))
}

/// Reads a type from a JSON value.
///
/// # Errors
/// The first field that is missing or wrong, by its path.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, InputError> {
    read_at("", value)
}

/// Reads a type from the value of a field; of the whole event, if no field is named.
///
/// # Errors
/// The first field that is missing or wrong, by its path from the event on.
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
        insta::assert_snapshot!(messages.join("\n"));
        assert!(parse(b"\xff\"").is_err());
    }

    #[test]
    fn json_is_kept_as_it_is() {
        let text = r#"{"a":[1,-2,2.5,"x",null,true],"b":{"c":18446744073709551615}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap().to_string(), text);
    }
}
