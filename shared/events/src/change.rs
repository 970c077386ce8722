//! Changes, as the trail keeps them: who did what to which thing, when, and how. The trail holds ids and
//! figures only; a person's name is looked up when it is shown.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sla::id::{ChangeId, StaffId};
use sla::{CustomerId, Instant, Money, digest_hex, sha256_hex};

/// Longest id of a person, in bytes: OIDC's limit for a subject (Core 1.0, 2).
const PERSON_BYTES_MAX: usize = 255;
/// Longest reference to an object, in bytes: a partition key has at most 2,048.
const OBJECT_BYTES_MAX: usize = 1500;

/// Subject of a change: the kind of thing that it makes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Customer.
    Customer,
    /// Service of a customer.
    Service,
    /// Import of customers and services.
    Import,
    /// CloudWatch alarm.
    Alarm,
    /// Source of webhooks.
    Source,
    /// Target of the prober.
    Target,
    /// Window of scheduled maintenance.
    Maintenance,
    /// Exclusion.
    Exclusion,
    /// Void.
    Void,
    /// Claim.
    Claim,
    /// Statement of a service's month.
    Statement,
    /// Bills of a month.
    Bills,
    /// Input in the quarantine.
    Quarantine,
    /// Ticket.
    Ticket,
    /// Role of the escalation chain.
    Role,
    /// Subscription of a customer to notices.
    Subscription,
    /// Revision of the terms.
    Terms,
    /// Change that waits for a second person.
    Waiting,
}

impl Subject {
    /// Every subject, in the order in which a filter offers them.
    pub const ALL: [Self; 18] = [
        Self::Customer,
        Self::Service,
        Self::Import,
        Self::Alarm,
        Self::Source,
        Self::Target,
        Self::Maintenance,
        Self::Exclusion,
        Self::Void,
        Self::Claim,
        Self::Statement,
        Self::Bills,
        Self::Quarantine,
        Self::Ticket,
        Self::Role,
        Self::Subscription,
        Self::Terms,
        Self::Waiting,
    ];

    /// Returns the name of the kind in a reference to an object.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Service => "service",
            Self::Import => "import",
            Self::Alarm => "alarm",
            Self::Source => "source",
            Self::Target => "target",
            Self::Maintenance => "maintenance",
            Self::Exclusion => "exclusion",
            Self::Void => "void",
            Self::Claim => "claim",
            Self::Statement => "statement",
            Self::Bills => "month",
            Self::Quarantine => "quarantine",
            Self::Ticket => "ticket",
            Self::Role => "role",
            Self::Subscription => "subscription",
            Self::Terms => "terms",
            Self::Waiting => "change",
        }
    }

    /// Finds a subject by its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.as_str() == name)
    }
}

/// Object of a change: its kind and its id, written `kind:id`, such as `void:v-1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Object {
    /// The kind.
    pub kind: Subject,
    /// The id; of a statement the service and the month, joined by `:`.
    pub id: String,
}

/// A text that names no object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` names nothing: write a kind and an id, such as void:v-1; the kinds are {}", sla::shown(.0), kinds())]
pub struct ObjectError(String);

fn kinds() -> String {
    Subject::ALL.map(Subject::as_str).join(", ")
}

