//! The people of a role, as a command brings them: a list, or the lines of a form.

use std::borrow::Cow;
use std::fmt::Write;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sla::duty::DutyPerson;

use crate::subscription::{Protocol, read_endpoint};

/// Limit on the people of a role: 50 of at most 3.5 KB are less than an item's 400 KB.
const PEOPLE_MAX: usize = 50;
/// Longest name of a person, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The people of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct People(Vec<DutyPerson>);

impl People {
    /// Returns the people in their order.
    pub fn into_vec(self) -> Vec<DutyPerson> {
        self.0
    }

    /// Reads people from lines such as `Ada; ada@example.com; mon-fri 08:00-18:00 UTC`.
    fn of_lines(text: &str) -> Result<Vec<DutyPerson>, String> {
        let person = |line: &str| {
            let mut parts = line.splitn(3, ';').map(str::trim);
            let (Some(name), Some(address)) = (parts.next(), parts.next()) else {
                let shown = sla::shown(line);
                return Err(format!(
                    "`{shown}` names nobody: write a line such as Ada; ada@example.com; always"
                ));
            };
            let hours = parts.next().filter(|hours| !hours.is_empty()).unwrap_or("always");
            let hours = hours.parse().map_err(|error: sla::duty::HoursError| error.to_string())?;
            Ok(DutyPerson { name: name.to_owned(), address: address.to_owned(), hours })
        };
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(person).collect()
    }

    fn checked(people: Vec<DutyPerson>) -> Result<Self, String> {
        if people.len() > PEOPLE_MAX {
            return Err(format!(
                "{} people, but a role has at most {PEOPLE_MAX}: leave some out",
                people.len()
            ));
        }
        for DutyPerson { name, address, .. } in &people {
            let is_name = !name.trim().is_empty()
                && name.chars().count() <= NAME_CHARS_MAX
                && !name.contains(|c: char| c.is_control() || c == ';');
            if !is_name {
                let shown = sla::shown(name);
                return Err(format!(
                    "`{shown}` is no name: write 1 to {NAME_CHARS_MAX} characters without `;`"
                ));
            }
            if !is_address(address) {
                let shown = sla::shown(address);
                return Err(format!(
                    "`{shown}` is no address: write an e-mail address, a telephone number such as +4930123456, or one \
                     that begins with https://"
                ));
            }
        }
        Ok(Self(people))
    }
}

/// Writes people as lines, as a form shows them.
pub fn lines(people: &[DutyPerson]) -> String {
    people.iter().fold(String::new(), |mut text, DutyPerson { name, address, hours }| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}; {address}; {hours}");
        text
    })
}

fn is_address(text: &str) -> bool {
    match text.strip_prefix('+') {
        Some(digits) => (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()),
        None if text.starts_with("https://") => {
            !text.contains(';') && read_endpoint(Protocol::Https, text).is_ok()
        }
        None => read_endpoint(Protocol::Email, text).is_ok(),
    }
}

impl<'de> Deserialize<'de> for People {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let people = match Value::deserialize(deserializer)? {
            Value::String(text) => Self::of_lines(&text).map_err(D::Error::custom)?,
            list => serde_json::from_value(list).map_err(D::Error::custom)?,
        };
        Self::checked(people).map_err(D::Error::custom)
    }
}

impl JsonSchema for People {
    fn schema_name() -> Cow<'static, str> {
        "People".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array", "maxItems": PEOPLE_MAX,
            "items": {
                "type": "object", "required": ["name", "address"],
                "properties": {
                    "name": { "type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX },
                    "address": { "type": "string", "description": "E-mail, +telephone or https://." },
                    "hours": {
                        "type": "string", "default": "always",
                        "description": "`always`, or times such as mon-fri 08:00-18:00 Europe/Berlin, separated by commas.",
                    },
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<People, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn lines_and_lists_name_the_same_people() {
        let text = "Ada; ada@example.com; mon-fri 08:00-18:00 Europe/Berlin\nBob; +4930123456; always\n";
        let people = read(json!(text)).unwrap();
        assert_eq!(lines(&people.0), text);
        assert_eq!(read(serde_json::to_value(&people).unwrap()).unwrap(), people);
        let short = json!([{ "name": "Bob", "address": "https://pager.example.com/bob" }]);
        assert_eq!(lines(&read(short).unwrap().0), "Bob; https://pager.example.com/bob; always\n");
        assert_eq!(read(json!(" \n")).unwrap(), People::default());
    }

    #[test]
    fn what_names_nobody_is_refused_with_its_remedy() {
        for value in [
            json!("Ada"),
            json!("Ada; ada@example.com; at night"),
            json!("; ada@example.com"),
            json!("Ada; at home"),
            json!([{ "name": "Ada", "address": "+49" }]),
            json!([{ "name": "Ada", "address": "https://localhost/" }]),
            json!(vec![json!({ "name": "Ada", "address": "ada@example.com" }); 51]),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(": write ") || error.ends_with("leave some out"), "{error}");
        }
    }
}
