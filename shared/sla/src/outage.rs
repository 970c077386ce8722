//! Outages: maximal runs of down slots of the combined status, before exclusions (rules, 2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exclusion::excluded_s;
use crate::quorum::Stretch;
use crate::{Instant, Span, Status};

/// An outage as a statement lists it, clipped to its period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outage {
    /// Start of the first down slot.
    pub started_at: Instant,
    /// End of the last down slot.
    pub ended_at: Instant,
    /// The seconds that count as downtime.
    pub down_s: i64,
    /// The seconds that an exclusion or maintenance takes out.
    pub excluded_s: i64,
    /// True if the period's last slot is down.
    pub ongoing: bool,
}

impl Outage {
    /// Returns the outage's span.
    pub fn span(&self) -> Span {
        Span::new(self.started_at, self.ended_at)
    }
}

/// Lists the outages of a period. `combined` covers its every slot; `excluded` is an ascending union.
pub fn outages(combined: &[Stretch], excluded: &[Span], period: Span) -> Vec<Outage> {
    combined
        .iter()
        .filter(|stretch| stretch.status == Status::Down)
        .map(|Stretch { span, .. }| {
            let excluded_s = excluded_s(*span, excluded);
            Outage {
                started_at: span.start,
                ended_at: span.end,
                down_s: span.length_s() - excluded_s,
                excluded_s,
                ongoing: span.end == period.end,
            }
        })
        .collect()
}
