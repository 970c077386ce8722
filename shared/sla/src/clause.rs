//! Clauses of "Exclusions and Limitations" (agreement).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A clause of "Exclusions and Limitations" under which time may be excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// Force majeure.
    ForceMajeure,
    /// Third-party outages.
    ThirdParty,
    /// Cyber attacks.
    CyberAttack,
}

impl Clause {
    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForceMajeure => "force_majeure",
            Self::ThirdParty => "third_party",
            Self::CyberAttack => "cyber_attack",
        }
    }
}
