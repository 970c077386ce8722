//! Identifiers: one type per entity, so that they cannot be swapped.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Instant, Month, sha256_hex, shown};

/// The pattern of every id (contract, "Common shapes").
pub const ID_PATTERN: &str = "[A-Za-z0-9][A-Za-z0-9._:-]{0,63}";
/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 64;

/// An id that does not match [`ID_PATTERN`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an id: use 1 to 64 letters, digits, `.`, `_`, `:` or `-`, beginning with a letter or digit", shown(.0))]
pub struct IdError(pub String);

fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.len() <= ID_BYTES_MAX
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(b))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_id(text) { Ok(Self(text.to_owned())) } else { Err(IdError(text.to_owned())) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": format!("^{ID_PATTERN}$") })
            }
        }
    )+ };
}

ids! {
    /// A customer.
    CustomerId,
    /// A service that a customer buys.
    ServiceId,
    /// A vantage point from which a service is checked.
    ProbeId,
    /// A region of the provider's network.
    RegionId,
    /// A maintenance window.
    WindowId,
    /// An exclusion under a clause of the agreement.
    ExclusionId,
    /// A void: the removal of a broken probe's reports.
    VoidId,
    /// A document of terms.
    TermsId,
    /// A customer's claim.
    ClaimId,
    /// A ledger entry.
    CreditId,
    /// A member of staff.
    StaffId,
    /// A problem report with everything that happened to it.
    TicketId,
    /// One event of a ticket.
    EventId,
    /// A quarantined piece of input.
    QuarantineId,
    /// A sender of webhooks.
    SourceId,
    /// A customer's subscription to notices.
    SubscriptionId,
    /// A change in the trail.
    ChangeId,
    /// A change that waits for a second person.
    ProposalId,
    /// A target of the prober.
    TargetId,
    /// An import of customers and services.
    ImportId,
}

impl ProbeId {
    /// Returns the probe of a check that names none: `default`.
    pub fn default_probe() -> Self {
        Self("default".to_owned())
    }
}

impl StaffId {
    /// Returns the name that stands for an unnamed sender: `direct`.
    pub fn direct() -> Self {
        Self("direct".to_owned())
    }

    /// True if both ids are of one person: issuers differ in how they spell a name.
    pub fn is_same_person(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl ProposalId {
    /// Returns the id of the `nth` proposal of a change with this content.
    pub fn nth(content: &str, nth: usize) -> Self {
        Self(format!("C-{}", &sha256_hex(format!("{content}#{nth}").as_bytes())[..20]))
    }
}

impl ImportId {
    /// Names the import of a file: the same file has the same id.
    pub fn of(file: &str) -> Self {
        Self(format!("import-{}", &sha256_hex(file.as_bytes())[..16]))
    }
}

impl TermsId {
    /// Returns the id of the built-in terms.
    pub fn built_in() -> Self {
        Self("infopromo-sla".to_owned())
    }
}

impl CreditId {
    /// Names the n-th ledger entry of a service-month and kind: the same facts give the same id.
    pub fn nth(service_id: &ServiceId, month: Month, kind: &str, n: usize) -> Self {
        let service = sha256_hex(service_id.as_str().as_bytes());
        Self(format!("credit:{month}:{kind}:{}:{n}", &service[..16]))
    }
}

impl ClaimId {
    /// Names the n-th claim of a service-month and kind: the same facts give the same id.
    pub fn nth(service_id: &ServiceId, month: Month, kind: &str, n: usize) -> Self {
        let service = sha256_hex(service_id.as_str().as_bytes());
        Self(format!("claim:{month}:{kind}:{}:{n}", &service[..16]))
    }

    /// Names a claim that matches none of the customer's services, by the event that carried it.
    pub fn astray(month: Month, event: &str) -> Self {
        Self(format!("claim:{month}:none:{}", &sha256_hex(event.as_bytes())[..16]))
    }
}

impl ChangeId {
    /// Names a change by its instant, which sorts it, and the digest of its content.
    pub fn at(at: Instant, digest: &str) -> Self {
        Self(format!("{at}:{}", &digest[..24]))
    }
}

impl SubscriptionId {
    /// Names a customer's subscription by its endpoint, so that a repeated request changes the same
    /// subscription.
    pub fn leading_to(customer: &CustomerId, protocol: &str, endpoint: &str) -> Self {
        let digest = sha256_hex(format!("{customer}|{protocol}|{endpoint}").as_bytes());
        Self(format!("S-{}", &digest[..24]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_the_contract_says() {
        for good in ["a", "A.b_c:d-e", "0", &"x".repeat(64)] {
            assert_eq!(good.parse::<ServiceId>().unwrap().as_str(), good);
        }
        for bad in ["", ".a", "a#b", "a\0b", "a\u{202e}b", "ä", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<ServiceId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_refused_id_is_shown_escaped() {
        insta::assert_snapshot!("evil\u{202e}#id".parse::<ServiceId>().unwrap_err(), @r"`evil\u{202e}#id` is not an id: use 1 to 64 letters, digits, `.`, `_`, `:` or `-`, beginning with a letter or digit");
    }
}
