//! Values that a source's mapping chooses by a word of the message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Path, WORD_CHARS_MAX};

/// Most words of one table.
pub const WORDS_MAX: usize = 500;

/// A table of words: `{"labels.severity": {"critical": "down"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<T> {
    /// The place of the word.
    pub path: Path,
    /// The meaning of each word; another one means nothing.
    pub words: BTreeMap<String, T>,
}

/// A value that is always the same, or is chosen by a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<T> {
    /// The value.
    Always(T),
    /// The table that chooses it.
    By(Table<T>),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut paths = BTreeMap::<Path, BTreeMap<String, T>>::deserialize(deserializer)?;
        let (count, first) = (paths.len(), paths.pop_first());
        let Some((path, words)) = first.filter(|_| count == 1) else {
            let error =
                format_args!("{count} paths: give one path, with the meaning of each word found there");
            return Err(Error::custom(error));
        };
        let is_long = words.keys().any(|word| word.chars().count() > WORD_CHARS_MAX);
        if is_long || !(1..=WORDS_MAX).contains(&words.len()) {
            let count = words.len();
            return Err(Error::custom(format_args!(
                "{count} words: give 1 to {WORDS_MAX} of at most {WORD_CHARS_MAX} characters"
            )));
        }
        Ok(Self { path, words })
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.path, &self.words)?;
        map.end()
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("TableOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let words = json_schema!({
            "type": "object", "minProperties": 1, "maxProperties": WORDS_MAX,
            "additionalProperties": generator.subschema_for::<T>()
        });
        json_schema!({
            "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": words
        })
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let read = if value.is_object() {
            Table::deserialize(value).map(Self::By)
        } else {
            T::deserialize(value).map(Self::Always)
        };
        read.map_err(Error::custom)
    }
}

impl<T: Serialize> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Always(value) => value.serialize(serializer),
            Self::By(table) => table.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("ChoiceOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (value, table) = (generator.subschema_for::<T>(), generator.subschema_for::<Table<T>>());
        json_schema!({ "anyOf": [value, table] })
    }
}
