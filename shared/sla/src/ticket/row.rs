//! A ticket as finance sees it: one row of `tickets.csv`, and the figures of a service-month.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Level, Ticket, Verdict};
use crate::statement::TicketFigures;
use crate::{CustomerId, Instant, ServiceId, TicketId};

/// One row of `tickets.csv` (contract, "A finance export").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketRow {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who opened it.
    pub customer_id: CustomerId,
    /// The service concerned.
    pub service_id: Option<ServiceId>,
    /// Its level.
    pub level: Level,
    /// When the problem was reported.
    pub opened_at: Instant,
    /// When it was acknowledged.
    pub acknowledged_at: Option<Instant>,
    /// Seconds within which it had to be.
    pub acknowledge_limit_s: i64,
    /// Seconds that the clock counted.
    pub acknowledge_elapsed_s: i64,
    /// What became of it; none for a ticket that was cancelled in time.
    pub acknowledge_verdict: Option<Verdict>,
    /// When it was resolved.
    pub resolved_at: Option<Instant>,
    /// Seconds within which it had to be.
    pub resolve_limit_s: i64,
    /// Seconds that the clock counted.
    pub resolve_elapsed_s: i64,
    /// Those of them in which the customer was not waited for.
    pub resolve_net_s: i64,
    /// What became of it; none for a ticket that was cancelled in time.
    pub resolve_verdict: Option<Verdict>,
    /// How often it was reopened.
    pub reopened_count: u32,
    /// Events that arrived late and corrected a verdict.
    pub backdated_count: u32,
    /// The terms in force at its opening.
    pub terms_revision: u32,
}

/// What became of a ticket's clocks, for the figures of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketVerdicts {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Of its acknowledgement.
    pub acknowledge: Option<Verdict>,
    /// Of its resolution.
    pub resolve: Option<Verdict>,
}

impl Ticket {
    /// Writes the row of a ticket as of an instant.
    pub fn row(&self, as_of: Instant, backdated_count: u32, terms_revision: u32) -> TicketRow {
        let (acknowledge, resolve) = (&self.acknowledge, &self.resolve);
        TicketRow {
            ticket_id: self.ticket_id.clone(),
            customer_id: self.opening.customer_id.clone(),
            service_id: self.opening.service_id.clone(),
            level: self.level,
            opened_at: self.opening.opened_at,
            acknowledged_at: acknowledge.done_at(),
            acknowledge_limit_s: acknowledge.promise.limit_s,
            acknowledge_elapsed_s: acknowledge.elapsed_s(as_of),
            acknowledge_verdict: acknowledge.verdict(as_of),
            resolved_at: resolve.done_at(),
            resolve_limit_s: resolve.promise.limit_s,
            resolve_elapsed_s: resolve.elapsed_s(as_of),
            resolve_net_s: self.resolve_net_s(as_of),
            resolve_verdict: resolve.verdict(as_of),
            reopened_count: self.reopened_count,
            backdated_count,
            terms_revision,
        }
    }

    /// Says whether a clock still runs: what it has counted, and with it the row, changes by the second.
    pub const fn is_running(&self) -> bool {
        self.acknowledge.is_running() || self.resolve.is_running()
    }

    /// Says what became of the clocks by an instant.
    pub fn verdicts(&self, as_of: Instant) -> TicketVerdicts {
        TicketVerdicts {
            ticket_id: self.ticket_id.clone(),
            acknowledge: self.acknowledge.verdict(as_of),
            resolve: self.resolve.verdict(as_of),
        }
    }
}

impl TicketFigures {
    /// Counts a service-month's tickets.
    pub fn of(tickets: &[TicketVerdicts]) -> Self {
        let mut figures = Self::default();
        for ticket in tickets {
            figures.opened += 1;
            match ticket.acknowledge {
                Some(Verdict::Met) => figures.acknowledge_met += 1,
                Some(Verdict::Missed) => figures.acknowledge_missed += 1,
                Some(Verdict::Running) | None => {}
            }
            match ticket.resolve {
                Some(Verdict::Met) => figures.resolve_met += 1,
                Some(Verdict::Missed) => figures.resolve_missed += 1,
                Some(Verdict::Running) | None => {}
            }
            let running = Some(Verdict::Running);
            figures.running += u32::from(ticket.acknowledge == running || ticket.resolve == running);
        }
        figures
    }
}
