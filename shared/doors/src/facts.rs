//! Facts of one item: the values in it, and in the request around it, by path. A macro that its sender did
//! not fill in is no value.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::InputError;
use events::source::{Pattern, Piece};
use serde_json::Value;
use sla::{Instant, sha256_hex};

use crate::time::Writing;

/// Hex digits of the digest that stands in an id for a text that cannot.
const DIGEST_DIGITS: usize = 16;

/// The request around an item.
#[derive(Debug, PartialEq)]
pub(crate) struct Around {
    pub headers: BTreeMap<String, String>,
    pub query: BTreeMap<String, String>,
    pub received_at: Instant,
}

/// The facts of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    item: Value,
    around: Arc<Around>,
}

impl Facts {
    pub(crate) const fn new(item: Value, around: Arc<Around>) -> Self {
        Self { item, around }
    }

    /// Returns the instant at which the request was received.
    pub fn received_at(&self) -> Instant {
        self.around.received_at
    }

    /// Returns the item.
    pub(crate) const fn item(&self) -> &Value {
        &self.item
    }

    /// Adds a value to the item, under a name that the sender does not use.
    pub(crate) fn add(&mut self, name: &str, value: Value) {
        if let Some(fields) = self.item.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    }

    /// Returns the value at a path, in the item.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        find(&self.item, path)
    }

    /// Returns the text at a path: of a number or a truth value, its JSON; `None` for what is empty or a
    /// macro that was not filled in.
    pub fn text(&self, path: &str) -> Option<String> {
        let text = match path.split_once('.') {
            Some(("header", name)) => self.around.headers.get(name).cloned(),
            Some(("query", name)) => self.around.query.get(name).cloned(),
            _ => self.value(path).and_then(written),
        };
        text.filter(|text| !is_missing(text))
    }

    /// Returns the text at a path that must have one.
    pub(crate) fn need(&self, path: &str) -> Result<String, InputError> {
        self.text(path)
            .ok_or_else(|| InputError::new(format_args!("{path}: missing, empty, or a macro: send it")))
    }

    /// Returns the title at a path as it stands: it is a customer's text, and no macro.
    pub(crate) fn title(&self, path: &str) -> String {
        self.value(path).and_then(written).unwrap_or_default()
    }

    /// Returns the instant at a path, if there is one.
    pub(crate) fn instant(&self, path: &str, writing: Writing) -> Result<Option<Instant>, InputError> {
        let Some(text) = self.text(path) else { return Ok(None) };
        writing.read(&text).map_err(|error| InputError::new(format_args!("{path}: {error}")))
    }

    /// Returns the instant at a path that must have one.
    pub(crate) fn need_instant(&self, path: &str, writing: Writing) -> Result<Instant, InputError> {
        let missing = || InputError::new(format_args!("{path}: missing: send the instant of the change"));
        self.instant(path, writing)?.ok_or_else(missing)
    }

    /// Returns what was measured at a path, by the power of ten that leads from its unit to that of checks.
    /// One that cannot be is none: it never costs the status beside it.
    pub(crate) fn measured(&self, path: &str, power: i8, max: f64) -> Option<f64> {
        measured(&self.text(path)?, power, max)
    }

    /// Fills in a pattern. A text that cannot stand in an id is replaced by the first digits of its SHA-256.
    pub(crate) fn fill(&self, pattern: &Pattern, key: &str) -> Result<String, InputError> {
        let filled = |piece: Piece<'_>| match piece {
            Piece::Literal(text) => Ok(text.to_owned()),
            Piece::Path("key") => Ok(in_id(key)),
            Piece::Path(path) => self.need(path).map(|text| in_id(&text)),
        };
        pattern.pieces().map(filled).collect()
    }
}

/// Returns a text as a part of an id, or the first digits of its SHA-256 if it cannot be one.
pub(crate) fn in_id(text: &str) -> String {
    let fits = text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
    if fits { text.to_owned() } else { sha256_hex(text.as_bytes())[..DIGEST_DIGITS].to_owned() }
}

/// Reads a measured number from 0 to `max`.
pub(crate) fn measured(text: &str, power: i8, max: f64) -> Option<f64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: f64 = if is_plain { format!("{text}e{power}").parse().ok()? } else { return None };
    (0.0..=max).contains(&number).then_some(number)
}

