//! Consequences of a cause for a service-month, and the facts that are known before it.

use crate::assessment::{Announcements, Breach};
use crate::performance::Miss;
use crate::settlement::{Books, Settlement, settle_month};
use crate::statement::StatementError;
use crate::{Inputs, Instant, Month, Service, Statement};

/// A service-month as it is known before something happens to it.
#[derive(Debug, Clone, Copy)]
pub struct KnownMonth<'a> {
    /// The service as it is now.
    pub service: &'a Service,
    /// The month.
    pub month: Month,
    /// The newest statement after what it follows from; none while the month is open.
    pub stated: Option<(&'a Inputs, &'a Statement)>,
    /// Claims, ledger and invoices.
    pub books: Books<'a>,
    /// Everything announced about the service so far.
    pub announcements: &'a Announcements,
    /// The present instant.
    pub now: Instant,
}

/// Everything that follows for a service-month from a cause.
#[derive(Debug, Clone)]
pub struct Consequences {
    /// A new revision of its statement.
    pub closing: Option<Closing>,
    /// Changes of its claims and its ledger, and reminders.
    pub settlement: Settlement,
    /// Everything announced about the service once they are published.
    pub announcements: Announcements,
}

impl KnownMonth<'_> {
    /// Settles the month by a statement and books as they are then, and records the reminders in
    /// `announcements`.
    pub(crate) fn settle(
        &self,
        (inputs, statement): (&Inputs, &Statement),
        books: Books<'_>,
        announcements: &mut Announcements,
    ) -> Result<Settlement, StatementError> {
        let mut reminders = announcements.reminders(inputs.month);
        let settlement = settle_month(inputs, statement, books, &mut reminders, self.now)?;
        announcements.set_reminders(inputs.month, reminders);
        Ok(settlement)
    }
}

/// A new revision of a month, with what it announces.
#[derive(Debug, Clone)]
pub struct Closing {
    /// The inputs of the statement.
    pub inputs: Inputs,
    /// The statement.
    pub statement: Statement,
    /// A breach not announced before, or the withdrawal of one that was.
    pub turn: Option<Turn>,
    /// The metrics that missed their limits now but not in the revision before.
    pub missed: Vec<Miss>,
}

impl Closing {
    /// True if the month is for reading only: it ended before its service was registered, and nothing follows
    /// from it.
    pub fn is_for_reading(&self) -> bool {
        !self.inputs.service.is_counted_in(self.inputs.month)
    }
}

/// A verdict that differs from what was announced.
#[derive(Debug, Clone)]
pub enum Turn {
    /// The month is breached, and no breach stands announced.
    Breached(Breach),
    /// A breach stands announced, and the month is not certainly breached.
    Withdrawn(Breach),
}
