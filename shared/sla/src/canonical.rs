//! Canonical JSON (RFC 8785) and SHA-256 digests: the same facts give the same bytes, on every machine.

use std::ops::Range;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Numbers with this many digits may need another form in RFC 8785: 2^53 has 16 digits.
const EXACT_DIGITS_END: usize = 16;

/// Returns the canonical JSON (RFC 8785) of a value.
///
/// # Errors
/// Returns a [`serde_json::Error`] if JSON cannot hold the value, such as a map whose keys are not strings.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    match sorted(&serde_json::to_string(value)?, None) {
        Some(canonical) => Ok(canonical),
        None => serde_json_canonicalizer::to_string(value),
    }
}

/// Returns the canonical JSON (RFC 8785) of a value without one of its own fields.
///
/// # Errors
/// As [`canonical_json`].
pub fn canonical_json_without<T: Serialize>(value: &T, field: &str) -> Result<String, serde_json::Error> {
    if let Some(canonical) = sorted(&serde_json::to_string(value)?, Some(field)) {
        return Ok(canonical);
    }
    let mut value = serde_json::to_value(value)?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove(field);
    }
    serde_json_canonicalizer::to_string(&value)
}

/// Returns the lower-case hex SHA-256 of a value's canonical JSON.
///
/// # Errors
/// As [`canonical_json`].
pub fn digest_hex<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    canonical_json(value).map(|json| sha256_hex(json.as_bytes()))
}

/// Returns the lower-case hex SHA-256 of bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Sorts the members of every object in the output of `serde_json`, which is canonical in all other respects.
///
/// Closing a month spends most of its time here, and this is ten times as fast as the general canonicalizer.
/// Returns `None` if that one is needed: for a fraction, a number beyond 15 digits or a key that is not plain
/// ASCII.
fn sorted(json: &str, without: Option<&str>) -> Option<String> {
    let mut sorting = MemberSorter { json: json.as_bytes(), next: 0, sorted: Vec::with_capacity(json.len()) };
    sorting.value(without)?;
    String::from_utf8(sorting.sorted).ok()
}

/// JSON text, read up to `next`, with its members sorted.
struct MemberSorter<'a> {
    json: &'a [u8],
    next: usize,
    sorted: Vec<u8>,
}

impl MemberSorter<'_> {
    /// Copies a value, leaving out the member `without` of its object.
    fn value(&mut self, without: Option<&str>) -> Option<()> {
        match self.json.get(self.next)? {
            b'{' => self.object(without),
            b'[' => self.array(),
            b'"' => {
                let string = self.string()?;
                self.sorted.extend_from_slice(&self.json[string]);
                Some(())
            }
            _ => self.number_or_word(),
        }
    }

    fn object(&mut self, without: Option<&str>) -> Option<()> {
        let first = self.sorted.len();
        let mut members: Vec<(Range<usize>, Range<usize>)> = Vec::with_capacity(8);
        while self.separator(b'}')? {
            let key = self.string()?;
            if self.json[key.clone()].iter().any(|&byte| byte == b'\\' || !byte.is_ascii()) {
                return None;
            }
            self.next += 1; // the colon
            let start = self.sorted.len();
            self.sorted.extend_from_slice(&self.json[key.clone()]);
            self.sorted.push(b':');
            self.value(None)?;
            if without.is_none_or(|name| &self.json[key.start + 1..key.end - 1] != name.as_bytes()) {
                members.push((key, start..self.sorted.len()));
            }
        }
        // Without their closing quotes, a key that begins another one comes before it.
        members.sort_by_key(|(key, _)| &self.json[key.start..key.end - 1]);
        let copy = self.sorted.len();
        self.sorted.push(b'{');
        for (nth, (_, member)) in members.into_iter().enumerate() {
            if nth > 0 {
                self.sorted.push(b',');
            }
            self.sorted.extend_from_within(member);
        }
        self.sorted.push(b'}');
        self.sorted.copy_within(copy.., first);
        self.sorted.truncate(first + self.sorted.len() - copy);
        Some(())
    }

    fn array(&mut self) -> Option<()> {
        let mut open = b'[';
        while self.separator(b']')? {
            self.sorted.push(open);
            self.value(None)?;
            open = b',';
        }
        if open == b'[' {
            self.sorted.push(b'[');
        }
        self.sorted.push(b']');
        Some(())
    }

    /// Passes the byte that opens, separates or closes a list. True if an element follows.
    fn separator(&mut self, close: u8) -> Option<bool> {
        let empty = b"{[".contains(self.json.get(self.next)?) && self.json.get(self.next + 1) == Some(&close);
        let closed = empty || self.json[self.next] == close;
        self.next += if empty { 2 } else { 1 };
        Some(!closed)
    }

    /// Passes a string and returns its place, quotes included.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.next;
        self.next += 1;
        loop {
            let special = self.json.get(self.next..)?.iter().position(|byte| b"\"\\".contains(byte))?;
            self.next += special + 1;
            if self.json[self.next - 1] == b'"' {
                return Some(start..self.next);
            }
            self.next += 1; // the escaped byte
        }
    }

    fn number_or_word(&mut self) -> Option<()> {
        let rest = &self.json[self.next..];
        let length = rest.iter().position(|byte| b",]}".contains(byte)).unwrap_or(rest.len());
        let scalar = &rest[..length];
        let plain =
            scalar.len() < EXACT_DIGITS_END && scalar.iter().all(|b| *b == b'-' || b.is_ascii_digit());
        if !plain && !matches!(scalar, b"true" | b"false" | b"null") {
            return None;
        }
        self.next += length;
        self.sorted.extend_from_slice(scalar);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![8 => "[a-c]{0,3}", 1 => "[a-c!\\\\\"]{0,3}", 1 => any::<String>()]
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_999_i64..9_999).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (-9999_i32..9999).prop_map(|whole| Value::from(f64::from(whole))),
            any::<String>().prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_fast_way_writes_what_the_general_one_writes(value in value()) {
            let general = serde_json_canonicalizer::to_string(&value).unwrap();
            prop_assert_eq!(canonical_json(&value).unwrap(), general);
        }
    }

    #[test]
    fn the_fast_way_takes_what_the_core_writes() {
        let terms = crate::Terms::built_in();
        let fast = sorted(&serde_json::to_string(&terms).unwrap(), None).unwrap();
        assert_eq!(fast, serde_json_canonicalizer::to_string(&terms).unwrap());
    }

    #[test]
    fn one_field_of_the_outermost_object_is_left_out() {
        #[track_caller]
        fn check(value: &Value, expect: &str) {
            assert_eq!(canonical_json_without(value, "digest").unwrap(), expect);
        }
        check(&json!({"digest": "x", "b": {"digest": 1}, "a": []}), r#"{"a":[],"b":{"digest":1}}"#);
        check(&json!({"b": [{"digest": 1}, {}], "digest": {"b": 1}}), r#"{"b":[{"digest":1},{}]}"#);
        check(&json!({"b": 0.5, "digest": "x"}), r#"{"b":0.5}"#);
        check(&json!({"digest": "x"}), "{}");
    }
}