impl Object {
    /// Builds the reference to an object, whose id may have parts.
    pub fn of(kind: Subject, parts: &[&str]) -> Self {
        Self { kind, id: parts.join(":") }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

impl FromStr for Object {
    type Err = ObjectError;
    fn from_str(text: &str) -> Result<Self, ObjectError> {
        let (kind, id) = text.split_once(':').unwrap_or_default();
        let fits = !id.is_empty() && text.len() <= OBJECT_BYTES_MAX && !id.contains(char::is_control);
        let kind = Subject::of(kind).filter(|_| fits).ok_or_else(|| ObjectError(text.to_owned()))?;
        Ok(Self { kind, id: id.to_owned() })
    }
}

impl TryFrom<String> for Object {
    type Error = ObjectError;
    fn try_from(text: String) -> Result<Self, ObjectError> {
        text.parse()
    }
}

impl From<Object> for String {
    fn from(object: Object) -> Self {
        object.to_string()
    }
}

/// Person who made a change: the id of a member of staff, the subject of a customer's token, or `direct`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Person(String);

/// A text that is no id of a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no id of a person: give 1 to {PERSON_BYTES_MAX} characters", sla::shown(.0))]
pub struct PersonError(String);

impl Person {
    /// Builds the id of a token's subject; one that is too long or unprintable is kept as its SHA-256.
    pub fn of_subject(subject: &str) -> Self {
        subject.parse().unwrap_or_else(|_| Self(format!("sha256:{}", sha256_hex(subject.as_bytes()))))
    }

    /// Returns the person of a direct invocation that names nobody: `direct`.
    pub fn direct() -> Self {
        Self::from(&StaffId::direct())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the spelling by which people are compared: lower case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl From<&StaffId> for Person {
    fn from(id: &StaffId) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl FromStr for Person {
    type Err = PersonError;
    fn from_str(text: &str) -> Result<Self, PersonError> {
        let fits = !text.trim().is_empty() && text.len() <= PERSON_BYTES_MAX;
        let fits = fits && !text.contains(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(PersonError(text.to_owned())) }
    }
}

impl TryFrom<String> for Person {
    type Error = PersonError;
    fn try_from(text: String) -> Result<Self, PersonError> {
        text.parse()
    }
}

impl From<Person> for String {
    fn from(person: Person) -> Self {
        person.0
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Way by which a change came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A page of the desk.
    Desk,
    /// A page of the portal.
    Portal,
    /// The API of desk or portal.
    Api,
    /// The invocation of a function.
    Direct,
}

impl Via {
    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Portal => "portal",
            Self::Api => "api",
            Self::Direct => "direct",
        }
    }
}

/// Hand by which a change comes: its way, the name of the person if the way tells it, and the invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// The way.
    pub via: Via,
    /// The issuer's name for the person; kept beside the trail, never in it.
    pub name: Option<String>,
    /// The id of a direct invocation's request, if the runtime gave one.
    pub request_id: Option<String>,
}

impl Hand {
    /// Builds the hand of a person at a site, by the issuer's name for them.
    pub fn at(via: Via, name: &str) -> Self {
        Self { via, name: Some(name.to_owned()), request_id: None }
    }

    /// Builds the hand of a direct invocation.
    pub fn direct(request_id: Option<String>) -> Self {
        Self { via: Via::Direct, name: None, request_id }
    }
}

/// Change, as the trail keeps it: ids, instants, months, amounts, numbers and words of the contract; no text
/// that a person wrote, no name, no address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The id, which begins with the instant: changes sort by it. The same change has the same id.
    pub change_id: ChangeId,
    /// Instant of the change.
    pub at: Instant,
    /// The person; `direct` for a direct invocation that names nobody.
    pub by: Person,
    /// The way by which it came.
    pub via: Via,
    /// The id of a direct invocation's request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The name of the command, or of the act of a customer.
    pub act: String,
    /// The thing that it made or changed.
    pub object: Object,
    /// The customer that it names, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The other fields of the command or act.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
}

impl Change {
    /// Builds the change of an act upon an object; `content`, texts included, only tells it from others.
    ///
    /// # Errors
    /// None in practice: the content is plain JSON.
    pub fn new(
        (at, by, hand): (Instant, Person, &Hand),
        (act, object): (&str, Object),
        content: &Value,
        details: Map<String, Value>,
    ) -> Result<Self, serde_json::Error> {
        let told = json!({ "by": by, "via": hand.via, "act": act, "object": object, "content": content });
        let customer_id = details.get("customer_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        Ok(Self {
            change_id: ChangeId::at(at, &digest_hex(&told)?),
            at,
            by,
            via: hand.via,
            request_id: hand.request_id.clone(),
            act: act.to_owned(),
            object,
            customer_id,
            details,
        })
    }
}

impl Change {
    /// Returns the fields of the command or act as people read them, by name.
    pub fn details_told(&self) -> impl Iterator<Item = (&str, String)> {
        self.details.iter().map(|(name, value)| (name.as_str(), told(value)))
    }
}

/// Writes a value as people read it: an amount with its currency, a list by its items.
fn told(value: &Value) -> String {
    let field = |(name, value): (&String, &Value)| format!("{name} {}", told(value));
    match (value, Money::deserialize(value)) {
        (_, Ok(money)) => money.to_string(),
        (Value::String(text), _) => text.clone(),
        (Value::Array(items), _) => items.iter().map(told).collect::<Vec<_>>().join(" "),
        (Value::Object(fields), _) => fields.iter().map(field).collect::<Vec<_>>().join(" "),
        (other, _) => other.to_string(),
    }
}

/// Change as it is listed: with the last name by which the issuer called the person.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ListedChange {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// The person's name, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_as_it_is_written() {
        for text in ["void:v-1", "claim:claim:2026-06:uptime:0123456789abcdef:1", "statement:api:2026-06"] {
            assert_eq!(text.parse::<Object>().unwrap().to_string(), text);
        }
        for text in ["", "void", "void:", "house:v-1", "void:a\nb"] {
            assert!(text.parse::<Object>().is_err(), "{text:?}");
        }
        let error = "house:v-1".parse::<Object>().unwrap_err();
        insta::assert_snapshot!(error, @"`house:v-1` names nothing: write a kind and an id, such as void:v-1; the kinds are customer, service, import, alarm, source, target, maintenance, exclusion, void, claim, statement, month, quarantine, ticket, role, subscription, terms, change");
    }

    #[test]
    fn a_subject_that_fits_no_key_is_kept_by_its_digest() {
        assert_eq!(Person::of_subject("auth0|5f7c").as_str(), "auth0|5f7c");
        for odd in ["", " ", "a\nb", &"x".repeat(256)] {
            let person = Person::of_subject(odd);
            assert!(person.as_str().starts_with("sha256:") && person.as_str().len() == 71, "{person}");
        }
        assert_eq!(Person::of_subject("Ann").folded(), Person::of_subject("aNN").folded());
    }
}
