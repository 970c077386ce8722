//! Terms as a document from outside, TOML or JSON alike, with all its errors at once.

use serde_json::Value;
use sla::Terms;
use sla::id::StaffId;
use sla::terms::Finding;
use sla::terms::lint::unknown_fields;

use crate::input::{InputError, read as read_typed, read_at};

/// Names of serde's whole-number types in its messages.
const NUMBERS: [&str; 4] = ["i64", "u64", "u32", "u8"];

/// Takes the person who publishes out of an event: `by` stands beside the document's fields, and is none of
/// them.
///
/// # Errors
/// Returns an [`InputError`] if it is no id.
pub fn take_publisher(event: &mut Value) -> Result<Option<StaffId>, InputError> {
    let by = event.as_object_mut().and_then(|fields| fields.remove("by"));
    by.filter(|by| !by.is_null()).map(|by| read_at("by", &by)).transpose()
}

/// Reads a revision of the terms.
///
/// # Errors
/// Returns a [`Finding`] for every field that terms do not have, and for the first that is missing or wrong.
pub fn read(document: &Value) -> Result<Terms, Vec<Finding>> {
    if !document.is_object() {
        let message = "the document has no fields: write it as terms-revision-1.toml, or the same in JSON";
        return Err(vec![Finding::error("terms", message)]);
    }
    let mut findings = unknown_fields(document);
    match read_typed::<Terms>(document) {
        Ok(terms) if findings.is_empty() => Ok(terms),
        Ok(_) => Err(findings),
        Err(error) => {
            let message = NUMBERS.iter().fold(error.to_string(), |text, number| {
                text.replace(&format!("expected {number}"), "expected a whole number")
            });
            let (field, message) = message.split_once(": ").unwrap_or(("terms", message.as_str()));
            findings.push(Finding::error(field, message));
            Err(findings)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn built_in() -> Value {
        serde_json::to_value(Terms::built_in()).unwrap()
    }

    #[track_caller]
    fn refuse(change: impl FnOnce(&mut Value)) -> String {
        let mut document = built_in();
        change(&mut document);
        let findings = read(&document).unwrap_err();
        findings.iter().map(|finding| format!("{finding}\n")).collect()
    }

    #[test]
    fn terms_are_read_as_they_are_written() {
        assert_eq!(read(&built_in()).unwrap(), Terms::built_in());
    }

    #[test]
    fn a_wrong_document_is_told_field_by_field() {
        let told = [
            refuse(|document| *document = json!([])),
            refuse(|document| *document = json!({})),
            refuse(|document| document["claims"]["mode"] = json!("never")),
            refuse(|document| document["exclusions"]["clauses"][1] = json!("weather")),
            refuse(|document| document["effective_from"] = json!("2026-13")),
            refuse(|document| document["plans"]["premium"]["commitment_ppm"] = json!("99.95 %")),
            refuse(|document| document["plans"]["premium"]["commitment_ppm"] = json!(99.95)),
            refuse(|document| {
                let premium = document["plans"]["premium"].as_object_mut().unwrap();
                let commitment = premium.remove("commitment_ppm").unwrap();
                premium.insert("comitment_ppm".to_owned(), commitment);
            }),
            refuse(|document| document["levels"]["critical"]["escalation"][0]["threshold"] = json!("100")),
            refuse(|document| document["revision"] = json!(-1)),
        ];
        insta::assert_snapshot!(told.join("--\n"));
    }
}
