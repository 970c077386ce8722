//! Subscriptions to notices: a protocol with an endpoint, and the kinds and severities wanted. An endpoint is
//! checked before anything is sent to it.

mod endpoint;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::{FieldResult, Fields, or_else, required};
use crate::input::InputError;
use crate::notice::{CustomerKind, Severity};

sla::named! {
    /// The protocol by which notices are sent.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum Protocol {
        /// E-mail, in words.
        Email = "email",
        /// JSON, posted to an address.
        Https = "https",
    }
}

/// Reads an endpoint of a protocol.
pub(crate) fn read_endpoint(protocol: Protocol, text: &str) -> Result<String, InputError> {
    endpoint::read(protocol, text)
}

impl Protocol {
    /// Both protocols.
    pub const ALL: [Self; 2] = [Self::Email, Self::Https];
}

/// A customer's choice of endpoint and notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The protocol.
    pub protocol: Protocol,
    /// The endpoint: an e-mail address, or an `https://` address.
    pub endpoint: String,
    /// The kinds wanted; empty for all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: BTreeSet<CustomerKind>,
    /// The severities wanted; empty for all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub severities: BTreeSet<Severity>,
}

impl Choice {
    /// Reads a customer's choice. A choice of all kinds includes future ones.
    ///
    /// # Errors
    /// Returns an [`InputError`] for the first field that is missing or wrong.
    pub fn read(event: &Value) -> Result<Self, InputError> {
        let mut fields = Fields::of(event);
        let protocol = required(&mut fields, "protocol");
        let endpoint = required::<String>(&mut fields, "endpoint");
        let kinds: FieldResult<BTreeSet<CustomerKind>> = or_else(&mut fields, "kinds", BTreeSet::new);
        let severities: FieldResult<BTreeSet<Severity>> = or_else(&mut fields, "severities", BTreeSet::new);
        let (Ok(protocol), Ok(endpoint), Ok(mut kinds), Ok(mut severities)) =
            (protocol, endpoint, kinds, severities)
        else {
            return Err(fields.refused());
        };
        if kinds.len() == CustomerKind::NAMES.len() {
            kinds.clear();
        }
        if severities.len() == Severity::ALL.len() {
            severities.clear();
        }
        let endpoint = endpoint::read(protocol, endpoint.trim())?;
        Ok(Self { protocol, endpoint, kinds, severities })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn choice(fields: Value) -> Result<Choice, InputError> {
        let mut event = json!({ "protocol": "email", "endpoint": "ops@example.com" });
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Choice::read(&event)
    }

    #[test]
    fn a_choice_is_what_the_form_says_and_all_is_the_same_as_none() {
        let all: Vec<&str> = CustomerKind::NAMES.to_vec();
        let asked = json!({ "kinds": all, "severities": ["critical", "info", "warning"] });
        assert_eq!(choice(asked).unwrap(), choice(json!({})).unwrap());
        let some = choice(json!({ "kinds": ["outage.opened"], "severities": ["critical"] })).unwrap();
        let written = serde_json::to_value(&some).unwrap();
        assert_eq!(Choice::read(&written).unwrap(), some, "it is read as it is written");
    }

    #[test]
    fn what_is_wrong_is_told_by_field_value_and_remedy() {
        let messages = [
            json!({ "protocol": "pigeon" }),
            json!({ "kinds": ["outage.opened", "checks.silent"] }),
            json!({ "severities": ["loud"] }),
            json!({ "endpoint": 5 }),
            json!({ "endpoint": "at home" }),
            json!({ "protocol": "https", "endpoint": "ops@example.com" }),
        ]
        .map(|fields| choice(fields).unwrap_err().to_string());
        let missing = Choice::read(&json!({ "protocol": "email" })).unwrap_err().to_string();
        insta::assert_snapshot!(format!("{}\n{missing}", messages.join("\n")), @r"
        protocol: unknown variant `pigeon`, expected `email` or `https`
        kinds[1]: `checks.silent` is no notice that customers get: leave it out, or write one such as outage.opened
        severities[0]: unknown variant `loud`, expected one of `info`, `warning`, `critical`
        endpoint: invalid type: integer `5`, expected a string
        endpoint: `at home` is not an e-mail address: write one such as ops@example.com
        endpoint: `ops@example.com` does not begin with https://: write one such as https://hooks.example.com/nines
        missing field `endpoint`
        ");
    }
}
