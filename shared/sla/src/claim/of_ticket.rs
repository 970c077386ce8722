//! Claims of a ticket: filed, dated by an earlier event, or withdrawn. They are compared anew whenever the
//! set of its events changes, so that they depend on that set alone (rules, 8).

use super::{Claim, ClaimState, Filing, PassedOn, Rejection};
use crate::ledger::CreditKind;
use crate::ticket::fold::FoldedTicket;
use crate::ticket::{Effect, TicketEvent, TicketHappening};
use crate::{EventId, Instant, Month, Service, ServiceId, TicketId};

/// A ticket event that claims a service-month, with its receipt.
#[derive(Debug, Clone, Copy)]
pub struct ClaimEvent<'a> {
    /// The event's id.
    pub event_id: &'a EventId,
    /// Instant of the claim.
    pub occurred_at: Instant,
    /// The service.
    pub service_id: &'a ServiceId,
    /// The month.
    pub month: Month,
    /// The receipt by support.
    pub passed_on: &'a PassedOn,
}

impl<'a> ClaimEvent<'a> {
    /// Returns the claim in an event, unless its ticket refuses the event.
    pub fn of(event: &'a TicketEvent, passed_on: &'a PassedOn, folded: &FoldedTicket) -> Option<Self> {
        let TicketHappening::Claim { service_id, month } = &event.happening else { return None };
        let counts = !matches!(folded.effects.get(&event.event_id), None | Some(Effect::Refused(_)));
        let TicketEvent { event_id, occurred_at, .. } = event;
        counts.then_some(Self { event_id, occurred_at: *occurred_at, service_id, month: *month, passed_on })
    }

    /// Builds the filing of the event.
    pub fn filing(&self, folded: &FoldedTicket) -> Filing {
        Filing {
            service_id: self.service_id.clone(),
            month: self.month,
            customer_id: folded.ticket.opening.customer_id.clone(),
            kind: CreditKind::Uptime,
            note: None,
            // An event may be dated a little ahead.
            filed_at: self.occurred_at.min(self.passed_on.received_at),
            ticket: Some((folded.ticket.ticket_id.clone(), self.event_id.clone())),
            passed_on: Some(self.passed_on.clone()),
        }
    }
}

impl Filing {
    /// Joins a ticket's filings for one service-month: the earliest filing, with the earliest receipt.
    pub fn joined(filings: &[Self]) -> Option<Self> {
        let event = |filing: &Self| filing.ticket.as_ref().map(|(_, event)| event.clone());
        let first = filings.iter().min_by_key(|filing| (filing.filed_at, event(filing)))?;
        let received = filings.iter().filter_map(|filing| filing.passed_on.as_ref()).min();
        Some(Self { passed_on: received.cloned(), ..first.clone() })
    }
}

impl Claim {
    /// Compares a service-month's claims with the filing that a ticket now makes for it, if any, and returns
    /// the changed ones. The month's statement decides them afterwards.
    pub fn compared(
        claims: &[Self],
        ticket: &TicketId,
        wanted: Option<&Filing>,
        service: &Service,
        now: Instant,
    ) -> Vec<Self> {
        match wanted {
            Some(filing) => Self::wanted_by(claims, ticket, filing, service, now),
            None => Self::taken_back(claims, ticket, now),
        }
    }

    fn wanted_by(
        claims: &[Self],
        ticket: &TicketId,
        filing: &Filing,
        service: &Service,
        now: Instant,
    ) -> Vec<Self> {
        let (own, others): (Vec<_>, Vec<_>) =
            claims.iter().partition(|claim| claim.ticket_id.as_ref() == Some(ticket));
        let of_kind = |claim: &&&Self| claim.kind == filing.kind;
        let is_first = !others.iter().filter(of_kind).any(|claim| claim.is_first());
        let nth = claims.iter().filter(|claim| claim.kind == filing.kind).count() + 1;
        let filed = |nth| Self::file(filing, service, nth, is_first, now).ok();
        let Some(known) = own.iter().copied().find(|claim| claim.kind == filing.kind) else {
            return filed(nth).into_iter().collect();
        };
        if known.reason == Some(Rejection::Withdrawn) {
            // The ticket is the customer's again: the claim keeps its id and its count of decisions.
            let again = filed(nth).map(|claim| Self {
                claim_id: known.claim_id.clone(),
                decisions: known.decisions + claim.decisions,
                ..claim
            });
            let beside = own.into_iter().filter(|claim| claim.kind != filing.kind).map(Self::reopened);
            return again.into_iter().chain(beside).collect();
        }
        let passed_on = if known.is_prompt() { None } else { filing.passed_on.clone() };
        let dated = Self { filed_at: filing.filed_at, passed_on, ..known.clone() };
        (dated != *known).then_some(dated).into_iter().collect()
    }

    /// Withdraws a ticket's claims. The customer's own claim, or else the next one of another ticket, takes
    /// their place.
    fn taken_back(claims: &[Self], ticket: &TicketId, now: Instant) -> Vec<Self> {
        let is_own = |claim: &&Self| {
            claim.ticket_id.as_ref() == Some(ticket) && claim.reason != Some(Rejection::Withdrawn)
        };
        let mut changed = Vec::new();
        for own in claims.iter().filter(is_own) {
            if let Some(at) = own.also_filed_at {
                let (ticket_id, passed_on, also_filed_at) = (None, None, None);
                changed.push(Self { filed_at: at, ticket_id, passed_on, also_filed_at, ..own.reopened() });
                continue;
            }
            changed.push(own.withdrawn(now));
            let others = claims.iter().filter(|other| other.kind == own.kind && !is_own(other));
            let duplicates = others.clone().filter(|other| other.reason == Some(Rejection::Duplicate));
            if own.is_first() && !others.clone().any(Self::is_first) {
                let next = duplicates.min_by_key(|other| (other.filed_at, &other.claim_id));
                changed.extend(next.map(Self::reopened));
            }
        }
        changed
    }

    fn withdrawn(&self, now: Instant) -> Self {
        Self {
            state: ClaimState::Rejected,
            reason: Some(Rejection::Withdrawn),
            amount: None,
            decided_at: Some(now),
            decisions: self.decisions + 1,
            ..self.clone()
        }
    }

    /// Reopens the claim, for the month's statement to decide.
    fn reopened(&self) -> Self {
        Self { state: ClaimState::Held, reason: None, in_time: false, review: None, ..self.clone() }
    }
}
