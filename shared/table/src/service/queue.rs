//! Queues of staff: partitions of the index with items that wait for a person.

/// A queue for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Changes that need a second person's decision.
    Proposals,
    /// Exclusions that need a second person's decision.
    Exclusions,
    /// Voids that need a second person's decision.
    Voids,
    /// Closed months whose verdict depends on missing data.
    Statements,
    /// Closed months in which a metric missed its limit.
    Findings,
    /// Claims that a person reviews.
    Claims,
    /// Exclusions that customers dispute.
    Disputes,
    /// Input that waits for correction.
    Quarantine,
}

impl Queue {
    /// Returns the queue's partition of the index.
    pub(crate) const fn partition(self) -> &'static str {
        match self {
            Self::Proposals => "STAFF#changes",
            Self::Exclusions => "STAFF#exclusions",
            Self::Voids => "STAFF#voids",
            Self::Statements => "STAFF#statements",
            Self::Findings => "STAFF#findings",
            Self::Claims => "STAFF#claims",
            Self::Disputes => "STAFF#disputes",
            Self::Quarantine => "STAFF#quarantine",
        }
    }
}
