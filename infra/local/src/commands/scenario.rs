//! Scenarios: invocations with their instants, one JSON object a line. Payloads are kept byte for byte, so
//! that a handler sees exactly the bytes of the file. Every line is read before any is run.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use sla::Instant;

use crate::error::LocalError;
use crate::system::FUNCTIONS;

/// The most characters of a wrong value repeated in an error.
const SHOWN_CHARS_MAX: usize = 80;

/// A valid line, shown beside a wrong one.
const EXAMPLE: &str =
    r#"{"at": "2026-06-01T01:07:20Z", "invoke": "record-checks", "payload": {"checks": []}}"#;

/// One invocation.
#[derive(Clone, Debug)]
pub struct Line {
    /// The instant at which it happens.
    pub at: Instant,
    /// The function invoked.
    pub invoke: String,
    /// The event, byte for byte, even if it is not JSON: refusing it is the function's task.
    pub payload: String,
}

/// Reads scenario files and merges them by instant; lines of one instant keep the order of the files.
pub fn read(files: &[impl AsRef<Path>]) -> Result<Vec<Line>, LocalError> {
    let mut lines = Vec::new();
    for file in files {
        let file = file.as_ref();
        let text = fs::read_to_string(file).map_err(|e| LocalError::io("read the scenario", file, e))?;
        lines.extend(parse(&file.display().to_string(), &text)?);
    }
    lines.sort_by_key(|line| line.at);
    Ok(lines)
}

/// Parses the lines of one scenario; errors call it `name`.
pub fn parse(name: &str, text: &str) -> Result<Vec<Line>, LocalError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            parse_line(line)
                .map_err(|problem| LocalError::Scenario(format!("{name}, line {}: {problem}", index + 1)))
        })
        .collect()
}

/// A line before its fields are parsed.
#[derive(Deserialize)]
struct RawLine<'a> {
    #[serde(borrow)]
    at: Option<&'a RawValue>,
    #[serde(borrow)]
    invoke: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    payload: Option<&'a RawValue>,
}

/// Distinguishes an explicit null from a missing field.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

fn parse_line(line: &str) -> Result<Line, String> {
    let wrong = |why: &str| format!("{} is no line of a scenario ({why}); write {EXAMPLE}", shown(line));
    if !line.trim_start().starts_with('{') {
        return Err(wrong("no JSON object"));
    }
    let odd = odd_payload(line);
    let (written, payload) = match (serde_json::from_str::<RawLine>(line), &odd) {
        (Ok(written), _) => {
            let payload = written.payload.map(|payload| payload.get().to_owned());
            (written, payload)
        }
        (Err(e), None) => {
            let reason = e.to_string();
            let reason = reason.split(" at line").next().unwrap_or_default();
            return Err(wrong(&format!("{reason} at column {}", e.column())));
        }
        (Err(e), Some((head, payload))) => {
            (serde_json::from_str(head).map_err(|_| wrong(&e.to_string()))?, Some(payload.clone()))
        }
    };
    let at = text_field("at", written.at)?;
    let invoke = text_field("invoke", written.invoke)?;
    let at = at.parse().map_err(|e| format!("field `at`: {e}"))?;
    if !FUNCTIONS.contains(&invoke.as_str()) {
        let known = FUNCTIONS.join(", ");
        return Err(format!("field `invoke`: `{}` is no function; write one of {known}", shown(&invoke)));
    }
    let payload = payload.ok_or_else(|| missing("payload"))?;
    Ok(Line { at, invoke, payload })
}

/// Splits a line whose payload is not JSON, such as `NaN`: the other fields as an object, and the payload's
/// text.
fn odd_payload(line: &str) -> Option<(String, String)> {
    let (head, rest) = line.split_once(r#""payload""#)?;
    let payload = rest.trim_start().strip_prefix(':')?.trim().strip_suffix('}')?.trim();
    let head = head.trim_end().strip_suffix(',')?;
    Some((format!("{head}}}"), payload.to_owned()))
}

fn text_field(name: &str, value: Option<&RawValue>) -> Result<String, String> {
    let value = value.ok_or_else(|| missing(name))?.get();
    serde_json::from_str(value)
        .map_err(|_| format!("field `{name}`: {} is not a text; write {EXAMPLE}", shown(value)))
}

fn missing(name: &str) -> String {
    format!("field `{name}` is missing; write {EXAMPLE}")
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(line: &str) -> String {
        let first = r#"{"at": "2026-06-01T00:00:00Z", "invoke": "run-desk", "payload": {}}"#;
        parse("june.ndjson", &format!("{first}\n\n{line}\n")).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_line_is_named_with_its_file_its_field_its_value_and_the_remedy() {
        let lines = [
            "{",
            "[]",
            r#"{"at": "2026-06-01T00:00:00Z", "invoke": "run-desk"}"#,
            r#"{"invoke": "run-desk", "payload": {}}"#,
            r#"{"at": 1780272000, "invoke": "run-desk", "payload": {}}"#,
            r#"{"at": "2026-06-01 00:00", "invoke": "run-desk", "payload": {}}"#,
            r#"{"at": "2026-06-01T00:00:00Z", "invoke": "open-desk", "payload": {}}"#,
            r#"{"at": "2026-06-01T00:00:00Z", "at": "2026-06-01T00:00:00Z", "invoke": "run-desk", "payload": 1}"#,
        ];
        insta::assert_snapshot!(lines.map(refused).join("\n"));
    }

    #[test]
    fn a_payload_keeps_its_bytes_even_where_they_are_odd() {
        let payload = format!(r#"{{"a": 1, "a":  1e400, "deep": {}{}}}"#, "[".repeat(200), "]".repeat(200));
        let line = format!(r#"{{"at":"2026-06-01T02:00:00+02:00","invoke":"run-desk","payload":{payload}}}"#);
        let lines = parse("june.ndjson", &line).unwrap();
        assert_eq!(lines[0].payload, payload);
        assert_eq!(lines[0].at.to_string(), "2026-06-01T00:00:00Z");
        for payload in ["null", "NaN", r#"{"checks": [{"latency_ms": NaN}]}"#, "not json"] {
            let line =
                format!(r#"{{"at": "2026-06-01T00:00:00Z", "invoke": "run-desk", "payload": {payload}}}"#);
            assert_eq!(parse("june.ndjson", &line).unwrap()[0].payload, payload);
        }
    }

    #[test]
    fn files_merge_by_instant_and_keep_their_order_within_one() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, lines: &[(&str, u32)]| {
            let text: String = lines
                .iter()
                .map(|(at, n)| format!("{{\"at\":\"{at}\",\"invoke\":\"run-desk\",\"payload\":{n}}}\n"))
                .collect();
            let file = folder.path().join(name);
            fs::write(&file, text).unwrap();
            file
        };
        let one = write("1", &[("2026-06-01T00:00:02Z", 3), ("2026-06-01T00:00:01Z", 1)]);
        let two = write("2", &[("2026-06-01T00:00:00Z", 0), ("2026-06-01T00:00:01Z", 2)]);
        let merged: Vec<String> =
            read(&[one, two]).unwrap().iter().map(|line| line.payload.clone()).collect();
        assert_eq!(merged, ["0", "1", "2", "3"]);
    }
}
