//! A ticket as finance sees it: a row of `tickets.csv`, and the ticket figures of a service-month.

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
    /// The customer who opened it.
    pub customer_id: CustomerId,
    /// The service concerned.
    pub service_id: Option<ServiceId>,
    /// Its level.
    pub level: Level,
    /// Instant of the report.
    pub opened_at: Instant,
    /// Instant of acknowledgement.
    pub acknowledged_at: Option<Instant>,
    /// The limit on the acknowledgement, in seconds.
    pub acknowledge_limit_s: i64,
    /// Seconds counted by the acknowledge clock.
    pub acknowledge_elapsed_s: i64,
    /// The verdict on the acknowledgement; none for a ticket that was cancelled in time.
    pub acknowledge_verdict: Option<Verdict>,
    /// Instant of resolution.
    pub resolved_at: Option<Instant>,
    /// The limit on the resolution, in seconds.
    pub resolve_limit_s: i64,
    /// Seconds counted by the resolve clock.
    pub resolve_elapsed_s: i64,
    /// Those seconds less the time spent waiting for the customer.
    pub resolve_net_s: i64,
    /// The verdict on the resolution; none for a ticket that was cancelled in time.
    pub resolve_verdict: Option<Verdict>,
    /// Number of reopenings.
    pub reopened_count: u32,
    /// Number of events that arrived late and corrected a verdict.
    pub backdated_count: u32,
    /// The revision of the terms in force at the opening.
    pub terms_revision: u32,
}

/// The verdicts on a ticket's clocks, for the figures of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketVerdicts {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The verdict on the acknowledgement.
    pub acknowledge: Option<Verdict>,
    /// The verdict on the resolution.
    pub resolve: Option<Verdict>,
}

impl Ticket {
    /// Builds the row of a ticket as of an instant.
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

    /// True if a clock runs: then its count, and with it the row, changes every second.
    pub const fn is_running(&self) -> bool {
        self.acknowledge.is_running() || self.resolve.is_running()
    }

    /// Returns the verdicts as of an instant.
    pub fn verdicts(&self, as_of: Instant) -> TicketVerdicts {
        TicketVerdicts {
            ticket_id: self.ticket_id.clone(),
            acknowledge: self.acknowledge.verdict(as_of),
            resolve: self.resolve.verdict(as_of),
        }
    }
}

impl TicketFigures {
    /// Counts the tickets of a service-month by verdict.
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
