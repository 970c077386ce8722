//! Suggested mappings: what to add to a source, and what it takes the place of, so that a key is mapped. It is
//! pure: a person looks at it and sends it.

use std::collections::BTreeMap;

use events::Source;
use events::source::Mapping;
use serde_json::{Map, Value, json};

/// Mappings to add and to remove, as the form of `map_source` takes them.
#[derive(Debug, PartialEq)]
pub struct Suggestion {
    /// Those to add.
    pub add: Value,
    /// Those to remove, if any.
    pub remove: Option<Value>,
}

/// Fields of a mapping with a table whose words an unmapped key shows, and whether a person has said the
/// value.
const TABLES: [(&str, bool); 3] = [("service_id", true), ("customer_id", true), ("status", false)];

/// Suggests how a key is mapped `to` a service, or a customer of a help desk: a word more in the table of a
/// mapping that fits, else a mapping of its own. What nobody has said is left empty, and refused until it is
/// filled in.
pub fn suggested(source: &Source, (key, words): (&str, &BTreeMap<String, String>), to: &str) -> Suggestion {
    let fitting = source.map.iter().find(|mapping| !mapping.heartbeat && fits(mapping, (key, words)));
    let Some(fitting) = fitting else {
        let own = if source.tells_tickets() {
            json!({ "ticket_id": format!("{}-{{key}}", source.source_id), "customer_id": to })
        } else {
            json!({ "when": { "key": key }, "service_id": to })
        };
        return Suggestion { add: json!([own]), remove: None };
    };
    let written = json!(fitting);
    let mut changed = written.clone();
    for (field, is_said) in TABLES {
        let table = changed.get_mut(field).and_then(Value::as_object_mut);
        if let Some((word, known)) = table.and_then(|table| missing_word(table, words)) {
            known.insert(word, if is_said { to } else { "" }.into());
            break;
        }
    }
    Suggestion { add: json!([changed]), remove: Some(json!([written])) }
}

/// True if an item with these words meets all conditions of a mapping.
fn fits(mapping: &Mapping, (key, words): (&str, &BTreeMap<String, String>)) -> bool {
    mapping.when.iter().all(|(path, word)| match path.as_str() {
        "key" => key == word,
        path => words.get(path) == Some(word),
    })
}

/// Returns the word that a table lacks, and where it belongs.
fn missing_word<'a>(
    table: &'a mut Map<String, Value>,
    words: &BTreeMap<String, String>,
) -> Option<(String, &'a mut Map<String, Value>)> {
    let (path, known) = table.iter_mut().next()?;
    let (word, known) = (words.get(path)?, known.as_object_mut()?);
    (!known.contains_key(word)).then(|| (word.clone(), known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(kind: &str, map: &Value) -> Source {
        let source = json!({ "source_id": "am", "kind": kind, "auth": { "scheme": "bearer" }, "map": map });
        Source::read(&source).unwrap()
    }

    #[track_caller]
    fn check((kind, map): (&str, &Value), words: &[(&str, &str)], expected: (&Value, Option<&Value>)) {
        let words = words.iter().map(|(path, word)| ((*path).to_owned(), (*word).to_owned())).collect();
        let Suggestion { add, remove } = suggested(&source(kind, map), ("7c", &words), "web");
        assert_eq!((&add, remove.as_ref()), expected, "{add:#}");
    }

    #[test]
    fn a_key_that_nothing_fits_gets_a_mapping_of_its_own() {
        let own = json!([{ "when": { "key": "7c" }, "service_id": "web" }]);
        check(("alertmanager", &json!([])), &[], (&own, None));
        let other = json!([{ "when": { "labels.job": "a" }, "service_id": "api" }]);
        check(("alertmanager", &other), &[("labels.job", "b")], (&own, None));
        let heartbeat = json!([{ "heartbeat": true }]);
        check(("alertmanager", &heartbeat), &[], (&own, None));
        let ticket = json!([{ "ticket_id": "am-{key}", "customer_id": "web" }]);
        check(("django-helpdesk", &json!([])), &[], (&ticket, None));
    }

    #[test]
    fn a_word_that_a_table_lacks_is_added_to_it() {
        let before = json!([{ "service_id": { "labels.job": { "a": "api" } } }]);
        let after = json!([{ "service_id": { "labels.job": { "a": "api", "b": "web" } } }]);
        check(("alertmanager", &before), &[("labels.job", "b")], (&after, Some(&before)));
    }

    #[test]
    fn what_nobody_has_said_is_left_empty() {
        let status = |words: Value| json!([{ "service_id": "api", "status": { "labels.severity": words } }]);
        let (before, after) = (json!({ "critical": "down" }), json!({ "critical": "down", "page": "" }));
        let (before, after) = (status(before), status(after));
        check(("alertmanager", &before), &[("labels.severity", "page")], (&after, Some(&before)));
        assert!(
            Source::read(&json!({
                "source_id": "am", "kind": "alertmanager", "auth": { "scheme": "bearer" }, "map": after,
            }))
            .is_err()
        );
        // No word is missing that is known here: the mapping is offered as it is.
        check(("alertmanager", &before), &[], (&before, Some(&before)));
    }
}
