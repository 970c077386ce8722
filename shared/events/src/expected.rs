//! What targets expect, in the parts of which a target is made: places, statuses, patterns, answers, bounds.

/// Gives types that are written as a text their readers, their writers and their schemas.
macro_rules! texts {
    ($($name:ident: $schema:tt;)+) => { $(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    )+ };
}

pub mod bounded;
pub mod dns;
pub mod http;
pub mod place;

pub use bounded::{Bounded, CertificateDays};
pub use dns::{DnsCheck, DnsName, Rcode, RecordType};
pub use http::{BodyPattern, HttpCheck, Method, StatusRange};
pub use place::{Host, HttpUrl, LocationError, Port};
