//! Audiences of notices, their severities, and the kinds that customers receive.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

sla::named! {
    /// The severity of a notice.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    pub enum Severity {
        /// For information.
        Info = "info",
        /// Action may be needed.
        Warning = "warning",
        /// A promise is broken, or a service is down.
        Critical = "critical",
    }
}

sla::named! {
    /// An audience of notices, with one topic each.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
    pub enum Audience {
        /// The customer of the service.
        Customer = "customer",
        /// The operators of the services.
        Operations = "operations",
        /// The finance team.
        Finance = "finance",
    }
}

impl Severity {
    /// All severities, the least urgent first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];
}

impl Audience {
    /// All audiences, in the order of publishing.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Operations, Self::Finance];
}

/// A kind of notice that customers receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CustomerKind(&'static str);

impl CustomerKind {
    /// The names on the wire, grouped by subject.
    pub const NAMES: [&'static str; 28] = [
        "outage.opened",
        "outage.closed",
        "availability.at_risk",
        "availability.breached",
        "availability.breach_withdrawn",
        "performance.missed",
        "maintenance.announced",
        "maintenance.reminder",
        "maintenance.changed",
        "exclusion.raised",
        "exclusion.decided",
        "exclusion.disputed",
        "ticket.opened",
        "ticket.acknowledge_missed",
        "ticket.resolve_missed",
        "ticket.level_changed",
        "ticket.corrected",
        "ticket.resolved",
        "statement.closed",
        "statement.restated",
        "claim.received",
        "claim.decided",
        "claim.window_closing",
        "credit.approved",
        "credit.reversed",
        "credit.lapsed",
        "terms.announced",
        "terms.effective",
    ];

    /// Returns all kinds, in that order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(Self)
    }

    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for CustomerKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::all().find(|kind| kind.as_str() == text).ok_or_else(|| {
            D::Error::custom(format_args!(
                "`{}` is no notice that customers get: leave it out, or write one such as outage.opened",
                sla::shown(&text)
            ))
        })
    }
}

impl JsonSchema for CustomerKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CustomerKind".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": Self::NAMES })
    }
}
