//! Verdicts of a ticket at every instant after its last change, kept in the list of a month's tickets, so
//! that a statement need not read whole tickets (rules, 8).

use serde::{Deserialize, Serialize};

use super::{Clock, ClockKind, Ticket, TicketVerdicts, Verdict};
use crate::{Instant, TicketId};

/// The verdicts of a ticket until a further event changes a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// Instant of the last event that changed a clock; verdicts before it need the events.
    pub since: Instant,
    /// The outlook of the acknowledgement.
    pub acknowledge: ClockOutlook,
    /// The outlook of the resolution.
    pub resolve: ClockOutlook,
}

/// The verdict of a clock until a further event changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockOutlook {
    /// The verdict is final; none for a ticket that was cancelled in time.
    Decided(Option<Verdict>),
    /// The clock runs, and misses its limit at this instant.
    MissedFrom(Instant),
}

impl ClockOutlook {
    fn of(clock: &Clock, since: Instant) -> Self {
        match clock.verdict(since) {
            Some(Verdict::Running) => Self::MissedFrom(clock.instant_of(clock.promise.limit_s + 1)),
            decided => Self::Decided(decided),
        }
    }

    fn verdict(self, as_of: Instant) -> Option<Verdict> {
        match self {
            Self::Decided(verdict) => verdict,
            Self::MissedFrom(at) if as_of >= at => Some(Verdict::Missed),
            Self::MissedFrom(_) => Some(Verdict::Running),
        }
    }
}

impl Outlook {
    /// Computes the outlook of a ticket from its last change on.
    pub fn of(ticket: &Ticket) -> Self {
        let changes = ClockKind::ALL.map(|kind| ticket.clock(kind)).into_iter().flat_map(|clock| {
            let reopened = clock.gaps.last().map(|gap| gap.end);
            [Some(clock.applies_from), clock.stop.map(|stop| stop.at()), reopened].into_iter().flatten()
        });
        let since = changes.chain(ticket.cancelled_at).fold(ticket.opening.opened_at, Instant::max);
        let of = |kind| ClockOutlook::of(ticket.clock(kind), since);
        Self { since, acknowledge: of(ClockKind::Acknowledge), resolve: of(ClockKind::Resolve) }
    }

    /// Returns the verdicts as of an instant; `None` before the last change.
    pub fn verdicts(&self, ticket_id: &TicketId, as_of: Instant) -> Option<TicketVerdicts> {
        (as_of >= self.since).then(|| TicketVerdicts {
            ticket_id: ticket_id.clone(),
            acknowledge: self.acknowledge.verdict(as_of),
            resolve: self.resolve.verdict(as_of),
        })
    }
}