/// Finds a value: by a JSON pointer, or by names and dots, where a name may have dots of its own.
pub(crate) fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.starts_with('/') {
        return value.pointer(path);
    }
    let child = |name: &str| match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(values) => values.get(name.parse::<usize>().ok()?),
        _ => None,
    };
    // Each value is visited once, as one path alone leads to it.
    child(path)
        .or_else(|| path.match_indices('.').find_map(|(dot, _)| find(child(&path[..dot])?, &path[dot + 1..])))
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// True if a text stands for nothing: it is empty, or a macro of Zabbix (`{EVENT.ID}`, `*UNKNOWN*`),
/// UptimeRobot (`*alertDuration*`), Zammad (`#{ticket.id}`) or Gatus (`[ENDPOINT_NAME]`) that was not filled
/// in.
fn is_missing(text: &str) -> bool {
    let text = text.trim();
    let within = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|text| text.strip_suffix(close)).filter(|text| !text.is_empty())
    };
    let is_placeholder = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    text.is_empty()
        || within("{", "}").is_some()
        || within("#{", "}").is_some()
        || within("*", "*").is_some()
        || within("[", "]").is_some_and(is_placeholder)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(item: Value) -> Facts {
        let header = |name: &str| (name.to_owned(), "told".to_owned());
        let headers = [header("x-trigger")].into();
        let around =
            Around { headers, query: BTreeMap::new(), received_at: Instant::from_epoch_s(1_800_000_000) };
        Facts::new(item, Arc::new(around))
    }

    #[test]
    fn a_path_leads_through_names_with_dots_lists_and_pointers() {
        let facts = facts(
            json!({ "EVENT.ID": "18", "a": { "b.c": { "d": 1 } }, "list": [{ "x": true }], "n": null }),
        );
        for (path, expect) in [
            ("EVENT.ID", Some("18")),
            ("a.b.c.d", Some("1")),
            ("list.0.x", Some("true")),
            ("/list/0/x", Some("true")),
            ("header.x-trigger", Some("told")),
            ("header.x-other", None),
            ("query.key", None),
            ("n", None),
            ("a", None),
            ("a.b", None),
            ("list.-1.x", None),
            ("", None),
        ] {
            assert_eq!(facts.text(path).as_deref(), expect, "{path}");
        }
    }

    #[test]
    fn a_macro_that_was_not_filled_in_is_missing() {
        let macros = ["", " ", "{EVENT.RECOVERY.TIME}", "*UNKNOWN*", "*alertDuration*", "#{ticket.id}"];
        for text in macros.into_iter().chain(["[ENDPOINT_NAME]", "{{ALERT_TYPE}}"]) {
            assert_eq!(facts(json!({ "x": text })).text("x"), None, "{text}");
        }
        for text in ["{", "*", "**", "[api] down", "{a} and *b", "[0]"] {
            assert_eq!(facts(json!({ "x": text })).text("x").as_deref(), Some(text));
        }
    }

    #[test]
    fn a_text_that_cannot_stand_in_an_id_is_replaced_by_its_digest() {
        let facts = facts(json!({ "url": "http://127.0.0.1:9901/", "id": 7 }));
        let fill =
            |pattern: &str| facts.fill(&pattern.parse().unwrap(), "web!api").map_err(|e| e.to_string());
        assert_eq!(fill("p.{id}").unwrap(), "p.7");
        assert_eq!(fill("{url}").unwrap(), sha256_hex(b"http://127.0.0.1:9901/")[..16]);
        assert_eq!(fill("{key}").unwrap().len(), 16);
        assert_eq!(fill("p.{none}").unwrap_err(), "none: missing, empty, or a macro: send it");
    }

    #[test]
    fn a_metric_is_read_by_its_text() {
        let read = |text: &str, power: i8| measured(text, power, 3_600_000.0);
        assert_eq!(read("5", 0), Some(5.0));
        assert_eq!(read("0.001009", 3), Some(1.009));
        assert_eq!(read("3600.001", 3), None);
        assert_eq!(read("941234567", -6), Some(941.234567));
        assert_eq!([read("-1", 0), read("1e300", 0), read("NaN", 0), read("", 0)], [None; 4]);
    }
}
