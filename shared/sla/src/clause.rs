//! Clauses of "Exclusions and Limitations" (agreement).

use crate::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// A clause of "Exclusions and Limitations" under which time may be excluded.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub enum Clause {
        /// Force majeure.
        ForceMajeure = "force_majeure",
        /// Third-party outages.
        ThirdParty = "third_party",
        /// Cyber attacks.
        CyberAttack = "cyber_attack",
    }
}
